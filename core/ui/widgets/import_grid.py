"""The rows with findings, a page at a time, corrected where they stand."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.domain.permissions import Actor
from core.etl.remedies.steps import Cell
from core.etl.rows import Severity
from core.services import inspection, remedies
from core.services.imports import Finding, RunView
from core.services.inspection import BadPage, Facet
from core.text import _, join, language, show_number
from core.ui import address, plain, session
from core.ui.widgets import download, import_acts, pager
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.import_words import SEVERITIES, say_where

PAGE = 50
_ROW, _WHY = "_row", "_why"


def show_grid(actor: Actor, run: RunView, found: Sequence[Finding]) -> None:
    """Show the rows with findings; a cell that is changed becomes a remedy of its own."""
    st.subheader(_("The rows with findings"))
    facet = _choose(found)
    number = max(address.read_number("page") or 1, 1)
    page = inspection.bad_rows(actor, run.uuid, facet, (number - 1) * PAGE, PAGE, language())
    if not page.rows:
        st.info(_("No row fits."))
        return
    _show_pager(page, number)
    with st.container(horizontal=True, vertical_alignment="center"):
        as_text = st.toggle(_("Plain table"), key="grid_plain")
        download.show_table(actor, run.uuid, "bad_rows", facet)
    if as_text:
        _show_plain(page)
    else:
        _show_editor(actor, run, page, f"grid_{run.uuid}_{number}_{facet!r}")


def _choose(found: Sequence[Finding]) -> Facet:
    """Ask which rows to show: by cause, column, severity and value."""
    one, two, three, four = st.columns([4, 2, 2, 2])
    causes = {(f.rule, f.column): f for f in found if f.rows}
    cause = one.selectbox(
        _("Cause"), [None, *causes], key=f"grid_cause_{language()}", on_change=_first_page,
        format_func=lambda c: causes[c].message if c else _("all causes"),
    )  # fmt: skip
    columns = list(dict.fromkeys(f.column for f in found if f.rows))
    column = two.selectbox(
        _("Column"), [None, *columns], key=f"grid_column_{language()}", on_change=_first_page,
        format_func=lambda c: _("all columns") if c is None else say_where(c),
    )  # fmt: skip
    severity = three.selectbox(
        _("Severity"), [None, *Severity], key=f"grid_severity_{language()}", on_change=_first_page,
        format_func=lambda s: SEVERITIES[s][1]() if s else _("all of them"),
    )  # fmt: skip
    value = four.text_input(_("Value"), key="grid_value", on_change=_first_page)
    rule = cause[0] if cause else None
    where = cause[1] if cause else column
    return Facet(rule, where, value or None, str(severity) if severity else None)


def _first_page() -> None:
    address.forget("page")


def _show_pager(page: BadPage, number: int) -> None:
    pages = -(-page.total // PAGE)
    said = say_rows(page.total)
    if pages > 1:
        said += " · " + _("page {n} of {total}", n=number, total=show_number(pages))
    pager.show_ways(
        "grid",
        back={"page": [number - 1]} if number > 1 else None,
        on={"page": [number + 1]} if number < pages else None,
        said=said,
    )


def _lines(page: BadPage) -> list[dict[str, str]]:
    lines = []
    for row in page.rows:
        why = join(f"{SEVERITIES[one.severity][0]} {one.message}" for one in row.issues)
        if row.left_out:
            why = _("Left out by a remedy")
        lines.append({_ROW: str(row.row), _WHY: why or "✓", **row.values})
    return lines


def _show_plain(page: BadPage) -> None:
    heads = [_("Row"), _("What is wrong"), *page.headers]
    lines = [
        [line[_ROW], line[_WHY], *(line[name] for name in page.headers)] for line in _lines(page)
    ]
    plain.show_table(heads, lines)


def _show_editor(actor: Actor, run: RunView, page: BadPage, key: str) -> None:
    """Show the page as a grid; each changed cell is kept at once."""
    frame = pd.DataFrame(_lines(page), columns=[_ROW, _WHY, *page.headers], dtype="object")
    key = f"{key}_{session.recall('grid_edits') or 0}"
    st.caption(_("Double-click a cell to correct it. Each correction is kept at once."))
    st.data_editor(
        frame,
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=[_ROW, _WHY],
        column_config=_columns(page),
        height=min(35 * (len(frame) + 1) + 3, 460),
        alt=_("Rows with findings"),
    )
    edits: dict[int, dict[str, Any]] = (session.recall(key) or {}).get("edited_rows", {})
    told = _cells(page, edits)
    if told:
        # A new grid: what was typed is in the rows from now on.
        session.remember("grid_edits", (session.recall("grid_edits") or 0) + 1)
        import_acts.do(lambda: remedies.add_steps(actor, run.uuid, told))


def _columns(page: BadPage) -> dict[str, Any]:
    config: dict[str, Any] = {
        _ROW: st.column_config.TextColumn(_("Row"), width="small", pinned=True),
        _WHY: st.column_config.TextColumn(_("What is wrong"), width="large"),
    }
    return config | {name: st.column_config.TextColumn(name) for name in page.headers}


def _cells(page: BadPage, edits: dict[int, dict[str, Any]]) -> list[Cell]:
    """Return the corrections of cells that say something else now."""
    told = []
    for position, cells in edits.items():
        row = page.rows[int(position)]
        for header, text in cells.items():
            was, to = row.values[header], str(text or "")
            if to != was and row.is_data and not row.left_out:
                told.append(Cell(header, was, to, row=row.row))
    return told
