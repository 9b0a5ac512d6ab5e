"""Visiting a page through the real shell, and reading all that it says."""

import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

SHELL = ROOT / "core" / "ui" / "shell.py"
SLOW_S = 60
_KINDS = ("title", "subheader", "caption", "markdown", "info", "error", "success", "warning")


def visit(page: str, **query: str | list[str]) -> AppTest:
    """Open a page at an address, as whoever is signed in."""
    st.cache_data.clear()  # the runner gives every test the same browser session
    test = AppTest.from_file(str(SHELL), default_timeout=SLOW_S)
    test.switch_page(str(ROOT / "pages" / f"{page}.py"))
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def said(test: AppTest) -> str:
    """Every sentence of a page, HTML as it was sent."""
    values = [element.value for kind in _KINDS for element in getattr(test, kind)]
    return "\n".join(values + [element.proto.body for element in test.get("html")])


def press(test: AppTest, label: str) -> AppTest:
    """Click the button that says `label`."""
    return next(button for button in test.button if button.label == label).click().run()


def selects(test: AppTest) -> set[str | None]:
    """The keys of all selects but the one for the language."""
    found = (*test.selectbox, *test.multiselect, *test.radio)
    return {one.key for one in found} - {"shell_language"}


def links(test: AppTest, page: str) -> list[str]:
    """The queries of the live links to a page."""
    found = [element.proto for element in test.get("page_link")]
    return [one.query_string for one in found if one.page == page and not one.disabled]
