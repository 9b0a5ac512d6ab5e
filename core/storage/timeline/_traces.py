"""What batches left behind about records: changes and row images, and which of them still stand."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import null, select
from sqlmodel import Session

from core.errors import Words
from core.models import Batch, Change, ImportRun, RowImage
from core.settings import read_settings
from core.storage.columns import BATCH

_BATCH, _RUN = cast(Any, Batch).__table__, cast(Any, ImportRun).__table__
CHANGE, IMAGE, RUN = (cast(Any, one).__table__.c for one in (Change, RowImage, ImportRun))
_WHOLE = frozenset({""})


@dataclass(frozen=True)
class Trace:
    """One mark that a batch left on one record: `key` says on which, `parts` on which fields."""

    id: int
    key: Hashable
    batch_id: int
    undo_of_id: int | None
    parts: frozenset[str] = _WHOLE


@dataclass(frozen=True)
class Standing:
    """Which marks take which others back, and by which a mark holds no more."""

    takes_back: Mapping[int, int]
    taken_by: Mapping[int, int]

    def root(self, mark: int) -> tuple[int, int]:
        """Return the act at the bottom of a chain of undos, and how many undos lie over it."""
        depth = 0
        while mark in self.takes_back:
            mark, depth = self.takes_back[mark], depth + 1
        return mark, depth


def settle(traces: Iterable[Trace]) -> Standing:
    """Return how marks stand: one that an undo took back stands again when that undo is undone."""
    ordered = sorted(traces, key=lambda trace: trace.id)
    made: defaultdict[tuple[Hashable, int], list[Trace]] = defaultdict(list)
    takers: defaultdict[int, list[Trace]] = defaultdict(list)
    takes_back: dict[int, int] = {}
    for trace in ordered:
        if trace.undo_of_id is not None:
            for former in made[trace.key, trace.undo_of_id]:
                if former.parts & trace.parts:
                    takers[former.id].append(trace)
                    takes_back[trace.id] = former.id
        made[trace.key, trace.batch_id].append(trace)
    taken_by: dict[int, int] = {}
    for trace in reversed(ordered):
        standing = [taker for taker in takers[trace.id] if taker.id not in taken_by]
        covered = frozenset().union(*(taker.parts for taker in standing))
        if standing and trace.parts <= covered:
            taken_by[trace.id] = standing[-1].id
    return Standing(takes_back, taken_by)


def say_undo(what: Words, depth: int) -> Words:
    """Return what an act is called under so many undos."""
    if depth == 0:
        return what
    if depth % 2:
        return Words("Taken back: {what}", what=what)
    return Words("Restored: {what}", what=what)


@dataclass(frozen=True)
class Mark:
    """A row of `change` or `row_image` with its batch; a change's `after` is its diff."""

    id: int
    entity_id: str
    before: Any
    after: Any
    row_no: int | None
    batch_id: int
    undo_of_id: int | None
    batch: UUID
    kind: str
    by: str
    recorded_at: datetime
    reason: str | None
    note: str | None
    details: Any
    file_name: str | None

    @property
    def named_day(self) -> date | None:
        """The day that the act itself names."""
        named = self.details.get("effective_on") if isinstance(self.details, dict) else None
        return date.fromisoformat(named) if isinstance(named, str) else None

    @property
    def day(self) -> date:
        """The day that the act names, or the one on which it was recorded."""
        return self.named_day or day_of(self.recorded_at)

    @property
    def origin(self) -> Words | None:
        """The file and row it came from."""
        if self.file_name is None:
            return None
        if self.row_no is None:
            return Words("File {file}", file=self.file_name)
        return Words("File {file}, row {row}", file=self.file_name, row=str(self.row_no))


def read_changes(db: Session, entity: str, ids: Collection[int]) -> list[Mark]:
    """Return what batches noted about these records, the oldest first."""
    return _changes(db, CHANGE.entity == entity, CHANGE.entity_id.in_(ids)) if ids else []


def read_registrations(db: Session, ids: Collection[int]) -> dict[int, Mark]:
    """Return how each of these people came into the registry."""
    here = (CHANGE.entity == "person", CHANGE.entity_id.in_(ids), CHANGE.diff.is_(None))
    return {int(mark.entity_id): mark for mark in reversed(_changes(db, *here))} if ids else {}


def read_images(db: Session, entity: str, *where: Any) -> list[Mark]:  # noqa: ANN401 - SQL
    """Return the images of one table for which the conditions hold, the oldest first."""
    left = (IMAGE.id, IMAGE.entity_id, IMAGE.before, IMAGE.after, null())
    return _read(db, IMAGE, left, IMAGE.entity == entity, *where)


def named(ids: Iterable[int]) -> Any:  # noqa: ANN401 - an SQL condition
    """Return the condition that an image is of one of these rows."""
    return IMAGE.entity_id.in_([str(one) for one in ids])


def _changes(db: Session, *where: Any) -> list[Mark]:  # noqa: ANN401 - SQL conditions
    left = (CHANGE.id, CHANGE.entity_id, null(), CHANGE.diff, CHANGE.row_no)
    return _read(db, CHANGE, left, *where)


def _read(db: Session, table: Any, left: Sequence[Any], *where: Any) -> list[Mark]:  # noqa: ANN401
    batch = (BATCH.id, BATCH.undo_of_id, BATCH.uuid, BATCH.kind, BATCH.actor, BATCH.recorded_at)
    query = (
        select(*left, *batch, BATCH.reason, BATCH.note, BATCH.details, RUN.file_name)
        .join_from(table.id.table, _BATCH, BATCH.id == table.batch_id)
        .outerjoin(_RUN, RUN.batch_id == BATCH.id)
        .where(*where)
        .order_by(table.id)
    )
    return [Mark(*row) for row in db.execute(query)]


def day_of(moment: datetime) -> date:
    """Return the installation's date of a moment."""
    return moment.astimezone(ZoneInfo(read_settings().timezone)).date()


def say_code(code: str) -> Words:
    """Return a code as a word, as core.domain.words.label_code says it."""
    return Words(code.replace("_", " ").capitalize())
