"""The record itself: how it came into the registry, changes of its fields, and merges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.domain.exit_words import AS_WRITTEN
from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS, IDENTIFIER_PREFIX, find_field
from core.domain.permissions import Permission
from core.errors import Words
from core.storage.columns import LOCATION, PERSON
from core.storage.selection import people_in_scope
from core.storage.timeline import Home, Item, Seen, Source, Wanted
from core.storage.timeline._traces import Mark, Standing, Trace, read_changes, say_undo, settle

_RECORD, _MERGE = "record", "merge"
_FROM, _INTO = ("merged_from", "merged"), ("merged_into",)
"""How people and households call the record that was merged into this one, and the other way."""
_SPLIT = "household.split"
Diff = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class _Told:
    """One mark and what it says: {field: [before, after]}, or nothing for the registration."""

    mark: Mark
    owner: Seen | Home
    diff: Diff | None

    @property
    def seen(self) -> Diff:
        """What a reader of the owner's level may see of it."""
        diff = self.diff or {}
        return {name: pair for name, pair in diff.items() if _level_of(name) <= self.owner.level}

    @property
    def fields(self) -> Diff:
        """The fields among them, without the number of a merge."""
        return {name: pair for name, pair in self.seen.items() if name not in (*_FROM, *_INTO)}

    def other(self, keys: Sequence[str]) -> str | None:
        """The number of the record that this one was merged with."""
        pairs = [(self.diff or {}).get(key, ()) for key in keys]
        return next((one for pair in pairs for one in pair if one), None)


def read_records(db: Session, wanted: Wanted) -> list[Item]:
    """Return registrations, changed fields and merges: the person's, or the household's own."""
    told = _gather(db, wanted)
    nameable = _nameable(db, wanted, told)
    standing = settle(
        Trace(at, one.owner.id, one.mark.batch_id, one.mark.undo_of_id, frozenset(one.diff or {""}))
        for at, one in enumerate(told)
    )
    return [
        _item(wanted, told, standing, nameable, at)
        for at, one in enumerate(told)
        # The survivor's side of a merge tells it already.
        if not (one.other(_INTO) and wanted.person and one.owner.id != wanted.person)
    ]


def _gather(db: Session, wanted: Wanted) -> list[_Told]:
    entity, owners = "person", dict[int, Seen | Home](wanted.people)
    if wanted.household is not None:
        entity, owners = "household", {wanted.household: wanted.homes[wanted.household]}
    marks = read_changes(db, entity, owners)
    names = _read_places(db, [mark.after for mark in marks if mark.after])
    return [
        _Told(mark, owners[int(mark.entity_id)], _named_places(mark.after, names)) for mark in marks
    ]


def _read_places(db: Session, diffs: Iterable[Diff]) -> dict[str, str]:
    codes = {code for diff in diffs for code in diff.get("location", ()) if code}
    rows = db.execute(select(LOCATION.code, LOCATION.name).where(LOCATION.code.in_(codes)))
    return {row.code: row.name for row in rows} if codes else {}


def _named_places(diff: Diff | None, names: Mapping[str, str]) -> Diff | None:
    if not diff or "location" not in diff:
        return diff
    return {**diff, "location": [names.get(code, code) for code in diff["location"]]}


def _nameable(db: Session, wanted: Wanted, told: Iterable[_Told]) -> set[str]:
    """Return the numbers of merged people that may be shown: those that lead here, and of those
    that are somebody's again, the ones within the actor's grants."""
    merged = {number for one in told for key in (_FROM, _INTO) if (number := one.other(key))}
    if not merged or wanted.household is not None:
        return merged
    known = {seen.registration_no for seen in wanted.people.values()}
    within = select(PERSON.registration_no).where(
        PERSON.registration_no.in_(merged - known),
        people_in_scope(wanted.actor, Permission.SEE_PEOPLE),
    )
    return known | set(db.execute(within).scalars())


def _item(
    wanted: Wanted, told: Sequence[_Told], standing: Standing, nameable: set[str], at: int
) -> Item:
    one, mark = told[at], told[at].mark
    root, depth = standing.root(at)
    taker, undone = standing.taken_by.get(at), standing.takes_back.get(at)
    merges = one.other(_FROM) or one.other(_INTO)
    is_first = one.diff is None
    return Item(
        kind=_MERGE if merges else _RECORD,
        what=say_undo(_say(told[root], nameable), depth),
        effective_on=one.owner.registered_on if is_first else mark.day,
        recorded_at=mark.recorded_at,
        rank=mark.id,
        by=mark.by,
        batch=mark.batch,
        reason=mark.reason,
        note=mark.note,
        fields=None
        if is_first
        else {n: p for n, p in one.seen.items() if n not in (*_FROM, *_INTO)},
        who=wanted.whom(one.owner.id) if isinstance(one.owner, Seen) else None,
        origin=mark.origin,
        undoes=None if undone is None else told[undone].mark.batch,
        taken_back=taker is not None,
        undone_by=None if taker is None else told[taker].mark.batch,
    )


def _say(one: _Told, nameable: set[str]) -> Words:
    if one.diff is None:
        return _say_beginning(one)
    if merged := one.other(_FROM) or one.other(_INTO):
        return _say_merge(one, merged if merged in nameable else None)
    if not one.seen:
        return Words("Changed fields that are hidden at your access level")
    places = {f"field{at}": _label(name) for at, name in enumerate(one.seen)}
    listed = Words(", ".join(f"{{{name}}}" for name in places), **places)
    return Words("Changed: {fields}", fields=listed)


def _say_beginning(one: _Told) -> Words:
    if isinstance(one.owner, Seen):
        return Words("Registered")
    if one.mark.kind == _SPLIT:
        return Words("Household set up by a split")
    return Words("Household registered")


def _say_merge(one: _Told, number: str | None) -> Words:
    if one.other(_FROM):
        if number is None:
            return Words("Another number was merged into this one")
        return Words("Number {number} was merged into this one", number=number)
    if number is None:
        return Words("Merged into another number")
    return Words("Merged into number {number}", number=number)


def _level_of(name: str) -> int:
    if name in (*_LABELS, *_FROM, *_INTO):
        return 1
    known = FIELDS.get(name)
    return known.level if known else find_field(_open(name)).level


def _label(name: str) -> Words:
    if name in _LABELS:
        return _LABELS[name]
    if name in FIELDS:
        return Words(FIELDS[name].label)
    return Words(AS_WRITTEN, text=find_field(_open(name)).label)


_LABELS = {"size": Words("Household size"), "location": Words("Place")}


def _open(name: str) -> str:
    prefixed = name.startswith((ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX))
    # An old change names an identifier without its family.
    return name if prefixed else IDENTIFIER_PREFIX + name


SOURCE = Source(
    _RECORD,
    {_RECORD: Words("Registration and fields"), _MERGE: Words("Merges")},
    read_records,
)
