"""The commands about validation rules and saved mappings."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.etl.rules.suite import SHIPPED
from tests.conftest import Registry

PEOPLE = "ID,Full name,Sex\n1,Awa Traoré,F\n2,,M\n"
MAPPING: dict[str, Any] = {
    "name": "Monthly list",
    "dataset": "people",
    "format": 1,
    "headers": ["ID", "Full name"],
    "columns": [{"header": "Full name", "field": "full_name"}],
    "key": "ID",
    "shape": None,
    "steps": [],
}


class Shell:
    """Runs commands in this process and reads what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> Any:
        assert main([*words, "--json"]) == 0, self.capsys.readouterr().err
        return json.loads(self.capsys.readouterr().out)

    def refused(self, *words: str) -> str:
        assert main(list(words)) == 1
        said = self.capsys.readouterr()
        assert said.out == "" and "Traceback" not in said.err
        return said.err


@pytest.fixture
def shell(registry: Registry, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(capsys)
    made("init")
    made("programme", "add", "CASH", "--name", "Cash")
    return made


def test_the_shipped_rules_are_sound_by_name_and_as_a_file(shell: Shell) -> None:
    assert shell("suite", "lint", "beneficiaries") == {
        "ok": True,
        "name": "beneficiaries",
        "version": 0,
        "rules": 29,
    }
    assert shell("suite", "lint", str(SHIPPED))["rules"] == 29
    assert shell("suite", "lint", "programme:CASH")["rules"] == 0


def test_a_mistyped_rule_is_refused_by_name(shell: Shell, tmp_path: Path) -> None:
    document = json.loads(SHIPPED.read_text(encoding="utf-8"))
    document["expectations"][0]["type"] += "s"
    file = tmp_path / "suite.json"
    file.write_text(json.dumps(document), encoding="utf-8")

    assert "name_missing" in shell.refused("suite", "lint", str(file))
    assert "nobody" in shell.refused("suite", "lint", "nobody")
    assert "FOOD" in shell.refused("suite", "lint", "programme:FOOD")


def test_rules_are_tried_on_a_run_and_on_a_file(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    run = shell("import", str(file), "--programme", "CASH", "--check-only")["run"]

    of_run = shell("suite", "test", "beneficiaries", "--run", run)
    of_file = shell("suite", "test", str(SHIPPED), "--file", str(file))

    assert of_run["rows"] == of_file["rows"] == 2
    assert of_run["found"] == of_file["found"]
    found = {one["rule"]: (one["count"], one["rows"]) for one in of_run["found"] if one["count"]}
    assert found["name_missing"] == (1, [3])
    assert "--run" in shell.refused("suite", "test", "beneficiaries")
    assert "Import run" in shell.refused("suite", "test", "beneficiaries", "--run", "7")


def test_a_mapping_comes_in_goes_out_and_gets_versions(shell: Shell, tmp_path: Path) -> None:
    file, out = tmp_path / "in.json", tmp_path / "out.json"
    file.write_text(json.dumps(MAPPING), encoding="utf-8")

    facts = {"name": "Monthly list", "version": 1, "dataset": "people", "columns": 1}
    assert shell("mapping", "import", str(file)) == facts
    assert shell("mapping", "import", str(file), "--name", "Other")["version"] == 1
    assert shell("mapping", "import", str(file))["version"] == 2
    assert shell("mapping", "export", "Monthly list", "--version", "1", "--out", str(out)) == facts
    assert json.loads(out.read_text(encoding="utf-8")) == MAPPING
    assert shell("mapping", "export", "Monthly list") == MAPPING


def test_a_wrong_mapping_is_refused_by_name(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "in.json"
    file.write_text(json.dumps({**MAPPING, "colour": "red"}), encoding="utf-8")

    assert "colour" in shell.refused("mapping", "import", str(file))
    assert "Monthly" in shell.refused("mapping", "export", "Monthly list")
    assert "missing.json" in shell.refused("mapping", "import", "missing.json")
