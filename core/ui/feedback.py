"""How the screen tells what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import RegistryError
from core.storage.database import Unavailable, is_locked
from core.text import _, speak

EXPECTED = (RegistryError, Unavailable)


def explain(error: RegistryError | Unavailable) -> str:
    """Return the sentence of an expected failure; raises any other again."""
    if isinstance(error, RegistryError):
        return speak(error.said)
    if is_locked(error):
        return _("The registry is busy with other work. Try again in a moment.")
    raise error


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an expected failure as a sentence; anything else is a bug and reaches the log."""
    try:
        yield
    except EXPECTED as error:
        st.error(explain(error))
