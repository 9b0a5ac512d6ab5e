"""The nasty values once more, through the service on both engines: what is kept and published."""

from collections import defaultdict
from pathlib import Path
from uuid import UUID

import pytest

from core.etl.choices import Mapping
from core.services import imports
from core.services.imports import StartImport
from tests.conftest import Registry
from tests.etl.forty.values_cases import CASES, Case
from tests.importing import Desk, add_place, add_programme, ask
from tests.people import add_people


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def checked(desk: Desk, text: str, columns: Mapping) -> UUID:
    path = desk.folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    run = imports.start(desk.actor, StartImport(path, path.name, desk.programme, desk.status))
    imports.set_mapping(desk.actor, run, columns)
    imports.check(desk.actor, run)
    return run


LIKE = "possible_duplicate"
"""People of one birth date or phone are alike on purpose here; that is the matching's business."""


def kept(run: UUID) -> dict[str, tuple[int, ...]]:
    """The rows of each rule about values as the database keeps them."""
    found = defaultdict(list)
    query = (
        "SELECT i.rule, i.row_no FROM row_issue i JOIN import_run r ON r.id = i.run_id "
        "WHERE CAST(r.uuid AS text) IN (:plain, :dashed) AND i.rule <> :like ORDER BY i.row_no"
    )
    for rule, row in ask(query, plain=run.hex, dashed=str(run), like=LIKE):
        found[rule].append(row)
    return {rule: tuple(rows) for rule, rows in found.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_case_keeps_its_issues_and_publishes_the_rest(desk: Desk, case: Case) -> None:
    run = checked(desk, case.text, Mapping(case.columns))

    assert kept(run) == dict(case.rules)
    for language in ("en", "fr"):
        spoken = imports.findings(desk.actor, run, language)
        assert sorted(one.rule for one in spoken if one.rule != LIKE) == sorted(case.rules)
        assert all("{" not in one.message for one in spoken)
    counts = imports.describe(desk.actor, run).counts
    receipt = imports.publish(desk.actor, run)
    assert receipt.new == counts["rows"] - counts["held"]
    assert ask("SELECT count(*) FROM person") == [(receipt.new,)]


def test_case_35_a_village_of_two_districts_is_never_guessed(desk: Desk) -> None:
    for code, name, above in (("D1", "North Hill", "ROOT"), ("D2", "South Hill", "ROOT")):
        add_place(code, name, above)
        add_place(f"{code}V", "Bimbo", code)
    text = (
        "Full name,District,Village\nAwa Diallo,South Hill,bimbo\nAli Ba,North Hill,BIMBO\n"
        "Issa Ka,,Bimbo\nOmar Sy,South Hill,Bimbbo\n"
    )

    run = desk.checked(text)

    assert kept(run) == {"ambiguous_place": (4,), "unknown_place": (5,)}
    imports.publish(desk.actor, run)
    placed = "SELECT p.full_name, l.code FROM person p JOIN location l ON l.id = p.location_id"
    assert sorted(ask(placed)) == [("Ali Ba", "D1V"), ("Awa Diallo", "D2V")]


def test_two_spellings_of_a_card_number_never_lose_one_silently(desk: Desk) -> None:
    text = "Full name,Card number\nAwa Diallo,1-23\nAli Ba,12-3\nIssa Ka,1O2345\nOmar Sy,102345\n"
    path = desk.folder / "cards.csv"
    path.write_text(text, encoding="utf-8")
    mapping = Mapping.from_json('{"Full name": "full_name", "Card number": "identifier.card"}')

    run = checked(desk, text, mapping)
    imports.publish(desk.actor, run)

    assert kept(run) == {"identifier_repeated": (5,)}
    values = "SELECT value, normalised FROM identifier ORDER BY value"
    assert ask(values) == [("1-23", "1-23"), ("12-3", "12-3"), ("1O2345", "102345")]
