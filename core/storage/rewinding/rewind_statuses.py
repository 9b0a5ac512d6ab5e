"""The statuses that an import moved in known people: taken back with it where they still stand, and
moved again when the rewind is undone."""

from sqlmodel import Session

from core.domain.lifecycle import LONGEST_REASON, OrderState
from core.domain.permissions import Actor
from core.models import Batch, MoveOrder
from core.storage.dialect import ask, make_temporary, run
from core.storage.lifecycle import move_view, moves
from core.storage.lifecycle.move_undo import COLUMNS, keep_taken, stands, write_former
from core.storage.rewinding.rewind_reach import BEYOND

FORMER = "former_status"
"""The temporary table of these enrolments and where they go back to: the columns of a subject,
person_id, and `ok` where they do."""
_ELSEWHERE = "changed_elsewhere"
MOVERS = (
    "SELECT e.person_id FROM move_order o JOIN move_subject s ON s.order_id = o.id "
    "JOIN enrolment e ON e.id = s.enrolment_id WHERE o.batch_id = :batch"
)
"""The people whose statuses the batch :batch moved."""


def weigh(db: Session, batch_id: int) -> None:
    """Fill FORMER for what a batch moved. Needs the people out of reach in BEYOND."""
    orders = ask(db, "SELECT count(*) FROM move_order WHERE batch_id = :batch", batch=batch_id)
    keep_taken(db, batch_id, "c.before IS NOT NULL" if orders else "false")
    make_temporary(
        db,
        FORMER,
        "SELECT f.*, (f.blocked IS NULL AND NOT EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {BEYOND} b WHERE b.id = f.person_id)) AS ok "
        f"FROM ({write_former()}) f",
        index="person_id",
        batch=batch_id,
    )


def mark_moved(db: Session, made: str, moved: str, batch_id: int) -> None:
    """Keep those of a table of enrolments that a batch began which do not stand any more where it
    put them as the table `moved`; one whose moves are all undone stands there."""
    # First whoever has a change from elsewhere: of a large import these are few.
    make_temporary(
        db,
        _ELSEWHERE,
        f"SELECT DISTINCT e.* FROM {made} e "  # noqa: S608
        "JOIN status_change s ON s.enrolment_id = e.id AND s.batch_id <> :batch",
        batch=batch_id,
    )
    make_temporary(
        db,
        moved,
        f"SELECT e.* FROM {_ELSEWHERE} e "  # noqa: S608
        "JOIN status_change l ON l.id = (SELECT max(x.id) FROM status_change x "
        "WHERE x.enrolment_id = e.id) "
        f"JOIN status_change c ON c.id = {stands('l')} WHERE c.batch_id <> :batch",
        index="id",
        batch=batch_id,
    )


def move_back(db: Session, batch: Batch, actor: Actor, programme_id: int) -> None:
    """Move the statuses of FORMER back as part of a rewind's batch, or of its undo's. Needs the
    lock of the programme."""
    if not ask(db, f"SELECT count(*) FROM {FORMER} WHERE ok"):  # noqa: S608
        return
    order = moves.add_order(
        db,
        MoveOrder(
            kind=batch.kind,
            actor=actor.name,
            user_id=actor.user_id,
            programme_id=programme_id,
            reason=(batch.reason or "")[:LONGEST_REASON] or None,
            effective_on=batch.recorded_at.date(),
            made_at=batch.recorded_at,
            undo_of_id=batch.undo_of_id,
        ),
    )
    run(
        db,
        f"INSERT INTO move_subject (order_id, {COLUMNS}) "  # noqa: S608
        f"SELECT :order, {COLUMNS} FROM {FORMER} WHERE ok",
        order=order.id,
    )
    order.counts = {**move_view.count(db, order), "free_places": None}
    moves.apply(db, order, batch.id or 0, batch.recorded_at)
    moves.close_order(db, order, OrderState.DONE, batch)
