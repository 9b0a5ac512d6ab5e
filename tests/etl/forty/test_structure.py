"""Nasty structures, cases 1 to 11 and 18: where the table stands, and nothing garbled or lost."""

import pandas as pd
import pytest

from core.etl import pipeline
from core.etl.runs.document import Document, name_row
from core.etl.tables import inspecting
from core.etl.tables.looking import Files
from core.etl.tables.reading import read_frame
from core.etl.tables.shapes import AS_PROPOSED, Layout, TableChoice
from tests.etl.checking import TODAY
from tests.etl.forty.structure_cases import (
    AMINA,
    CASES,
    HEADERS,
    Case,
    codes_beside,
    group_headers,
    hidden_parts,
    one_below_another,
    one_sheet_per_village,
    side_by_side,
    text,
    three_header_rows,
    title_above,
    totals_at_the_end,
    twins_among_headers,
    wide_children,
)


def look(path, choice=AS_PROPOSED):
    return inspecting.inspect(Files((path,), (path.name,)), choice)


def checked(path, choice=AS_PROPOSED, batch_rows=50_000):
    """The rows and issues of a whole file, by place, as its proposals have it."""
    seen = look(path, choice)
    mapping = pipeline.default_mapping(pipeline.suggest(seen.headers, seen.sample))
    layout, shape = seen.tables.layout, seen.tables.shape
    frame = read_frame([path], layout, shape, path.with_suffix(".made") / "frame.arrow")
    draft = Document(layout, (), 0, (), shape=shape)
    rows, issues = {}, {}
    for part in pipeline.check(frame, mapping, today=TODAY, batch_rows=batch_rows):
        for row in part.frame.to_dict("records"):
            rows[name_row(draft, row["row"])] = row
        for number, rule in zip(part.issues["row"], part.issues["rule"], strict=True):
            issues.setdefault(rule, []).append(name_row(draft, number))
    return rows, {rule: tuple(places) for rule, places in issues.items()}


def plain(found):
    if found is None or pd.isna(found):
        return None
    return found.date().isoformat() if isinstance(found, pd.Timestamp) else found


@pytest.mark.parametrize("batch_rows", [1, 50_000])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_nasty_structure_gives_its_rows_and_says_what_it_left_out(
    case: Case, batch_rows, tmp_path
):
    rows, issues = checked(case.make(tmp_path), batch_rows=batch_rows)

    assert issues == dict(case.rules)
    assert list(rows) == list(case.rows)
    for place, fields in case.rows.items():
        assert {name: plain(rows[place][name]) for name in fields} == fields, place


def test_case_1_what_stands_above_the_headers_is_kept(tmp_path):
    [found] = look(title_above(tmp_path)).tables.found

    assert found.layout.header_row == 4
    assert found.preamble == ("REGISTER OF BENEFICIARIES 2024", "District: Gourma")


def test_case_2_the_names_of_groups_and_columns_are_joined(tmp_path):
    two = look(group_headers(tmp_path)).tables.layout
    three = look(three_header_rows(tmp_path)).tables.layout

    assert (two.header_row, two.header_rows) == (2, 2)
    assert two.headers[:3] == ("Household / Household ID", "Household / Village", "Child 1 / Name")
    assert (three.header_row, three.header_rows) == (3, 3)
    assert three.headers == (
        "Household ID",
        "Village",
        "Head of household / Identity / Full name",
        "Head of household / Identity / Sex",
        "Head of household / Birth / Date of birth",
    )


def test_case_2_groups_without_merged_cells_are_joined_too(tmp_path):
    rows = [
        ["", "", "Child 1", "", "Child 2", ""],
        ["Household ID", "Village", "Name", "Sex", "Name", "Sex"],
        ["H1", "Kano", "Ali Ba", "M", "Awa Ba", "F"],
    ]

    layout = look(text(tmp_path, rows)).tables.layout

    assert layout.headers[2:] == (
        "Child 1 / Name",
        "Child 1 / Sex",
        "Child 2 / Name",
        "Child 2 / Sex",
    )


def test_case_5_the_rows_left_out_are_shown_before_anything_is_read(tmp_path):
    [found] = look(totals_at_the_end(tmp_path)).tables.found

    assert [one.row for one in found.left_out] == [3, 7, 8, 9, 10]
    assert found.left_out[2].text == "Préparé par : Jean"


def test_case_5_a_row_that_a_person_puts_back_is_read(tmp_path):
    path = totals_at_the_end(tmp_path)
    seen = look(path)
    layout = seen.tables.layout
    kept = Layout(**{**layout.__dict__, "kept_rows": (3,)})

    frame = read_frame([path], kept, seen.tables.shape, tmp_path / "frame.arrow")

    assert [number for number, _ in frame.take([3])] == [3]


def test_case_7_hidden_sheets_are_listed_and_not_taken(tmp_path):
    seen = look(hidden_parts(tmp_path))

    listed = {found.layout.sheet: found.hidden for found in seen.tables.found}
    [people] = [found for found in seen.tables.found if not found.hidden]
    assert listed == {"People": False, "Old list": True, "Very old list": True}
    assert (people.hidden_rows, people.hidden_columns) == (1, ("Household ID",))
    assert seen.tables.shape.stacked == ()


def test_case_7_a_hidden_sheet_can_be_asked_for(tmp_path):
    rows, _ = checked(hidden_parts(tmp_path), TableChoice(sheets=("Old list",)))

    assert [row["full_name"] for row in rows.values()] == ["Moussa Ka"]


def test_case_8_the_sheet_becomes_a_column_and_single_sheets_can_be_chosen(tmp_path):
    path = one_sheet_per_village(tmp_path)

    assert look(path).headers == (*HEADERS, "Sheet")
    rows, _ = checked(path, TableChoice(sheets=("Zaria",)))
    assert list(rows) == ["2"]


@pytest.mark.parametrize(
    ("make", "other"),
    [
        (side_by_side, ("Full name", "Sex")),
        (codes_beside, ("Code", "Meaning")),
        (one_below_another, ("Full name", "Phone", "E-mail")),
    ],
)
def test_case_9_the_other_table_is_listed_to_be_picked(make, other, tmp_path):
    first, second = look(make(tmp_path)).tables.found

    assert first.layout.columns == HEADERS
    assert tuple(name.removesuffix(" (2)") for name in second.layout.columns) == other


def test_case_9_the_other_table_is_read_when_it_is_picked(tmp_path):
    path = side_by_side(tmp_path)
    _, second = look(path).tables.found

    frame = read_frame([path], second.layout, look(path).tables.shape, tmp_path / "f.arrow")

    assert [row["Full name"] for row in frame.head(9)] == ["Somebody Else", "Another One"]


@pytest.mark.parametrize("above", [(("Second list",),), (("Second list",), ("March",))])
def test_case_9_the_title_of_a_further_table_is_nobody(above, tmp_path):
    further = [(), *above, HEADERS, ("Ada Obi", "F", "02/12/1990", "H2")]
    path = text(tmp_path, [HEADERS, AMINA, *further])

    rows, issues = checked(path)

    assert [row["full_name"] for row in rows.values()] == [AMINA[0], "Ada Obi"]
    assert issues["footer_left_out"] == tuple(str(4 + n) for n in range(len(above)))


def test_somebody_at_the_end_of_a_printed_page_stays_whatever_is_known_of_them(tmp_path):
    page = [("Ada Obi",), HEADERS, ("Eve Ba", "F", "02/12/1990", "H2")]

    rows, issues = checked(text(tmp_path, [HEADERS, AMINA, *page]))

    assert [row["full_name"] for row in rows.values()] == [AMINA[0], "Ada Obi", "Eve Ba"]
    assert "footer_left_out" not in issues


def test_case_10_every_member_keeps_the_columns_of_the_row(tmp_path):
    seen = look(wide_children(tmp_path))

    assert seen.headers == ("hh_id", "village", "name", "sex", "dob", "Relationship")
    assert len(seen.tables.shape.unpivot.groups) == 4


def test_case_11_twins_and_blanks_among_headers_have_names_and_are_asked(tmp_path):
    seen = look(twins_among_headers(tmp_path))

    assert seen.headers[3:] == ("Note", "Note (2)", "Column F")


def test_case_18_a_large_file_is_streamed_and_its_end_is_seen(tmp_path):
    people = (
        (f"{['Ada', 'Eve', 'Lia'][n % 3]} Obi", "FM"[n % 2], f"{n % 28 + 1:02}/12/1990", f"H{n}")
        for n in range(200_000)
    )
    path = text(tmp_path, [HEADERS, AMINA, *people, ("TOTAL", 200_001, "", "")])

    rows, issues = checked(path)

    assert len(rows) == 200_001
    assert issues == {"footer_left_out": ("200003",)}
