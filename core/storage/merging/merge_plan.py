"""What a merge would do with the household and the enrolments of the duplicate, and what forbids
it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from core.domain.merging import (
    Choice,
    Doubt,
    Fate,
    Side,
    Ties,
    choose_fate,
    find_doubts,
    outcome,
    settle,
)
from core.errors import Conflict, InvalidInput
from core.storage.merging.merge_records import Held, Home, Record, members_beside, newer_of

ENROLMENT_PREFIX = "enrolment."


class HomeFate(StrEnum):
    """What becomes of the duplicate's place in a household."""

    NOTHING = "nothing"
    """It has none."""
    PASSES = "passes"
    """The survivor lives in no household and takes it."""
    CLOSES = "closes"
    """It ends."""
    LEADS = "leads"
    """It ends, and the survivor becomes the head in its stead."""


@dataclass(frozen=True)
class Line:
    """One enrolment of the duplicate and its fate. `own` is the survivor's of the same programme
    and cycle; `stands` who holds a household's enrolment from now on."""

    held: Held
    own: Held | None
    fate: Fate
    stands: int | None = None

    @property
    def name(self) -> str:
        """What the choice of whose enrolment goes on is called."""
        cycle = "" if self.held.cycle == 1 else f"/{self.held.cycle}"
        return f"{ENROLMENT_PREFIX}{self.held.code}{cycle}"

    @property
    def open(self) -> bool:
        """Whether somebody may choose: both are open and their statuses differ."""
        return (
            self.own is not None
            and self.own.ended_on is None
            and self.held.ended_on is None
            and self.own.status != self.held.status
        )

    @property
    def ends(self) -> Held | None:
        """The enrolment that ends as a duplicate."""
        if self.fate is Fate.ENDS:
            return self.held
        ending = self.fate is Fate.REPLACES and self.own and self.own.ended_on is None
        return self.own if ending else None


@dataclass(frozen=True)
class Plan:
    """All that a merge would do; with `blockers` it does nothing. `size` is the household size
    recorded from then on, None where it stays; `follows` are enrolments of the duplicate's
    household that end because the last of its members' does."""

    survivor: Record
    duplicate: Record
    choices: tuple[Choice, ...]
    lines: tuple[Line, ...]
    home: HomeFate
    size: int | None
    doubts: tuple[Doubt, ...]
    blockers: tuple[Conflict, ...]
    follows: tuple[Held, ...] = ()

    @property
    def ending(self) -> list[Held]:
        """The enrolments that end as a duplicate."""
        return [*(line.ends for line in self.lines if line.ends), *self.follows]

    @property
    def level(self) -> int:
        """The highest field level the actor has for both."""
        return min(self.survivor.level, self.duplicate.level)

    @property
    def taken(self) -> dict[str, Any]:
        """The survivor's new values, but for the place."""
        found = outcome(self.survivor.values, self.duplicate.values, self.choices)
        return {name: value for name, value in found.items() if name != "location"}

    @property
    def moves(self) -> bool:
        """Whether the survivor goes to where the duplicate is: as chosen, or with a household."""
        chosen = any(choice.name == "location" and choice.changes for choice in self.choices)
        apart = self.survivor.row.location_id != self.duplicate.row.location_id
        return apart and (chosen or self.home is HomeFate.PASSES)


def make_plan(db: Session, survivor: Record, duplicate: Record, taken: Mapping[str, Side]) -> Plan:
    """Return what merging `duplicate` into `survivor` would do.

    `taken` names whose value of a field counts, and as enrolment.CODE whose enrolment goes on.
    Raises InvalidInput for a name that leads nowhere.
    """
    home = _home_fate(survivor.home, duplicate.home)
    lines = tuple(_lines(db, survivor, duplicate, home, taken))
    follows = tuple(_find_following(duplicate, lines, home))
    known = {line.name for line in lines if line.open}
    for name in taken:
        if name.startswith(ENROLMENT_PREFIX) and name not in known:
            raise InvalidInput("“{name}” is not open to choice here.", name=name)
    return Plan(
        survivor=survivor,
        duplicate=duplicate,
        choices=tuple(_choices(survivor, duplicate, taken)),
        lines=lines,
        home=home,
        size=_size_after(home, duplicate.home),
        doubts=tuple(find_doubts(survivor.values, duplicate.values, _ties(survivor, duplicate))),
        blockers=tuple(_blockers(duplicate, lines, home, follows)),
        follows=follows,
    )


def _find_following(duplicate: Record, lines: tuple[Line, ...], home: HomeFate) -> Iterator[Held]:
    """Yield the enrolments of the household that the duplicate leaves which end with theirs."""
    ended = {line.held.place for line in lines if line.ends}
    if home is HomeFate.CLOSES:
        yield from (held for held in duplicate.follows if held.place in ended)


def _choices(survivor: Record, duplicate: Record, taken: Mapping[str, Side]) -> list[Choice]:
    """Settle the fields; where one of the two lives in a household, that rules the place."""
    mine, other = dict(survivor.values), dict(duplicate.values)
    if survivor.home or duplicate.home:
        del mine["location"], other["location"]
    fields = {n: side for n, side in taken.items() if not n.startswith(ENROLMENT_PREFIX)}
    return settle(mine, other, newer_of(survivor, duplicate), fields)


def _home_fate(own: Home | None, other: Home | None) -> HomeFate:
    if other is None:
        return HomeFate.NOTHING
    if own is None:
        return HomeFate.PASSES
    together = own.household_id == other.household_id
    return HomeFate.LEADS if together and other.is_head else HomeFate.CLOSES


def _size_after(fate: HomeFate, home: Home | None) -> int | None:
    """Return one less where the recorded size plainly counted the duplicate as one of the members,
    and somebody stays."""
    leaving = fate in (HomeFate.CLOSES, HomeFate.LEADS)
    if home is None or not leaving or not home.others or home.size != len(home.others) + 1:
        return None
    return home.size - 1


def _lines(
    db: Session,
    survivor: Record,
    duplicate: Record,
    home: HomeFate,
    taken: Mapping[str, Side],
) -> Iterator[Line]:
    own = {held.place: held for held in survivor.held if held.household_id is None}
    for held in duplicate.held:
        if held.household_id is not None:
            stands = _stands(db, survivor, duplicate, home, held.household_id)
            yield Line(held, None, Fate.JOINS if stands else Fate.STAYS, stands)
            continue
        mine = own.get(held.place)
        line = Line(held, mine, Fate.STAYS)
        fate = choose_fate(
            own=mine is not None,
            own_open=mine is not None and mine.ended_on is None,
            other_open=held.ended_on is None,
            stays=taken.get(line.name),
        )
        yield Line(held, mine, fate, survivor.id if fate in (Fate.JOINS, Fate.REPLACES) else None)


def _stands(
    db: Session, survivor: Record, duplicate: Record, home: HomeFate, household_id: int
) -> int | None:
    """Return who holds a household's enrolment once the duplicate does not: the survivor who lives
    there, else its head or eldest member; None where nobody lives there."""
    takes = home is HomeFate.PASSES and duplicate.home
    lives_in = duplicate.home if takes else survivor.home
    if lives_in and lives_in.household_id == household_id:
        return survivor.id
    return next(iter(members_beside(db, household_id, duplicate.id)), None)


def _ties(survivor: Record, duplicate: Record) -> Ties:
    own, other = survivor.home, duplicate.home
    together = bool(own and other and own.household_id == other.household_id)
    types = {n.type for n in survivor.numbers} & {n.type for n in duplicate.numbers}
    heads = bool(own and other and own.is_head and other.is_head)
    return Ties(together, heads, types)


def _blockers(
    duplicate: Record, lines: tuple[Line, ...], home: HomeFate, follows: tuple[Held, ...]
) -> Iterator[Conflict]:
    number = duplicate.row.registration_no
    written = [held for line in lines for held in (line.held, line.own) if held]
    if not all(held.mine for held in (*written, *follows)):
        yield Conflict(
            "One of the two is also enrolled in a programme that you do not look after. Ask "
            "somebody who looks after all of their programmes."
        )
    ending = [*(line.ends for line in lines if line.ends), *follows]
    for name in dict.fromkeys(held.programme for held in ending if held.approval and held.mine):
        yield Conflict(
            "An enrolment in {programme} would end, and a second person approves what ends there. "
            "End it by a change of status first, then merge.",
            programme=name,
        )
    place = duplicate.home
    if place and home is HomeFate.CLOSES and place.is_head and place.others:
        yield Conflict(
            "{number} is the head of household {household}, whose other members stay. Name a new "
            "head there first.",
            number=number,
            household=place.number,
        )
    for line in lines:
        stranded = line.held.household_id is not None and line.stands is None
        if stranded and line.held.ended_on is None and line.held.mine:
            yield Conflict(
                "Nobody would be left in the household of {number}, which is enrolled in "
                "{programme}. Merge the two households first.",
                number=number,
                programme=line.held.programme,
            )
