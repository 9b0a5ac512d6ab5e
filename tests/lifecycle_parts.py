"""What the model of the lifecycle (tests/lifecycle_model.py) is made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

EXITED = "EXITED"
NONE, HEAD, ANY, ALL = "NONE", "HEAD", "ANY", "ALL"


@dataclass(frozen=True)
class Standing:
    """Where an enrolment stands."""

    status: str
    since: date
    ended_on: date | None = None
    exit_reason: str | None = None

    @property
    def state(self) -> str:
        return EXITED if self.ended_on else self.status

    @property
    def begun(self) -> date:
        return self.ended_on or self.since


@dataclass(frozen=True)
class Visit:
    """One line of an enrolment's trail. `place` is the same for a state that an undo returns to."""

    batch: int
    place: int
    standing: Standing


@dataclass
class Enrolled:
    """One enrolment: `person` is enrolled or stands for `home`; `version` rises with each touch."""

    key: int
    programme: str
    cycle: int
    person: int
    home: int | None
    version: int
    trail: list[Visit]

    @property
    def standing(self) -> Standing:
        return self.trail[-1].standing


@dataclass(frozen=True)
class Programme:
    """`moves` gives for each (before, after) whether its condition is to be a woman."""

    code: str
    rule: str
    by_household: bool
    capacity: int | None
    moves: Mapping[tuple[str, str], bool]


@dataclass(frozen=True)
class Manager:
    """Somebody who moves people in some areas (None: everywhere), in every programme."""

    name: str
    areas: frozenset[int] | None


@dataclass
class Subject:
    """One enrolment in an order: where it is to go, and why it does not."""

    version: int
    part: str
    home: int | None
    blocked: str | None
    goal: Standing
    place: int | None = None


@dataclass
class Order:
    """A transition, or an undo where `target` is empty."""

    by: Manager
    programme: str | None
    target: str | None
    day: date
    reason: str
    subjects: dict[int, Subject] = field(default_factory=dict)
    free: int | None = None
    done: bool = False
    waited: bool = False
    """Whether it waits for its day or for a second person, and is laid anew then."""
    decided: bool = False
    """Whether a second person agreed to it."""
    whole: bool = False
    """Whether it takes a merge or another act back with all that it wrote."""

    def movers(self) -> list[int]:
        return [key for key, one in self.subjects.items() if one.blocked is None]

    def keep(self, kept: set[int]) -> None:
        """Leave in an undo those picked, and those whom the picked had carried."""
        picked = [one for key, one in self.subjects.items() if key in kept]
        homes = {one.home for one in picked if one.part == "CHOSEN"} - {None}
        self.subjects = {
            key: one
            for key, one in self.subjects.items()
            if key in kept or (one.part == "CARRIED" and one.home in homes)
        }

    def counts(self) -> dict[str, object]:
        """What a preview and a receipt of it must say."""

        def tally(part: str) -> dict[str, int]:
            some = [one.blocked for one in self.subjects.values() if one.part == part]
            return dict(Counter(why for why in some if why))

        moving = [self.subjects[key] for key in self.movers()]
        carried = [one for one in moving if one.part == "CARRIED"]
        return {
            "moved": len(moving) - len(carried),
            "carried": len(carried),
            "households": len({one.home for one in carried}),
            "blocked": tally("CHOSEN"),
            "stay": tally("CARRIED"),
            "free_places": self.free,
        }
