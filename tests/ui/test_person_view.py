"""A person's page: by access level, and the same for nobody and for somebody out of scope."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from core.domain.fields import Sex, Status
from tests.people import EAST, WEST, People
from tests.ui.screens import links, said, visit
from tests.world import NewPerson, put, put_household

SignIn = Callable[[str], str]
CARD = "068130455742399305784829962633186139"
FATOU = NewPerson(
    "Fatou Ndiaye",
    EAST,
    Sex.FEMALE,
    True,
    date(1990, 5, 1),
    {"CASH": Status.ACTIVE},
    {"national_id": CARD},
    {"phone": "0700 123 456", "attributes": {"Ward": "Old market"}},
)


@pytest.fixture
def fatou(people: People) -> UUID:
    return put(FATOU)


def test_an_officer_sees_who_it_is_and_where_they_stand(fatou: UUID, sign_in: SignIn) -> None:
    sign_in("amina")
    page = visit("beneficiary", id=str(fatou))

    assert not page.exception
    text = said(page)
    for words in ("Fatou Ndiaye", "Area N › Area N-EAST", "Programme CASH: Active since", CARD):
        assert words in text
    for words in ("With a disability", "0700 123 456", "Old market", "Registered"):
        assert words in text
    assert [tab.label for tab in page.tabs] == ["Overview", "Household", "History"]


def test_a_viewer_is_told_that_fields_are_hidden(fatou: UUID, sign_in: SignIn) -> None:
    sign_in("efua")
    text = said(visit("beneficiary", id=str(fatou)))

    assert "Fatou Ndiaye" in text
    assert "hidden at your access level" in text
    for secret in (CARD, "0700 123 456", "Old market", "1990"):
        assert secret not in text


@pytest.mark.parametrize("address", ["not-a-uuid", "7c9e6679-7425-40de-944b-e07fc1f90ae7"])
def test_nobody_looks_like_somebody_out_of_scope(
    people: People, sign_in: SignIn, address: str
) -> None:
    elsewhere = put(NewPerson("Chantal", WEST, programmes={"CASH": Status.ACTIVE}))
    sign_in("amina")

    hers, nobody = visit("beneficiary", id=str(elsewhere)), visit("beneficiary", id=address)

    assert "Chantal" not in said(hers)
    assert said(hers) == said(nobody)
    assert hers.error[0].value == "This person was not found."


def test_the_members_of_a_household_can_be_opened(people: People, sign_in: SignIn) -> None:
    head = NewPerson("Girma Bekele", EAST, Sex.MALE, born=date(1975, 1, 1))
    member = NewPerson("Hawa Bekele", EAST, born=date(2010, 1, 1))
    uuid = put_household(head, member, programme="HOUSE", status=Status.ACTIVE)
    sign_in("amina")
    page = visit("beneficiary", id=str(uuid))

    assert "Hawa Bekele" in said(page)
    assert len(links(page, "beneficiary")) == 1
