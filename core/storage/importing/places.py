"""Places as the import needs them: every node of the area tree, in one list."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from core.models import Location

ROOT, UNASSIGNED = 1, 2
"""The two nodes that exist from the first migration on."""


@dataclass(frozen=True)
class Place:
    """One node of the area tree; `path` is the chain of ids from the root."""

    id: int
    code: str
    name: str
    level: int
    path: str


def load_places(db: Session) -> list[Place]:
    """Return every place except the root and the unassigned node, coarse ones first."""
    columns = Location.__table__.c  # type: ignore[attr-defined]
    found = db.execute(
        select(columns.id, columns.code, columns.name, columns.level, columns.path)
        .where(columns.id.not_in((ROOT, UNASSIGNED)))
        .order_by(columns.level, columns.id)
    )
    return [Place(*row) for row in found]
