"""How the dates and numbers of a column are written, and which of its values mean no answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from core.etl.choices import CALENDARS, DECIMALS, Column
from core.etl.rows import Severity
from core.etl.rules.findings import make_finding
from core.services.inspection import Evidence
from core.text import _, language, show_number
from core.ui import plain
from core.ui.widgets.import_columns import say_field

_ORDERS: dict[str | None, Callable[[], str]] = {
    "DMY": lambda: _("day, month, year"),
    "MDY": lambda: _("month, day, year"),
    "YMD": lambda: _("year, month, day"),
}
_CALENDARS: dict[str | None, Callable[[], str]] = {
    None: lambda: _("Gregorian"),
    "gregorian": lambda: _("Gregorian, I am sure"),
    "ethiopian": lambda: _("Ethiopian"),
}
_DECIMALS: dict[str | None, Callable[[], str]] = {
    ".": lambda: _("point: 1.5"),
    ",": lambda: _("comma: 1,5"),
}


def show_title(header: str, field: str) -> None:
    """Show which column it is, and what it holds."""
    plain.show_heading(header, say_field(field), level=4)


def show_reading(
    key: str, header: str, column: Column, evidence: Evidence, *, dates: bool
) -> Column:
    """Ask how dates or numbers are written, with what the file itself shows."""
    for noted, rule in evidence.notes:
        if noted == header:
            cause = (rule, Severity.WARNING.value, header)
            st.info(make_finding(cause, 1, [], {}, language()).message)
    if header in evidence.asks:
        st.info(_("These dates can be read in two ways, and no cell says which. Please choose."))
    if not dates:
        return replace(column, decimal=_choose_decimal(key, header, column, evidence))
    left, right = st.columns(2)
    shown = _ORDERS.get(evidence.orders.get(header))
    auto = _("as the dates themselves show")
    auto = f"{auto} ({shown()})" if shown else auto
    orders = [None, *_ORDERS]
    order = left.selectbox(
        _("Order of the dates"),
        orders,
        index=orders.index(column.date_order),
        format_func=lambda one: _ORDERS[one]() if one else auto,
        key=f"{key}_order",
    )
    calendars: list[str | None] = [None, *CALENDARS]
    calendar = right.selectbox(
        _("Calendar"),
        calendars,
        index=calendars.index(column.calendar),
        format_func=lambda one: _CALENDARS[one](),
        key=f"{key}_calendar",
    )
    return replace(column, date_order=order, calendar=calendar)


def _choose_decimal(key: str, header: str, column: Column, evidence: Evidence) -> str | None:
    shown = _DECIMALS.get(evidence.decimals.get(header))
    auto = _("as the numbers themselves show")
    auto = f"{auto} ({shown()})" if shown else auto
    marks: list[str | None] = [None, *DECIMALS]
    chosen: str | None = st.selectbox(
        _("Decimal mark"),
        marks,
        index=marks.index(column.decimal),
        format_func=lambda one: _DECIMALS[one]() if one else auto,
        key=f"{key}_decimal",
    )
    return chosen


def show_blanks(key: str, column: Column, found: Sequence[tuple[str, int]]) -> Column:
    """Ask which values stand for no answer."""
    counts = dict(found)
    chosen = st.multiselect(
        _("Values that mean “no answer” here"),
        list(counts),
        default=list(column.blanks),
        format_func=lambda text: f"{text} ({show_number(counts[text])})",
        placeholder=_("Choose those that are no real values"),
        key=f"{key}_blanks",
    )
    return replace(column, blanks=tuple(chosen))
