"""Acts on the import page: a button is dead from its click on, what goes wrong is said on top."""

from collections.abc import Callable
from typing import Any, NoReturn

import streamlit as st

from core.ui import feedback, session

_FAULT, _CLICKED, _REFUSED = "import_fault", "import_clicked", "import_refused"


def show_fault() -> None:
    """Say what went wrong with the last act, once."""
    fault = session.recall(_FAULT)
    if fault:
        session.forget(_FAULT)
        st.error(str(fault))


def button(label: str, key: str, **look: Any) -> bool:  # noqa: ANN401 - what st.button takes
    """Show a button; True in the run after its click, in which no button of the page is live."""
    clicked = session.recall(_CLICKED)
    dead = bool(look.pop("disabled", False)) or clicked is not None
    st.button(
        label, key=key, disabled=dead, on_click=session.remember, args=(_CLICKED, key), **look
    )
    return bool(clicked == key)


def do(work: Callable[[], object]) -> NoReturn:
    """Do what was clicked, then show the page anew; an expected failure is said on its top."""
    try:
        work()
    except feedback.EXPECTED as error:
        session.remember(_FAULT, feedback.explain(error))
    session.forget(_CLICKED)
    st.rerun()


def refuse(why: str, place: str) -> NoReturn:
    """Say at a place of the page, where `show_refusal` stands, why what was clicked is not done."""
    session.remember(_REFUSED, (place, why))
    session.forget(_CLICKED)
    st.rerun()


def show_refusal(place: str) -> None:
    """Say why what was clicked here is not done, once."""
    refused: tuple[str, str] | None = session.recall(_REFUSED)
    if refused and refused[0] == place:
        session.forget(_REFUSED)
        st.error(refused[1])


def finish() -> None:
    """End the page: a click whose button is gone is forgotten, so that the others live again."""
    if session.recall(_CLICKED) is not None:
        session.forget(_CLICKED)
        st.rerun()
