"""Moves that wait for their day: who waits, and carrying them out when it has come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from core.domain import move_words as words
from core.domain.lifecycle import OrderState
from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict, RegistryError, Words
from core.models import MoveOrder
from core.settings import today
from core.storage.accounts import load_mover
from core.storage.audit import record_act
from core.storage.database import Session, reading, transaction
from core.storage.lifecycle import move_again, order_list, orders
from core.storage.lifecycle.orders import OrderView

__all__ = ["OrderView"]
_MOST = 200
Attempt = Callable[[Callable[[], bool]], object]


@dataclass(frozen=True)
class Waiting:
    """An order that waits; `decides` says that it is another's, which the reader may decide."""

    order: OrderView
    decides: bool


def list_waiting(actor: Actor, limit: int = _MOST) -> list[Waiting]:
    """Return the actor's own orders that wait for their day or for a second person, then those of
    others that wait for somebody like the actor; each by its day."""
    if not actor.allows(Permission.APPROVE):
        require(actor, Permission.TRANSITION)
    most = max(1, min(limit, _MOST))
    with reading() as db:
        own = [(one, False) for one in order_list.list_own(db, actor, most)]
        asked = [(one, True) for one in order_list.list_asked(db, actor, most)]
        return [Waiting(orders.show(db, one), decides) for one, decides in (*own, *asked)]


def _plainly(work: Callable[[], bool]) -> object:
    return work()


def run_due(day: date | None = None, attempt: Attempt = _plainly) -> int:
    """Carry out every move whose day has come by `day` (empty: today), each in a transaction of its
    own and once, however many do this at the same time; return how many.

    `attempt` calls each: one that keeps its failures to itself lets the next ones be tried.
    """
    upto = day or today()
    with reading() as db:
        due = order_list.list_due(db, upto)
    return sum(attempt(partial(_run, uuid, upto)) is True for uuid in due)


def _run(uuid: UUID, day: date) -> bool:
    try:
        with transaction() as db:
            order = order_list.claim_due(db, uuid, day)
            return order is not None and _settle(db, order, day)
    except Conflict:  # somebody was faster with one of its people: the next turn looks again
        return False
    except RegistryError as failed:
        with transaction() as db:
            order = order_list.claim_due(db, uuid, day)
            if order is not None:
                programme = orders.programme_of(db, order)
                say = words.say_broken(programme.code, order.effective_on, failed.said)
                _give_up(db, order, say)
        return False


def _settle(db: Session, order: MoveOrder, day: date) -> bool:
    """Carry out an order whose day has come; False where that must not be."""
    programme = orders.programme_of(db, order)
    actor = load_mover(db, order, day)
    if actor is None:
        _give_up(db, order, words.say_failed(programme.code, order.effective_on))
        return False
    if programme.approval and order.decided_by is None:
        order.state = OrderState.ASKED
        _record(db, order, "transition.ask")
        orders.tell(db, order, words.say_to_approve(programme.code, order.effective_on))
        return False
    move_again.carry_out_again(db, actor, order, day)
    done = orders.show(db, order)
    counts = done.subjects, done.staying
    text = words.say_carried_out(programme.code, done.target, order.effective_on, counts)
    orders.tell(db, order, text)
    return True


def _give_up(db: Session, order: MoveOrder, text: Words) -> None:
    order.state, order.error = OrderState.FAILED, text.pack(500)
    _record(db, order, "transition.fail")
    orders.tell(db, order, text)


def _record(db: Session, order: MoveOrder, action: str) -> None:
    day = order.effective_on.isoformat()
    record_act(db, order.actor, action, f"order:{order.uuid}", effective_on=day)
