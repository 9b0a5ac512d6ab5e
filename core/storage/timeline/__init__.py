"""One timeline per person and household: one file here is one kind of thing that happens.

A file gives a SOURCE, which reads the items of its kind for whoever is Wanted, inside the actor's
grants, in a fixed number of statements however long the timeline is. Items are words and codes in
no language; core/reports/timeline_words.py says them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

from sqlmodel import Session

from core.domain.permissions import Actor
from core.errors import Words
from core.registry import discover

PLANNED = "planned"
"""The kind of what has not happened yet: it stands above the rest."""


@dataclass(frozen=True)
class Seen:
    """A person whom the actor may see, with the highest field level they may see of them."""

    id: int
    uuid: UUID
    registration_no: str
    name: str
    registered_on: date
    level: int = 1


@dataclass(frozen=True)
class Home:
    """A household, by its key."""

    id: int
    uuid: UUID
    number: str
    registered_on: date
    level: int = 1


@dataclass(frozen=True)
class Stay:
    """A person's membership in a household. What happened before someone's first household counts
    to that household; what happened before a later one counts to the earlier. `went_to` is the
    household that this one was merged into: its enrolments went along."""

    id: int
    person_id: int
    household_id: int
    since: date
    until: date | None
    went_to: int | None = None
    is_first: bool = False

    def covers(self, day: date) -> bool:
        """Say whether what took effect on `day` belongs to this household's time."""
        return (self.is_first or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Wanted:
    """Whose timeline: one `person`, with those whose numbers lead to them and the households they
    lived in; or one `household` with the members that the actor may see. `stays` are those
    people's, in all their households."""

    actor: Actor
    people: Mapping[int, Seen]
    homes: Mapping[int, Home]
    stays: Sequence[Stay]
    person: int | None = None
    household: int | None = None

    def whom(self, person_id: int) -> Seen | None:
        """Return whom an item has to name, because the page is not theirs alone."""
        return None if person_id == self.person else self.people.get(person_id)

    def covers(self, person_id: int, household_id: int, day: date) -> bool:
        """Say whether `day` lies in the person's time in the household."""
        return any(
            stay.covers(day)
            for stay in self.stays
            if stay.person_id == person_id and household_id in (stay.household_id, stay.went_to)
        )


@dataclass(frozen=True)
class Item:
    """One thing on a timeline.

    `effective_on` is the day from which it holds, `recorded_at` when the registry learnt of it
    (empty where nobody noted that). `who` is whom it is about where the timeline is not theirs
    alone; `household` is filled where the household's own standing is meant. `undoes` is the batch
    that this item takes back; `taken_back` says that the item itself holds no more, by the batch
    `undone_by`. `fields` has {field: [before, after]} as far as the reader may see; `order` is the
    planned move; `rank` orders what was recorded in one moment.
    """

    kind: str
    what: Words
    effective_on: date
    recorded_at: datetime | None
    rank: int
    by: str | None = None
    batch: UUID | None = None
    programme: str | None = None
    programme_name: str | None = None
    cycle: int | None = None
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    note: str | None = None
    fields: Mapping[str, Sequence[Any]] | None = None
    who: Seen | None = None
    household: str | None = None
    origin: Words | None = None
    undoes: UUID | None = None
    taken_back: bool = False
    undone_by: UUID | None = None
    order: UUID | None = None


@dataclass(frozen=True)
class Source:
    """What reads items; `kinds` gives the names of theirs, by the word for addresses and files,
    unless another source does."""

    key: str
    kinds: Mapping[str, Words]
    read: Callable[[Session, Wanted], Sequence[Item]]


@dataclass(frozen=True)
class Choice:
    """Which items of a timeline: of these kinds and programmes (any, where empty), effective
    between two days, both included."""

    kinds: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def takes(self, item: Item) -> bool:
        """Say whether an item is wanted."""
        return (
            (not self.kinds or item.kind in self.kinds)
            and (not self.programmes or item.programme in self.programmes)
            and (self.since is None or item.effective_on >= self.since)
            and (self.until is None or item.effective_on <= self.until)
        )


WHOLE = Choice()


def find_sources() -> dict[str, Source]:
    """Return the kinds of items by their keys."""
    return cast(dict[str, Source], discover(__name__, "SOURCE"))


def find_kinds() -> dict[str, Words]:
    """Return the names of all kinds of items, in the order of their sources."""
    return {
        kind: label for source in find_sources().values() for kind, label in source.kinds.items()
    }


def read(db: Session, wanted: Wanted) -> list[Item]:
    """Return the whole timeline: what is planned first, the next day on top, then what happened,
    newest first, by the effective day and then by the moment it was recorded."""
    found = [item for source in find_sources().values() for item in source.read(db, wanted)]
    planned = [item for item in found if item.kind == PLANNED]
    past = [item for item in found if item.kind != PLANNED]
    return sorted(planned, key=_place) + sorted(past, key=_place, reverse=True)


def choose(items: Sequence[Item], choice: Choice) -> list[Item]:
    """Return the items that are wanted, in their order."""
    return [item for item in items if choice.takes(item)]


_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def _place(item: Item) -> tuple[date, datetime, int]:
    return item.effective_on, item.recorded_at or _NEVER, item.rank
