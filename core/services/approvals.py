"""Moves that a second person agrees to or refuses."""

from uuid import UUID

from core.domain import move_words as words
from core.domain.lifecycle import LONGEST_NOTE, OrderState
from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Words
from core.models import MoveOrder, Programme
from core.settings import now, today
from core.storage.accounts import load_mover
from core.storage.audit import record_act
from core.storage.database import Session, transaction
from core.storage.lifecycle import move_again, moves, order_list, orders
from core.storage.lifecycle.orders import OrderView

__all__ = ["OrderView"]


def approve(actor: Actor, order_uuid: UUID) -> OrderView:
    """Agree to a move that somebody else asked for, and carry it out, or leave it to its day.

    Its people move by the asker's grants of this moment, and the actor's grants must reach all of
    them; who has changed since it was asked for stays. Raises NotFound for an order out of reach,
    NotAllowed where it reaches further than the actor, Conflict when it is decided already or the
    asker may no longer move people there.
    """
    _require(actor)
    with transaction() as db:
        order = _get(db, actor, order_uuid)
        if order.decided_by == actor.name and order.state != OrderState.REFUSED:
            return orders.show(db, order)
        _check(db, actor, order)
        programme = orders.programme_of(db, order)
        asker = load_mover(db, order, today())
        if asker is None:
            raise Conflict(
                "{asker} may no longer move people in {programme}. Refuse this move.",
                asker=order.actor,
                programme=programme.code,
            )
        _decide(db, actor, order, "transition.approve")
        if order.effective_on > today():
            order.state = OrderState.WAITING
            text = words.say_agreed(programme.code, actor.name, order.effective_on)
        else:
            text = _carry_out(db, asker, order, programme)
        orders.tell(db, order, text)
        return orders.show(db, order)


def _carry_out(db: Session, asker: Actor, order: MoveOrder, programme: Programme) -> Words:
    move_again.carry_out_again(db, asker, order, today())
    done = orders.show(db, order)
    by = order.decided_by or ""
    counts = done.subjects, done.staying
    if order.undo_of_id is not None:
        return words.say_undone(programme.code, by, counts)
    return words.say_approved(programme.code, done.target, by, counts)


def refuse(actor: Actor, order_uuid: UUID, why: str) -> OrderView:
    """Refuse a move that somebody else asked for, and say why; raises like approve."""
    _require(actor)
    said = why.strip()
    if not 0 < len(said) <= LONGEST_NOTE:
        raise InvalidInput("Say why, in at most {most} characters.", most=LONGEST_NOTE)
    with transaction() as db:
        order = _get(db, actor, order_uuid)
        _check(db, actor, order)
        programme = orders.programme_of(db, order)
        _decide(db, actor, order, "transition.refuse")
        order.state, order.error = OrderState.REFUSED, said
        orders.tell(db, order, words.say_refused(programme.code, actor.name))
        return orders.show(db, order)


def _require(actor: Actor) -> None:
    if not actor.allows(Permission.TRANSITION):
        require(actor, Permission.APPROVE)


def _get(db: Session, actor: Actor, uuid: UUID) -> MoveOrder:
    """Return an order that is the actor's own or has somebody of theirs in it, locked."""
    order = moves.get_order(db, uuid, locked=True)
    if actor.name in (order.actor, order.decided_by):
        return order
    _total, reached = order_list.count_reached(db, actor, order)
    if order.state == OrderState.DRAFT or not reached:
        raise NotFound("This move")
    return order


def _check(db: Session, actor: Actor, order: MoveOrder) -> None:
    if actor.name == order.actor or actor.user_id == order.user_id:
        raise InvalidInput("A move is approved by somebody else than the one who asked for it.")
    if not order_list.covers(db, actor, order):
        raise NotAllowed("decide about everybody in this move")
    if order.state != OrderState.ASKED:
        raise Conflict("This move is decided already or cancelled.")


def _decide(db: Session, actor: Actor, order: MoveOrder, action: str) -> None:
    order.decided_by, order.decided_at = actor.name, now()
    record_act(
        db,
        actor.name,
        action,
        f"order:{order.uuid}",
        asker=order.actor,
        effective_on=order.effective_on.isoformat(),
        target=str(order.target),
        moved=order.counts["moved"],
        carried=order.counts["carried"],
    )
