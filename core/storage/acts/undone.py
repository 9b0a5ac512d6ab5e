"""How much of a batch is taken back now: what its undos took back, less what was taken back of
those in their turn."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from core.storage.columns import BATCH

RECORDS = "records"
"""The count of an undo that put back other records than statuses: all of them or none."""
_STATUSES = ("moved", "carried")


@dataclass(frozen=True)
class Undone:
    """How much of a batch is taken back now: `number` of its `total` statuses. An act that goes
    back whole or not at all has 1 of 1 or 0 of 1, and `kept` counts what an import's rewind left
    where it was."""

    number: int
    total: int
    kept: int = 0


def find_undos(db: Session, keys: Collection[int]) -> Sequence[Row[Any]]:
    """Return the undos of batches, and the undos of those, as (id, of, counts) by id."""
    columns = BATCH.id, BATCH.undo_of_id.label("of"), BATCH.counts
    first = select(*columns).where(BATCH.undo_of_id.in_(keys))
    found = first.cte("undos", recursive=True)
    found = found.union_all(
        select(*columns).join_from(BATCH.id.table, found, BATCH.undo_of_id == found.c.id)
    )
    # An undo that is itself among the keys leads to its own undos twice.
    rows = {row.id: row for row in db.execute(select(found).order_by(found.c.id))}
    return list(rows.values())


def count_statuses(counts: Mapping[str, Any]) -> int:
    """Return how many statuses a batch changed."""
    return sum(int(counts.get(name, 0)) for name in _STATUSES)


def measure(sizes: Mapping[int, int], undos: Sequence[Row[Any]]) -> dict[int, Undone]:
    """Return how much of the batches that have undos is taken back; `sizes` are how many statuses
    each batch and each undo changed, as far as the reader may know."""
    above: dict[int, list[Row[Any]]] = defaultdict(list)
    for undo in undos:
        above[undo.of].append(undo)
    found: dict[int, Undone] = {}
    # The newest first: what was taken back of an undo is known before the undo itself is needed.
    for key in sorted(above, reverse=True):
        taken = above[key]
        # Told by all that an undo did: within the reader's grants a part may have moved nobody.
        if any(_is_whole(undo.counts) for undo in taken):
            standing = [undo for undo in taken if undo.id not in found or not found[undo.id].number]
            kept = sum(_count_kept(undo.counts) for undo in standing)
            found[key] = Undone(int(bool(standing)), 1, kept)
        else:
            gone = sum(
                sizes.get(undo.id, 0) - (found[undo.id].number if undo.id in found else 0)
                for undo in taken
            )
            found[key] = Undone(gone, sizes.get(key, 0))
    return found


def _is_whole(counts: Mapping[str, Any]) -> bool:
    return bool(counts.get(RECORDS)) or not count_statuses(counts)


def _count_kept(counts: Mapping[str, Any]) -> int:
    return sum(int(counts.get(name, 0)) for name in ("kept", "households_kept"))
