"""A household's page: who lives there, where it and they stand, what happened; and its walls."""

import re
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from core.domain.exit_words import name_exit
from core.domain.fields import Sex, Status
from core.models import Enrolment, Household, Programme, StatusChange
from core.services import accounts
from core.settings import now
from core.storage.database import transaction
from core.text import speak, speaking
from tests.people import EAST, WEST, People
from tests.ui.conftest import OpenPage, texts
from tests.ui.screens import links, press, said, visit
from tests.world import NewPerson, add_batch, add_programme, enrol, put_household

SignIn = Callable[[str], str]
GIRMA = NewPerson("Girma <b>Bekele</b>", EAST, Sex.MALE, born=date(1975, 1, 1))
HAWA, ISSA = (NewPerson(name, EAST, born=date(2010, 1, 1)) for name in ("Hawa", "Issa"))


def home_uuid() -> UUID:
    """The address of the only household."""
    with transaction() as db:
        return db.execute(select(Household)).scalar_one().uuid


@pytest.fixture
def home(people: People) -> UUID:
    """Girma, Hawa and Issa: the household is active in HOUSE; in CASH two of them are, one not."""
    put_household(GIRMA, HAWA, ISSA, programme="HOUSE", status=Status.ACTIVE)
    with transaction() as db:
        batch, cash = add_batch(db), add_programme(db, "CASH")
        for person, status in ((1, Status.ACTIVE), (2, Status.ACTIVE), (3, Status.SUSPENDED)):
            enrol(db, batch, person, cash, status)
    return home_uuid()


def test_a_household_shows_its_own_status_beside_its_members(home: UUID, sign_in: SignIn) -> None:
    sign_in("amina")
    page = visit("household", id=str(home))

    assert not page.exception
    text = said(page)
    for words in (
        "Household H-000000001-95",
        "3 people · head: Girma &lt;b&gt;Bekele&lt;/b&gt; · Area N › Area N-EAST",
        "Programme HOUSE: Active since 15 Jan 2024",
        "no status of its own; members: mixed: Active 2, Suspended 1",
        "Suspended since 15 Jan 2024",
        "Joined household H-000000001-95",
        "Enrolled as Suspended",
        "Issa, P-000000003-89",
    ):
        assert words in text, words
    assert [tab.label for tab in page.tabs] == ["Members and programmes", "History"]


def test_a_person_leads_to_their_household_and_it_to_its_members(
    home: UUID, sign_in: SignIn
) -> None:
    sign_in("amina")
    member = re.search(r"/beneficiary\?id=([0-9a-f-]+)", said(visit("household", id=str(home))))
    assert member is not None

    page = visit("beneficiary", id=member[1])

    assert links(page, "household") == [f"id={home}"]
    text = said(page)
    assert text.index("This person") < text.index("Programme CASH</td>")
    assert text.index("Their household") < text.index("Programme HOUSE</td>")


@pytest.mark.parametrize("address", ["not-a-uuid", "7c9e6679-7425-40de-944b-e07fc1f90ae7"])
def test_no_household_looks_like_one_out_of_scope(
    people: People, sign_in: SignIn, address: str
) -> None:
    far = NewPerson("Chantal", WEST)
    put_household(far, programme="HOUSE", status=Status.ACTIVE)
    elsewhere = home_uuid()
    sign_in("amina")

    theirs, none = visit("household", id=str(elsewhere)), visit("household", id=address)

    assert "Chantal" not in said(theirs)
    assert said(theirs) == said(none)
    assert theirs.error[0].value == "This household was not found."


def test_the_page_needs_a_session_and_a_grant(
    home: UUID, open_page: OpenPage, cookies: dict[str, str]
) -> None:
    refused = open_page("chen", "household", id=str(home))
    assert "no permission to see people" in refused.error[0].value
    cookies.clear()
    ended = refused.run()

    assert "Your session has ended." in texts(ended)
    assert "Girma" not in texts(refused) + texts(ended)


def test_the_timeline_is_filtered_and_paged_by_the_address(home: UUID, sign_in: SignIn) -> None:
    sign_in("amina")
    with transaction() as db:
        cash = db.execute(select(Programme).where(Programme.code == "CASH")).scalar_one()
        own = select(Enrolment.id).where(Enrolment.programme_id == cash.id)
        enrolment = db.execute(own.order_by(Enrolment.id)).scalars().first()
        for day in range(1, 61):
            change = StatusChange(
                enrolment_id=enrolment or 0,
                batch_id=add_batch(db).id or 0,
                after=Status.ACTIVE,
                reason=f"Visit {day}.",
                effective_on=date(2025, 1 + day // 28, 1 + day % 28),
                recorded_at=now(),
            )
            db.add(change)
    first = visit("household", id=str(home))
    assert "1–50 of" in said(first)
    assert "Visit 60." in said(first)
    assert "Visit 3." not in said(first)

    second = press(first, "Next")
    assert "Visit 3." in said(second)
    assert second.query_params["entry"] == "50"
    only = visit("household", id=str(home), programme="HOUSE", kind="status")
    assert "Enrolled as Active" in said(only)
    assert "Visit 60." not in said(only)
    assert "Nothing fits this filter." in said(visit("household", id=str(home), until="2001-01-01"))
    wrong = visit("household", id=str(home), until="soon")
    assert "is not a date" in wrong.error[0].value
    assert not wrong.exception


def test_a_french_reader_reads_french(home: UUID, sign_in: SignIn) -> None:
    accounts.choose_language(accounts.actor_named("amina"), "fr")
    sign_in("amina")
    text = said(visit("household", id=str(home)))

    for words in ("Ménage H-000000001-95", "Le ménage lui-même", "Inscription comme Suspendu"):
        assert words in text
    with speaking("fr"):
        assert speak(name_exit("MOVED")) == "A déménagé"
        assert speak(name_exit("Married")) == "Married"  # somebody's own words stay theirs
