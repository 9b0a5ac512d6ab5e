"""A large import in a real browser: the tab is closed and opened again, and all is taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.domain.permissions import Role
from core.storage.content import content_hash
from core.storage.database import reading, transaction
from tests.browser.conftest import Desk, Office, picture, serve, settle
from tests.browser.served import Served
from tests.browser.test_import_journey import go_on
from tests.conftest import Registry
from tests.importing import Desk as Importing
from tests.importing import add_programme
from tests.people import add_person

ROWS = 200_000
LONG_MS = 240_000
HEADS = "Full name,Sex,Date of birth,Phone"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def served(registry: Registry, tmp_path: Path) -> Iterator[Served]:
    """A registry that knows three people, once on each engine."""
    add_programme("CASH")
    with transaction() as db:
        actor = add_person(db, "brook", Role.ANALYST)
    Importing(actor, tmp_path).published("\n".join([HEADS, *(line(n) for n in range(3)), ""]))
    yield from serve(registry)


def line(number: int) -> str:
    """One person: a name of letters alone, a date, a phone number of its own."""
    name, left = "", number
    for _ in range(4):
        name, left = name + chr(ord("a") + left % 26), left // 26
    born = f"{1950 + number % 50}-{1 + number % 12:02}-{1 + number % 28:02}"
    return f"Ada {name.title()},{'FM'[number % 2]},{born},+2367{number:07}"


def state() -> str:
    with reading() as db:
        return content_hash(db)


def test_a_large_import_goes_on_without_its_tab_and_is_taken_back_whole(
    served: Served, office: Office, tmp_path: Path
) -> None:
    source = tmp_path / "large.csv"
    source.write_text("\n".join([HEADS, *(line(n) for n in range(ROWS)), ""]), encoding="utf-8")
    before = state()
    desk = office.open_desk(served)
    desk.sign_in("brook")

    begin(desk, source)
    page = check_behind_a_closed_tab(desk)
    page = publish_behind_a_closed_tab(desk, page)
    assert state() != before
    take_back(page)
    assert state() == before


def begin(desk: Desk, source: Path) -> None:
    page = desk.page
    desk.visit("/import_data")
    page.locator("input[type=file]").set_input_files(source)
    expect(page.get_by_text(source.name)).to_be_visible()
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("Column names in row 1, 4 columns")).to_be_visible(timeout=60_000)
    settle(page)
    go_on(page, "Columns")
    go_on(page, "Values")
    page.get_by_role("button", name="Go on: Check").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible(timeout=60_000)


def reopen(desk: Desk, name: str) -> Page:
    """Open a new tab, as somebody who has kept no address, and the newest import in it."""
    page = desk.context.new_page()
    page.goto(f"{desk.served.url}/import_data")
    settle(page)
    row = page.get_by_test_id("stHorizontalBlock").filter(has_text=name).last
    row.get_by_role("button", name="Open").click()
    return page


def check_behind_a_closed_tab(desk: Desk) -> Page:
    """Close the tab before the work begins; the new one shows it going on, then its end."""
    desk.page.close()
    desk.served.start_scheduler()
    page = reopen(desk, "large.csv")
    expect(page.get_by_text(re.compile(r"[1-9][\d,]* of about (199|200),"))).to_be_visible(
        timeout=LONG_MS
    )
    expect(page.get_by_text("The work goes on when you close this page.")).to_be_visible()
    picture(page, "large-1-progress")
    expect(page.get_by_role("button", name="Go on: Publish")).to_be_visible(timeout=LONG_MS)
    settle(page)
    return page


def publish_behind_a_closed_tab(desk: Desk, page: Page) -> Page:
    """Close the tab while the rows are published; the new one shows the receipt in the end."""
    go_on(page, "Publish")
    page.get_by_role("button", name="Publish 200,000 clean rows").click()
    typed = page.get_by_label("Type the number of rows to confirm")
    typed.fill("200000")
    typed.press("Enter")
    settle(page)
    page.get_by_role("button", name="Yes, publish").click()
    expect(page.get_by_text("Publishing the file")).to_be_visible(timeout=60_000)
    page.close()
    page = reopen(desk, "large.csv")
    expect(page.get_by_text("Published: 200,000 rows of the file.")).to_be_visible(timeout=LONG_MS)
    settle(page)
    picture(page, "large-2-receipt")
    return page


def take_back(page: Page) -> None:
    page.get_by_role("button", name="See what a rewind would do").click()
    gone = ROWS - 3
    expect(page.get_by_text(f"{gone:,} people, 0 households")).to_be_visible(timeout=LONG_MS)
    for label, text in (
        ("Reason for the rewind", "the wrong file"),
        (f"Type the number of people who leave: {gone}", str(gone)),
    ):
        page.get_by_label(label).fill(text)
        page.get_by_label(label).press("Enter")
        settle(page)
    picture(page, "large-3-rewind")
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_text("This import has been taken back")).to_be_visible(timeout=LONG_MS)
    settle(page)
    picture(page, "large-4-taken-back")
