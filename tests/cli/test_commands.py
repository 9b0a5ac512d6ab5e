"""The command line on real files: the figures the contract promises, on both engines."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.cli import main
from core.domain.fields import Status
from core.services.upkeep import seal_logs
from core.storage.database import transaction
from tests.conftest import Registry, shared_file
from tests.world import NewPerson, put

FEMALE = '{"field": "sex", "op": "is", "value": "FEMALE"}'
DISABLED = '{"field": "disability", "op": "is", "value": true}'
BOTH = f'{{"all": [{FEMALE}, {DISABLED}]}}'


class Shell:
    """Runs commands in this process and reads what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> Any:
        assert main([*words, "--json"]) == 0, self.capsys.readouterr().err
        return json.loads(self.capsys.readouterr().out)

    def refused(self, *words: str) -> str:
        """Return the sentence on stderr of a command that must fail."""
        assert main(list(words)) == 1
        said = self.capsys.readouterr()
        assert said.out == "" and "Traceback" not in said.err
        return said.err

    def bring(self, name: str, *more: str) -> Any:
        return self("import", str(shared_file(f"registries/{name}")), "--programme", "CASH", *more)

    def begin(self, people: str, folder: Path) -> None:
        """Set a registry up with one programme, CASH, and bring these people in by their ID."""
        self("init")
        self("programme", "add", "CASH", "--name", "Cash")
        path = folder / "people.csv"
        path.write_text(people, encoding="utf-8")
        self("import", str(path), "--programme", "CASH", "--key", "ID")

    def subjects(self, criteria: str) -> int:
        return int(self("count", "--criteria", criteria)["subjects"])


@pytest.fixture
def shell(registry: Registry, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(capsys)
    made("init")
    made("programme", "add", "CASH", "--name", "Cash")
    return made


def counts(answer: dict[str, Any]) -> list[int]:
    return [answer[name] for name in ("rows", "new", "changed", "unchanged", "held")]


def test_a_registry_of_openg2p_comes_in_whole(shell: Shell, tmp_path: Path) -> None:
    answer = shell.bring("openg2p/sample_data2.csv")

    assert counts(answer) == [200, 200, 0, 0, 0]
    assert [shell.subjects(c) for c in (FEMALE, DISABLED, BOTH)] == [109, 8, 4]
    token = "068130455742399305784829962633186139"
    (hit,) = shell("search", token)
    out = tmp_path / "out.csv"
    shell("export", "--out", str(out), "--columns", "registration_no,birth_date,identifier.uin")
    with out.open(encoding="utf-8-sig") as file:
        rows = {row["identifier.uin"]: row for row in csv.DictReader(file)}
    assert rows["9937286382"]["birth_date"] == "1974-07-01"
    assert rows["9937286382"]["registration_no"] == hit["registration_no"]
    assert len(rows) == 200


def test_a_misspelt_name_is_found_right_after_the_import(shell: Shell) -> None:
    shell.bring("openg2p/sample_data2.csv")

    (first, *_others) = shell("search", "Hayle Selasie")

    assert first["name"] == "Haile Selassie"
    assert first["enrolments"] == ["CASH:POTENTIAL"]


def test_the_same_file_twice_changes_nothing(shell: Shell) -> None:
    shell.bring("openg2p/sample_data2.csv")

    assert counts(shell.bring("openg2p/sample_data2.csv")) == [200, 0, 0, 200, 0]
    assert shell("verify")["ok"]


def test_identifiers_a_spreadsheet_destroyed_are_named_and_not_published(shell: Shell) -> None:
    answer = shell.bring("openg2p/sample_data.csv")

    (issue,) = answer["issues"]
    assert (issue["rule"], issue["column"], issue["count"]) == (
        "identifier_destroyed",
        "Token ID",
        200,
    )
    assert counts(answer) == [200, 200, 0, 0, 0]
    assert shell("search", "4.49116E+35") == []


def test_a_red_cross_payment_list_comes_in(shell: Shell) -> None:
    assert counts(shell.bring("redcross_121/mobile-money-999.csv")) == [999, 999, 0, 0, 0]
    assert shell.subjects(FEMALE) == 511


def test_an_exact_double_is_held_and_the_first_stays(shell: Shell) -> None:
    answer = shell.bring("redcross_121/test-registrations-demo-1001.csv")

    assert counts(answer) == [1001, 1000, 0, 0, 1]
    assert [(i["rule"], i["severity"]) for i in answer["issues"]] == [
        ("duplicate_in_file", "critical"),
        ("possible_duplicate", "warning"),
    ]
    assert shell.subjects(FEMALE) == 506


def test_check_only_and_all_or_nothing_publish_nothing_while_a_row_is_held(shell: Shell) -> None:
    checked = shell.bring("redcross_121/test-registrations-demo-1001.csv", "--check-only")
    path = shared_file("registries/redcross_121/test-registrations-demo-1001.csv")
    refused = shell.refused(
        "import", str(path), "--programme", "CASH", "--publish", "all-or-nothing"
    )

    assert counts(checked) == [1001, 1000, 0, 0, 1]
    assert "1 " in refused
    assert shell("count")["enrolments"] == 0


def test_a_mapping_file_decides_and_a_wrong_one_is_refused(shell: Shell, tmp_path: Path) -> None:
    people, mapping = tmp_path / "people.csv", tmp_path / "mapping.json"
    people.write_text("A,B\nAmina Diallo,1\nBilal Keita,2\n", encoding="utf-8")
    mapping.write_text(
        json.dumps(
            {"A": "full_name", "B": {"field": "sex", "values": {"1": "MALE", "2": "FEMALE"}}}
        )
    )
    shell("import", str(people), "--programme", "CASH", "--mapping", str(mapping))
    mapping.write_text('{"A": "no_such_field"}')

    said = shell.refused("import", str(people), "--programme", "CASH", "--mapping", str(mapping))

    assert shell.subjects(FEMALE) == 1
    assert "no_such_field" in said


def test_a_column_that_is_not_safe_is_held_back_by_name(shell: Shell, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "Full name,Gender\nAmina Diallo,1\nBilal Keita,2\nChantal Mba,2\n", encoding="utf-8"
    )

    answer = shell("import", str(people), "--programme", "CASH")

    assert [(i["rule"], i["column"]) for i in answer["issues"]][:1] == [("unsafe_column", "Gender")]
    assert {m["header"]: m["field"] for m in answer["mapping"]} == {
        "Full name": "full_name",
        "Gender": None,
    }
    assert shell("count", "--by", "sex") == [{"sex": "UNKNOWN", "enrolments": 3, "subjects": 3}]


def test_a_user_acts_with_their_own_grants(shell: Shell) -> None:
    shell("user", "add", "viewer", "--role", "VIEWER")
    shell("user", "add", "nobody", "--role", "AUDITOR")

    assert shell("count", "--as", "viewer") == {"enrolments": 0, "subjects": 0}
    for words in (
        ("count", "--as", "nobody"),
        ("export", "--out", "x.csv", "--as", "viewer"),
        ("count", "--criteria", '{"field":"phone","op":"is_filled"}', "--as", "viewer"),
        ("programme", "add", "X1", "--name", "X", "--as", "viewer"),
        ("count", "--as", "ghost"),
    ):
        assert shell.refused(*words)


def test_errors_are_sentences_that_name_the_thing(shell: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()

    assert "no_such" in shell.refused("count", "--by", "no_such")
    assert "JSON" in shell.refused("count", "--criteria", "{")
    assert "missing.csv" in shell.refused("import", "missing.csv", "--programme", "CASH")
    assert shell.refused("import", str(empty), "--programme", "CASH")
    assert "NONE" in shell.refused("import", str(empty), "--programme", "NONE")


def test_verify_notices_a_log_that_was_altered(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    seal_logs()
    assert shell("verify")["ok"]
    with transaction() as db:
        db.execute(text("UPDATE audit_event SET actor = 'somebody else' WHERE id = 1"))

    assert main(["verify", "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert "audit log is broken at place 1" in problem


def test_verify_notices_rows_that_break_a_rule(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    put(NewPerson("Amina", "ROOT", programmes={"CASH": Status.ACTIVE}))
    with transaction() as db:
        db.execute(text("UPDATE enrolment SET status = 'GRADUATED'"))

    assert main(["verify", "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert any("where its newest status change led" in problem for problem in problems)
