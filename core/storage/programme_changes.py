"""Putting a programme's new design in force: the row, its images, and what follows from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import case, func, insert, or_, select
from sqlmodel import Session

from core.domain.lifecycle import HouseholdRule
from core.domain.programme_design import Design, changed_fields, read_design
from core.errors import Words
from core.models import Batch, Programme, RowImage
from core.storage import programmes
from core.storage.acts.row_images import Row, read_rows, recording
from core.storage.homes import household_enrolments
from core.storage.importing.receipts import lock_publishes
from core.storage.lifecycle.moves import lock_programmes
from core.storage.programme_effects import changes_moves
from core.storage.programmes import CycleRow

KIND = programmes.CHANGE
_AT_ONCE = 5_000
_GIVEN_UP = Words("The programme was changed. Look at the move again.")


def begins_household_rule(before: Design, after: Design) -> bool:
    """Say whether households get a status of their own from now on."""
    return before.household_rule is HouseholdRule.NONE is not after.household_rule


def open_batch(db: Session, programme_id: int, actor: str, at: datetime, note: str) -> Batch:
    """Insert the batch of a change."""
    batch = Batch(
        kind=KIND, actor=actor, recorded_at=at, reason=note or None, programme_id=programme_id
    )
    db.add(batch)
    db.flush()
    return batch


def put_in_force(db: Session, programme: Programme, design: Design, batch: Batch) -> int:
    """Write a design into a locked programme, as part of a batch; return how many households were
    enrolled."""
    before, key, batch_id = read_design(programme), programme.id or 0, batch.id or 0
    fields = changed_fields(before, design)
    if changes_moves(before, design):
        programmes.cancel_drafts(db, key, _GIVEN_UP.pack())
    made: list[int] = []
    with recording(db, batch_id) as images:
        images.watch("programme", [key])
        values: dict[str, Any] = design.to_columns()
        programmes.change(db, programme, {name: values[name] for name in fields})
        if begins_household_rule(before, design):
            lock_publishes(db)
            lock_programmes(db, key)
            made = household_enrolments.enrol_households(db, key, batch_id, batch.recorded_at)
            first = household_enrolments.first_changes(db, batch_id)
            _note_made(db, batch_id, "enrolment", made)
            _note_made(db, batch_id, "status_change", first)
    batch.counts = {"fields": len(fields), "households": len(made)}
    batch.details = {"fields": fields}
    db.flush()
    return len(made)


def read_written(db: Session, batch_id: int) -> list[tuple[str, Row | None, Row | None]]:
    """Return the row of the programme or of its cycles that a batch wrote, each as it was before
    and after: their kind and the two."""
    kept = cast(Any, RowImage).__table__.c
    query = select(kept.entity, kept.before, kept.after).where(
        kept.batch_id == batch_id, kept.entity.in_(("programme", "cycle"))
    )
    return [(row.entity, row.before, row.after) for row in db.execute(query.order_by(kept.id))]


def count_enrolled(db: Session, batch_id: int) -> int:
    """Return how many households got a status of their own by a batch; fewer than none where it
    took theirs away."""
    kept = cast(Any, RowImage).__table__.c
    came = case((kept.before.is_(None), 1), else_=-1)
    query = select(func.coalesce(func.sum(came), 0)).where(
        kept.batch_id == batch_id,
        kept.entity == "enrolment",
        or_(kept.before.is_(None), kept.after.is_(None)),
    )
    return int(db.execute(query).scalar_one())


def _note_made(db: Session, batch_id: int, entity: str, keys: Sequence[int]) -> None:
    """Keep images of rows that the batch made, many at once: a country has many households."""
    for start in range(0, len(keys), _AT_ONCE):
        rows = read_rows(db, entity, keys[start : start + _AT_ONCE])
        told = {"batch_id": batch_id, "entity": entity}
        images = [{**told, "entity_id": name, "after": row} for name, row in rows.items()]
        db.execute(insert(RowImage), images)


def put_cycle(db: Session, programme_id: int, cycle: CycleRow, batch: Batch) -> UUID:
    """Write a cycle, as part of a batch; return the batch's uuid."""
    with recording(db, batch.id or 0) as images:
        images.watch("cycle", [(programme_id, cycle.number)])
        programmes.put_cycle(db, programme_id, cycle)
    return batch.uuid
