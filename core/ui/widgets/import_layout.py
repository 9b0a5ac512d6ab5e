"""Where the table stands in the file, changed by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath

import streamlit as st

from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.etl.tables.shapes import Found, Layout, Shape
from core.services import imports
from core.services.imports import RunView
from core.text import _, language, pair
from core.ui.widgets import import_acts, import_known

_TEXT_FILES = (".csv", ".tsv", ".txt")
_LAST, _MOST_HEADER_ROWS = 1_000_000, 6
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1", "utf-16", "cp1256", "cp1251", "cp850")
_DELIMITERS: dict[str | None, Callable[[], str]] = {
    None: lambda: _("as recognised"),
    ",": lambda: _("comma"),
    ";": lambda: _("semicolon"),
    "\t": lambda: _("tab"),
    "|": lambda: _("vertical bar"),
}
_WHY: dict[str, Callable[[], str]] = {
    "repeated_header": lambda: _("the column names again"),
    "footer_left_out": lambda: _("a total, a note or a signature"),
}


def say_why(rule: str) -> str:
    """Return why a row is left out."""
    return _WHY[rule]() if rule in _WHY else rule


@dataclass(frozen=True)
class _Asked:
    """What the form says."""

    tables: list[Found]
    first: int
    count: int
    last: int
    fill_down: tuple[str, ...]
    kept: tuple[int, ...]
    skipped: str
    encoding: str | None
    delimiter: str | None


def show_layout(actor: Actor, run: RunView) -> None:
    """Offer to say where the table stands, and to go back to what was proposed."""
    with (
        st.expander(_("Read the file in another way")),
        st.form(f"layout_{run.uuid}", border=False),
    ):
        asked = _ask(run)
        with st.container(horizontal=True):
            sent = st.form_submit_button(_("Read it like this"), type="primary")
            reset = st.form_submit_button(_("Back to what was proposed"))
    if sent:
        layout, shape = _make(run, asked)
        import_acts.do(lambda: import_known.set_layout(actor, run, layout, shape))
    if reset:
        import_acts.do(lambda: imports.propose_again(actor, run.uuid))


def _ask(run: RunView) -> _Asked:
    layout, tables, key = run.document.layout, list(run.document.tables), str(run.uuid)
    chosen = tables[:1]
    if len(tables) > 1:
        used = [layout, *run.document.shape.stacked]
        places = {(one.file, one.sheet, one.label) for one in used}
        chosen = st.multiselect(
            _("Tables to import; the rows of several follow one another"),
            tables,
            default=[t for t in tables if _place(t) in places],
            format_func=_say_table,
            key=f"layout_tables_{key}",
        )
    one, two, three = st.columns(3)
    last = one.number_input(
        _("Row of the column names"), 1, _LAST, layout.header_row, key=f"layout_head_{key}",
        help=_("The last of them, where the names stand in several rows."),
    )  # fmt: skip
    count = two.number_input(
        _("Rows of column names"), 1, _MOST_HEADER_ROWS, layout.header_rows, key=f"layout_n_{key}"
    )
    end = three.number_input(
        _("Last row of the table (0: to the end)"), 0, _LAST, layout.last_row or 0,
        key=f"layout_end_{key}",
    )  # fmt: skip
    fill = st.multiselect(
        _("Columns whose value counts for the blanks below it"),
        list(layout.columns),
        default=list(layout.fill_down),
        key=f"layout_fill_{key}",
    )
    kept, skipped = _ask_rows(run, layout)
    encoding, delimiter = _ask_text(run, layout)
    return _Asked(
        chosen, int(last), int(count), int(end), tuple(fill), kept, skipped, encoding, delimiter
    )


def _place(found: Found) -> tuple[int, str, str]:
    return found.layout.file, found.layout.sheet, found.layout.label


def _say_table(found: Found) -> str:
    return found.layout.label + (f" ({_('hidden sheet')})" if found.hidden else "")


def _ask_rows(run: RunView, layout: Layout) -> tuple[tuple[int, ...], str]:
    rows = {
        one.row: pair(one.row, one.text[:60])
        for found in run.document.tables
        if found.layout.sheet == layout.sheet
        for one in found.left_out
    }
    options = sorted({*rows, *layout.kept_rows})
    kept: list[int] = []
    if options:
        kept = st.multiselect(
            _("Rows that were left out and are data after all"),
            options,
            default=list(layout.kept_rows),
            format_func=lambda row: rows.get(row, str(row)),
            key=f"layout_kept_{run.uuid}",
        )
    skipped = st.text_input(
        _("Further rows to leave out, for example: 5, 17"),
        value=", ".join(str(row) for row in layout.skipped_rows),
        key=f"layout_skipped_{run.uuid}",
    )
    return tuple(kept), skipped


def _ask_text(run: RunView, layout: Layout) -> tuple[str | None, str | None]:
    if PurePath(run.file_name).suffix.lower() not in _TEXT_FILES:
        return layout.encoding, layout.delimiter
    left, right = st.columns(2)
    encodings = list(dict.fromkeys([None, layout.encoding, *ENCODINGS]))
    encoding = left.selectbox(
        _("Encoding of the text"),
        encodings,
        index=encodings.index(layout.encoding),
        format_func=lambda name: name or _("as recognised"),
        key=f"layout_encoding_{language()}_{run.uuid}",
    )
    delimiters = list(dict.fromkeys([*_DELIMITERS, layout.delimiter]))
    delimiter = right.selectbox(
        _("Sign between the columns"),
        delimiters,
        index=delimiters.index(layout.delimiter),
        format_func=lambda sign: _DELIMITERS[sign]() if sign in _DELIMITERS else str(sign),
        key=f"layout_delimiter_{language()}_{run.uuid}",
    )
    return encoding, delimiter


def _make(run: RunView, asked: _Asked) -> tuple[Layout, Shape]:
    """Return the layout and shape that the form says; what it does not ask about stays."""
    if not asked.tables:
        raise InvalidInput("Choose at least one table.")
    old, shape = run.document.layout, run.document.shape
    used = [old, *shape.stacked]
    chosen = [
        next((one for one in used if _key(one) == _key(found.layout)), found.layout)
        for found in asked.tables
    ]
    first, *others = chosen
    if {_key(one) for one in used} != {_key(one) for one in chosen}:
        # What was proposed for the one table does not fit another.
        shape = Shape(stacked=tuple(others))
    else:
        shape = replace(shape, stacked=tuple(others))
    return (_changed(old, asked) if first is old else first), shape


def _changed(old: Layout, asked: _Asked) -> Layout:
    changed = replace(
        old,
        last_row=asked.last or None,
        fill_down=asked.fill_down,
        kept_rows=asked.kept,
        skipped_rows=_numbers(asked.skipped),
        encoding=asked.encoding,
        delimiter=asked.delimiter,
    )
    said = (asked.first, asked.count, asked.encoding, asked.delimiter)
    if said == (old.header_row, old.header_rows, old.encoding, old.delimiter):
        return changed
    # The names are read anew from where they are said to stand.
    return replace(changed, header_row=asked.first, header_rows=asked.count, headers=(), titles=())


def _key(layout: Layout) -> tuple[int, str, str]:
    return layout.file, layout.sheet, layout.label


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.replace(",", " ").replace(";", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise InvalidInput("Write the rows to leave out as numbers, for example: 5, 17.")
    return tuple(sorted({int(part) for part in parts}))
