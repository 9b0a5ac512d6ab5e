"""A real browser before a real server; what goes wrong in either fails the test."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.served import Served
from tests.conftest import Registry
from tests.people import PASSWORD

SCREEN = {"width": 1366, "height": 768}
# On a deep link Streamlit asks below the page's own address first, and is told 404.
_PROBES = re.compile(r"/_stcore/(health|host-config)$")
# The browser notes a page that is refused as an error of its own.
_REFUSED = "Failed to load resource: the server responded with a status of 403"
_PATIENCE_MS = 20_000

expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Desk:
    """A browser of one user: `Desk.page` is its first tab. Console errors and requests to other
    hosts are collected, to fail the test at its end."""

    served: Served
    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.wrong.append(f"script: {error.error}"))
        self.context.on("request", self._see)

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Sign in on the sign-in page and wait for the page behind it."""
        self.page.goto(f"{self.served.url}/sign-in")
        self.fill_sign_in(name, password)
        settle(self.page)

    def fill_sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Fill in and send the sign-in page that the first tab shows."""
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def visit(self, path: str) -> None:
        """Open an address of the application by hand."""
        self.page.goto(f"{self.served.url}{path}")
        settle(self.page)

    def _hear(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        refused = message.text.startswith(_REFUSED) and address.endswith("/import_data")
        expected = refused or _PROBES.search(address)
        if message.type == "error" and not expected:
            self.wrong.append(f"console: {message.text} ({address})")

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if (
            parts.scheme not in ("data", "blob")
            and parts.netloc != urlsplit(self.served.url).netloc
        ):
            self.wrong.append(f"request to {request.url}")


class Office:
    """Opens desks, and closes them all at the end of a test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._desks: list[Desk] = []

    def open_desk(self, served: Served) -> Desk:
        """Return a browser that has never been here before."""
        context = self._browser.new_context(viewport=SCREEN, accept_downloads=True)
        context.set_default_timeout(_PATIENCE_MS)
        desk = Desk(served, context, context.new_page())
        desk.watch()
        self._desks.append(desk)
        return desk

    def close(self) -> list[str]:
        """Close every desk; return what went wrong at them."""
        for desk in self._desks:
            desk.context.close()
        return [said for desk in self._desks for said in desk.wrong]


@pytest.fixture
def office(browser: Browser) -> Iterator[Office]:
    made = Office(browser)
    yield made
    assert made.close() == []


def serve(registry: Registry) -> Iterator[Served]:
    """Serve a registry until the end of the test; an error in the server's log fails it."""
    served = Served(registry)
    try:
        served.start()
        yield served
    finally:
        served.stop()
    assert "Traceback" not in served.logs(), served.logs()


def settle(page: Page) -> None:
    """Wait until the page's script has run to its end, and see that it did not break."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page where CASELOAD_PICTURES says to; nothing is asserted on it."""
    folder = os.environ.get("CASELOAD_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
        # The page scrolls inside its frame: only a taller window shows all of it.
        page.set_viewport_size({"width": SCREEN["width"], "height": 2400})
        page.wait_for_timeout(300)
        page.screenshot(path=Path(folder) / f"{name}-whole.png")
        page.set_viewport_size(SCREEN)
