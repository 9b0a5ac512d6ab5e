"""`merge`: looked at, chosen field by field, done; on both engines."""

from pathlib import Path

import pytest

from tests.cli.test_commands import Shell
from tests.conftest import Registry

PEOPLE = """ID,Full name,Sex,Phone,E-mail
A1,Awa Traoré,F,+22670000001,
A2,Awa Marie Traoré,F,+22670000002,awa@example.org
A3,Moussa Koné,M,,
"""


@pytest.fixture
def shell(registry: Registry, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    made = Shell(capsys)
    made.begin(PEOPLE, tmp_path)
    return made


def number_of(shell: Shell, text: str) -> str:
    return str(shell("search", text)[0]["registration_no"])


def test_two_records_are_looked_at_and_merged(shell: Shell) -> None:
    first, second = number_of(shell, "+22670000001"), number_of(shell, "+22670000002")

    ahead = shell("merge", first, second, "--check-only", "--take", "phone=survivor")
    assert (ahead["survivor"], ahead["duplicate"]) == (first, second)
    assert ahead["fields"] == {
        "full_name": "duplicate",
        "phone": "survivor",
        "attribute.id": "duplicate",
    }
    assert ahead["filled"] == ["email"]
    assert [line["fate"] for line in ahead["enrolments"]] == ["ends"]
    assert len(shell("search", "Traoré")) == 2

    done = shell("merge", first, second, "--take", "phone=survivor", "--reason", "same card")
    assert {**ahead, "batch": done["batch"]} == done
    for text in (second, "+22670000001", "Awa Marie"):
        assert [hit["registration_no"] for hit in shell("search", text)] == [first]
    assert f"leads to {first}" in shell.refused("merge", first, second)


def test_what_cannot_be_merged_is_said_in_a_sentence(shell: Shell) -> None:
    first, third = number_of(shell, "+22670000001"), number_of(shell, "Moussa")

    assert "themselves" in shell.refused("merge", first, first)
    assert "was not found" in shell.refused("merge", first, "P-000000099-86")
    assert "no choice" in shell.refused("merge", first, third, "--take", "phone")
    assert "has nothing there" in shell.refused("merge", first, third, "--take", "shoe=duplicate")
    assert "Give the reason" in shell.refused("merge", first, third)
    assert shell("merge", first, third, "--check-only")["doubts"] == ["names_apart", "sex"]
