"""The runs of one person as a list: how far each got, and the part of it that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import func, select
from sqlmodel import Session

from core.domain.permissions import Actor
from core.models import ImportRun, RunState

_TABLE = cast(Any, ImportRun).__table__
_RUN = _TABLE.c


class RunKind(StrEnum):
    """How far a run got, as its owner asks for it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REWOUND = "rewound"


@dataclass(frozen=True)
class RunFilter:
    """Which of one's runs are asked for; `name` is a part of the file's name, in any case."""

    kind: RunKind | None = None
    name: str = ""


ALL = RunFilter()


def list_own(
    db: Session, actor: Actor, limit: int, offset: int = 0, wanted: RunFilter = ALL
) -> Sequence[ImportRun]:
    """Return the newest runs of the actor, newest first, `offset` of them passed over."""
    query = select(ImportRun).where(*_own(actor, wanted)).order_by(_RUN.id.desc())
    return db.execute(query.limit(limit).offset(offset)).scalars().all()


def count_own(db: Session, actor: Actor, wanted: RunFilter) -> int:
    """Return how many runs of the actor a filter lets through."""
    query = select(func.count()).select_from(_TABLE).where(*_own(actor, wanted))
    return int(db.execute(query).scalar_one())


def _own(actor: Actor, wanted: RunFilter) -> list[Any]:
    asked = [_RUN.user_id == actor.user_id, _RUN.discarded_at.is_(None)]
    if wanted.name:
        asked.append(_RUN.file_name.icontains(wanted.name, autoescape=True))
    if wanted.kind is RunKind.DRAFT:
        asked.append(_RUN.state != RunState.PUBLISHED)
    elif wanted.kind is not None:
        rewound = wanted.kind is RunKind.REWOUND
        asked += [
            _RUN.state == RunState.PUBLISHED,
            _RUN.rewound_at.is_not(None) if rewound else _RUN.rewound_at.is_(None),
        ]
    return asked
