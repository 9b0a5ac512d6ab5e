"""Batches: everything one act changed, with who, when and why, as far as somebody may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from core.domain.criteria import Op, conditions, parse, redact, to_json
from core.domain.permissions import Actor, Permission
from core.domain.words import describe
from core.errors import NotAllowed
from core.models import Batch
from core.storage import locations
from core.storage.acts import batch_list
from core.storage.acts.batch_list import BatchFilter, BatchRow, Original, Undo
from core.storage.acts.batches import get_visible
from core.storage.acts.undone import Undone
from core.storage.audit import record_access
from core.storage.database import Session, reading
from core.storage.lifecycle import move_view, orders
from core.storage.lifecycle.move_view import Facet, Subject
from core.storage.lifecycle.orders import OrderView

__all__ = ["BatchFilter", "BatchRow", "Facet", "Original", "Subject", "Undo", "Undone"]
MOST = 200
"""So many batches may be asked for at once."""
_TOLD = ("target", "effective_on", "cycle", "fields")
"""The details of somebody else's batch that name nobody."""
_EVERY = BatchFilter()


@dataclass(frozen=True)
class BatchView:
    """A batch as its receipt shows it. `criteria` is the sentence of who was chosen, empty where
    it was done otherwise or names more of others than the reader may see; `order` the uuid of the
    order it was, whose `subjects` can be read; `run` the reader's own import that it was about."""

    row: BatchRow
    note: str | None
    criteria: str | None
    details: Mapping[str, Any]
    effective_on: date | None
    order: UUID | None
    run: UUID | None


def list_batches(
    actor: Actor, wanted: BatchFilter = _EVERY, limit: int = 50, before: UUID | None = None
) -> list[BatchRow]:
    """Return batches of the actor's own and those that touched somebody within their grants, the
    newest first; `before` is the last one of the page above."""
    _require(actor)
    with reading() as db:
        return batch_list.list_rows(db, actor, wanted, max(1, min(limit, MOST)), before)


def get_batch(actor: Actor, uuid: UUID) -> BatchView:
    """Return one batch; raises NotFound for one that list_batches would not show."""
    _require(actor)
    with reading() as db:
        batch = get_visible(db, actor, uuid)
        order = batch_list.find_order(db, batch)
        details = batch.details or {}
        own = batch.actor == actor.name
        found = BatchView(
            row=batch_list.read_row(db, actor, batch),
            note=batch.note,
            criteria=_sentence(db, batch, own=own),
            details=details if own else {k: v for k, v in details.items() if k in _TOLD},
            effective_on=order.effective_on if order else None,
            order=order.uuid if order else None,
            run=batch_list.find_run(db, actor, batch),
        )
    record_access(actor.name, "batch.view", f"batch:{uuid}", kind=found.row.kind)
    return found


def receipt(actor: Actor, uuid: UUID) -> OrderView | None:
    """Return the order that became a batch; somebody else's with the numbers of the reader's own
    people alone. None for a batch that was no order."""
    _require(actor)
    with reading() as db:
        order = batch_list.find_order(db, get_visible(db, actor, uuid))
        if order is None:
            return None
        seen = orders.show(db, order)
        if order.actor == actor.name:
            return seen
        within = move_view.count_within(db, actor, order)
    nothing: dict[str, Any] = {"unknown": (), "unknown_count": 0, "scope": {}, "free_places": None}
    nothing |= {"elsewhere": (), "elsewhere_count": 0, "repeated": 0}
    return replace(seen, **within, **nothing)


def subjects(
    actor: Actor, uuid: UUID, facet: Facet, limit: int = 50, offset: int = 0
) -> tuple[list[Subject], int]:
    """Return one page of the people of a batch that was an order, by name, and how many there are:
    whoever did it, only those within the actor's grants."""
    _require(actor)
    with reading() as db:
        order = batch_list.find_order(db, get_visible(db, actor, uuid))
        if order is None:
            return [], 0
        rows, total = move_view.read_subjects(db, actor, order, facet, limit, offset)
    record_access(
        actor.name,
        "batch.subjects",
        f"batch:{uuid}",
        total=total,
        people=[str(row.person) for row in rows],
    )
    return rows, total


def _require(actor: Actor) -> None:
    """An administrator sees nobody, but has batches: changes of programmes."""
    if not (actor.allows(Permission.SEE_PEOPLE) or actor.allows(Permission.DESIGN)):
        raise NotAllowed(Permission.SEE_PEOPLE)


def _sentence(db: Session, batch: Batch, *, own: bool) -> str | None:
    if batch.criteria is None:
        return None
    criteria = parse(batch.criteria)
    if not own and redact(criteria) != to_json(criteria):
        return None
    codes = [code for one in conditions(criteria) if one.op is Op.WITHIN for code in one.values]
    places = locations.find_by_codes(db, codes)
    return describe(criteria, {code: place.name for code, place in places.items()})
