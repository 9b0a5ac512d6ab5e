"""The queue of background work and the ledger of periodic work, each done by one worker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from core.errors import NotFound, RegistryError, Words
from core.models import Job, JobSlot, JobState
from core.settings import now
from core.storage.database import is_sqlite, transaction

LEASE = timedelta(minutes=2)
"""How long a worker may be silent before another takes its work."""
MOST_ATTEMPTS = 3
_JOB, _SLOT = cast(Any, Job).__table__.c, cast(Any, JobSlot).__table__.c


class Cancelled(RegistryError):
    """Somebody asked to stop the work, or another worker took it over."""

    def __init__(self) -> None:
        super().__init__("The work was cancelled.")


@dataclass(frozen=True)
class Work:
    """What a handler gets: the job's arguments, who asked for it, and how to tell its progress.

    `progress` takes how many are done and raises Cancelled when the work must stop.
    """

    arguments: Mapping[str, Any]
    user_id: int | None
    progress: Callable[[int], None]


Handler = Callable[[Work], str]
"""Does the work of one kind; returns the closing message for the reader."""


def add(db: Session, job: Job) -> UUID:
    """Put a job into the queue; return its uuid."""
    db.add(job)
    db.flush()
    return job.uuid


def get(db: Session, user_id: int, uuid: UUID) -> Job:
    """Return a job of the user's own."""
    query = select(Job).where(_JOB.uuid == uuid, _JOB.user_id == user_id)
    job: Job | None = db.execute(query).scalar_one_or_none()
    if job is None:
        raise NotFound("Job")
    return job


def find_own(db: Session, user_id: int, kinds: Sequence[str], limit: int) -> Sequence[Job]:
    """Return the user's newest jobs of some kinds, the newest first."""
    query = select(Job).where(_JOB.user_id == user_id, _JOB.kind.in_(kinds))
    return db.execute(query.order_by(_JOB.id.desc()).limit(limit)).scalars().all()


def find_waiting(db: Session, kinds: Sequence[str], at: datetime) -> Job | None:
    """Return the oldest job to do: queued, or left by a worker whose lease ran out."""
    query = select(Job).where(_JOB.kind.in_(kinds), _free(at)).order_by(_JOB.id).limit(1)
    return db.execute(query).scalar_one_or_none()


def _free(at: datetime) -> Any:  # noqa: ANN401 - an SQL expression
    left = and_(_JOB.state == JobState.RUNNING, _JOB.leased_until < at)
    return or_(_JOB.state == JobState.QUEUED, left)


def claim(db: Session, job_id: int, worker: str, at: datetime) -> bool:
    """Take a job unless another worker was faster."""
    result = db.execute(
        update(Job)
        .where(_JOB.id == job_id, _free(at))
        .values(
            state=JobState.RUNNING,
            worker=worker,
            attempts=_JOB.attempts + 1,
            leased_until=at + LEASE,
        )
    )
    return _changed(result)


def _changed(result: object) -> bool:
    return cast(CursorResult[Any], result).rowcount == 1


def beat(db: Session, job_id: int, worker: str, progress: int | None, at: datetime) -> bool:
    """Prolong the lease and note the progress; False when the job is no longer the worker's or
    somebody asked to cancel it."""
    values: dict[str, object] = {"leased_until": at + LEASE}
    if progress is not None:
        values["progress"] = progress
    result = db.execute(
        update(Job)
        .where(
            _JOB.id == job_id,
            _JOB.worker == worker,
            _JOB.state == JobState.RUNNING,
            _JOB.cancel_asked.is_(False),
        )
        .values(values)
    )
    return _changed(result)


def keep_lease(job_id: int, worker: str) -> None:
    """Prolong the lease while one long step gives no sign of progress, in a transaction apart.

    On SQLite the step may be the very writer that this waits for: then nobody else can take the
    job either, and the next try prolongs the lease.
    """
    try:
        with transaction() as db:
            beat(db, job_id, worker, None, now())
    except OperationalError as busy:
        if "locked" not in str(busy):
            raise


def finish(
    db: Session, job_id: int, worker: str, state: JobState, message: str | None, at: datetime
) -> bool:
    """Close a job that is still the worker's."""
    said = message.pack(500) if isinstance(message, Words) else (message or "")[:500]
    result = db.execute(
        update(Job)
        .where(_JOB.id == job_id, _JOB.worker == worker, _JOB.state == JobState.RUNNING)
        .values(
            state=state,
            message=said or None,
            finished_at=at,
            leased_until=None,
        )
    )
    return _changed(result)


def ask_cancel(db: Session, user_id: int, uuid: UUID, at: datetime) -> None:
    """Cancel a queued job at once; ask the worker of a running one to stop."""
    job = get(db, user_id, uuid)
    waiting = update(Job).where(_JOB.id == job.id, _JOB.state == JobState.QUEUED)
    if not _changed(db.execute(waiting.values(state=JobState.CANCELLED, finished_at=at))):
        db.execute(
            update(Job)
            .where(_JOB.id == job.id, _JOB.state == JobState.RUNNING)
            .values(cancel_asked=True)
        )


def last_slot(db: Session, job: str) -> datetime | None:
    """Return the newest slot of a periodic job that was done."""
    query = select(func.max(_SLOT.slot)).where(_SLOT.job == job, _SLOT.done_at.is_not(None))
    return cast("datetime | None", db.execute(query).scalar_one())


def claim_slot(db: Session, job: str, slot: datetime, worker: str, at: datetime) -> bool:
    """Take one due moment of a periodic job: once, or again when its worker went silent."""
    dialect = sqlite if is_sqlite(db) else postgresql
    made = (
        dialect.insert(JobSlot)
        .values(job=job, slot=slot, worker=worker, leased_until=at + LEASE)
        .on_conflict_do_nothing()
        .returning(_SLOT.job)
    )
    if db.execute(made).scalar_one_or_none() is not None:
        return True
    result = db.execute(
        update(JobSlot)
        .where(
            _SLOT.job == job,
            _SLOT.slot == slot,
            _SLOT.done_at.is_(None),
            _SLOT.leased_until < at,
        )
        .values(worker=worker, leased_until=at + LEASE)
    )
    return _changed(result)


def finish_slot(db: Session, job: str, slot: datetime, worker: str, at: datetime) -> None:
    """Note that one due moment is done."""
    db.execute(
        update(JobSlot)
        .where(_SLOT.job == job, _SLOT.slot == slot, _SLOT.worker == worker)
        .values(done_at=at)
    )
