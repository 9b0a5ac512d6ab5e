"""The real shell and pages in Streamlit's own test runner, with the cookies of a browser."""

from collections.abc import Callable
from typing import Protocol

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from core.domain.accounts import CSRF_COOKIE, SESSION_COOKIE
from core.services import accounts
from tests.conftest import ROOT, Registry
from tests.people import PASSWORD, People, add_people

SLOW_S = 60


@pytest.fixture
def people(embedded: Registry) -> People:
    """The five in a registry on the embedded engine; services are tested on both."""
    return add_people()


@pytest.fixture
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the browser sent when it opened the websocket."""
    sent: dict[str, str] = {}
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _context: sent))
    return sent


@pytest.fixture
def sign_in(people: People, cookies: dict[str, str]) -> Callable[[str], str]:
    """Give the browser the cookies of a session; returns its token."""

    def enter(name: str) -> str:
        token = accounts.sign_in(name, PASSWORD, "203.0.113.7").token
        cookies.update({SESSION_COOKIE: token, CSRF_COOKIE: "csrf-of-this-browser"})
        return token

    return enter


class OpenPage(Protocol):
    """Opens a page as one of the five; `query` is its address, a list for a repeated word."""

    def __call__(self, name: str, url_path: str, **query: str | list[str]) -> AppTest: ...


@pytest.fixture
def open_page(sign_in: Callable[[str], str]) -> OpenPage:
    """Run a page in the session of one of the five."""

    def enter(name: str, url_path: str, **query: str | list[str]) -> AppTest:
        sign_in(name)
        page = AppTest.from_file(str(ROOT / "pages" / f"{url_path}.py"), default_timeout=SLOW_S)
        for word, value in query.items():
            page.query_params[word] = value
        return page.run()

    return enter


def texts(page: AppTest) -> str:
    """Everything a page says, as one text."""
    said = (getattr(element, "value", None) or getattr(element, "proto", "") for element in page)
    return "\n".join(str(one) for one in said)
