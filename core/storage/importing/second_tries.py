"""Imports of corrected rows: runs that tried held rows of another again and stand on their own."""

from typing import Any, cast

from sqlalchemy import select
from sqlmodel import Session

from core.models import ImportRun, RunState

_RUN = cast(Any, ImportRun).__table__.c
_PUBLISHED = ("new", "changed", "unchanged")


def find_second_tries(db: Session, run: ImportRun) -> list[tuple[ImportRun, int]]:
    """Return the published runs that tried held rows of a run again and are not taken back, the
    oldest first, each with the number of rows it published."""
    query = select(ImportRun).where(
        _RUN.parent_id == run.id,
        _RUN.state == RunState.PUBLISHED,
        _RUN.rewound_at.is_(None),
    )
    found = db.execute(query.order_by(_RUN.id)).scalars()
    return [(one, sum(int(one.counts.get(name, 0)) for name in _PUBLISHED)) for one in found]
