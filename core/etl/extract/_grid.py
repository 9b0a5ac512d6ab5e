"""From records to batches: rows of equal width, with the crooked ones kept whole and named."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import UnreadableFile
from core.etl.extract import every_name
from core.etl.extract._texts import text_array
from core.etl.rows import ROW, Batch, Line, Severity, all_issues, issue_frame
from core.etl.tables.shapes import Layout

LONGEST_CELL = 32_767
"""What a spreadsheet can hold in one cell; longer text is a file gone wrong."""
LOST = "\ufffd"
"""What a program leaves where it could not read a letter."""


@dataclass(frozen=True)
class Record:
    """One record of a file; `fault` is the structural rule it breaks, `raw` its text as it stands.

    `line` is the last line of a text file that it stands on; `bad` names the cells that show an
    error, as (position, rule, value).
    """

    row: int
    cells: Sequence[str]
    fault: str | None = None
    raw: str = ""
    line: int = 0
    bad: tuple[tuple[int, str, str], ...] = ()


@dataclass
class Rows:
    """Rows waiting to become a batch, with the issues of their form.

    `headers` has a name for each column; of a row that is wider, the rest goes to its last cell.
    """

    headers: tuple[str, ...]
    delimiter: str = ","
    ragged: bool = False
    numbers: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    told: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Take a record; where `ragged`, cells that are missing at its end are blank ones."""
        width, cells = len(self.headers), list(record.cells)
        self.numbers.append(record.row)
        if len(cells) == width and not (record.fault or record.bad) and "\0" not in "".join(cells):
            self.cells.append(cells)  # as nearly every row
            return
        fault = record.fault or self._fault(cells)
        if fault:
            shown = (record.raw or self.delimiter.join(cells)).replace("\0", "")
            self._tell(fault, "", record.row, shown)
            cells = [cell.replace("\0", "") for cell in cells]
            if len(cells) > width:
                cells = [*cells[: width - 1], self.delimiter.join(cells[width - 1 :])]
        self.cells.append([*cells[:width], *[""] * (width - len(cells))])
        for at, rule, value in record.bad:
            if at < width and not self.headers[at].startswith("\0"):
                self._tell(rule, self.headers[at], record.row, value)

    def _fault(self, cells: list[str]) -> str | None:
        if any("\0" in cell for cell in cells):
            return "nul_in_cell"
        if any(cell.strip() for cell in cells[len(self.headers) :]):
            return "extra_cell"
        missing = len(cells) < len(self.headers) and not self.ragged
        return "missing_cell" if missing and any(cell.strip() for cell in cells) else None

    def _tell(self, rule: str, column: str, row: int, value: str) -> None:
        self.told.setdefault((rule, column), []).append((row, value))

    def issues(self) -> list[pd.DataFrame]:
        """What is wrong in the form of the rows; one frame for each rule and column."""
        return [
            issue_frame(
                [row for row, _ in places],
                rule,
                Severity.CRITICAL,
                column=column,
                values=[value for _, value in places],
            )
            for (rule, column), places in self.told.items()
        ]

    def table(self) -> pa.Table:
        """The rows as text by header, with their numbers."""
        columns = zip(*self.cells, strict=True) if self.cells else [()] * len(self.headers)
        arrays = [text_array(column) for column in columns]
        numbers = pa.array(self.numbers, pa.int64())
        return pa.Table.from_arrays([numbers, *arrays], names=[ROW, *self.headers])


def batches_of(
    records: Iterable[Record],
    layout: Layout,
    size: int,
    columns: Sequence[str] | None = None,
    waiting: Rows | None = None,
) -> Iterator[Batch]:
    """Yield the records below the header row in batches of `size` rows, without those above it."""
    model = waiting or Rows(every_name(layout.headers), ragged=True)
    wanted = [ROW, *(layout.columns if columns is None else columns)]
    below = (record for record in records if record.row > layout.header_row)
    while chunk := list(islice(below, size)):
        rows = Rows(model.headers, model.delimiter, model.ragged)
        for record in chunk:
            rows.add(record)
        for batch in pieces(rows.table(), rows.issues(), size):
            yield Batch(batch.table.select(wanted), batch.issues)


def pieces(
    table: pa.Table, issues: list[pd.DataFrame], size: int, *, lossy: bool = True
) -> Iterator[Batch]:
    """Cut a table into batches; cells too long or, where `lossy`, with lost letters are named."""
    found = all_issues([*issues, *_oversize(table), *(_lost(table) if lossy else ())])
    for start in range(0, table.num_rows, size):
        piece = table.slice(start, size)
        first, last = piece[ROW][0].as_py(), piece[ROW][-1].as_py()
        yield Batch(piece, found[found["row"].between(first, last)])


def _oversize(table: pa.Table) -> Iterator[pd.DataFrame]:
    for header in _own(table):
        lengths = pc.utf8_length(table[header])
        if (pc.max(lengths).as_py() or 0) > LONGEST_CELL:
            yield _issue(table.filter(pc.greater(lengths, LONGEST_CELL)), header, "oversize_cell")


def _lost(table: pa.Table) -> Iterator[pd.DataFrame]:
    for header in _own(table):
        marks = pc.match_substring(table[header], LOST)
        if pc.any(marks).as_py():
            yield _issue(table.filter(marks), header, "lost_letter", Severity.WARNING)


def _own(table: pa.Table) -> list[str]:
    return [name for name in table.column_names[1:] if not name.startswith("\0")]


def _issue(
    rows: pa.Table, header: str, rule: str, severity: Severity = Severity.CRITICAL
) -> pd.DataFrame:
    values = rows[header].to_pylist()
    return issue_frame(rows[ROW].to_numpy(), rule, severity, column=header, values=values)


def sample_of(records: Iterable[Record], count: int) -> list[Line]:
    """The first records, row by row."""
    return [Line(record.row, tuple(record.cells)) for record in islice(records, count)]


def check_header(records: Iterable[Record], path: Path, header_row: int) -> Record:
    """Return the record of the header row; raises UnreadableFile where there is none."""
    header = next((record for record in records if record.row == header_row), None)
    if header is None:
        raise UnreadableFile(
            "{file} has no row {row} to take the headers from.", file=path.name, row=header_row
        )
    return header
