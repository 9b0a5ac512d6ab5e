"""Moving many at once in a real browser: looked at first, carried out, and all of it taken back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.domain.fields import Sex, Status
from core.domain.lifecycle import HouseholdRule
from core.domain.permissions import Role
from core.models import Programme
from core.storage.database import Session, transaction
from tests import rows
from tests.browser.conftest import Office, picture, serve, settle
from tests.browser.served import Served
from tests.conftest import Registry
from tests.people import add_person
from tests.world import add_batch, enrol

HOMES_OF_WOMEN, HOMES_OF_MEN = 40, 3
BEFORE = {"Active": "172 enrolments of 129 people and 43 households", "Suspended": "3 enrolments"}
AFTER = {"Active": "12 enrolments of 9 people and 3 households", "Suspended": "163 enrolments"}
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def served(registry: Registry) -> Iterator[Served]:
    """A programme in which heads carry their households: of women, of men, and three suspended
    women who live alone; a programme manager; on either engine."""
    with transaction() as db:
        programme = Programme(code="CASH", name="Cash transfer")
        programme.household_rule = HouseholdRule.HEAD
        db.add(programme)
        db.flush()
        for number in range(HOMES_OF_WOMEN + HOMES_OF_MEN):
            sex = Sex.FEMALE if number < HOMES_OF_WOMEN else Sex.MALE
            _add_home(db, programme, number, sex)
        batch = add_batch(db)
        for number in range(3):
            alone = rows.add_human(db, f"Zara {number}", sex=Sex.FEMALE)
            enrol(db, batch, alone, programme, Status.SUSPENDED)
        add_person(db, "mona", Role.PROGRAMME_MANAGER)
    yield from serve(registry)


def _add_home(db: Session, programme: Programme, number: int, head: Sex) -> None:
    names = [f"{name} {number:03}" for name in ("Adama", "Bakary", "Chege")]
    people = [rows.add_human(db, names[0], sex=head)]
    people += [rows.add_human(db, name, sex=Sex.MALE) for name in names[1:]]
    home, batch = rows.add_household(db, rows.ROOT, *people), add_batch(db)
    for person in people:
        enrol(db, batch, person, programme, Status.ACTIVE)
    enrol(db, batch, people[0], programme, Status.ACTIVE, household_id=home)


def test_many_are_looked_at_moved_and_brought_back(served: Served, office: Office) -> None:
    desk = office.open_desk(served)
    desk.sign_in("mona")
    page = desk.page
    expect_totals(page, BEFORE)

    choose_women(page)
    look_at_the_move(page)
    page.get_by_role("button", name="Move 160 to Suspended").click()
    expect(page.get_by_role("heading", name="Receipt: changed to Suspended")).to_be_visible()
    settle(page)
    picture(page, "transition-4-receipt")
    expect(page.get_by_text("40 of 40 moved; with them 120 more of 40 households.")).to_be_visible()
    receipt = page.url
    expect_totals(page, AFTER)

    page.goto(receipt)
    take_back(page)
    expect_totals(page, BEFORE)
    page.get_by_role("link", name="Acts", exact=True).click()
    expect(page.get_by_role("heading", name="Acts", exact=True)).to_be_visible()
    settle(page)
    picture(page, "transition-7-acts")


def expect_totals(page: Page, totals: dict[str, str]) -> None:
    """The status pages say these totals, at once."""
    for status, total in totals.items():
        page.get_by_role("link", name=status, exact=True).click()
        expect(page.get_by_role("heading", name=f"{status} beneficiaries")).to_be_visible()
        expect(page.get_by_role("heading", name=re.compile(f"^{total}"))).to_be_visible()
        settle(page)


def choose_women(page: Page) -> None:
    page.get_by_role("link", name="Active", exact=True).click()
    expect(page.get_by_role("heading", name="Active beneficiaries")).to_be_visible()
    settle(page)
    page.get_by_role("combobox", name="Sex").click()
    page.get_by_role("option", name="Female", exact=True).click()
    expect(page).to_have_url(re.compile("sex=FEMALE"))
    settle(page)
    picture(page, "transition-1-list")
    page.get_by_role("link", name="Move all 40 that match …").click()


def look_at_the_move(page: Page) -> None:
    """From the form to the preview: the household effect is named, person by person."""
    expect(page.get_by_role("heading", name="Change status")).to_be_visible()
    settle(page)
    page.get_by_label("Reason", exact=True).fill("Verification missed")
    picture(page, "transition-2-form")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("40 of 40 move; with them 120 more of 40 households.")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("link", name="Bakary 000")).to_be_visible()
    settle(page)
    page.get_by_label("Type 160 to confirm").fill("160")
    page.keyboard.press("Enter")
    settle(page)
    picture(page, "transition-3-preview")


def take_back(page: Page) -> None:
    expect(page.get_by_role("heading", name="Receipt: changed to Suspended")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Undo this").click()
    expect(page.get_by_role("heading", name="Undo", exact=True)).to_be_visible()
    settle(page)
    page.get_by_label("Reason for the undo").fill("Wrong list")
    picture(page, "transition-5-undo")
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_label("Type 160 to confirm").fill("160")
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("button", name="Take back 160").click()
    expect(page.get_by_role("heading", name="Receipt: Undo")).to_be_visible()
    settle(page)
    picture(page, "transition-6-undone")
