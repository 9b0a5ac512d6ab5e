"""Laying an undo: each subject of a batch goes back to its own former state, where it still is as
that batch left it."""

from typing import Any

from sqlalchemy import Select, column, insert, select, table
from sqlmodel import Session

from core.domain.lifecycle import Block
from core.domain.permissions import Actor, Permission
from core.models import Batch, MoveOrder
from core.storage.columns import ENROLMENT, PERSON
from core.storage.dialect import make_temporary, run
from core.storage.selection import ROOT_PATH, enrolments_in_scope

PICKED = "picked_enrolment"
_REACHED = "enrolment_in_reach"


def lay_undo(db: Session, actor: Actor, order: MoveOrder, batch: Batch) -> None:
    """Lay in every status that `batch` changed, to go back to what it was.

    Where an enrolment stands is told by the change that led there, so that a status which went and
    came back again counts as moved, unless the way back was itself an undo.
    """
    run(
        db,
        "INSERT INTO move_subject (order_id, enrolment_id, version, part, household_id, blocked, "  # noqa: S608
        "status, since, ended_on, exit_reason, undo_of_id, restores_id) "
        "SELECT :order, e.id, e.version, COALESCE(o.part, 'CHOSEN'), o.household_id, "
        f"CASE WHEN c.before IS NULL THEN '{Block.BEGAN}' "
        f"WHEN {_stands('l')} = {_stands('c')} THEN NULL "
        f"WHEN {_stands('l')} = r.id THEN '{Block.UNDONE}' ELSE '{Block.MOVED_SINCE}' END, "
        "COALESCE(r.after, e.status), COALESCE(r.since, r.effective_on, e.since), "
        "CASE WHEN r.exit_reason IS NOT NULL THEN r.effective_on END, r.exit_reason, c.id, r.id "
        "FROM status_change c JOIN enrolment e ON e.id = c.enrolment_id "
        "JOIN status_change l ON l.id = (SELECT max(x.id) FROM status_change x "
        "WHERE x.enrolment_id = c.enrolment_id) "
        "LEFT JOIN status_change p ON p.id = (SELECT max(x.id) FROM status_change x "
        "WHERE x.enrolment_id = c.enrolment_id AND x.id < c.id) "
        f"LEFT JOIN status_change r ON r.id = {_stands('p')} "
        "LEFT JOIN move_order b ON b.batch_id = c.batch_id "
        "LEFT JOIN move_subject o ON o.order_id = b.id AND o.enrolment_id = e.id "
        "WHERE c.batch_id = :batch",
        order=order.id,
        batch=batch.id,
    )
    _block_outside(db, actor, order)


def _stands(change: str) -> str:
    """Write which change led to the state that `change` left behind: an undo leads to another's."""
    return f"COALESCE({change}.restores_id, {change}.id)"


def _block_outside(db: Session, actor: Actor, order: MoveOrder) -> None:
    scopes = actor.scopes_for(Permission.TRANSITION)
    if any(scope.path == ROOT_PATH and scope.programme_id is None for scope in scopes):
        return
    make_temporary(db, _REACHED, "SELECT 0 AS id WHERE false", index="id")
    joined = ENROLMENT.id.table.join(PERSON.id.table, PERSON.id == ENROLMENT.person_id)
    reached = select(ENROLMENT.id).select_from(joined)
    within = reached.where(enrolments_in_scope(actor, Permission.TRANSITION))
    db.execute(insert(table(_REACHED, column("id"))).from_select(["id"], within))
    run(
        db,
        f"UPDATE move_subject SET blocked = '{Block.OUTSIDE}' WHERE order_id = :order "  # noqa: S608
        f"AND enrolment_id NOT IN (SELECT id FROM {_REACHED})",
        order=order.id,
    )


def keep_picked(db: Session, order: MoveOrder, keys: Select[Any]) -> None:
    """Leave in the order only the enrolments picked, and those whom the picked had carried."""
    make_temporary(db, PICKED, "SELECT 0 AS id WHERE false", index="id")
    db.execute(insert(table(PICKED, column("id"))).from_select(["id"], keys))
    run(
        db,
        "DELETE FROM move_subject WHERE order_id = :order "  # noqa: S608
        f"AND enrolment_id NOT IN (SELECT id FROM {PICKED}) AND NOT (part = 'CARRIED' "
        "AND household_id IS NOT NULL AND household_id IN ("
        "SELECT c.household_id FROM move_subject c WHERE c.order_id = :order "
        f"AND c.part = 'CHOSEN' AND c.enrolment_id IN (SELECT id FROM {PICKED})))",
        order=order.id,
    )
