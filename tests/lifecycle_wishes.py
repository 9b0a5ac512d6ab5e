"""What somebody asks for in the machine of the lifecycle: a move, as it is drawn at random."""

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from core.settings import today
from tests.lifecycle_parts import EXITED
from tests.world import DAY

PROGRAMMES = ("HEADS", "ANYONE", "TOGETHER", "HOUSES")
TARGETS = ("SUSPENDED", "ACTIVE", "SUSPENDED", "ACTIVE", "GRADUATED", EXITED)
DAYS = (0, 0, 0, 0, 0, 3, None, -1)
"""So many days ago; None is the day after everybody's first status, -1 the day before it."""


@dataclass(frozen=True)
class Wanted:
    """A move as somebody asks for it, in the programme that this history is about where none is
    named. `how` they choose: everybody, a status, picks or numbers; `ahead` is for tomorrow."""

    by: int
    programme: str | None
    target: str
    how: str
    picks: tuple[int, ...]
    days: int | None
    ahead: bool = False

    @property
    def day(self) -> date:
        if self.ahead:
            return today() + timedelta(days=1)
        if self.days is None or self.days < 0:
            return DAY + timedelta(days=self.days or 1)
        return today() - timedelta(days=self.days)


picks = st.lists(st.integers(0, 11), min_size=1, max_size=4, unique=True).map(tuple)
wishes = st.builds(
    Wanted,
    by=st.sampled_from((0, 0, 1)),
    programme=st.none() | st.sampled_from(PROGRAMMES),
    target=st.sampled_from(TARGETS),
    how=st.sampled_from(("all", "status", "picks", "picks", "numbers")),
    picks=picks,
    days=st.sampled_from(DAYS),
)
