"""The same file again: the run that published it before, and whether that still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlmodel import Session

from core.models import Batch, ImportRow, ImportRun, RowState, RunState, SourceKey

_RUN, _BATCH, _ROW, _KEY = (
    cast(Any, model).__table__.c for model in (ImportRun, Batch, ImportRow, SourceKey)
)
_PUBLISHED = ("new", "changed", "unchanged")


@dataclass(frozen=True)
class Earlier:
    """A run that published the very same file with the very same settings. `origin` is the run
    that read its rows; `published` of them are in the registry and `held` still wait."""

    origin: int
    at: datetime
    rows: int
    published: int
    held: int


def find_published(db: Session, run: ImportRun, digest: str) -> ImportRun | None:
    """Return the newest published run of the same file with the same settings, if it stands."""
    query = (
        select(ImportRun)
        .where(
            _RUN.sha256 == run.sha256,
            _RUN.settings_digest == digest,
            _RUN.state == RunState.PUBLISHED,
            _RUN.rewound_at.is_(None),
            _RUN.parent_id.is_(None),
            _RUN.id != run.id,
        )
        .order_by(_RUN.batch_id.desc())
        .limit(1)
    )
    found: ImportRun | None = db.execute(query).scalar_one_or_none()
    return found


def published_since(db: Session, earlier: ImportRun) -> Sequence[ImportRun]:
    """Return the runs of the same programme and source that were published later."""
    query = select(ImportRun).where(
        _RUN.state == RunState.PUBLISHED,
        _RUN.batch_id > earlier.batch_id,
        _RUN.programme_id == earlier.programme_id,
        _RUN.source_id.is_not_distinct_from(earlier.source_id),
    )
    return db.execute(query.order_by(_RUN.batch_id)).scalars().all()


def still_stands(db: Session, earlier: ImportRun, space_id: int) -> bool:
    """Say whether everybody whom a publish left in its space of keys is there as it left them.

    Anything but another import may have taken people or their keys away: a rewind, a merge.
    """
    others = select(func.count()).where(_BATCH.id > earlier.batch_id, _BATCH.kind != "import")
    if db.execute(others).scalar_one():
        return False
    return bool(earlier.counts.get("keys") == count_keys(db, space_id))


def count_keys(db: Session, space_id: int) -> int:
    """Return how many records of a source are known."""
    query = select(func.count()).where(_KEY.space_id == space_id)
    return int(db.execute(query).scalar_one())


def recall(db: Session, earlier: ImportRun) -> Earlier:
    """Return what the earlier run published, and what of it still waits."""
    counts = earlier.counts
    origin = int(counts.get("origin") or earlier.id or 0)
    waiting = select(func.count()).where(_ROW.run_id == origin, _ROW.state == RowState.OPEN)
    return Earlier(
        origin,
        cast(datetime, earlier.finished_at),
        counts["rows"],
        sum(counts[name] for name in _PUBLISHED),
        int(db.execute(waiting).scalar_one()),
    )
