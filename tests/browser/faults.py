"""A workbook as an office sends it: sixty good rows, and twelve faults whose places are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

DISTRICTS = {"KOR01": "Bozoum", "KOR02": "Paoua", "KOR03": "Bocaranga"}
HEADS = (
    *("National ID", "Full name", "Sex", "Date of birth", "Age", "Disability", "District"),
    *("Household number", "Relationship to head", "Phone", "E-mail", "Token ID"),
)
HEAD_ROW = 3
"""A title and a blank row stand above the names of the columns."""
GOOD_ROWS = 60
WANTED_NAME, MISSPELT_NAME = "Philomène Katunga", "Filomen Katounga"

_GIVEN = (
    *("Awa", "Béatrice", "Chantal", "Désiré", "Esther", "Florence", "Gaston", "Honoré", "Irène"),
    *("Josué", "Koffi", "Léonie", "Mariam", "Narcisse", "Odile", "Prosper", "Rosalie", "Sylvain"),
    *("Thérèse", "Yvonne"),
)
_FAMILY = ("Ngaba", "Dembélé", "Ouédraogo")
_SEXES = ("F", "M", "Female", "Féminin", "Masculin", "Male")
_DISABILITY = ("No", "Yes", "", "Oui", "Non")
_ROLES = ("Head", "Spouse", "Child")


@dataclass(frozen=True)
class Fault:
    """One planted fault: where it stands, what the screen must show of it, and what to do."""

    row: int
    column: str
    value: str
    remedy: str
    held: bool


@dataclass(frozen=True)
class _Planted:
    """What makes a good row faulty: the cells to change, and what is said about it."""

    column: str
    cells: dict[str, Any]
    shown: str
    remedy: str
    held: bool = True


_FUTURE = datetime.now(UTC).date() + timedelta(days=500)
_BORN = "Date of birth"
_PLANTED = (
    _Planted(_BORN, {_BORN: "02/28/1990", "Age": ""}, "02/28/1990", "Correct this date"),
    _Planted("Sex", {"Sex": "X9"}, "X9", "Say what it means"),
    _Planted("District", {"District": "KOR99"}, "KOR99", "Correct its spelling or its code"),
    _Planted(_BORN, {_BORN: _FUTURE, "Age": ""}, _FUTURE.isoformat(), "Correct the year"),
    _Planted(_BORN, {_BORN: "31/02/2001", "Age": ""}, "31/02/2001", "Correct it"),
    _Planted("Full name", {"Full name": ""}, "", "Fill in the person's name"),
    _Planted("Token ID", {"Token ID": 4.49e35}, "4.49E+35", "again as text", held=False),
    _Planted(
        "Relationship to head",
        {"Household number": "HH-002", "District": "KOR02", "Relationship to head": "Head"},
        "HH-002",
        "Keep one head per household",
    ),
    _Planted("E-mail", {"E-mail": "awa(at)mail"}, "awa(at)mail", "name@example.org", held=False),
    _Planted("Phone", {"Phone": "7012"}, "7012", "7 to 15 digits", held=False),
    _Planted("Age", {_BORN: "", "Age": 140}, "140", "Correct it to 0–120 years"),
)
"""Eleven; the twelfth, a double of a whole row, is made from a good row."""


def write_workbook(path: Path) -> list[Fault]:
    """Write the workbook to `path`; return its twelve faults."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Liste"
    sheet.append(["Registration, second quarter"])
    sheet.append([])
    sheet.append(HEADS)
    faults: list[Fault] = []
    good = _good_rows()
    for number, (cells, planted) in enumerate(_mix(good), start=HEAD_ROW + 1):
        sheet.append([cells[head] for head in HEADS])
        if planted:
            faults.append(
                Fault(number, planted.column, planted.shown, planted.remedy, planted.held)
            )
    sheet.append([good[0][head] for head in HEADS])
    faults.append(
        Fault(sheet.max_row, "whole row", str(HEAD_ROW + 1), "Delete one of the two", True)
    )
    _store_as_text(sheet, "National ID")
    book.create_sheet("Notes").append(["Collected on paper, typed by three people."])
    book.save(path)
    return faults


def _good_rows() -> list[dict[str, Any]]:
    return [_row(number) for number in range(GOOD_ROWS)]


def _mix(good: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], _Planted | None]]:
    """Yield the good rows with a faulty one after each fifth."""
    planted = dict(enumerate(_PLANTED))
    for number, cells in enumerate(good):
        yield cells, None
        if number % 5 == 4 and number // 5 in planted:
            fault = planted[number // 5]
            # Women with a disability in a district that is asked for: a fault let through shows.
            wanted = {"Sex": "F", "Disability": "Yes", "District": "KOR01"}
            yield _row(GOOD_ROWS + number) | wanted | fault.cells, fault


def _row(number: int) -> dict[str, Any]:
    """Return one good row; three in a row are a household, which lives in one district."""
    home = number // 3
    name = f"{_GIVEN[number % 20]} {_FAMILY[number // 20 % 3]}"
    return {
        "National ID": f"00{417000 + number * 7}",
        "Full name": WANTED_NAME if number == 7 else name + " II" * (number >= GOOD_ROWS),
        "Sex": _SEXES[(number * 5 + home) % 6],
        "Date of birth": _birth(number),
        "Age": 30 + number % 40 if number % 10 == 9 else "",
        "Disability": _DISABILITY[(number * 3 + home) % 5],
        "District": list(DISTRICTS)[home % 3],
        "Household number": f"HH-{home + 1:03}",
        "Relationship to head": _ROLES[number % 3],
        "Phone": f"+236 70 {number:02} 11 {number % 60 + 10}",
        "E-mail": f"person{number}@example.org" if number % 4 == 0 else "",
        "Token ID": f"{68130455742399305784829962633186139 + number:036d}",
    }


def _birth(number: int) -> date | str:
    """Return a real date, a date typed with the day first, or nothing where an age stands."""
    if number % 10 == 9:
        return ""
    born = date(1950 + number % 50, 1 + number % 12, 1 + number * 7 % 28)
    return born if number % 2 else f"{born:%d/%m/%Y}"


def _store_as_text(sheet: Any, head: str) -> None:
    """Mark a column as text, as a careful clerk does who wants to keep the leading zeros."""
    position = HEADS.index(head) + 1
    for row in range(HEAD_ROW + 1, sheet.max_row + 1):
        sheet.cell(row, position).number_format = "@"
