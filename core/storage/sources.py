"""Remote sources: who owns one, when it is due, how far it was taken, and its runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, exists, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session

from core.domain.permissions import Actor
from core.errors import Conflict, InvalidInput, NotFound
from core.models import (
    ImportRow,
    ImportRun,
    ImportStep,
    Job,
    JobState,
    Programme,
    RowIssue,
    RunState,
    Source,
)
from core.storage.importing import imports, stage

KIND = "source.run"
_SOURCE, _RUN, _JOB, _PROGRAMME = (
    cast(Any, model).__table__.c for model in (Source, ImportRun, Job, Programme)
)
_ROW, _ISSUE, _STEP = (cast(Any, model).__table__.c for model in (ImportRow, RowIssue, ImportStep))


def add(db: Session, source: Source) -> None:
    """Keep a new source; raises InvalidInput when its name is taken."""
    if db.execute(select(_SOURCE.id).where(_SOURCE.name == source.name)).first():
        raise InvalidInput(
            "There is a source called “{name}” already. Choose another name.", name=source.name
        )
    db.add(source)
    db.flush()


def get(db: Session, actor: Actor, uuid: UUID, *, locked: bool = False) -> Source:
    """Return a source of the actor's own, of a programme the actor may still import into.

    `locked` is for who changes it; raises Conflict where it is retired and changes no more.
    """
    query = select(Source).where(_SOURCE.uuid == uuid, _SOURCE.user_id == actor.user_id)
    found: Source | None = db.execute(
        query.with_for_update() if locked else query
    ).scalar_one_or_none()
    if found is None or not imports.paths(actor, found.programme_id):
        raise NotFound("Source")
    if locked:
        require_live(found)
    return found


def require_live(source: Source) -> None:
    """Raise Conflict for a source that is retired."""
    if source.retired_at:
        raise Conflict(
            "“{name}” is retired: it is not imported any more. Add a new source instead.",
            name=source.name,
        )


def list_own(db: Session, actor: Actor) -> list[Source]:
    """Return the actor's sources by name, without those of programmes out of reach."""
    query = select(Source).where(_SOURCE.user_id == actor.user_id).order_by(_SOURCE.name)
    found = db.execute(query).scalars().all()
    return [source for source in found if imports.paths(actor, source.programme_id)]


def programme_of(db: Session, source: Source) -> Programme:
    """Return the programme that a source is imported into."""
    found: Programme = db.execute(
        select(Programme).where(_PROGRAMME.id == source.programme_id)
    ).scalar_one()
    return found


def find(db: Session, uuid: UUID) -> Source:
    """Return a source for the work that is done for its owner, whoever that is."""
    found: Source | None = db.execute(
        select(Source).where(_SOURCE.uuid == uuid)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("Source")
    return found


def list_due(db: Session, at: datetime) -> Sequence[Source]:
    """Return the sources whose moment has come, the longest waiting first."""
    query = select(Source).where(_SOURCE.next_at <= at, _SOURCE.paused.is_(None))
    return db.execute(query.order_by(_SOURCE.next_at)).scalars().all()


def claim_due(db: Session, source: Source, following: datetime) -> bool:
    """Move a due source on to its next moment; False when somebody else just did."""
    result = db.execute(
        update(Source)
        .where(_SOURCE.id == source.id, _SOURCE.next_at == source.next_at, _SOURCE.paused.is_(None))
        .values(next_at=following)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], result).rowcount == 1


def open_job(db: Session, source: Source) -> UUID | None:
    """Return the job that is to run a source or is at it, None where there is none."""
    query = select(Job).where(
        _JOB.kind == KIND, _JOB.state.in_((JobState.QUEUED, JobState.RUNNING))
    )
    waiting = db.execute(query.order_by(_JOB.id)).scalars()
    return next((job.uuid for job in waiting if job.arguments["source"] == str(source.uuid)), None)


def list_runs(db: Session, source: Source, limit: int | None) -> Sequence[ImportRun]:
    """Return the newest runs of a source, or all of them, newest first."""
    query = select(ImportRun).where(_RUN.source_id == source.id, _RUN.parent_id.is_(None))
    return db.execute(query.order_by(_RUN.id.desc()).limit(limit)).scalars().all()


def worked_on(db: Session, source: Source) -> UUID | None:
    """Return the unpublished run of a source that has more remedies than those replayed from its
    mapping: somebody is at work on it, and a newer run would take its place."""
    replayed = len(source.mapping["remembered"]["steps"]) if source.mapping else 0
    remedies = (
        select(func.count())
        .where(_STEP.run_id == _RUN.id, _STEP.undone.is_(False))
        .scalar_subquery()
    )
    query = select(_RUN.uuid).where(*_waiting(source), remedies > replayed)
    found: UUID | None = db.execute(query.order_by(_RUN.id.desc()).limit(1)).scalar()
    return found


def give_up_older(db: Session, source: Source, run_id: int, at: datetime) -> int:
    """Discard the source's unpublished runs before a run, which holds all that they held."""
    query = select(ImportRun).where(*_waiting(source), _RUN.id < run_id)
    older = db.execute(query.with_for_update()).scalars().all()
    for run in older:
        run.discarded_at = at
        stage.drop(db, stage.Stage(run.id or 0))
        db.execute(delete(RowIssue).where(_ISSUE.run_id == run.id))
        db.execute(delete(ImportRow).where(_ROW.run_id == run.id))
    return len(older)


def _waiting(source: Source) -> tuple[Any, ...]:
    return (
        _RUN.source_id == source.id,
        _RUN.parent_id.is_(None),
        _RUN.discarded_at.is_(None),
        _RUN.state != RunState.PUBLISHED,
    )


def advance(db: Session, run: ImportRun) -> None:
    """Move the cursor of a run's source, in the transaction that publishes what it stands for.

    A run older than one that is published already moves nothing: the cursor never goes back.
    """
    if run.source_id is None or not run.cursor:
        return
    other = aliased(ImportRun)
    later = exists(other).where(
        cast(Any, other.source_id) == run.source_id,
        cast(Any, other.id) > run.id,
        cast(Any, other.parent_id).is_(None),
        cast(Any, other.state) == RunState.PUBLISHED,
    )
    db.execute(
        update(Source)
        .where(_SOURCE.id == run.source_id, ~later)
        .values(cursor=run.cursor["to"])
        .execution_options(synchronize_session=False)
    )
