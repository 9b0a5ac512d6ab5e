"""A rewind killed at any moment has happened completely or not at all.

The short form kills a few times; CASELOAD_KILLS=60 makes it the long one.
"""

import random
import time
from pathlib import Path

import pytest

from core.services import imports, rewind
from core.storage.content import content_hash
from core.storage.database import reading
from tests.conftest import Registry
from tests.importing import Desk, add_programme
from tests.load.killing import kill_at_work
from tests.load.test_kill_publish import KILLS, people
from tests.people import add_people

IMPORTS = """
from uuid import UUID
from core.services import rewind
actor = Actor(int(rest[0]), "brook", (Scope(Role.ANALYST, "1/"),))
"""
REWIND = "rewind.rewind(actor, UUID(rest[1]))"


@pytest.mark.timeout(120 + 15 * KILLS)
def test_a_killed_rewind_has_happened_completely_or_not_at_all(
    registry: Registry, tmp_path: Path
) -> None:
    add_programme("CASH")
    desk = Desk(add_people().brook, tmp_path)
    chance = random.Random(1)
    empty = content()
    run = imports.publish(desk.actor, desk.checked(people(0), key="ID")).run
    full = content()
    begun = time.monotonic()
    batch = rewind.rewind(desk.actor, run).batch
    whole = time.monotonic() - begun

    for _turn in range(KILLS):
        if imports.describe(desk.actor, run).rewound:
            rewind.undo_rewind(desk.actor, batch)
        assert content() == full
        told = (str(desk.actor.user_id), str(run))
        kill_at_work(registry, IMPORTS, REWIND, told, chance.uniform(0, 1.2 * whole))

        found = rewind.standing(desk.actor, run)
        assert content() == (empty if found else full)
        batch = found.batch if found else rewind.rewind(desk.actor, run).batch
        assert content() == empty


def content() -> str:
    with reading() as db:
        return content_hash(db)
