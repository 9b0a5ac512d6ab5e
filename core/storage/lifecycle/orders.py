"""An order from its laying to its receipt: what it would do, and doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from core.domain.criteria import Criteria, to_json
from core.domain.lifecycle import Block, OrderState, State
from core.domain.move_words import BATCH_PAGE, ORDER_PAGE
from core.errors import Words
from core.models import Batch, MoveOrder, Programme
from core.settings import now
from core.storage import notices
from core.storage.acts import batches
from core.storage.acts.undone import RECORDS
from core.storage.audit import record_act
from core.storage.dialect import run
from core.storage.lifecycle import (
    cycles,
    move_numbers,
    move_places,
    move_plan,
    move_undo,
    move_view,
    moves,
)
from core.storage.lifecycle.move_plan import Plan

TRANSITION, UNDO = "transition", "undo"
_SCOPE = ("criteria", "numbers", "picked")


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
    (chosen, and within reach of the household rule). Of a list of numbers `unknown` are those of
    nobody whom the actor may move, `elsewhere` those of somebody who is not enrolled in the
    programme (at an undo: not in the batch), `repeated` how many stood in it twice or more. The
    undo of an act that wrote other records as well counts them in `rows`; `obstacles` name what
    keeps them from going back.
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
    elsewhere: Sequence[str] = ()
    elsewhere_count: int = 0
    repeated: int = 0
    free_places: int | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 0
    obstacles: Sequence[Mapping[str, Any]] = ()
    decided_by: str | None = None
    error: str | None = None

    @property
    def subjects(self) -> int:
        """Everybody who moves."""
        return self.moved + self.carried

    @property
    def staying(self) -> int:
        """Everybody who stays."""
        return sum(self.blocked.values()) + sum(self.stay.values())


def programme_of(db: Session, order: MoveOrder) -> Programme:
    """Return the programme that an order is about, as it is now."""
    query = select(Programme).where(col(Programme.id) == order.programme_id)
    found: Programme = db.execute(query.execution_options(populate_existing=True)).scalar_one()
    return found


def lay(db: Session, plan: Plan, chosen: Chosen) -> None:
    """Lay in who is chosen and who is carried; note who it was and what would come of it."""
    order, scope = plan.order, dict[str, Any](rules=plan.programme.version)
    if chosen.criteria is not None:
        scope["criteria"] = to_json(chosen.criteria)
        move_plan.choose_by_criteria(db, plan, chosen.criteria)
        move_plan.cascade(db, plan)
    else:
        if chosen.numbers:
            named = move_numbers.find_named(db, plan.actor, plan.programme, chosen.numbers)
            keys, scope = named.keys, scope | named.to_scope()
        else:
            keys = move_plan.by_uuids(chosen.enrolments)
            scope["picked"] = len(chosen.enrolments)
        move_plan.choose_enrolments(db, plan, keys)
        move_plan.cascade(db, plan)
        move_plan.add_followers(db, plan, keys)
        moves.block_merged(db, order, Block.ENDED)
    order.scope = scope
    settle(db, plan)


def settle(db: Session, plan: Plan) -> None:
    """Count what an order would do now, once the free places are known."""
    free = move_places.block_full(db, plan)
    plan.order.counts = {**move_view.count(db, plan.order), "free_places": free}
    db.flush()


def execute(db: Session, plan: Plan, actor_name: str | None = None) -> None:
    """Move whoever of an order may still move, as one batch with its act in the log."""
    order = plan.order
    if order.kind == cycles.KIND:
        cycles.execute(db, plan, actor_name)
        return
    moves.lock_programmes(db, plan.programme.id or 0)
    move_places.unblock_full(db, plan)
    moves.block_changed(db, order)
    moves.block_merged(db, order, Block.MOVED)
    move_undo.block_outside(db, plan.actor, order)
    move_plan.block_unmet(db, plan)
    move_plan.block_left(db, plan)
    settle(db, plan)
    batch = None
    if moves.count_movers(db, order):
        who, at = actor_name or plan.actor.name, now()
        batch = moves.open_batch(db, order, TRANSITION, who, at)
        moves.apply(db, order, batch.id or 0, at)
        told = {"programme": plan.programme.code, "target": str(order.target)}
        told["effective_on"] = order.effective_on.isoformat()
        close(db, order, batch, who, **told)
    moves.close_order(db, order, OrderState.DONE, batch)


def close(db: Session, order: MoveOrder, batch: Batch, who: str, **told: object) -> None:
    """Count what a batch did and write the act into the log."""
    counts = {name: order.counts[name] for name in ("moved", "carried")}
    if rows := order.counts.get("rows"):
        counts[RECORDS] = rows
    batches.set_counts(db, batch.id or 0, counts)
    record_act(db, who, batch.kind, f"batch:{batch.uuid}", **told, **counts)


def forget(db: Session, order: MoveOrder) -> None:
    """Delete an order that nobody has carried out, as if nobody had looked."""
    run(db, "DELETE FROM move_subject WHERE order_id = :order", order=order.id)
    db.delete(order)
    db.flush()


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
        elsewhere=scope.get("elsewhere", ()),
        elsewhere_count=scope.get("elsewhere_count", 0),
        repeated=scope.get("repeated", 0),
        free_places=counts.get("free_places"),
        scope={name: scope[name] for name in _SCOPE if name in scope},
        rows=counts.get("rows", 0),
        obstacles=counts.get("obstacles", ()),
        decided_by=order.decided_by,
        error=order.error and Words.unpack(order.error),
    )


def tell(db: Session, order: MoveOrder, text: Words) -> None:
    """Tell who asked for an order what became of it, with the way to its receipt or to itself."""
    if order.user_id is not None:
        batch = batches.uuid_of(db, order.batch_id)
        page = BATCH_PAGE.format(batch) if batch else ORDER_PAGE.format(order.uuid)
        notices.add(db, order.user_id, text, page, now())
