"""The table of a run as its steps correct it: an overlay, the file and its frame stay as they are.

A value is matched as a person reads it: spaces around it, and signs nobody sees, do not count.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.etl.cells import clean
from core.etl.frame import PIECE, Frame
from core.etl.remedies.steps import (
    Blank,
    Cell,
    FillDown,
    FindReplace,
    LeaveOut,
    Repair,
    Replace,
    Step,
    headers_of,
)
from core.etl.rows import ROW, ROWS_LEFT_OUT, Batch
from core.etl.values.letters import repair_mojibake

_Change = Callable[[Any, pa.StringArray], pa.StringArray]
_GARBLED = "[\u00c2-\u00f4]"
"""How letters begin that were encoded twice."""


@dataclass(frozen=True)
class Corrected(Frame):
    """A frame read through steps: rows left out do not come, the others come corrected."""

    steps: tuple[Step, ...] = ()

    def batches(self, size: int = PIECE, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Yield the corrected rows in order, with the issues of their form."""
        for batch in super().batches(size, columns):
            known = batch.issues["row"].isin(batch.table[ROW].to_numpy())
            known |= batch.issues["rule"].isin(ROWS_LEFT_OUT)
            yield Batch(batch.table, batch.issues[known])

    def issues(self) -> pd.DataFrame:
        """What is wrong in the form of the rows: who has corrected a cell of a crooked row has
        seen the whole row, and who has corrected a broken cell has settled that cell."""
        found = super().issues()
        seen = {(s.row, s.header) for s in self.steps if isinstance(s, Cell) and s.row is not None}
        if not seen or found.empty:
            return found
        rows = {row for row, _header in seen}
        cells = zip(found["row"], found["column"], strict=True)
        settled = [(row, header) in seen if header else row in rows for row, header in cells]
        return found[~np.array(settled, dtype=bool)]

    def take(self, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows with these numbers as they are corrected, in the file's order."""
        taken = list(super().take(numbers))
        columns = {name: [values[name] for _, values in taken] for name in self.headers}
        rows = pa.array([number for number, _ in taken], pa.int64())
        table = pa.table({ROW: rows, **{n: pa.array(c, pa.string()) for n, c in columns.items()}})
        filled = dict.fromkeys(step.header for step in self.steps if isinstance(step, FillDown))
        table = apply([s for s in self.steps if not isinstance(s, FillDown)], table)
        for header in filled:
            table = self._with_filled(table, header)
        for row in table.to_pylist():
            yield row.pop(ROW), row

    def left_out(self) -> int:
        """Count the rows that the steps leave out."""
        if not any(isinstance(step, LeaveOut) for step in self.steps):
            return 0
        left = sum(int(table.num_rows) for table in self._tables(PIECE, []))
        return self.rows - left

    def _with_filled(self, table: pa.Table, header: str) -> pa.Table:
        """Read a filled column from its top: the value of a row may stand far above it."""
        if header not in table.column_names or not table.num_rows:
            return table
        parts = [
            part.filter(pc.is_in(part[ROW], table[ROW].combine_chunks()))
            for part in self._tables(PIECE, [header])
        ]
        return _put(table, header, texts_of(pa.concat_tables(parts), header))

    def _tables(self, size: int, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        wanted = [*(self.headers if columns is None else columns)]
        # A subset of columns is read without the steps about the others, except what leaves rows
        # out, and the keys by which cells of these columns are found again.
        deciding = [
            header
            for step in self.steps
            if isinstance(step, LeaveOut) or set(headers_of(step)[:1]) & set(wanted)
            for header in headers_of(step)
        ]
        further = [h for h in dict.fromkeys(deciding) if h in self.headers and h not in wanted]
        above: dict[str, str] = {}
        for table in super()._tables(size, [*wanted, *further]):
            corrected = apply(self.steps, table, above)
            if corrected.num_rows:
                yield corrected.select([ROW, *wanted])


def apply(steps: Sequence[Step], table: pa.Table, above: dict[str, str] | None = None) -> pa.Table:
    """Return the table as the steps correct it, in order.

    `table` has `_row`, rising, and text columns; a step about a column it has not is passed over.
    `above` holds the last value of each filled column before this table, and moves on.
    """
    above = {} if above is None else above
    for kind, group in groupby(steps, type):
        told = [step for step in group if set(headers_of(step)) <= set(table.column_names)]
        if kind is Cell:
            table = _correct(cast(list[Cell], told), table)
            continue
        if kind in _TEXTS and table.num_rows:
            table = _rewrite(_TEXTS[kind], told, table)
            continue
        for step in told:
            if isinstance(step, FillDown):
                table = _fill(step, table, above)
            elif isinstance(step, LeaveOut):
                table = table.filter(pc.invert(_left_out(step, table)))
    return table


def _rewrite(change: _Change, told: Sequence[Any], table: pa.Table) -> pa.Table:
    """Apply steps of one kind about whole texts, each text once: there may be hundreds of steps."""
    for header in dict.fromkeys(step.header for step in told):
        encoded = texts_of(table, header).dictionary_encode()
        texts = encoded.dictionary
        for step in told:
            if step.header == header:
                texts = change(step, texts)
        table = _put(table, header, texts.take(encoded.indices))
    return table


def texts_of(table: pa.Table, header: str) -> pa.StringArray:
    """Return a column of a table as one array without nulls."""
    column = table[header].combine_chunks()
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.fill_null("")


def is_value(texts: pa.StringArray, values: Sequence[str]) -> pa.BooleanArray:
    """Mark the texts that a person reads as one of `values`."""
    return pc.is_in(clean(texts), clean(pa.array(values, pa.string())))


def _put(table: pa.Table, header: str, texts: pa.StringArray) -> pa.Table:
    return table.set_column(table.column_names.index(header), header, texts)


def _replace(step: Any, texts: pa.StringArray) -> pa.StringArray:  # noqa: ANN401 - a Replace
    return pc.if_else(is_value(texts, [step.old]), step.new, texts)


def _find(step: Any, texts: pa.StringArray) -> pa.StringArray:  # noqa: ANN401 - a FindReplace
    return pc.replace_substring(texts, step.old, step.new)


def _blank(step: Any, texts: pa.StringArray) -> pa.StringArray:  # noqa: ANN401 - a Blank
    return pc.if_else(is_value(texts, step.values), "", texts)


def _repair(_step: Any, texts: pa.StringArray) -> pa.StringArray:  # noqa: ANN401 - a Repair
    garbled = pc.match_substring_regex(texts, _GARBLED).to_pylist()
    pairs = zip(texts.to_pylist(), garbled, strict=True)
    return pa.array(
        [repair_mojibake(text) if wrong else text for text, wrong in pairs], pa.string()
    )


_TEXTS: dict[type, _Change] = {
    Replace: _replace,
    FindReplace: _find,
    Blank: _blank,
    Repair: _repair,
}


def _fill(step: FillDown, table: pa.Table, above: dict[str, str]) -> pa.Table:
    texts = texts_of(table, step.header)
    known = pc.if_else(pc.equal(clean(texts), ""), None, texts)
    filled = pc.fill_null(pc.fill_null_forward(known), above.get(step.header, ""))
    if len(filled):
        above[step.header] = filled[-1].as_py()
    return _put(table, step.header, filled)


def _left_out(step: LeaveOut, table: pa.Table) -> pa.BooleanArray:
    if step.header is not None:
        return is_value(texts_of(table, step.header), [step.value])
    return pc.is_in(table[ROW], pa.array(step.rows, pa.int64()))


def _correct(steps: Sequence[Cell], table: pa.Table) -> pa.Table:
    """Apply corrections of cells, many at once: workbooks bring thousands."""
    for header in dict.fromkeys(step.header for step in steps):
        texts = texts_of(table, header)
        now: dict[int, str] = {}
        for step, positions in _found([s for s in steps if s.header == header], table):
            for position in positions:
                if _alike(now.get(position, texts[position].as_py()), step.was):
                    now[position] = step.to
        if now:
            mask = np.zeros(len(texts), dtype=bool)
            mask[list(now)] = True
            puts = pa.array([now[position] for position in sorted(now)], pa.string())
            table = _put(table, header, pc.replace_with_mask(texts, pa.array(mask), puts))
    return table


def _found(steps: Sequence[Cell], table: pa.Table) -> Iterable[tuple[Cell, Sequence[int]]]:
    """Yield each correction with the positions of the rows it may be about."""
    rows, by_key = table[ROW].to_numpy(), dict[str, Pairs[str, list[int]]]()
    for step in steps:
        if step.row is not None:
            at = int(np.searchsorted(rows, step.row))
            yield step, [at] if at < len(rows) and rows[at] == step.row else []
        elif step.key is not None:
            name, value = step.key
            if name not in by_key:
                wanted = [one.key[1] for one in steps if one.key and one.key[0] == name]
                by_key[name] = _positions(texts_of(table, name), wanted)
            yield step, by_key[name].get(_plain(value), [])
        else:
            yield step, np.flatnonzero(is_value(texts_of(table, step.header), [step.was])).tolist()


def _positions(texts: pa.StringArray, values: Sequence[str]) -> Pairs[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position in np.flatnonzero(is_value(texts, values)).tolist():
        found.setdefault(_plain(texts[position].as_py()), []).append(position)
    return found


def _alike(one: str, other: str) -> bool:
    return one == other or _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return str(clean(pa.array([text], pa.string()))[0].as_py())
