"""`rewind`: look ahead, take an import back, undo that; on both engines."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.test_commands import Shell, counts
from tests.conftest import Registry

PEOPLE = "ID,Full name,Sex\nA1,Awa Traoré,F\nA2,Moussa Koné,M\n"
EVERYBODY = '{"all": []}'


@pytest.fixture
def shell(registry: Registry, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(capsys)
    made("init")
    made("programme", "add", "CASH", "--name", "Cash")
    return made


def test_an_import_is_looked_at_taken_back_and_put_back(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    answer = shell("import", str(path), "--programme", "CASH", "--key", "ID")
    assert counts(answer) == [2, 2, 0, 0, 0]
    run = answer["run"]

    ahead = shell("rewind", run, "--check-only")
    assert (ahead["people"], ahead["kept"], shell.subjects(EVERYBODY)) == (2, 0, 2)
    done = shell("rewind", run, "--reason", "the wrong file")
    assert (done["people"], done["enrolments"], shell.subjects(EVERYBODY)) == (2, 2, 0)
    assert "rewound already" in shell.refused("rewind", run)
    undone = shell("rewind", run, "--undo")
    assert (undone["people"], shell.subjects(EVERYBODY)) == (2, 2)
    assert "nothing to undo" in shell.refused("rewind", run, "--undo")


def test_a_household_that_stays_is_named_by_its_number(shell: Shell, tmp_path: Path) -> None:
    homes, people = tmp_path / "homes.csv", tmp_path / "people.csv"
    homes.write_text("Household number,Household size\nH1,4\nH2,2\n", encoding="utf-8")
    people.write_text("Household number,ID,Full name,Sex\nH1,A1,Awa Traoré,F\n", encoding="utf-8")
    bring = ("--programme", "CASH")
    run = shell("import", str(homes), *bring, "--dataset", "households")["run"]
    shell("import", str(people), *bring, "--key", "ID")

    ahead = shell("rewind", run, "--check-only")
    done = shell("rewind", run)

    assert (ahead["households"], ahead["households_kept"], ahead["kept"]) == (1, 1, 0)
    assert done["stays"] == ahead["stays"]
    (stay,) = done["stays"]
    assert (stay["registration_no"], stay["household"][0], stay["reason"]) == (None, "H", "joined")


def test_what_is_no_run_is_not_found(shell: Shell) -> None:
    for said in ("nonsense", str(uuid4())):
        assert "was not found" in shell.refused("rewind", said)
    assert "--undo" in shell.refused("rewind", str(uuid4()), "--undo", "--check-only")
