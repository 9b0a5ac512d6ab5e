"""A failure that nobody foresaw: our own sentence and a number that the log knows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

import app
from core.services import accounts
from core.ui.widgets import home
from tests.people import People
from tests.ui.screens import said, visit

CANARY = "Zahra Canary"


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runner passes no handler on; this hands it the application's own."""
    begin = ScriptRunner.__init__

    def begin_handled(runner: ScriptRunner, **settings: Any) -> None:
        begin(runner, **settings, on_script_error=app.app._on_script_error)

    monkeypatch.setattr(ScriptRunner, "__init__", begin_handled)

    def crash(_actor: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(home, "show", crash)


@pytest.mark.usefixtures("handled")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("something in the program went wrong", "Go to the start page")),
        ("fr", ("une erreur s’est produite", "Aller à la page d’accueil")),
    ],
)
def test_a_crash_is_told_in_the_readers_language_with_a_number_that_the_log_knows(
    people: People,
    sign_in: Callable[[str], str],
    caplog: pytest.LogCaptureFixture,
    language: str,
    words: tuple[str, ...],
) -> None:
    sign_in("amina")
    accounts.choose_language(people.amina, language)

    page = visit("home")

    shown = said(page)
    assert not page.exception
    assert [one for one in words if one not in shown] == []
    assert [one for one in (CANARY, "Traceback", "Manage app") if one in shown] == []
    reference = re.search(r"\b[0-9A-F]{8}\b", shown)
    assert reference
    assert f"{reference[0]} is the reference of the KeyError above" in caplog.text
    assert "Traceback" in caplog.text
