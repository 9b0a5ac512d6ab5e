"""Held rows on the command line, on both engines."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core.cli import main
from tests.conftest import Registry

ROWS = "ID,Full name,Sex,Date of birth\nA1,Awa,F,1990-05-14\nA2,Moussa,M,2001-02-31\n"


class Shell:
    """Runs commands in this process and reads what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> Any:
        assert main([*words, "--json"]) == 0, self.capsys.readouterr().err
        return json.loads(self.capsys.readouterr().out)

    def refused(self, *words: str) -> str:
        assert main(list(words)) == 1
        return self.capsys.readouterr().err


@pytest.fixture
def shell(registry: Registry, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(capsys)
    made("init")
    made("programme", "add", "CASH", "--name", "Cash")
    return made


@pytest.fixture
def run(shell: Shell, tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text(ROWS, encoding="utf-8")
    return str(shell("import", str(path), "--programme", "CASH", "--key", "ID")["run"])


def test_held_rows_are_listed_with_their_reasons(shell: Shell, run: str) -> None:
    (row,) = shell("quarantine", "list", "--programme", "CASH")

    assert (row["run"], row["row"], row["owner"]) == (run, 3, "system")
    assert row["reasons"] == ["invalid_date"]
    assert row["messages"][0].startswith("Row 3, Date of birth")
    assert shell("quarantine", "list", "--programme", "NONE") == []


def test_held_rows_leave_as_csv_and_as_workbook(shell: Shell, run: str, tmp_path: Path) -> None:
    table, book = tmp_path / "held.csv", tmp_path / "rows.xlsx"

    assert shell("quarantine", "export", "--run", run, "--out", str(table))["rows"] == 1
    assert shell("quarantine", "export", "--run", run, "--out", str(book))["rows"] == 2

    with table.open(encoding="utf-8-sig", newline="") as file:
        assert [row["Full name"] for row in csv.DictReader(file)] == ["Moussa"]
    assert load_workbook(book).worksheets[0]["B3"].value == "Moussa"


def test_a_retry_says_what_it_did(shell: Shell, run: str) -> None:
    done = shell("quarantine", "retry", run)

    assert (done["tried"], done["published"], done["held"]) == (1, 0, 1)
    assert shell("count")["enrolments"] == 1


def test_refusals_name_what_is_missing(shell: Shell, run: str) -> None:
    assert "not the number of an import" in shell.refused("quarantine", "retry", "seven")
    assert "Name the import" in shell.refused("quarantine", "export", "--out", "x.csv")
    assert "--out" in shell.refused("quarantine", "export", "--run", run, "--out", "x.doc")
    shell("user", "add", "viewer", "--role", "VIEWER")
    assert shell.refused("quarantine", "list", "--as", "viewer")
