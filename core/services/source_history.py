"""What the runs of a source came to, from its first to the one that waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import Words
from core.models import ImportRun, RunState
from core.storage import sources
from core.storage.database import reading


@dataclass(frozen=True)
class SourceRun:
    """One run of a source in its history: where it stands, its counts, the cursor around it."""

    run: UUID
    state: RunState
    at: datetime
    counts: Mapping[str, int]
    cursor_from: Mapping[str, Any] | None
    cursor_to: Mapping[str, Any] | None
    discarded: bool
    error: str | None


def list_runs(actor: Actor, uuid: UUID, limit: int = 50) -> list[SourceRun]:
    """Return the newest runs of one of the actor's own sources, newest first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        source = sources.get(db, actor, uuid)
        return [_history(run) for run in sources.list_runs(db, source, limit)]


def _history(run: ImportRun) -> SourceRun:
    cursor = run.cursor or {}
    counts = {name: value for name, value in run.counts.items() if isinstance(value, int)}
    return SourceRun(
        run.uuid, run.state, run.created_at, counts, cursor.get("from"), cursor.get("to"),
        run.discarded_at is not None, run.error and Words.unpack(run.error),
    )  # fmt: skip
