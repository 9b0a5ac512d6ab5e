"""What a publish would do to each row: new, changed, in conflict, cell by cell."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.domain.fields import FIELDS
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.etl.rows import FLAGS
from core.services import imports, matching, suites
from core.services.imports import RunView
from core.services.matching import Foreseen, Summary
from core.storage.importing.preview import Cell
from core.text import _, show_number
from core.ui import address, cache, plain
from core.ui.widgets import download, import_findings
from core.ui.widgets.import_columns import say_field

_PAGE, _MOST_CELLS = 50, 12
_UNSAID = frozenset({"full_name", "birth_precision"})
"""The name has a column of its own; how exact a date is shows in the date."""
_NAMES = {"relationship": "relationship_to_head"}
"""What the staged rows call a field otherwise."""
_HELD, _AREA = "held", "location"
_LABELS: dict[str, Callable[[], str]] = {
    "new": lambda: _("New"),
    "changed": lambda: _("Changed"),
    "unchanged": lambda: _("Unchanged"),
    "conflict": lambda: _("Contradictions"),
    "duplicate": lambda: _("Possible duplicates"),
    _HELD: lambda: _("Held back"),
}
_POLICIES: dict[str, Callable[[], str]] = {
    "file": lambda: "",
    "keep": lambda: _("the registry’s value stays"),
    "blanks": lambda: _("only where the registry has none"),
}


def _numbers(summary: Summary) -> dict[str, int | None]:
    return {
        "new": summary.new,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "conflict": summary.conflicts,
        "duplicate": summary.duplicates,
        _HELD: summary.held,
    }


def show_counts(run: RunView, summary: Summary) -> None:
    """Show how many rows do what, each with the way to its list."""
    at = _kind(summary)
    for column, (kind, number) in zip(st.columns(6), _numbers(summary).items(), strict=True):
        shown = "?" if number is None else show_number(number)
        column.metric(_LABELS[kind](), shown, border=True)
        column.button(
            _("Showing below") if kind == at else _("Show rows"),
            key=f"kind_{kind}",
            disabled=not number or kind == at,
            on_click=address.change,
            args=({"kind": [kind], "after": []},),
            width="stretch",
            help=_LABELS[kind](),
        )


def _kind(summary: Summary) -> str:
    """Return the kind of rows that the address names, or the first that there are."""
    numbers = _numbers(summary)
    asked = address.read("kind")
    if numbers.get(asked):
        return asked
    order = ("changed", "new", "unchanged", _HELD)
    return next((kind for kind in order if numbers[kind]), "new")


def show_rows(actor: Actor, run: RunView, summary: Summary) -> None:
    """Show a page of the rows of one kind."""
    kind, after = _kind(summary), address.read_number("after")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_LABELS[kind](), width="stretch")
        download.show_table(actor, run.uuid, kind)
    if kind == _HELD:
        _show_held(actor, run, after or 0)
        return
    page: Foreseen = cache.of_run(
        actor,
        run,
        "preview",
        lambda: matching.preview_page(actor, run.uuid, kind, after, _PAGE),
        kind,
        after,
    )
    _show_page(page)
    _show_ways(after, page.next)


def _show_ways(after: int | None, following: int | None) -> None:
    if after is None and following is None:
        return
    with st.container(horizontal=True):
        st.button(
            _("First page"), key="preview_first", disabled=after is None,
            on_click=address.change, args=({"after": []},),
        )  # fmt: skip
        st.button(
            _("Next"), key="preview_next", disabled=following is None,
            on_click=address.change, args=({"after": [following]},),
        )  # fmt: skip


def _show_page(page: Foreseen) -> None:
    if not page.rows:
        st.info(_("There is no such row."))
        return
    lines = [
        (str(row.row), row.registration_no or "–", row.name, say_cells(row.cells, page.places))
        for row in page.rows
    ]
    heads = (_("Row"), _("Registration number"), _("Name"), _("Before → after"))
    plain.show_table(heads, lines)


def say_cells(cells: Mapping[str, Cell], places: Mapping[str, str]) -> str:
    """Return each field with its value before and after; `places` gives the names of areas."""
    named = (
        (name, _name_area(cell, places) if name == _AREA else cell)
        for name, cell in cells.items()
        if name not in _UNSAID
    )
    said = [_say_cell(name, cell) for name, cell in named]
    more = f" · … {len(said) - _MOST_CELLS}" if len(said) > _MOST_CELLS else ""
    return " · ".join(said[:_MOST_CELLS]) + more


def _name_area(cell: Cell, places: Mapping[str, str]) -> Cell:
    before, after = (places.get(code, code) for code in (cell.before, cell.after))
    return replace(cell, before=before, after=after)


def _say_cell(name: str, cell: Cell) -> str:
    label = say_field(_NAMES.get(name, name))
    after = _say_value(name, cell.after)
    if cell.hidden:
        said = _("{field}: (hidden) → {after}", field=label, after=after)
    elif cell.before is None:
        said = _("{field}: {value}", field=label, value=after)
    else:
        before = _say_value(name, cell.before)
        said = _("{field}: {before} → {after}", field=label, before=before, after=after)
    policy = _POLICIES[cell.policy]() if cell.before is not None else ""
    return f"{said} ({policy})" if policy else said


def _say_value(name: str, value: Any) -> str:  # noqa: ANN401 - any value of a field
    if value is None:
        return "–"
    field = FIELDS.get(_NAMES.get(name, name))
    if isinstance(value, bool) or name in FLAGS:
        return label_code("yes" if value else "no")
    return label_code(str(value)) if field and field.codes else str(value)


def _show_held(actor: Actor, run: RunView, offset: int) -> None:
    held = imports.held_rows(actor, run.uuid, _PAGE, offset)
    headers = run.document.headers
    spoken = suites.sentences(actor, run.uuid) if held else {}
    lines = [
        [
            str(one.row),
            " ".join(import_findings.say_broken(one.row, broken, spoken) for broken in one.broken),
            *(str(one.values.get(h) or "") for h in headers),
        ]
        for one in held
    ]
    plain.show_table([_("Row"), _("What to do"), *headers], lines)
    total = run.counts.get("held", 0)
    following = offset + _PAGE if offset + _PAGE < total else None
    _show_ways(offset or None, following)


def show_sample(actor: Actor, run: RunView, summary: Summary, size: int) -> None:
    """Show the first rows that would be added or changed."""
    kind = "new" if summary.new else "changed" if summary.changed else "unchanged"
    page: Foreseen = cache.of_run(
        actor,
        run,
        "preview_sample",
        lambda: matching.preview_page(actor, run.uuid, kind, None, size),
        kind,
    )
    lines = [(str(row.row), row.name, say_cells(row.cells, page.places)) for row in page.rows]
    plain.show_table((_("Row"), _("Name"), _("For example")), lines)
