"""Into the next cycle on a programme's page, and who fits the graduation rule."""

from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select

from core.domain.fields import Sex, Status
from core.domain.permissions import Role
from core.models import Enrolment, Programme
from core.storage.database import reading, transaction
from tests.people import EAST, WEST, People, add_person
from tests.ui.screens import links, press, said, visit
from tests.world import NewPerson, add_programme, put

SignIn = Callable[[str], str]


@pytest.fixture
def mona(people: People, sign_in: SignIn) -> None:
    """A manager of everything at the screen, and a programme with three people."""
    with transaction() as db:
        add_person(db, "mona", Role.PROGRAMME_MANAGER)
        rule = {"field": "sex", "op": "is", "value": "FEMALE"}
        db.get_one(Programme, add_programme(db, "CASH").id).graduation = rule
    for name, area, sex, status in (
        ("Awa", EAST, Sex.FEMALE, Status.ACTIVE),
        ("Ali", WEST, Sex.MALE, Status.ACTIVE),
        ("Bo", EAST, Sex.FEMALE, Status.POTENTIAL),
    ):
        put(NewPerson(name, area, sex, None, date(1990, 1, 1), {"CASH": status}))
    sign_in("mona")


def cycles_of_people() -> list[tuple[int, str]]:
    with reading() as db:
        found = db.execute(select(Enrolment).where(Enrolment.ended_on.is_(None))).scalars()
        return sorted((one.cycle, str(one.status)) for one in found)


def test_a_cycle_goes_over_from_the_page_of_its_programme(mona: None) -> None:
    page = visit("programmes", code="CASH", part="cycles")
    assert not page.exception
    page = press(page, "See who would go over")
    assert not page.exception
    for words in ("2 begin cycle 2 as: Active", "end in cycle 1", "Awa"):
        assert words in said(page)
    assert "Bo" not in said(page)

    page = press(page, "Take 2 over into cycle 2")

    assert not page.exception
    assert "2 are in cycle 2 now." in said(page)
    assert cycles_of_people() == [(1, "POTENTIAL"), (2, "ACTIVE"), (2, "ACTIVE")]
    (receipt,) = links(page, "batch")
    shown = visit("batch", **dict(parse_qsl(receipt)))
    assert not shown.exception
    for words in ("Taken over into the next cycle", "2 of 2 moved", "Continues in the next cycle"):
        assert words in said(shown)
    assert "From which cycle" in [one.label for one in press(page, "Back").selectbox]


def test_who_fits_the_rule_is_one_click_from_graduating(mona: None) -> None:
    for page in (visit("home"), visit("programmes", code="CASH", part="graduation")):
        assert not page.exception
        assert "1 person fits the graduation rule of Programme CASH." in said(page)
        (query,) = [one for one in links(page, "transition") if "rule=" in one]

    form = visit("transition", **dict(parse_qsl(query)))

    assert not form.exception
    assert "1 enrolment · Active · " in said(form)
    (target,) = [one for one in form.radio if one.label == "New status"]
    assert target.value == "GRADUATED"


def test_a_spoilt_rule_in_the_address_means_nobody(mona: None) -> None:
    page = visit("transition", status="ACTIVE", rule="{")
    assert "cannot be read" in said(page)
    assert "See what would happen" not in [one.label for one in page.button]
