"""The main journey in a real browser: a faulty workbook becomes a list one can trust."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from core.domain.permissions import Role
from core.storage.database import transaction
from tests.browser.conftest import Office, picture, serve, settle
from tests.browser.faults import (
    DISTRICTS,
    HEAD_ROW,
    MISSPELT_NAME,
    WANTED_NAME,
    Fault,
    write_workbook,
)
from tests.browser.served import Served
from tests.conftest import Registry
from tests.importing import add_place, add_programme
from tests.people import add_person

IN_DISTRICTS = ("KOR01", "KOR02")
COLUMNS = (
    *("identifier.national_id", "identifier.token_id", "full_name", "sex", "birth_date"),
    *("disability", "location", "phone", "email", "status"),
)
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def served(registry: Registry) -> Iterator[Served]:
    """A registry with one programme, three districts and an analyst, served on either engine."""
    add_programme("CASH")
    add_place("KOR", "Koro")
    for code, name in DISTRICTS.items():
        add_place(code, name, above="KOR")
    with transaction() as db:
        add_person(db, "brook", Role.ANALYST)
    yield from serve(registry)


def test_a_faulty_workbook_is_explained_published_searched_filtered_and_downloaded(
    served: Served, office: Office, tmp_path: Path
) -> None:
    source = tmp_path / "second quarter.xlsx"
    faults = write_workbook(source)
    served.start_scheduler()
    desk = office.open_desk(served)
    desk.sign_in("brook")
    picture(desk.page, "home-empty")

    upload(desk.page, source)
    check_findings(desk.page, faults)
    publish(desk.page, faults)
    find_by_misspelt_name(desk.page)
    downloaded = filter_and_download(desk.page)

    assert len(faults) == 12
    assert len(downloaded) > 5
    assert downloaded == sorted(expected_rows(source, faults))


def upload(page: Page, source: Path) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Import", exact=True)).to_be_visible()
    settle(page)
    page.locator("input[type=file]").set_input_files(source)
    expect(page.get_by_text(source.name)).to_be_visible()
    choose(page, "Status they begin with", "Active")
    picture(page, "import-1-upload")
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("Column names in row 3, 12 columns, about 72 rows")).to_be_visible()
    settle(page)
    picture(page, "import-2-file")


def go_on(page: Page, step: str) -> None:
    """Go to the next step; one reads it from its top, though the button was far below."""
    page.get_by_role("button", name=f"Go on: {step}").last.click()
    expect(page.get_by_role("button", name=re.compile(f" · {step}$"))).to_be_in_viewport()
    settle(page)


def check_findings(page: Page, faults: list[Fault]) -> None:
    """Every planted fault is on the screen: its row, column, value and remedy in one place."""
    go_on(page, "Columns")
    picture(page, "import-3-columns")
    go_on(page, "Values")
    picture(page, "import-4-values")
    go_on(page, "Check")
    expect(page.get_by_text("Findings, grouped by cause")).to_be_visible()
    settle(page)
    picture(page, "import-5-check")
    expect(page.get_by_role("button", name="Go on: Publish")).to_be_in_viewport()
    shown = page.get_by_test_id("stHtml").all_inner_texts()
    for fault in faults:
        named = [text for text in shown if f"· {fault.column}\n" in text + "\n"]
        told = [
            text
            for text in named
            if re.search(rf"\bRow {fault.row}\b", text)
            and fault.value in text
            and fault.remedy in text
            and ("held back" in text) == fault.held
        ]
        assert len(told) == 1, f"{fault}: {named}"
    page.get_by_role("button", name="Download as CSV").first.click()
    link = page.get_by_role("link", name="Save the file: once, within a minute")
    expect(link).to_be_visible()
    picture(page, "import-5-csv")
    lines = {(row["column"], row["row"]) for row in take_file(page, link)}
    assert {(fault.column.replace("whole row", ""), str(fault.row)) for fault in faults} <= lines


def publish(page: Page, faults: list[Fault]) -> None:
    held = sum(fault.held for fault in faults)
    clean = 60 + len(faults) - held
    go_on(page, "Publish")
    picture(page, "import-6-publish")
    page.get_by_role("button", name=f"Publish {clean} clean rows").click()
    page.get_by_role("button", name="Yes, publish").click()
    expect(page.get_by_text(f"Published: {clean} rows of the file.")).to_be_visible()
    settle(page)
    picture(page, "import-7-receipt")
    metrics = page.get_by_test_id("stMetric").all_inner_texts()
    assert [text.split() for text in metrics if "Held" in text] == [["Held", "back", str(held)]]


def find_by_misspelt_name(page: Page) -> None:
    page.get_by_label("Find a person").fill(MISSPELT_NAME)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_visible()
    expect(page.get_by_text("1 person found")).to_be_visible()
    settle(page)
    page.get_by_text("Plain table").click()
    page.get_by_role("link", name=WANTED_NAME).click()
    expect(page.get_by_role("heading", name=WANTED_NAME)).to_be_visible()
    settle(page)
    picture(page, "person")


def filter_and_download(page: Page) -> list[tuple[str, ...]]:
    """Filter the Active page by hand; return the rows of the file that it gives."""
    page.get_by_role("link", name="Active", exact=True).click()
    expect(page.get_by_role("heading", name="Active beneficiaries")).to_be_visible()
    settle(page)
    filter_by(page, "Region", "Koro", "area1=KOR")
    for code in IN_DISTRICTS:
        filter_by(page, "District", DISTRICTS[code], f"area2={code}")
    filter_by(page, "Sex", "Female", "sex=FEMALE")
    filter_by(page, "Disability", "Yes", "disability=yes")
    expect(page.get_by_text("female, with a disability, in Bozoum or Paoua")).to_be_visible()
    picture(page, "active-filtered")
    page.get_by_role("button", name="Prepare download").click()
    rows = take_file(page, page.get_by_role("link", name=re.compile(r"^Download \d+ rows")))
    assert len(rows) == len({row["registration_no"] for row in rows})
    return sorted(tuple(row[column] for column in COLUMNS) for row in rows)


def take_file(page: Page, link: Locator) -> list[dict[str, str]]:
    """Click a link that gives a CSV; return its rows."""
    with page.expect_download() as started:
        link.click()
    text = Path(started.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a select box."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(page.get_by_role("option", name=option, exact=True)).to_have_count(0)


def filter_by(page: Page, label: str, option: str, address: str) -> None:
    """Choose in a filter, and wait until the address holds it."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(page).to_have_url(re.compile(rf"[?&]{address}\b"))
    if page.get_by_role("listbox").count():
        # One that takes several stays open; Escape in one that is closed would empty it.
        page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    settle(page)


def expected_rows(source: Path, faults: list[Fault]) -> Iterator[tuple[str, ...]]:
    """Read the workbook again, without the product: what the filter must give."""
    held = {fault.row for fault in faults if fault.held}
    lines = list(load_workbook(source)["Liste"].iter_rows(values_only=True))
    heads = [str(head) for head in lines[HEAD_ROW - 1]]
    for number, line in enumerate(lines[HEAD_ROW:], start=HEAD_ROW + 1):
        cells = dict(zip(heads, line, strict=True))
        wanted = (
            cells["Sex"] in ("F", "Female", "Féminin")
            and cells["Disability"] in ("Yes", "Oui")
            and cells["District"] in IN_DISTRICTS
        )
        if wanted and number not in held:
            yield _as_exported(cells)


def _as_exported(cells: dict[str, Any]) -> tuple[str, ...]:
    token = cells["Token ID"]
    return (
        cells["National ID"],
        token if isinstance(token, str) else "",  # a number has lost its digits
        cells["Full name"],
        "FEMALE",
        _birth(cells).isoformat(),
        "true",
        cells["District"],
        re.sub(r"[^+0-9]", "", cells["Phone"]),
        cells["E-mail"] or "",
        "ACTIVE",
    )


def _birth(cells: dict[str, Any]) -> date:
    born = cells["Date of birth"]
    if isinstance(born, datetime):
        return born.date()
    if born:
        return datetime.strptime(born, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    return date(datetime.now(UTC).year - int(cells["Age"]), 1, 1)
