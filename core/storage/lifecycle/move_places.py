"""A programme's places: how many are free, and what that means for an order."""

from sqlmodel import Session

from core.domain.lifecycle import Block, State
from core.models import Unit
from core.storage.dialect import ask, run
from core.storage.lifecycle.move_plan import Plan


def unblock_full(db: Session, plan: Plan) -> None:
    """Forget that there were too few places: whether there are now is asked once everything else
    about the movers is known."""
    run(
        db,
        "UPDATE move_subject SET blocked = NULL "  # noqa: S608
        f"WHERE order_id = :order AND blocked = '{Block.CAPACITY}'",
        order=plan.order.id,
    )


def block_full(db: Session, plan: Plan) -> int | None:
    """Block every mover when the programme has fewer free places than movers; return the free
    places, None where it has no limit or nobody would take a place."""
    programme = plan.programme
    if programme.capacity is None or plan.target is not State.ACTIVE:
        return None
    of_unit = "IS NOT NULL" if programme.unit == Unit.HOUSEHOLD else "IS NULL"
    asked = ask(
        db,
        "SELECT count(*) FROM move_subject s JOIN enrolment e ON e.id = s.enrolment_id "  # noqa: S608
        f"WHERE s.order_id = :order AND s.blocked IS NULL AND e.household_id {of_unit}",
        order=plan.order.id,
    )
    taken = ask(
        db,
        "SELECT count(*) FROM enrolment WHERE programme_id = :programme "  # noqa: S608
        f"AND status = 'ACTIVE' AND ended_on IS NULL AND household_id {of_unit}",
        programme=programme.id,
    )
    free = max(0, programme.capacity - taken)
    if asked > free:
        run(
            db,
            f"UPDATE move_subject SET blocked = '{Block.CAPACITY}' "  # noqa: S608
            "WHERE order_id = :order AND blocked IS NULL",
            order=plan.order.id,
        )
    return free if asked else None
