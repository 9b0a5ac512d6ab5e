"""How the screen tells what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import RegistryError
from core.text import _


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an expected failure as a sentence; anything else is a bug and reaches the log."""
    try:
        yield
    except RegistryError as error:
        st.error(_(str(error)))
