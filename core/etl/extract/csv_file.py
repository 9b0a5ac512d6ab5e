"""Text tables (CSV, TSV): streamed as text, with crooked rows named instead of shifted."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from core.etl.extract import Extractor, TextForm, every_name
from core.etl.extract._dialect import Dialect, dialect
from core.etl.extract._encodings import encodings
from core.etl.extract._grid import (
    Record,
    Rows,
    batches_of,
    check_header,
    pieces,
    sample_of,
)
from core.etl.extract._records import records
from core.etl.rows import ROW, Batch, Line, Sheet
from core.etl.tables.shapes import Layout

_BLOCK = 1 << 22


def sheets(path: Path) -> list[Sheet]:
    """The one table of a text file, its rows estimated from the first 256 KiB."""
    form = dialect(path)
    with path.open("rb") as handle:
        head = handle.read(1 << 18)
    lines = max(head.count(b"\n"), head.count(b"\r"), 1)
    rows = lines if len(head) < 1 << 18 else round(lines * path.stat().st_size / len(head))
    width = max((len(record.cells) for record in islice(records(path, form), 50)), default=0)
    return [Sheet(path.stem, hidden=False, rows=rows, columns=width)]


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The first records of the file; row 1 is its first record."""
    return sample_of(records(path, dialect(path)), count)


def sample_as(path: Path, count: int, encoding: str | None, delimiter: str | None) -> list[Line]:
    """The first records, read with an encoding and a delimiter that a person chose."""
    return sample_of(records(path, dialect(path, encoding, delimiter)), count)


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """Stream the records below the header row; a record of another width becomes an issue."""
    form = dialect(path, layout.encoding, layout.delimiter)
    found = records(path, form)
    header = check_header(found, path, layout.header_row)
    first = next(found, None)
    model = Rows(every_name(layout.headers), form.delimiter)
    # Arrow cannot open a table that starts with a crooked row or has no row at all.
    straight = first is not None and len(first.cells) == len(model.headers) == len(header.cells)
    if not (form.regular and straight):
        yield from batches_of(records(path, form), layout, size, columns, model)
        return
    wanted = [ROW, *(layout.columns if columns is None else columns)]
    for batch in _fast(path, form, header, model, size):
        yield Batch(batch.table.select(wanted), batch.issues)


def _fast(path: Path, form: Dialect, header: Record, model: Rows, size: int) -> Iterator[Batch]:
    """Parse with Arrow; it skips crooked rows, which are put back at their place."""
    crooked: deque[Record] = deque()
    following = header.row + 1
    for block in _blocks(path, form, header, model.headers, (size, crooked)):
        rows = Rows(model.headers, form.delimiter)
        numbers = np.arange(following, following + block.num_rows)
        while crooked and crooked[0].row <= numbers[-1]:
            record = crooked.popleft()
            rows.add(record)
            numbers[numbers >= record.row] += 1
        following = int(numbers[-1]) + 1
        table = block.add_column(0, ROW, pa.array(numbers))
        if rows.numbers:
            table = pa.concat_tables([table, rows.table()]).sort_by(ROW)
        yield from pieces(table, rows.issues(), size, lossy=form.lossy)
    rows = Rows(model.headers, form.delimiter)
    for record in crooked:
        rows.add(record)
    if rows.numbers:
        yield from pieces(rows.table(), rows.issues(), size)


def _blocks(
    path: Path,
    form: Dialect,
    header: Record,
    headers: tuple[str, ...],
    into: tuple[int, deque[Record]],
) -> Iterator[pa.Table]:
    size, crooked = into

    def keep(bad: pacsv.InvalidRow) -> str:
        # Arrow counts skipped lines, we count records: a header may stand on several lines.
        row = bad.number + header.row - header.line
        cells = next(csv.reader([bad.text], delimiter=form.delimiter), [])
        crooked.append(Record(row, cells, raw=bad.text))
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


EXTRACTOR = Extractor(
    "csv",
    (".csv", ".tsv", ".txt", ".tab"),
    sheets,
    sample,
    batches,
    text=TextForm(encodings, sample_as),
)
