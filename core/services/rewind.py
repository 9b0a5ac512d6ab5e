"""Taking back a published import, even months later, and undoing that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput, NotFound
from core.etl.datasets import PEOPLE
from core.etl.datasets.households import DATASET as HOUSEHOLDS
from core.models import ImportRun, Job
from core.settings import now, today
from core.storage import accounts, audit, jobs
from core.storage.database import reading, transaction
from core.storage.importing import imports
from core.storage.rewinding.rewind import (
    Preview,
    Rewinding,
    RewindReceipt,
    check_published,
    look_ahead,
    rewind_run,
)
from core.storage.rewinding.rewind_stays import Stay
from core.storage.rewinding.rewind_undo import find_rewind, find_standing, undo_rewind_run

__all__ = ["Preview", "RewindReceipt", "Stay"]
KIND, UNDO_KIND = "import.rewind", "import.rewind_undo"
"""The kinds of job that take a large import back and put it back."""
_LONGEST_REASON = 500
_REWINDABLE = (PEOPLE, HOUSEHOLDS.key)


@dataclass(frozen=True)
class Standing:
    """A rewind that has not been undone: its batch, when, by whom and why; `counts` holds people,
    households, enrolments, restored and kept, of households households_restored and
    households_kept. `from_source`: a source brought the rows, and does not bring them again."""

    batch: UUID
    at: datetime
    actor: str
    reason: str | None
    counts: Mapping[str, int]
    from_source: bool


def preview(actor: Actor, run_uuid: UUID, limit: int = 50, offset: int = 0) -> Preview:
    """Return what a rewind of one of the actor's own published runs would do now.

    `stays` is one page of the people and households that stay or keep something. Raises Conflict
    when the run is not published or is rewound already.
    """
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = _rewindable(imports.get(db, actor, run_uuid))
        found = look_ahead(db, actor, run, limit, offset)
    shown = {
        "people": sum(stay.registration_no is not None for stay in found.stays),
        "households": sum(stay.household is not None for stay in found.stays),
    }
    audit.record_access(actor.name, "rewind.preview", f"import_run:{run_uuid}", **shown)
    return found


def rewind(actor: Actor, run_uuid: UUID, reason: str | None = None) -> RewindReceipt:
    """Take back one of the actor's own published runs, in one transaction.

    What something else has touched since stays and is named. Raises Conflict when the run is not
    published, is rewound already, or when nothing of it can be taken back.
    """
    require(actor, Permission.IMPORT)
    reason = _clean(reason)
    with transaction() as db:
        run = _rewindable(imports.get(db, actor, run_uuid, locked=True))
        return rewind_run(db, Rewinding(actor, run, reason, now()))


def standing(actor: Actor, run_uuid: UUID) -> Standing | None:
    """Return the rewind under which one of the actor's own runs is taken back now, if any."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        found = find_standing(db, run)
    if found is None:
        return None
    from_source = run.source_id is not None
    return Standing(
        found.uuid, found.recorded_at, found.actor, found.reason, found.counts, from_source
    )


def undo_rewind(actor: Actor, batch_uuid: UUID, reason: str | None = None) -> RewindReceipt:
    """Put back what a rewind took out, by the uuid of its batch, where nothing collides now.

    Raises NotFound for a batch that is no rewind of the actor's own runs, Conflict when it does
    not stand any more.
    """
    require(actor, Permission.IMPORT)
    reason = _clean(reason)
    with transaction() as db:
        run, rewound = find_rewind(db, actor, batch_uuid)
        return undo_rewind_run(db, Rewinding(actor, run, reason, now()), rewound)


def enqueue(actor: Actor, run_uuid: UUID, reason: str | None, batch: UUID | None = None) -> UUID:
    """Put the rewind of one of the actor's own runs into the queue, or with `batch` the undo of
    that rewind; return the job's uuid."""
    require(actor, Permission.IMPORT)
    arguments = {"run": str(run_uuid), "reason": _clean(reason)}
    with transaction() as db:
        run = imports.get(db, actor, run_uuid)
        if batch is None:
            check_published(_rewindable(run))
            return jobs.add(db, _job(actor, KIND, arguments))
        if find_rewind(db, actor, batch)[0].uuid != run_uuid:
            raise NotFound("Rewind")
        return jobs.add(db, _job(actor, UNDO_KIND, {**arguments, "batch": str(batch)}))


def _job(actor: Actor, kind: str, arguments: dict[str, str | None]) -> Job:
    return Job(kind=kind, arguments=arguments, user_id=actor.user_id, created_at=now())


def _do(work: jobs.Work) -> str:
    """Take back or put back for who asked for the job, with the grants in force now."""
    with reading() as db:
        actor = accounts.load_actor(db, accounts.get_user(db, work.user_id or 0), today())
    run, reason = UUID(work.arguments["run"]), work.arguments["reason"]
    batch, found = work.arguments.get("batch"), standing(actor, run)
    # A worker may have died between its work and saying so; then it is done.
    if batch is None:
        if found is None:
            rewind(actor, run, reason)
        return "The import has been taken back."
    if found is not None and str(found.batch) == batch:
        undo_rewind(actor, found.batch, reason)
    return "The import is back."


HANDLERS: dict[str, jobs.Handler] = dict.fromkeys((KIND, UNDO_KIND), _do)


def _rewindable(run: ImportRun) -> ImportRun:
    if run.dataset not in _REWINDABLE:
        raise InvalidInput(
            "An import of {dataset} cannot be taken back: import the former file again.",
            dataset=run.dataset,
        )
    return run


def _clean(reason: str | None) -> str | None:
    said = (reason or "").strip()
    if len(said) > _LONGEST_REASON:
        raise InvalidInput("The reason may have {most} characters at most.", most=_LONGEST_REASON)
    return said or None
