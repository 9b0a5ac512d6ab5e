"""Two household keys of one file may mean one household that is known already."""

from pathlib import Path

import pytest

from core.models import Unit
from core.storage.database import reading
from core.storage.integrity import find_breaches
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask, figures
from tests.people import add_people

HEAD = "Household Id,ID,Full name,Sex,National ID,Relationship to head\n"
KNOWN = "H1,A1,Awa Traoré,F,N-1,\nH1,A2,Moussa Koné,M,N-2,\nH2,A5,Ali Ba,M,N-5,\n"
HOLDERS = (
    "SELECT p.full_name FROM enrolment e JOIN person p ON p.id = e.person_id "
    "WHERE e.household_id IS NOT NULL ORDER BY e.id"
)


@pytest.fixture
def food(registry: Registry, tmp_path: Path) -> Desk:
    """A desk of a household programme; two households are known from another one."""
    add_programme("CASH")
    add_programme("FOOD", Unit.HOUSEHOLD)
    brook = add_people().brook
    Desk(brook, tmp_path).published(HEAD + KNOWN, key="ID")
    return Desk(brook, tmp_path, programme="FOOD")


def test_a_household_with_two_keys_is_enrolled_once_and_gets_one_head(food: Desk) -> None:
    receipt = food.published(
        f"{HEAD}K1,B1,Awa Traoré,F,N-1,\nK1,B3,Fanta Diallo,F,N-3,head\n"
        "K2,B2,Moussa Koné,M,N-2,\nK2,B4,Issa Keïta,M,N-4,head\n",
        key="ID",
    )

    assert figures(receipt) == (2, 2, 0, 0)
    assert ask(HOLDERS) == [("Fanta Diallo",)]
    heads = (
        "SELECT p.full_name FROM membership m JOIN person p ON p.id = m.person_id "
        "JOIN household_key k ON k.household_id = m.household_id WHERE m.is_head AND k.key = 'H1'"
    )
    assert ask(heads) == [("Fanta Diallo",)]


def test_who_stands_for_a_household_is_one_of_its_members(food: Desk) -> None:
    food.published(f"{HEAD}K1,B5,Ali Ba,M,N-5,head\nK1,B1,Awa Traoré,F,N-1,\n", key="ID")

    assert ask(HOLDERS) == [("Awa Traoré",)]
    with reading() as db:
        assert find_breaches(db) == []
