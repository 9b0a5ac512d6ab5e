"""Moving people through their statuses: laid, looked at, carried out; and taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from core.domain.criteria import redact
from core.domain.lifecycle import (
    LONGEST_NOTE,
    LONGEST_REASON,
    HouseholdRule,
    Move,
    OrderState,
    State,
    moves_to,
    read_moves,
    reasons_for,
)
from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict, InvalidInput, NotFound
from core.models import MoveOrder, Programme, Unit
from core.settings import now, today
from core.storage import programmes
from core.storage.audit import record_access, record_act
from core.storage.database import Session, reading, transaction
from core.storage.lifecycle import move_view, moves, order_list, orders, undo_orders
from core.storage.lifecycle.move_plan import Plan
from core.storage.lifecycle.move_view import Facet, Subject
from core.storage.lifecycle.orders import Chosen, OrderView

__all__ = ["Chosen", "Facet", "OrderView", "Subject"]
_FURTHEST, _EARLIEST = timedelta(days=731), date(1900, 1, 1)
MOST_PICKED = 1_000
"""So many enrolments may be picked one by one; more are chosen by a filter or a file."""


@dataclass(frozen=True)
class Asked:
    """What is to happen: to which state of which programme, why, from which day (empty: today)."""

    programme: str
    target: State
    reason: str
    note: str | None = None
    effective_on: date | None = None


@dataclass(frozen=True)
class Terms:
    """What a programme says about moves, as a screen asks for one."""

    code: str
    name: str
    rule: HouseholdRule
    approval: bool
    moves: tuple[Move, ...]
    exit_reasons: tuple[str, ...]

    def targets(self, befores: Collection[State]) -> list[State]:
        """Return where the moves from any of these states lead, from any state where none is
        given."""
        found = {one.after for one in self.moves if not befores or one.before in befores}
        return [state for state in State if state in found]

    def reasons(self, target: State) -> tuple[str, ...]:
        return reasons_for(self.moves, target, self.exit_reasons)


def list_terms(actor: Actor) -> list[Terms]:
    """Return the terms of every programme in which the actor may move somebody, by code."""
    require(actor, Permission.TRANSITION)
    reach = {scope.programme_id for scope in actor.scopes_for(Permission.TRANSITION)}
    limit = None if None in reach else [key for key in reach if key is not None]
    with reading() as db:
        return [_terms(one) for one in programmes.list_all(db, limit)]


def _terms(programme: Programme) -> Terms:
    alone = programme.unit == Unit.HOUSEHOLD
    return Terms(
        programme.code,
        programme.name,
        HouseholdRule.NONE if alone else HouseholdRule(programme.household_rule),
        programme.approval,
        read_moves(programme.moves),
        tuple(programme.exit_reasons or ()),
    )


def reasons(actor: Actor, programme: str, target: State) -> tuple[str, ...]:
    """Return the reasons to choose from for a move to `target`; empty where any words will do."""
    require(actor, Permission.TRANSITION)
    with reading() as db:
        found = _programme(db, actor, programme)
    return reasons_for(read_moves(found.moves), target, found.exit_reasons)


def prepare(actor: Actor, asked: Asked, chosen: Chosen) -> UUID:
    """Lay a transition without carrying it out; return the order that shows what it would do.

    Raises InvalidInput for a move that the programme does not have, a missing or unknown reason,
    and a day out of range; NotFound for a programme beyond the actor's grants.
    """
    require(actor, Permission.TRANSITION)
    by_hand = chosen.criteria is None and not chosen.numbers
    if by_hand and not 0 < len(chosen.enrolments) <= MOST_PICKED:
        raise InvalidInput("Choose between 1 and {most} people.", most=MOST_PICKED)
    with transaction() as db:
        programme = _programme(db, actor, asked.programme)
        allowed = read_moves(programme.moves)
        reason = _check(programme, allowed, asked)
        order = moves.add_order(
            db,
            MoveOrder(
                kind=orders.TRANSITION,
                actor=actor.name,
                user_id=actor.user_id,
                programme_id=programme.id,
                target=asked.target,
                reason=reason,
                note=_clean(asked.note),
                effective_on=asked.effective_on or today(),
                made_at=now(),
            ),
        )
        orders.lay(db, Plan(actor, order, programme, allowed, today()), chosen)
        seen, uuid = dict(order.counts), order.uuid
    told = {"criteria": redact(chosen.criteria)} if chosen.criteria is not None else {}
    record_access(actor.name, "transition.preview", f"order:{uuid}", moved=seen["moved"], **told)
    return uuid


def _check(programme: Programme, allowed: Sequence[Move], asked: Asked) -> str:
    if not moves_to(allowed, asked.target):
        raise InvalidInput(
            "{programme} has no move to {target}. Change the programme's moves first.",
            programme=programme.code,
            target=asked.target,
        )
    day = asked.effective_on or today()
    if not _EARLIEST <= day <= today() + _FURTHEST:
        raise InvalidInput("The effective date must lie between 1900 and two years from today.")
    if len(asked.note or "") > LONGEST_NOTE:
        raise InvalidInput("The note may have {most} characters at most.", most=LONGEST_NOTE)
    reason, known = _clean(asked.reason), reasons_for(allowed, asked.target, programme.exit_reasons)
    if reason is None or len(reason) > LONGEST_REASON:
        raise InvalidInput("Give a reason of at most {most} characters.", most=LONGEST_REASON)
    if known and reason not in known:
        raise InvalidInput(
            "“{reason}” is no reason of this move. Possible: {known}.",
            reason=reason,
            known=", ".join(known),
        )
    return reason


def _clean(text: str | None) -> str | None:
    return (text or "").strip() or None


def view(actor: Actor, order_uuid: UUID) -> OrderView:
    """Return an order of the actor's own, or one that they may decide or have decided about."""
    _require_look(actor)
    with reading() as db:
        return orders.show(db, _seen(db, actor, order_uuid))


def subjects(
    actor: Actor, order_uuid: UUID, facet: Facet, limit: int = 50, offset: int = 0
) -> tuple[list[Subject], int]:
    """Return one page of the subjects of an order that view would show, by name, and how many
    there are."""
    _require_look(actor)
    with reading() as db:
        order = _seen(db, actor, order_uuid)
        rows, total = move_view.read_subjects(db, actor, order, facet, limit, offset)
    record_access(
        actor.name,
        "transition.subjects",
        f"order:{order_uuid}",
        total=total,
        people=[str(row.person) for row in rows],
    )
    return rows, total


def carry_out(actor: Actor, order_uuid: UUID) -> OrderView:
    """Carry out an order of the actor's own: everything in one transaction, and once, however
    often it is asked.

    What somebody else has changed since the preview stays, blocked as MOVED. An order for a later
    day then waits for it; one of a programme with approval is put before a second person.
    """
    require(actor, Permission.TRANSITION)
    with transaction() as db:
        order = _own(db, actor, order_uuid, locked=True)
        if order.state == OrderState.DRAFT:
            _begin(db, actor, order)
        elif order.state in (OrderState.CANCELLED, OrderState.REFUSED, OrderState.FAILED):
            raise Conflict("This move was cancelled. Look at it again.")
        return orders.show(db, order)


def _begin(db: Session, actor: Actor, order: MoveOrder) -> None:
    programme = None if order.programme_id is None else orders.programme_of(db, order)
    moving = order.counts["moved"] + order.counts["carried"]
    if programme is not None and programme.approval and moving:
        _put_off(db, actor, order, OrderState.ASKED)
    elif order.undo_of_id is not None or programme is None:
        undo_orders.execute_undo(db, actor, order)
    elif order.effective_on > today():
        _put_off(db, actor, order, OrderState.WAITING)
    else:
        plan = Plan(actor, order, programme, read_moves(programme.moves), today())
        orders.execute(db, plan)


def _put_off(db: Session, actor: Actor, order: MoveOrder, state: OrderState) -> None:
    order.state = state
    record_act(
        db,
        actor.name,
        "transition.ask" if state is OrderState.ASKED else "transition.plan",
        f"order:{order.uuid}",
        effective_on=order.effective_on.isoformat(),
        target=order.target and str(order.target),
        moved=order.counts["moved"],
        carried=order.counts["carried"],
    )


def cancel(actor: Actor, order_uuid: UUID) -> None:
    """Give up an order of the actor's own that is not carried out yet."""
    require(actor, Permission.TRANSITION)
    with transaction() as db:
        order = _own(db, actor, order_uuid, locked=True)
        if order.state not in (OrderState.DRAFT, OrderState.ASKED, OrderState.WAITING):
            raise Conflict("This move is done or cancelled already.")
        if order.state != OrderState.DRAFT:
            record_act(db, actor.name, "transition.cancel", f"order:{order.uuid}")
        order.state = OrderState.CANCELLED


def forget(actor: Actor, order_uuid: UUID) -> None:
    """Delete a preview of the actor's own: nothing of it stays."""
    require(actor, Permission.TRANSITION)
    with transaction() as db:
        order = _own(db, actor, order_uuid, locked=True)
        if order.state != OrderState.DRAFT:
            raise Conflict("This move is done or cancelled already.")
        orders.forget(db, order)


def _require_look(actor: Actor) -> None:
    if not actor.allows(Permission.APPROVE):
        require(actor, Permission.TRANSITION)


def _seen(db: Session, actor: Actor, uuid: UUID) -> MoveOrder:
    order = moves.get_order(db, uuid)
    if not order_list.may_look(db, actor, order):
        raise NotFound("This move")
    return order


def _own(db: Session, actor: Actor, uuid: UUID, *, locked: bool = False) -> MoveOrder:
    order = moves.get_order(db, uuid, locked=locked)
    if order.actor != actor.name:
        raise NotFound("This move")
    return order


def _programme(db: Session, actor: Actor, code: str) -> Programme:
    """Return a programme in which the actor may move somebody."""
    found = programmes.find(db, code.strip().upper())
    reach = {scope.programme_id for scope in actor.scopes_for(Permission.TRANSITION)}
    if found is None or not reach & {None, found.id}:
        raise NotFound("The programme {code}", code=code)
    return found
