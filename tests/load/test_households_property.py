"""Whatever was done to households in whatever order: taken back in reverse, all is as it was.

The short form tries a few histories; CASELOAD_EXAMPLES=200 makes it the long one.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from core.domain.households import Act, ChangeHead, Merge, Move, MovePeople, Split
from core.errors import InvalidInput, NotFound
from core.models import Batch
from core.storage.acts import reversal
from core.storage.database import reading
from core.storage.integrity import find_breaches
from tests.conftest import Registry
from tests.households import ON, WHY, Village, build, undo
from tests.importing import ask
from tests.people import EAST, WEST

EXAMPLES = int(os.environ.get("CASELOAD_EXAMPLES", "4"))
some = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 50,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to do, by the places in the lists of households and their members."""

    kind: str
    homes: tuple[int, int]
    people: tuple[int, ...]
    heads: tuple[int, int]


wishes = st.builds(
    Wish,
    st.sampled_from(("move", "out", "join", "split", "merge", "head")),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True).map(tuple),
    st.tuples(st.integers(0, 5), st.integers(0, 5)),
)


def make(wish: Wish) -> Act | None:
    """The act that a wish means now, where there is somebody to do it to."""
    homes = ask(
        "SELECT h.id, h.uuid, l.code FROM household h JOIN location l ON l.id = h.location_id "
        "WHERE h.merged_into_id IS NULL ORDER BY h.id"
    )
    (number, home, area), (_other, into, _area) = (homes[at % len(homes)] for at in wish.homes)
    living = ask(
        "SELECT p.uuid FROM membership m JOIN person p ON p.id = m.person_id "
        "WHERE m.household_id = :home AND m.until IS NULL ORDER BY p.id",
        home=number,
    )
    if not living:
        return None
    people = [_uuid(living[at % len(living)][0]) for at in wish.people]
    heads = [_uuid(living[at % len(living)][0]) for at in wish.heads]
    asked: dict[str, Any] = {"household": _uuid(home), "on": ON, "reason": WHY}
    made: dict[str, Callable[[], Act]] = {
        "move": lambda: Move(**asked, place=WEST if area == EAST else EAST),
        "out": lambda: MovePeople(**asked, people=tuple(people), next_head=heads[0]),
        "join": lambda: MovePeople(
            **asked, people=tuple(people), to=_uuid(into), next_head=heads[0]
        ),
        "split": lambda: Split(
            **asked, people=tuple(people), head=people[0], next_head=heads[0], place=WEST
        ),
        "merge": lambda: Merge(**asked, into=_uuid(into)),
        "head": lambda: ChangeHead(**asked, head=heads[1]),
    }
    return made[wish.kind]()


def _uuid(found: object) -> UUID:
    return found if isinstance(found, UUID) else UUID(str(found))


TABLES = {
    "household": "id, location_id, size, merged_into_id",
    "person": "id, location_id",
    "membership": "person_id, household_id, relationship, is_head, since, until",
    "household_key": "key, household_id",
    "enrolment": "id, person_id, household_id, status, since, ended_on, exit_reason",
}


def state() -> dict[str, list[str]]:
    """Everything that acts write but the counters of changes."""
    with reading() as db:
        assert find_breaches(db) == []
    return {
        name: sorted(repr(row) for row in ask(f"SELECT {columns} FROM {name}"))
        for name, columns in TABLES.items()
    }


@pytest.fixture
def village(registry: Registry) -> Village:
    return build()


@pytest.mark.timeout(1_800)
@some
@given(wanted=st.lists(wishes, min_size=1, max_size=8))
def test_acts_taken_back_in_reverse_leave_no_trace(village: Village, wanted: list[Wish]) -> None:
    done: list[tuple[UUID, Any]] = []
    for wish in wanted:
        before = state()
        try:
            act = make(wish)
            if act is not None:
                done.append((village.do(act).batch, before))
        except (InvalidInput, NotFound):
            assert state() == before
    for batch, before in reversed(done):
        if moved_since(batch):
            break  # the undos of those before would meet the same
        after = state()
        undone = undo(village.nadia, batch)
        assert state() == before
        again = undo(village.nadia, undone)
        assert state() == after
        undo(village.nadia, again)
        assert state() == before


def moved_since(batch: UUID) -> bool:
    """Whether a household that the act enrolled has moved on in its status: then, and only then,
    an act does not come back though all after it have."""
    with reading() as db:
        key = db.execute(select(Batch).where(col(Batch.uuid) == batch)).scalar_one().id or 0
        found = reversal.obstacles(db, key)
    assert {one.entity for one in found} <= {"status_change"}
    return bool(found)
