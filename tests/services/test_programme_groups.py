"""A file of several programmes becomes one run for each, and every row goes to its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.permissions import Actor, Role, Scope
from core.errors import InvalidInput
from core.services import imports, programme_groups
from core.services.programme_groups import Group, Groups
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask, figures
from tests.people import add_people, add_person

ROWS = (
    "ID,Full name,Sex,Programme\n"
    "1,Awa Traoré,F,CASH\n2,Ali Sow,M,Programme food\n3,Fanta Ba,F,food\n"
    "4,Omar Fall,M,\n5,Sira Keïta,F,Moon\n6,Issa Sy,M,cash\n"
)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    add_programme("FOOD")
    return Desk(add_people().brook, tmp_path)


def enrolled() -> list[tuple[str, str]]:
    return list(
        ask(
            "SELECT p.full_name, g.code FROM enrolment e JOIN person p ON p.id = e.person_id "
            "JOIN programme g ON g.id = e.programme_id ORDER BY p.full_name"
        )
    )


def test_every_row_goes_into_the_programme_it_names(desk: Desk) -> None:
    run = desk.start(ROWS, key="ID")
    assert programme_groups.find_groups(desk.actor, run) == Groups(
        "Programme",
        (
            Group("CASH", ("CASH", "cash"), 2),
            Group("FOOD", ("Programme food", "food"), 2),
            Group(None, ("Moon",), 1),
        ),
        1,
        "CASH",
    )

    (food,) = programme_groups.split(desk.actor, run)

    assert [(one.uuid, one.programme) for one in programme_groups.list_parts(desk.actor, food)] == [
        (run, "CASH"),
        (food, "FOOD"),
    ]

    for one in (run, food):
        imports.check(desk.actor, one)
    assert desk.rules(run) == {"other_programme": (6,)}
    assert figures(imports.publish(desk.actor, run)) == (3, 0, 0, 1)
    assert figures(imports.publish(desk.actor, food)) == (2, 0, 0, 0)
    assert enrolled() == [
        ("Ali Sow", "FOOD"),
        ("Awa Traoré", "CASH"),
        ("Fanta Ba", "FOOD"),
        ("Issa Sy", "CASH"),
        ("Omar Fall", "CASH"),
    ]


def test_a_file_of_one_programme_stays_one_run(desk: Desk) -> None:
    run = desk.start("ID,Full name,Sex,Programme\n1,Awa Traoré,F,CASH\n", key="ID")

    assert programme_groups.split(desk.actor, run) == []


def test_a_programme_out_of_reach_is_as_unknown_as_one_there_is_not(desk: Desk) -> None:
    with transaction() as db:
        other = add_person(db, "nana", Role.ANALYST)
        (scope,) = other.scopes
    narrow = Actor(other.user_id, other.name, (Scope(scope.role, scope.path, 1),))
    run = replace(desk, actor=narrow).start(ROWS, key="ID")

    found = programme_groups.find_groups(narrow, run)

    assert found is not None
    assert [one.code for one in found.groups] == ["CASH", None]
    assert programme_groups.split(narrow, run) == []


def test_a_file_without_such_a_column_says_so(desk: Desk) -> None:
    run = desk.start("ID,Full name,Sex\n1,Awa Traoré,F\n", key="ID")

    assert programme_groups.find_groups(desk.actor, run) is None
    with pytest.raises(InvalidInput, match="No column says which programme"):
        programme_groups.split(desk.actor, run)


def test_a_column_is_known_by_its_values_and_a_split_file_is_asked_about_anew(
    desk: Desk,
) -> None:
    rows = ROWS.replace("Programme\n", "Volet\n", 1)
    path = desk.folder / "people.csv"
    run = desk.start(rows, key="ID")
    (food,) = programme_groups.split(desk.actor, run)
    imports.check(desk.actor, run)
    assert desk.rules(run) == {"other_programme": (6,)}
    for one in (run, food):
        imports.check(desk.actor, one)
        imports.publish(desk.actor, one)
    assert ("Fanta Ba", "FOOD") in enrolled()

    again = imports.start(desk.actor, imports.StartImport(path, path.name, "CASH"))

    found = programme_groups.find_groups(desk.actor, again)
    assert found is not None
    assert [one.rows for one in found.others] == [2]
    assert programme_groups.list_parts(desk.actor, again) == []
