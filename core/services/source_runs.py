"""Runs of sources: fetched, received, checked, and published or held up for a person to look at.

One run covers all that was missed. A run that is killed is repeated from the source's cursor, which
moves in the transaction that publishes: every record is taken in once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from core.domain import source_words as words
from core.domain.permissions import Actor, Permission, require
from core.domain.timetable import next_at
from core.errors import Conflict, NotAllowed, NotFound, RegistryError, Words
from core.etl import choices, connect, pipeline
from core.etl.columns.remembered import Remembered, apply, read_remembered
from core.etl.connect import Answer, Asked, Secrets
from core.etl.runs.checking import check_run, publish_checked
from core.etl.runs.document import Document, StartImport
from core.etl.runs.receiving import look_again, receive
from core.etl.tables.shapes import Layout, Shape
from core.models import Job, Source
from core.settings import now, read_settings, today
from core.storage import accounts, audit, jobs, notices, secrets, sources
from core.storage.database import Session, data_dir, reading, transaction
from core.storage.importing import imports, steps

Progress = Callable[[int], None]
_HELD_SHARE = 20
_LEFT_BEHIND_S = 86_400
_PAGE = "/import_data"


@dataclass(frozen=True)
class Outcome:
    """What a run of a source came to; `run` is None where there was nothing new."""

    source: UUID
    run: UUID | None
    rows: int
    published: bool
    paused: str | None
    text: str


@dataclass(frozen=True)
class _Job:
    """One run under way: for whom, which source as it was at its start, who is told."""

    actor: Actor
    source: Source
    at: datetime
    progress: Progress


def run_source(actor: Actor, uuid: UUID, progress: Progress | None = None) -> Outcome:
    """Import what is new in one of the actor's own sources.

    Publishes where the source says so and nothing speaks against it; pauses the source, and says
    why in a notice, where a person must decide. Raises SourceFailed when the source does not
    answer, Conflict while it is paused.
    """
    require(actor, Permission.IMPORT)
    at = now()
    with transaction() as db:
        source = sources.get(db, actor, uuid)
        sources.require_live(source)
        if source.paused:
            why = Words.unpack(source.paused)
            raise Conflict("“{name}” is paused: {why} Resume it first.", name=source.name, why=why)
        if busy := sources.worked_on(db, source):
            return Outcome(source.uuid, busy, 0, False, None, words.say_busy(source.name))
        _record(db, actor, "source.run", source)
    under_way = _Job(actor, source, at, progress or (lambda _done: None))
    try:
        return _run(under_way)
    except (NotAllowed, NotFound, jobs.Cancelled):
        raise
    except RegistryError as failed:
        with transaction() as db:
            text = words.say_failed(source.name, failed.said)
            notices.add(db, source.user_id, text, _PAGE, now())
        raise


def _run(job: _Job) -> Outcome:
    path = _place_for(job.source)
    try:
        answer = _fetch(job, path)
        if answer.rows == 0:
            return _nothing_new(job, answer)
        run = _receive(job, path, answer)
    finally:
        path.unlink(missing_ok=True)
    return _take_in(job, run, answer.rows)


def _place_for(source: Source) -> Path:
    """Return where the answer goes; what a killed run left there long ago is removed."""
    folder = data_dir() / "fetched"
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.glob(f"{source.uuid}.*"):
        if time.time() - left.stat().st_mtime > _LEFT_BEHIND_S:
            left.unlink(missing_ok=True)
    return folder / f"{source.uuid}.{uuid4().hex}.jsonl"


def _fetch(job: _Job, path: Path) -> Answer:
    source = job.source
    known = Secrets(secrets.decrypt(source.secret))
    asked = Asked(source.options, known, source.cursor, job.at)
    return connect.fetch_to_file(
        connect.find_connector(source.kind), asked, path, progress=job.progress
    )


def _nothing_new(job: _Job, answer: Answer) -> Outcome:
    """Note how far an answer without a record read the source, unless another run went further."""
    with transaction() as db:
        source = sources.get(db, job.actor, job.source.uuid, locked=True)
        if source.cursor == job.source.cursor:
            source.cursor = answer.cursor_to
    return Outcome(job.source.uuid, None, 0, False, None, words.NOTHING_NEW)


def _receive(job: _Job, path: Path, answer: Answer) -> UUID:
    source = job.source
    with reading() as db:
        programme = sources.programme_of(db, source)
    order = StartImport(
        path,
        f"{source.name}.jsonl",
        programme.code,
        source.status,
        dataset=source.dataset,
        source_id=source.id,
        cursor={"from": source.cursor, "to": answer.cursor_to},
    )
    return receive(job.actor, order)


def _take_in(job: _Job, run_uuid: UUID, rows: int) -> Outcome:
    """Check the answer and publish it, or say what keeps it from being published."""
    if trouble := _settle_columns(job, run_uuid):
        return _pause(job, run_uuid, rows, trouble)
    counts = check_run(job.actor, run_uuid, job.progress)
    with transaction() as db:
        run = imports.get(db, job.actor, run_uuid)
        sources.give_up_older(db, job.source, run.id or 0, now())
    most = int(job.source.limits.get("held_share", _HELD_SHARE))
    if counts["held"] * 100 > most * counts["rows"]:
        too_many = words.say_held(counts["held"], counts["rows"], most)
        return _pause(job, run_uuid, rows, too_many)
    if not job.source.publishes:
        text = words.say_waiting(job.source.name, counts["rows"], counts["held"])
        _tell(job, run_uuid, text)
        return Outcome(job.source.uuid, run_uuid, rows, False, None, text)
    receipt = publish_checked(job.actor, run_uuid)
    return Outcome(job.source.uuid, run_uuid, rows, True, None, receipt.said)


def _settle_columns(job: _Job, run_uuid: UUID) -> Words | None:
    """Settle the run's tables and columns as the source's own; return why a person must do it.

    A mapped column that is missing loads nothing; a new one is kept as an attribute, with a notice.
    """
    if job.source.mapping is None:
        return _settle_as_suggested(job, run_uuid)
    kept = read_remembered(job.source.mapping["remembered"])
    draft = _draft(job, run_uuid, kept)
    fitted = apply(kept, draft.suggestions)
    if used := [header for header in fitted.missing if _is_used(header, kept)]:
        return words.say_missing(used)
    fresh = set(fitted.fresh)
    columns = {
        header: choices.Column() if header in fresh else fitted.mapping.columns.get(header)
        for header in draft.headers
    }
    mapping = choices.Mapping({h: column or choices.Column() for h, column in columns.items()})
    with transaction() as db:
        run = imports.get(db, job.actor, run_uuid, locked=True)
        run.mapping = replace(draft.choose(mapping, fitted.key), names=fitted.names).to_json()
        steps.add(db, run.id or 0, map(dict, fitted.steps), job.actor.name, now())
    if fitted.fresh:
        _tell(job, run_uuid, words.say_fresh(job.source.name, fitted.fresh))
    return None


def _settle_as_suggested(job: _Job, run_uuid: UUID) -> Words | None:
    key = connect.find_connector(job.source.kind).key_column(job.source.options)
    with transaction() as db:
        run = imports.get(db, job.actor, run_uuid, locked=True)
        draft = Document.from_json(run.mapping)
        if unsure := [one.header for one in draft.suggestions if not one.safe]:
            return words.say_unsettled(unsure)
        if key and key not in draft.headers:
            return words.say_missing([key])
        mapping = pipeline.default_mapping(draft.suggestions)
        run.mapping = draft.choose(mapping, key).to_json()
    return None


def _draft(job: _Job, run_uuid: UUID, kept: Remembered) -> Document:
    """Return the run's draft with the tables that the source settled, read from this answer."""
    with reading() as db:
        run = imports.get(db, job.actor, run_uuid)
    layout = job.source.mapping["layout"]
    if layout is None:
        return Document.from_json(run.mapping)
    return look_again(run, Layout.from_json(layout), Shape.from_json(kept.shape or {}))


def _is_used(header: str, kept: Remembered) -> bool:
    column = kept.mapping.columns.get(header)
    return header == kept.key or bool(column and column.field and not column.left_out)


def _pause(job: _Job, run_uuid: UUID, rows: int, reason: Words) -> Outcome:
    with transaction() as db:
        source = sources.get(db, job.actor, job.source.uuid, locked=True)
        source.paused = reason.pack(500)
        _record(db, job.actor, "source.pause", source, run=str(run_uuid))
        text = words.say_paused(source.name, reason)
        notices.add(db, source.user_id, text, f"{_PAGE}?run={run_uuid}", now())
    return Outcome(job.source.uuid, run_uuid, rows, False, reason, text)


def _tell(job: _Job, run_uuid: UUID, text: Words) -> None:
    with transaction() as db:
        notices.add(db, job.source.user_id, text, f"{_PAGE}?run={run_uuid}", now())


def _record(db: Session, actor: Actor, action: str, source: Source, **details: object) -> None:
    audit.record_act(db, actor.name, action, f"source:{source.uuid}", **details)


def enqueue(actor: Actor, uuid: UUID) -> UUID:
    """Put a run of a source into the queue; return its job, the one that is open where one is."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        return sources.open_job(db, source) or jobs.add(db, _job_for(source))


def enqueue_due() -> int:
    """Put every source whose moment has come into the queue, once each; return how many.

    However many moments were missed, one run covers them; a source that is still being imported
    waits for its next moment.
    """
    at, done = now(), 0
    with reading() as db:
        due = sources.list_due(db, at)
    for source in due:
        following = next_at(source.timetable, at, read_settings().timezone)
        if following is None:
            continue
        with transaction() as db:
            if sources.claim_due(db, source, following) and not sources.open_job(db, source):
                jobs.add(db, _job_for(source))
                done += 1
    return done


def _job_for(source: Source) -> Job:
    arguments = {"source": str(source.uuid)}
    return Job(kind=sources.KIND, arguments=arguments, user_id=source.user_id, created_at=now())


def _do(work: jobs.Work) -> str:
    """Run a source for its owner, with the grants in force now; without them it is paused."""
    uuid = UUID(work.arguments["source"])
    with reading() as db:
        source = sources.find(db, uuid)
        user = accounts.get_user(db, source.user_id)
        actor = accounts.load_actor(db, user, today())
    try:
        if not user.active:
            raise NotAllowed(Permission.IMPORT)
        return run_source(actor, uuid, work.progress).text
    except (NotAllowed, NotFound):
        with transaction() as db:
            source = sources.find(db, uuid)
            source.paused = words.say_not_allowed(user.name).pack(500)
            _record(db, actor, "source.pause", source)
        raise


HANDLERS: dict[str, jobs.Handler] = {sources.KIND: _do}
