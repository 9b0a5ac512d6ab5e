"""Statuses: how an enrolment began, moved, ended, and which of that was taken back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from core.domain.exit_words import name_exit
from core.domain.lifecycle import State
from core.domain.permissions import Permission
from core.errors import Words
from core.models import Batch, Enrolment, ImportRun, Person, Programme, StatusChange
from core.storage.columns import BATCH, ENROLMENT, PERSON, PROGRAMME
from core.storage.selection import Clause, enrolments_in_scope
from core.storage.timeline import Item, Source, Wanted
from core.storage.timeline._traces import (
    RUN,
    Standing,
    Trace,
    say_code,
    say_undo,
    settle,
)

_KEY = "status"
_CHANGE = cast(Any, StatusChange).__table__.c


@dataclass(frozen=True)
class _Row:
    id: int
    enrolment_id: int
    after: str
    reason: str | None
    note: str | None
    effective_on: date
    recorded_at: datetime
    undo_of_id: int | None
    restores_id: int | None
    exit_reason: str | None
    person_id: int
    household_id: int | None
    cycle: int
    programme: str
    programme_name: str
    batch: UUID
    by: str
    batch_note: str | None
    batch_reason: str | None
    file_name: str | None

    @property
    def state(self) -> State:
        return State.EXITED if self.exit_reason else State(self.after)


def enrolments_of(wanted: Wanted) -> Clause:
    """Return the condition over Enrolment joined to Person: those of the wanted people and
    households, inside the actor's grants."""
    whose = or_(
        and_(ENROLMENT.person_id.in_(wanted.people), ENROLMENT.household_id.is_(None)),
        ENROLMENT.household_id.in_(wanted.homes),
    )
    return and_(whose, enrolments_in_scope(wanted.actor, Permission.SEE_PEOPLE))


def belongs(wanted: Wanted, person_id: int, household_id: int | None, day: date) -> bool:
    """Say whether what an enrolment did on a day stands on this timeline: a person's household
    counts while they live in it, a household's members while they live there."""
    if wanted.household is not None:
        return household_id is not None or wanted.covers(person_id, wanted.household, day)
    if household_id is None:
        return True
    return any(wanted.covers(one, household_id, day) for one in wanted.people)


def read_statuses(db: Session, wanted: Wanted) -> list[Item]:
    """Return every status change of the enrolments that the actor may see."""
    rows = {row.id: row for row in _rows(db, wanted)}
    standing = _settle(rows)
    told = _Told(rows, standing, dict(_befores(rows)))
    return [
        _item(wanted, told, row)
        for row in rows.values()
        if belongs(wanted, row.person_id, row.household_id, row.effective_on)
    ]


def _rows(db: Session, wanted: Wanted) -> Iterator[_Row]:
    query = (
        select(
            *(_CHANGE.id, _CHANGE.enrolment_id, _CHANGE.after, _CHANGE.reason, _CHANGE.note),
            *(_CHANGE.effective_on, _CHANGE.recorded_at, _CHANGE.undo_of_id, _CHANGE.restores_id),
            *(_CHANGE.exit_reason, ENROLMENT.person_id, ENROLMENT.household_id, ENROLMENT.cycle),
            *(PROGRAMME.code, PROGRAMME.name, BATCH.uuid, BATCH.actor, BATCH.note),
            *(BATCH.reason, RUN.file_name),
        )
        .join_from(_CHANGE.id.table, _table(Batch), BATCH.id == _CHANGE.batch_id)
        .join(_table(Enrolment), ENROLMENT.id == _CHANGE.enrolment_id)
        .join(_table(Person), PERSON.id == ENROLMENT.person_id)
        .join(_table(Programme), PROGRAMME.id == ENROLMENT.programme_id)
        .outerjoin(_table(ImportRun), RUN.batch_id == BATCH.id)
        .where(enrolments_of(wanted))
        .order_by(_CHANGE.id)
    )
    for row in db.execute(query):
        yield _Row(*row)


def _table(model: Any) -> Any:  # noqa: ANN401 - SQLModel hides its table from the type checker
    return model.__table__


def _settle(rows: Mapping[int, _Row]) -> Standing:
    """An undo names the very change that it takes back: the change is its own batch here."""
    return settle(Trace(row.id, row.enrolment_id, row.id, row.undo_of_id) for row in rows.values())


def _befores(rows: Mapping[int, _Row]) -> Iterator[tuple[int, State | None]]:
    """Yield where each enrolment stood before each change."""
    stood: dict[int, State] = {}
    for row in rows.values():
        yield row.id, stood.get(row.enrolment_id)
        stood[row.enrolment_id] = rows.get(row.restores_id or row.id, row).state


@dataclass(frozen=True)
class _Told:
    """All changes of the enrolments, how they stand, and where each enrolment stood before."""

    rows: Mapping[int, _Row]
    standing: Standing
    before: Mapping[int, State | None]


def _item(wanted: Wanted, told: _Told, row: _Row) -> Item:
    rows, standing = told.rows, told.standing
    root, depth = standing.root(row.id)
    taker = standing.taken_by.get(row.id)
    home = wanted.homes.get(row.household_id or 0)
    undone = standing.takes_back.get(row.id)
    after = rows.get(row.restores_id or row.id, row).state
    return Item(
        kind=_KEY,
        what=_say(told.before[root], rows[root].state, rows[root].exit_reason, depth),
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        rank=row.id,
        by=row.by,
        batch=row.batch,
        programme=row.programme,
        programme_name=row.programme_name,
        cycle=row.cycle,
        before=told.before[row.id],
        after=after,
        reason=row.reason or row.exit_reason or row.batch_reason,
        note=row.note or row.batch_note,
        who=wanted.whom(row.person_id) if home is None else None,
        household=home.number if home else None,
        origin=Words("File {file}", file=row.file_name) if row.file_name else None,
        undoes=rows[undone].batch if undone else None,
        taken_back=taker is not None,
        undone_by=rows[taker].batch if taker else None,
    )


@lru_cache(1000)
def _say(before: State | None, after: State, exit_reason: str | None, depth: int) -> Words:
    """Return what a change was, under so many undos; few sentences serve a long timeline."""
    if before is None:
        what = Words("Enrolled as {status}", status=say_code(after))
    elif exit_reason:
        what = Words("Left the programme: {why}", why=name_exit(exit_reason))
    else:
        what = Words("From {before} to {after}", before=say_code(before), after=say_code(after))
    return say_undo(what, depth)


SOURCE = Source(_KEY, {_KEY: Words("Statuses")}, read_statuses)
