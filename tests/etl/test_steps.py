"""Steps correct the text of a run's table in order, can be taken back, and leave the file alone."""

import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from core.errors import InvalidInput
from core.etl import frame
from core.etl.choices import Column, Mapping
from core.etl.remedies import steps
from core.etl.remedies.corrected import Corrected, apply
from core.etl.remedies.steps import (
    Accept,
    Blank,
    Cell,
    FillDown,
    FindReplace,
    LeaveOut,
    MapValue,
    Repair,
    Replace,
    Step,
)
from core.etl.rows import ROW, Batch, Severity, all_issues, issue_frame, no_issues
from core.etl.rules.suite import load_suite

EVERY: tuple[Step, ...] = (
    Replace("Sex", "Z", "F"),
    FindReplace("Name", "  ", " "),
    Cell("Name", "Ali", "Ali Ba", row=3),
    Cell("Name", "Ali", "Ali Ba", key=("ID", "A2")),
    Cell("Name", "Ali", "Ali Ba", everywhere=True),
    FillDown("Village"),
    LeaveOut("a total", rows=(7, 9)),
    LeaveOut("a total", header="Name", value="TOTAL"),
    Blank("Age", ("999", "99")),
    Repair("Name"),
    MapValue("Sex", "1", "MALE"),
    Accept("birth_too_early", "Born", "seen the certificate"),
)


def table(**columns: list[str]) -> pa.Table:
    rows = len(next(iter(columns.values())))
    named = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    return pa.table({ROW: pa.array(range(2, 2 + rows), pa.int64()), **named})


def after(*told: Step, **columns: list[str]) -> dict[str, list[Any]]:
    return dict(apply(told, table(**columns)).drop_columns(ROW).to_pydict())


@pytest.mark.parametrize("step", EVERY, ids=lambda step: type(step).__name__)
def test_a_step_survives_its_json(step: Step) -> None:
    assert steps.read_step(steps.to_json(step)) == step


@pytest.mark.parametrize(
    "document",
    [
        {"op": "explode"},
        "replace",
        {"op": "replace", "header": "A"},
        {"op": "replace", "header": "A", "old": 1, "new": "b"},
        {"op": "find_replace", "header": "A", "old": "", "new": "b"},
        {"op": "leave_out", "rows": [3], "reason": " "},
        {"op": "leave_out", "reason": "no rows"},
        {"op": "leave_out", "rows": ["3"], "reason": "text"},
        {"op": "cell", "header": "A", "was": "", "to": "b"},
        {"op": "accept", "rule": "birth_too_early", "header": "A", "reason": ""},
    ],
)
def test_a_document_that_is_no_step_is_refused(document: object) -> None:
    with pytest.raises(InvalidInput):
        steps.read_step(document)


def test_a_value_is_replaced_as_a_person_reads_it() -> None:
    found = after(Replace("Sex", "Z", "F"), Sex=["Z", " Z\u00a0", "ZZ", "M", ""])

    assert found == {"Sex": ["F", "F", "ZZ", "M", ""]}


def test_text_is_replaced_inside_cells() -> None:
    assert after(FindReplace("A", "-", "/"), A=["1-2-3", "x"]) == {"A": ["1/2/3", "x"]}


def test_a_cell_is_corrected_where_it_still_holds_what_was_seen() -> None:
    cell = Cell("A", "x", "y", row=3)

    assert after(cell, A=["x", "x", "x"]) == {"A": ["x", "y", "x"]}
    assert after(cell, A=["x", "z", "x"]) == {"A": ["x", "z", "x"]}


def test_steps_on_one_cell_follow_each_other() -> None:
    told = Cell("A", "x", "y", row=2), Cell("A", "y", "z", row=2), Replace("A", "z", "end")

    assert after(*told, A=["x", "x"]) == {"A": ["end", "x"]}


def test_a_cell_is_found_again_by_its_key_or_everywhere() -> None:
    by_key = Cell("A", "x", "y", key=("ID", "7"))

    assert after(by_key, A=["x", "x", "q"], ID=["1", "7", "7"])["A"] == ["x", "y", "q"]
    assert after(Cell("A", "x", "y", everywhere=True), A=["x", "q", "x"])["A"] == ["y", "q", "y"]


def test_rows_are_left_out_by_number_and_by_value() -> None:
    told = LeaveOut("double", rows=(3,)), LeaveOut("total", header="A", value="TOTAL")

    assert after(*told, A=["a", "b", "TOTAL", "d"]) == {"A": ["a", "d"]}


def test_values_that_mean_no_answer_become_blank() -> None:
    assert after(Blank("A", ("999", "NA")), A=["999", "34", "NA"]) == {"A": ["", "34", ""]}


def test_garbled_letters_are_repaired_and_right_ones_stay() -> None:
    assert after(Repair("A"), A=["JosÃ©", "Âge", "Ñandú"]) == {"A": ["José", "Âge", "Ñandú"]}


def test_a_step_about_a_column_that_is_not_there_is_passed_over() -> None:
    assert after(Replace("B", "x", "y"), FillDown("C"), A=["x"]) == {"A": ["x"]}


def test_blanks_are_filled_from_above_also_across_pieces(tmp_path: Path) -> None:
    read = corrected(tmp_path, FillDown("A"), A=["", "v", "", "", "w", ""], B=list("abcdef"))

    assert [b.table["A"].to_pylist() for b in read.batches(2)] == [["", "v"], ["v", "v"], ["w"] * 2]
    assert [values["A"] for _, values in read.take([5, 7])] == ["v", "w"]


def test_a_corrected_frame_reads_alike_whole_in_part_and_by_row(tmp_path: Path) -> None:
    told = (
        Replace("Sex", "Z", "F"),
        Cell("Sex", "M", "F", key=("ID", "2")),
        LeaveOut("total", header="ID", value="TOTAL"),
        LeaveOut("double", rows=(3,)),
    )
    read = corrected(tmp_path, *told, ID=["1", "1", "2", "TOTAL"], Sex=["Z", "Z", "M", "Z"])

    assert [batch.table["Sex"].to_pylist() for batch in read.batches()] == [["F", "F"]]
    assert [batch.table["Sex"].to_pylist() for batch in read.batches(9, ["Sex"])] == [["F", "F"]]
    assert list(read.take([2, 3, 4, 5])) == [
        (2, {"ID": "1", "Sex": "F"}),
        (4, {"ID": "2", "Sex": "F"}),
    ]
    assert sorted(set(read.texts(["Sex"]))) == ["F"]


def test_who_corrects_a_cell_of_a_crooked_row_has_settled_its_form(tmp_path: Path) -> None:
    form = all_issues(
        [
            issue_frame([2, 3], "missing_cell", Severity.CRITICAL),
            issue_frame([4, 4], "error_cell", Severity.CRITICAL, column="A"),
            issue_frame([4], "error_cell", Severity.CRITICAL, column="B"),
        ]
    )
    told = Cell("B", "x", "y", row=2), Cell("A", "x", "y", row=4)
    read = corrected(tmp_path, *told, form=form, A=["x", "x", "x"], B=["x", "x", "x"])

    left = read.issues()
    assert list(zip(left["row"], left["column"], strict=True)) == [(3, ""), (4, "B")]


def corrected(folder: Path, *told: Step, form: Any = None, **columns: list[str]) -> Corrected:
    issues = no_issues() if form is None else form
    made = frame.write(folder / "f.arrow", list(columns), [Batch(table(**columns), issues)])
    return Corrected(made.path, made.headers, made.rows, made.starts, told)


def test_next_month_brings_other_rows_so_steps_are_found_by_key_or_value() -> None:
    kept = [steps.read_step(one) for one in steps.replayable(EVERY, "ID")]

    assert kept == [
        Replace("Sex", "Z", "F"),
        FindReplace("Name", "  ", " "),
        Cell("Name", "Ali", "Ali Ba", key=("ID", "A2")),
        Replace("Name", "Ali", "Ali Ba"),
        FillDown("Village"),
        LeaveOut("a total", header="Name", value="TOTAL"),
        Blank("Age", ("999", "99")),
        Repair("Name"),
        MapValue("Sex", "1", "MALE"),
    ]
    assert len(steps.replayable(EVERY, None)) == len(kept) - 1


def test_what_a_step_says_about_a_value_joins_the_mapping() -> None:
    mapping = Mapping({"Sex": Column("sex", values={"2": "FEMALE"})})

    said = steps.with_values(mapping, EVERY).columns["Sex"]

    assert (said.field, said.values) == ("sex", {"2": "FEMALE", "1": "MALE"})


def test_only_rules_of_plausibility_may_be_accepted() -> None:
    suite = load_suite()
    rules = {rule.rule for rule in suite.expectations if rule.severity is Severity.CRITICAL}

    assert rules >= steps.ACCEPTABLE
    beyond = ("name_missing", "missing_cell", "key_destroyed", "outside_grant", "no_such_rule")
    beyond += ("identifier_taken", "duplicate_in_file", "place_outside_grant", "second_head")
    assert [rule for rule in beyond if steps.may_accept(rule, suite)] == []


def test_an_accepted_cause_is_a_warning_in_its_column_only() -> None:
    found = all_issues(
        [
            issue_frame([2], "birth_too_early", Severity.CRITICAL, column="Born"),
            issue_frame([3], "birth_too_early", Severity.CRITICAL, column="Other"),
        ]
    )

    passed = steps.accept(found, steps.accepted(EVERY))

    assert passed["severity"].tolist() == ["warning", "critical"]


def test_a_hundred_thousand_rows_take_milliseconds() -> None:
    rows = [f"person {n % 977}" for n in range(100_000)]
    big = table(A=rows, B=rows)
    told = [Replace("A", "person 5", "x"), Blank("B", ("person 7",))]
    told += [Cell("A", f"person {n % 977}", "y", row=n + 2) for n in range(0, 50_000, 50)]  # type: ignore[misc]

    started = time.process_time()
    changed = apply(told, big)
    took = time.process_time() - started

    assert changed["A"].to_pylist().count("y") > 900
    assert took < 0.5
