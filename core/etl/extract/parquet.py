"""Parquet: every column as text exactly as a person would read it, streamed by row groups."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import UnreadableFile
from core.etl.extract import Extractor, _content, every_name
from core.etl.extract._grid import pieces
from core.etl.extract._texts import float_text, moment_text
from core.etl.rows import ROW, Batch, Line, Sheet
from core.etl.tables.shapes import Layout

MOST_ROWS = 20_000_000
MOST_COLUMNS = 16_384
MOST_BATCH_BYTES = 256 << 20
"""What the texts of one batch may come to; a few bytes of Parquet can repeat one text for ever."""

_SIMPLE = (
    pa.types.is_integer,
    pa.types.is_boolean,
    pa.types.is_date,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_null,
)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        texts = [
            f.name
            for f in pq.read_schema(path)
            if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)
        ]
        # As dictionaries, so that a text that stands in every row is read once.
        with pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False) as file:
            _check_size(path, file.metadata.num_rows, len(file.schema_arrow))
            yield file
    except (pa.ArrowException, OSError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise UnreadableFile(
            "{file} cannot be read as Parquet ({reason}). Export it again, or as CSV.",
            file=path.name,
            reason=reason,
        ) from error


def _check_size(path: Path, rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise UnreadableFile(
            "{file} declares {rows:,} rows and {columns:,} columns; at most {most_rows:,} and "
            "{most_columns:,} can be imported at once. Export it in parts.",
            file=path.name,
            rows=rows,
            columns=columns,
            most_rows=MOST_ROWS,
            most_columns=MOST_COLUMNS,
        )


def sheets(path: Path) -> list[Sheet]:
    """The one table of the file; its row 1 are the column names."""
    with _opened(path) as file:
        columns = len(file.schema_arrow)
        return [Sheet(path.stem, False, file.metadata.num_rows + 1, columns)]


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The column names and the first rows."""
    with _opened(path) as file:
        lines = [Line(1, tuple(file.schema_arrow.names))]
        for table in _tables(path, file, min(count, 1000)):
            columns = [column.to_pylist() for column in table.columns]
            for cells in zip(*columns, strict=True):
                if len(lines) >= count:
                    return lines
                lines.append(Line(len(lines) + 1, cells))
        return lines[:count]


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """Stream the rows; row i of the table is row i + 1, as in a sheet with the headers on top."""
    wanted = [ROW, *(layout.columns if columns is None else columns)]
    names, following = [ROW, *every_name(layout.headers)], 2
    with _opened(path) as file:
        for table in _tables(path, file, size):
            numbers = pa.array(range(following, following + table.num_rows), pa.int64())
            following += table.num_rows
            first = max(layout.header_row + 1 - (following - table.num_rows), 0)
            whole = pa.Table.from_arrays([numbers, *table.columns], names=names).slice(first)
            for batch in pieces(whole, [], size):
                yield Batch(batch.table.select(wanted), batch.issues)


def _tables(path: Path, file: pq.ParquetFile, size: int) -> Iterator[pa.Table]:
    for batch in file.iter_batches(batch_size=size, use_threads=False):
        _check_texts(path, batch)
        arrays = [_text(column) for column in batch.columns]
        yield pa.Table.from_arrays(arrays, names=[str(n) for n in range(len(arrays))])


def _check_texts(path: Path, batch: pa.RecordBatch) -> None:
    total = 0
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
            lengths = pc.binary_length(column.dictionary).take(column.indices)
            total += pc.sum(lengths, min_count=0).as_py() or 0
    if total > MOST_BATCH_BYTES:
        raise UnreadableFile(
            "{file} unpacks to more text than a table of people can hold. Leave out the columns "
            "of long texts and export it again.",
            file=path.name,
        )


def _text(column: pa.Array) -> pa.StringArray:
    return pc.fill_null(_cast(column), "")


def _cast(column: pa.Array) -> pa.StringArray:
    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        return _cast(column.storage)
    if pa.types.is_dictionary(kind):
        return _cast(column.dictionary).take(column.indices)
    if pa.types.is_floating(kind):
        wide = column.cast(pa.float64())
        known = pc.if_else(pc.is_nan(wide), None, wide)
        # The shortest text that means the same 32-bit number: 0.1, not 0.100000001490116.
        narrow = not pa.types.is_float64(kind) and not _is_whole(known)
        return column.cast(pa.float32()).cast(pa.string()) if narrow else float_text(known)
    if pa.types.is_timestamp(kind) and kind.tz is None and _is_midnight(column):
        return column.cast(pa.date32(), safe=False).cast(pa.string())
    if any(is_kind(kind) for is_kind in _SIMPLE):
        return column.cast(pa.string())
    return pa.array([_shown(value) for value in column.to_pylist()], pa.string())


def _is_midnight(column: pa.Array) -> bool:
    same = pc.equal(pc.floor_temporal(column, unit="day"), column)
    return bool(pc.all(same, min_count=0).as_py())


def _is_whole(values: pa.Array) -> bool:
    return bool(pc.all(pc.equal(pc.floor(values), values), min_count=0).as_py())


def _shown(value: object) -> str | None:
    """A value of the rarer kinds: moments, decimals, bytes, lists and records."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, list) and not any(isinstance(item, list | dict | tuple) for item in value):
        return "; ".join(_plain(item) for item in value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, list | dict | datetime | bytes):
        return _shown(value) or ""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    # A decimal is written out in full, whatever its exponent.
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _bytes(value: bytes) -> str:
    """Texts are often stored as plain bytes; anything else is said to be what it is."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return f"({len(value):,} bytes)"


def _recognises(path: Path, head: bytes) -> bool:
    if not head.startswith(_content.PARQUET):
        return False
    with path.open("rb") as handle:
        handle.seek(max(path.stat().st_size - 4, 0))
        return handle.read() == _content.PARQUET


EXTRACTOR = Extractor(
    "parquet",
    (".parquet", ".pq"),
    sheets,
    sample,
    batches,
    recognises=_recognises,
    binary=True,
    named=True,
)
