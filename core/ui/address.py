"""What the address of a page holds: filters, order and place in a list, so that Back restores them.

Values are codes, not words: an address sent to a colleague means the same in another language.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import streamlit as st

from core.errors import InvalidCriteria
from core.settings import ROOT


def read(name: str) -> str:
    """Return one value, empty where the address has none."""
    return st.query_params.get(name, "")


def read_all(name: str) -> list[str]:
    """Return every value of a repeated name."""
    return [value for value in st.query_params.get_all(name) if value]


def read_number(name: str) -> int | None:
    """Return a whole number; InvalidCriteria for anything else: a filter is never ignored."""
    text = read(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidCriteria(
            "“{text}” in the address is not a number. Clear the filters.", text=text[:50]
        )
    return int(text)


def read_uuid(name: str) -> UUID | None:
    """Return a uuid, or None where there is none or something else."""
    try:
        return UUID(read(name))
    except ValueError:
        return None


def read_date(name: str) -> date | None:
    """Return a day; InvalidCriteria for anything else: a filter is never ignored."""
    text = read(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidCriteria(
            "“{text}” in the address is not a date. Clear the filters.", text=text[:50]
        ) from None


def change(changes: Mapping[str, Sequence[object]]) -> None:
    """Put the values there in place of the old ones; no value takes the name away.

    All at once, because each call is a step that Back goes through.
    """
    values: dict[str, list[str]] = {name: st.query_params.get_all(name) for name in st.query_params}
    values |= {name: [str(one) for one in ones] for name, ones in changes.items()}
    st.query_params.from_dict({name: ones for name, ones in values.items() if ones})


def forget(*names: str) -> None:
    """Take the names out of the address."""
    change({name: () for name in names})


def replace(query: Mapping[str, Sequence[object]]) -> None:
    """Put these values there in place of everything."""
    st.query_params.from_dict({n: [str(one) for one in ones] for n, ones in query.items() if ones})


def show_same(label: str, query: Mapping[str, Sequence[object]], key: str, **look: Any) -> None:  # noqa: ANN401 - what st.button takes
    """Show the way to another address of the page one is on.

    Not st.page_link: within a page it leaves the address as it was, and the next click goes back
    to that (measured on 1.67).
    """
    st.button(label, key=key, on_click=replace, args=(query,), type="tertiary", **look)


def file_of(page: str) -> Path:
    """Return the file of a page, which is how Streamlit knows it."""
    return ROOT / "pages" / f"{page}.py"


def show_open(page: str, label: str, query: Mapping[str, str] | None) -> None:
    """Show a link to another page, dead while there is nothing to open.

    Not a button with st.switch_page: that writes the new values into the address of the page one
    leaves, so that Back comes to a list without its filters (measured on 1.67).
    """
    st.page_link(
        file_of(page),
        label=label,
        icon=":material/open_in_new:",
        disabled=query is None,
        query_params=query,
    )
