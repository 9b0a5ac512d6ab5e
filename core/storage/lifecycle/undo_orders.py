"""The undo of a batch, from its laying to its receipt: statuses, and the rows of small acts."""

from typing import Any

from sqlmodel import Session

from core.domain.lifecycle import Block, OrderState
from core.domain.permissions import Actor
from core.errors import Conflict, InvalidInput
from core.models import Batch, MoveOrder
from core.settings import now
from core.storage.acts import in_the_way, reversal
from core.storage.lifecycle import (
    cycle_undo,
    move_numbers,
    move_plan,
    move_undo,
    move_view,
    moves,
    undo_reach,
)
from core.storage.lifecycle.orders import UNDO, Chosen, close


def lay_undo(db: Session, actor: Actor, order: MoveOrder, chosen: Chosen | None = None) -> None:
    """Lay in every status that a batch changed, or those of the chosen alone, to go back."""
    batch = db.get_one(Batch, order.undo_of_id)
    move_undo.lay_undo(db, actor, order, batch)
    chain = cycle_undo.find_chain(db, batch)
    if chain is not None:
        cycle_undo.lay(db, actor, order, chain)
    scope: dict[str, Any] = {}
    if chosen is not None and chosen.numbers:
        named = move_numbers.find_named_in(db, actor, order, chosen.numbers)
        scope = named.to_scope()
        move_undo.keep_picked(db, order, named.keys)
    elif chosen is not None and chosen.enrolments:
        scope["picked"] = len(chosen.enrolments)
        move_undo.keep_picked(db, order, move_plan.by_uuids(chosen.enrolments))
    order.scope = scope
    undo_reach.check_reach(db, actor, batch.id or 0)
    _lay_rows(db, actor, order, batch, picked=bool(scope))
    order.counts = {**move_view.count(db, order), **order.counts, "free_places": None}
    db.flush()


def _lay_rows(db: Session, actor: Actor, order: MoveOrder, batch: Batch, *, picked: bool) -> None:
    """Note how many other records the batch wrote, and what keeps them from going back: a merge or
    a household's act is taken back whole or not at all."""
    rows = reversal.count_rows(db, batch.id or 0)
    order.counts = {"rows": rows, "obstacles": []}
    if not rows:
        moves.block_merged(db, order, Block.MOVED_SINCE)
        return
    if picked:
        raise InvalidInput("This act is taken back whole, not for chosen people.")
    move_undo.leave_to_rows(db, order, batch)
    found = reversal.obstacles(db, batch.id or 0)
    order.counts["obstacles"] = in_the_way.group(db, actor, found)


def execute_undo(db: Session, actor: Actor, order: MoveOrder) -> None:
    """Take back whatever of an undo's order still may go back, as a batch of its own."""
    undo_reach.lock(db, order.undo_of_id or 0, *moves.programmes_of(db, order))
    undo_reach.check_reach(db, actor, order.undo_of_id or 0)
    moves.block_changed(db, order)
    chain = cycle_undo.find_chain(db, db.get_one(Batch, order.undo_of_id))
    if chain is not None:
        cycle_undo.block(db, order, chain)
    move_undo.block_outside(db, actor, order)
    rows = order.counts.get("rows", 0)
    if not rows:
        moves.block_merged(db, order, Block.MOVED)
    order.counts = {**order.counts, **move_view.count(db, order)}
    if rows and (order.counts["obstacles"] or moves.count_blocked(db, order)):
        raise Conflict(
            "What this act did has been changed or used since, so it cannot be taken back. Take "
            "back what came later first."
        )
    batch = None
    if rows or moves.count_movers(db, order):
        at = now()
        batch = moves.open_batch(db, order, UNDO, actor.name, at)
        if chain is None or chain.ends:
            moves.apply(db, order, batch.id or 0, at)
        if rows:
            reversal.reverse(db, order.undo_of_id or 0, batch.id or 0)
        if chain is not None:
            cycle_undo.carry_out(db, order, chain, batch)
        close(db, order, batch, actor.name)
    moves.close_order(db, order, OrderState.DONE, batch)
