"""From the files of a run to its frame: read each table, put them together, write it once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from core.etl import frame
from core.etl.extract import extractor_for
from core.etl.frame import Frame
from core.etl.rows import ROW, Batch
from core.etl.shapes import Layout, Shape

_AT_ONCE = 50_000


def read_frame(paths: Sequence[Path], layout: Layout, shape: Shape, target: Path) -> Frame:
    """Return the frame at `target`, made from the files in `paths` unless it is there already."""
    known = frame.find(target)
    if known is not None:
        return known
    return frame.write(target, layout.columns, read_table(paths[layout.file], layout))


def read_table(path: Path, layout: Layout) -> Iterator[Batch]:
    """Yield the rows of one table, without those that are no data."""
    for batch in extractor_for(path).batches(path, layout, _AT_ONCE):
        yield Batch(_data_rows(batch.table, layout), batch.issues)


def _data_rows(table: pa.Table, layout: Layout) -> pa.Table:
    if not layout.skipped_rows:
        return table
    return table.filter(pc.invert(pc.is_in(table[ROW], pa.array(layout.skipped_rows, pa.int64()))))
