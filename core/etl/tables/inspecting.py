"""Which tables of a run's files are imported, and how they become one: as said, or as proposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from core.etl.extract import extractor_for
from core.etl.extract._sheet_facts import sheet_facts
from core.etl.rows import Line, Sheet
from core.etl.tables import layout as layouts
from core.etl.tables import members, proposing, reading, shape_text
from core.etl.tables.looking import LOOKED_AT, Files, Looked, look_at
from core.etl.tables.shapes import NO_SHAPE, Layout, Shape, TableChoice, Tables

SAMPLE_ROWS = 1_000


@dataclass(frozen=True)
class Inspection:
    """What the files look like: their tables, the one table they become, its first rows."""

    tables: Tables
    headers: tuple[str, ...]
    sample: tuple[dict[str, str], ...]
    sheets: tuple[Sheet, ...]

    @property
    def rows_estimate(self) -> int:
        """About how many rows there are to import."""
        tables = [self.tables.layout, *self.tables.shape.stacked]
        known = {(f.layout.file, f.layout.sheet): f for f in self.tables.found}
        used = [(one, known.get((one.file, one.sheet))) for one in tables]
        return sum(max(found.rows - one.header_row, 0) for one, found in used if found)


def inspect(files: Files, choice: TableChoice) -> Inspection:
    """Look at every sheet, and choose the tables a person named or those that are proposed.

    Raises UnreadableFile for a file that holds no table, InvalidInput for a choice that does not
    fit the files.
    """
    looked: list[Looked] = []
    sheets: list[Sheet] = []
    for position, path in enumerate(files.paths):
        own = tuple(extractor_for(path).sheets(path))
        _check_named(own, choice, first=position == 0 and len(files.paths) == 1)
        looked += look_at(files, position, own)
        sheets += own if position == 0 else ()
    tables = Tables(tuple(one.found for one in looked), *_choose(looked, choice, files))
    return look_again(files, tables, looked, tuple(sheets))


def look_again(
    files: Files,
    tables: Tables,
    looked: Sequence[Looked] = (),
    sheets: tuple[Sheet, ...] = (),
) -> Inspection:
    """Return the headers and first rows of the tables as they become one."""
    mine = [one for one in looked if one.found.layout == tables.layout]
    if mine and tables.shape == NO_SHAPE:
        sample = mine[0].rows[:SAMPLE_ROWS]
        return Inspection(tables, tables.layout.columns, sample, sheets)
    headers, rows = reading.sample_shaped(files.paths, tables.layout, tables.shape, SAMPLE_ROWS)
    return Inspection(tables, headers, tuple(rows), sheets)


def settle(files: Files, tables: Tables) -> Inspection:
    """Complete the layouts that a person has changed, and look at what they give."""
    shape = tables.shape
    joins = tuple(replace(join, table=complete(files, join.table)) for join in shape.joins)
    stacked = tuple(complete(files, one) for one in shape.stacked)
    settled = replace(shape, joins=joins, stacked=stacked)
    return look_again(files, Tables(tables.found, complete(files, tables.layout), settled))


def complete(files: Files, layout: Layout) -> Layout:
    """Take the headers of a layout, where they are not given, from its header rows.

    Raises UnreadableFile when the sheet or the rows are not there.
    """
    if layout.headers:
        return layout
    if not 0 <= layout.file < len(files.paths):
        raise InvalidInput("The run has no file {n}. Choose one of its files.", n=layout.file + 1)
    path = files.paths[layout.file]
    lines = _lines(path, layout)
    facts = sheet_facts(path, layout.sheet)
    made = layouts.layout_at(
        layout.sheet, layout.header_row, lines, layout.header_rows, facts.merged
    )
    made = made if len(lines) == LOOKED_AT else layouts.without_blank_columns(made, lines)
    return replace(
        layout,
        headers=made.headers,
        titles=made.titles,
        skipped_rows=layout.skipped_rows or made.skipped_rows,
        fill_down=layout.fill_down or made.fill_down,
    )


def _lines(path: Path, layout: Layout) -> list[Line]:
    """The first rows, a text file read in the encoding and with the delimiter that were chosen."""
    extractor = extractor_for(path)
    if extractor.text and (layout.encoding or layout.delimiter):
        return extractor.text.sample(path, LOOKED_AT, layout.encoding, layout.delimiter)
    return extractor.sample(path, layout.sheet, LOOKED_AT)


def _check_named(sheets: Sequence[Sheet], choice: TableChoice, *, first: bool) -> None:
    names = {sheet.name for sheet in sheets}
    for name in choice.sheets if first else ():
        if name not in names:
            known = ", ".join(f"“{sheet.name}”" for sheet in sheets)
            raise InvalidInput(
                "The file has no sheet “{name}”. Its sheets are: {known}.", name=name, known=known
            )


def _choose(looked: Sequence[Looked], choice: TableChoice, files: Files) -> tuple[Layout, Shape]:
    """The first table and the shape: as a person said, else as proposed."""
    if choice.shape:
        first, shape = shape_text.read_shape(
            choice.shape, lambda named: _find(looked, named, files)
        )
        return first or _main(looked).found.layout, shape
    if choice.sheets or choice.all_sheets:
        wanted = [one for one in looked if _is_wanted(one, choice)]
        if not wanted:
            raise InvalidInput("No sheet of the file holds rows. Choose other sheets.")
        tables = [_at(one, choice.header_row) for one in wanted]
        shape = Shape(tuple(tables[1:]))
        return tables[0], shape if len(tables) > 1 else _unpivoted(wanted[0], choice)
    main = _main(looked)
    if choice.header_row is not None:
        return _at(main, choice.header_row), NO_SHAPE
    others = [one for one in looked if one is not main and _is_offered(one, main)]
    layout, shape = proposing.propose(_seen(main), [_seen(one) for one in others])
    if len(files.paths) > 1 and not shape.stacked and not shape.joins:
        raise InvalidInput(
            "It is not clear how the files belong together: they share neither their headers nor "
            "a key column. Say it with a shape, or import them one by one."
        )
    if shape == NO_SHAPE:
        shape = _unpivoted(main, choice)
    return layout, shape


def _is_wanted(one: Looked, choice: TableChoice) -> bool:
    layout = one.found.layout
    if choice.sheets:
        return layout.sheet in choice.sheets and not layout.name.endswith(")")
    sheet = Sheet(layout.sheet, one.found.hidden, one.found.rows, len(layout.headers))
    return layouts.is_data_sheet(sheet)


def _is_offered(one: Looked, main: Looked) -> bool:
    """Whether a table is put together with the main one unasked: not a hidden one, and not one
    that stands in the same sheet, for a person put them apart."""
    own, other = one.found.layout, main.found.layout
    return not one.found.hidden and (own.sheet, own.file) != (other.sheet, other.file)


def _main(looked: Sequence[Looked]) -> Looked:
    """The largest table of the best sheet of the first file."""
    first = [one for one in looked if one.found.layout.file == 0]
    sheets = [
        Sheet(
            one.found.layout.sheet,
            one.found.hidden,
            len(one.rows) if len(one.rows) < SAMPLE_ROWS else one.found.rows,
            len(one.found.layout.columns),
        )
        for one in first
    ]
    filled = [sheet for sheet in sheets if sheet.rows] or sheets
    best = layouts.choose_sheet([replace(sheet, rows=sheet.rows or 1) for sheet in filled])
    return max(
        (one for one in first if one.found.layout.sheet == best.name),
        key=lambda one: len(one.rows) * len(one.found.layout.columns),
    )


def _at(one: Looked, header_row: int | None) -> Layout:
    layout = one.found.layout
    if header_row is None or header_row == layout.header_row:
        return layout
    made = layouts.layout_at(layout.sheet, header_row, one.lines, 1, one.facts.merged)
    return replace(made, file=layout.file, name=layout.name)


def _seen(one: Looked) -> proposing.Seen:
    values = {
        header: [(row[header] or "").strip() for row in one.rows]
        for header in one.found.layout.columns
    }
    return proposing.Seen(one.found.layout, values)


def _unpivoted(one: Looked, choice: TableChoice) -> Shape:
    if choice.header_row is not None:
        return NO_SHAPE
    unpivot = members.propose_unpivot(one.found.layout.columns)
    keep = proposing.propose(_seen(one), [])[1].keep
    return Shape(unpivot=unpivot, keep=keep) if unpivot or keep else NO_SHAPE


def _find(looked: Sequence[Looked], named: dict[str, Any], files: Files) -> Layout:
    """The table that a person's shape names by its sheet, its file, or both."""
    sheet, file = named.get("sheet"), named.get("file")
    fits = []
    for one in looked:
        layout = one.found.layout
        names = {layout.sheet, layout.name, files.names[layout.file]}
        own = names | {Path(name).stem for name in names}
        if file is not None and files.names[layout.file] != file:
            continue
        if sheet is None or sheet in own:
            fits.append(one)
    if not fits:
        known = ", ".join(f"“{one.found.layout.label}”" for one in looked)
        raise InvalidInput(
            "There is no table “{table}”. The tables are: {known}.",
            table=sheet or file,
            known=known,
        )
    layout = _at(fits[0], named.get("header_row"))
    return replace(
        layout,
        fill_down=tuple(named.get("fill_down", layout.fill_down)),
        last_row=named.get("last_row", layout.last_row),
        skipped_rows=tuple(named.get("skipped_rows", layout.skipped_rows)),
    )
