"""Step 1, the file: what was understood of it, its first rows, and ways to say otherwise."""

from collections.abc import Sequence
from textwrap import shorten

import streamlit as st

from core.domain.permissions import Actor
from core.etl.tables.shapes import Found, LeftOut
from core.services import imports
from core.services.imports import RunView
from core.text import _, show_number
from core.ui import cache, plain
from core.ui.widgets import (
    download,
    import_known,
    import_layout,
    import_shape,
    import_split,
    import_tables,
    import_way,
)

_ROWS_SHOWN, _LONGEST = 10, 60


def show_file(actor: Actor, run: RunView) -> None:
    """Show the tables of the file, how they are read, and the first rows of what comes out."""
    import_known.show_known(actor, run)
    _show_tables(run)
    import_shape.show_shape(actor, run)
    import_split.show_split(actor, run)
    found = find_table(run)
    if found is not None:
        _show_understood(actor, run, found)
    _show_first_rows(actor, run)
    import_layout.show_layout(actor, run)
    import_way.show_ways(run, import_way.FILE)


def find_table(run: RunView) -> Found | None:
    """Return what was found of the table that the run begins with."""
    layout = run.document.layout
    near = [
        found
        for found in run.document.tables
        if (found.layout.file, found.layout.sheet) == (layout.file, layout.sheet)
    ]
    same = [found for found in near if found.layout.header_row == layout.header_row]
    return next(iter(same or near), None)


def _show_tables(run: RunView) -> None:
    tables = run.document.tables
    if len(tables) < 2:
        return
    used = {(t.file, t.sheet, t.header_row): say for t, say in import_shape.uses(run)}
    rows = []
    for found in tables:
        one = found.layout
        hidden = f" ({_('hidden sheet')})" if found.hidden else ""
        use = used.get((one.file, one.sheet, one.header_row), _("not imported"))
        rows.append((one.label + hidden, show_number(found.rows), str(len(one.columns)), use))
    st.subheader(_("Tables found"))
    heads = (_("Table"), _("Rows"), _("Columns"), _("Use"))
    import_tables.show(heads, rows)


def _show_understood(actor: Actor, run: RunView, found: Found) -> None:
    layout = run.document.layout
    last, count = layout.header_row, layout.header_rows
    heads = str(last) if count == 1 else f"{last - count + 1}–{last}"
    pairs = [(_("Column names in row"), heads)]
    if found.preamble:
        pairs.append((_("Above the table, not imported"), _short(" · ".join(found.preamble))))
    if layout.fill_down:
        pairs.append((_("Values repeated downwards in"), ", ".join(layout.fill_down)))
    if layout.last_row:
        pairs.append((_("Last row of the table"), str(layout.last_row)))
    if found.hidden_rows:
        pairs.append((_("Rows hidden in the file, imported too"), show_number(found.hidden_rows)))
    if found.hidden_columns:
        pairs.append((_("Columns hidden in the file"), ", ".join(found.hidden_columns)))
    if layout.encoding or layout.delimiter:
        chosen = [layout.encoding or "", repr(layout.delimiter) if layout.delimiter else ""]
        pairs.append((_("Encoding and delimiter, as chosen"), " ".join(chosen)))
    st.subheader(_("How the file is read"))
    plain.show_pairs(pairs)
    if found.left_out:
        _show_left_out(actor, run, found.left_out)


def _show_left_out(actor: Actor, run: RunView, rows: Sequence[LeftOut]) -> None:
    with st.expander(_("Rows left out, because they are no data: {n}", n=len(rows))):
        plain.show_table(
            (_("Row"), _("Why"), _("What stands in it")),
            [(str(one.row), import_layout.say_why(one.rule), one.text) for one in rows],
        )
        download.show_table(actor, run.uuid, "left_out")


def _show_first_rows(actor: Actor, run: RunView) -> None:
    with st.spinner(_("Reading the file …")):
        rows = cache.of_run(
            actor, run, "first", lambda: imports.sample(actor, run.uuid, limit=_ROWS_SHOWN)
        )
    headers = run.document.headers
    st.subheader(_("The first rows, as they will be read"))
    lines = [[shorten(row[name], _LONGEST, placeholder="…") for name in headers] for row in rows]
    plain.show_table(headers, lines)
    download.show_table(actor, run.uuid, "rows")


def _short(text: str) -> str:
    return shorten(text, 200, placeholder="…")
