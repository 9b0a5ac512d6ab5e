"""Memberships: who joined a household, left it, went to another or became its head."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.errors import Words
from core.storage.columns import HOUSEHOLD
from core.storage.timeline import Item, Source, Stay, Wanted
from core.storage.timeline._traces import (
    Mark,
    Standing,
    Trace,
    named,
    read_changes,
    read_images,
    read_registrations,
    say_code,
    say_undo,
    settle,
)

_KEY = "household"


@dataclass(frozen=True)
class _Told:
    """What one batch did to one person's membership; `mark` is empty where nobody noted it.
    `left` and `joined` are the same where the person stayed and something else changed."""

    person_id: int
    mark: Mark | None
    day: date
    left: int | None
    joined: int | None
    head: bool | None = None
    related: Sequence[str | None] | None = None

    @property
    def households(self) -> frozenset[int]:
        return frozenset(one for one in (self.left, self.joined) if one is not None)


def read_stays(db: Session, wanted: Wanted) -> list[Item]:
    """Return how the wanted people came into their households and out of them."""
    told = _gather(db, wanted)
    standing = settle(
        Trace(at, (one.person_id, one.households), one.mark.batch_id, one.mark.undo_of_id)
        for at, one in enumerate(told)
        if one.mark
    )
    numbers = _read_numbers(db, {key for one in told for key in one.households})
    return [_item(wanted, told, standing, numbers, at) for at in range(len(told))]


def _gather(db: Session, wanted: Wanted) -> list[_Told]:
    """Return what happened, the oldest first. Batches note who went from which household to which;
    what nobody noted the memberships themselves tell."""
    images = read_images(db, "membership", named(stay.id for stay in wanted.stays))
    written = {(mark.batch_id, (mark.after or mark.before)["person_id"]): mark for mark in images}
    changes = read_changes(db, "membership", wanted.people)
    told = [
        _noted(mark, written.get((mark.batch_id, int(mark.entity_id))), wanted.stays)
        for mark in changes
    ]
    told += _unnoted(db, wanted.stays, images, told)
    if wanted.household is not None:
        told = [one for one in told if wanted.household in one.households]
    return sorted(told, key=lambda one: (one.mark.batch_id, one.mark.id) if one.mark else (0, 0))


def _noted(mark: Mark, image: Mark | None, stays: Sequence[Stay]) -> _Told:
    diff, person_id = mark.after, int(mark.entity_id)
    there = (image.after or image.before)["household_id"] if image else None
    left, joined = diff.get("household", (there, there))
    return _Told(
        person_id,
        mark,
        mark.named_day or _since(stays, person_id, joined) or mark.day,
        left,
        joined,
        head=diff["is_head"][1] if "is_head" in diff else None,
        related=diff.get("relationship"),
    )


def _since(stays: Sequence[Stay], person_id: int, household_id: int | None) -> date | None:
    """Return since when a person has been in the household, by their last membership there."""
    return next(
        (
            stay.since
            for stay in reversed(stays)
            if (stay.person_id, stay.household_id) == (person_id, household_id)
        ),
        None,
    )


def _unnoted(
    db: Session, stays: Sequence[Stay], images: Iterable[Mark], told: Iterable[_Told]
) -> list[_Told]:
    """Return what only the memberships tell: a new person's first one came with the person."""
    opened = {int(mark.entity_id) for mark in images if mark.before is None}
    closed = {int(mark.entity_id) for mark in images if mark.before and not mark.before["until"]}
    noted = {
        (one.person_id, one.joined) for one in told if one.mark and one.mark.undo_of_id is None
    }
    alone = [
        stay
        for stay in stays
        if stay.id not in opened and (stay.person_id, stay.household_id) not in noted
    ]
    known = read_registrations(db, {stay.person_id for stay in alone if stay.is_first})
    began = [
        _Told(
            stay.person_id,
            known.get(stay.person_id) if stay.is_first else None,
            stay.since,
            None,
            stay.household_id,
        )
        for stay in alone
    ]
    return began + [
        _Told(stay.person_id, None, stay.until, stay.household_id, None)
        for stay in stays
        if stay.until is not None and stay.id not in closed
    ]


def _read_numbers(db: Session, ids: Iterable[int]) -> dict[int, str]:
    rows = db.execute(select(HOUSEHOLD.id, HOUSEHOLD.number).where(HOUSEHOLD.id.in_(list(ids))))
    return {row.id: row.number for row in rows}


def _item(
    wanted: Wanted,
    told: Sequence[_Told],
    standing: Standing,
    numbers: Mapping[int, str],
    at: int,
) -> Item:
    one, mark = told[at], told[at].mark
    root, depth = standing.root(at)
    taker, undone = standing.taken_by.get(at), standing.takes_back.get(at)
    item = Item(
        kind=_KEY,
        what=say_undo(_say(told[root], numbers), depth),
        effective_on=one.day if undone is None else told[root].day,
        recorded_at=mark.recorded_at if mark else None,
        rank=mark.id if mark else 0,
        before=numbers.get(one.left or 0),
        after=numbers.get(one.joined or 0),
        who=wanted.whom(one.person_id),
        undoes=_batch_of(told, undone),
        taken_back=taker is not None,
        undone_by=_batch_of(told, taker),
    )
    if mark is None:
        return item
    return replace(
        item, by=mark.by, batch=mark.batch, reason=mark.reason, note=mark.note, origin=mark.origin
    )


def _batch_of(told: Sequence[_Told], at: int | None) -> Any:  # noqa: ANN401 - a uuid or nothing
    mark = told[at].mark if at is not None else None
    return mark.batch if mark else None


def _say(one: _Told, numbers: Mapping[int, str]) -> Words:
    left, joined = (numbers.get(key or 0, "–") for key in (one.left, one.joined))
    if one.left == one.joined:
        return _say_within(one, joined)
    if one.left is None:
        return Words("Joined household {number}", number=joined)
    if one.joined is None:
        return Words("Left household {number}", number=left)
    return Words("Moved from household {before} to {after}", before=left, after=joined)


def _say_within(one: _Told, number: str) -> Words:
    if one.head is not None:
        if one.head:
            return Words("Became head of household {number}", number=number)
        return Words("No longer head of household {number}", number=number)
    before, after = one.related or (None, None)
    return Words(
        "Relationship to the head of household {number}: from {before} to {after}",
        number=number,
        before=say_code(before) if before else Words("unknown"),
        after=say_code(after) if after else Words("unknown"),
    )


SOURCE = Source(_KEY, {_KEY: Words("Household")}, read_stays)
