"""The outbox: nobody is forgotten, whatever stops in between and whoever else is at work."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from core.models import Person, SearchOutbox
from core.search import Index, Query, open_index
from core.search.outbox import drain, drift, enqueue_everyone
from core.services.upkeep import drain_search, seal_logs
from core.storage.audit import find_break, record_access, record_act
from core.storage.database import access_transaction, reading, transaction
from tests.conftest import Registry
from tests.rows import actor, add_human, count_waiting


def add_many(count: int) -> None:
    with transaction() as db:
        for number in range(count):
            add_human(db, f"Person{number:04d} Sow")


def waiting() -> int:
    with reading() as db:
        return count_waiting(db)


class Killed(BaseException):
    """Stands for the end of the process."""


def test_killed_between_the_index_and_the_outbox_nothing_is_lost_or_doubled(
    registry: Registry,
) -> None:
    add_many(5)
    index = open_index()

    with pytest.raises(Killed), transaction() as db:
        assert drain(db, index, 3) == 3
        raise Killed

    assert waiting() == 5
    assert index.count() == 3
    assert drain_search() == 5
    assert (waiting(), index.count()) == (0, 5)


def test_drains_at_the_same_time_leave_every_person_in_the_newest_state(
    registry: Registry,
) -> None:
    add_many(40)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: drain_search(limit=10), range(8)))
        with transaction() as db:
            db.execute(update(Person).values(full_name="Renamed Sow"))
            enqueue_everyone(db)
        list(pool.map(lambda _: drain_search(limit=15), range(8)))
    drain_search()

    with reading() as db:
        report = drift(db, open_index())
    assert (report.missing, report.extra, report.waiting) == (0, 0, 0)
    assert len(open_index().find(Query("renamed", actor(), limit=100))) == 40
    assert open_index().find(Query("person0001", actor())) == []


def test_drift_counts_the_missing_and_the_superfluous_but_not_the_waiting(
    registry: Registry,
) -> None:
    add_many(6)
    drain_search()
    index: Index = open_index()
    index.remove([1, 2])
    with transaction() as db:
        db.execute(update(Person).where(Person.id == 3).values(merged_into_id=4))
        db.execute(update(Person).where(Person.id == 5).values(merged_into_id=4))
        db.add(SearchOutbox(person_id=5))

    with reading() as db:
        report = drift(db, index)

    assert (report.missing, report.extra, report.waiting) == (2, 1, 1)


def test_an_empty_outbox_is_nothing_to_do(registry: Registry) -> None:
    assert drain_search() == 0


def test_both_logs_are_sealed(registry: Registry) -> None:
    with transaction() as db:
        record_act(db, "ada", "test", None)
    record_access("ada", "search", None)

    assert seal_logs() >= 2
    assert seal_logs() == 0
    with transaction() as db:
        assert find_break(db, "audit") is None
    with access_transaction() as db:
        assert find_break(db, "access") is None
