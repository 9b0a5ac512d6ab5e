"""Several tables in one sheet: side by side with a blank column between, or one below another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.errors import UnreadableFile
from core.etl.columns.headers import words
from core.etl.rows import Line
from core.etl.tables.shapes import Layout

Finder = Callable[[Sequence[Line]], Layout]
"""Finds the header rows of the table that some lines hold."""
MOST_TABLES = 10


@dataclass(frozen=True)
class Rules:
    """What the split needs to know: how to find headers, and which row can only be headers."""

    find: Finder
    is_header: Callable[[Line], bool]


@dataclass(frozen=True)
class _Part:
    """Some columns of a sheet with the table they hold on their own."""

    columns: range
    lines: list[Line]
    layout: Layout
    rows: tuple[int, ...]


def split(lines: Sequence[Line], rules: Rules) -> list[tuple[Layout, list[Line]]]:
    """Every table of a sheet with its lines, from left to right and from the top."""
    found = []
    for columns in _side_by_side(lines, rules):
        own = _only(lines, columns)
        found += [
            (_narrow(layout, columns), part) for layout, part in _one_below_another(own, rules)
        ]
    return found[:MOST_TABLES]


def _only(lines: Sequence[Line], columns: Sequence[range] | None) -> list[Line]:
    """The lines with the cells outside some columns blank."""
    if columns is None:
        return list(lines)
    inside = {position for part in columns for position in part}
    return [
        Line(
            line.row,
            tuple(cell if at in inside else "" for at, cell in enumerate(line.cells)),
        )
        for line in lines
    ]


def _narrow(layout: Layout, columns: Sequence[range] | None) -> Layout:
    """Take the columns of the tables beside it out of a layout."""
    if columns is None:
        return layout
    inside = {position for part in columns for position in part}
    headers = [header if at in inside else "" for at, header in enumerate(layout.headers)]
    return replace(layout, headers=tuple(headers))


def _side_by_side(lines: Sequence[Line], rules: Rules) -> list[Sequence[range] | None]:
    """The groups of columns that are a table each; None stands for the whole sheet."""
    parts = []
    for columns in _runs(lines):
        part = _part(lines, columns, rules) if len(columns) > 1 else None
        if part is not None:
            parts.append(part)
    if len(parts) < 2:
        return [None]
    largest = max(parts, key=lambda part: (len(part.rows) * len(part.columns), -part.columns.start))
    apart = [part for part in parts if part is not largest and _is_apart(part, largest)]
    if not apart:
        return [None]
    taken = {position for part in apart for position in part.columns}
    width = max(len(line.cells) for line in lines)
    rest = [range(at, at + 1) for at in range(width) if at not in taken]
    tables: list[Sequence[range] | None] = [rest, *([part.columns] for part in apart)]
    return sorted(tables, key=lambda ranges: ranges[0].start if ranges else 0)


def _runs(lines: Sequence[Line]) -> list[range]:
    """The stretches of columns without a blank one between."""
    width = max((len(line.cells) for line in lines), default=0)
    used = [False] * width
    for line in lines:
        for position, cell in enumerate(line.cells):
            if not used[position] and cell.strip():
                used[position] = True
    runs, start = [], None
    for position, filled in enumerate([*used, False]):
        if filled and start is None:
            start = position
        elif not filled and start is not None:
            runs.append(range(start, position))
            start = None
    return runs


def _part(lines: Sequence[Line], columns: range, rules: Rules) -> _Part | None:
    own = _only(lines, [columns])
    try:
        layout = rules.find(own)
    except UnreadableFile:
        return None
    rows = tuple(
        line.row
        for line in own
        if line.row > layout.header_row and any(cell.strip() for cell in line.cells)
    )
    return _Part(columns, own, layout, rows) if rows else None


def _is_apart(part: _Part, largest: _Part) -> bool:
    """Whether some columns are a table of their own and not columns after a blank one.

    They are when they repeat the other's headers, when their headers stand in another row, or
    when their rows are far fewer and without a gap: a list of codes beside the register.
    """
    own, others = _names(part), _names(largest)
    if len(own & others) >= 2 and 2 * len(own & others) >= len(own):
        return True
    rows = part.rows
    whole = rows[-1] - part.layout.header_row == len(rows)
    fewer = 10 * len(rows) <= 6 * len(largest.rows) and len(largest.rows) - len(rows) >= 3
    named = all(
        part.layout.titles[-1][at].strip()
        for at in part.columns
        if at < len(part.layout.titles[-1])
    )
    if part.layout.header_row != largest.layout.header_row:
        beside = next(line for line in part.lines if line.row == part.layout.header_row)
        level = [line for line in part.lines if line.row == largest.layout.header_row]
        empty = not any(cell.strip() for line in level for cell in line.cells)
        return empty and bool(beside) and named
    return whole and fewer and named


def _names(part: _Part) -> set[str]:
    titles = part.layout.titles[-1]
    return {words(titles[at]) for at in part.columns if at < len(titles) and titles[at].strip()}


def _one_below_another(lines: list[Line], rules: Rules) -> list[tuple[Layout, list[Line]]]:
    found: list[tuple[Layout, list[Line]]] = []
    rest = lines
    while len(found) < MOST_TABLES:
        layout = rules.find(rest)
        cut = _next_headers(rest, layout, rules)
        if cut is None:
            found.append((layout, rest))
            break
        above = [line for line in rest if line.row < cut]
        last = max(line.row for line in above if any(cell.strip() for cell in line.cells))
        skipped = tuple(row for row in layout.skipped_rows if row <= last)
        found.append((replace(layout, last_row=last, skipped_rows=skipped), above))
        rest = [line for line in rest if line.row >= cut]
    return found


def _next_headers(lines: Sequence[Line], layout: Layout, rules: Rules) -> int | None:
    """The row where another table begins: after a blank row, with headers of its own.

    A title may stand above these headers; it goes with the table below it.
    """
    titles = {tuple(cell.strip() for cell in cells) for cells in layout.titles}
    since: list[tuple[Line, int]] = []
    gap, rows = False, 0
    for line in lines:
        if line.row <= layout.header_row:
            continue
        filled = sum(bool(cell.strip()) for cell in line.cells)
        if not filled:
            gap, since = rows > 0, []
            continue
        rows += 1
        if gap and len(since) < 3:
            since.append((line, filled))
            repeated = tuple(cell[:200].strip() for cell in line.cells) in titles
            if filled > 1 and not repeated and rules.is_header(line):
                return since[0][0].row if all(n == 1 for _, n in since[:-1]) else line.row
    return None
