"""A new registry with the demo country: what an M&E officer sees on the first day."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Office, picture, serve, settle
from tests.browser.served import Served
from tests.conftest import FILES, Registry

PEOPLE = 400
FIRST_LOAD = 3_000_000
"""Bytes over the line until home stands there: what a slow one carries in a minute or so."""
PAGES = {
    "POTENTIAL": "Potential",
    "ACTIVE": "Active",
    "SUSPENDED": "Suspended",
    "GRADUATED": "Graduated",
}
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A new folder that a command has made a registry of, served."""
    registry = Registry("sqlite", f"sqlite:///{tmp_path / FILES[0]}", tmp_path)
    Served(registry).command("init")
    yield from serve(registry)


def test_the_demo_officer_sees_four_status_pages_and_reads_them_in_french(
    served: Served, office: Office
) -> None:
    report = json.loads(served.command("demo", "--people", str(PEOPLE), "--json"))
    account = next(one for one in report["accounts"] if one["name"] == "officer")
    desk = office.open_desk(served)
    page, sizes = desk.page, weigh(desk.page)
    desk.sign_in(account["name"], account["password"])

    expect(page.get_by_text("DEMO · The people here are invented.")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    assert sum(sizes) < FIRST_LOAD
    expect(page.get_by_role("link", name="Import", exact=True)).to_have_count(0)
    picture(page, "demo-home")
    shown = {status: open_list(page, title) for status, title in PAGES.items()}
    counted = json.loads(served.command("count", "--by", "status", "--as", "officer", "--json"))
    assert shown == {one["status"]: one["enrolments"] for one in counted}
    assert sum(shown.values()) > PEOPLE / 4
    assert min(shown.values()) > 0

    choose_french(page)
    page.get_by_role("link", name="Actif", exact=True).click()
    expect(page.get_by_role("heading", name="Bénéficiaires actifs")).to_be_visible()
    settle(page)
    picture(page, "demo-french")
    for english in ("Clear filters", "Prepare download", "Plain table", "Sign out"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)


def weigh(page: Page) -> list[int]:
    """Return the list that fills with the bytes of each answer, as they go over the line."""
    sizes: list[int] = []
    listener = page.context.new_cdp_session(page)
    listener.send("Network.enable")
    listener.on("Network.loadingFinished", lambda answer: sizes.append(answer["encodedDataLength"]))
    return sizes


def open_list(page: Page, title: str) -> int:
    """Open a status page from the menu; return how many enrolments it says there are."""
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", name=f"{title} beneficiaries")).to_be_visible()
    total = page.get_by_role("heading", name=re.compile(r"^[\d,]+ enrolments of"))
    expect(total).to_be_visible()
    settle(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    picture(page, f"demo-{title.lower()}")
    return int(total.inner_text().split()[0].replace(",", ""))


def choose_french(page: Page) -> None:
    page.get_by_role("button", name="officer").click()
    page.get_by_role("combobox", name="Language").click()
    page.get_by_role("option", name="Français").click()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    settle(page)
    page.keyboard.press("Escape")
