"""Taking a roll-over back: what it began leaves the tables whole, and the old enrolments come back;
and the other way round when that is taken back in its turn."""

from dataclasses import dataclass

from sqlmodel import Session

from core.domain.lifecycle import Block, OrderState
from core.domain.permissions import Actor
from core.models import Batch, MoveOrder
from core.storage.acts.batch_list import find_order
from core.storage.dialect import make_temporary, run
from core.storage.documents import back, gone, keep, open_kept, put_back
from core.storage.lifecycle import move_undo, moves
from core.storage.lifecycle.cycles import KIND, is_there, read_scope

_NEWER, _LEAVING = "newer_enrolment", "leaving_enrolment"
_ENTITIES = ("status_change", "enrolment")
"""Children first."""


@dataclass(frozen=True)
class Chain:
    """A roll-over and where an undo stands in what followed it. `batch` is the one taken back;
    `returns` says that taking it back brings the new enrolments in again."""

    root: Batch
    batch: Batch
    returns: bool
    ends: bool


def find_chain(db: Session, batch: Batch) -> Chain | None:
    """Return what a batch has to do with a roll-over, None where it has nothing."""
    root, returns = batch, False
    while root.undo_of_id is not None:
        root, returns = db.get_one(Batch, root.undo_of_id), not returns
    if root.kind != KIND:
        return None
    order = find_order(db, root)
    return Chain(root, batch, returns, order is not None and read_scope(order.scope).ends)


def lay(db: Session, actor: Actor, order: MoveOrder, chain: Chain) -> None:
    """Make an undo that was laid like any other one of the old enrolments alone: the new ones
    follow them. One whose new enrolment cannot leave, or come back, stays with it."""
    order.kind = KIND
    run(
        db,
        "DELETE FROM move_subject WHERE order_id = :order "  # noqa: S608
        f"AND blocked = '{Block.BEGAN}'",
        order=order.id,
    )
    if not chain.ends:
        _add_unchanged(db, order, chain)
        move_undo.block_outside(db, actor, order)
    block(db, order, chain)


def _add_unchanged(db: Session, order: MoveOrder, chain: Chain) -> None:
    """Lay in the old enrolments as they are: nothing was done to them."""
    run(
        db,
        "INSERT INTO move_subject (order_id, enrolment_id, version, part, household_id, status, "
        "since, ended_on, exit_reason) SELECT :order, e.id, e.version, o.part, o.household_id, "
        "e.status, e.since, e.ended_on, e.exit_reason FROM move_order b "
        "JOIN move_subject o ON o.order_id = b.id AND o.blocked IS NULL "
        "JOIN enrolment e ON e.id = o.enrolment_id WHERE b.batch_id = :batch",
        order=order.id,
        batch=chain.batch.id,
    )


def block(db: Session, order: MoveOrder, chain: Chain) -> None:
    """Block whose new enrolment has moved on, is in use, or could not come back; fill the table of
    those that leave or come back."""
    _find(db, order, chain)
    there = f"SELECT old_id FROM {_LEAVING} WHERE ok"  # noqa: S608
    run(
        db,
        f"UPDATE move_subject SET blocked = '{Block.MOVED_SINCE}' WHERE order_id = :order "  # noqa: S608
        f"AND blocked IS NULL AND enrolment_id NOT IN ({there})",
        order=order.id,
    )


def _find(db: Session, order: MoveOrder, chain: Chain) -> None:
    """Find the new enrolment of each old one: in its table, or among what was taken out."""
    if chain.returns:
        for entity in _ENTITIES:
            open_kept(db, entity, chain.batch.id or 0)
        source, state = f"{back('enrolment')} n", _MAY_RETURN
    else:
        source, state = _BEGAN, _MAY_LEAVE
    make_temporary(
        db,
        _NEWER,
        f"SELECT n.id, n.programme_id, n.cycle, {_SUBJECT.format('n')} AS subject, "  # noqa: S608
        f"{state} AS ok FROM {source}",
        index="subject",
        **({} if chain.returns else {"root": chain.root.id}),
    )
    make_temporary(
        db,
        _LEAVING,
        "SELECT e.id AS old_id, n.id, n.ok FROM move_subject s "  # noqa: S608
        f"JOIN enrolment e ON e.id = s.enrolment_id JOIN {_NEWER} n "
        f"ON n.subject = {_SUBJECT.format('e')} AND n.programme_id = e.programme_id "
        "AND n.cycle = e.cycle + 1 WHERE s.order_id = :order",
        index="old_id",
        order=order.id,
    )


_SUBJECT = "COALESCE(-{0}.household_id, {0}.person_id)"
"""Whose enrolment it is: a person, or below zero a household."""
_BEGAN = (
    "enrolment n JOIN status_change c ON c.enrolment_id = n.id AND c.batch_id = :root "
    "AND c.before IS NULL"
)
_MAY_LEAVE = (
    "(NOT EXISTS (SELECT 1 FROM status_change l WHERE l.enrolment_id = n.id AND l.id <> c.id) "  # noqa: S608
    "AND NOT EXISTS (SELECT 1 FROM row_image i WHERE i.entity = 'enrolment' "
    "AND i.entity_id = CAST(n.id AS text)) AND NOT EXISTS (SELECT 1 FROM move_subject w "
    "JOIN move_order o ON o.id = w.order_id WHERE w.enrolment_id = n.id "
    f"AND o.state IN ('{OrderState.ASKED}', '{OrderState.WAITING}')))"
)
"""It stands as it began, and nothing else refers to it."""
_MAY_RETURN = (
    f"(NOT {is_there('n', 'n.cycle')} AND EXISTS (SELECT 1 FROM person p "  # noqa: S608
    "WHERE p.id = n.person_id AND p.merged_into_id IS NULL))"
)
"""Nobody has enrolled them there meanwhile, and the person is still there."""


def carry_out(db: Session, order: MoveOrder, chain: Chain, undo: Batch) -> None:
    """Take the new enrolments of those who go back out of the tables, as part of the batch `undo`,
    or put them back. Needs `block` just before."""
    if not chain.ends:
        moves.tell_search(db, order)
    chosen = (
        f"SELECT l.id FROM {_LEAVING} l JOIN move_subject s ON s.enrolment_id = l.old_id "  # noqa: S608
        "WHERE s.order_id = :order AND s.blocked IS NULL"
    )
    if chain.returns:
        kept = {"enrolment": "id", "status_change": "enrolment_id"}
        for entity, key in kept.items():
            run(
                db,
                f"DELETE FROM {back(entity)} WHERE {key} NOT IN ({chosen})",  # noqa: S608
                order=order.id,
            )
            put_back(db, entity)
        return
    make_temporary(db, gone("enrolment"), chosen, index="id", order=order.id)
    make_temporary(
        db,
        gone("status_change"),
        f"SELECT c.id FROM status_change c JOIN {gone('enrolment')} g ON g.id = c.enrolment_id",  # noqa: S608
        index="id",
    )
    for entity in _ENTITIES:
        keep(db, entity, undo.id or 0)
