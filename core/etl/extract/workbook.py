"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods), as the text a person would read in the cells."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from core.errors import UnreadableFile
from core.etl.extract import Extractor, every_name
from core.etl.extract._package import BadCell, bad_cells, check_size
from core.etl.rows import ROW, Batch, Line, Severity, Sheet, all_issues, issue_frame
from core.etl.shapes import Layout

_MOST_XLS_BYTES = 200 << 20
_EXACT = 1e15
"""From here on a spreadsheet no longer keeps all digits of a number."""


@contextmanager
def _opened(path: Path) -> Iterator[CalamineWorkbook]:
    _check_content(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            yield book
    except PasswordError as error:
        raise UnreadableFile(
            f"{path.name} is protected by a password. Save a copy without one and upload that."
        ) from error
    except WorksheetNotFound as error:
        raise UnreadableFile(f"{path.name} has no such sheet: {error}.") from error
    except (CalamineError, OSError) as error:
        raise UnreadableFile(
            f"{path.name} cannot be read as a workbook ({error}). Open it in a spreadsheet "
            "program, save it as .xlsx and upload that."
        ) from error


def _check_content(path: Path) -> None:
    try:
        with path.open("rb") as handle:
            magic = handle.read(4)
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableFile(f"The file {path.name} cannot be opened: {error.strerror}.") from error
    if magic == b"PK\x03\x04":
        check_size(path)
    elif magic != b"\xd0\xcf\x11\xe0":
        kind = "empty" if not magic else "not a workbook inside"
        raise UnreadableFile(
            f"{path.name} is {kind}. If it is text, give it the ending .csv; "
            "otherwise save it again as .xlsx."
        )
    elif size > _MOST_XLS_BYTES:
        raise UnreadableFile(f"{path.name} is too large for .xls. Save it as .xlsx or CSV.")


def sheets(path: Path) -> list[Sheet]:
    """All sheets with the extent of their filled cells."""
    with _opened(path) as book:
        found = []
        for facts in book.sheets_metadata:
            bad_cells(path, facts.name)
            table = book.get_sheet_by_name(facts.name)
            hidden = facts.visible != SheetVisibleEnum.Visible
            # Counted from 0, so one more than total_height and total_width say.
            rows, columns = (last + 1 for last in table.end) if table.end else (0, 0)
            found.append(Sheet(facts.name, hidden, rows, columns))
        return found


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The first rows of a sheet, blank ones included, so that row numbers stay right."""
    bad_cells(path, sheet)
    with _opened(path) as book:
        rows = islice(_rows(book.get_sheet_by_name(sheet)), count)
        return [Line(number, tuple(cells)) for number, cells in enumerate(rows, 1)]


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """Stream the rows below the header row; error cells come as issues, their text as blank."""
    broken = bad_cells(path, layout.sheet)
    headers, wanted = every_name(layout.headers), [ROW, *(columns or layout.columns)]
    with _opened(path) as book:
        rows = _rows(book.get_sheet_by_name(layout.sheet))
        if next(islice(rows, layout.header_row - 1, None), None) is None:
            raise UnreadableFile(
                f"Sheet “{layout.sheet}” of {path.name} has no row {layout.header_row}."
            )
        first = layout.header_row + 1
        while chunk := list(islice(rows, size)):
            arrays = [pa.array(column, pa.string()) for column in zip(*chunk, strict=True)]
            numbers = pa.array(range(first, first + len(chunk)), pa.int64())
            table = pa.Table.from_arrays([numbers, *arrays], names=[ROW, *headers])
            here = [cell for cell in broken if first <= cell.row < first + len(chunk)]
            yield Batch(table.select(wanted), _broken(here, layout.headers))
            first += len(chunk)


def _broken(cells: list[BadCell], headers: tuple[str, ...]) -> pd.DataFrame:
    return all_issues(
        [
            issue_frame(
                [cell.row],
                "error_cell" if cell.value else "uncomputed_cell",
                Severity.CRITICAL,
                column=headers[cell.column],
                values=cell.value,
            )
            for cell in cells
            if cell.column < len(headers) and headers[cell.column]
        ]
    )


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for cells in sheet.iter_rows():
        yield left + [_TEXTS[type(cell)](cell) for cell in cells]


def _number(value: float) -> str:
    if value.is_integer():
        return str(int(value)) if abs(value) < _EXACT else _rounded(value)
    return f"{value:.15g}"


def _rounded(value: float) -> str:
    """Return a number of lost digits as the spreadsheet shows it: 4.49E+35."""
    digits, exponent = f"{value:.15E}".split("E")
    return f"{digits.rstrip('0').rstrip('.')}E{exponent}"


def _moment(value: datetime) -> str:
    if value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="seconds")


_TEXTS: dict[type, Callable[..., str]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _number,
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: str,
}

EXTRACTOR = Extractor(
    "workbook", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), sheets, sample, batches
)
