"""Workbooks: cells as a person reads them, damage named, bombs refused before parsing."""

import json
import zipfile
from datetime import date

import openpyxl
import pytest

from core.errors import UnreadableFile
from core.etl.extract.workbook import batches, sheets
from core.etl.shapes import Layout
from tests.etl.checking import check_file


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
