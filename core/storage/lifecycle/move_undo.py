"""Laying an undo: each subject of a batch goes back to its own former state, where it still is as
that batch left it."""

from typing import Any, cast

from sqlalchemy import Select, column, exists, insert, not_, table, update
from sqlmodel import Session

from core.domain.lifecycle import Block
from core.domain.permissions import Actor, Permission
from core.models import Batch, MoveOrder, MoveSubject
from core.storage.columns import ENROLMENT, PERSON
from core.storage.dialect import ask, make_temporary, run
from core.storage.selection import ROOT_PATH, enrolments_in_scope

PICKED, TAKEN = "picked_enrolment", "taken_change"
_SUBJECT = cast(Any, MoveSubject).__table__


def lay_undo(db: Session, actor: Actor, order: MoveOrder, batch: Batch) -> None:
    """Lay in every status that `batch` changed, to go back to what it was.

    Where an enrolment stands is told by the change that led there, so that a status which went and
    came back again counts as moved, unless the way back was itself an undo.
    """
    keep_taken(db, batch.id or 0)
    run(
        db,
        f"INSERT INTO move_subject (order_id, {COLUMNS}) "  # noqa: S608
        f"SELECT :order, {COLUMNS} FROM ({write_former()}) f",
        order=order.id,
        batch=batch.id,
    )
    block_outside(db, actor, order)


COLUMNS = (
    "enrolment_id, version, part, household_id, blocked, status, since, ended_on, exit_reason, "
    "undo_of_id, restores_id"
)
"""The columns of a subject that an undo fills, beside its order."""


def keep_taken(db: Session, batch_id: int, condition: str = "true") -> None:
    """Keep the changes of a batch for which a condition on them, as c, holds as the table TAKEN:
    with what the enrolment's states `stood` after it, before it (`prior`) and now (`newest`) are
    told by. Kept, so that PostgreSQL's planner knows how many there are before it joins them."""
    own = f"SELECT {stands('x')} FROM status_change x WHERE x.enrolment_id = c.enrolment_id"  # noqa: S608
    last = "ORDER BY x.id DESC LIMIT 1"
    later = (
        "SELECT count(*) FROM (SELECT 1 FROM status_change WHERE id > "
        "(SELECT max(id) FROM status_change WHERE batch_id = :batch) LIMIT 1) l"
    )
    # As a rule nothing at all has moved since: then nobody has to be looked up.
    newest = f"({own} {last})" if ask(db, later, batch=batch_id) else stands("c")
    make_temporary(
        db,
        TAKEN,
        f"SELECT c.id, c.enrolment_id, c.before, {stands('c')} AS stood, "  # noqa: S608
        f"({own} AND x.id < c.id {last}) AS prior, {newest} AS newest "
        f"FROM status_change c WHERE c.batch_id = :batch AND {condition}",
        batch=batch_id,
    )


def write_former() -> str:
    """Write the query of where the enrolments that the batch :batch moved go back to: COLUMNS and
    person_id. Needs TAKEN."""
    return (
        "SELECT e.id AS enrolment_id, e.person_id, e.version, "  # noqa: S608
        "COALESCE(o.part, 'CHOSEN') AS part, o.household_id, "
        f"CASE WHEN c.before IS NULL THEN '{Block.BEGAN}' "
        "WHEN c.newest = c.stood THEN NULL "
        f"WHEN c.newest = r.id THEN '{Block.UNDONE}' "
        f"ELSE '{Block.MOVED_SINCE}' END AS blocked, "
        "COALESCE(r.after, e.status) AS status, "
        "COALESCE(r.since, r.effective_on, e.since) AS since, "
        "CASE WHEN r.exit_reason IS NOT NULL THEN r.effective_on END AS ended_on, r.exit_reason, "
        "c.id AS undo_of_id, r.id AS restores_id "
        f"FROM {TAKEN} c JOIN enrolment e ON e.id = c.enrolment_id "
        "LEFT JOIN status_change r ON r.id = c.prior "
        "LEFT JOIN (SELECT s.enrolment_id, s.part, s.household_id FROM move_order b "
        "JOIN move_subject s ON s.order_id = b.id WHERE b.batch_id = :batch) o "
        "ON o.enrolment_id = c.enrolment_id"
    )


def stands(change: str) -> str:
    """Write which change led to the state that `change` left behind: an undo leads to another's."""
    return f"COALESCE({change}.restores_id, {change}.id)"


def block_outside(db: Session, actor: Actor, order: MoveOrder) -> None:
    """Block the subjects that the actor's grants do not reach now."""
    scopes = actor.scopes_for(Permission.TRANSITION)
    if any(scope.path == ROOT_PATH and scope.programme_id is None for scope in scopes):
        return
    joined = ENROLMENT.id.table.join(PERSON.id.table, PERSON.id == ENROLMENT.person_id)
    reached = (
        exists()
        .select_from(joined)
        .where(
            ENROLMENT.id == _SUBJECT.c.enrolment_id,
            enrolments_in_scope(actor, Permission.TRANSITION),
        )
        .correlate(_SUBJECT)
    )
    db.execute(
        update(_SUBJECT)
        .where(_SUBJECT.c.order_id == order.id, not_(reached))
        .values(blocked=Block.OUTSIDE.value)
    )


def leave_to_rows(db: Session, order: MoveOrder, batch: Batch) -> None:
    """Take the enrolments that a batch made out of its undo: they leave as rows."""
    run(
        db,
        "DELETE FROM move_subject WHERE order_id = :order "
        "AND CAST(enrolment_id AS text) IN (SELECT entity_id FROM row_image "
        "WHERE batch_id = :batch AND entity = 'enrolment' AND before IS NULL)",
        order=order.id,
        batch=batch.id,
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
        "AND c.part = 'CHOSEN' AND c.household_id IS NOT NULL "
        f"AND c.enrolment_id IN (SELECT id FROM {PICKED})))",
        order=order.id,
    )
