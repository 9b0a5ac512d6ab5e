"""The enrolments that households have beside their members', where a household rule asks for it."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from core.storage import series
from core.storage.dialect import ask, make_temporary, run, spelling

_NEW = "new_household_enrolment"


def _leaders(among: str | None) -> str:
    """Write the query of the households that lack an enrolment of their own, each with the state
    of its head's, or else of the member's who was enrolled first."""
    inside = f"AND m.household_id IN (SELECT household_id FROM {among}) " if among else ""  # noqa: S608
    return (
        "SELECT * FROM (SELECT m.household_id, e.cycle, e.person_id, e.status, e.since, "  # noqa: S608
        "e.enrolled_on, row_number() OVER (PARTITION BY m.household_id, e.cycle "
        "ORDER BY m.is_head DESC, e.enrolled_on, e.id) AS turn "
        "FROM enrolment e JOIN membership m ON m.person_id = e.person_id AND m.until IS NULL "
        "WHERE e.programme_id = :programme AND e.household_id IS NULL AND e.ended_on IS NULL "
        f"{inside}AND NOT EXISTS (SELECT 1 FROM enrolment o WHERE o.programme_id = :programme "
        "AND o.cycle = e.cycle AND o.household_id = m.household_id)) t WHERE turn = 1"
    )


def foresee(db: Session, programme_id: int) -> dict[str, int]:
    """Return how many households would get an enrolment of their own, by its status."""
    counted = f"SELECT status, count(*) FROM ({_leaders(None)}) l GROUP BY status"  # noqa: S608
    found = db.execute(text(counted), {"programme": programme_id})
    return {str(status): int(count) for status, count in found}


def enrol_households(
    db: Session,
    programme_id: int,
    batch_id: int,
    at: datetime,
    *,
    among: str | None = None,
    unsearched: str | None = None,
) -> list[int]:
    """Enrol, as part of a batch, every household that has an open member enrolment in a programme
    and cycle and none of its own; return the new keys.

    `among` names a table of household_ids to keep to; people with `is_new` in the table
    `unsearched` are waiting for search already.
    """
    make_temporary(
        db,
        _NEW,
        "SELECT l.*, row_number() OVER (ORDER BY household_id, cycle) AS rank "  # noqa: S608
        f"FROM ({_leaders(among)}) l",
        index="household_id",
        programme=programme_id,
    )
    count = ask(db, f"SELECT count(*) FROM {_NEW}")  # noqa: S608
    if not count:
        return []
    before = series.take(db, "enrolment", count)
    _insert(db, programme_id, batch_id, at, before)
    _tell_search(db, unsearched)
    return list(range(before + 1, before + 1 + count))


def _insert(db: Session, programme_id: int, batch_id: int, at: datetime, before: int) -> None:
    words = spelling(db)
    run(
        db,
        "INSERT INTO enrolment (id, uuid, version, programme_id, cycle, person_id, household_id, "  # noqa: S608
        f"status, since, enrolled_on) SELECT :before + rank, {words.uuid}, 1, :programme, cycle, "
        f"person_id, household_id, status, since, enrolled_on FROM {_NEW}",
        before=before,
        programme=programme_id,
    )
    run(
        db,
        "INSERT INTO status_change (enrolment_id, batch_id, after, effective_on, recorded_at) "  # noqa: S608
        f"SELECT :before + rank, :batch, status, since, {words.moment(':at')} FROM {_NEW} "
        "ORDER BY rank",
        before=before,
        batch=batch_id,
        at=words.write_moment(at),
    )


def _tell_search(db: Session, unsearched: str | None) -> None:
    """A member is found by the household's status too."""
    waiting = (
        f"WHERE NOT EXISTS (SELECT 1 FROM {unsearched} u "  # noqa: S608
        "WHERE u.person_id = m.person_id AND u.is_new)"
    )
    run(
        db,
        f"INSERT INTO search_outbox (person_id) SELECT m.person_id FROM {_NEW} n "  # noqa: S608
        "JOIN membership m ON m.household_id = n.household_id AND m.until IS NULL "
        f"{waiting if unsearched else ''}",
    )


def first_changes(db: Session, batch_id: int) -> list[int]:
    """Return the keys of the first statuses that a batch gave."""
    query = "SELECT id FROM status_change WHERE batch_id = :batch AND before IS NULL ORDER BY id"
    return list(db.execute(text(query), {"batch": batch_id}).scalars())
