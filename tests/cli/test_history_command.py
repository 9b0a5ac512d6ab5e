"""`history NUMBER`: everything that happened, as JSON, to who may see it."""

import json

import pytest

from core import cli
from core.domain.fields import Sex, Status
from core.domain.numbers import write_number
from tests.conftest import Registry
from tests.people import EAST, WEST, add_people
from tests.world import NewPerson, put_household

NUMBER = write_number("P", 1)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["history", *words, "--json"])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_history_of_a_person_and_of_their_household(
    embedded: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    add_people()
    pair = NewPerson("Girma", EAST, Sex.MALE), NewPerson("Hawa", EAST)
    put_household(*pair, programme="HOUSE", status=Status.ACTIVE)

    code, out, _err = run(capsys, NUMBER, "--programme", "HOUSE", "--as", "amina")

    (entry,) = json.loads(out)
    assert code == 0
    assert entry.pop("recorded_at")
    assert entry.pop("batch")
    assert entry == {
        "effective_on": "2024-01-15", "kind": "status", "programme": "HOUSE",
        "what": "Enrolled as Active", "before": None, "after": "ACTIVE", "reason": None,
        "note": None, "by": "system", "taken_back": False, "household": write_number("H", 1),
    }  # fmt: skip
    home = json.loads(run(capsys, NUMBER, "--household", "--kind", "household")[1])
    assert {one["registration_no"] for one in home} == {NUMBER, write_number("P", 2)}
    assert json.loads(run(capsys, write_number("H", 1), "--since", "2024-02-01")[1]) == []


def test_nobody_and_somebody_out_of_scope_are_not_found(
    embedded: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    add_people()
    put_household(NewPerson("Chantal", WEST), programme="HOUSE", status=Status.ACTIVE)

    for number in (NUMBER, write_number("P", 7), "nobody"):
        code, out, err = run(capsys, number, "--as", "amina")
        assert (code, out) == (1, "")
        assert err == f"The person with the number {number} was not found.\n"
    assert run(capsys, NUMBER, "--kind", "nonsense")[0] == 1
