"""The tabs of a page, with the open one in the address: a link leads to it, and Back comes back."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.text import language
from core.ui import address, session

TAB = "tab"
"""The name in the address."""


def show_tabs(titles: Mapping[str, str]) -> Sequence[DeltaGenerator]:
    """Show a tab for each title by its name in the address; return their places."""
    key, first = f"tabs_{language()}", next(iter(titles))
    session.remember(key, titles.get(address.read(TAB), titles[first]))
    return st.tabs(list(titles.values()), key=key, on_change=_take, args=(key, titles))


def _take(key: str, titles: Mapping[str, str]) -> None:
    chosen = session.recall(key)
    names = [name for name, title in titles.items() if title == chosen]
    address.change({TAB: names if names != [next(iter(titles))] else []})
