"""What stands in the way of putting back what a small act wrote.

State decides, not history: what the act wrote must still be so, whatever happened in between. A
field that the act left alone may have changed since, and keeps its new value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from core.models import Batch
from core.storage.acts.referring import find_gains, find_users, leads_away
from core.storage.acts.row_images import (
    ONLY,
    RENUMBERED,
    Image,
    Row,
    name_row,
    read_current,
    read_images,
)
from core.storage.acts.touchers import find_toucher
from core.storage.documents import table_of

_RULING: dict[str, frozenset[str]] = {
    "household": frozenset({"location_id", "merged_into_id"}),
    "person": frozenset({"location_id", "merged_into_id"}),
}
"""Columns that must be as the act left them even where it left them alone: a former member cannot
come back to a household that lives elsewhere now."""


class Why(StrEnum):
    """Why a row cannot be put back."""

    CHANGED = "CHANGED"
    """It is not as the act left it."""
    GONE = "GONE"
    """It is not there any more."""
    TAKEN = "TAKEN"
    """Another row has taken its place: the person lives elsewhere now, the number is given."""
    USED = "USED"
    """It refers to a row that the act made and that would leave."""
    MISSING = "MISSING"
    """What it belongs to is not there any more."""
    GAINED = "GAINED"
    """A record that would be merged away again has come by it since, and would keep it."""


@dataclass(frozen=True)
class Obstacle:
    """A row that keeps an act from being undone, and what touched it later, where that is known:
    the batch, its kind, who and when. `person_id`, `household_id` and `enrolment_id` say whom the
    row is about."""

    entity: str
    entity_id: str
    why: Why
    person_id: int | None = None
    household_id: int | None = None
    enrolment_id: int | None = None
    batch: UUID | None = None
    kind: str | None = None
    actor: str | None = None
    at: datetime | None = None


def obstacles(db: Session, batch_id: int) -> list[Obstacle]:
    """Return every row that keeps a batch from being reversed; empty where it can be."""
    images = read_images(db, batch_id)
    return find_obstacles(db, batch_id, images, read_current(db, images))


def find_obstacles(
    db: Session,
    batch_id: int,
    images: Sequence[Image],
    current: dict[tuple[str, str], Row],
) -> list[Obstacle]:
    """Return the obstacles, of rows as they were read."""
    found = {
        (entity, name): (why, row)
        for entity, name, why, row in _find(db, batch_id, images, current)
    }
    return [
        _describe(db, batch_id, entity, name, why, row)
        for (entity, name), (why, row) in found.items()
    ]


_Found = Iterator[tuple[str, str, Why, Row]]


def _find(
    db: Session, batch_id: int, images: Sequence[Image], current: dict[tuple[str, str], Row]
) -> _Found:
    for image in images:
        now = current.get((image.entity, image.name))
        why = _compare(image, now)
        if why:
            yield image.entity, image.name, why, now or image.after or {}
    for image in images:
        if image.before is not None:
            yield from _taken(db, images, image)
    yield from _missing(db, images)
    for entity in ("household", "person"):
        away = {int(str(i.key)) for i in images if i.entity == entity and leads_away(i)}
        for table, name, row in find_gains(db, batch_id, images, entity, away):
            yield table, name, Why.GAINED, row
    for entity in ("household", "person", "programme", "enrolment"):
        made = [i for i in images if i.entity == entity and i.before is None]
        if made:
            leaving = {int(str(i.key)) for i in made}
            for table, name, row in find_users(db, images, entity, leaving):
                yield table, name, Why.USED, row


def _compare(image: Image, now: Row | None) -> Why | None:
    """Return why a row is not as the batch left it."""
    if image.after is None:
        return Why.CHANGED if now is not None and image.entity not in RENUMBERED else None
    if now is None:
        return Why.GONE
    compared = image.columns | _RULING.get(image.entity, frozenset())
    if image.before is None:
        compared = frozenset(image.after) - {"version"}
    compared &= ONLY.get(image.entity, compared)
    return Why.CHANGED if any(now.get(name) != image.after[name] for name in compared) else None


def _taken(db: Session, images: Sequence[Image], image: Image) -> _Found:
    """Rows outside the batch that stand where a row would come back."""
    before = image.before or {}
    own = [one.key for one in images if one.entity == image.entity and one.after is not None]
    for wanted in _unique(image.entity, before):
        table = table_of(image.entity)
        same = [table.c[name] == value for name, value in wanted.items() if value is not None]
        same += [table.c[name].is_(None) for name, value in wanted.items() if value is None]
        for row in db.execute(
            select(table).where(*same, table.c.id.not_in(own)).limit(1)
        ).mappings():
            yield image.entity, name_row(image.entity, dict(row)), Why.TAKEN, {**before, **row}


def _unique(entity: str, row: Row) -> Iterator[Row]:
    """Yield the values that no two rows may share."""
    if entity == "identifier":
        yield {name: row[name] for name in ("type", "normalised")}
    if entity == "enrolment":
        place = {name: row[name] for name in ("programme_id", "cycle", "household_id")}
        yield place if row["household_id"] else {**place, "person_id": row["person_id"]}
    if entity == "membership" and row["until"] is None:
        yield {"person_id": row["person_id"], "until": None}
        if row["is_head"]:
            yield {"household_id": row["household_id"], "until": None, "is_head": True}


def _missing(db: Session, images: Sequence[Image]) -> _Found:
    """Rows that would come back to something that has left."""
    back = {(image.entity, image.name) for image in images if image.before is not None}
    for image in images:
        if image.before is None:
            continue
        written = frozenset(image.before) if image.after is None else image.columns
        for column in table_of(image.entity).columns:
            value = image.before.get(column.name)
            if value is None or column.name not in written:
                continue
            for key in column.foreign_keys:
                target = key.column.table
                known = select(target.c.id).where(target.c.id == value)
                if (target.name, str(value)) not in back and db.execute(known).first() is None:
                    yield image.entity, image.name, Why.MISSING, image.before


def _describe(db: Session, batch_id: int, entity: str, name: str, why: Why, row: Row) -> Obstacle:
    """Say of an obstacle whom it is about and who touched it last."""
    person = row.get("id") if entity == "person" else row.get("person_id")
    household = row.get("id") if entity == "household" else row.get("household_id")
    moved = row.get("batch_id") if entity == "status_change" else None
    later = db.get(Batch, moved) if moved else find_toucher(db, batch_id, entity, name, person)
    return Obstacle(
        entity,
        name,
        why,
        person_id=person,
        household_id=household,
        enrolment_id=row.get("id") if entity == "enrolment" else row.get("enrolment_id"),
        batch=later.uuid if later else None,
        kind=later.kind if later else None,
        actor=later.actor if later else None,
        at=later.recorded_at if later else None,
    )
