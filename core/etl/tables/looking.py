"""What a run's files hold: every table of every sheet, with what a person should see of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from core.errors import UnreadableFile
from core.etl.extract import Extractor, extractor_for
from core.etl.extract._sheet_facts import NO_FACTS, SheetFacts, sheet_facts
from core.etl.rows import ROW, Batch, Line, Sheet, no_issues
from core.etl.tables import blocks
from core.etl.tables import layout as layouts
from core.etl.tables.shapes import Found, Layout
from core.etl.tables.tidying import Tidy, left_out, merged_down

LOOKED_AT = 20_000
"""Rows of a sheet that are looked at before anything is decided."""
MOST_SHEETS = 300
SAMPLE_ROWS = 1_000
_PREAMBLE_ROWS = 20


@dataclass(frozen=True)
class Files:
    """The files of a run: where they lie, and what the user calls them."""

    paths: tuple[Path, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Looked:
    """One table as far as it was looked at: what to show of it, and its first data rows."""

    found: Found
    lines: tuple[Line, ...]
    rows: tuple[dict[str, str], ...]
    facts: SheetFacts = NO_FACTS


def look_at(files: Files, position: int, sheets: Sequence[Sheet]) -> list[Looked]:
    """Look at the filled sheets of one file; raises UnreadableFile when none holds a table."""
    path = files.paths[position]
    filled = [sheet for sheet in sheets if sheet.rows * sheet.columns > 0]
    if not filled:
        layouts.choose_sheet(sheets)  # says so
    found: list[Looked] = []
    fault: UnreadableFile | None = None
    for sheet in filled[:MOST_SHEETS]:
        label = _label(files, position, sheet, alone=len(filled) == 1)
        try:
            found += _look(path, sheet, label)
        except UnreadableFile as error:
            fault = fault or error
    if not found and fault:
        raise fault
    return [
        replace(one, found=replace(one.found, layout=replace(one.found.layout, file=position)))
        for one in found
    ]


def _label(files: Files, position: int, sheet: Sheet, *, alone: bool) -> str:
    stem = Path(files.names[position]).stem
    if len(files.paths) == 1:
        return stem if alone and sheet.name == files.paths[position].stem else sheet.name
    return stem if alone else f"{stem} – {sheet.name}"


def _look(path: Path, sheet: Sheet, label: str) -> list[Looked]:
    extractor = extractor_for(path)
    lines = extractor.sample(path, sheet.name, LOOKED_AT)
    facts = sheet_facts(path, sheet.name)
    rules = blocks.Rules(
        lambda part: layouts.find_layout(sheet.name, part, facts.merged), layouts.is_header_like
    )
    parts = _named_columns(extractor, sheet, lines) or blocks.split(lines, rules)
    found = []
    for number, (layout, part) in enumerate(parts, 1):
        name = label if number == 1 else f"{label} ({number})"
        named = replace(layout, name=name)
        if len(lines) < LOOKED_AT or layout.last_row is not None:
            named = layouts.without_blank_columns(named, part)
        found.append(_looked(named, part, sheet, facts))
    return found


def _named_columns(
    extractor: Extractor, sheet: Sheet, lines: list[Line]
) -> list[tuple[Layout, list[Line]]]:
    """The table of a kind of file whose first row is always the headers."""
    return [(layouts.layout_at(sheet.name, 1, lines), lines)] if extractor.named and lines else []


def _looked(layout: Layout, lines: Sequence[Line], sheet: Sheet, facts: SheetFacts) -> Looked:
    first = layout.header_row - layout.header_rows + 1
    above = [line for line in lines if line.row < first][-_PREAMBLE_ROWS:]
    texts = (" ".join(cell.strip() for cell in line.cells if cell.strip()) for line in above)
    hidden = frozenset(facts.hidden_rows)
    tidied = _tidied(layout, lines, facts)
    found = Found(
        layout,
        sheet.rows,
        sheet.hidden,
        tuple(text[:200] for text in texts if text),
        left_out(tidied.issues),
        sum(row > layout.header_row for row in hidden),
        tuple(
            header
            for at, header in enumerate(layout.headers, 1)
            if header and at in facts.hidden_columns
        ),
    )
    rows = tidied.table.select(layout.columns).to_pylist()
    return Looked(found, tuple(lines), tuple(rows), facts)


def _tidied(layout: Layout, lines: Sequence[Line], facts: SheetFacts) -> Batch:
    """The data rows among the lines, as the reading would give them."""
    data = [
        line
        for line in lines
        if line.row > layout.header_row and (layout.last_row is None or line.row <= layout.last_row)
    ]
    columns = {
        header: pa.array([line.cells[at] if at < len(line.cells) else "" for line in data])
        for at, header in enumerate(layout.headers)
        if header
    }
    columns = {header: texts.cast(pa.string()) for header, texts in columns.items()}
    table = pa.table({ROW: pa.array([line.row for line in data], pa.int64()), **columns})
    state = Tidy(layout, merged_down(layout.headers, facts.merged, layout.header_row))
    return state.tidy(Batch(table, no_issues()), final=len(lines) < LOOKED_AT)
