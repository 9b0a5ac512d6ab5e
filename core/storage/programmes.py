"""Programmes and their cycles: adding, finding and changing them, and how full they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from core.domain.lifecycle import OrderState
from core.domain.permissions import Actor, Permission, may_design, roles_with
from core.errors import Conflict, NotAllowed, NotFound
from core.models import (
    Batch,
    Cycle,
    Enrolment,
    Grant,
    MoveOrder,
    Programme,
    RowImage,
    Unit,
    User,
)
from core.storage import accounts

CHANGE = "programme.change"
"""The kind of the batches that change a programme or its cycles."""


@dataclass(frozen=True)
class Standing:
    """How many open enrolments of one status a programme has, of people and of households."""

    people: int
    households: int

    def of(self, unit: str) -> int:
        """Return how many are of what the programme enrols: its capacity counts these."""
        return self.households if unit == Unit.HOUSEHOLD else self.people


Standings = dict[str, Standing]
"""By status; a status in which nobody is stands not in it."""


@dataclass(frozen=True)
class CycleRow:
    """A cycle, and how many open enrolments it has."""

    number: int
    name: str
    starts: date | None
    ends: date | None
    enrolled: int = 0


def add(db: Session, code: str, name: str, unit: Unit) -> Programme:
    """Insert a programme; Conflict where another one has the code."""
    programme = Programme(code=code, name=name, unit=unit)
    db.add(programme)
    try:
        db.flush()
    except IntegrityError as taken:
        raise Conflict(
            "A programme {code} exists already. Choose another code.", code=code
        ) from taken
    return programme


def find(db: Session, code: str) -> Programme | None:
    """Return the programme called `code`."""
    return db.execute(select(Programme).where(col(Programme.code) == code)).scalar()


def get(db: Session, code: str, *, locked: bool = False) -> Programme:
    """Return the programme called `code`, NotFound where there is none; `locked` keeps others
    from changing it until the transaction ends."""
    query = select(Programme).where(col(Programme.code) == code)
    if locked:  # a batch that names the programme must not wait for it: acts lock crosswise
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = db.execute(query).scalar()
    if found is None:
        raise NotFound("The programme “{code}”", code=code)
    return cast(Programme, found)


def get_own(db: Session, actor: Actor, code: str, *, locked: bool = False) -> Programme:
    """Return a programme that the actor may change; another's looks like one that is not there."""
    if not any(may_design(actor, scope.programme_id) for scope in actor.scopes):
        raise NotAllowed(Permission.DESIGN)
    programme = get(db, code.strip().upper(), locked=locked)
    if not may_design(actor, programme.id or 0):
        raise NotFound("The programme “{code}”", code=code)
    return programme


def list_all(db: Session, ids: Collection[int] | None = None) -> list[Programme]:
    """Return the programmes with these keys, or all of them, by code."""
    query = select(Programme).order_by(col(Programme.code))
    if ids is not None:
        query = query.where(col(Programme.id).in_(ids))
    return list(db.execute(query).scalars())


def change(db: Session, programme: Programme, values: Mapping[str, Any]) -> None:
    """Write new values into a programme, as its next version."""
    changed = update(Programme).where(col(Programme.id) == programme.id)
    db.execute(changed.values(**values, version=programme.version + 1))


def last_change(db: Session, programme_id: int) -> Batch | None:
    """Return the newest batch that changed a programme itself."""
    newest = select(Batch).where(col(Batch.programme_id) == programme_id, col(Batch.kind) == CHANGE)
    return db.execute(newest.order_by(col(Batch.id).desc()).limit(1)).scalar()


def _wrote_programme() -> ColumnElement[bool]:
    """Return the condition over Batch: it changed a programme or its cycles, or took such a change
    back, or that again."""
    image = aliased(RowImage)
    return exists().where(
        col(image.batch_id) == col(Batch.id), col(image.entity).in_(("programme", "cycle"))
    )


def list_changes(db: Session, programme_id: int, limit: int) -> list[tuple[Batch, bool]]:
    """Return the newest changes of a programme and its cycles, and the undos of these, each with
    whether it stands: nothing has taken it back."""
    query = (
        select(Batch)
        .where(col(Batch.programme_id) == programme_id, _wrote_programme())
        .order_by(col(Batch.id).desc())
        .limit(limit)
    )
    found = list(db.execute(query).scalars())
    gone = _find_undone(db, [batch.id or 0 for batch in found])
    return [(batch, batch.id not in gone) for batch in found]


def find_change(db: Session, batch_uuid: UUID) -> tuple[Programme, Batch, bool] | None:
    """Return the programme that a batch changed, the batch and whether it stands; None where it
    changed none."""
    row = db.execute(
        select(Programme, Batch)
        .join(Batch, col(Batch.programme_id) == col(Programme.id))
        .where(col(Batch.uuid) == batch_uuid, _wrote_programme())
    ).one_or_none()
    if row is None:
        return None
    return row.Programme, row.Batch, not _find_undone(db, [row.Batch.id])


def _find_undone(db: Session, batch_ids: Collection[int]) -> set[int]:
    query = select(col(Batch.undo_of_id)).where(col(Batch.undo_of_id).in_(batch_ids))
    return {key for key in db.execute(query).scalars() if key is not None}


def count_standings(db: Session, programme_id: int | None = None) -> dict[int, Standings]:
    """Return how many open enrolments each programme has, or one, by its key."""
    counted = (
        select(
            col(Enrolment.programme_id),
            col(Enrolment.status),
            func.count(),
            func.count(col(Enrolment.household_id)),
        )
        .where(col(Enrolment.ended_on).is_(None))
        .group_by(col(Enrolment.programme_id), col(Enrolment.status))
    )
    if programme_id is not None:
        counted = counted.where(col(Enrolment.programme_id) == programme_id)
    found: dict[int, Standings] = {}
    for key, status, total, households in db.execute(counted):
        found.setdefault(key, {})[str(status)] = Standing(total - households, households)
    return found


def has_enrolments(db: Session, programme_id: int) -> bool:
    """Say whether anybody was ever enrolled."""
    any_ = select(col(Enrolment.id)).where(col(Enrolment.programme_id) == programme_id)
    return db.execute(any_.limit(1)).first() is not None


def count_deciders(db: Session, programme_id: int, today: date) -> int:
    """Return how many people may decide about moves in a programme on a day: active accounts with
    a grant to approve or to move people that covers it; the system account is nobody."""
    counted = (
        select(func.count(func.distinct(col(User.id))))
        .join(Grant, col(Grant.user_id) == col(User.id))
        .where(
            col(User.active),
            col(User.name) != accounts.SYSTEM,
            col(Grant.role).in_(roles_with(Permission.APPROVE, Permission.TRANSITION)),
            or_(col(Grant.programme_id).is_(None), col(Grant.programme_id) == programme_id),
            col(Grant.valid_from) <= today,
            or_(col(Grant.valid_to).is_(None), col(Grant.valid_to) >= today),
        )
    )
    return int(db.execute(counted).scalar_one())


def cancel_drafts(db: Session, programme_id: int, why: str) -> int:
    """Cancel the moves that were looked at and not carried out; return how many."""
    drafts = update(MoveOrder).where(
        col(MoveOrder.programme_id) == programme_id,
        col(MoveOrder.state) == OrderState.DRAFT,
        col(MoveOrder.target).is_not(None),
    )
    done = db.execute(drafts.values(state=OrderState.CANCELLED, error=why))
    return int(cast(Any, done).rowcount)


def list_cycles(db: Session, programme_id: int) -> list[CycleRow]:
    """Return a programme's cycles by number: those that have a row, those in which somebody is
    enrolled, and the first, which needs neither."""
    counted = (
        select(col(Enrolment.cycle), func.count().filter(col(Enrolment.ended_on).is_(None)))
        .where(col(Enrolment.programme_id) == programme_id)
        .group_by(col(Enrolment.cycle))
    )
    enrolled: dict[int, int] = {number: count for number, count in db.execute(counted)}
    kept = {
        row.number: row
        for row in db.execute(
            select(Cycle).where(col(Cycle.programme_id) == programme_id)
        ).scalars()
    }
    found = []
    for number in sorted({1, *kept, *enrolled}):
        row, count = kept.get(number), enrolled.get(number, 0)
        if row is None:
            found.append(CycleRow(number, "", None, None, count))
        else:
            found.append(CycleRow(number, row.name, row.starts, row.ends, count))
    return found


def put_cycle(db: Session, programme_id: int, cycle: CycleRow) -> None:
    """Write a cycle's name and dates, whether it has a row or not."""
    row = db.get(Cycle, (programme_id, cycle.number))
    if row is None:
        row = Cycle(programme_id=programme_id, number=cycle.number, name=cycle.name)
        db.add(row)
    row.name, row.starts, row.ends = cycle.name, cycle.starts, cycle.ends
    db.flush()
