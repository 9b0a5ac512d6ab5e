"""Laying an order anew when its day or its approval has come: the same people, as they are now."""

from datetime import date
from typing import Any

from sqlalchemy import Select, column, select, table
from sqlmodel import Session

from core.domain.lifecycle import Block, Part, read_moves
from core.domain.permissions import Actor
from core.models import MoveOrder
from core.storage.dialect import make_temporary, run
from core.storage.lifecycle import move_plan, moves, orders, undo_orders
from core.storage.lifecycle.move_plan import Plan

_KNOWN = "known_subject"
"""The subjects as they were looked at."""


def carry_out_again(db: Session, actor: Actor, order: MoveOrder, day: date) -> None:
    """Carry out an order that waited, as things are on `day`, with the grants of `actor`."""
    if order.undo_of_id is not None:
        undo_orders.execute_undo(db, actor, order)
        return
    moves.lock_programmes(db, order.programme_id or 0)
    programme = orders.programme_of(db, order)
    plan = Plan(actor, order, programme, read_moves(programme.moves), day)
    lay_again(db, plan)
    orders.execute(db, plan)


def lay_again(db: Session, plan: Plan) -> None:
    """Lay an order's own chosen people again, with the grants of `plan.actor`, and find anew whom
    they carry; needs lock_programmes.

    Whoever has changed since stays, and so does whoever is not reached any more: all keep their
    place in the order, with the reason. Where a second person agreed to the order, nobody moves of
    whom it did not say so. Who goes over into another cycle is as it was laid: carrying that out
    looks at each again.
    """
    order = plan.order
    if order.kind == moves.ROLL_OVER:
        return
    make_temporary(
        db,
        _KNOWN,
        "SELECT * FROM move_subject WHERE order_id = :order",
        index="enrolment_id",
        order=order.id,
    )
    run(db, "DELETE FROM move_subject WHERE order_id = :order", order=order.id)
    keys = _chosen()
    move_plan.choose_enrolments(db, plan, keys)
    _block_changed(db, order)
    move_plan.cascade(db, plan)
    move_plan.add_followers(db, plan, keys)
    _block_changed(db, order)
    _name_lost(db, order)


def _chosen() -> Select[Any]:
    known = table(_KNOWN, column("enrolment_id"), column("part"))
    return select(known.c.enrolment_id).where(known.c.part == Part.CHOSEN.value)


def _block_changed(db: Session, order: MoveOrder) -> None:
    """Block whoever somebody else has changed since the order was looked at and, in one that was
    approved, whoever was not in it or was to stay."""
    own = f"FROM {_KNOWN} k WHERE k.enrolment_id = move_subject.enrolment_id"
    changed = f"EXISTS (SELECT 1 {own} AND k.version <> move_subject.version)"
    if order.decided_by is not None:
        changed += f" OR NOT EXISTS (SELECT 1 {own})"
        run(
            db,
            f"UPDATE move_subject SET blocked = (SELECT k.blocked {own}) "  # noqa: S608
            "WHERE order_id = :order AND blocked IS NULL",
            order=order.id,
        )
    run(
        db,
        f"UPDATE move_subject SET blocked = '{Block.MOVED}' "  # noqa: S608
        f"WHERE order_id = :order AND blocked IS NULL AND ({changed})",
        order=order.id,
    )


def _name_lost(db: Session, order: MoveOrder) -> None:
    """Keep those who were looked at and are not reached any more: out of the actor's grants or
    merged away, out of the household, or no longer carried by anybody."""
    run(
        db,
        "INSERT INTO move_subject (order_id, enrolment_id, version, part, household_id, blocked, "  # noqa: S608
        "status, since, ended_on, exit_reason) "
        "SELECT k.order_id, k.enrolment_id, k.version, k.part, k.household_id, "
        f"CASE WHEN e.id IS NULL THEN '{Block.OUTSIDE}' "
        f"WHEN p.merged_into_id IS NOT NULL THEN '{Block.MOVED}' "
        f"WHEN k.part = '{Part.CHOSEN}' THEN '{Block.OUTSIDE}' "
        f"WHEN e.version <> k.version THEN '{Block.MOVED}' "
        f"ELSE COALESCE(k.blocked, '{Block.LEADER}') END, "
        "k.status, k.since, k.ended_on, k.exit_reason "
        f"FROM {_KNOWN} k LEFT JOIN enrolment e ON e.id = k.enrolment_id "
        "LEFT JOIN person p ON p.id = e.person_id "
        "WHERE NOT EXISTS (SELECT 1 FROM move_subject s "
        "WHERE s.order_id = k.order_id AND s.enrolment_id = k.enrolment_id)",
    )
