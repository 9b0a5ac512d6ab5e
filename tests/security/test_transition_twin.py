"""Managers before a wall: previews, receipts and undos do not tell what changed behind it."""

from pathlib import Path

import pytest

from core.domain.criteria import Op, where
from core.domain.lifecycle import State
from core.domain.permissions import Actor, Role
from core.services import lifecycle
from core.services.lifecycle import Asked, Chosen
from core.storage import accounts
from core.storage.database import transaction
from tests.people import EAST, SINCE, add_person
from tests.security.move_probes import moves, receipts_of
from tests.security.probes import assert_same, collect
from tests.security.visitor import Browser, Visitor
from tests.security.world import CASH, HOUSE, WALLS, World, change_beyond
from tests.world import add_programme


def add_manager(name: str) -> Actor:
    """Add a manager who stands before the wall, and one of everything; return the latter."""
    with transaction() as db:
        if name == "of a district":
            add_person(db, "mona", Role.PROGRAMME_MANAGER, EAST)
        else:
            add_person(db, "mona", None)
            user, root = accounts.find_user(db, "mona"), accounts.find_location(db, "ROOT")
            for code in (CASH, HOUSE):
                key = add_programme(db, code).id
                accounts.add_grant(db, user, Role.PROGRAMME_MANAGER, root, key, SINCE)
        return add_person(db, "omar", Role.PROGRAMME_MANAGER)


@pytest.mark.parametrize("name", WALLS)
def test_no_preview_receipt_or_undo_tells_what_changed_behind_a_wall(
    world: World, browser: Browser, tmp_path: Path, name: str
) -> None:
    omar = add_manager(name)
    asked = Asked(CASH, State.GRADUATED, "Trained")
    order = lifecycle.prepare(omar, asked, Chosen(criteria=where("status", Op.IS, "ACTIVE")))
    batch = lifecycle.carry_out(omar, order).batch
    assert batch is not None
    visitor, looks = Visitor("mona", browser.enter("mona"), tmp_path), (moves, receipts_of(batch))
    before = collect(visitor, world, looks)
    assert all("Abeba" in before[one] for one in ("subjects", "undo", "preview CASH 0"))

    change_beyond(WALLS[name], world, tmp_path / "beyond")

    assert_same(before, collect(visitor, world, looks))
