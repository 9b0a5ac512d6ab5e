"""Orders that wait, for their day or for a second person, and who may decide about them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, true
from sqlmodel import Session

from core.domain.lifecycle import Block, OrderState
from core.domain.permissions import ROOT_PATH, Actor, Permission
from core.models import Enrolment, MoveOrder, MoveSubject, Person
from core.storage.columns import ENROLMENT, PERSON
from core.storage.selection import enrolments_in_scope

_ORDER, _SUBJECT = cast(Any, MoveOrder).__table__.c, cast(Any, MoveSubject).__table__.c
_DECIDING = (Permission.APPROVE, Permission.TRANSITION)
"""Either of them, over everybody in an order, lets somebody decide about another's."""


def list_due(db: Session, day: date) -> list[UUID]:
    """Return the orders whose day has come, the earliest first."""
    query = select(_ORDER.uuid).where(_due(day)).order_by(_ORDER.effective_on, _ORDER.id)
    return list(db.execute(query).scalars())


def claim_due(db: Session, uuid: UUID, day: date) -> MoveOrder | None:
    """Lock an order whose day has come; None where it is done, given up, or in other hands."""
    query = select(MoveOrder).where(_ORDER.uuid == uuid, _due(day))
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return cast(MoveOrder | None, db.execute(locked).scalar_one_or_none())


def _due(day: date) -> ColumnElement[bool]:
    return and_(_ORDER.state == OrderState.WAITING.value, _ORDER.effective_on <= day)


def list_own(db: Session, actor: Actor, limit: int) -> Sequence[MoveOrder]:
    """Return the actor's own orders that wait, by their day."""
    waiting = (OrderState.WAITING.value, OrderState.ASKED.value)
    query = select(MoveOrder).where(_ORDER.actor == actor.name, _ORDER.state.in_(waiting))
    return db.execute(_by_day(query).limit(limit)).scalars().all()


def list_asked(db: Session, actor: Actor, limit: int) -> list[MoveOrder]:
    """Return the orders of others that the actor may decide about, by their day."""
    query = select(MoveOrder).where(
        _ORDER.actor != actor.name,
        _ORDER.state == OrderState.ASKED.value,
        _of_programmes(actor),
    )
    found: list[MoveOrder] = []
    for order in db.execute(_by_day(query)).scalars():
        if len(found) == limit:
            break
        if covers(db, actor, order):
            found.append(order)
    return found


def _by_day(query: Any) -> Any:  # noqa: ANN401 - a query of orders
    return query.order_by(_ORDER.effective_on, _ORDER.id)


def _of_programmes(actor: Actor) -> ColumnElement[bool]:
    reach = {scope.programme_id for one in _DECIDING for scope in actor.scopes_for(one)}
    if None in reach:
        return true()
    return cast(ColumnElement[bool], _ORDER.programme_id.in_(reach))


def may_look(db: Session, actor: Actor, order: MoveOrder) -> bool:
    """Say whether the actor may see an order and its subjects, these still through the door: it is
    their own, they decided about it, or they may."""
    if actor.name in (order.actor, order.decided_by):
        return True
    return order.state == OrderState.ASKED and covers(db, actor, order)


def covers(db: Session, actor: Actor, order: MoveOrder) -> bool:
    """Say whether the actor's grants to decide reach everybody in an order."""
    total, reached = count_reached(db, actor, order)
    return 0 < total == reached


def count_reached(db: Session, actor: Actor, order: MoveOrder) -> tuple[int, int]:
    """Return how many subjects an order has that its asker reached, and of how many of them the
    actor may decide."""
    joined = (
        _SUBJECT.order_id.table.join(
            cast(Any, Enrolment).__table__, ENROLMENT.id == _SUBJECT.enrolment_id
        )
    ).join(cast(Any, Person).__table__, PERSON.id == ENROLMENT.person_id)
    reached_by_asker = or_(_SUBJECT.blocked.is_(None), _SUBJECT.blocked != Block.OUTSIDE.value)
    query = select(func.count()).select_from(joined)
    query = query.where(_SUBJECT.order_id == order.id, reached_by_asker)
    total = int(db.execute(query).scalar_one())
    if _decides_everywhere(actor):
        return total, total
    within = or_(*(enrolments_in_scope(actor, one) for one in _DECIDING))
    return total, int(db.execute(query.where(within)).scalar_one())


def _decides_everywhere(actor: Actor) -> bool:
    scopes = [scope for one in _DECIDING for scope in actor.scopes_for(one)]
    return any(scope.path == ROOT_PATH and scope.programme_id is None for scope in scopes)


def clear_away(db: Session, before: datetime, most: int) -> int:
    """Delete orders looked at before `before` that nobody carried out, and the subjects of those
    given up; return how many orders, `most` at most of either kind."""
    subject = _SUBJECT.order_id.table
    drafts = _older(db, OrderState.DRAFT, before, most)
    left = exists().where(_SUBJECT.order_id == _ORDER.id)
    given_up = _older(db, OrderState.CANCELLED, before, most, left)
    db.execute(delete(subject).where(_SUBJECT.order_id.in_([*drafts, *given_up])))
    db.execute(delete(MoveOrder).where(_ORDER.id.in_(drafts)))
    return len(drafts) + len(given_up)


def _older(
    db: Session, state: OrderState, before: datetime, most: int, *more: ColumnElement[bool]
) -> list[int]:
    query = select(_ORDER.id).where(_ORDER.state == state.value, _ORDER.made_at < before, *more)
    locked = query.order_by(_ORDER.id).limit(most).with_for_update(skip_locked=True)
    return list(db.execute(locked).scalars())
