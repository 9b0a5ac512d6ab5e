"""Tables one below the other: one sheet per village, one file per month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from core.errors import UnreadableFile
from core.etl.columns.headers import unique_headers, words
from core.etl.rows import ROW, Batch
from core.etl.tables.shapes import SHEET_HEADER, SHEET_ROWS, Layout


@dataclass(frozen=True)
class Stack:
    """The headers of the stacked tables, and what each table's own headers are called in it.

    The column called `source` names the table that a row comes from.
    """

    headers: tuple[str, ...]
    names: tuple[Mapping[str, str], ...]
    source: str


def plan_stack(tables: Sequence[Layout]) -> Stack:
    """Put columns together that have the same header, however it is written."""
    headers: list[str] = []
    names: list[dict[str, str]] = []
    for table in tables:
        known = {words(header) or header: header for header in headers}
        own: dict[str, str] = {}
        for header in table.columns:
            same = header if header in headers else known.get(words(header) or header)
            own[header] = same if same and same not in own.values() else header
        headers += [header for header in own.values() if header not in headers]
        names.append(own)
    *_, source = unique_headers([*headers, SHEET_HEADER])
    return Stack((*headers, source), tuple(names), source)


def stack_batch(batch: Batch, stack: Stack, position: int, label: str) -> Batch:
    """Give a batch of the table at `position` the columns and row numbers of the stack."""
    table, names = batch.table, stack.names[position]
    if table.num_rows and table[ROW][-1].as_py() >= SHEET_ROWS:
        raise UnreadableFile(
            "“{table}” has more than {most:,} rows and cannot be put together with other "
            "tables. Import it on its own.",
            table=label,
            most=SHEET_ROWS,
        )
    blank = pa.nulls(table.num_rows, pa.string())
    own = {new: table[old] for old, new in names.items()}
    own[stack.source] = pa.array([label] * table.num_rows, pa.string())
    offset = position * SHEET_ROWS
    numbers = pa.array(table[ROW].to_numpy() + offset)
    columns = [own.get(header, blank) for header in stack.headers]
    issues = batch.issues.assign(
        row=batch.issues["row"] + offset,
        column=batch.issues["column"].map(lambda header: names.get(header, header)),
    )
    return Batch(pa.table([numbers, *columns], names=[ROW, *stack.headers]), issues)
