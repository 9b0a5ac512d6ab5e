"""`transition`, `undo`, `batch`: move people, look first, take it back; on both engines."""

from pathlib import Path

import pytest
from sqlalchemy import text

from core.storage.database import transaction
from tests.cli.test_commands import Shell
from tests.conftest import Registry

PEOPLE = """Household number,ID,Full name,Sex,Head
H1,A1,Awa Traoré,F,yes
H1,A2,Moussa Koné,M,no
,A3,Fatou Diop,F,
,A4,Ali Ba,M,
"""
FEMALE = '{"field": "sex", "op": "is", "value": "FEMALE"}'
TO_ACTIVE = ("transition", "--programme", "CASH", "--to", "ACTIVE", "--reason", "Verified")


@pytest.fixture
def shell(registry: Registry, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    made = Shell(capsys)
    made.begin(PEOPLE, tmp_path)
    return made


def statuses(shell: Shell) -> dict[str, int]:
    return {row["status"]: row["enrolments"] for row in shell("count", "--by", "status")}


def count_orders() -> list[int]:
    with transaction() as db:
        tables = ("move_order", "move_subject")
        return [db.execute(text(f"SELECT count(*) FROM {one}")).scalar_one() for one in tables]


def numbers(*names: str) -> list[str]:
    with transaction() as db:
        rows = db.execute(text("SELECT full_name, registration_no FROM person"))
        found = {str(row[0]): str(row[1]) for row in rows}
    return [found[name] for name in names]


def test_people_are_looked_at_moved_and_taken_back(shell: Shell) -> None:
    chosen = ("--criteria", FEMALE)

    ahead = shell(*TO_ACTIVE, *chosen, "--check-only")
    assert {name: ahead[name] for name in ("batch", "moved", "blocked", "state", "order")} == {
        "batch": None, "moved": 2, "blocked": [], "state": "CHECKED", "order": None,
    }  # fmt: skip
    assert (count_orders(), statuses(shell)) == ([0, 0], {"POTENTIAL": 4})

    done = shell(*TO_ACTIVE, *chosen, "--note", "Visit of May")
    assert (done["moved"], done["state"], statuses(shell)) == (
        2, "DONE", {"POTENTIAL": 2, "ACTIVE": 2},
    )  # fmt: skip
    assert done["household_effect"] == {
        "rule": "NONE", "households": 0, "carried": 0, "stay": [],
    }  # fmt: skip

    listed = shell("batch", "list", "--programme", "cash")
    assert [(one["batch"], one["kind"], one["counts"]["moved"]) for one in listed] == [
        (done["batch"], "transition", 2)
    ]
    shown = shell("batch", "show", done["batch"], "--subjects")
    assert (shown["reason"], shown["note"], shown["criteria"]) == (
        "Verified", "Visit of May", "Female",
    )  # fmt: skip
    assert [(one["name"], one["before"], one["after"]) for one in shown["subjects"]] == [
        ("Awa Traoré", "POTENTIAL", "ACTIVE"),
        ("Fatou Diop", "POTENTIAL", "ACTIVE"),
    ]

    assert shell("undo", done["batch"], "--check-only")["moved"] == 2
    back = shell("undo", done["batch"], "--reason", "Wrong list")
    assert (back["moved"], statuses(shell)) == (2, {"POTENTIAL": 4})
    assert shell("undo", done["batch"])["blocked"] == [{"reason": "UNDONE", "count": 2}]
    taken = shell("batch", "list")[1]
    assert [one["batch"] for one in taken["undone_by"]] == [back["batch"]]
    assert taken["undone"] == {"count": 2, "of": 2}


def test_a_file_of_numbers_names_who_moves_and_who_comes_back(shell: Shell, tmp_path: Path) -> None:
    awa, fatou, ali = numbers("Awa Traoré", "Fatou Diop", "Ali Ba")
    plain, table = tmp_path / "numbers.txt", tmp_path / "numbers.csv"
    plain.write_bytes(f"\ufeff{awa}\r\n\r\n{fatou}\r\n{awa}\r\nP999-00\r\n".encode())
    table.write_text(f"Number,Name\n{fatou},Fatou\n{ali},Ali\n", encoding="utf-8")

    done = shell(*TO_ACTIVE, "--ids", str(plain))
    again = shell(*TO_ACTIVE, "--ids", str(table))
    back = shell("undo", again["batch"], "--ids", str(table))

    assert (done["moved"], done["unknown"], done["repeated"]) == (2, ["P999-00"], 1)
    assert done["blocked"] == [{"reason": "UNKNOWN", "count": 1}]
    assert (again["moved"], again["blocked"]) == (1, [{"reason": "ALREADY", "count": 1}])
    assert (back["moved"], back["unknown"], back["not_in_batch"]) == (1, [], [fatou])
    assert back["blocked"] == [{"reason": "NOT_IN_BATCH", "count": 1}]
    for words in (TO_ACTIVE, ("undo", again["batch"])):
        said = shell.refused(*words, "--ids", str(tmp_path / "nope"))
        assert said.startswith("There is no file ") and said.count("\n") == 1, words
    assert statuses(shell) == {"POTENTIAL": 2, "ACTIVE": 2}


def test_a_later_day_is_planned_and_reasons_come_by_number(shell: Shell) -> None:
    planned = shell(*TO_ACTIVE, "--criteria", FEMALE, "--effective", "2027-01-01")
    ended = ("transition", "--programme", "CASH", "--to", "EXITED", "--reason")

    refused = shell.refused(*ended, "Bored", "--criteria", FEMALE)
    exit_ = shell(*ended, "MOVED", "--criteria", FEMALE)
    unmoved = shell(
        "transition", "--programme", "CASH", "--to", "SUSPENDED", "--reason", "x",
        "--criteria", '{"all": []}',
    )  # fmt: skip

    assert (planned["batch"], planned["state"], planned["effective_on"]) == (
        None, "WAITING", "2027-01-01",
    )  # fmt: skip
    assert "no reason of this move" in refused
    assert (exit_["moved"], statuses(shell)) == (2, {"POTENTIAL": 2})
    assert (unmoved["batch"], unmoved["blocked"]) == (
        None, [{"reason": "NOT_ALLOWED", "count": 2}],
    )  # fmt: skip


def test_an_import_goes_back_by_its_batch(shell: Shell) -> None:
    (batch,) = [one for one in shell("batch", "list") if one["kind"] == "import"]

    assert shell("undo", batch["batch"], "--check-only")["moved"] == 4
    done = shell("undo", batch["batch"])
    assert (done["moved"], done["people"], statuses(shell)) == (4, 4, {})
    back = shell("undo", done["batch"])
    assert (back["moved"], statuses(shell)) == (4, {"POTENTIAL": 4})


def test_what_cannot_be_is_refused_with_a_sentence(shell: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n", encoding="utf-8")
    both = ("--criteria", FEMALE, "--ids", str(empty))

    assert "either --criteria or --ids" in shell.refused(*TO_ACTIVE)
    assert "either --criteria or --ids" in shell.refused(*TO_ACTIVE, *both)
    assert "is empty" in shell.refused(*TO_ACTIVE, "--ids", str(empty))
    assert "not a date" in shell.refused(*TO_ACTIVE, "--criteria", FEMALE, "--effective", "May")
    assert "was not found" in shell.refused("undo", "nonsense")
    assert "Name the batch" in shell.refused("batch", "show")
    assert count_orders() == [0, 0]
