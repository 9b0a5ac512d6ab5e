"""What an order would do or did: its numbers, and its subjects a page at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, case, func, null, select
from sqlmodel import Session

from core.domain.lifecycle import Block, OrderState, Part, State
from core.domain.permissions import Actor, Permission
from core.models import Batch, Enrolment, Household, MoveOrder, MoveSubject, Person, StatusChange
from core.storage.columns import ENROLMENT, HOUSEHOLD, PERSON, Expression
from core.storage.dialect import ask
from core.storage.selection import enrolments_in_scope

_SUBJECT, _CHANGE = cast(Any, MoveSubject).__table__.c, cast(Any, StatusChange).__table__.c
_AT_ONCE = 5_000
_BY_SOMEBODY = (Block.MOVED.value, Block.MOVED_SINCE.value, Block.UNDONE.value)
_PENDING = f"'{OrderState.ASKED}', '{OrderState.WAITING}'"


@dataclass(frozen=True)
class Facet:
    """Which subjects to show: of which part, those who move, or those who stay for a reason."""

    part: Part | None = None
    moves: bool | None = None
    blocked: Block | None = None


@dataclass(frozen=True)
class Subject:
    """One subject as a preview or a receipt names it: a person, or the household that one stands
    for; `household` is that one, or the one by which the move reaches the person. `before` is
    where the enrolment stands, or stood before the batch; `after` where it goes, empty where it
    stays. Of one that somebody else has moved, `changed_by` and `changed_at` say who did first."""

    enrolment: UUID
    person: UUID
    registration_no: str
    full_name: str
    household: str | None
    of_household: bool
    part: Part
    before: State
    after: State | None
    blocked: Block | None
    changed_by: str | None = None
    changed_at: datetime | None = None


def count(db: Session, order: MoveOrder) -> dict[str, Any]:
    """Return the numbers of an order, as kept in `MoveOrder.counts`:

    moved and carried (chosen and carried subjects that move), households reached, blocked and
    stay ({reason: how many} of the chosen and of the carried), pending (chosen subjects that
    another order waits to move).
    """
    rows = db.execute(
        select(_SUBJECT.part, _SUBJECT.blocked, func.count())
        .where(_SUBJECT.order_id == order.id)
        .group_by(_SUBJECT.part, _SUBJECT.blocked)
    ).all()
    counts = _sum_up(rows)
    return {
        **counts,
        "households": _count_households(db, order) if counts["carried"] else 0,
        "pending": _count_pending(db, order),
    }


def _sum_up(rows: Sequence[Any]) -> dict[str, Any]:
    """Return the numbers of a count by part and reason."""
    blocked = {
        part: {str(why): n for p, why, n in sorted(rows, key=str) if p == part and why}
        for part in Part
    }
    moves = {part: sum(n for p, why, n in rows if p == part and not why) for part in Part}
    return {
        "moved": moves[Part.CHOSEN],
        "carried": moves[Part.CARRIED],
        "blocked": blocked[Part.CHOSEN],
        "stay": blocked[Part.CARRIED],
    }


def count_within(db: Session, actor: Actor, order: MoveOrder) -> dict[str, Any]:
    """Return the same numbers of the subjects within the actor's grants alone; nothing pending."""
    shown = _subjects(actor, order, Facet()).subquery().c
    rows = db.execute(
        select(shown.part, shown.blocked, func.count()).group_by(shown.part, shown.blocked)
    ).all()
    homes = select(func.count(_SUBJECT.household_id.distinct())).where(
        _SUBJECT.order_id == order.id,
        _SUBJECT.part == Part.CARRIED.value,
        _SUBJECT.blocked.is_(None),
        _SUBJECT.enrolment_id.in_(_subjects(actor, order, Facet()).with_only_columns(ENROLMENT.id)),
    )
    return {**_sum_up(rows), "households": db.execute(homes).scalar_one(), "pending": 0}


def _count_households(db: Session, order: MoveOrder) -> int:
    return ask(
        db,
        "SELECT count(DISTINCT household_id) FROM move_subject "
        "WHERE order_id = :order AND part = 'CARRIED' AND blocked IS NULL",
        order=order.id,
    )


def _count_pending(db: Session, order: MoveOrder) -> int:
    others = f"SELECT count(*) FROM move_order WHERE state IN ({_PENDING}) AND id <> :order"  # noqa: S608
    if not ask(db, others, order=order.id):  # as a rule; asked once, not of each subject
        return 0
    return ask(
        db,
        "SELECT count(DISTINCT s.enrolment_id) FROM move_order o "  # noqa: S608
        "JOIN move_subject w ON w.order_id = o.id AND w.blocked IS NULL "
        "JOIN move_subject s ON s.order_id = :order AND s.enrolment_id = w.enrolment_id "
        f"AND s.blocked IS NULL WHERE o.state IN ({_PENDING}) AND o.id <> :order",
        order=order.id,
    )


def read_subjects(
    db: Session, actor: Actor, order: MoveOrder, facet: Facet, limit: int, offset: int = 0
) -> tuple[list[Subject], int]:
    """Return one page of the subjects within the actor's grants, by name, and how many there are
    of the facet."""
    found = _subjects(actor, order, facet)
    total = int(db.execute(select(func.count()).select_from(found.subquery())).scalar_one())
    named = found.order_by(PERSON.full_name, ENROLMENT.id)
    rows = db.execute(named.limit(limit).offset(offset))
    return [_read(row) for row in rows.mappings()], total


def stream_subjects(
    db: Session, actor: Actor, order: MoveOrder, permission: Permission
) -> Iterator[Subject]:
    """Yield all subjects within the grants that give `permission`, by name."""
    query = _subjects(actor, order, Facet(), permission)
    rows = db.execute(
        query.order_by(PERSON.full_name, ENROLMENT.id).execution_options(yield_per=_AT_ONCE)
    )
    for row in rows.mappings():
        yield _read(row)


def _subjects(
    actor: Actor, order: MoveOrder, facet: Facet, permission: Permission = Permission.SEE_PEOPLE
) -> Select[Any]:
    subject, change = cast(Any, MoveSubject).__table__, cast(Any, StatusChange).__table__
    undone = change.alias("undone_change")
    source = (
        subject.join(cast(Any, Enrolment).__table__, ENROLMENT.id == _SUBJECT.enrolment_id)
        .join(cast(Any, Person).__table__, PERSON.id == ENROLMENT.person_id)
        .outerjoin(
            cast(Any, Household).__table__,
            HOUSEHOLD.id == func.coalesce(ENROLMENT.household_id, _SUBJECT.household_id),
        )
        .outerjoin(undone, undone.c.id == _SUBJECT.undo_of_id)
        .outerjoin(change, _is_of(order))
    )
    query = (
        select(
            ENROLMENT.uuid.label("enrolment"),
            PERSON.uuid.label("person"),
            PERSON.registration_no,
            PERSON.full_name,
            HOUSEHOLD.number.label("household"),
            ENROLMENT.household_id.is_not(None).label("of_household"),
            _SUBJECT.part,
            _SUBJECT.blocked,
            _SUBJECT.status,
            _SUBJECT.ended_on,
            _CHANGE.before.label("was"),
            undone.c.exit_reason.label("was_exit"),
            ENROLMENT.status.label("here"),
            ENROLMENT.ended_on.label("here_ended"),
            _what_happened("actor", order).label("changed_by"),
            _what_happened("recorded_at", order).label("changed_at"),
        )
        .select_from(source)
        .where(_SUBJECT.order_id == order.id, enrolments_in_scope(actor, permission))
    )
    return _narrow(query, facet)


def _is_of(order: MoveOrder) -> Any:  # noqa: ANN401 - an SQL condition
    """The status change that an order made of an enrolment, once it is a batch."""
    batch = order.batch_id or 0
    return and_(_CHANGE.enrolment_id == ENROLMENT.id, _CHANGE.batch_id == batch)


def _what_happened(name: str, order: MoveOrder) -> Expression:
    """Return who (`actor`) or when (`recorded_at`) first moved an enrolment that stays for it."""
    moved = cast(Any, StatusChange).__table__.alias("other_change")
    batch = cast(Any, Batch).__table__.alias("other_batch")
    undo = order.undo_of_id is not None
    later = moved.c.id > _SUBJECT.undo_of_id if undo else moved.c.recorded_at >= order.made_at
    first = (
        select(batch.c[name])
        .join_from(moved, batch, batch.c.id == moved.c.batch_id)
        .where(moved.c.enrolment_id == ENROLMENT.id, later)
        .order_by(moved.c.id)
        .limit(1)
        .correlate(cast(Any, Enrolment).__table__, cast(Any, MoveSubject).__table__)
        .scalar_subquery()
    )
    return cast(Expression, case((_SUBJECT.blocked.in_(_BY_SOMEBODY), first), else_=null()))


def _narrow(query: Select[Any], facet: Facet) -> Select[Any]:
    if facet.part is not None:
        query = query.where(_SUBJECT.part == facet.part.value)
    if facet.moves is not None:
        empty = _SUBJECT.blocked.is_(None)
        query = query.where(empty if facet.moves else _SUBJECT.blocked.is_not(None))
    if facet.blocked is not None:
        query = query.where(_SUBJECT.blocked == facet.blocked.value)
    return query


def _read(row: Mapping[Any, Any]) -> Subject:
    blocked = row["blocked"] and Block(row["blocked"])
    here = State.EXITED if row["here_ended"] else State(row["here"])
    was = State.EXITED if row["was_exit"] else row["was"] and State(row["was"])
    after = None if blocked else (State.EXITED if row["ended_on"] else State(row["status"]))
    return Subject(
        enrolment=row["enrolment"],
        person=row["person"],
        registration_no=row["registration_no"],
        full_name=row["full_name"],
        household=row["household"],
        of_household=bool(row["of_household"]),
        part=Part(row["part"]),
        before=was if row["was"] else here,
        after=after,
        blocked=blocked,
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
    )
