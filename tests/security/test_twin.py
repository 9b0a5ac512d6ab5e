"""Non-interference: whatever happens behind a wall, nothing before it answers differently."""

from pathlib import Path

import pytest

from core.domain import surfaces
from core.domain.permissions import Permission
from core.domain.surfaces import Page
from tests.importing import Desk
from tests.security import probes
from tests.security.probes import EVERY_SURFACE, assert_same, collect, uncollected
from tests.security.visitor import Browser, Visitor
from tests.security.world import CASH, WALLS, World, change_beyond

ROWS = "ID,Full name,Sex,District\n1,Abeba,F,N-EAST\n2,Zeno,M,N-EAST\n3,,F,N-EAST\n"
HELD = "ID,Full name,Sex,District\n9,,F,N-EAST\n"

OBSERVERS = [(name, one) for name, wall in WALLS.items() for one in wall.observers]


@pytest.mark.parametrize(("name", "observer"), OBSERVERS)
def test_nothing_before_a_wall_tells_what_changed_behind_it(
    world: World, browser: Browser, tmp_path: Path, name: str, observer: str
) -> None:
    visitor = Visitor(observer, browser.enter(observer), tmp_path)
    if visitor.actor.allows(Permission.IMPORT):
        Desk(visitor.actor, tmp_path, CASH).published(HELD, key="ID")
        Desk(visitor.actor, tmp_path, CASH).checked(ROWS, key="ID")
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")

    before = collect(visitor, world, EVERY_SURFACE)
    change_beyond(WALLS[name], world, tmp_path / "beyond")

    assert_same(before, collect(visitor, world, EVERY_SURFACE))


def test_every_registered_surface_is_looked_at() -> None:
    declared = (*surfaces.PAGES, *surfaces.ROUTES, *surfaces.COMMANDS)

    assert uncollected(declared) == []
    planted = Page("x.py", "x", "X", "x", "", Permission.SEE_PEOPLE)
    assert uncollected((*declared, planted)) == ["x.py: a registered surface without a twin probe"]


def test_every_read_of_a_service_is_looked_at(small_world: World, tmp_path: Path) -> None:
    visitor = Visitor("amina", "no session", tmp_path)
    looked_at = {name.split()[0] for name, _ in probes.services(visitor, small_world)}

    assert probes.reads_offered() - looked_at == set()
