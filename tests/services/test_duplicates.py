"""People who may be one are listed with reasons; what somebody decides holds in the next check."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.etl.choices import Column, Mapping
from core.etl.runs import duplicates as search
from core.services import imports, matching
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people, add_person

HEAD = "ID,Full name,Sex,Date of birth,Phone,National ID,Passport,Region\n"
AWA = "A1,Awa Traoré,F,1990-05-14,+22670000001,N-1,,R1\n"
ALIKE = "B1,Traore Awa,F,1990-05-17,+22670000001,,,R1\n"


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    brook = add_people().brook
    for code in ("R1", "R2"):
        add_place(code, f"Region {code}")
    return Desk(brook, tmp_path)


def number_of(name: str) -> str:
    ((found,),) = ask("SELECT registration_no FROM person WHERE full_name = :name", name=name)
    return str(found)


def test_somebody_alike_is_a_candidate_with_reasons(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")

    run = desk.checked(HEAD + ALIKE, key="ID")

    assert desk.rules(run)["possible_duplicate"] == (2,)
    assert matching.summary(desk.actor, run).duplicates == 1
    assert matching.to_decide(desk.actor, run) == [2]
    (found,) = matching.candidates(desk.actor, run, 2)
    assert (found.choice, found.name) == (number_of("Awa Traoré"), "Awa Traoré")
    assert found.birth_date == "1990-05-14"
    assert found.percent is not None
    assert found.percent > 80
    assert set(found.reasons) == {
        "names_swapped",
        "same_phone",
        "birth_dates_one_digit_apart",
        "same_place",
    }
    assert [row.row for row in matching.preview_page(desk.actor, run, "duplicate").rows] == [2]


def test_undecided_and_different_both_make_a_new_person(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    run = desk.checked(HEAD + ALIKE, key="ID")

    matching.decide(desk.actor, run, 2, matching.SOMEBODY_NEW)

    with pytest.raises(Conflict, match="check it first"):
        imports.publish(desk.actor, run)
    imports.check(desk.actor, run)
    assert "possible_duplicate" not in desk.rules(run)
    assert figures(imports.publish(desk.actor, run)) == (1, 0, 0, 0)


def test_the_same_person_is_brought_up_to_date_and_known_from_then_on(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    run = desk.checked(HEAD + ALIKE, key="ID")

    matching.decide(desk.actor, run, 2, number_of("Awa Traoré"))

    imports.check(desk.actor, run)
    told = matching.summary(desk.actor, run)
    assert (told.new, told.changed) == (0, 1)
    assert matching.preview_page(desk.actor, run, "changed").rows[0].cells["birth_date"].after == (
        "1990-05-17"
    )
    assert figures(imports.publish(desk.actor, run)) == (0, 1, 0, 0)
    assert ask("SELECT full_name FROM person") == [("Traore Awa",)]
    assert figures(desk.published(HEAD + ALIKE, key="ID")) == (0, 0, 1, 0)


def test_two_rows_about_one_person_leave_one_of_them_held(desk: Desk) -> None:
    run = desk.checked(HEAD + AWA + ALIKE, key="ID")
    (found,) = matching.candidates(desk.actor, run, 3)
    assert (found.choice, found.name) == ("row 2", "Awa Traoré")

    matching.decide(desk.actor, run, 3, "row 2")

    imports.check(desk.actor, run)
    assert desk.rules(run) == {"repeated_person": (3,)}
    assert figures(imports.publish(desk.actor, run)) == (1, 0, 0, 1)


def test_a_decision_can_be_taken_back(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    run = desk.checked(HEAD + ALIKE, key="ID")
    matching.decide(desk.actor, run, 2, number_of("Awa Traoré"))
    assert matching.candidates(desk.actor, run, 2)[0].decided

    matching.decide(desk.actor, run, 2, None)

    imports.check(desk.actor, run)
    assert desk.rules(run)["possible_duplicate"] == (2,)


def with_passports(desk: Desk, rows: str) -> UUID:
    """A run whose passports are identifiers; checked."""
    run = desk.start(rows, key="ID")
    mapping = imports.describe(desk.actor, run).document.mapping or Mapping({})
    columns = {**mapping.columns, "Passport": Column("identifier.passport")}
    imports.set_mapping(desk.actor, run, Mapping(columns), "ID")
    imports.check(desk.actor, run)
    return run


TAKEN = "B1,Eve Kaboré,F,1970-01-01,,N-1,P-2,R1\n"
OTHER = "A2,Sira Keïta,F,1960-01-01,,,P-2,R1\n"


def test_a_row_with_the_numbers_of_two_people_is_decided(desk: Desk) -> None:
    imports.publish(desk.actor, with_passports(desk, HEAD + AWA + OTHER))
    run = with_passports(desk, HEAD + TAKEN)
    assert desk.rules(run) == {"identifier_taken": (2,)}

    found = matching.candidates(desk.actor, run, 2)

    assert [(one.name, one.taken) for one in found] == [("Awa Traoré", True), ("Sira Keïta", True)]
    matching.decide(desk.actor, run, 2, number_of("Sira Keïta"))
    imports.check(desk.actor, run)
    assert figures(imports.publish(desk.actor, run)) == (0, 1, 0, 0)
    owners = (
        "SELECT i.value, p.full_name FROM identifier i JOIN person p ON p.id = i.person_id "
        "WHERE i.type IN ('national_id', 'passport') ORDER BY i.value"
    )
    assert ask(owners) == [("N-1", "Awa Traoré"), ("P-2", "Eve Kaboré")]


def test_somebody_new_with_a_taken_number_goes_without_it_and_it_is_said(desk: Desk) -> None:
    imports.publish(desk.actor, with_passports(desk, HEAD + AWA + OTHER))
    run = with_passports(desk, HEAD + TAKEN)

    matching.decide(desk.actor, run, 2, matching.SOMEBODY_NEW)

    imports.check(desk.actor, run)
    assert set(desk.rules(run)) == {"identifier_left_out"}
    assert figures(imports.publish(desk.actor, run)) == (1, 0, 0, 0)
    assert desk.rules(run)["identifier_left_out"]
    assert ask("SELECT count(*) FROM identifier WHERE type IN ('national_id', 'passport')") == [
        (2,)
    ]


def test_nobody_beyond_the_area_is_a_candidate(desk: Desk) -> None:
    desk.published(HEAD + AWA.replace(",R1", ",R2"), key="ID")
    with transaction() as db:
        narrow = replace(desk, actor=add_person(db, "nana", Role.ANALYST, "R1"))

    run = narrow.checked(HEAD + ALIKE, key="ID")

    assert narrow.rules(run) == {}
    assert matching.candidates(narrow.actor, run, 2) == []
    with pytest.raises(NotFound):
        matching.decide(narrow.actor, run, 2, number_of("Awa Traoré"))


def test_a_match_beyond_the_area_is_not_to_be_decided(desk: Desk) -> None:
    desk.published(HEAD + AWA.replace(",R1", ",R2"), key="ID")
    with transaction() as db:
        narrow = replace(desk, actor=add_person(db, "nana", Role.ANALYST, "R1"))

    run = narrow.checked(HEAD + "B9,Eve Kaboré,F,1970-01-01,,N-1,,R1\n", key="ID")

    assert list(narrow.rules(run)) == ["outside_grant"]
    assert matching.candidates(narrow.actor, run, 2) == []
    with pytest.raises(NotFound):
        matching.decide(narrow.actor, run, 2, matching.SOMEBODY_NEW)


def test_a_choice_that_the_row_does_not_have_is_refused(desk: Desk) -> None:
    desk.published(HEAD + AWA + OTHER, key="ID")
    run = desk.checked(HEAD + ALIKE, key="ID")

    with pytest.raises(InvalidInput, match="Choose one of its candidates"):
        matching.decide(desk.actor, run, 2, number_of("Sira Keïta"))


def test_a_decision_about_somebody_who_left_the_area_since_is_held(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    with transaction() as db:
        narrow = replace(desk, actor=add_person(db, "nana", Role.ANALYST, "R1"))
    run = narrow.checked(HEAD + ALIKE, key="ID")
    matching.decide(narrow.actor, run, 2, number_of("Awa Traoré"))
    desk.published(HEAD + AWA.replace(",R1", ",R2"), key="ID")

    imports.check(narrow.actor, run)

    assert narrow.rules(run) == {"outside_grant": (2,)}


def test_a_decision_is_logged_without_a_value(desk: Desk) -> None:
    desk.published(HEAD + AWA, key="ID")
    run = desk.checked(HEAD + ALIKE, key="ID")

    matching.decide(desk.actor, run, 2, number_of("Awa Traoré"))

    acts = ask("SELECT CAST(details AS text) FROM audit_event WHERE action = 'import.decide'")
    assert len(acts) == 1
    assert "Awa" not in acts[0][0]


def test_a_file_with_too_many_new_rows_waits_until_somebody_asks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.published(HEAD + AWA, key="ID")
    monkeypatch.setattr(search, "AT_CHECK", (0, 10))

    run = desk.checked(HEAD + ALIKE, key="ID")

    assert matching.summary(desk.actor, run).duplicates is None
    assert matching.seek_duplicates(desk.actor, run) == 1
    assert matching.summary(desk.actor, run).duplicates == 1
    monkeypatch.setattr(search, "ON_DEMAND", (0, 10))
    with pytest.raises(InvalidInput, match="too many"):
        matching.seek_duplicates(desk.actor, run)
