"""What stands in the way of putting back what a small act wrote.

State decides, not history: what the act wrote must still be so, whatever happened in between. A
field that the act left alone may have changed since, and keeps its new value.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Table, select
from sqlmodel import Session, SQLModel

from core.models import Batch, RowImage
from core.storage.acts.row_images import KEYS, Key, Row, key_of, name_row, read_rows
from core.storage.acts.touchers import find_toucher
from core.storage.documents import table_of

ONLY: dict[str, frozenset[str]] = {"enrolment": frozenset({"person_id", "household_id"})}
"""The columns of a table that alone are compared and written: statuses have undos of their own."""
_RULING: dict[str, frozenset[str]] = {
    "household": frozenset({"location_id", "merged_into_id"}),
    "person": frozenset({"location_id", "merged_into_id"}),
}
"""Columns that must be as the act left them even where it left them alone: a former member cannot
come back to a household that lives elsewhere now."""
WHOLE = frozenset({"membership", "status_change"})
"""Tables whose rows are compared and written whole."""
RENUMBERED = frozenset({"membership", "identifier", "status_change"})
"""Rows whose id nobody refers to: SQLite may have given it to another row meanwhile."""
_IN_STATEMENT = 500
_NOBODY_ASKS = frozenset({"search_entry"})
"""Tables that hold copies of people and follow by themselves."""


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


@dataclass(frozen=True)
class Image:
    """One row as a batch found it and left it."""

    entity: str
    name: str
    before: Row | None
    after: Row | None

    @property
    def key(self) -> Key:
        return key_of(self.entity, self.after or self.before or {})

    @property
    def columns(self) -> frozenset[str]:
        """The columns that putting `before` back writes."""
        if self.before is None or self.after is None:
            return frozenset()
        if self.entity in WHOLE:
            return frozenset(self.before) - {"id"}
        changed = {name for name in self.before if self.before[name] != self.after.get(name)}
        return frozenset(changed - {"version"}) & ONLY.get(self.entity, frozenset(changed))


def read_images(db: Session, batch_id: int) -> list[Image]:
    """Return the rows that a batch wrote, in the order of KEYS."""
    kept = cast(Any, RowImage).__table__.c
    rows = db.execute(
        select(kept.entity, kept.entity_id, kept.before, kept.after)
        .where(kept.batch_id == batch_id)
        .order_by(kept.id)
    ).all()
    found: dict[tuple[str, str], Image] = {}
    for row in rows:
        first = found.get((row.entity, row.entity_id))
        before = first.before if first else row.before
        found[row.entity, row.entity_id] = Image(row.entity, row.entity_id, before, row.after)
    order = list(KEYS)
    return sorted(found.values(), key=lambda image: order.index(image.entity))


def read_current(
    db: Session, images: Sequence[Image], *, locked: bool = False
) -> dict[tuple[str, str], Row]:
    """Return how the rows of images are now, by entity and name."""
    found: dict[tuple[str, str], Row] = {}
    for entity in KEYS:
        keys = [image.key for image in images if image.entity == entity]
        rows = read_rows(db, entity, keys, locked=locked) if keys else {}
        found.update({(entity, name): row for name, row in rows.items()})
    return found


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
    found = {(entity, name): (why, row) for entity, name, why, row in _find(db, images, current)}
    return [
        _describe(db, batch_id, entity, name, why, row)
        for (entity, name), (why, row) in found.items()
    ]


_Found = Iterator[tuple[str, str, Why, Row]]


def _find(db: Session, images: Sequence[Image], current: dict[tuple[str, str], Row]) -> _Found:
    for image in images:
        now = current.get((image.entity, image.name))
        why = _compare(image, now)
        if why:
            yield image.entity, image.name, why, now or image.after or {}
    for image in images:
        if image.before is not None:
            yield from _taken(db, images, image)
    yield from _missing(db, images)
    for entity in ("household", "person", "programme", "enrolment"):
        made = [i for i in images if i.entity == entity and i.before is None]
        if made:
            yield from _used(db, images, entity, {int(str(i.key)) for i in made})


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


def _used(db: Session, images: Sequence[Image], entity: str, leaving: Collection[int]) -> _Found:
    """Rows that refer to what would leave, and do not let go of it by themselves."""
    for table, column in _references(entity):
        freed = {
            image.key
            for image in images
            if image.entity == table.name
            and (image.before is None or image.before.get(column.name) not in leaving)
        }
        names = KEYS.get(table.name, tuple(one.name for one in table.primary_key))
        for row in _read_referring(db, table, column, sorted(leaving)):
            key: Key = row["id"] if names == ("id",) else tuple(row[name] for name in names)
            if key not in freed:
                name = "/".join(str(row[one]) for one in names)
                yield table.name, name, Why.USED, {**row, f"{entity}_id": row[column.name]}


def _read_referring(
    db: Session, table: Table, column: ColumnElement[Any], keys: Sequence[int]
) -> Iterator[RowMapping]:
    """Yield the rows whose `column` is one of `keys`: a household rule enrols a country's."""
    for start in range(0, len(keys), _IN_STATEMENT):
        part = keys[start : start + _IN_STATEMENT]
        yield from db.execute(select(table).where(column.in_(part))).mappings()


def _references(entity: str) -> Iterator[tuple[Table, ColumnElement[Any]]]:
    for table in SQLModel.metadata.sorted_tables:
        if table.name in _NOBODY_ASKS:
            continue
        for column in table.columns:
            if any(key.column.table.name == entity for key in column.foreign_keys):
                yield table, column


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
