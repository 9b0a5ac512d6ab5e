"""A preview says exactly what a publish will do, cell by cell; policies say whose value counts."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from core.domain.fields import Status
from core.domain.permissions import Permission, Role
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.etl.choices import Column, Mapping
from core.models import Unit
from core.services import imports, matching
from core.services.matching import Foreseen
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people, add_person

HEAD = "ID,Full name,Sex,Date of birth,Phone,National ID,Region,Roof,Account number\n"
AWA = "A1,Awa Traoré,F,1990-05-14,+22670000001,N-1,R1,straw,111\n"
MOUSSA = "A2,Moussa Koné,M,1985-11-02,,,R1,,222\n"


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    brook = add_people().brook
    for code in ("R1", "R2"):
        add_place(code, f"Region {code}")
    return Desk(brook, tmp_path)


def started(desk: Desk, rows: str, policies: dict[str, str]) -> UUID:
    """A run whose columns have these policies, by header; checked."""
    run = desk.start(rows, key="ID")
    mapping = imports.describe(desk.actor, run).document.mapping or Mapping({})
    columns = {
        header: replace(column, policy=policies.get(header))
        for header, column in mapping.columns.items()
    }
    columns |= {h: Column(policy=policies[h]) for h in policies if h not in columns}
    imports.set_mapping(desk.actor, run, Mapping(columns), "ID")
    imports.check(desk.actor, run)
    return run


def page(desk: Desk, run: UUID, kind: str) -> Foreseen:
    return matching.preview_page(desk.actor, run, kind)


def foretold(desk: Desk, run: UUID) -> tuple[int, int, int, int]:
    told = matching.summary(desk.actor, run)
    return told.new, told.changed, told.unchanged, told.held


def person(name: str) -> tuple[object, ...]:
    (found,) = ask(
        "SELECT sex, CAST(birth_date AS text), phone, l.code, attributes FROM person p "
        "JOIN location l ON l.id = p.location_id WHERE full_name = :name",
        name=name,
    )
    return tuple(found)


CHANGED = "A1,Awa Traoré,F,1991-06-15,+22670000009,N-2,R2,tin,\n"


def test_the_files_value_counts_where_it_is_filled(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")

    run = started(desk, HEAD + CHANGED, {})

    (row,) = page(desk, run, "changed").rows
    assert (row.row, row.name) == (2, "Awa Traoré")
    assert row.registration_no == ask("SELECT registration_no FROM person")[0][0]
    cells = {name: (cell.before, cell.after, cell.policy) for name, cell in row.cells.items()}
    assert cells == {
        "birth_date": ("1990-05-14", "1991-06-15", "file"),
        "phone": ("+22670000001", "+22670000009", "file"),
        "location": ("R1", "R2", "file"),
        "attribute.roof": ("straw", "tin", "file"),
        "identifier.national_id": (None, "N-2", "file"),
    }
    assert foretold(desk, run) == figures(imports.publish(desk.actor, run)) == (0, 1, 0, 0)
    sex, born, phone, place, _ = person("Awa Traoré")
    assert (sex, born, phone, place) == ("FEMALE", "1991-06-15", "+22670000009", "R2")


def test_the_registrys_value_stays_where_the_policy_says_so(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    every = ("Date of birth", "Phone", "Region", "Roof", "National ID", "Sex", "Full name", "ID")

    run = started(desk, HEAD + CHANGED.replace("Awa", "Eve"), dict.fromkeys(every, "keep"))

    assert page(desk, run, "changed").rows == []
    assert foretold(desk, run) == figures(imports.publish(desk.actor, run)) == (0, 0, 1, 0)
    assert person("Awa Traoré")[1:4] == ("1990-05-14", "+22670000001", "R1")
    assert ask("SELECT value FROM identifier WHERE type = 'national_id'") == [("N-1",)]
    assert "straw" in str(person("Awa Traoré")[4])


def test_the_file_fills_blanks_only_where_the_policy_says_so(desk: Desk) -> None:
    desk.published(HEAD + AWA + "A2,Moussa Koné,,,,,,,\n", key="ID")
    every = ("Date of birth", "Phone", "Region", "Roof", "National ID", "Sex")

    rows = HEAD + CHANGED + "A2,Moussa Koné,M,1985-11-02,+22670000002,N-3,R1,clay,\n"
    run = started(desk, rows, dict.fromkeys(every, "blanks"))

    (row,) = page(desk, run, "changed").rows
    assert set(row.cells) == {
        "sex",
        "birth_date",
        "birth_precision",
        "phone",
        "location",
        "attribute.roof",
        "identifier.national_id",
    }
    assert foretold(desk, run) == figures(imports.publish(desk.actor, run)) == (0, 1, 1, 0)
    assert person("Awa Traoré")[1:4] == ("1990-05-14", "+22670000001", "R1")
    assert person("Moussa Koné")[:4] == ("MALE", "1985-11-02", "+22670000002", "R1")
    numbers = "SELECT value FROM identifier WHERE type = 'national_id' ORDER BY value"
    assert ask(numbers) == [("N-1",), ("N-3",)]


def test_a_new_person_takes_the_files_values_whatever_the_policy(desk: Desk) -> None:
    run = started(desk, HEAD + AWA, {"Phone": "keep", "Roof": "keep", "National ID": "blanks"})

    (row,) = page(desk, run, "new").rows
    assert row.registration_no is None
    assert row.cells["phone"].after == "+22670000001"
    imports.publish(desk.actor, run)

    assert person("Awa Traoré")[2] == "+22670000001"
    assert "straw" in str(person("Awa Traoré")[4])
    assert ask("SELECT count(*) FROM identifier WHERE type = 'national_id'") == [(1,)]


def test_another_policy_for_the_same_file_takes_effect(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    imports.publish(desk.actor, started(desk, HEAD + CHANGED, {"Phone": "keep"}))
    assert person("Awa Traoré")[2] == "+22670000001"

    imports.publish(desk.actor, started(desk, HEAD + CHANGED, {}))

    assert person("Awa Traoré")[2] == "+22670000009"


def test_an_attribute_name_cannot_carry_sql(desk: Desk) -> None:
    rows = 'ID,Full name,"a\'); DROP TABLE person; --"\nA1,Awa Traoré,{}\n'
    desk.published(rows.format("x"), key="ID")
    run = desk.start(rows.format("y"), key="ID")
    mapping = imports.describe(desk.actor, run).document.mapping or Mapping({})
    evil = Column("attribute.a'); DROP TABLE person; --", policy="keep")
    columns = {**mapping.columns, "a'); DROP TABLE person; --": evil}
    imports.set_mapping(desk.actor, run, Mapping(columns), "ID")
    imports.check(desk.actor, run)

    imports.publish(desk.actor, run)

    assert ask("SELECT count(*) FROM person") == [(1,)]


def test_somebody_known_who_gains_a_household_is_foretold(desk: Desk) -> None:
    head = "ID,Full name,Sex,Household Id,Relationship to head,Region\n"
    desk.published(head + "A1,Awa Traoré,F,,,R1\nA2,Moussa Koné,M,H1,,R1\n", key="ID")

    rows = "A1,Awa Traoré,F,H9,child,R1\nA3,Sira Keïta,F,H9,head,R2\n"
    run = desk.checked(head + rows, key="ID")

    (row,) = page(desk, run, "changed").rows
    cells = {name: (cell.before, cell.after) for name, cell in row.cells.items()}
    assert cells == {"household": (None, "H9"), "location": ("R1", "R2")}
    assert foretold(desk, run) == figures(imports.publish(desk.actor, run)) == (1, 1, 0, 0)
    assert person("Awa Traoré")[3] == "R2"


def test_a_programme_gained_is_foretold(desk: Desk) -> None:
    add_programme("FOOD")
    food = replace(desk, programme="FOOD", status=Status.ACTIVE)
    rows = "Full name,Sex,Date of birth,National ID\nAwa Traoré,F,1990-05-14,N-1\n"
    desk.published(rows)

    run = food.checked(rows)

    (row,) = page(food, run, "changed").rows
    assert {name: cell.after for name, cell in row.cells.items()} == {"status": "ACTIVE"}
    assert foretold(food, run) == figures(imports.publish(food.actor, run)) == (0, 1, 0, 0)


def test_a_household_programme_is_foretold(desk: Desk) -> None:
    add_programme("ROOF", Unit.HOUSEHOLD)
    rows = (
        "Household Id,ID,Full name,Sex,Relationship to head\n"
        "H1,A1,Awa Traoré,F,head\nH1,A2,Moussa Koné,M,child\n"
    )
    desk.published(rows, key="ID")
    roofs = replace(desk, programme="ROOF")

    run = roofs.checked(rows, key="ID")

    assert foretold(roofs, run) == figures(imports.publish(roofs.actor, run))


def test_every_row_stands_in_one_kind_and_pages_follow_each_other(desk: Desk) -> None:
    desk.published(HEAD + AWA + MOUSSA, key="ID")
    later = HEAD + AWA.replace("straw", "tin") + MOUSSA
    later += "".join(f"B{n},Sira Keïta {n},F,,,,R1,,\n" for n in range(5))

    run = desk.checked(later, key="ID")

    kinds = {kind: [row.row for row in page(desk, run, kind).rows] for kind in matching.KINDS[:3]}
    assert kinds == {"new": [4, 5, 6, 7, 8], "changed": [2], "unchanged": [3]}
    first = matching.preview_page(desk.actor, run, "new", size=3)
    assert [row.row for row in first.rows] == [4, 5, 6]
    second = matching.preview_page(desk.actor, run, "new", first.next, size=3)
    assert [row.row for row in second.rows] == [7, 8]
    assert second.next is None
    assert matching.summary(desk.actor, run).fields == {"attribute.roof": 1}


def test_a_value_above_the_readers_level_is_left_out(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")

    run = desk.checked(HEAD + AWA.replace(",111", ",999"), key="ID")

    (row,) = page(desk, run, "changed").rows
    cell = row.cells["account"]
    assert (cell.before, cell.after, cell.hidden) == (None, "999", True)


def test_a_look_at_the_preview_is_logged(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    run = desk.checked(HEAD + CHANGED, key="ID")
    page(desk, run, "changed")

    from sqlalchemy import text  # noqa: PLC0415

    from core.storage.database import access_transaction  # noqa: PLC0415

    with access_transaction() as db:
        seen = db.execute(text("SELECT details FROM access_event WHERE action = 'import.preview'"))
        assert "changed" in str(seen.scalar_one())


def test_a_contradiction_is_listed_with_both_values_and_a_status_never_moves(desk: Desk) -> None:
    head = "ID,Full name,Sex,Date of birth,Status,Enrolment date\n"
    desk.published(head + "A1,Awa Traoré,F,1990-05-14,graduated,2024-02-01\n", key="ID")

    run = desk.checked(head + "A1,Awa Traoré,M,1994-05-14,active,2025-03-01\n", key="ID")

    assert {"status_differs", "sex_differs", "birth_date_differs"} <= set(desk.rules(run))
    (row,) = page(desk, run, "conflict").rows
    cells = {name: (cell.before, cell.after) for name, cell in row.cells.items()}
    assert cells == {
        "sex": ("FEMALE", "MALE"),
        "birth_date": ("1990-05-14", "1994-05-14"),
        "status": ("GRADUATED", "ACTIVE"),
        "since": ("2024-02-01", "2025-03-01"),
    }
    assert matching.summary(desk.actor, run).conflicts == 3
    imports.publish(desk.actor, run)
    assert ask("SELECT status, CAST(since AS text) FROM enrolment") == [("GRADUATED", "2024-02-01")]
    assert desk.rules(run)["status_differs"] == (2,)


def test_a_new_enrolment_takes_the_files_status_with_its_date(desk: Desk) -> None:
    head = "ID,Full name,Sex,Status,Enrolment date\n"

    desk.published(head + "A1,Awa Traoré,F,graduated,2019-02-01\n", key="ID")

    moved = "SELECT after, CAST(effective_on AS text) FROM status_change"
    assert ask(moved) == [("GRADUATED", "2019-02-01")]


def test_a_preview_is_of_ones_own_checked_run(desk: Desk) -> None:
    run = desk.start(HEAD + AWA, key="ID")
    with pytest.raises(Conflict, match="check it first"):
        page(desk, run, "new")
    imports.check(desk.actor, run)
    with pytest.raises(InvalidInput, match="no kind"):
        page(desk, run, "old")
    with transaction() as db:
        other = add_person(db, "kofi", Role.ANALYST)
        officer = add_person(db, "lena", Role.ME_OFFICER)
    for act in (matching.summary, matching.to_decide):
        with pytest.raises(NotFound):
            act(other, run)
        with pytest.raises(NotAllowed, match=Permission.IMPORT.value):
            act(officer, run)
