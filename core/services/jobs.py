"""Background work: look at it, cancel it, and run what is due, one worker at a time."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.domain.permissions import Actor
from core.errors import RegistryError, Words
from core.models import Job, JobState
from core.settings import now
from core.storage import jobs
from core.storage.database import reading, transaction

IMPORT_KINDS = ("import.check", "import.publish", "import.rewind", "import.rewind_undo")
_TELLING = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)
_MOST_MISSED, _MOST_OWN = 100, 200


@dataclass(frozen=True)
class JobView:
    """Where a piece of background work stands."""

    uuid: UUID
    kind: str
    state: JobState
    progress: int
    total: int | None
    message: str | None


def get(actor: Actor, uuid: UUID) -> JobView:
    """Return one of the actor's own jobs."""
    with reading() as db:
        return _view(jobs.get(db, actor.user_id, uuid))


def find_for_run(actor: Actor, run: UUID) -> JobView | None:
    """Return the newest of the actor's own jobs about an import, if it is under way or failed."""
    with reading() as db:
        found = jobs.find_own(db, actor.user_id, IMPORT_KINDS, _MOST_OWN)
        mine = [job for job in found if job.arguments.get("run") == str(run)]
        return _view(mine[0]) if mine and mine[0].state in _TELLING else None


def cancel(actor: Actor, uuid: UUID) -> None:
    """Cancel one of the actor's own jobs: at once, or at the next step of its worker."""
    with transaction() as db:
        jobs.ask_cancel(db, actor.user_id, uuid, now())


def _view(job: Job) -> JobView:
    said = job.message and Words.unpack(job.message)
    return JobView(job.uuid, job.kind, job.state, job.progress, job.total, said)


def run_next(worker: str, handlers: Mapping[str, jobs.Handler]) -> bool:
    """Do the oldest waiting job that a handler knows; False when there is none.

    A handler's expected failure is the job's message. Any other error leaves the job to its lease,
    so that it is tried again; after some attempts it is given up.
    """
    job = _claim(worker, tuple(handlers))
    if job is None:
        return False
    if job.attempts > jobs.MOST_ATTEMPTS:
        _finish(job, worker, JobState.FAILED, "Given up: the work stopped several times.")
        return True
    with _kept_alive(job, worker):
        state, message = JobState.DONE, ""
        try:
            message = handlers[job.kind](_work(job, worker))
        except jobs.Cancelled as stopped:
            state, message = JobState.CANCELLED, stopped.said
        except RegistryError as failed:
            state, message = JobState.FAILED, failed.said
    _finish(job, worker, state, message)
    return True


def _claim(worker: str, kinds: tuple[str, ...]) -> Job | None:
    with transaction() as db:
        job = jobs.find_waiting(db, kinds, now())
        if job is None or not jobs.claim(db, job.id or 0, worker, now()):
            return None
        db.refresh(job)
        return job


def _work(job: Job, worker: str) -> jobs.Work:
    def tell(done: int) -> None:
        with transaction() as db:
            if not jobs.beat(db, job.id or 0, worker, done, now()):
                raise jobs.Cancelled

    return jobs.Work(job.arguments, job.user_id, tell)


@contextmanager
def _kept_alive(job: Job, worker: str) -> Iterator[None]:
    """Prolong the lease while one long step, such as a publish, gives no sign of progress."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(jobs.LEASE.total_seconds() / 4):
            jobs.keep_lease(job.id or 0, worker)

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _finish(job: Job, worker: str, state: JobState, message: str) -> None:
    with transaction() as db:
        jobs.finish(db, job.id or 0, worker, state, message, now())


def due_slots(job: str, every: timedelta, at: datetime) -> list[datetime]:
    """Return the slots of a periodic job up to `at` that nobody has done, oldest first.

    Slots are whole multiples of `every` since 1970; a job never done begins with the present one,
    and after a long sleep only the newest of the missed ones are made up.
    """
    start = datetime.fromtimestamp(0, tz=at.tzinfo)
    current = start + (at - start) // every * every
    with transaction() as db:
        last = jobs.last_slot(db, job)
    if last is None:
        return [current]
    missed = min((current - last) // every, _MOST_MISSED)
    return [current - every * back for back in range(missed - 1, -1, -1)]


def run_slot(job: str, slot: datetime, worker: str, work: Callable[[datetime], None]) -> bool:
    """Do one slot of a periodic job unless it is done or another worker is at it."""
    with transaction() as db:
        if not jobs.claim_slot(db, job, slot, worker, now()):
            return False
    work(slot)
    with transaction() as db:
        jobs.finish_slot(db, job, slot, worker, now())
    return True
