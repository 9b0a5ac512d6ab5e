"""The order of a list and the place in it, both held by the address."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.storage.beneficiaries import Paging
from core.text import _
from core.ui import address, session

_SORT, _AFTER, _BEFORE = "sort", "after", "before"
_KEY = "list_sort"
START: Mapping[str, Sequence[object]] = {_AFTER: (), _BEFORE: ()}
"""The change of the address that leads to the first page of a list."""
_ORDERS: dict[str, Callable[[], str]] = {
    "full_name": lambda: _("Name"),
    "registration_no": lambda: _("Registration number"),
    "age": lambda: _("Age, youngest first"),
    "-age": lambda: _("Age, oldest first"),
    "-since": lambda: _("Status, newest first"),
    "since": lambda: _("Status, oldest first"),
}


def read_paging() -> Paging:
    """Return which page of which order the address asks for; by name where it does not say."""
    sort = address.read(_SORT)
    sort = sort if sort in _ORDERS else "full_name"
    return Paging(
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        after=address.read_uuid(_AFTER),
        before=address.read_uuid(_BEFORE),
    )


def show_order() -> None:
    """Let the reader choose the order."""
    sort = address.read(_SORT)
    session.remember(_KEY, sort if sort in _ORDERS else "full_name")
    st.selectbox(
        _("Sort by"),
        list(_ORDERS),
        format_func=lambda order: _ORDERS[order](),
        key=_KEY,
        on_change=_take_order,
    )


def go_after(edge: object) -> None:
    """Go to the page that follows an enrolment."""
    address.change({_AFTER: [edge], _BEFORE: []})


def go_before(edge: object) -> None:
    """Go to the page that ends before an enrolment."""
    address.change({_AFTER: [], _BEFORE: [edge]})


def _take_order() -> None:
    chosen = str(session.recall(_KEY))
    address.change({_SORT: [] if chosen == "full_name" else [chosen], **START})
