"""Batches: what one act changed, kept with the records it made or changed."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlmodel import Session, col

from core.domain.permissions import Actor, Permission
from core.errors import NotFound
from core.models import Batch, Change, StatusChange
from core.settings import now
from core.storage.columns import ENROLMENT, PERSON
from core.storage.selection import enrolments_in_scope, people_in_scope

_STATUS, _CHANGE = cast(Any, StatusChange).__table__.c, cast(Any, Change).__table__.c


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


def uuid_of(db: Session, batch_id: int | None) -> UUID | None:
    """Return the uuid by which the screen and the command line know a batch."""
    return db.execute(select(col(Batch.uuid)).where(col(Batch.id) == batch_id)).scalar()


def get_visible(db: Session, actor: Actor, uuid: UUID) -> Batch:
    """Return a batch of the actor's own, or one that touched somebody within their grants."""
    batch: Batch | None = db.execute(
        select(Batch).where(col(Batch.uuid) == uuid)
    ).scalar_one_or_none()
    if batch is None or not (batch.actor == actor.name or _touches(db, actor, batch.id)):
        raise NotFound("This batch")
    return batch


def touched(actor: Actor) -> tuple[Select[Any], Select[Any]]:
    """Return the queries of the keys of batches that touched somebody within the actor's grants,
    one row for each status moved and one for each change of a person."""
    see, people = Permission.SEE_PEOPLE, PERSON.id.table
    moved = (
        select(_STATUS.batch_id)
        .join_from(people, ENROLMENT.id.table, ENROLMENT.person_id == PERSON.id)
        .join(_STATUS.id.table, _STATUS.enrolment_id == ENROLMENT.id)
        .where(enrolments_in_scope(actor, see))
    )
    changed = (
        select(_CHANGE.batch_id)
        .join_from(people, _CHANGE.id.table, _CHANGE.entity_id == PERSON.id)
        .where(_CHANGE.entity.in_(("person", "membership")), people_in_scope(actor, see))
    )
    return moved, changed


def _touches(db: Session, actor: Actor, batch_id: int | None) -> bool:
    moved, changed = touched(actor)
    asked = moved.where(_STATUS.batch_id == batch_id), changed.where(_CHANGE.batch_id == batch_id)
    return any(db.execute(query.limit(1)).first() is not None for query in asked)
