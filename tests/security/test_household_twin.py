"""Managers before a wall: what acts on households would do does not tell what changed behind it."""

from pathlib import Path

import pytest

from core.domain.permissions import Role
from core.storage import accounts
from core.storage.database import transaction
from tests.people import EAST, SINCE, add_person
from tests.security.home_probes import home_acts
from tests.security.probes import assert_same, collect
from tests.security.visitor import Visitor
from tests.security.world import CASH, HOUSE, WALLS, World, change_beyond
from tests.world import add_programme


@pytest.mark.parametrize("name", WALLS)
def test_nothing_that_a_manager_may_do_tells_what_changed_behind_a_wall(
    world: World, tmp_path: Path, name: str
) -> None:
    with transaction() as db:
        if name == "of a district":
            add_person(db, "mona", Role.PROGRAMME_MANAGER, EAST)
        else:
            add_person(db, "mona", None)
            user = accounts.find_user(db, "mona")
            root = accounts.find_location(db, accounts.ROOT_CODE)
            for code in (CASH, HOUSE):
                key = add_programme(db, code).id
                accounts.add_grant(db, user, Role.PROGRAMME_MANAGER, root, key, SINCE)
    visitor = Visitor("mona", "no session", tmp_path)
    before = collect(visitor, world, (home_acts,))
    change_beyond(WALLS[name], world, tmp_path / "beyond")

    assert any("HomeView" in said for said in before.values())
    assert_same(before, collect(visitor, world, (home_acts,)))
