"""Text tables (CSV, TSV): streamed as text, with crooked rows named instead of shifted."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from core.errors import UnreadableFile
from core.etl.extract import Extractor, every_name
from core.etl.extract._dialect import Dialect, dialect
from core.etl.rows import ROW, Batch, Line, Severity, Sheet, all_issues, issue_frame
from core.etl.shapes import Layout

LONGEST_CELL = 32_767
"""What a spreadsheet can hold in one cell; longer text is a file gone wrong."""
_BLOCK = 1 << 22


@dataclass(frozen=True)
class _Record:
    """One record of the file; `fault` is the structural rule it breaks, with the text to show."""

    row: int
    cells: list[str]
    line: int
    fault: str | None = None


def sheets(path: Path) -> list[Sheet]:
    """The one table of a text file, its rows estimated from the first 256 KiB."""
    form = dialect(path)
    with path.open("rb") as handle:
        head = handle.read(1 << 18)
    lines = max(head.count(b"\n"), head.count(b"\r"), 1)
    rows = lines if len(head) < 1 << 18 else round(lines * path.stat().st_size / len(head))
    width = max((len(record.cells) for record in islice(_records(path, form), 50)), default=0)
    return [Sheet(path.stem, hidden=False, rows=rows, columns=width)]


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The first records of the file; row 1 is its first record."""
    records = islice(_records(path, dialect(path)), count)
    return [Line(record.row, tuple(record.cells)) for record in records]


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """Stream the records below the header row; a record of another width becomes an issue."""
    form = dialect(path)
    records = _records(path, form)
    header = next((record for record in records if record.row == layout.header_row), None)
    if header is None:
        raise UnreadableFile(
            f"{path.name} has no row {layout.header_row} to take the headers from."
        )
    first = next(records, None)
    headers = every_name(layout.headers)
    wanted = tuple(layout.columns if columns is None else columns)
    # Arrow cannot open a table that starts with a crooked row or has no row at all.
    straight = first is not None and len(first.cells) == len(headers) == len(header.cells)
    read = _fast if form.regular and straight else _slow
    for batch in read(path, form, header, headers, size):
        yield Batch(batch.table.select([ROW, *wanted]), batch.issues)


def _records(path: Path, form: Dialect) -> Iterator[_Record]:
    """Read record by record, strictly; a quote that is never closed ends the reading."""
    with path.open(encoding=form.encoding, newline="") as handle:
        yield from _parsed(handle, form.delimiter)


def _parsed(handle: TextIO, delimiter: str) -> Iterator[_Record]:
    reader = csv.reader(handle, delimiter=delimiter, strict=True)
    row = 0
    while True:
        row, line = row + 1, reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num - line > 1 or "end of data" in str(error):
                raise UnreadableFile(
                    f"The quotation mark opened in row {row} (line {line + 1}) is never closed, so "
                    "the rows after it cannot be told apart. Correct that row and upload again."
                ) from error
            rule = "oversize_cell" if "limit" in str(error) else "stray_quote"
            yield _Record(row, [], reader.line_num, rule)
        else:
            yield _Record(row, cells, reader.line_num)


@dataclass
class _Rows:
    """Rows waiting to become a batch, with the issues of their form."""

    headers: tuple[str, ...]
    numbers: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    issues: list[pd.DataFrame] = field(default_factory=list)

    def add(self, record: _Record) -> None:
        width, cells = len(self.headers), record.cells
        extra = [cell for cell in cells[width:] if cell.strip()]
        fault = record.fault or ("extra_cell" if extra else None)
        if fault is None and len(cells) < width and any(cell.strip() for cell in cells):
            fault = "missing_cell"
        if any("\0" in cell for cell in cells):
            fault, cells = "nul_in_cell", [cell.replace("\0", "") for cell in cells]
        if fault:
            shown = ",".join(cells)
            self.issues.append(issue_frame([record.row], fault, Severity.CRITICAL, values=[shown]))
        self.numbers.append(record.row)
        self.cells.append([*cells[:width], *[""] * (width - len(cells))])

    def table(self) -> pa.Table:
        columns = zip(*self.cells, strict=True) if self.cells else [()] * len(self.headers)
        arrays = [pa.array(column, pa.string()) for column in columns]
        numbers = pa.array(self.numbers, pa.int64())
        return pa.Table.from_arrays([numbers, *arrays], names=[ROW, *self.headers])


def _slow(
    path: Path, form: Dialect, header: _Record, headers: tuple[str, ...], size: int
) -> Iterator[Batch]:
    records = (record for record in _records(path, form) if record.row > header.row)
    while chunk := list(islice(records, size)):
        rows = _Rows(headers)
        for record in chunk:
            rows.add(record)
        yield from _pieces(rows.table(), rows.issues, size)


def _fast(
    path: Path, form: Dialect, header: _Record, headers: tuple[str, ...], size: int
) -> Iterator[Batch]:
    """Parse with Arrow; it skips crooked rows, which are put back at their place."""
    crooked: deque[_Record] = deque()
    following = header.row + 1
    for block in _blocks(path, form, header, headers, size, crooked):
        rows = _Rows(headers)
        numbers = np.arange(following, following + block.num_rows)
        while crooked and crooked[0].row <= numbers[-1]:
            record = crooked.popleft()
            rows.add(record)
            numbers[numbers >= record.row] += 1
        following = int(numbers[-1]) + 1
        table = block.add_column(0, ROW, pa.array(numbers))
        if rows.numbers:
            table = pa.concat_tables([table, rows.table()]).sort_by(ROW)
        yield from _pieces(table, rows.issues, size)
    rows = _Rows(headers)
    for record in crooked:
        rows.add(record)
    if rows.numbers:
        yield from _pieces(rows.table(), rows.issues, size)


def _blocks(
    path: Path,
    form: Dialect,
    header: _Record,
    headers: tuple[str, ...],
    size: int,
    crooked: deque[_Record],
) -> Iterator[pa.Table]:
    def keep(bad: pacsv.InvalidRow) -> str:
        # Arrow counts skipped lines, we count records: a header may stand on several lines.
        row = bad.number + header.row - header.line
        cells = next(csv.reader([bad.text], delimiter=form.delimiter), [])
        crooked.append(_Record(row, cells, 0))
        return "skip"

    encoding = "utf8" if form.encoding == "utf-8-sig" else form.encoding
    reader = pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(
            use_threads=False,  # only then does Arrow number the rows it refuses
            block_size=_BLOCK,
            skip_rows=header.line,
            column_names=headers,
            encoding=encoding,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=form.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(headers, pa.string()), strings_can_be_null=False
        ),
    )
    yield from _together(reader, size)


def _together(blocks: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.Table]:
    """Put Arrow's small blocks together until they hold `size` rows."""
    waiting: list[pa.RecordBatch] = []
    for block in blocks:
        waiting.append(block)
        if sum(part.num_rows for part in waiting) >= size:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if any(part.num_rows for part in waiting):
        yield pa.Table.from_batches(waiting)


def _pieces(table: pa.Table, issues: list[pd.DataFrame], size: int) -> Iterator[Batch]:
    found = all_issues([*issues, *_oversize(table)])
    for start in range(0, table.num_rows, size):
        piece = table.slice(start, size)
        first, last = piece[ROW][0].as_py(), piece[ROW][-1].as_py()
        yield Batch(piece, found[found["row"].between(first, last)])


def _oversize(table: pa.Table) -> Iterator[pd.DataFrame]:
    for header in table.column_names[1:]:
        lengths = pc.utf8_length(table[header])
        if (pc.max(lengths).as_py() or 0) > LONGEST_CELL:
            rows = table.filter(pc.greater(lengths, LONGEST_CELL))
            yield issue_frame(
                rows[ROW].to_numpy(),
                "oversize_cell",
                Severity.CRITICAL,
                column=header,
                values=rows[header].to_pylist(),
            )


EXTRACTOR = Extractor("csv", (".csv", ".tsv", ".txt", ".tab"), sheets, sample, batches)
