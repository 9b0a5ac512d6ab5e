"""Tables side by side: another table's columns come to each row by a key; no row ever doubles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInput, UnreadableFile
from core.etl.columns.headers import unique_headers
from core.etl.rows import ROW, Batch, Severity, all_issues, issue_frame
from core.etl.tables.shapes import Join, Lift

MOST_BYTES = 600 << 20
"""What a joined table may take in memory."""
_MOST_LEVELS = 12


@dataclass(frozen=True)
class Joined:
    """A table to look up in: the keys it has once and the position of each row, the columns it
    brings, the keys it has twice."""

    join: Join
    keys: "pd.Index[str]"
    positions: np.ndarray
    brought: pa.Table
    twice: pa.Array


def brought_headers(join: Join, taken: Sequence[str]) -> dict[str, str]:
    """What each column that a join brings is called beside the headers there are already."""
    wanted = join.table.columns if join.columns is None else join.columns
    missing = [header for header in wanted if header not in join.table.columns]
    if missing:
        raise InvalidInput(
            "“{table}” has no column “{column}” to bring.",
            table=join.table.label,
            column=missing[0],
        )
    own = [header for header in wanted if header != join.right or join.columns is not None]
    if join.lift:
        own += [*join.lift.levels.values()]
    names: list[str] = list(taken)
    found: dict[str, str] = {}
    for header in own:
        name = f"{join.prefix}{header}"
        name = f"{join.table.label} / {name}" if name in names else name
        *_, name = unique_headers([*names, name])
        names.append(name)
        found[header] = name
    return found


def collect(batches: Iterable[Batch], join: Join) -> pa.Table:
    """Hold the other table in memory; raises UnreadableFile when it is too large for that."""
    held: list[pa.Table] = []
    size = 0
    for batch in batches:
        size += batch.table.nbytes
        held.append(batch.table)
        if size > MOST_BYTES:
            raise UnreadableFile(
                "“{table}” is too large to be joined to another table. Make it the first table "
                "and join the smaller one to it.",
                table=join.table.label,
            )
    if held:
        return pa.concat_tables(held).combine_chunks()
    names = [ROW, *join.table.columns]
    return pa.table([pa.array([], pa.string()) for _ in names], names=names)


def prepare(table: pa.Table, join: Join, taken: Sequence[str]) -> Joined:
    """Make a table ready to be looked up in by its key column."""
    for header in (join.right, *((join.lift.parent, join.lift.level) if join.lift else ())):
        if header not in table.column_names:
            raise InvalidInput(
                "“{table}” has no column “{header}” to join by.",
                table=join.table.label,
                header=header,
            )
    keys = _keys(table, join.right)
    counts = pc.value_counts(keys.drop_null())
    twice = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    lifted = _lift(table, keys, join.lift) if join.lift else {}
    names = brought_headers(join, taken)
    columns = [lifted[header] if header in lifted else table[header] for header in names]
    brought = pa.table(columns, names=list(names.values()))
    once = pc.and_(pc.is_valid(keys), pc.invert(pc.is_in(keys, value_set=twice, skip_nulls=True)))
    texts = keys.filter(once).to_numpy(zero_copy_only=False)
    positions = np.flatnonzero(once.to_numpy(zero_copy_only=False))
    return Joined(join, pd.Index(texts, dtype="object"), positions, brought, twice)


def _keys(table: pa.Table, header: str) -> pa.Array:
    texts = pc.utf8_trim_whitespace(table[header]).combine_chunks()
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def join_batch(batch: Batch, joined: Joined) -> Batch:
    """Bring the columns to a batch; rows whose key names no row, or two, are told."""
    join, table = joined.join, batch.table
    if join.left not in table.column_names:
        raise InvalidInput("The table has no column “{column}” to join by.", column=join.left)
    keys, rows = _keys(table, join.left), table[ROW].to_numpy()
    texts = keys.to_numpy(zero_copy_only=False)
    known = joined.keys.get_indexer(pd.Index(texts, dtype="object"))
    matched = known >= 0
    places = pa.array(
        joined.positions[np.where(matched, known, 0)] if len(joined.positions) else known,
        mask=~matched,
    )
    for name in joined.brought.column_names:
        table = table.append_column(name, joined.brought[name].take(places))
    filled = np.asarray(keys.is_valid())
    double = np.asarray(pc.is_in(keys, value_set=joined.twice, skip_nulls=True))
    orphan = ~matched & ~double & (filled | join.required)
    grave = Severity.CRITICAL if join.required else Severity.WARNING
    found = [
        issue_frame(rows[where], rule, severity, column=join.left, values=texts[where].tolist())
        for where, rule, severity in (
            (double, "ambiguous_join", Severity.CRITICAL),
            (orphan, "orphan_row", grave),
        )
    ]
    return Batch(table, all_issues([batch.issues, *found]))


def _lift(table: pa.Table, keys: pa.Array, lift: Lift) -> dict[str, pa.Array]:
    """The value of each level on the way up from every row; a circle ends after some steps."""
    if lift.bring not in table.column_names:
        raise InvalidInput(
            "There is no column “{column}” to bring from the rows above.", column=lift.bring
        )
    above = np.asarray(
        pc.fill_null(pc.index_in(_keys(table, lift.parent), value_set=keys, skip_nulls=True), -1)
    )
    levels = np.asarray(_keys(table, lift.level).to_pylist(), dtype=object)
    texts = np.asarray(table[lift.bring].to_pylist(), dtype=object)
    found = {header: np.full(table.num_rows, None, dtype=object) for header in lift.levels.values()}
    at = np.arange(table.num_rows)
    for _step in range(_MOST_LEVELS):
        here = at >= 0
        for level, header in lift.levels.items():
            fits = np.zeros(table.num_rows, dtype=bool)
            fits[here] = levels[at[here]] == level
            found[header][fits] = texts[at[fits]]
        at = np.where(here, above[at], -1)
    return {header: pa.array(values.tolist(), pa.string()) for header, values in found.items()}
