"""Nasty structures, cases 1 to 11 and 18, published on both engines as their proposals have it."""

import json

import pytest

from core.errors import InvalidInput, UnreadableFile
from core.etl.tables.shapes import NO_SHAPE, Keep, Layout, Shape, TableChoice
from core.services import imports
from core.services.imports import StartImport
from tests.etl.forty.structure_cases import (
    AMINA,
    CASES,
    HEADERS,
    Case,
    merged_households,
    one_sheet_per_village,
    side_by_side,
    text,
    title_above,
)
from tests.importing import Desk, add_programme, ask, figures
from tests.people import add_people

HELD = ("name_placeholder",)
"""What holds a row of these cases back."""


@pytest.fixture
def desk(registry, tmp_path):
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def names():
    return {name for (name,) in ask("SELECT full_name FROM person")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_nasty_structure_is_published_and_told(desk: Desk, case: Case, tmp_path):
    run = desk.checked(case.make(tmp_path))
    receipt = imports.publish(desk.actor, run)

    held = {place for rule in HELD for place in case.rules.get(rule, ())}
    assert figures(receipt) == (len(case.rows) - len(held), 0, 0, len(held))
    clean = {row["full_name"] for place, row in case.rows.items() if place not in held}
    assert names() == clean
    told = desk.rules(run)
    for rule, places in case.rules.items():
        assert len(told[rule]) == len(places)


def test_a_finding_names_the_row_as_the_spreadsheet_shows_it(desk: Desk, tmp_path):
    twice = desk.folder / "twice.csv"
    twice.write_text("Full name,Sex,UIN\nAmina Diallo,F,1\nAmina Diallo,F,1\n", encoding="utf-8")
    order = StartImport(
        twice,
        "January.csv",
        "CASH",
        beside=((twice, "February.csv"),),
    )
    both = imports.start(desk.actor, order)
    mapping = imports.describe(desk.actor, both).document
    imports.set_mapping(desk.actor, both, _as_suggested(mapping))
    imports.check(desk.actor, both)

    [found] = [one for one in imports.findings(desk.actor, both) if one.rule == "duplicate_in_file"]
    assert found.message.startswith("Row 3 (January) repeats row 2 (January).")
    assert found.values == ("2 (January)", "2 (February)")


def _as_suggested(document):
    from core.etl.pipeline import default_mapping  # noqa: PLC0415

    return default_mapping(document.suggestions)


class TestSetLayout:
    """A person changes where the table stands and how tables become one."""

    def document(self, desk, run):
        return imports.describe(desk.actor, run).document

    def test_another_table_is_picked_and_its_columns_suggested(self, desk, tmp_path):
        run = desk.start(side_by_side(tmp_path))
        other = self.document(desk, run).tables[1].layout

        imports.set_layout(desk.actor, run, other)

        document = self.document(desk, run)
        assert document.headers == ("Full name", "Sex")
        imports.check(desk.actor, run)
        assert figures(imports.publish(desk.actor, run)) == (2, 0, 0, 0)
        assert names() == {"Somebody Else", "Another One"}

    def test_another_header_row_gives_its_own_headers(self, desk, tmp_path):
        run = desk.start(title_above(tmp_path))
        now = self.document(desk, run).layout

        imports.set_layout(desk.actor, run, Layout(now.sheet, 5, (), file=0, name=now.name))

        assert self.document(desk, run).headers == AMINA

    def test_sheets_can_be_taken_apart_again(self, desk, tmp_path):
        run = desk.start(one_sheet_per_village(tmp_path))
        document = self.document(desk, run)
        assert document.headers == (*HEADERS, "Sheet")

        imports.set_layout(desk.actor, run, document.layout, NO_SHAPE)

        imports.check(desk.actor, run)
        assert figures(imports.publish(desk.actor, run)) == (2, 0, 0, 0)

    def test_rows_are_chosen_by_a_filter(self, desk, tmp_path):
        run = desk.start(merged_households(tmp_path))
        document = self.document(desk, run)

        shape = Shape(keep=(Keep("Household ID", "is", "H2"),))
        imports.set_layout(desk.actor, run, document.layout, shape)

        imports.check(desk.actor, run)
        imports.publish(desk.actor, run)
        assert names() == {"Fatou Sow", "Moussa Ka"}

    def test_what_was_settled_stays_where_the_columns_stay(self, desk, tmp_path):
        run = desk.start(title_above(tmp_path))
        document = self.document(desk, run)

        shape = Shape(keep=(Keep("Sex", "is", "F"),))
        imports.set_layout(desk.actor, run, document.layout, shape)

        assert self.document(desk, run).mapping == document.mapping

    def test_a_change_that_does_not_fit_changes_nothing(self, desk, tmp_path):
        run = desk.start(title_above(tmp_path))
        document = self.document(desk, run)

        with pytest.raises(InvalidInput):
            imports.set_layout(
                desk.actor, run, document.layout, Shape(keep=(Keep("Nobody", "empty"),))
            )
        with pytest.raises(UnreadableFile):
            imports.set_layout(desk.actor, run, Layout(document.layout.sheet, 99, ()))

        assert self.document(desk, run) == document

    def test_the_change_is_logged_without_any_value(self, desk, tmp_path):
        run = desk.start(title_above(tmp_path))
        imports.set_layout(desk.actor, run, self.document(desk, run).layout)

        [(logged,)] = ask(
            "SELECT CAST(details AS text) FROM audit_event WHERE action = 'import.layout'"
        )
        assert json.loads(logged) == {"tables": 1}


def test_several_files_are_kept_named_and_read_again(desk: Desk, tmp_path):
    members = text(tmp_path, [("Full name", "Sex", "Household ID"), ("Awa Fall", "F", "H1")] * 1)
    homes = tmp_path / "homes.csv"
    homes.write_text("Household ID,Phone\nH1,0712345678\n", encoding="utf-8")
    join = {"table": "homes.csv", "left": "Household ID", "right": "Household ID"}
    order = StartImport(
        members,
        members.name,
        "CASH",
        beside=((homes, "homes.csv"),),
        tables=TableChoice(shape=json.dumps({"joins": [join]})),
    )

    run = imports.start(desk.actor, order)
    document = imports.describe(desk.actor, run).document
    imports.set_mapping(desk.actor, run, _as_suggested(document))
    imports.check(desk.actor, run)
    imports.publish(desk.actor, run)

    assert [one.file_name for one in document.files] == ["homes.csv"]
    assert ask("SELECT count(*) FROM person WHERE phone IS NOT NULL") == [(1,)]


def test_case_18_two_hundred_thousand_rows_are_published(desk: Desk, tmp_path):
    given, family = ("Ada", "Eve", "Lia", "Uma"), ("Obi", "Ba", "Ka", "Sow", "Fall")
    people = (
        (f"{given[n % 4]} {family[n % 5]}", "FM"[n % 2], f"{n % 28 + 1:02}/12/1990", f"H{n}")
        for n in range(200_000)
    )
    path = text(tmp_path, [HEADERS, *people, ("TOTAL", 200_000, "", "")])

    receipt = desk.published(path)

    assert (receipt.new, receipt.held) == (200_000, 0)
