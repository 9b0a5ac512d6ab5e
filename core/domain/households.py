"""Households as acts see them: who lives in them, what hangs on them, and what may be done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from core.domain.fields import Relationship
from core.domain.lifecycle import HouseholdRule
from core.errors import InvalidInput

LONGEST_REASON = 500
NEW = 0
"""Stands for the household that a split founds, which has no id yet."""


class Kind(StrEnum):
    """What is done to a household; also the kind of its batch."""

    MOVE = "household.move"
    JOIN = "household.join"
    """Members go to another household."""
    LEAVE = "household.leave"
    """Members leave without another one."""
    SPLIT = "household.split"
    MERGE = "household.merge"
    HEAD = "household.head"


class Fate(StrEnum):
    """What becomes of an enrolment."""

    HOLDER = "holder"
    """Somebody else stands for the household in it."""
    PASSES = "passes"
    """It goes over to the household that stays."""
    ENDS = "ends"
    """It ends as a duplicate: the household that stays has one already."""
    BEGINS = "begins"
    """A household is enrolled that was not."""
    FULL = "full"
    """A household would be enrolled, but the programme has no free place."""
    STAYS = "stays"
    """It stays with the household that is left."""


@dataclass(frozen=True)
class Member:
    """Somebody who lives in a household now; `version` is the person's."""

    membership_id: int
    person_id: int
    uuid: UUID
    name: str
    number: str
    relationship: Relationship | None
    is_head: bool
    since: date
    version: int


@dataclass(frozen=True)
class Enrolled:
    """An enrolment of a household, or of one of its members where `household_id` is empty.

    `mine` says whether it is within the actor's grants; `rule`, `by_household` and `approval` (its
    moves wait for a second person) are the programme's; `free` how many places of ACTIVE households
    it has left, None without a limit.
    """

    id: int
    version: int
    programme_id: int
    programme: str
    cycle: int
    person_id: int
    household_id: int | None
    status: str
    since: date
    ended_on: date | None
    rule: HouseholdRule
    by_household: bool
    mine: bool
    free: int | None = None
    approval: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """The programme and cycle, in which a household has one enrolment at most."""
        return self.programme_id, self.cycle

    @property
    def ruled(self) -> bool:
        """Whether households have a say in that programme."""
        return self.by_household or self.rule is not HouseholdRule.NONE


@dataclass(frozen=True)
class Area:
    """A place that a household lives in or moves to."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Home:
    """A household as it stands: `members` live in it now, the head first; `enrolments` are its own
    and its members'; `keys` are those under which files know it."""

    id: int
    uuid: UUID
    number: str
    version: int
    area: Area
    size: int | None
    members: tuple[Member, ...]
    enrolments: tuple[Enrolled, ...]
    keys: tuple[tuple[int, str], ...] = ()

    @property
    def head(self) -> Member | None:
        return next((member for member in self.members if member.is_head), None)

    @property
    def own(self) -> tuple[Enrolled, ...]:
        """The enrolments of the household itself."""
        return tuple(one for one in self.enrolments if one.household_id == self.id)


@dataclass(frozen=True, kw_only=True)
class Act:
    """What is asked for: of which household, from which day on, why. `relationships` gives the
    members' relationship to the head whom they will have; without one it becomes unknown."""

    household: UUID
    on: date
    reason: str
    relationships: Mapping[UUID, Relationship] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Move(Act):
    """The household moves to another place (its code)."""

    place: str


@dataclass(frozen=True, kw_only=True)
class MovePeople(Act):
    """Members go to another household, or with `to` empty leave without a new one (they left, they
    died). `next_head` leads those who stay, where the head goes."""

    people: tuple[UUID, ...]
    to: UUID | None = None
    next_head: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Split(Act):
    """Members found a household of their own under `head`, at `place` or where they are. With
    `enrol` it is enrolled where the old one is, in the same status."""

    people: tuple[UUID, ...]
    head: UUID
    next_head: UUID | None = None
    place: str | None = None
    enrol: bool = True


@dataclass(frozen=True, kw_only=True)
class Merge(Act):
    """Everybody goes over to the household `into`, which stays."""

    into: UUID


@dataclass(frozen=True, kw_only=True)
class ChangeHead(Act):
    """Another member becomes the head."""

    head: UUID


@dataclass(frozen=True)
class Step:
    """A member's present membership ends and, unless `to` is empty, another begins; where `to` is
    the household they live in, it goes on with another part."""

    member: Member
    origin: Home
    to: int | None
    is_head: bool = False
    relationship: Relationship | None = None


@dataclass(frozen=True)
class Outcome:
    """What becomes of one enrolment: `holder` stands for it from now on, `household_id` is whose
    it is (NEW for a founded household)."""

    enrolled: Enrolled
    fate: Fate
    household_id: int | None
    holder: int


@dataclass(frozen=True)
class Plan:
    """Everything an act would write. `area` is the new place of the household, or of the founded
    one; `sizes` are the reported sizes that change; `touched` are enrolments beyond `outcomes`
    that whoever looked at them must look at again."""

    kind: Kind
    home: Home
    other: Home | None
    steps: tuple[Step, ...] = ()
    area: Area | None = None
    sizes: Mapping[int, int] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    touched: frozenset[int] = frozenset()

    @property
    def homes(self) -> tuple[Home, ...]:
        return (self.home, self.other) if self.other else (self.home,)


def check_words(act: Act, today: date) -> None:
    """Raise InvalidInput unless the act has a reason and a day that has come."""
    if not act.reason.strip():
        raise InvalidInput("Give a reason.")
    if len(act.reason) > LONGEST_REASON:
        raise InvalidInput("The reason may have {most} characters at most.", most=LONGEST_REASON)
    if act.on > today:
        raise InvalidInput("The day lies in the future. Give the day on which it happened.")
    if Relationship.HEAD in act.relationships.values():
        raise InvalidInput("A household has one head. Choose who that is, not a relationship.")


def check_days(act: Act, made: Plan) -> None:
    """Raise InvalidInput where the day lies before what would end began, or where something would
    end that is beyond the actor's grants or that a second person has to approve."""
    moving = [step.member for step in made.steps]
    if made.kind is Kind.MOVE:
        moving = list(made.home.members)
    for member in moving:
        if act.on < member.since:
            raise InvalidInput(
                "{number} has lived in the household since {since}. Give a later day.",
                number=member.number,
                since=member.since,
            )
    for outcome in made.outcomes:
        if outcome.fate is Fate.ENDS and outcome.enrolled.mine and outcome.enrolled.approval:
            raise InvalidInput(
                "The household's enrolment in {programme} would end, and a second person approves "
                "what ends there. End it by a change of status first, then merge.",
                programme=outcome.enrolled.programme,
            )
        if outcome.fate is Fate.ENDS and act.on < outcome.enrolled.since:
            raise InvalidInput(
                "The household's status in {programme} began on {since}. Give a later day.",
                programme=outcome.enrolled.programme,
                since=outcome.enrolled.since,
            )
        if outcome.fate is Fate.ENDS and not outcome.enrolled.mine:
            raise InvalidInput(
                "A place in a programme that you do not look after would end. Ask somebody who "
                "looks after all programmes of these households."
            )
