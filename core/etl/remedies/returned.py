"""A workbook that Caseload gave out comes back: whose it is, and which cells were corrected.

Rows are known by the number that travels with them, so they may be sorted, removed and added to.
A cell counts as changed when it says something else, not when a spreadsheet has typed it anew: a
text that became the date or the number it said is no change.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core.errors import InvalidInput
from core.etl.extract import extractor_for
from core.etl.frame import Frame
from core.etl.remedies.steps import Cell
from core.etl.values.dates import read_date

HIDDEN_SHEET, NO_ROW = "Caseload", "-"
"""The name of the hidden sheet, and the number of a line that is no row: a total, a footer."""
_LONGEST = 32_767
_NAMED = re.compile(rb'<(?:\w+:)?sheet [^>]*name="Caseload"')
_LARGEST_INDEX = 5 << 20
_AT_ONCE = 5_000


@dataclass(frozen=True)
class Returned:
    """What the hidden sheet of a returned workbook says; `columns` gives each header's shown name.

    `steps` are the positions of the steps that its cells showed when it was given out.
    """

    path: Path
    run: UUID
    digest: str
    sheet: str
    header_row: int
    row_column: int
    row_header: str
    steps: tuple[int, ...]
    whole: bool
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Changes:
    """The corrected cells; rows of the import that are no longer in the workbook (which stay in
    the import); rows of the sheet that have no number (which are not taken)."""

    cells: tuple[Cell, ...]
    missing: tuple[int, ...]
    added: tuple[int, ...]


def recognise(path: Path) -> UUID | None:
    """Return the import that a workbook was given out for, None for any other file."""
    found = read_returned(path)
    return found.run if found else None


def read_returned(path: Path) -> Returned | None:
    """Return what a workbook says of itself, None for a file that Caseload did not give out."""
    if not _is_signed(path):
        return None
    extractor_for(path).sheets(path)  # refuses what is too large, or no workbook inside
    with closing(load_workbook(path, read_only=True)) as book:
        if HIDDEN_SHEET not in book.sheetnames:
            return None
        lines = [[*row, None, None][:3] for row in book[HIDDEN_SHEET].values if row]
    facts = {str(name): value for name, value, _ in lines if name != "column"}
    columns = {str(header): str(shown or "") for name, header, shown in lines if name == "column"}
    try:
        return Returned(
            path,
            UUID(str(facts["run"])),
            str(facts["digest"]),
            str(facts["sheet"]),
            int(facts["header_row"]),
            int(facts["row_column"]),
            str(facts["row_header"]),
            tuple(int(one) for one in str(facts["steps"] or "").split(",") if one),
            facts["whole"] == "yes",
            columns,
        )
    except (KeyError, ValueError, TypeError):
        return None


def _is_signed(path: Path) -> bool:
    """Look into the list of sheets only, which costs nothing, however large the file."""
    try:
        with zipfile.ZipFile(path) as package:
            index = package.getinfo("xl/workbook.xml")
            if index.file_size > _LARGEST_INDEX:
                return False
            return bool(_NAMED.search(package.read(index)))
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError):
        return False


def find_changes(returned: Returned, frame: Frame, today: date) -> Changes:
    """Compare a returned workbook with the rows of its import as it showed them.

    Raises InvalidInput where its sheet or one of its columns cannot be found any more.
    """
    cells: list[Cell] = []
    added: list[int] = []
    seen: set[int] = set()
    lines = _lines(returned)
    while chunk := list(islice(lines, _AT_ONCE)):
        numbered: dict[int, tuple[int, dict[str, Any]]] = {}
        for at, row, values in chunk:
            if row is not None and row not in seen:
                seen.add(row)
                numbered[row] = at, values
            elif any(map(_text, values.values())):
                added.append(at)
        before = dict(frame.take(list(numbered))) if numbered else {}
        added += [at for row, (at, _values) in numbered.items() if row not in before]
        for row, was in before.items():
            cells += _corrected(row, was, numbered[row][1], today)
    missing = sorted(_numbers(frame) - seen) if returned.whole else []
    return Changes(tuple(cells), tuple(missing), tuple(sorted(added)))


def _numbers(frame: Frame) -> set[int]:
    return {row for batch in frame.batches(columns=[]) for row in batch.table[0].to_pylist()}


def _lines(returned: Returned) -> Iterator[tuple[int, int | None, dict[str, Any]]]:
    """Yield (sheet row, row of the import, values by header) of each row below the headers."""
    with closing(load_workbook(returned.path, read_only=True)) as book:
        if returned.sheet not in book.sheetnames:
            raise InvalidInput(
                "The workbook has no sheet “{sheet}” any more.", sheet=returned.sheet
            )
        rows = book[returned.sheet].iter_rows(min_row=returned.header_row)
        top = [_text(cell.value) for cell in next(rows, ())]
        places = {header: _place(top, shown) for header, shown in returned.columns.items()}
        number_at = _place(top, returned.row_header)
        for at, cells in enumerate(rows, returned.header_row + 1):
            values = {
                header: cells[place].value
                for header, place in places.items()
                # A formula says nothing here: what it shows may not have been computed yet.
                if place < len(cells) and cells[place].data_type not in ("f", "e")
            }
            number = cells[number_at].value if number_at < len(cells) else None
            if _text(number) != NO_ROW:
                yield at, int(number) if isinstance(number, int | float) else None, values


def _place(top: Sequence[str], shown: str) -> int:
    """Return where a column stands now; columns may have been moved."""
    if top.count(_text(shown)) != 1:
        raise InvalidInput(
            "The workbook has no column “{column}” any more, or has it twice. Use the file as "
            "it was downloaded: correct cells, but keep the names of the columns.",
            column=shown,
        )
    return top.index(_text(shown))


def _corrected(
    row: int, before: Mapping[str, str], values: Mapping[str, Any], today: date
) -> Iterator[Cell]:
    for header, value in values.items():
        was = before.get(header, "")
        if not is_same(was, value, today):
            yield Cell(header, was, _text(value), row)


def is_same(was: str, value: object, today: date) -> bool:
    """Say whether a cell still says what it said, however a spreadsheet has typed it since."""
    text, before = _text(value), _text(was)
    if text == before:
        return True
    if isinstance(value, datetime | date):
        day = value.date() if isinstance(value, datetime) else value
        return any(read_date(before, order, today).day == day for order in ("DMY", "MDY", "YMD"))
    if isinstance(value, bool):
        return before.lower() == text
    if isinstance(value, int | float):
        try:
            return float(before) == float(value)
        except ValueError:
            return False
    return False


def _text(value: object) -> str:
    """Return a cell as text, as the frame of a workbook has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    return str(ILLEGAL_CHARACTERS_RE.sub("", str(value)))[:_LONGEST].strip()
