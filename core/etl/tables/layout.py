"""Where the table stands in a sheet: which sheet holds the data and which rows the headers."""

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from core.errors import UnreadableFile
from core.etl.columns.headers import aliases, is_tag_row, plain, unique_headers, words
from core.etl.rows import Line, Sheet
from core.etl.tables.shapes import Layout

ROWS_LOOKED_AT = 50
MOST_HEADER_ROWS = 3
Range = tuple[int, int, int, int]
"""Merged cells: first row, first column, last row, last column, counted from 1."""
_NO_DATA = re.compile(
    r"instruction|read ?me|help|guide|notes?\b|legend|about|cover|choices|settings|list[es]?\b|"
    r"lookup|codebook|dictionary|mode d.emploi|lisez|aide|consigne|instrucciones"
)
_VALUE = re.compile(r"[\d\s.,:/+-]*\d[\d\s.,:/+-]*(T[\d:.Z+]+)?|\S+@\S+\.\S+")


def choose_sheet(sheets: Sequence[Sheet]) -> Sheet:
    """The largest visible sheet that is not instructions or lists; raises if all are empty."""
    filled = [sheet for sheet in sheets if sheet.rows * sheet.columns > 0]
    if not filled:
        raise UnreadableFile("The file holds no filled sheet. Check it and upload it again.")
    return max(
        filled,
        key=lambda sheet: (
            not sheet.hidden,
            not _NO_DATA.search(plain(sheet.name)),
            sheet.rows * sheet.columns,
        ),
    )


def is_data_sheet(sheet: Sheet) -> bool:
    """Whether a sheet may hold rows to import: visible, filled, not instructions or lists."""
    filled = sheet.rows * sheet.columns > 0
    return filled and not sheet.hidden and not _NO_DATA.search(plain(sheet.name))


def find_layout(sheet: str, lines: Sequence[Line], merged: Sequence[Range] = ()) -> Layout:
    """Find the header rows among the first rows; raises UnreadableFile if they are all blank."""
    candidates = [
        line
        for line in lines[:ROWS_LOOKED_AT]
        if any(cell.strip() for cell in line.cells) and not is_tag_row(line.cells)
    ]
    if not candidates:
        raise UnreadableFile(
            "The first {n} rows of “{sheet}” are blank. Delete them, or choose another sheet.",
            n=ROWS_LOOKED_AT,
            sheet=sheet,
        )
    header = max(candidates, key=lambda line: (_score(line, lines), -line.row))
    first, last = _header_rows(header.row, lines, merged)
    return layout_at(sheet, last, lines, last - first + 1, merged)


def without_blank_columns(layout: Layout, lines: Sequence[Line]) -> Layout:
    """Leave out the columns without header or value; `lines` must be the whole table."""
    used = [False] * len(layout.headers)
    for line in lines:
        if line.row > layout.header_row - layout.header_rows:
            for position, cell in enumerate(line.cells[: len(used)]):
                used[position] = used[position] or bool(cell.strip())
    pairs = zip(layout.headers, used, strict=True)
    return replace(layout, headers=tuple(header if filled else "" for header, filled in pairs))


def layout_at(
    sheet: str,
    header_row: int,
    lines: Sequence[Line],
    header_rows: int = 1,
    merged: Sequence[Range] = (),
) -> Layout:
    """The layout with the header rows given; hashtag rows below them are not data."""
    first = header_row - header_rows + 1
    rows = [line for line in lines if first <= line.row <= header_row]
    if not rows or rows[-1].row != header_row or first < 1:
        raise UnreadableFile(
            "“{sheet}” has no row {row} to take the headers from.", sheet=sheet, row=header_row
        )
    width = max(len(line.cells) for line in rows) if header_rows > 1 else len(rows[-1].cells)
    titles = [(*line.cells, *[""] * (width - len(line.cells))) for line in rows]
    headers = unique_headers(_joined(titles, first, merged))
    tags = tuple(line.row for line in lines if line.row > header_row and is_tag_row(line.cells))
    fill = _filled_down(headers, header_row, lines, merged)
    return Layout(
        sheet,
        header_row,
        headers,
        tags,
        header_rows,
        fill_down=fill,
        titles=tuple(tuple(cell[:200] for cell in cells) for cells in titles),
    )


def is_header_like(line: Line) -> bool:
    """Whether a row below a gap can only be the headers of another table."""
    filled = [cell.strip() for cell in line.cells if cell.strip()]
    known = sum(bool(aliases().of(cell)) for cell in filled)
    return (
        known >= 2 and len(set(filled)) == len(filled) and all(_is_wordy(cell) for cell in filled)
    )


def _is_wordy(cell: str) -> bool:
    return not _VALUE.fullmatch(cell) and len(cell) < 80


def _score(line: Line, lines: Sequence[Line]) -> float:
    """Known, different, wordy, as wide as the rows below."""
    filled = [cell.strip() for cell in line.cells if cell.strip()]
    below = [other for other in lines[: line.row + 40] if other.row > line.row][:10]
    widths = [sum(bool(cell.strip()) for cell in other.cells) for other in below]
    widths = [width for width in widths if width]
    width = median(widths) if widths else 0
    known = sum(bool(aliases().of(cell)) for cell in filled)
    wordy = sum(_is_wordy(cell) for cell in filled)
    fit = min(len(filled), width) / max(len(filled), width, 1)
    tagged = 3.0 if below and is_tag_row(below[0].cells) else 0.0
    different = wordy / len(filled) * len(set(filled)) / len(filled)
    return tagged + 2 * known + len(filled) * different * fit * (1.0 if widths else 0.2)


def _header_rows(best: int, lines: Sequence[Line], merged: Sequence[Range]) -> tuple[int, int]:
    """The first and last header row around the one that looks most like headers."""
    by_row = {line.row: line for line in lines[: best + MOST_HEADER_ROWS]}
    first = last = best
    while last - first + 1 < MOST_HEADER_ROWS and last + 1 in by_row:
        if not _is_below(by_row[last], by_row[last + 1], by_row.get(last + 2), merged):
            break
        last += 1
    while last - first + 1 < MOST_HEADER_ROWS and first - 1 in by_row:
        if not _is_group(by_row[first - 1], by_row[first], merged, grouped=first < last):
            break
        first -= 1
    return first, last


def _positions(line: Line) -> list[int]:
    return [position for position, cell in enumerate(line.cells) if cell.strip()]


def _spans(row: int, width: int, merged: Sequence[Range]) -> list[tuple[int, int]]:
    """The merged cells of a row that lie over some of its columns, not over all, from 0."""
    return [
        (left - 1, right - 1)
        for top, left, bottom, right in merged
        if top <= row <= bottom and 0 < right - left < width - 1
    ]


def _is_group(above: Line, below: Line, merged: Sequence[Range], *, grouped: bool) -> bool:
    """Whether a row names groups of the columns below it, as `Child 1` over `Name` and `Age`."""
    filled, used = _positions(above), _positions(below)
    cells = [above.cells[position].strip() for position in filled]
    if not filled or not used or is_tag_row(above.cells):
        return False
    if any(":" in cell or not _is_wordy(cell) for cell in cells):
        return False
    if len(filled) == 1 and filled[0] <= used[0]:
        return False  # a title
    if _spans(above.row, len(used), merged):
        return True
    names = [words(below.cells[position]) for position in used]
    repeated = len(set(names)) < len(names)
    standing = [position for position in filled if position not in used]
    fewer = len(filled) < len(used) and set(filled) <= set(used)
    return len(filled) < len(used) + len(standing) and (
        repeated or bool(standing) or (grouped and fewer)
    )


def _is_below(head: Line, below: Line, after: Line | None, merged: Sequence[Range]) -> bool:
    """Whether the row below the best one still names columns: `District` under `Address`."""
    filled, used = set(_positions(below)), set(_positions(head))
    cells = [below.cells[position].strip() for position in filled]
    if not filled or is_tag_row(below.cells) or not all(_is_wordy(cell) for cell in cells):
        return False
    if filled <= used and not merged:
        return False
    width = len(head.cells)
    standing = {
        column - 1
        for top, left, bottom, right in merged
        if top <= head.row < bottom
        for column in range(left, right + 1)
    }
    if standing:  # cells merged from header row to header row
        return filled.isdisjoint(standing)
    spans = [span for span in _spans(head.row, width, merged) if span[0] in used]
    if spans:
        grouped = {position for left, right in spans for position in range(left, right + 1)}
        return filled <= grouped | (set(range(width)) - used)
    blank = set(range(width)) - used
    under = all(position in blank or position + 1 in blank for position in filled)
    data = set(_positions(after)) if after else set()
    return len(filled) >= 2 and bool(filled & blank) and under and bool(data - filled)


def _joined(titles: Sequence[Sequence[str]], first: int, merged: Sequence[Range]) -> list[str]:
    """Join the header rows column by column, a group's name filled over its columns."""
    rows = [list(cells) for cells in titles]
    for position, cells in enumerate(rows[:-1]):
        spans = [s for s in _spans(first + position, len(cells) + 1, merged) if s[1] < len(cells)]
        if spans:
            for left, right in spans:
                cells[left : right + 1] = [cells[left]] * (right - left + 1)
        else:
            _fill_right(cells, rows[position + 1])
    names = []
    for parts in zip(*rows, strict=True):
        told = dict.fromkeys(" ".join(part.split()) for part in parts if part.strip())
        names.append(" / ".join(told))
    return names


def _fill_right(cells: list[str], below: Sequence[str]) -> None:
    group = ""
    for position, cell in enumerate(cells):
        if cell.strip():
            # A name with nothing below it names its own column only.
            group = cell if below[position].strip() else ""
        elif below[position].strip():
            cells[position] = group


def _filled_down(
    headers: Sequence[str], header_row: int, lines: Sequence[Line], merged: Sequence[Range]
) -> tuple[str, ...]:
    """Columns whose cells are merged downwards, or that look so in a file without merged cells."""
    columns = {
        column - 1
        for top, left, bottom, right in merged
        if top > header_row and bottom > top
        for column in range(left, right + 1)
    }
    if not merged:
        columns = {
            position
            for position, header in enumerate(headers)
            if "household_id" in aliases().of(header) and _looks_merged(position, header_row, lines)
        }
    return tuple(header for position, header in enumerate(headers) if position in columns)


def _looks_merged(position: int, header_row: int, lines: Sequence[Line]) -> bool:
    """Whether a column names each value once and leaves the cells below it blank."""
    rows = [
        line.cells for line in lines if line.row > header_row and any(map(str.strip, line.cells))
    ]
    cells = [row[position].strip() if position < len(row) else "" for row in rows]
    filled = [cell for cell in cells if cell]
    several = len(filled) >= 2 and len(set(filled)) == len(filled)
    return several and bool(cells[0]) and len(filled) <= 2 * len(cells) / 3
