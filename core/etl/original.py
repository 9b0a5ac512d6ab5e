"""Rows of a file just as they were read, for those that are held back."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from core.etl.extract import extractor_for
from core.etl.rows import ROW
from core.etl.shapes import Layout

_AT_ONCE = 50_000


def read_rows(
    path: Path, layout: Layout, numbers: Sequence[int]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows with these numbers as (number, text by header), in the file's order."""
    if not numbers:
        return
    wanted = pa.array(sorted(numbers), pa.int64())
    last = wanted[-1].as_py()
    reader = extractor_for(path).batches(path, layout.sheet, layout.header_row, _AT_ONCE)
    for batch in reader:
        table = batch.table.filter(pc.is_in(batch.table[ROW], wanted))
        for row in table.to_pylist():
            yield row.pop(ROW), row
        if batch.table.num_rows and batch.table[ROW][-1].as_py() >= last:
            return


def read_texts(path: Path, layout: Layout, headers: Sequence[str]) -> Iterator[str]:
    """Yield the texts of some columns, each once per batch, reading only as far as asked."""
    reader = extractor_for(path).batches(path, layout.sheet, layout.header_row, _AT_ONCE, headers)
    for batch in reader:
        for header in headers:
            for text in pc.unique(batch.table[header]).to_pylist():
                if text and text.strip():
                    yield text
