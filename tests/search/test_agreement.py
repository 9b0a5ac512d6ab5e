"""Both engines answer as a comparison of every name with the query would."""

import random

import pytest

from core.domain.fields import Status
from core.domain.permissions import Actor, Role, Scope
from core.search import Query, open_index
from core.search.ranking import rank
from core.services.upkeep import drain_search
from core.storage.database import transaction
from tests.conftest import Registry
from tests.rows import actor, add_human, add_place, add_programme, enrol

GIVEN = (
    "Mohamed", "Muhammad", "Mahmud", "Amina", "Aminata", "Fatima", "Ibrahim", "محمد", "فاطمة",
    "መሐመድ", "Мухаммад", "मोहम्मद",
)  # fmt: skip
FAMILY = (
    "Diallo", "Dialo", "Traore", "Traoré", "Okonkwo", "Bello", "Sow", "Christopher", "Kaboré",
    "श्रेष्ठ", "Владимир",
)  # fmt: skip
ASKED = (
    "mohamed", "mohmaed", "mohamed dialo", "traroe amina", "chirstohper", "sow", "fat", "m d",
    "vladimir", "श्रेष्ठ mohammed", "okonkwa bela", "christopher christofer", "kabor", "aminta",
)  # fmt: skip


@pytest.fixture
def registry_of_many(registry: Registry) -> list[tuple[int, str, str, Status]]:
    """300 people drawn by a seed: (id, name, path, status)."""
    draw = random.Random(7)
    with transaction() as db:
        places = [add_place(db, f"P{number}") for number in range(3)]
        programme = add_programme(db, "CASH")
        people = []
        for _ in range(300):
            name = f"{draw.choice(GIVEN)} {draw.choice(FAMILY)}"
            place, status = draw.choice(places), draw.choice(list(Status))
            person = add_human(db, name, place.id)
            enrol(db, person, programme, status)
            people.append((person, name, place.path, status))
    drain_search()
    return people


@pytest.mark.parametrize("status", [None, Status.ACTIVE])
@pytest.mark.parametrize("areas", [0, 1, 2])
def test_the_index_answers_like_a_comparison_with_every_name(
    registry_of_many: list[tuple[int, str, str, Status]], areas: int, status: Status | None
) -> None:
    paths = sorted({path for _, _, path, _ in registry_of_many})[:areas]
    scopes = tuple(Scope(Role.VIEWER, path) for path in paths)
    who = Actor(1, "a", scopes) if areas else actor()
    inside = {
        person: (name,)
        for person, name, path, at in registry_of_many
        if (not areas or path in paths) and status in (None, at)
    }
    index = open_index()

    for text in ASKED:
        found = index.find(Query(text, who, status, limit=300))
        assert found == rank(text.split(), inside), text
