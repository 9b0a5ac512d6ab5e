"""The very same file again is not read again; whatever has changed since makes it read in full."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput
from core.etl.choices import Column, Mapping
from core.etl.remedies.steps import Replace
from core.services import imports, matching, remedies
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people, add_person

ROWS = (
    "ID,Full name,Sex,Date of birth,Phone\n"
    "A1,Awa Traoré,F,1990-05-14,+22670000001\n"
    "A2,Moussa Koné,M,1985-11-02,\n"
    "A3,Fanta Diallo,Q,2001-01-30,\n"
)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def short(desk: Desk, run: UUID) -> bool:
    return "same_file" in desk.rules(run)


def test_the_same_file_is_recognised_and_gets_its_receipt(desk: Desk) -> None:
    assert figures(desk.published(ROWS, key="ID")) == (2, 0, 0, 1)

    run = desk.checked(ROWS, key="ID")

    assert desk.rules(run).keys() == {"same_file", "rows_waiting"}
    told = matching.summary(desk.actor, run)
    assert (told.new, told.changed, told.unchanged, told.held) == (0, 0, 2, 1)
    assert matching.preview_page(desk.actor, run, "unchanged").rows == []
    receipt = imports.publish(desk.actor, run)
    assert (receipt.rows, *figures(receipt)) == (3, 0, 0, 2, 1)
    assert short(desk, desk.checked(ROWS, key="ID"))
    assert ask("SELECT count(*) FROM person") == [(2,)]
    assert ask("SELECT count(*) FROM import_row") == [(1,)]


def test_a_recognised_file_gives_what_a_full_check_gives(desk: Desk) -> None:
    desk.published(ROWS, key="ID")
    run = desk.start(ROWS, key="ID")
    quick = imports.check(desk.actor, run)

    full = imports.check(desk.actor, run, force=True)

    names = ("rows", "new", "changed", "unchanged", "held")
    assert [quick[name] for name in names] == [full[name] for name in names]
    assert not short(desk, run)


def test_all_or_nothing_refuses_a_recognised_file_whose_rows_wait(desk: Desk) -> None:
    desk.published(ROWS, key="ID")
    run = desk.checked(ROWS, key="ID")

    with pytest.raises(InvalidInput, match="1 of 3 rows"):
        imports.publish(desk.actor, run, mode="all-or-nothing")


def test_another_file_published_since_makes_the_old_one_news(desk: Desk) -> None:
    desk.published(ROWS, key="ID")
    desk.published(ROWS.replace("+22670000001", "+22670000009"), key="ID")

    run = desk.checked(ROWS, key="ID")

    assert not short(desk, run)
    assert figures(imports.publish(desk.actor, run)) == (0, 1, 1, 1)
    assert ask("SELECT phone FROM person WHERE full_name LIKE 'Awa%'") == [("+22670000001",)]


def test_a_publish_between_check_and_publish_is_noticed(desk: Desk) -> None:
    desk.published(ROWS, key="ID")
    run = desk.checked(ROWS, key="ID")
    desk.published(ROWS.replace("+22670000001", "+22670000009"), key="ID")

    with pytest.raises(Conflict, match="Check the file again"):
        imports.publish(desk.actor, run)

    imports.check(desk.actor, run)
    assert figures(imports.publish(desk.actor, run)) == (0, 1, 1, 1)


def test_an_import_into_another_space_of_keys_changes_nothing(desk: Desk) -> None:
    add_programme("FOOD")
    desk.published(ROWS, key="ID")
    replace(desk, programme="FOOD").published(ROWS.replace("A1", "B1"), key="ID")

    assert short(desk, desk.checked(ROWS, key="ID"))


def _other_key(desk: Desk) -> UUID:
    return desk.checked(ROWS)


def _other_policy(desk: Desk) -> UUID:
    run = desk.start(ROWS, key="ID")
    mapping = imports.describe(desk.actor, run).document.mapping or Mapping({})
    columns = {**mapping.columns, "Phone": replace(mapping.columns["Phone"], policy="keep")}
    imports.set_mapping(desk.actor, run, Mapping(columns), "ID")
    imports.check(desk.actor, run)
    return run


def _other_places(desk: Desk) -> UUID:
    add_place("R9", "A new region")
    return desk.checked(ROWS, key="ID")


def _other_reach(desk: Desk) -> UUID:
    with transaction() as db:
        narrow = add_person(db, "nana", Role.ANALYST, "N")
    return replace(desk, actor=narrow).checked(ROWS, key="ID")


def _somebody_gone(desk: Desk) -> UUID:
    with transaction() as db:
        gone = "(SELECT id FROM person WHERE full_name LIKE 'Moussa%')"
        db.execute(text(f"DELETE FROM source_key WHERE person_id IN {gone}"))
    return desk.checked(ROWS, key="ID")


def _taken_back(desk: Desk) -> UUID:
    with transaction() as db:
        db.execute(text("UPDATE import_run SET rewound_at = created_at WHERE state = 'PUBLISHED'"))
    return desk.checked(ROWS, key="ID")


def _another_act(desk: Desk) -> UUID:
    with transaction() as db:
        db.execute(
            text(
                "INSERT INTO batch (uuid, kind, actor, recorded_at, counts) "
                "SELECT '0123456789abcdef0123456789abcdef', 'rewind', actor, recorded_at, counts "
                "FROM batch"
            )
            if db.get_bind().dialect.name == "sqlite"
            else text(
                "INSERT INTO batch (uuid, kind, actor, recorded_at, counts) "
                "SELECT gen_random_uuid(), 'rewind', actor, recorded_at, counts FROM batch"
            )
        )
    return desk.checked(ROWS, key="ID")


@pytest.mark.parametrize(
    "again",
    [
        _other_key,
        _other_policy,
        _other_places,
        _somebody_gone,
        _taken_back,
        _another_act,
    ],
)
def test_what_has_changed_since_makes_it_read_in_full(desk: Desk, again: object) -> None:
    desk.published(ROWS, key="ID")
    assert callable(again)

    assert not short(desk, again(desk))


def test_somebody_with_another_area_has_the_file_read_in_full(desk: Desk) -> None:
    desk.published(ROWS, key="ID")

    run = _other_reach(desk)

    with transaction() as db:
        found = db.execute(text("SELECT counts FROM import_run ORDER BY id DESC LIMIT 1")).scalar()
    assert run
    assert "origin" not in str(found)


def test_the_same_file_is_not_asked_about_twice(desk: Desk) -> None:
    mapping = Mapping({"Full name": Column("full_name"), "Sex": Column(left_out=True)})
    text = "Full name,Sex\nAwa Traore,F\n"
    run = desk.start(text)
    imports.set_mapping(desk.actor, run, mapping)
    remedies.add_step(desk.actor, run, Replace("Full name", "Awa Traore", "Awa Traoré"))
    imports.check(desk.actor, run)
    imports.publish(desk.actor, run)

    path = desk.folder / "people.csv"
    again = imports.start(desk.actor, imports.StartImport(path, "again.csv", desk.programme))

    assert imports.describe(desk.actor, again).document.mapping == mapping
    assert len(remedies.list_steps(desk.actor, again)) == 1
    assert imports.check(desk.actor, again)["unchanged"] == 1
    assert "same_file" in desk.rules(again)
