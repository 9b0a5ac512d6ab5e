"""Lists of numbers as people bring them: typed, pasted, in a file."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from core.errors import InvalidInput, UnreadableFile
from core.services.number_lists import check, read_numbers, split_numbers


def test_numbers_stand_between_blanks_commas_semicolons_and_lines() -> None:
    assert split_numbers(" P-1, P-2;H-3\n\nP-4\t") == ["P-1", "P-2", "H-3", "P-4"]


@pytest.mark.parametrize("text", ["", " ,;\n", "P-1 " * 100_001])
def test_a_list_has_between_one_and_a_hundred_thousand_numbers(text: str) -> None:
    with pytest.raises(InvalidInput, match="between 1 and 100,000"):
        check(split_numbers(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.txt", "P-1\nP-2\n"),
        ("list.csv", "Registration number,Name\nP-1,Abeba\n\nP-2,Bilal\n"),
        ("list.csv", "P-1;Abeba\nP-2;Bilal\n"),
    ],
)
def test_the_first_column_of_a_text_file_is_read(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_numbers(path) == ["P-1", "P-2"]


def test_the_first_column_of_a_workbook_is_read(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for line in (["Number", "Name"], ["P-1", "Abeba"], [None, "nobody"], [12, "a number"]):
        book.active.append(line)
    book.save(tmp_path / "list.xlsx")

    assert read_numbers(tmp_path / "list.xlsx") == ["P-1", "12"]


def test_what_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(UnreadableFile):
        read_numbers(tmp_path / "list.xlsx")
