"""Enrolments that left with the import which had brought them, or came back with that import."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from core.domain.permissions import Permission
from core.errors import Words
from core.storage.columns import PERSON, PROGRAMME
from core.storage.rewinding.rewind_traces import OF_HOUSEHOLD, OF_PERSON
from core.storage.selection import in_place
from core.storage.timeline import Item, Source, Wanted
from core.storage.timeline._traces import (
    Mark,
    Standing,
    Trace,
    read_changes,
    say_code,
    say_undo,
    settle,
)
from core.storage.timeline.statuses import belongs

_KEY = "status"
Reach = set[tuple[int, int | None]]
"""Which person the actor may see in which programme; no programme means all of them."""


@dataclass(frozen=True)
class _Told:
    """One enrolment that left (`left` is its status) or came back."""

    mark: Mark
    household_id: int | None
    code: str
    name: str
    left: str | None
    back: str | None


def read_withdrawn(db: Session, wanted: Wanted) -> list[Item]:
    """Return what rewinds took of enrolments and their undos gave back, in programmes that the
    actor may see there: the enrolments' own changes left with them."""
    own = [(mark, None) for mark in read_changes(db, OF_PERSON, wanted.people)]
    homes = [(mark, int(mark.entity_id)) for mark in read_changes(db, OF_HOUSEHOLD, wanted.homes)]
    told = _gather(db, wanted, [*own, *homes])
    standing = settle(
        Trace(at, (one.mark.entity_id, one.household_id, one.code), one.mark.batch_id,
              one.mark.undo_of_id)
        for at, one in enumerate(told)
    )  # fmt: skip
    return [_item(wanted, told, standing, at) for at in range(len(told))]


def _gather(db: Session, wanted: Wanted, marks: Sequence[tuple[Mark, int | None]]) -> list[_Told]:
    if not marks:
        return []
    query = select(PROGRAMME.id, PROGRAMME.code, PROGRAMME.name)
    known = {row.code: row for row in db.execute(query)}
    reach = _reach(db, wanted)
    told = []
    for mark, home in sorted(marks, key=lambda pair: pair[0].id):
        ((code, (left, back)),) = mark.after.items()
        person = int(mark.entity_id) if home is None else None
        seen = {key for key, programme in reach if programme in (None, known[code].id)}
        reached = bool(seen) if person is None else person in seen
        if reached and belongs(wanted, person or 0, home, mark.day):
            told.append(_Told(mark, home, code, known[code].name, left, back))
    return told


def _item(wanted: Wanted, told: Sequence[_Told], standing: Standing, at: int) -> Item:
    one, mark = told[at], told[at].mark
    taker, undone = standing.taken_by.get(at), standing.takes_back.get(at)
    what = Words("Enrolled as {status}", status=say_code(one.left or one.back or ""))
    home = wanted.homes.get(one.household_id or 0)
    return Item(
        kind=_KEY,
        # What began with the import is taken back by its rewind, and that by the rewind's undo.
        what=say_undo(what, 1 if one.left else 2),
        effective_on=mark.day,
        recorded_at=mark.recorded_at,
        rank=mark.id,
        by=mark.by,
        batch=mark.batch,
        programme=one.code,
        programme_name=one.name,
        before=one.left,
        after=one.back,
        reason=mark.reason,
        note=mark.note,
        who=None if home else wanted.whom(int(mark.entity_id)),
        household=home.number if home else None,
        undoes=None if undone is None else told[undone].mark.batch,
        taken_back=taker is not None,
        undone_by=None if taker is None else told[taker].mark.batch,
    )


def _reach(db: Session, wanted: Wanted) -> Reach:
    found: Reach = set()
    for scope in wanted.actor.scopes_for(Permission.SEE_PEOPLE):
        there = select(PERSON.id).where(PERSON.id.in_(wanted.people), in_place(scope.path))
        found |= {(key, scope.programme_id) for key in db.execute(there).scalars()}
    return found


SOURCE = Source("withdrawn", {}, read_withdrawn)
