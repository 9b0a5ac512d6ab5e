"""How a registry whose statuses move stands, read for the model to be held against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select

from core.domain.lifecycle import OrderState
from core.models import (
    AuditEvent,
    Batch,
    Enrolment,
    Household,
    Location,
    MoveOrder,
    MoveSubject,
    Person,
    Programme,
    RowImage,
    SearchOutbox,
    SourceKey,
    StatusChange,
)
from core.storage.database import reading
from tests.lifecycle_parts import Standing


@dataclass(frozen=True)
class Row:
    """One enrolment as it is stored."""

    key: int
    uuid: UUID
    programme: str
    cycle: int
    person: int
    home: int | None
    version: int
    standing: Standing


def table(entity: object) -> Any:
    return cast(Any, entity).__table__


def ask(query: Any) -> list[Any]:
    with reading() as db:
        return list(db.execute(query).scalars())


def read() -> list[Row]:
    """Every enrolment."""
    e, p = table(Enrolment).c, table(Programme).c
    columns = (e.id, e.uuid, p.code, e.cycle, e.person_id, e.household_id, e.version)
    standing = (e.status, e.since, e.ended_on, e.exit_reason)
    query = select(*columns, *standing).where(p.id == e.programme_id).order_by(e.id)
    with reading() as db:
        return [Row(*row[:7], Standing(str(row[7]), *row[8:])) for row in db.execute(query)]


def replay() -> dict[int, Standing]:
    """Where the log says that each enrolment stands, read from the first line to the last."""
    c = table(StatusChange).c
    query = select(
        c.id, c.enrolment_id, c.after, c.since, c.effective_on, c.exit_reason, c.restores_id
    )
    led: dict[int, Standing] = {}
    stands: dict[int, Standing] = {}
    with reading() as db:
        for key, enrolment, after, since, on, reason, restores in db.execute(query.order_by(c.id)):
            ended = on if reason else None
            own = Standing(str(after), since or on, ended, reason)
            led[key] = stands[enrolment] = own if restores is None else led[restores]
    return stands


def newest(kind: str) -> tuple[int, Mapping[str, Any]]:
    """How many acts of a kind the log has, and what the newest says."""
    e = table(AuditEvent).c
    with reading() as db:
        many = db.execute(select(func.count()).where(e.action == kind)).scalar_one()
        last = db.execute(
            select(e.details).where(e.action == kind).order_by(e.id.desc()).limit(1)
        ).scalar()
    return many, last or {}


def waiting() -> set[int]:
    """Whom search is to read again."""
    return set(ask(select(table(SearchOutbox).c.person_id)))


def paths() -> dict[int, str]:
    """The path of each place."""
    columns = table(Location).c
    with reading() as db:
        return {key: path for key, path in db.execute(select(columns.id, columns.path))}


def uuids_of_people() -> dict[int, UUID]:
    """The address of each person."""
    return _uuids(table(Person).c)


def uuids_of_homes() -> dict[int, UUID]:
    """The address of each household."""
    return _uuids(table(Household).c)


def _uuids(columns: Any) -> dict[int, UUID]:
    with reading() as db:
        return {key: uuid for key, uuid in db.execute(select(columns.id, columns.uuid))}


def batch_of(uuid: UUID) -> tuple[Mapping[str, Any], int]:
    """A batch: its counts, and how many statuses it changed."""
    b, c = table(Batch).c, table(StatusChange).c
    with reading() as db:
        key, counts = db.execute(select(b.id, b.counts).where(b.uuid == uuid)).one()
        moved = db.execute(select(func.count()).where(c.batch_id == key)).scalar_one()
    return counts, moved


def bound() -> set[int]:
    """The enrolments that something else refers to: an act on a household or on people, or an order
    that waits."""
    i, s, o = table(RowImage).c, table(MoveSubject).c, table(MoveOrder).c
    waits = (OrderState.ASKED.value, OrderState.WAITING.value)
    held = select(s.enrolment_id).where(s.order_id == o.id, o.state.in_(waits))
    images = ask(select(i.entity_id).where(i.entity == "enrolment"))
    return {int(key) for key in images} | set(ask(held))


def person_with(key: str) -> int | None:
    """Whom a file calls by a key."""
    k = table(SourceKey).c
    return next(iter(ask(select(k.person_id).where(k.key == key))), None)


def numbers_of(people: Iterable[int], homes: Iterable[int]) -> list[str]:
    """The registration and household numbers of some."""
    p, h = table(Person).c, table(Household).c
    return [
        *ask(select(p.registration_no).where(p.id.in_(list(people))).order_by(p.id)),
        *ask(select(h.number).where(h.id.in_(list(homes))).order_by(h.id)),
    ]
