"""Each rule of what must always hold notices the row that breaks it."""

import pytest
from sqlalchemy import text

from core.domain.fields import Status
from core.models import Programme
from core.storage import integrity
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.rows import ROOT, add_household, add_human
from tests.world import add_batch, enrol

MOVED = (
    "INSERT INTO status_change (enrolment_id, batch_id, before, after, effective_on, recorded_at, "
    "since, exit_reason, undo_of_id, restores_id) SELECT 1, 1, '{before}', '{after}', "
    "'2024-02-01', recorded_at, {since}, {reason}, {undo}, {restores} "
    "FROM status_change WHERE id = 1"
)
STANDS = "an enrolment stands where its newest status change led"
BEGINS = "each status change begins in the status that the one before it left"


def moved(before: str, after: str, since: str = "NULL", reason: str = "NULL", undo: str = "NULL",
          restores: str = "NULL") -> str:  # fmt: skip
    return MOVED.format(
        before=before, after=after, since=since, reason=reason, undo=undo, restores=restores
    )


BROKEN: dict[str, tuple[str, ...]] = {
    f"{STANDS} (status)": ("UPDATE enrolment SET status = 'SUSPENDED' WHERE id = 1",),
    f"{STANDS} (since)": ("UPDATE enrolment SET since = '2024-01-16' WHERE id = 1",),
    f"{STANDS} (exit)": (
        moved("ACTIVE", "ACTIVE", since="'2024-01-15'", reason="'MOVED'"),
        "UPDATE enrolment SET ended_on = '2024-02-02', exit_reason = 'MOVED' WHERE id = 1",
    ),
    f"{STANDS} (no change at all)": ("DELETE FROM status_change WHERE enrolment_id = 2",),
    BEGINS: (
        moved("SUSPENDED", "GRADUATED"),
        "UPDATE enrolment SET status = 'GRADUATED', since = '2024-02-01' WHERE id = 1",
    ),
    "an undo takes back a change of its own enrolment and leads to a state it once had": (
        moved("ACTIVE", "ACTIVE", undo="2", restores="1"),
    ),
    "an enrolment that has ended says why, an open one does not": (
        moved("ACTIVE", "ACTIVE", since="'2024-01-15'", reason="'MOVED'"),
        "UPDATE enrolment SET ended_on = '2024-02-01' WHERE id = 1",
    ),
    "a batch carries no enrolment twice and counts as many as it moved": (
        "INSERT INTO move_order (id, uuid, kind, actor, effective_on, scope, counts, state, "
        "made_at) SELECT 1, '00000000000000000000000000000001', 'transition', 'ada', "
        "'2024-02-01', '{}', '{}', 'DONE', recorded_at FROM batch WHERE id = 1",
        "INSERT INTO move_subject (order_id, enrolment_id, version, part, status, since) "
        "VALUES (1, 1, 1, 'CHOSEN', 'ACTIVE', '2024-02-01')",
    ),
    "nobody who was merged away lives in a household": (
        "UPDATE person SET merged_into_id = 1 WHERE id = 2",
    ),
    "nobody who was merged away is enrolled": (
        "UPDATE person SET merged_into_id = 1 WHERE id = 2",
    ),
    "nobody lives in a household that was merged away, and it is not enrolled": (
        "UPDATE household SET merged_into_id = 2 WHERE id = 1",
    ),
    "the chain of merges of a person has an end": (
        "UPDATE person SET merged_into_id = 3 - id WHERE id IN (1, 2)",
    ),
    "the chain of merges of a household has an end": (
        "UPDATE household SET merged_into_id = 3 - id WHERE id IN (1, 2)",
    ),
}


def test_each_rule_names_what_breaks_it(registry: Registry) -> None:
    fill()
    assert breaches() == set()
    for rule, statements in BROKEN.items():
        with pytest.raises(Stop), transaction() as db:
            for statement in statements:
                db.execute(text(statement))
            found = {name for name, _rows in integrity.find_breaches(db)}
            assert rule.split(" (")[0] in found
            raise Stop
    assert breaches() == set()


class Stop(Exception):
    """Takes a transaction back."""


def breaches() -> set[str]:
    with reading() as db:
        return {name for name, _rows in integrity.find_breaches(db)}


def fill() -> None:
    """Two people in one household, one alone in another, all enrolled."""
    with transaction() as db:
        programme = Programme(code="CASH", name="Cash")
        db.add(programme)
        db.flush()
        batch = add_batch(db)
        people = [add_human(db, name) for name in ("Awa", "Ben", "Cleo")]
        add_household(db, ROOT, *people[:2])
        add_household(db, ROOT, people[2])
        for person in people:
            enrol(db, batch, person, programme, Status.ACTIVE)
