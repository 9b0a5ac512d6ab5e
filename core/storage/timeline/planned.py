"""Planned: moves that wait for their day or for a second person."""

from typing import Any, cast

from sqlalchemy import func, select
from sqlmodel import Session

from core.domain.exit_words import name_exit
from core.domain.lifecycle import OrderState, State
from core.errors import Words
from core.models import Enrolment, MoveOrder, MoveSubject, Person, Programme
from core.storage.columns import ENROLMENT, PERSON, PROGRAMME
from core.storage.timeline import PLANNED, Item, Source, Wanted
from core.storage.timeline._traces import say_code
from core.storage.timeline.statuses import belongs, enrolments_of

_ORDER, _SUBJECT = (cast(Any, one).__table__.c for one in (MoveOrder, MoveSubject))
_OPEN = (OrderState.WAITING, OrderState.ASKED)


def read_planned(db: Session, wanted: Wanted) -> list[Item]:
    """Return the moves ahead of the enrolments that the actor may see; those that would not move
    as things stood when they were looked at are left out."""
    query = (
        select(
            *(_ORDER.id, _ORDER.uuid, _ORDER.state, _ORDER.actor, _ORDER.made_at, _ORDER.reason),
            *(_ORDER.note, _ORDER.effective_on, _SUBJECT.status, _SUBJECT.exit_reason),
            *(ENROLMENT.status.label("present"), ENROLMENT.ended_on, ENROLMENT.person_id),
            *(ENROLMENT.household_id, ENROLMENT.cycle, PROGRAMME.code, PROGRAMME.name),
        )
        .join_from(_ORDER.id.table, _SUBJECT.version.table, _SUBJECT.order_id == _ORDER.id)
        .join(cast(Any, Enrolment).__table__, ENROLMENT.id == _SUBJECT.enrolment_id)
        .join(cast(Any, Person).__table__, PERSON.id == ENROLMENT.person_id)
        .join(cast(Any, Programme).__table__, PROGRAMME.id == ENROLMENT.programme_id)
        .where(_ORDER.state.in_(_OPEN), _SUBJECT.blocked.is_(None), enrolments_of(wanted))
    )
    return [
        _item(wanted, row)
        for row in db.execute(query)
        if belongs(wanted, row.person_id, row.household_id, row.effective_on)
    ]


def count_open(db: Session) -> tuple[int, int]:
    """Return how many moves wait, and the newest of them."""
    newest = func.coalesce(func.max(_ORDER.id), 0)
    row = db.execute(select(func.count(), newest).where(_ORDER.state.in_(_OPEN))).one()
    return int(row[0]), int(row[1])


def _item(wanted: Wanted, row: Any) -> Item:  # noqa: ANN401 - a row of the query
    home = wanted.homes.get(row.household_id or 0)
    before = State.EXITED if row.ended_on else State(row.present)
    after = State.EXITED if row.exit_reason else State(row.status)
    what = Words("From {before} to {after}", before=say_code(before), after=say_code(after))
    if row.exit_reason:
        what = Words("Leaves the programme: {why}", why=name_exit(row.exit_reason))
    if row.state == OrderState.ASKED:
        what = Words("Waits for approval: {what}", what=what)
    else:
        what = Words("Planned: {what}", what=what)
    return Item(
        kind=PLANNED,
        what=what,
        effective_on=row.effective_on,
        recorded_at=row.made_at,
        rank=row.id,
        by=row.actor,
        programme=row.code,
        programme_name=row.name,
        cycle=row.cycle,
        before=before,
        after=after,
        reason=row.reason or row.exit_reason,
        note=row.note,
        who=wanted.whom(row.person_id) if home is None else None,
        household=home.number if home else None,
        order=row.uuid,
    )


SOURCE = Source(PLANNED, {PLANNED: Words("Planned")}, read_planned)
