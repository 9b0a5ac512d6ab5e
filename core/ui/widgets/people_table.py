"""A list of people as a grid, and as the HTML twin that keyboards and screen readers can enter."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.domain.fields import Kind, find_field
from core.domain.words import label_code
from core.services.beneficiaries import LIST_FIELDS
from core.text import _, language, show_date, show_number
from core.ui import plain

_HEIGHT, _HEAD, _LINE = 492, 38, 35
"""In pixels: the most a grid takes, its head, one row."""
_WIDTHS = {
    "registration_no": 128,
    "full_name": 172,
    "sex": 76,
    "age": 52,
    "disability": 88,
    "location_name": 134,
    "household_size": 108,
    "programme": 90,
    "status": 96,
    "since": 144,
}
"""In pixels: together they fit a screen of 1366 pixels beside the menu."""
_OTHER = 120
_DATES = {"fr": "DD/MM/YYYY"}
Row = Mapping[str, Any]
Columns = Mapping[str, str]
"""The fields that a list shows, each with a label of its own or none."""
USUAL: Columns = dict.fromkeys(LIST_FIELDS, "")


def show_grid(
    rows: Sequence[Row], *, key: str, alt: str, many: bool = False, columns: Columns = USUAL
) -> list[Row]:
    """Show the grid; return the rows that are selected, one at most unless `many`. `columns` are
    those of the usual ones, or of a programme's own, with labels where it has some."""
    shown = _columns(rows, columns)
    frame = pd.DataFrame([{name: row[name] for name in shown} for row in rows], columns=shown)
    for name in shown:
        kind = find_field(name).kind
        if kind is Kind.CODE:
            frame[name] = [label_code(row[name]) if row[name] else "" for row in rows]
        if kind is Kind.FLAG:
            frame[name] = [say_answer(row[name]) for row in rows]
    state: Any = st.dataframe(
        frame,
        height=min(_HEIGHT, _HEAD + _LINE * len(rows)),
        hide_index=True,
        column_config={name: _configure(name, columns[name]) for name in shown},
        on_select="rerun",
        selection_mode="multi-row" if many else "single-row",
        key=key,
        alt=alt,
    )
    return [rows[position] for position in state.selection.rows if position < len(rows)]


def choose_plain(rows: Sequence[Row], *, key: str) -> list[Row]:
    """Let the reader of the plain table choose among its rows, by keyboard too."""
    known = {str(row["enrolment_uuid"]): row for row in rows}
    chosen = st.multiselect(
        _("Select people of this page"),
        list(known),
        format_func=lambda one: _name(known[one]),
        key=f"{key}_chosen",
        placeholder=_("Choose by name or number"),
    )
    return [known[one] for one in chosen]


def _name(row: Row) -> str:
    said = f"{row['full_name']} · {row['registration_no']} · {row['programme']}"
    return f"{said} ({_('household')})" if row["of_household"] else said


def show_plain(rows: Sequence[Row], *, caption: str, columns: Columns = USUAL) -> None:
    """Show the same rows as a table of text, each name a link to the person."""
    shown = _columns(rows, columns)
    plain.show_table(
        [_label(name, columns[name]) for name in shown],
        [[_cell(name, row) for name in shown] for row in rows],
        caption=caption,
    )


def say_answer(answer: bool | None) -> str:
    """Return yes, no or unknown."""
    if answer is None:
        return _("unknown")
    return _("yes") if answer else _("no")


def _columns(rows: Sequence[Row], columns: Columns) -> list[str]:
    """Leave out what is the same for all: on a status page, the status."""
    return [
        name for name in columns if name != "status" or len({row["status"] for row in rows}) > 1
    ]


def _label(name: str, own: str) -> str:
    return own or _(find_field(name).label)


def _configure(name: str, own: str) -> Any:  # noqa: ANN401 - one of Streamlit's column types
    label, kind, width = _label(name, own), find_field(name).kind, _WIDTHS.get(name, _OTHER)
    if kind is Kind.INTEGER:
        return st.column_config.NumberColumn(label, format="%d", width=width)
    if kind is Kind.DATE:
        # "localized" follows the browser, which may speak another language than the page.
        written = _DATES.get(language(), "localized")
        return st.column_config.DateColumn(label, format=written, width=width)
    return st.column_config.TextColumn(label, width=width)


def _cell(name: str, row: Row) -> str | plain.Link:
    value = row[name]
    if name == "full_name":
        return plain.Link(value, "beneficiary", (("id", str(row["uuid"])),))
    kind = find_field(name).kind
    if kind is Kind.FLAG:
        return say_answer(value)
    if value is None:
        return ""
    if kind is Kind.CODE:
        return label_code(value)
    if kind is Kind.DATE:
        return show_date(value)
    return show_number(value) if isinstance(value, int) else str(value)
