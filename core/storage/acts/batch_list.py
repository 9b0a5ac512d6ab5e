"""Batches as a list and one by one, as far as somebody may see them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlmodel import Session

from core.domain.permissions import ROOT_PATH, Actor, Permission
from core.models import Batch, Change, ImportRun, MoveOrder, MoveSubject, StatusChange
from core.storage.acts.batches import get_visible, touched
from core.storage.acts.undone import Undone, count_statuses, find_undos, measure
from core.storage.columns import BATCH, ENROLMENT, PERSON, PROGRAMME
from core.storage.lifecycle.move_view import stream_subjects
from core.storage.selection import enrolments_in_scope

_STATUS, _CHANGE = cast(Any, StatusChange).__table__.c, cast(Any, Change).__table__.c
_RUN, _ORDER = cast(Any, ImportRun).__table__.c, cast(Any, MoveOrder).__table__.c
_SUBJECT = cast(Any, MoveSubject).__table__.c
IMPORTS = ("import", "rewind", "rewind_undo", "demo")
"""Kinds that touch a whole file at once and have receipts of their own."""


@dataclass(frozen=True)
class BatchFilter:
    """Which batches are asked for: of a kind, of a programme, one's own, taken back or not."""

    kind: str | None = None
    programme: str | None = None
    own: bool = False
    undone: bool | None = None


@dataclass(frozen=True)
class Undo:
    """A batch that took another back, whole or for some: who and when."""

    batch: UUID
    actor: str
    at: datetime


@dataclass(frozen=True)
class Original:
    """The batch that another took back: what it was and when."""

    batch: UUID
    kind: str
    at: datetime


@dataclass(frozen=True)
class BatchRow:
    """A batch in a list. `counts` are of the actor's people alone: as recorded where they see
    everybody the batch could touch or did it themselves, else counted again (`moved` statuses,
    `changed` people), and empty of somebody else's import. `undone` says how much of it is taken
    back now, None where nobody ever took anything of it back."""

    id: int
    uuid: UUID
    kind: str
    actor: str
    recorded_at: datetime
    reason: str | None
    programme: str | None
    counts: Mapping[str, Any]
    original: Original | None = None
    undone_by: tuple[Undo, ...] = field(default=())
    undone: Undone | None = None

    @property
    def undo_of(self) -> UUID | None:
        """The batch that it took back."""
        return self.original.batch if self.original else None


def list_rows(
    db: Session, actor: Actor, wanted: BatchFilter, limit: int, before: UUID | None
) -> list[BatchRow]:
    """Return the newest batches that the actor may see, from those older than `before` on."""
    older: ColumnElement[bool] = true()
    if before is not None:
        older = BATCH.id < select(BATCH.id).where(BATCH.uuid == before).scalar_subquery()
    return _read(db, actor, [older, *_asked(actor, wanted)], limit)


def read_row(db: Session, actor: Actor, batch: Batch) -> BatchRow:
    """Return one batch as the list shows it; whether it may be seen is batches.get_visible's."""
    return _read(db, actor, [BATCH.id == batch.id], 1)[0]


def _asked(actor: Actor, wanted: BatchFilter) -> list[Any]:
    asked: list[Any] = [visible(actor, BATCH)]
    if wanted.kind is not None:
        asked.append(BATCH.kind == wanted.kind)
    if wanted.programme is not None:
        asked.append(PROGRAMME.code == wanted.programme.strip().upper())
    if wanted.own:
        asked.append(BATCH.actor == actor.name)
    if wanted.undone is not None:
        undo = cast(Any, Batch).__table__.alias("undo")
        taken_back = exists().where(undo.c.undo_of_id == BATCH.id, visible(actor, undo.c))
        asked.append(taken_back if wanted.undone else ~taken_back)
    return asked


def visible(actor: Actor, batch: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a table's columns
    """Return the condition that batches.get_visible asks of one, for a whole page of them."""
    moved, changed = touched(actor)
    if _reaches_all(actor):
        moved = select(_STATUS.batch_id).where(_STATUS.batch_id == batch.id)
        changed = select(_CHANGE.batch_id).where(
            _CHANGE.batch_id == batch.id, _CHANGE.entity.in_(("person", "membership"))
        )
        return or_(batch.actor == actor.name, moved.exists(), changed.exists())
    return or_(batch.actor == actor.name, batch.id.in_(moved), batch.id.in_(changed))


def _reaches_all(actor: Actor, programme_id: int | None = None) -> bool:
    """Say whether the actor sees everybody, or everybody of a programme."""
    reached = {None, programme_id}
    return any(
        scope.path == ROOT_PATH and scope.programme_id in reached
        for scope in actor.scopes_for(Permission.SEE_PEOPLE)
    )


def _read(db: Session, actor: Actor, asked: Sequence[Any], limit: int) -> list[BatchRow]:
    original = cast(Any, Batch).__table__.alias("original")
    query = (
        select(
            *(BATCH.id, BATCH.uuid, BATCH.kind, BATCH.actor, BATCH.recorded_at, BATCH.reason),
            *(BATCH.counts, BATCH.programme_id, PROGRAMME.code),
            *(original.c.uuid.label("of_uuid"), original.c.kind.label("of_kind")),
            original.c.recorded_at.label("of_at"),
        )
        .join_from(BATCH.id.table, original, original.c.id == BATCH.undo_of_id, isouter=True)
        .outerjoin(PROGRAMME.id.table, PROGRAMME.id == BATCH.programme_id)
        .where(and_(*asked))
        .order_by(BATCH.id.desc())
        .limit(limit)
    )
    rows = db.execute(query).all()
    undos, told = _find_undos(db, actor, [row.id for row in rows]), _measure(db, actor, rows)
    return [
        BatchRow(
            id=row.id,
            uuid=row.uuid,
            kind=row.kind,
            actor=row.actor,
            recorded_at=row.recorded_at,
            reason=row.reason,
            programme=row.code,
            counts=told[row.id][0],
            original=Original(row.of_uuid, row.of_kind, row.of_at) if row.of_uuid else None,
            undone_by=tuple(undos.get(row.id, ())),
            # An undo among other people alone is not told of.
            undone=told[row.id][1] if row.id in undos else None,
        )
        for row in rows
    ]


def _measure(
    db: Session, actor: Actor, rows: Sequence[Any]
) -> dict[int, tuple[Mapping[str, Any], Undone | None]]:
    """Return the counts of batches, and how much of them is taken back now."""
    walled = {row.id for row in rows if not _reaches_all(actor, row.programme_id or 0)}
    foreign = {row.id for row in rows if row.id in walled and row.actor != actor.name}
    imports = {row.id for row in rows if row.kind in IMPORTS}
    again = _recount(db, actor, foreign - imports)
    tree = find_undos(db, [row.id for row in rows])
    # What others took back of one's own batch behind the wall is not told either.
    hidden = {undo.of for undo in tree if undo.of in walled}
    for undo in tree:  # by key, so that an undo comes after what it took back
        if undo.of in hidden:
            hidden.add(undo.id)
    within = _count_subjects(db, actor, hidden) if hidden else {}
    undone = measure(
        {one.id: count_statuses(one.counts) for one in (*rows, *tree)}
        | {key: within.get(key, 0) for key in hidden},
        tree,
    )
    undone |= {key: replace(undone[key], kept=0) for key in hidden & foreign & undone.keys()}
    return {
        row.id: (again.get(row.id, {}) if row.id in foreign else row.counts, undone.get(row.id))
        for row in rows
    }


def _count_subjects(db: Session, actor: Actor, keys: Collection[int]) -> dict[int, int]:
    """Return of how many enrolments within the actor's grants batches changed where they stand."""
    counted = (
        select(_ORDER.batch_id, func.count())
        .join_from(_ORDER.id.table, _SUBJECT.order_id.table, _SUBJECT.order_id == _ORDER.id)
        .join(ENROLMENT.id.table, ENROLMENT.id == _SUBJECT.enrolment_id)
        .join(PERSON.id.table, PERSON.id == ENROLMENT.person_id)
        .where(_ORDER.batch_id.in_(keys), _SUBJECT.blocked.is_(None))
        .where(enrolments_in_scope(actor, Permission.SEE_PEOPLE))
    )
    return {key: number for key, number in db.execute(counted.group_by(_ORDER.batch_id))}


def _find_undos(db: Session, actor: Actor, keys: Collection[int]) -> dict[int, list[Undo]]:
    rows = db.execute(
        select(BATCH.undo_of_id, BATCH.uuid, BATCH.actor, BATCH.recorded_at)
        .where(BATCH.undo_of_id.in_(keys), visible(actor, BATCH))
        .order_by(BATCH.id)
    )
    found: dict[int, list[Undo]] = {}
    for row in rows:
        found.setdefault(row.undo_of_id, []).append(Undo(row.uuid, row.actor, row.recorded_at))
    return found


def _recount(db: Session, actor: Actor, keys: Collection[int]) -> dict[int, dict[str, int]]:
    """Return what batches did within the actor's grants."""
    moved, changed = touched(actor)
    found: dict[int, dict[str, int]] = {key: {} for key in keys}
    for name, query, key in (("moved", moved, _STATUS), ("changed", changed, _CHANGE)):
        counted = query.add_columns(func.count()).where(key.batch_id.in_(keys))
        for batch_id, count in db.execute(counted.group_by(key.batch_id)):
            found[batch_id][name] = count
    return found


def find_order(db: Session, batch: Batch) -> MoveOrder | None:
    """Return the order that became a batch, if it was one."""
    query = select(MoveOrder).where(_ORDER.batch_id == batch.id).order_by(_ORDER.id).limit(1)
    return cast(MoveOrder | None, db.execute(query).scalar())


Table = tuple[Sequence[str], Iterator[Sequence[Any]]]
HEADS = (
    *("registration_no", "name", "household", "part", "before", "after", "reason_why_not"),
    *("changed_by", "changed_at"),
)


def read_table(db: Session, actor: Actor, uuid: UUID) -> Table:
    """Return HEADS and all people of a batch that the actor may download, by name."""
    order = find_order(db, get_visible(db, actor, uuid))
    return read_order_table(db, actor, order) if order else (HEADS, iter(()))


def read_order_table(db: Session, actor: Actor, order: MoveOrder) -> Table:
    """Return HEADS and all people of an order that the actor may download, by name."""
    return HEADS, (
        (one.registration_no, one.full_name, one.household, one.part, one.before, one.after,
         one.blocked, one.changed_by, one.changed_at)
        for one in stream_subjects(db, actor, order, Permission.EXPORT)
    )  # fmt: skip


def find_run(db: Session, actor: Actor, batch: Batch) -> UUID | None:
    """Return the actor's own import that a batch published, took back or put back."""
    keys = [batch.id]
    if batch.undo_of_id is not None:
        above = select(BATCH.undo_of_id).where(BATCH.id == batch.undo_of_id)
        keys += [batch.undo_of_id, db.execute(above).scalar()]
    query = select(_RUN.uuid).where(_RUN.batch_id.in_(keys), _RUN.user_id == actor.user_id)
    return cast(UUID | None, db.execute(query.limit(1)).scalar())
