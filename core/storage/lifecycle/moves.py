"""The one way in which an enrolment changes its state: an order's subjects, compared and set.

Lifecycle, undos, imports and merges all lay what shall happen into `move_subject` and call
`carry_out` (or `apply`, inside an act of their own).
"""

from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlmodel import Session

from core.domain.lifecycle import Block, OrderState
from core.errors import Conflict, NotFound
from core.models import Batch, MoveOrder
from core.storage.database import is_sqlite
from core.storage.dialect import ask, make_temporary, run, spelling

ROLL_OVER = "cycle.roll_over"
"""The kind of an order that takes people over into the next cycle (see cycles), and of its undo."""
_ORDER = cast(Any, MoveOrder).__table__.c
_MERGED = "merged_away"
"""The ended enrolments of records that have been merged into others."""
_STATUS_ACTS = 0x6D6F7665
"""PostgreSQL's class of the advisory locks of programmes; SQLite's writer is alone anyway."""


def lock_programmes(db: Session, *programme_ids: int) -> None:
    """Keep every other act on the statuses of these programmes out until the transaction ends.

    Whoever changes enrolments that exist takes this lock first: acts follow one another, so that
    none waits for a row of another crosswise, and a programme's free places are counted once.
    """
    if is_sqlite(db):
        return
    for key in sorted(set(programme_ids)):
        db.execute(
            text("SELECT pg_advisory_xact_lock(:kind, :key)"), {"kind": _STATUS_ACTS, "key": key}
        )


def add_order(db: Session, order: MoveOrder) -> MoveOrder:
    """Insert an order; its subjects are laid in by move_plan or move_undo."""
    db.add(order)
    db.flush()
    return order


def get_order(db: Session, uuid: UUID, *, locked: bool = False) -> MoveOrder:
    """Return an order, whoever's it is; `locked` keeps others from deciding about it meanwhile."""
    query = select(MoveOrder).where(_ORDER.uuid == uuid)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: MoveOrder | None = db.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("This move")
    return found


def count_movers(db: Session, order: MoveOrder) -> int:
    """Return how many subjects of an order would move."""
    return ask(
        db,
        "SELECT count(*) FROM move_subject WHERE order_id = :order AND blocked IS NULL",
        order=order.id,
    )


def count_blocked(db: Session, order: MoveOrder) -> int:
    """Return how many subjects of an order stay."""
    return ask(
        db,
        "SELECT count(*) FROM move_subject WHERE order_id = :order AND blocked IS NOT NULL",
        order=order.id,
    )


def programmes_of(db: Session, order: MoveOrder) -> list[int]:
    """Return the programmes whose enrolments an order would move."""
    if order.programme_id is not None:
        return [order.programme_id]
    rows = db.execute(
        text(
            "SELECT DISTINCT e.programme_id FROM move_subject s "
            "JOIN enrolment e ON e.id = s.enrolment_id WHERE s.order_id = :order"
        ),
        {"order": order.id},
    )
    return [int(row[0]) for row in rows]


def block_changed(db: Session, order: MoveOrder) -> int:
    """Block the subjects that somebody else has changed since the order was laid; return how
    many."""
    return run(
        db,
        f"UPDATE move_subject SET blocked = '{Block.MOVED}' WHERE order_id = :order "  # noqa: S608
        "AND blocked IS NULL AND NOT EXISTS (SELECT 1 FROM enrolment e "
        "WHERE e.id = move_subject.enrolment_id AND e.version = move_subject.version)",
        order=order.id,
    )


def block_merged(db: Session, order: MoveOrder, why: Block) -> int:
    """Block whoever would be enrolled again although their record, or their household's, has been
    merged into another since; return how many. Only what has ended stays with an old record."""
    merged = " UNION ALL ".join(
        f"SELECT e.id FROM {entity} x JOIN enrolment e ON e.{entity}_id = x.id "  # noqa: S608
        "WHERE x.merged_into_id IS NOT NULL AND e.ended_on IS NOT NULL"
        for entity in ("person", "household")
    )
    # Kept first: inside the UPDATE, a planner that does not know the tables yet starts from
    # everybody ever merged for each of the subjects.
    make_temporary(db, _MERGED, merged, index="id")
    if not ask(db, f"SELECT count(*) FROM {_MERGED}"):  # noqa: S608
        return 0
    return run(
        db,
        f"UPDATE move_subject SET blocked = '{why}' WHERE order_id = :order "  # noqa: S608
        f"AND blocked IS NULL AND ended_on IS NULL AND enrolment_id IN (SELECT id FROM {_MERGED})",
        order=order.id,
    )


def open_batch(db: Session, order: MoveOrder, kind: str, actor: str, at: datetime) -> Batch:
    """Insert the batch that an order becomes."""
    batch = Batch(
        kind=kind,
        uuid=uuid4(),
        actor=actor,
        recorded_at=at,
        reason=order.reason,
        note=order.note,
        criteria=order.scope.get("criteria"),
        programme_id=order.programme_id,
        undo_of_id=order.undo_of_id,
        details={
            "order": str(order.uuid),
            "target": order.target and order.target.value,
            "effective_on": order.effective_on.isoformat(),
            **({"approved_by": order.decided_by} if order.decided_by else {}),
        },
    )
    db.add(batch)
    db.flush()
    return batch


def apply(db: Session, order: MoveOrder, batch_id: int, at: datetime) -> int:
    """Move the subjects of an order that are not blocked, as part of a batch; return how many.

    Each must still have the version it had when it was laid: where one has not, nothing at all
    is done and Conflict is raised. Needs lock_programmes.
    """
    words = spelling(db)
    moved = run(
        db,
        "INSERT INTO status_change (enrolment_id, batch_id, before, after, reason, note, "  # noqa: S608
        "effective_on, recorded_at, undo_of_id, restores_id, exit_reason, since) "
        "SELECT s.enrolment_id, :batch, e.status, s.status, :reason, :note, "
        f"COALESCE(u.effective_on, {words.day(':day')}), {words.moment(':at')}, s.undo_of_id, "
        "s.restores_id, s.exit_reason, CASE WHEN s.exit_reason IS NOT NULL THEN s.since END "
        "FROM move_subject s "
        "JOIN enrolment e ON e.id = s.enrolment_id AND e.version = s.version "
        "LEFT JOIN status_change u ON u.id = s.undo_of_id "
        "WHERE s.order_id = :order AND s.blocked IS NULL ORDER BY s.enrolment_id",
        order=order.id,
        batch=batch_id,
        reason=order.reason,
        note=order.note,
        day=words.write_day(order.effective_on),
        at=words.write_moment(at),
    )
    set_ = run(
        db,
        "UPDATE enrolment SET status = s.status, since = s.since, ended_on = s.ended_on, "
        "exit_reason = s.exit_reason, version = enrolment.version + 1 FROM move_subject s "
        "WHERE s.order_id = :order AND s.blocked IS NULL AND s.enrolment_id = enrolment.id "
        "AND s.version = enrolment.version",
        order=order.id,
    )
    if moved != set_ or moved != count_movers(db, order):
        raise Conflict("These enrolments have changed meanwhile. Look at the move again.")
    tell_search(db, order)
    return moved


def tell_search(db: Session, order: MoveOrder) -> None:
    """Everybody whose entry shows the old status: who is enrolled, and who lives with them where
    the household is."""
    moved = (
        "FROM move_subject s JOIN enrolment e ON e.id = s.enrolment_id "
        "{} WHERE s.order_id = :order AND s.blocked IS NULL"
    )
    members = "JOIN membership m ON m.household_id = e.household_id AND m.until IS NULL"
    households = ask(db, f"SELECT count(e.household_id) {moved.format('')}", order=order.id)
    run(
        db,
        f"INSERT INTO search_outbox (person_id) SELECT e.person_id {moved.format('')}"
        + (f" UNION SELECT m.person_id {moved.format(members)}" if households else ""),
        order=order.id,
    )


def close_order(db: Session, order: MoveOrder, state: OrderState, batch: Batch | None) -> None:
    """Say what has become of an order."""
    order.state = state
    order.batch_id = batch.id if batch else None
    db.flush()
