"""Acts on households beside imports: a rewind keeps whom somebody has moved since, a file finds the
household that stayed; and two who act at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest

from core.domain.households import Act, ChangeHead, Merge, MovePeople, Split
from core.domain.permissions import Actor, Role
from core.errors import Conflict, NotFound
from core.services import households, rewind
from core.settings import today
from core.storage.database import transaction
from tests.conftest import Registry
from tests.households import ON, WHY, Village, build, content, home, living, undo, who
from tests.importing import Desk, add_programme, ask
from tests.people import add_people, add_person
from tests.rewinding import FAMILIES, kept, number_of


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


@pytest.fixture
def nadia(desk: Desk) -> Actor:
    with transaction() as db:
        return add_person(db, "nadia", Role.PROGRAMME_MANAGER)


def test_a_rewind_keeps_whom_somebody_has_moved_since_until_that_is_taken_back(
    desk: Desk, nadia: Actor
) -> None:
    run = desk.published(FAMILIES, key="ID").run
    out = MovePeople(
        household=home(1), on=today(), reason=WHY, people=(who("Moussa Koné"),), to=home(2)
    )
    done = households.carry_out(nadia, out, households.preview(nadia, out).seen)
    seen = rewind.preview(desk.actor, run)

    moved, alone = (number_of(name) for name in ("Moussa Koné", "Fanta Diallo"))
    assert kept(seen) == [
        (moved, "changed"), (number_of("Awa Traoré"), "household"), (alone, "household")
    ]  # fmt: skip
    undo(nadia, done.batch)
    assert rewind.preview(desk.actor, run).people == 3
    rewind.rewind(desk.actor, run)
    assert ask("SELECT count(*) FROM person") == [(0,)]


def test_a_file_finds_the_household_that_stayed(desk: Desk, nadia: Actor) -> None:
    desk.published(FAMILIES, key="ID")
    act = Merge(household=home(2), on=today(), reason=WHY, into=home(1))
    households.carry_out(nadia, act, households.preview(nadia, act).seen)
    more = "Household Id,ID,Full name,Sex,Relationship to head\nH2,A9,Oumou Sidibé,F,child\n"
    desk.published(more, key="ID")

    assert living() == {1: ["Awa Traoré*", "Moussa Koné", "Fanta Diallo", "Oumou Sidibé"]}
    content()


def test_of_two_who_act_on_one_household_at_once_one_is_told(registry: Registry) -> None:
    village = build()
    ben = who("Ben")
    pairs: list[tuple[Act, Act]] = [
        (
            MovePeople(household=home(1), on=ON, reason=WHY, people=(ben,)),
            MovePeople(household=home(1), on=ON, reason=WHY, people=(ben,), to=home(2)),
        ),
        (
            Merge(household=home(1), on=ON, reason=WHY, into=home(2)),
            Merge(household=home(2), on=ON, reason=WHY, into=home(1)),
        ),
        (
            Split(household=home(1), on=ON, reason=WHY, people=(ben,), head=ben),
            ChangeHead(household=home(1), on=ON, reason=WHY, head=ben),
        ),
    ]
    for pair in pairs:
        batches = [one for one in _at_once(village, pair) if one is not None]
        assert len(batches) == 1
        content()
        undo(village.nadia, batches[0])


def _at_once(village: Village, acts: tuple[Act, Act]) -> list[UUID | None]:
    """Look at both, then do both at the same moment; return the batches, None for who was told."""
    seen = [households.preview(village.nadia, act).seen for act in acts]
    start = Barrier(len(acts))

    def do(at: int) -> UUID | None:
        start.wait()
        try:
            return households.carry_out(village.nadia, acts[at], seen[at]).batch
        except (Conflict, NotFound):
            return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, range(len(acts))))
