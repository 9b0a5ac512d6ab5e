"""An order from its laying to its receipt: what it would do, and doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from core.domain.criteria import Criteria, to_json
from core.domain.lifecycle import OrderState, State
from core.domain.permissions import Actor
from core.models import Batch, MoveOrder, Programme
from core.settings import now
from core.storage import batches, move_numbers, move_plan, move_undo, move_view, moves
from core.storage.audit import record_act
from core.storage.move_plan import Plan

TRANSITION, UNDO = "transition", "undo"
_NUMBERS_KEPT = 1_000


@dataclass(frozen=True)
class Chosen:
    """To whom: everybody who fits `criteria`, or who has one of `numbers`, or `enrolments`."""

    criteria: Criteria | None = None
    numbers: Sequence[str] = ()
    enrolments: Sequence[UUID] = ()


@dataclass(frozen=True)
class OrderView:
    """An order as previews, receipts and the command line show it.

    `moved` and `carried` count who moves or moved, `blocked` and `stay` those who do not by reason
    (chosen, and within reach of the household rule), `unknown` the numbers that led nowhere.
    """

    uuid: UUID
    kind: str
    state: OrderState
    actor: str
    made_at: datetime
    programme: str | None
    programme_name: str | None
    rule: str
    target: State | None
    reason: str | None
    note: str | None
    effective_on: date
    batch: UUID | None
    undo_of: UUID | None
    moved: int
    carried: int
    households: int
    pending: int
    blocked: Mapping[str, int] = field(default_factory=dict)
    stay: Mapping[str, int] = field(default_factory=dict)
    unknown: Sequence[str] = ()
    unknown_count: int = 0
    free_places: int | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    decided_by: str | None = None
    error: str | None = None

    @property
    def subjects(self) -> int:
        """Everybody who moves."""
        return self.moved + self.carried


def lay(db: Session, plan: Plan, chosen: Chosen) -> None:
    """Lay in who is chosen and who is carried; note who it was and what would come of it."""
    order, scope = plan.order, dict[str, Any]()
    if chosen.criteria is not None:
        scope["criteria"] = to_json(chosen.criteria)
        move_plan.choose_by_criteria(db, plan, chosen.criteria)
        move_plan.cascade(db, plan)
    else:
        if chosen.numbers:
            keys, unknown = move_numbers.find_named(db, plan.actor, plan.programme, chosen.numbers)
            scope |= {"numbers": len(chosen.numbers), "unknown_count": len(unknown)}
            scope["unknown"] = unknown[:_NUMBERS_KEPT]
        else:
            keys = move_plan.by_uuids(chosen.enrolments)
            scope["picked"] = len(chosen.enrolments)
        move_plan.choose_enrolments(db, plan, keys)
        move_plan.cascade(db, plan)
        move_plan.add_followers(db, plan, keys)
    order.scope = scope
    settle(db, plan)


def settle(db: Session, plan: Plan) -> None:
    """Count what an order would do now, once the free places are known."""
    free = move_plan.block_full(db, plan)
    plan.order.counts = {**move_view.count(db, plan.order), "free_places": free}
    db.flush()


def execute(db: Session, plan: Plan, actor_name: str | None = None) -> None:
    """Move whoever of an order may still move, as one batch with its act in the log."""
    order = plan.order
    moves.lock_programmes(db, plan.programme.id or 0)
    moves.block_changed(db, order)
    move_plan.block_left(db, plan)
    settle(db, plan)
    batch = None
    if moves.count_movers(db, order):
        who, at = actor_name or plan.actor.name, now()
        batch = moves.open_batch(db, order, TRANSITION, who, at)
        moves.apply(db, order, batch.id or 0, at)
        told = {"programme": plan.programme.code, "target": str(order.target)}
        told["effective_on"] = order.effective_on.isoformat()
        _close(db, order, batch, who, **told)
    moves.close_order(db, order, OrderState.DONE, batch)


def lay_undo(db: Session, actor: Actor, order: MoveOrder, chosen: Chosen | None = None) -> None:
    """Lay in every status that a batch changed, or those of the chosen alone, to go back."""
    batch = db.get_one(Batch, order.undo_of_id)
    move_undo.lay_undo(db, actor, order, batch)
    scope: dict[str, Any] = {}
    if chosen is not None and chosen.numbers:
        keys, unknown = move_numbers.find_named_in(db, actor, batch.id or 0, chosen.numbers)
        scope |= {"numbers": len(chosen.numbers), "unknown_count": len(unknown)}
        scope["unknown"] = unknown[:_NUMBERS_KEPT]
        move_undo.keep_picked(db, order, keys)
    elif chosen is not None and chosen.enrolments:
        scope["picked"] = len(chosen.enrolments)
        move_undo.keep_picked(db, order, move_plan.by_uuids(chosen.enrolments))
    order.scope = scope
    order.counts = {**move_view.count(db, order), "free_places": None}
    db.flush()


def execute_undo(db: Session, actor: Actor, order: MoveOrder) -> None:
    """Take back whatever of an undo's order still may go back, as a batch of its own."""
    moves.lock_programmes(db, *moves.programmes_of(db, order))
    moves.block_changed(db, order)
    order.counts = {**move_view.count(db, order), "free_places": None}
    batch = None
    if moves.count_movers(db, order):
        at = now()
        batch = moves.open_batch(db, order, UNDO, actor.name, at)
        moves.apply(db, order, batch.id or 0, at)
        _close(db, order, batch, actor.name)
    moves.close_order(db, order, OrderState.DONE, batch)


def _close(db: Session, order: MoveOrder, batch: Batch, who: str, **told: object) -> None:
    """Count what a batch did and write the act into the log."""
    counts = {name: order.counts[name] for name in ("moved", "carried")}
    batches.set_counts(db, batch.id or 0, counts)
    record_act(db, who, batch.kind, f"batch:{batch.uuid}", **told, **counts)


def show(db: Session, order: MoveOrder) -> OrderView:
    """Return an order as it stands."""
    programme = db.get(Programme, order.programme_id) if order.programme_id else None
    counts, scope = order.counts, order.scope
    return OrderView(
        uuid=order.uuid,
        kind=order.kind,
        state=OrderState(order.state),
        actor=order.actor,
        made_at=order.made_at,
        programme=programme.code if programme else None,
        programme_name=programme.name if programme else None,
        rule=str(programme.household_rule) if programme else "NONE",
        target=State(order.target) if order.target else None,
        reason=order.reason,
        note=order.note,
        effective_on=order.effective_on,
        batch=batches.uuid_of(db, order.batch_id),
        undo_of=batches.uuid_of(db, order.undo_of_id),
        **{name: counts[name] for name in ("moved", "carried", "households", "pending")},
        blocked=counts["blocked"],
        stay=counts["stay"],
        unknown=scope.get("unknown", ()),
        unknown_count=scope.get("unknown_count", 0),
        free_places=counts.get("free_places"),
        scope={name: scope[name] for name in scope if not name.startswith("unknown")},
        decided_by=order.decided_by,
        error=order.error,
    )
