"""Workbooks: cells as a person reads them, damage named, bombs refused before parsing."""

import json
import time
import zipfile
from datetime import date

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from core.errors import UnreadableFile
from core.etl.extract.workbook import batches, forget, sample, sheets
from core.etl.tables.shapes import Layout
from tests.conftest import shared_file
from tests.etl.binary_files import Broken, write_xls, write_xlsb
from tests.etl.checking import check_file
from tests.etl.made_files import found, ods_row, read_sheet, write_ods


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "People"
    sheet.append(["Register of the district"])
    sheet.append([])
    sheet.append(["UIN", "Full name", "Gender", "Date of birth", "Household size"])
    sheet.append(["0012345", "Amina Diallo", "F", date(1990, 5, 4), 4])
    sheet.append([12345678901234567890, "Jean Paul", "M", "31/12/1985", 5.0])
    sheet.append(["77", "Fatou Sow", "F", "12/31/1985", 3])
    sheet.append(["78", "Ali Ba", "M", "25/11/1970", "#REF!"])
    sheet["E7"].data_type = "e"
    sheet.append(["79", "Moussa Ka", "M", "24/11/1970", "=1+1"])
    sheet.append([])
    sheet.append(["80", "Awa Fall", "Q", "01/02/2090", 2])
    book.create_sheet("Codes").sheet_state = "hidden"
    book.save(tmp_path / "people.xlsx")
    return tmp_path / "people.xlsx"


def test_each_fault_of_a_workbook_is_named_by_row_column_and_value(workbook):
    done = check_file(workbook)

    assert done.of("identifier_destroyed") == [(5, "UIN", "1.234567890123457E+19")]
    assert done.of("date_order_conflict") == [(6, "Date of birth", "12/31/1985")]
    assert done.of("error_cell") == [(7, "Household size", "#REF!")]
    assert done.of("uncomputed_cell") == [(8, "Household size", "")]
    assert done.of("unknown_code") == [(10, "Gender", "Q")]
    assert done.of("birth_in_future") == [(10, "Date of birth", "2090-02-01")]
    assert done.clean["full_name"].tolist() == ["Amina Diallo", "Jean Paul"]


def test_real_dates_leading_zeros_and_whole_numbers_stay_right(workbook):
    first = check_file(workbook).frame.iloc[0]

    assert (first["row"], first["birth_date"].date().isoformat()) == (4, "1990-05-04")
    assert json.loads(first["identifiers"]) == {"uin": "0012345"}
    assert first["household_size"] == 4


def test_a_number_that_lost_its_digits_is_shown_as_the_spreadsheet_shows_it(tmp_path):
    book = openpyxl.Workbook()
    for cells in (["Token ID", "Full name"], [4.49e35, "Amina Diallo"], [4e20, "Ali Ba"]):
        book.active.append(cells)
    book.save(tmp_path / "tokens.xlsx")

    shown = check_file(tmp_path / "tokens.xlsx").of("identifier_destroyed")

    assert shown == [(2, "Token ID", "4.49E+35"), (3, "Token ID", "4E+20")]


def test_sheets_tell_their_size_and_whether_they_are_hidden(workbook):
    assert [
        (sheet.name, sheet.hidden, sheet.rows, sheet.columns) for sheet in sheets(workbook)
    ] == [
        ("People", False, 10, 5),
        ("Codes", True, 0, 0),
    ]


def test_a_sheet_that_spans_billions_of_cells_is_refused_before_it_is_built(tmp_path, workbook):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(bomb, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b'r="E10"', b'r="XFD1048576"')
            target.writestr(name, content)

    with pytest.raises(UnreadableFile, match="spans more than"):
        list(batches(bomb, Layout("People", 3, ("A",)), 10))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04 no zip", b"<html></html>"])
def test_what_is_no_workbook_is_refused_with_a_remedy(tmp_path, content):
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=r"save|Save"):
        sheets(path)


@pytest.mark.parametrize("write", [write_xls, write_xlsb])
def test_errors_in_binary_workbooks_are_named(tmp_path, write):
    rows = [["Name", "Age"], ["Amina", Broken("#REF!")], ["Ali", Broken("#N/A", formula=False)]]

    _, issues = read_sheet(write(tmp_path / "t.xls", rows))

    assert found(issues) == [(2, "Age", "error_cell", "#REF!"), (3, "Age", "error_cell", "#N/A")]


def test_errors_and_blank_formulas_in_opendocument_sheets_are_named(tmp_path):
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
    )
    blank = '<table:table-cell table:formula="of:=1+1"/>'
    repeated = '<table:table-row table:number-rows-repeated="2">'
    twice = ods_row("Ali", "4").replace("<table:table-row>", repeated)
    rows = [ods_row("Name", "Age"), ods_row("Amina", error), twice, ods_row("Awa", blank)]

    read, issues = read_sheet(write_ods(tmp_path / "t.ods", "".join(rows)))

    assert [row["Age"] for row in read] == ["", "4", "4", ""]
    assert found(issues) == [(2, "Age", "error_cell", "#DIV/0!"), (5, "Age", "uncomputed_cell", "")]


def test_the_same_errors_are_found_in_every_format_of_the_same_sheet():
    types = "messy/readxl/tests__testthat__sheets__types"
    old, new = (
        read_sheet(shared_file(f"{types}.{ending}"), "smorgasbord")[1] for ending in ("xls", "xlsx")
    )

    assert len(old) == 8
    assert found(old) == found(new)


@pytest.mark.parametrize("ending", ["xls", "xlsb", "xlsx"])
def test_dates_of_the_1904_calendar_are_right(ending):
    path = shared_file(f"messy/calamine/tests__date_1904.{ending}")

    assert [line.cells[0] for line in sample(path, "Sheet1", 2)] == ["2021-01-01", "2021-01-02"]


def test_a_workbook_is_parsed_once_until_it_is_forgotten(workbook, monkeypatch):
    opened = []
    real = CalamineWorkbook.from_path
    monkeypatch.setattr(
        "core.etl.extract.workbook.CalamineWorkbook",
        type("Counted", (), {"from_path": lambda path: (opened.append(path), real(path))[1]}),
    )
    forget()

    sheets(workbook)
    sample(workbook, "People", 5)
    list(batches(workbook, Layout("People", 3, ("A", "B", "C", "D", "E")), 10))
    once = len(opened)
    workbook.touch()
    sheets(workbook)
    forget()
    sheets(workbook)

    assert (once, len(opened)) == (1, 3)


def test_a_thousand_bad_cells_cost_little(tmp_path):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append(["Name", "Age"])
    for _ in range(20_000):
        sheet.append(["Amina", "=1+1"])
    book.save(tmp_path / "t.xlsx")
    begun = time.process_time()

    _, issues = read_sheet(tmp_path / "t.xlsx")

    assert len(issues) == 20_000
    assert time.process_time() - begun < 5


def test_a_binary_sheet_that_spans_billions_of_cells_is_refused(tmp_path):
    rows = [["Name"], ["Amina"]]
    path = write_xlsb(tmp_path / "t.xlsb", rows)
    far = tmp_path / "far.xlsb"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(far, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.bin"):
                last = content.rindex(b"\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00A")
                content = content[:last] + b"\xff\x3f" + content[last + 2 :]
                at = content.rindex(b"\x01\x00\x00\x00\x00\x00\x00\x00\x2c\x01")
                content = content[:at] + b"\xff\xff\x0f" + content[at + 3 :]
            target.writestr(name, content)

    with pytest.raises(UnreadableFile, match="spans more than"):
        sheets(far)


def test_a_workbook_that_makes_the_parser_panic_is_refused(tmp_path):
    path = write_xls(tmp_path / "t.xls", [["Name"], ["Amina"]])
    path.write_bytes(path.read_bytes()[:1_100])

    with pytest.raises(UnreadableFile, match="cannot be read as a workbook"):
        sheets(path)
