"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods), as the text a person would read in the cells."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Lock

import pandas as pd
import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from core.errors import UnreadableFile, Words
from core.etl.extract import Extractor, _content, every_name
from core.etl.extract._broken import bad_cells
from core.etl.extract._compound import stream_names
from core.etl.extract._grid import pieces
from core.etl.extract._package import BadCell, check_size, is_workbook, own_endings
from core.etl.extract._texts import column_text, row_text
from core.etl.rows import ROW, Batch, Line, Severity, Sheet, all_issues, issue_frame
from core.etl.tables.shapes import Layout

_MOST_XLS_BYTES = 200 << 20
_AT_ONCE = 4096
_MOST_KEPT = 6_000_000
"""Cells of parsed sheets that may wait to be read again."""


@dataclass
class _Book:
    """The last workbook that was opened, its bad cells and the sheets parsed so far."""

    version: tuple[Path, int, int]
    book: CalamineWorkbook
    bad: dict[str, list[BadCell]] = field(default_factory=dict)
    parsed: dict[str, CalamineSheet] = field(default_factory=dict)

    def sheet(self, name: str) -> CalamineSheet:
        """Parse a sheet, once its extent is known to be bearable; the largest are kept."""
        found = self.parsed.get(name)
        if found is None:
            self.find_bad(name)
            found = self.parsed[name] = self.book.get_sheet_by_name(name)
        while len(self.parsed) > 1 and sum(map(_cells, self.parsed.values())) > _MOST_KEPT:
            del self.parsed[min(self.parsed, key=lambda one: _cells(self.parsed[one]))]
        return found

    def find_bad(self, name: str) -> list[BadCell]:
        if name not in self.bad:
            place = self.book.sheet_names.index(name) if name in self.book.sheet_names else -1
            self.bad[name] = bad_cells(self.version[0], name, place)
        return self.bad[name]


def _cells(sheet: CalamineSheet) -> int:
    return sheet.height * sheet.width


# Listing the sheets, the sample and the rows each need the parsed workbook: it is kept between
# them, until `forget` or until another one is opened.
_lock = Lock()
_kept: list[_Book] = []


def forget() -> None:
    """Drop the workbook that was kept."""
    _kept.clear()


@contextmanager
def _opened(path: Path) -> Iterator[_Book]:
    version = _content.version(path)
    with _lock, _explained(path):
        known = next((one for one in _kept if one.version == version), None)
        if known is None:
            _check_content(path)
            _kept.clear()
            known = _Book(version, _parse(path))
            _kept.append(known)
        yield known


def _parse(path: Path) -> CalamineWorkbook:
    if path.suffix.lower() in own_endings(path):
        return CalamineWorkbook.from_path(path)
    # The parser believes the ending; of an open file it looks at the content.
    with path.open("rb") as file:
        return CalamineWorkbook.from_filelike(file)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except PasswordError as error:
        raise _protected(path) from error
    except WorksheetNotFound as error:
        raise UnreadableFile(
            "{file} has no such sheet: {reason}.", file=path.name, reason=str(error)
        ) from error
    except _failures() as error:
        raise UnreadableFile(
            "{file} cannot be read as a workbook ({reason}). Open it in a spreadsheet program, "
            "save it as .xlsx and upload that.",
            file=path.name,
            reason=str(error),
        ) from error


def _protected(path: Path) -> UnreadableFile:
    return UnreadableFile(
        "{file} is protected by a password. Save a copy without one and upload that.",
        file=path.name,
    )


def _failures() -> tuple[type[BaseException], ...]:
    """What the parser, written in Rust, raises for a file that is not as its format says.

    Its panic can be named only once it has happened, and an `except` is evaluated only then.
    """
    panics = [one for one in BaseException.__subclasses__() if one.__module__ == "pyo3_runtime"]
    return (CalamineError, OSError, *panics)


def _check_content(path: Path) -> None:
    head = _content.head(path)
    if head.startswith(_content.ZIP):
        check_size(path)
    elif not head.startswith(_content.OLE):
        kind = _content.kind(head) or (Words("not a workbook inside") if head else Words("empty"))
        raise UnreadableFile(
            "{file} is {kind}. If it is text, give it the ending .csv; otherwise save it again "
            "as .xlsx.",
            file=path.name,
            kind=kind,
        )
    elif path.stat().st_size > _MOST_XLS_BYTES:
        raise UnreadableFile(
            "{file} is too large for .xls. Save it as .xlsx or CSV.", file=path.name
        )
    elif "encryptedpackage" in stream_names(path):
        raise _protected(path)


def sheets(path: Path) -> list[Sheet]:
    """All sheets with the extent of their filled cells; those of charts are none."""
    found: list[Sheet] = []
    with _opened(path) as book:
        for facts in book.book.sheets_metadata:
            if facts.typ not in (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet):
                continue
            hidden = facts.visible != SheetVisibleEnum.Visible
            table = book.sheet(facts.name)
            # Counted from 0, so one more than total_height and total_width say.
            rows, columns = (last + 1 for last in table.end) if table.end else (0, 0)
            found.append(Sheet(facts.name, hidden, rows, columns))
    return found


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The first rows of a sheet, blank ones included, so that row numbers stay right."""
    with _opened(path) as book:
        rows = islice(_rows(book.sheet(sheet)), count)
        return [Line(number, row_text(cells)) for number, cells in enumerate(rows, 1)]


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """Stream the rows below the header row; error cells come as issues, their text as blank."""
    with _opened(path) as book:
        table, broken = book.sheet(layout.sheet), book.find_bad(layout.sheet)
    headers, wanted = every_name(layout.headers), [ROW, *(columns or layout.columns)]
    rows = _rows(table)
    if next(islice(rows, layout.header_row - 1, None), None) is None:
        raise UnreadableFile(
            "Sheet “{sheet}” of {file} has no row {row}.",
            sheet=layout.sheet,
            file=path.name,
            row=layout.header_row,
        )
    first = layout.header_row + 1
    while (whole := _table(rows, size, headers)).num_rows:
        end = first + whole.num_rows
        whole = whole.add_column(0, ROW, pa.array(range(first, end), pa.int64()))
        here = [cell for cell in broken if first <= cell.row < end]
        for batch in pieces(whole, [_issues(here, layout.headers)], size):
            yield Batch(batch.table.select(wanted), batch.issues)
        first = end


def _table(rows: Iterator[list[object]], size: int, headers: tuple[str, ...]) -> pa.Table:
    """The next rows as text; some thousand at a time, which the processor's cache can hold."""
    parts = []
    for start in range(0, size, _AT_ONCE):
        chunk = list(islice(rows, min(_AT_ONCE, size - start)))
        if not chunk:
            break
        columns = [column_text(column) for column in zip(*chunk, strict=True)]
        parts.append(pa.record_batch(columns, names=headers))
    schema = pa.schema([(header, pa.string()) for header in headers])
    return pa.Table.from_batches(parts, schema=schema)


def _issues(cells: list[BadCell], headers: tuple[str, ...]) -> pd.DataFrame:
    """Issues for the cells of the table's own columns, put together by what they show."""
    alike: dict[tuple[str, str], list[int]] = {}
    for cell in cells:
        if cell.column < len(headers) and headers[cell.column]:
            alike.setdefault((headers[cell.column], cell.value), []).append(cell.row)
    return all_issues(
        [
            issue_frame(
                rows,
                "error_cell" if value else "uncomputed_cell",
                Severity.CRITICAL,
                column=header,
                values=value,
            )
            for (header, value), rows in alike.items()
        ]
    )


def _rows(sheet: CalamineSheet) -> Iterator[list[object]]:
    left: list[object] = [""] * (sheet.start[1] if sheet.start else 0)
    return ([*left, *cells] for cells in sheet.iter_rows()) if left else _plain(sheet)


def _plain(sheet: CalamineSheet) -> Iterator[list[object]]:
    yield from sheet.iter_rows()  # type: ignore[misc]


def _recognises(path: Path, head: bytes) -> bool:
    return head.startswith(_content.OLE) or (head.startswith(_content.ZIP) and is_workbook(path))


EXTRACTOR = Extractor(
    "workbook",
    (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    sheets,
    sample,
    batches,
    recognises=_recognises,
    binary=True,
    forget=forget,
)
