"""Households are a dataset of their own: known by their number, they rule where members live."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.services import imports, rewind
from core.services.imports import Receipt, StartImport
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, ask, figures
from tests.people import People, add_people
from tests.world import add_programme

HOUSEHOLDS = """Household number,Household size,District,Roof,Registration date
H1,4,East,iron,2020-03-01
H2,2,East,straw,2021-05-09
H1,3,East,iron,2020-03-01
,5,East,iron,2020-01-01
"""
PEOPLE = """Full name,Sex,Date of birth,Household number,District
Awa Traoré,F,1990-05-14,H1,East
Ali Ba,M,1980-01-31,H1,East
"""


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    people: People = add_people()
    with transaction() as db:
        add_programme(db, "CASH")
    for code, name in (("E", "East"), ("W", "West")):
        add_place(code, name)
    return Desk(people.brook, tmp_path)


def start(desk: Desk, rows: str) -> UUID:
    path = desk.folder / "households.csv"
    path.write_text(rows, encoding="utf-8")
    order = StartImport(path, path.name, "CASH", dataset="households")
    return imports.start(desk.actor, order)


def bring(desk: Desk, rows: str) -> Receipt:
    run = start(desk, rows)
    imports.check(desk.actor, run)
    return imports.publish(desk.actor, run)


def test_households_come_in_by_their_number(desk: Desk) -> None:
    run = start(desk, HOUSEHOLDS)
    counts = imports.check(desk.actor, run)
    receipt = imports.publish(desk.actor, run)

    assert (counts["new"], counts["held"]) == (2, 2)
    assert desk.rules(run) == {"duplicate_in_file": (4,), "household_missing": (5,)} | {
        rule: rows for rule, rows in desk.rules(run).items() if rule == "key_missing"
    }
    assert figures(receipt) == (2, 0, 0, 2)
    rows = ask("SELECT size, attributes FROM household ORDER BY id")
    assert [row[0] for row in rows] == [4, 2]
    assert "iron" in str(rows[0][1])


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    bring(desk, HOUSEHOLDS)

    assert figures(bring(desk, HOUSEHOLDS)) == (0, 0, 2, 2)
    assert len(ask("SELECT id FROM household")) == 2


def test_a_filled_value_changes_and_a_blank_does_not(desk: Desk) -> None:
    bring(desk, HOUSEHOLDS)

    receipt = bring(desk, HOUSEHOLDS.replace("H1,4,", "H1,6,", 1).replace("H2,2,", "H2,,"))

    assert figures(receipt) == (0, 1, 1, 2)
    assert [tuple(row) for row in ask("SELECT size FROM household ORDER BY id")] == [(6,), (2,)]
    [change] = ask("SELECT diff FROM change WHERE entity = 'household' AND diff IS NOT NULL")
    assert "size" in str(change[0])


def test_members_of_a_known_household_move_with_it(desk: Desk) -> None:
    bring(desk, HOUSEHOLDS)
    assert figures(desk.published(PEOPLE)) == (2, 0, 0, 0)
    assert len(ask("SELECT id FROM household")) == 2

    bring(desk, HOUSEHOLDS.replace("H1,4,East", "H1,4,West", 1))

    places = ask(
        "SELECT l.name FROM person p JOIN location l ON l.id = p.location_id ORDER BY p.id"
    )
    assert [place[0] for place in places] == ["West", "West"]
    moved = ask("SELECT entity_id FROM change WHERE entity = 'person' AND diff IS NOT NULL")
    assert len(moved) == 2


def test_a_household_beyond_the_grant_is_held(desk: Desk) -> None:
    bring(desk, HOUSEHOLDS)
    [west] = ask("SELECT path FROM location WHERE code = 'W'")
    scope = desk.actor.scopes[0]
    narrow = Actor(desk.actor.user_id, desk.actor.name, (type(scope)(scope.role, west[0], None),))

    run = start(Desk(narrow, desk.folder), HOUSEHOLDS.replace("East", "West"))
    counts = imports.check(narrow, run)

    assert counts["held"] == 4
    assert "outside_grant" in desk.rules(run)


def test_an_unknown_dataset_is_refused_by_name(desk: Desk) -> None:
    path = desk.folder / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(InvalidInput, match="“payments” cannot be imported"):
        imports.start(desk.actor, StartImport(path, "x.csv", "CASH", dataset="payments"))


def test_an_import_of_anything_else_is_not_rewound_by_halves(desk: Desk) -> None:
    run = bring(desk, HOUSEHOLDS).run
    with transaction() as db:
        db.execute(text("UPDATE import_run SET dataset = 'payments'"))

    with pytest.raises(InvalidInput, match="payments cannot be taken back"):
        rewind.preview(desk.actor, run)
