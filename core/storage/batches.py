"""Batches: what one act changed, kept with the records it made or changed."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import insert, update
from sqlmodel import Session, col

from core.models import Batch, Change
from core.settings import now


def open_batch(db: Session, kind: str, actor: str) -> int:
    """Insert a batch of `kind` done by `actor` now; return its key."""
    batch = Batch(kind=kind, actor=actor, recorded_at=now())
    db.add(batch)
    db.flush()
    return cast(int, batch.id)


def set_counts(db: Session, batch_id: int, counts: Mapping[str, int]) -> None:
    """Write what a batch has done so far."""
    db.execute(update(Batch).where(col(Batch.id) == batch_id).values(counts=dict(counts)))


def note_new(db: Session, batch_id: int, entity: str, keys: Iterable[int]) -> None:
    """Note that a batch made these records."""
    _note(db, [{"batch_id": batch_id, "entity": entity, "entity_id": key} for key in keys])


def note_changed(
    db: Session, batch_id: int, entity: str, changed: Mapping[int, Mapping[str, Any]]
) -> None:
    """Note what a batch changed in records: {key: {field: [before, after]}}."""
    _note(
        db,
        [
            {"batch_id": batch_id, "entity": entity, "entity_id": key, "diff": dict(diff)}
            for key, diff in changed.items()
        ],
    )


def _note(db: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(insert(Change), rows)
