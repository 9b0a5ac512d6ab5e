"""Putting back what a small act wrote (a household moved, people merged): all of it or nothing.

The act notes its rows by `recording`; `obstacles` says what keeps it from being undone; `reverse`
puts the rows back and notes them for the undo's own batch, so that an undo can be undone.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlmodel import Session

from core.errors import Conflict
from core.models import Change, SearchEntry, SearchOutbox
from core.storage.acts.batches import note_changed, note_new
from core.storage.acts.obstacles import Obstacle, Why, find_obstacles, obstacles
from core.storage.acts.row_images import (
    KEYS,
    RENUMBERED,
    Image,
    Key,
    Recorder,
    Row,
    note,
    read_current,
    read_images,
    read_rows,
    recording,
    unpack,
)
from core.storage.dialect import ask
from core.storage.documents import table_of

__all__ = [
    "KEYS",
    "Obstacle",
    "Recorder",
    "Why",
    "note",
    "obstacles",
    "read_rows",
    "recording",
    "reverse",
    "subjects",
]
_ROOTS = ("programme", "household", "person")
"""Tables that others refer to: their rows come first and go last."""
_LEAVES = ("cycle", "enrolment", "status_change", "membership", "identifier", "source_key",
           "household_key")  # fmt: skip
"""The others, in the order in which rows come."""
_CYCLES = 10_000
"""More cycles than a programme has."""


def subjects(db: Session, batch_id: int) -> tuple[set[int], set[int]]:
    """Return the people and the households whom the rows of a batch are about."""
    people: set[Any] = set()
    homes: set[Any] = set()
    for image in read_images(db, batch_id):
        for row in (image.before, image.after):
            if row is not None:
                people.add(row["id"] if image.entity == "person" else row.get("person_id"))
                homes.add(row["id"] if image.entity == "household" else row.get("household_id"))
    return people - {None}, homes - {None}


def count_rows(db: Session, batch_id: int) -> int:
    """Return how many rows a batch wrote that `reverse` would put back."""
    return ask(db, "SELECT count(*) FROM row_image WHERE batch_id = :batch", batch=batch_id)


def reverse(db: Session, batch_id: int, undo_id: int) -> int:
    """Put back every row that a batch wrote, as part of the batch `undo_id`; return how many.

    Raises Conflict where something stands in the way; then nothing is written. Statuses are left
    alone. Needs undo_reach.lock, before anything else is read.
    """
    db.flush()
    images = read_images(db, batch_id)
    current = read_current(db, images, locked=True)
    if find_obstacles(db, batch_id, images, current):
        raise Conflict("Something has changed since, so this cannot be taken back as it was.")
    with recording(db, undo_id) as recorder:
        for entity in KEYS:
            recorder.watch(entity, [image.key for image in images if image.entity == entity])
        _put_back(db, recorder, images, current)
    _note_changes(db, batch_id, undo_id, images)
    # Who lives there after the undo, whose entry may show something old.
    tell_search(db, *subjects(db, batch_id))
    # The rows were written past the session: what it holds of them is old.
    db.expire_all()
    return len(images)


def _put_back(
    db: Session,
    recorder: Recorder,
    images: Sequence[Image],
    current: dict[tuple[str, str], Row],
) -> None:
    """Write the rows in an order in which no reference and no unique index is ever broken."""
    by_entity = {entity: [i for i in images if i.entity == entity] for entity in KEYS}
    _park(db, by_entity["membership"])
    for entity in reversed(_LEAVES):
        _take_out(db, entity, by_entity[entity])
    for entity in _ROOTS:
        _put_in(db, recorder, entity, by_entity[entity])
    _set_aside(db, by_entity["enrolment"], 1)
    for entity in KEYS:
        for image in by_entity[entity]:
            if image.before is not None and image.after is not None:
                _change(db, image, current[entity, image.name])
    _set_aside(db, by_entity["enrolment"], -1)
    for entity in _LEAVES:
        _put_in(db, recorder, entity, by_entity[entity])
    for entity in reversed(_ROOTS):
        _take_out(db, entity, by_entity[entity])


def _park(db: Session, memberships: Iterable[Image]) -> None:
    """Close the memberships that change until all of them have their values: in between, two of
    one person or two heads of one household would be open."""
    table = table_of("membership")
    keys = [image.key for image in memberships if image.before and image.after]
    closed = {"until": func.coalesce(table.c.until, table.c.since), "is_head": False}
    db.execute(update(table).where(table.c.id.in_(keys)).values(**closed))


def _set_aside(db: Session, enrolments: Iterable[Image], turn: int) -> None:
    """Give the enrolments that go to another person cycles of their own (turn 1) until all are
    there (turn -1): people who swap theirs would both hold one of the same cycle in between."""
    table = table_of("enrolment")
    going = [image.key for image in enrolments if "person_id" in image.columns]
    for rank, key in enumerate(going, start=1):
        cycle = table.c.cycle - turn * rank * _CYCLES
        db.execute(update(table).where(table.c.id == key).values(cycle=cycle))


def _take_out(db: Session, entity: str, images: Iterable[Image]) -> None:
    for image in images:
        if image.before is None:
            if entity == "person":
                entry = cast(Any, SearchEntry).__table__
                db.execute(delete(entry).where(entry.c.person_id == image.key))
            db.execute(delete(table_of(entity)).where(_named(entity, image.key)))


def _put_in(db: Session, recorder: Recorder, entity: str, images: Iterable[Image]) -> None:
    table = table_of(entity)
    for image in images:
        if image.after is not None or image.before is None:
            continue
        row = unpack(table, image.before)
        if "version" in row:
            row["version"] += 1
        if entity in RENUMBERED and read_rows(db, entity, [image.key]):
            del row["id"]
        made = db.execute(insert(table).values(**row).returning(*table.primary_key)).one()
        recorder.made(entity, made[0] if len(made) == 1 else tuple(made))


def _change(db: Session, image: Image, now: Row) -> None:
    table, before = table_of(image.entity), image.before or {}
    values = unpack(table, {name: before[name] for name in image.columns})
    if "version" in now:
        values["version"] = now["version"] + 1
    if values:
        db.execute(update(table).where(_named(image.entity, image.key)).values(**values))


def _named(entity: str, key: Key) -> ColumnElement[bool]:
    table = table_of(entity)
    values = key if isinstance(key, tuple) else (key,)
    return and_(*(table.c[name] == value for name, value in zip(KEYS[entity], values, strict=True)))


def _note_changes(db: Session, batch_id: int, undo_id: int, images: Sequence[Image]) -> None:
    """Note the batch's changes the other way round, and what comes back as new."""
    change = cast(Any, Change).__table__.c
    rows = db.execute(
        select(change.entity, change.entity_id, change.diff)
        .where(change.batch_id == batch_id, change.diff.is_not(None))
        .order_by(change.id)
    )
    for row in rows.all():
        swapped = {name: [pair[1], pair[0]] for name, pair in row.diff.items()}
        note_changed(db, undo_id, row.entity, {row.entity_id: swapped})
    for entity in ("household", "person"):
        returning = [image for image in images if image.entity == entity and image.after is None]
        note_new(db, undo_id, entity, [int(str(image.key)) for image in returning])


def tell_search(db: Session, people: Iterable[int], households: Iterable[int] = ()) -> None:
    """Have people, and those who live in households, indexed again."""
    member = table_of("membership").c
    homes = sorted(set(households))
    living = select(member.person_id).where(member.household_id.in_(homes), member.until.is_(None))
    found = set(people) | set(db.execute(living).scalars())
    if found:
        db.execute(insert(SearchOutbox), [{"person_id": one} for one in sorted(found)])
