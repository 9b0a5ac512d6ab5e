"""Taking back a published import, even months later, and undoing that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput
from core.etl.datasets import PEOPLE
from core.models import ImportRun
from core.settings import now
from core.storage import audit, imports
from core.storage.database import reading, transaction
from core.storage.rewind import Preview, Rewinding, RewindReceipt, look_ahead, rewind_run
from core.storage.rewind_stays import Stay
from core.storage.rewind_undo import find_rewind, find_standing, undo_rewind_run

__all__ = ["Preview", "RewindReceipt", "Stay"]
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Standing:
    """A rewind that has not been undone: its batch, when, by whom and why; `counts` holds people,
    households, enrolments, restored and kept."""

    batch: UUID
    at: datetime
    actor: str
    reason: str | None
    counts: Mapping[str, int]


def preview(actor: Actor, run_uuid: UUID, limit: int = 50, offset: int = 0) -> Preview:
    """Return what a rewind of one of the actor's own published runs would do now.

    `stays` is one page of the people who stay or keep something. Raises Conflict when the run is
    not published or is rewound already.
    """
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = _of_people(imports.get(db, actor, run_uuid))
        found = look_ahead(db, actor, run, limit, offset)
    shown = sum(stay.registration_no is not None for stay in found.stays)
    audit.record_access(actor.name, "rewind.preview", f"import_run:{run_uuid}", people=shown)
    return found


def rewind(actor: Actor, run_uuid: UUID, reason: str | None = None) -> RewindReceipt:
    """Take back one of the actor's own published runs, in one transaction.

    What something else has touched since stays and is named. Raises Conflict when the run is not
    published, is rewound already, or when nothing of it can be taken back.
    """
    require(actor, Permission.IMPORT)
    reason = _clean(reason)
    with transaction() as db:
        run = _of_people(imports.get(db, actor, run_uuid, locked=True))
        return rewind_run(db, Rewinding(actor, run, reason, now()))


def standing(actor: Actor, run_uuid: UUID) -> Standing | None:
    """Return the rewind under which one of the actor's own runs is taken back now, if any."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        found = find_standing(db, imports.get(db, actor, run_uuid))
    if found is None:
        return None
    return Standing(found.uuid, found.recorded_at, found.actor, found.reason, found.counts)


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


def _of_people(run: ImportRun) -> ImportRun:
    if run.dataset != PEOPLE:
        raise InvalidInput(
            f"An import of {run.dataset} cannot be taken back: import the former file again."
        )
    return run


def _clean(reason: str | None) -> str | None:
    said = (reason or "").strip()
    if len(said) > _LONGEST_REASON:
        raise InvalidInput(f"The reason may have {_LONGEST_REASON} characters at most.")
    return said or None
