"""A list of people as a grid, and as the HTML twin that keyboards and screen readers can enter."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.domain.fields import find_field
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
_DATES = {"fr": "DD/MM/YYYY"}
Row = Mapping[str, Any]


def show_grid(rows: Sequence[Row], *, key: str, alt: str) -> Row | None:
    """Show the grid; return the row that is selected."""
    shown = _columns(rows)
    frame = pd.DataFrame([{name: row[name] for name in shown} for row in rows], columns=shown)
    for name in ("sex", "status"):
        if name in shown:
            frame[name] = [label_code(row[name]) for row in rows]
    if "disability" in shown:
        frame["disability"] = [say_answer(row["disability"]) for row in rows]
    state: Any = st.dataframe(
        frame,
        height=min(_HEIGHT, _HEAD + _LINE * len(rows)),
        hide_index=True,
        column_config={name: _configure(name) for name in shown},
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        alt=alt,
    )
    chosen = [position for position in state.selection.rows if position < len(rows)]
    return rows[chosen[0]] if chosen else None


def show_plain(rows: Sequence[Row], *, caption: str) -> None:
    """Show the same rows as a table of text, each name a link to the person."""
    shown = _columns(rows)
    plain.show_table(
        [_(find_field(name).label) for name in shown],
        [[_cell(name, row) for name in shown] for row in rows],
        caption=caption,
    )


def say_answer(answer: bool | None) -> str:
    """Return yes, no or unknown."""
    if answer is None:
        return _("unknown")
    return _("yes") if answer else _("no")


def _columns(rows: Sequence[Row]) -> list[str]:
    """Leave out what is the same for all: on a status page, the status."""
    return [
        name for name in LIST_FIELDS if name != "status" or len({row["status"] for row in rows}) > 1
    ]


def _configure(name: str) -> Any:  # noqa: ANN401 - one of Streamlit's column types
    label, width = _(find_field(name).label), _WIDTHS[name]
    if name in ("age", "household_size"):
        return st.column_config.NumberColumn(label, format="%d", width=width)
    if name == "since":
        # "localized" follows the browser, which may speak another language than the page.
        written = _DATES.get(language(), "localized")
        return st.column_config.DateColumn(label, format=written, width=width)
    return st.column_config.TextColumn(label, width=width)


def _cell(name: str, row: Row) -> str | plain.Link:
    value = row[name]
    if name == "full_name":
        return plain.Link(value, "beneficiary", (("id", str(row["uuid"])),))
    if name in ("sex", "status"):
        return label_code(value)
    if name == "disability":
        return say_answer(value)
    if value is None:
        return ""
    if name == "since":
        return show_date(value)
    return show_number(value) if isinstance(value, int) else str(value)
