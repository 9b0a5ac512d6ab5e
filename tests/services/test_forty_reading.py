"""Nasty files, cases 13 to 17 and 39, published on both engines: nobody lost, nothing run."""

import csv
import io

import pytest

from core.domain.criteria import EVERYBODY
from core.errors import UnreadableFile
from core.services import exports, imports
from core.services.imports import StartImport
from tests.etl.forty.reading_cases import CASES, HOSTILE, REFUSED, Case, Refused, hostile_file
from tests.importing import Desk, add_programme, ask
from tests.people import add_people

ONLY_TOLD = ("lost_letter",)
"""Rules that hold no row back."""


@pytest.fixture
def desk(registry, tmp_path):
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_nasty_file_is_published_and_the_bad_rows_wait(desk: Desk, case: Case, tmp_path):
    run = desk.checked(case.make(tmp_path))
    receipt = imports.publish(desk.actor, run)

    held = {row for row, _, rule in case.issues if rule not in ONLY_TOLD}
    assert (receipt.new, receipt.held) == (len(case.names), len(held))
    assert {name for (name,) in ask("SELECT full_name FROM person")} == set(case.names)
    told = {(row, rule) for rule, rows in desk.rules(run).items() for row in rows}
    assert told >= {(row, rule) for row, _, rule in case.issues}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_a_file_without_a_table_begins_no_run(desk: Desk, case: Refused, tmp_path):
    path = case.make(tmp_path)

    with pytest.raises(UnreadableFile, match=case.words) as refused:
        imports.start(desk.actor, StartImport(path, "Liste de mai.xls", "CASH"))

    assert "Liste de mai.xls" in str(refused.value)
    assert imports.list_runs(desk.actor) == []


def test_case_39_hostile_texts_are_stored_as_they_are_and_leave_unharmed(desk: Desk, tmp_path):
    desk.published(hostile_file(tmp_path), key="UIN")
    out = tmp_path / "out.csv"

    exports.write_export(desk.actor, EVERYBODY, None, out)
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    again = desk.published(hostile_file(tmp_path), key="UIN")

    assert {text for (text,) in ask("SELECT address FROM person")} == set(HOSTILE)
    assert again.unchanged == len(HOSTILE)
    left = {cell for row in rows for cell in row.values()}
    assert not left & {one for one in HOSTILE if one[0] in "=+-@"}
