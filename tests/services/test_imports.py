"""Files become people, once, on both engines; what cannot be sure is held and named."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.domain.fields import Status
from core.domain.permissions import Permission, Role
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, UnsafeMapping
from core.models import Change, Person, Unit
from core.services import imports
from core.services.imports import StartImport
from core.storage.database import reading, transaction
from tests.conftest import Registry, shared_file
from tests.importing import Desk, add_programme, ask, figures
from tests.people import add_people, add_person

PEOPLE = """ID,Full name,Sex,Date of birth,Phone,Email
A1,Awa Traoré,F,1990-05-14,+22670000001,awa@example.org
A2,Moussa Koné,M,1985-11-02,+22670000002,moussa@example.org
A3,Fanta Diallo,F,2001-01-30,+22670000003,
"""


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def diffs() -> list[object]:
    with reading() as db:
        return [
            one.diff
            for one in db.execute(select(Change)).scalars()
            if one.diff and one.entity == "person"
        ]


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    path = shared_file("registries/openg2p/sample_data2.csv")

    first, second = desk.published(path), desk.published(path)

    assert figures(first) == (200, 0, 0, 0)
    assert figures(second) == (0, 0, 200, 0)
    assert ask("SELECT count(*) FROM person") == [(200,)]
    women = "SELECT count(*) FROM person WHERE sex = 'FEMALE'"
    assert ask(women) == [(109,)]
    assert ask(f"{women} AND disability") == [(4,)]
    born = "SELECT CAST(birth_date AS text) FROM person p JOIN identifier i ON i.person_id = p.id"
    assert ask(f"{born} WHERE i.normalised = '9937286382'") == [("1974-07-01",)]
    token = "068130455742399305784829962633186139"
    assert ask("SELECT count(*) FROM identifier WHERE value = :token", token=token) == [(1,)]


def test_people_are_known_again_by_number_name_and_birth_date(desk: Desk) -> None:
    desk.published(shared_file("registries/openg2p/sample_data2.csv"))

    run = desk.checked(shared_file("registries/openg2p/sample_data.csv"))

    assert figures(imports.publish(desk.actor, run)) == (0, 0, 200, 0)
    found = {one.rule: one for one in imports.findings(desk.actor, run)}
    assert found["identifier_destroyed"].count == 200
    assert found["identifier_destroyed"].column == "Token ID"
    assert ask("SELECT count(*) FROM person") == [(200,)]


def test_semicolons_and_camel_case_are_read(desk: Desk) -> None:
    path = shared_file("registries/redcross_121/mobile-money-999.csv")

    assert figures(desk.published(path)) == (999, 0, 0, 0)
    assert figures(desk.published(path)) == (0, 0, 999, 0)
    assert ask("SELECT count(*) FROM person WHERE sex = 'FEMALE'") == [(511,)]
    assert ask("SELECT DISTINCT location_id FROM person") == [(2,)]


def test_an_exact_double_is_held(desk: Desk) -> None:
    path = shared_file("registries/redcross_121/test-registrations-demo-1001.csv")

    run = desk.checked(path)

    assert figures(imports.publish(desk.actor, run)) == (1000, 0, 0, 1)
    (held,) = imports.held_rows(desk.actor, run)
    assert held.row == 1002
    assert held.reasons == ("duplicate_in_file",)
    assert held.values["documentid"] == "fWFFz"
    assert ask("SELECT count(*) FROM person WHERE sex = 'FEMALE'") == [(506,)]


def test_filled_values_replace_and_blanks_do_not_delete(desk: Desk) -> None:
    desk.published(PEOPLE, key="ID")
    later = PEOPLE.replace("+22670000001,awa@example.org", "+22670000009,")

    assert figures(desk.published(later, key="ID")) == (0, 1, 2, 0)

    assert ask("SELECT phone, email, version FROM person WHERE full_name LIKE 'Awa%'") == [
        ("+22670000009", "awa@example.org", 2)
    ]
    assert diffs() == [{"phone": ["+22670000001", "+22670000009"]}]
    assert figures(desk.published(later, key="ID")) == (0, 0, 3, 0)


def test_a_check_foretells_the_publish(desk: Desk) -> None:
    desk.published(PEOPLE, key="ID")
    run = desk.start(PEOPLE.replace("Traoré", "Traore").replace("A3", "A4"), key="ID")

    counts = imports.check(desk.actor, run)

    foretold = tuple(counts[name] for name in ("new", "changed", "unchanged", "held"))
    assert foretold == figures(imports.publish(desk.actor, run)) == (1, 1, 1, 0)


def test_attributes_are_merged_key_by_key(desk: Desk) -> None:
    head = "ID,Full name,Sex,Roof,Oxen\n"
    desk.published(head + "A1,Awa Traoré,F,straw,2\n", key="ID")

    desk.published(head + "A1,Awa Traoré,F,tin,\n", key="ID")

    with transaction() as db:
        assert db.execute(select(Person)).scalar_one().attributes == {
            "id": "A1",
            "roof": "tin",
            "oxen": "2",
        }
    assert diffs() == [{"attribute.roof": ["straw", "tin"]}]


def test_all_or_nothing_refuses_when_a_row_is_held(desk: Desk) -> None:
    run = desk.checked(PEOPLE + PEOPLE.splitlines()[1] + "\n", key="ID")

    with pytest.raises(InvalidInput, match="1 of 4 rows"):
        imports.publish(desk.actor, run, mode="all-or-nothing")

    assert ask("SELECT count(*) FROM person") == [(0,)]
    assert figures(imports.publish(desk.actor, run)) == (3, 0, 0, 1)


def test_a_run_is_published_once(desk: Desk) -> None:
    run = desk.checked(PEOPLE)
    imports.publish(desk.actor, run)

    with pytest.raises(Conflict, match="already published"):
        imports.publish(desk.actor, run)
    with pytest.raises(Conflict, match="already published"):
        imports.check(desk.actor, run)

    assert ask("SELECT count(*) FROM batch") == [(1,)]


def test_lost_staged_rows_ask_for_another_check(desk: Desk) -> None:
    run = desk.checked(PEOPLE)
    with transaction() as db:
        db.execute(text("DELETE FROM stage_1 WHERE n = 2"))

    with pytest.raises(Conflict, match="Check the file again"):
        imports.publish(desk.actor, run)

    imports.check(desk.actor, run)
    assert figures(imports.publish(desk.actor, run)) == (3, 0, 0, 0)


def test_a_file_altered_since_its_upload_is_not_published(desk: Desk, registry: Registry) -> None:
    run = desk.checked(PEOPLE)
    (kept,) = (registry.data_dir / "uploads").glob("*.csv")
    kept.write_text(PEOPLE.replace("Awa", "Eve"), encoding="utf-8")

    with pytest.raises(Conflict, match="has changed"):
        imports.publish(desk.actor, run)


def test_unsafe_columns_wait_for_a_persons_word(desk: Desk) -> None:
    path = desk.folder / "codes.csv"
    path.write_text("Full name,Sex\nAwa Traoré,1\nMoussa Koné,2\n", encoding="utf-8")
    run = imports.start(desk.actor, StartImport(path, path.name, "CASH"))

    with pytest.raises(UnsafeMapping, match="Sex"):
        imports.check(desk.actor, run)


def test_an_import_never_overwrites_a_status(desk: Desk) -> None:
    rows = "ID,Full name,Sex,Status\nA1,Awa Traoré,F,{}\nA2,Moussa Koné,M,\n"
    desk.published(rows.format("active"), key="ID")

    run = desk.checked(rows.format("graduated"), key="ID")
    imports.publish(desk.actor, run)

    statuses = "SELECT status FROM enrolment ORDER BY id"
    assert ask(statuses) == [("ACTIVE",), ("POTENTIAL",)]
    assert ask("SELECT count(*) FROM status_change WHERE before IS NULL") == [(2,)]
    assert desk.rules(run)["status_differs"] == (2,)


def test_the_run_decides_the_status_of_rows_without_one(desk: Desk) -> None:
    Desk(desk.actor, desk.folder, status=Status.GRADUATED).published(PEOPLE)

    assert ask("SELECT DISTINCT status FROM enrolment") == [("GRADUATED",)]


def test_a_run_belongs_to_who_began_it(desk: Desk) -> None:
    run = desk.checked(PEOPLE)
    with transaction() as db:
        other = add_person(db, "kofi", Role.ANALYST)
        officer = add_person(db, "lena", Role.ME_OFFICER)

    for act in (imports.describe, imports.check, imports.publish, imports.findings):
        with pytest.raises(NotFound):
            act(other, run)
        with pytest.raises(NotAllowed, match=Permission.IMPORT.value):
            act(officer, run)
    assert imports.list_runs(other) == []


def test_the_log_names_acts_and_counts_and_no_value(desk: Desk) -> None:
    desk.published(PEOPLE)

    acts = ask("SELECT action, CAST(details AS text) FROM audit_event ORDER BY id")

    assert [action for action, _ in acts][-3:] == ["import.start", "import.check", "import.publish"]
    assert not any("Awa" in details or "2267" in details for _, details in acts)


def test_one_household_is_one_enrolment_of_a_household_programme(desk: Desk) -> None:
    add_programme("FOOD", Unit.HOUSEHOLD)
    food = Desk(desk.actor, desk.folder, programme="FOOD")
    rows = (
        "Household Id,ID,Full name,Sex,Relationship to head\n"
        "H1,A1,Awa Traoré,F,spouse\nH1,A2,Moussa Koné,M,head\n,A3,Fanta Diallo,F,\n"
    )

    assert figures(food.published(rows, key="ID")) == (3, 0, 0, 0)
    assert figures(food.published(rows, key="ID")) == (0, 0, 3, 0)

    enrolled = (
        "SELECT p.full_name FROM enrolment e JOIN person p ON p.id = e.person_id "
        "WHERE e.household_id IS NOT NULL ORDER BY e.id"
    )
    assert ask(enrolled) == [("Moussa Koné",), ("Fanta Diallo",)]
    heads = "SELECT count(*) FROM membership WHERE is_head AND relationship = 'HEAD'"
    assert ask(heads) == [(2,)]


def test_a_second_head_is_held(desk: Desk) -> None:
    rows = (
        "Household Id,ID,Full name,Sex,Relationship to head\n"
        "H1,A1,Awa Traoré,F,head\nH1,A2,Moussa Koné,M,head\n"
    )

    run = desk.checked(rows, key="ID")

    assert desk.rules(run)["second_head"] == (3,)
    assert figures(imports.publish(desk.actor, run)) == (1, 0, 0, 1)


def test_a_late_member_joins_the_household_that_is_there(desk: Desk) -> None:
    head = "Household Id,ID,Full name,Sex,Relationship to head\n"
    desk.published(head + "H1,A1,Awa Traoré,F,head\n", key="ID")

    run = desk.checked(head + "H1,A2,Moussa Koné,M,head\nH1,A3,Fanta Diallo,F,child\n", key="ID")
    imports.publish(desk.actor, run)

    assert ask("SELECT count(*) FROM household") == [(1,)]
    assert ask("SELECT is_head, relationship FROM membership ORDER BY person_id") == [
        (True, "HEAD"),
        (False, None),
        (False, "CHILD"),
    ]
    assert desk.rules(run)["household_has_head"] == (2,)


def test_an_age_read_again_a_year_later_is_no_news(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ages = "Full name,Sex,Age\nAwa Traoré,F,34\n"
    desk.published(ages)
    later = imports.today().replace(year=imports.today().year + 1, day=1)
    monkeypatch.setattr(imports, "today", lambda: later)

    assert figures(desk.published(ages)) == (0, 0, 1, 0)
