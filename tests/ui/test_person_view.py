"""A person's page: by access level, and the same for nobody and for somebody out of scope."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.domain.fields import Sex, Status
from core.domain.lifecycle import State
from core.domain.permissions import Role
from core.models import Enrolment
from core.services import lifecycle, undo
from core.services.lifecycle import Asked, Chosen
from core.settings import today
from core.storage.database import transaction
from tests.people import EAST, WEST, People, add_person
from tests.ui.screens import press, said, visit
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


def test_an_undone_move_stays_on_the_timeline_struck_out_and_a_planned_one_stands_above(
    fatou: UUID, sign_in: SignIn
) -> None:
    with transaction() as db:
        nadia = add_person(db, "nadia", Role.PROGRAMME_MANAGER)
        chosen = Chosen(enrolments=(db.execute(select(Enrolment)).scalar_one().uuid,))

    def move(target: State, on: date | None = None) -> UUID | None:
        asked = Asked("CASH", target, "No show", "Seen <b>twice</b>", on)
        return lifecycle.carry_out(nadia, lifecycle.prepare(nadia, asked, chosen)).batch

    batch = move(State.SUSPENDED)
    assert batch is not None
    lifecycle.carry_out(nadia, undo.prepare(nadia, batch))
    move(State.GRADUATED, today() + timedelta(days=9))
    sign_in("nadia")
    text = said(visit("beneficiary", id=str(fatou)))

    assert "<s>From Active to Suspended</s>" in text
    assert "Taken back: From Active to Suspended" in text
    assert f'href="/batch?id={batch}"' in text
    assert "Seen &lt;b&gt;twice&lt;/b&gt;" in text
    assert text.index("Planned: From Active to Graduated") < text.index("Taken back: From Active")


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
    labels = [button.label for button in page.button]
    assert labels.count("Open") == 1, "the other one alone, not the page that is open"
    page = press(page, "Open")
    assert ">Hawa Bekele</h1>" in said(page)


def test_the_open_tab_is_in_the_address(people: People, sign_in: SignIn) -> None:
    uuid = put(NewPerson("Abeba", EAST))
    sign_in("amina")
    for address, tab in (
        ({"tab": "history"}, "History"),
        ({}, "Overview"),
        ({"tab": "x"}, "Overview"),
    ):
        page = visit("beneficiary", id=str(uuid), **address)
        assert page.session_state["tabs_en"] == tab
