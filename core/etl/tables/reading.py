"""From the files of a run to its frame: read each table, put them together, write it once."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa

from core.errors import InvalidInput, UnreadableFile
from core.etl import frame
from core.etl.extract import extractor_for, forget
from core.etl.extract._sheet_facts import sheet_facts
from core.etl.frame import Frame
from core.etl.rows import ROW, Batch, all_issues
from core.etl.tables import joining, keeping, stacking, unpivot
from core.etl.tables.shapes import SHEET_ROWS, Join, Keep, Layout, Shape
from core.etl.tables.tidying import TAIL, Tidy, merged_down

_AT_ONCE = 50_000
_MOST_NUMBER = 2**31 - 1
"""The largest row number that the registry keeps."""


def read_frame(paths: Sequence[Path], layout: Layout, shape: Shape, target: Path) -> Frame:
    """Return the frame at `target`, made from the files in `paths` unless it is there already."""
    known = frame.find(target)
    if known is not None:
        return known
    headers, batches = read_shaped(paths, layout, shape)
    try:
        return frame.write(target, headers, batches)
    finally:
        forget()


def read_shaped(
    paths: Sequence[Path], layout: Layout, shape: Shape, size: int = _AT_ONCE
) -> tuple[tuple[str, ...], Iterator[Batch]]:
    """Return the headers of the one table and its rows as they come.

    Raises InvalidInput for a shape that does not fit the tables, UnreadableFile for a file.
    """
    _check_numbers(shape)
    if shape.stacked:
        stack = stacking.plan_stack([layout, *shape.stacked])
        headers: tuple[str, ...] = stack.headers
        batches = _stacked(paths, [layout, *shape.stacked], stack, size)
    else:
        headers = layout.columns
        batches = read_table(_path(paths, layout), layout, size)
    waiting = list(shape.keep)
    batches = _kept(batches, waiting, headers)
    for join in shape.joins:
        taken = headers
        headers = (*headers, *joining.brought_headers(join, taken).values())
        batches = _joined(batches, paths, join, taken)
        batches = _kept(batches, waiting, headers)
    if shape.unpivot:
        headers = unpivot.unpivoted_headers(headers, shape.unpivot)
        groups = shape.unpivot
        batches = (unpivot.unpivot_batch(batch, groups) for batch in batches)
        batches = _kept(batches, waiting, headers)
    if waiting:
        raise InvalidInput(
            "There is no column “{column}” to choose rows by.", column=waiting[0].header
        )
    return headers, batches


def read_table(path: Path, layout: Layout, size: int = _AT_ONCE) -> Iterator[Batch]:
    """Yield the rows of one table, without those that are no data and with merged cells filled."""
    facts = sheet_facts(path, layout.sheet)
    state = Tidy(
        layout,
        merged_down(layout.headers, facts.merged, layout.header_row),
        frozenset(facts.hidden_rows),
    )
    waiting: Batch | None = None
    for batch in _until(extractor_for(path).batches(path, layout, size), layout.last_row):
        if waiting is None:
            waiting = batch
        elif batch.table.num_rows < TAIL:
            # The end is looked at as one: a footer may begin in the batch before the last.
            waiting = _together(waiting, batch)
        else:
            yield state.tidy(waiting, final=False)
            waiting = batch
    if waiting is not None:
        yield state.tidy(waiting, final=True)


def sample_shaped(
    paths: Sequence[Path], layout: Layout, shape: Shape, count: int
) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Return the headers of the one table and its first rows, without reading all of it."""
    headers, batches = read_shaped(paths, layout, shape, max(count, TAIL))
    rows = (row for batch in batches for row in batch.table.select(headers).to_pylist())
    return headers, [
        {name: text or "" for name, text in row.items()} for row in islice(rows, count)
    ]


def _path(paths: Sequence[Path], layout: Layout) -> Path:
    if not 0 <= layout.file < len(paths):
        raise InvalidInput("The run has no file {n}. Choose one of its files.", n=layout.file + 1)
    return paths[layout.file]


def _check_numbers(shape: Shape) -> None:
    groups = len(shape.unpivot.groups) if shape.unpivot else 1
    if shape.stacked and (len(shape.stacked) + 1) * groups * SHEET_ROWS > _MOST_NUMBER:
        raise UnreadableFile(
            "{n} tables are too many for one import. Take fewer at a time.",
            n=len(shape.stacked) + 1,
        )


def _stacked(
    paths: Sequence[Path], tables: Sequence[Layout], stack: stacking.Stack, size: int
) -> Iterator[Batch]:
    for position, table in enumerate(tables):
        for batch in read_table(_path(paths, table), table, size):
            yield stacking.stack_batch(batch, stack, position, table.label)


def _joined(
    batches: Iterator[Batch], paths: Sequence[Path], join: Join, taken: Sequence[str]
) -> Iterator[Batch]:
    other = read_table(_path(paths, join.table), join.table)
    unknown = [keep.header for keep in join.keep if keep.header not in join.table.columns]
    if unknown:
        raise InvalidInput(
            "“{table}” has no column “{column}” to choose rows by.",
            table=join.table.label,
            column=unknown[0],
        )
    kept = (keeping.keep_rows(batch, join.keep) for batch in other)
    table = joining.prepare(joining.collect(kept, join), join, taken)
    for batch in batches:
        yield joining.join_batch(batch, table)


def _kept(batches: Iterator[Batch], waiting: list[Keep], headers: Sequence[str]) -> Iterator[Batch]:
    """Filter by the columns that are there now, and take these filters off the list."""
    now = [keep for keep in waiting if keep.header in headers]
    for keep in now:
        waiting.remove(keep)
    return (keeping.keep_rows(batch, now) for batch in batches) if now else batches


def _until(batches: Iterator[Batch], last_row: int | None) -> Iterator[Batch]:
    for batch in batches:
        if last_row is None:
            yield batch
            continue
        rows = batch.table[ROW].to_numpy()
        inside = batch.table.slice(0, int((rows <= last_row).sum()))
        yield Batch(inside, batch.issues[batch.issues["row"] <= last_row])
        if len(rows) and rows[-1] >= last_row:
            return


def _together(first: Batch, second: Batch) -> Batch:
    table = pa.concat_tables([first.table, second.table])
    return Batch(table, all_issues([first.issues, second.issues]))
