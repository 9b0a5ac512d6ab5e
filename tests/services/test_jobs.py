"""Background work is done by one worker, once, or again when that worker fell silent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from core.errors import InvalidInput, NotFound
from core.models import Job, JobState
from core.services import imports, jobs
from core.settings import now
from core.storage import jobs as queue
from core.storage.database import transaction
from core.storage.jobs import Work
from core.text import speak, speaking
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask
from tests.people import People, add_people

HOUR = timedelta(hours=1)


@pytest.fixture
def people(registry: Registry) -> People:
    return add_people()


def add_job(people: People, kind: str = "count") -> UUID:
    with transaction() as db:
        job = Job(kind=kind, arguments={"to": 3}, user_id=people.brook.user_id, created_at=now())
        return queue.add(db, job)


def let_leases_run_out() -> None:
    with transaction() as db:
        db.execute(update(Job).values(leased_until=now() - HOUR))


def count(work: Work) -> str:
    for done in range(work.arguments["to"]):
        work.progress(done + 1)
    return "counted"


def test_a_job_is_done_once(people: People) -> None:
    job = add_job(people)

    assert jobs.run_next("one", {"count": count})
    assert not jobs.run_next("two", {"count": count})

    seen = jobs.get(people.brook, job)
    assert (seen.state, seen.progress, seen.message) == (JobState.DONE, 3, "counted")


def test_a_job_without_a_handler_here_waits(people: People) -> None:
    add_job(people, "other")

    assert not jobs.run_next("one", {"count": count})


def test_an_expected_failure_is_the_jobs_message(people: People) -> None:
    def fail(_work: Work) -> str:
        raise InvalidInput("“{name}” is not a field of the registry.", name="{shoe}")

    job = add_job(people)
    jobs.run_next("one", {"count": fail})

    seen = jobs.get(people.brook, job)
    said = "“{shoe}” is not a field of the registry."
    assert (seen.state, seen.message) == (JobState.FAILED, said)
    with speaking("fr"):
        assert speak(seen.message or "") == "« {shoe} » n’est pas un champ du registre."


def test_a_worker_that_dies_leaves_its_job_to_another(people: People) -> None:
    def die(_work: Work) -> str:
        raise ZeroDivisionError

    job = add_job(people)
    with pytest.raises(ZeroDivisionError):
        jobs.run_next("one", {"count": die})
    assert not jobs.run_next("two", {"count": count})
    let_leases_run_out()

    assert jobs.run_next("two", {"count": count})

    assert jobs.get(people.brook, job).state == JobState.DONE


def test_work_that_keeps_dying_is_given_up(people: People) -> None:
    def die(_work: Work) -> str:
        raise ZeroDivisionError

    job = add_job(people)
    for _ in range(queue.MOST_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            jobs.run_next("one", {"count": die})
        let_leases_run_out()

    assert jobs.run_next("one", {"count": die})
    assert jobs.get(people.brook, job).state == JobState.FAILED


def test_a_worker_that_was_overtaken_stops(people: People) -> None:
    def be_overtaken(work: Work) -> str:
        let_leases_run_out()
        assert jobs.run_next("two", {"count": count})
        return count(work)

    job = add_job(people)
    jobs.run_next("one", {"count": be_overtaken})

    seen = jobs.get(people.brook, job)
    assert (seen.state, seen.message) == (JobState.DONE, "counted")
    assert ask("SELECT worker FROM job") == [("two",)]


def test_a_running_job_stops_at_its_next_step_when_cancelled(people: People) -> None:
    def cancelled_halfway(work: Work) -> str:
        work.progress(1)
        jobs.cancel(people.brook, job)
        work.progress(2)
        raise AssertionError

    job = add_job(people)
    jobs.run_next("one", {"count": cancelled_halfway})

    seen = jobs.get(people.brook, job)
    assert (seen.state, seen.progress) == (JobState.CANCELLED, 1)


def test_a_waiting_job_is_cancelled_at_once(people: People) -> None:
    job = add_job(people)

    jobs.cancel(people.brook, job)

    assert not jobs.run_next("one", {"count": count})
    assert jobs.get(people.brook, job).state == JobState.CANCELLED


def test_a_job_is_its_owners(people: People) -> None:
    job = add_job(people)

    with pytest.raises(NotFound):
        jobs.get(people.amina, job)
    with pytest.raises(NotFound):
        jobs.cancel(people.amina, job)


def test_a_large_file_goes_through_the_queue(people: People, tmp_path: Path) -> None:
    add_programme("CASH")
    run = Desk(people.brook, tmp_path).start("Full name,Sex\nAwa Traoré,F\nMoussa Koné,M\n")

    for mode in (None, "clean"):
        job = imports.enqueue(people.brook, run, mode)
        assert jobs.run_next("one", imports.HANDLERS)
        assert jobs.get(people.brook, job).state == JobState.DONE

    assert jobs.get(people.brook, job).message.startswith("2 new, 0 changed")
    assert ask("SELECT count(*) FROM person") == [(2,)]


def test_a_slot_is_done_once_and_missed_ones_are_made_up(registry: Registry) -> None:
    done: list[datetime] = []
    noon = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)
    hour = noon.replace(minute=0)

    for slot in jobs.due_slots("seal", HOUR, noon):
        assert jobs.run_slot("seal", slot, "one", done.append)
        assert not jobs.run_slot("seal", slot, "two", done.append)
    assert jobs.due_slots("seal", HOUR, noon) == []
    for slot in jobs.due_slots("seal", HOUR, noon + 3 * HOUR):
        jobs.run_slot("seal", slot, "two", done.append)

    assert done == [hour, hour + HOUR, hour + 2 * HOUR, hour + 3 * HOUR]


def test_a_slot_left_by_a_dead_worker_is_done_by_another(registry: Registry) -> None:
    slot = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def die(_slot: datetime) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        jobs.run_slot("seal", slot, "one", die)
    with transaction() as db:
        assert not queue.claim_slot(db, "seal", slot, "two", now())
        assert queue.claim_slot(db, "seal", slot, "two", now() + HOUR)
