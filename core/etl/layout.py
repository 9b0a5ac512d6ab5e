"""Where the table stands in a file: which sheet holds the data and which row the headers."""

import re
from collections.abc import Sequence
from statistics import median

from core.errors import UnreadableFile
from core.etl.headers import aliases, is_tag_row, plain, unique_headers
from core.etl.rows import Line, Sheet
from core.etl.shapes import Layout

ROWS_LOOKED_AT = 50
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


def find_layout(sheet: str, lines: Sequence[Line]) -> Layout:
    """Find the header row among the first rows; raises UnreadableFile if they are all blank."""
    candidates = [
        line
        for line in lines[:ROWS_LOOKED_AT]
        if any(cell.strip() for cell in line.cells) and not is_tag_row(line.cells)
    ]
    if not candidates:
        raise UnreadableFile(
            f"The first {ROWS_LOOKED_AT} rows of “{sheet}” are blank. Delete them, or choose "
            "another sheet."
        )
    header = max(candidates, key=lambda line: (_score(line, lines), -line.row))
    return layout_at(sheet, header.row, lines)


def layout_at(sheet: str, header_row: int, lines: Sequence[Line]) -> Layout:
    """The layout with the header row given; hashtag rows below it are not data."""
    header = next((line for line in lines if line.row == header_row), None)
    if header is None:
        raise UnreadableFile(f"“{sheet}” has no row {header_row} to take the headers from.")
    tags = tuple(line.row for line in lines if line.row > header_row and is_tag_row(line.cells))
    return Layout(sheet, header_row, unique_headers(header.cells), tags)


def _score(line: Line, lines: Sequence[Line]) -> float:
    """How much a row looks like headers: known, different, wordy, as wide as the rows below."""
    filled = [cell.strip() for cell in line.cells if cell.strip()]
    below = [other for other in lines if other.row > line.row][:10]
    widths = [sum(bool(cell.strip()) for cell in other.cells) for other in below]
    widths = [width for width in widths if width]
    width = median(widths) if widths else 0
    known = sum(bool(aliases().of(cell)) for cell in filled)
    wordy = sum(not _VALUE.fullmatch(cell) and len(cell) < 80 for cell in filled)
    fit = min(len(filled), width) / max(len(filled), width, 1)
    tagged = 3.0 if below and is_tag_row(below[0].cells) else 0.0
    words = wordy / len(filled) * len(set(filled)) / len(filled)
    return tagged + 2 * known + len(filled) * words * fit * (1.0 if widths else 0.2)
