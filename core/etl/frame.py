"""The frame: the table of a run as text, written once beside its upload and read from then on."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from core.errors import UnreadableFile
from core.etl.rows import ROW, Batch, no_issues

_COMPRESSED = ipc.IpcWriteOptions(compression="lz4")
PIECE = 20_000
"""Rows of one stored piece: what reading a single row costs at most."""


@dataclass(frozen=True)
class Frame:
    """A table on disk: `_row` and one text column per header, in pieces that are read one by one.

    `starts` holds the first row number of each piece; row numbers rise through the frame.
    """

    path: Path
    headers: tuple[str, ...]
    rows: int
    starts: tuple[int, ...]

    def head(self, count: int) -> list[dict[str, str]]:
        """Return the first rows that are not blank, text by header."""
        found: list[dict[str, str]] = []
        for table in self._tables(count, None):
            for row in table.select(self.headers).to_pylist():
                if any(text and text.strip() for text in row.values()):
                    found.append({name: text or "" for name, text in row.items()})
            if len(found) >= count:
                break
        return found[:count]

    def batches(self, size: int = PIECE, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Yield the rows in order, about `size` at a time, with the issues of their form."""
        issues = self.issues().sort_values("row", kind="stable")
        numbers, start = issues["row"].to_numpy(), 0
        waiting: pa.Table | None = None
        for table in self._tables(size, columns):
            if waiting is not None:
                end = int(np.searchsorted(numbers, waiting[ROW][-1].as_py(), side="right"))
                yield Batch(waiting, issues.iloc[start:end])
                start = end
            waiting = table
        if waiting is not None:  # with what is told about rows below the last one
            yield Batch(waiting, issues.iloc[start:])

    def issues(self) -> pd.DataFrame:
        """Everything that was wrong in the form of the rows."""
        return pd.DataFrame(ipc.open_file(self.path.with_suffix(".issues")).read_all().to_pandas())

    def _tables(self, size: int, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        wanted = [ROW, *(self.headers if columns is None else columns)]
        with self._open(wanted) as reader:
            waiting: list[pa.RecordBatch] = []
            for position in range(reader.num_record_batches):
                waiting.append(reader.get_batch(position))
                if sum(part.num_rows for part in waiting) >= size:
                    yield from _cut(pa.Table.from_batches(waiting).select(wanted), size)
                    waiting = []
            if waiting:
                yield from _cut(pa.Table.from_batches(waiting).select(wanted), size)

    def _open(self, wanted: Sequence[str]) -> ipc.RecordBatchFileReader:
        order = [ROW, *self.headers]
        fields = sorted(order.index(name) for name in wanted)
        options = ipc.IpcReadOptions(included_fields=fields, use_threads=False)
        return ipc.open_file(self.path, options=options)

    def take(self, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows with these numbers as (number, text by header), in the file's order."""
        wanted = np.unique(np.asarray(numbers, dtype=np.int64))
        pieces = np.unique(np.searchsorted(np.asarray(self.starts), wanted, side="right") - 1)
        with self._open([ROW, *self.headers]) as reader:
            for position in pieces[pieces >= 0].tolist():
                piece = pa.Table.from_batches([reader.get_batch(position)])
                for row in piece.filter(pc.is_in(piece[ROW], pa.array(wanted))).to_pylist():
                    number = row.pop(ROW)
                    yield number, {name: text or "" for name, text in row.items()}

    def texts(self, headers: Sequence[str]) -> Iterator[str]:
        """Yield the texts of some columns that are not blank, each once per piece."""
        for table in self._tables(PIECE, headers):
            for header in headers:
                for text in pc.unique(table[header]).to_pylist():
                    if text and text.strip():
                        yield text


def _cut(table: pa.Table, size: int) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, size):
        yield table.slice(start, size)


def write(path: Path, headers: Sequence[str], batches: Iterable[Batch]) -> Frame:
    """Write a frame; it is there whole or not at all, whoever else writes it at the same time."""
    schema = pa.schema([(ROW, pa.int64()), *((header, pa.string()) for header in headers)])
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid4().hex}")
    starts, rows, issues = [], 0, [no_issues()]
    with ipc.new_file(part, schema, options=_COMPRESSED) as writer:
        for batch in batches:
            for piece in batch.table.cast(schema).combine_chunks().to_batches(PIECE):
                if piece.num_rows:
                    starts.append(piece.column(0)[0].as_py())
                    rows += piece.num_rows
                    writer.write_batch(piece)
            if len(batch.issues):
                issues.append(batch.issues)
    found = pa.Table.from_pandas(pd.concat(issues, ignore_index=True), preserve_index=False)
    aside = part.with_suffix(".issues")
    with ipc.new_file(aside, found.schema, options=_COMPRESSED) as writer:
        writer.write_table(found)
    facts = {"headers": list(headers), "rows": rows, "starts": starts}
    about = part.with_suffix(".json")
    about.write_text(json.dumps(facts), encoding="utf-8")
    for file in (part, aside, about):
        file.chmod(0o600)
    aside.replace(path.with_suffix(".issues"))
    about.replace(path.with_suffix(".json"))
    part.replace(path)
    return Frame(path, tuple(headers), rows, tuple(starts))


def find(path: Path) -> Frame | None:
    """Return the frame that was written to `path`, if there is one."""
    if not path.exists():
        return None
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFile("The copy of the file is damaged. Upload it again.") from error
    return Frame(path, tuple(facts["headers"]), facts["rows"], tuple(facts["starts"]))
