"""Nasty structures, cases 1 to 11 and 18, as files made anew: what must come out of each."""

import csv
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

HEADERS = ("Full name", "Sex", "Date of birth", "Household ID")
AMINA = ("Amina Diallo", "F", "25/12/1990", "H1")
ALI = ("Ali Ba", "M", "13/01/1980", "H1")
FATOU = ("Fatou Sow", "F", "14/02/1975", "H2")
MOUSSA = ("Moussa Ka", "M", "15/03/2001", "H2")

Cells = Sequence[Any]


@dataclass(frozen=True)
class Case:
    """One file: `rows` gives what comes out clean, by place, `rules` what is told, by place.

    A place is the row as the spreadsheet numbers it, with its member and its table.
    """

    id: str
    make: Callable[[Path], Path]
    rows: Mapping[str, Mapping[str, object]]
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def person(cells: Cells, **more: object) -> dict[str, object]:
    """What a row of HEADERS becomes."""
    day, month, year = str(cells[2]).split("/")
    sex = {"F": "FEMALE", "M": "MALE"}[cells[1]]
    found = {"full_name": cells[0], "sex": sex, "birth_date": f"{year}-{month}-{day}"}
    return {**found, "household": cells[3], **more}


def book(folder: Path, rows: Sequence[Cells], *, title: str = "People") -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.active.title = title
    for cells in rows:
        made.active.append(list(cells))
    return made


def saved(folder: Path, made: openpyxl.Workbook) -> Path:
    made.save(folder / "people.xlsx")
    return folder / "people.xlsx"


def text(folder: Path, rows: Sequence[Cells], delimiter: str = ",") -> Path:
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def title_above(folder: Path) -> Path:
    made = book(folder, [["REGISTER OF BENEFICIARIES 2024"], ["District: Gourma"], []])
    for cells in (HEADERS, AMINA, ALI):
        made.active.append(cells)
    made.active.merge_cells("A1:D1")
    return saved(folder, made)


def group_headers(folder: Path) -> Path:
    rows = [
        ["Household", None, "Child 1", None, None, "Child 2", None, None],
        ["Household ID", "Village", *["Name", "Sex", "Date of birth"] * 2],
        ["H1", "Kano", "Amina Diallo", "F", "25/12/1990", "Ali Ba", "M", "13/01/1980"],
        ["H2", "Kano", "Fatou Sow", "F", "14/02/1975", None, None, None],
    ]
    made = book(folder, rows)
    for cells in ("A1:B1", "C1:E1", "F1:H1"):
        made.active.merge_cells(cells)
    return saved(folder, made)


def three_header_rows(folder: Path) -> Path:
    rows = [
        ["Household ID", "Village", "Head of household", None, None],
        [None, None, "Identity", None, "Birth"],
        [None, None, "Full name", "Sex", "Date of birth"],
        ["H1", "Kano", "Amina Diallo", "F", "25/12/1990"],
    ]
    made = book(folder, rows)
    for cells in ("A1:A3", "B1:B3", "C1:E1", "C2:D2"):
        made.active.merge_cells(cells)
    return saved(folder, made)


def merged_households(folder: Path) -> Path:
    rows = [
        ("Household ID", "Full name", "Sex", "Date of birth"),
        ("H1", *AMINA[:3]),
        (None, *ALI[:3]),
        ("H2", *FATOU[:3]),
        (None, *MOUSSA[:3]),
        (None, "Awa Fall", "F", "16/04/1999"),
    ]
    made = book(folder, rows)
    made.active.merge_cells("A2:A3")
    made.active.merge_cells("A4:A5")
    return saved(folder, made)


def printed_pages(folder: Path) -> Path:
    return text(folder, [HEADERS, AMINA, ALI, HEADERS, FATOU, HEADERS, MOUSSA])


def totals_at_the_end(folder: Path) -> Path:
    return text(
        folder,
        [
            (*HEADERS, "Household size"),
            (*AMINA, 4),
            ("Sous-total", "", "", "", 4),
            (*ALI, 5),
            ("Total", "M", "02/02/1990", "H3", 5),
            ("", "", "", "", ""),
            ("TOTAL", "", "", "", 14),
            ("Préparé par : Jean", "", "", "", ""),
            ("le chef du village", "", "", "", ""),
            ("Signature: ________", "", "", "", ""),
        ],
    )


def totals_in_arabic(folder: Path) -> Path:
    rows = [HEADERS, AMINA, ("المجموع", 1, "", ""), ("Elaborado por: Ana", "", "", "")]
    return text(folder, rows)


def gaps(folder: Path) -> Path:
    rows: list[Cells] = [(*HEADERS[:2], None, *HEADERS[2:])]
    for cells in (AMINA, None, None, ALI):
        rows.append([] if cells is None else (*cells[:2], None, *cells[2:]))
    return saved(folder, book(folder, rows))


def a_million_formatted_rows(folder: Path) -> Path:
    """A sheet whose empty rows are formatted down to the last one a spreadsheet has."""
    path = saved(folder, book(folder, [HEADERS, AMINA]))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    member = "xl/worksheets/sheet1.xml"
    empty = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(3, 1_048_575))
    names = zip("ABCD", ALI, strict=True)
    last = "".join(f'<c r="{at}1048576" t="inlineStr"><is><t>{v}</t></is></c>' for at, v in names)
    end = b'%s<row r="1048576">%s</row></sheetData>' % (empty, last.encode())
    parts[member] = parts[member].replace(b"</sheetData>", end)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def hidden_parts(folder: Path) -> Path:
    made = book(folder, [HEADERS, AMINA, ALI, FATOU])
    made.active.row_dimensions[3].hidden = True
    made.active.column_dimensions["D"].hidden = True
    for name, state in (("Old list", "hidden"), ("Very old list", "veryHidden")):
        sheet = made.create_sheet(name)
        sheet.append(HEADERS)
        sheet.append(MOUSSA)
        sheet.sheet_state = state
    return saved(folder, made)


def one_sheet_per_village(folder: Path) -> Path:
    made = book(folder, [HEADERS, AMINA, ALI], title="Kano")
    other = made.create_sheet("Zaria")
    order = (2, 0, 1, 3)
    for cells in (HEADERS, FATOU):
        other.append([cells[at] for at in order])
    return saved(folder, made)


def side_by_side(folder: Path) -> Path:
    rows = [
        (*HEADERS, None, "Full name", "Sex"),
        (*AMINA, None, "Somebody Else", "M"),
        (*ALI, None, "Another One", "F"),
        (*FATOU, None, None, None),
    ]
    return saved(folder, book(folder, rows))


def codes_beside(folder: Path) -> Path:
    rows = [
        (*HEADERS, None, "Code", "Meaning"),
        (*AMINA, None, "F", "Female"),
        (*ALI, None, "M", "Male"),
        (*FATOU, None, None, None),
        (*MOUSSA, None, None, None),
        ("Awa Fall", "F", "16/04/1999", "H3", None, None, None),
    ]
    return saved(folder, book(folder, rows))


def one_below_another(folder: Path) -> Path:
    rows = [
        HEADERS,
        AMINA,
        ALI,
        FATOU,
        [],
        ["Staff"],
        ("Full name", "Phone", "E-mail"),
        ("Clerk One", "0712345678", "clerk@example.org"),
    ]
    return saved(folder, book(folder, rows))


def wide_children(folder: Path) -> Path:
    headers = ["hh_id", "village", "head_name", "head_sex", "head_dob"]
    for number in (1, 2, 3):
        headers += [f"child{number}_{what}" for what in ("name", "sex", "dob")]
    rows = [
        headers,
        ["H1", "Kano", *AMINA[:3], *ALI[:3], *FATOU[:3], *[""] * 3],
        ["H2", "Kano", *MOUSSA[:3], *[""] * 9],
    ]
    return text(folder, rows)


def twins_among_headers(folder: Path) -> Path:
    rows = [
        ("Full name", "Sex", "Date of birth", "Note", "Note", None),
        (*AMINA[:3], "a", "b", "c"),
    ]
    return saved(folder, book(folder, rows))


CASES = (
    Case("01 title and notes above", title_above, {"5": person(AMINA), "6": person(ALI)}),
    Case(
        "02 two header rows with groups",
        group_headers,
        {
            "3.1": person(AMINA, location="Kano", relationship_to_head="CHILD"),
            "3.2": person(ALI, location="Kano", relationship_to_head="CHILD"),
            "4.1": person(FATOU, location="Kano", relationship_to_head="CHILD"),
        },
    ),
    Case("02 three header rows", three_header_rows, {"4": person(AMINA, location="Kano")}),
    Case(
        "03 merged down a column",
        merged_households,
        {
            "2": person(AMINA),
            "3": person(ALI),
            "4": person(FATOU),
            "5": person(MOUSSA),
            "6": {"full_name": "Awa Fall", "household": None},
        },
        {"filled_down": ("3", "5")},
    ),
    Case(
        "04 headers of printed pages",
        printed_pages,
        {"2": person(AMINA), "3": person(ALI), "5": person(FATOU), "7": person(MOUSSA)},
        {"repeated_header": ("4", "6")},
    ),
    Case(
        "05 totals and signatures",
        totals_at_the_end,
        {
            "2": person(AMINA, household_size=4),
            "4": person(ALI, household_size=5),
            "5": person(("Total", "M", "02/02/1990", "H3"), household_size=5),
        },
        {"footer_left_out": ("3", "7", "8", "9", "10"), "name_placeholder": ("5",)},
    ),
    Case(
        "05 totals in other languages",
        totals_in_arabic,
        {"2": person(AMINA)},
        {"footer_left_out": ("3", "4")},
    ),
    Case("06 blank rows and columns", gaps, {"2": person(AMINA), "5": person(ALI)}),
    Case(
        "06 a million formatted rows",
        a_million_formatted_rows,
        {"2": person(AMINA), "1048576": person(ALI)},
    ),
    Case(
        "07 hidden sheets and rows",
        hidden_parts,
        {"2": person(AMINA), "3": person(ALI), "4": person(FATOU)},
        {"hidden_row": ("3",)},
    ),
    Case(
        "08 one sheet per village",
        one_sheet_per_village,
        {"2 (Kano)": person(AMINA), "3 (Kano)": person(ALI), "2 (Zaria)": person(FATOU)},
    ),
    Case(
        "09 side by side",
        side_by_side,
        {"2": person(AMINA), "3": person(ALI), "4": person(FATOU)},
    ),
    Case(
        "09 a list of codes beside",
        codes_beside,
        {
            "2": person(AMINA),
            "3": person(ALI),
            "4": person(FATOU),
            "5": person(MOUSSA),
            "6": person(("Awa Fall", "F", "16/04/1999", "H3")),
        },
    ),
    Case(
        "09 one below another",
        one_below_another,
        {"2": person(AMINA), "3": person(ALI), "4": person(FATOU)},
    ),
    Case(
        "10 wide columns of children",
        wide_children,
        {
            "2.1": person(AMINA, location="Kano", relationship_to_head="HEAD"),
            "2.2": person(ALI, location="Kano", relationship_to_head="CHILD"),
            "2.3": person((*FATOU[:3], "H1"), location="Kano", relationship_to_head="CHILD"),
            "3.1": person(MOUSSA, location="Kano", relationship_to_head="HEAD"),
        },
    ),
    Case("11 the same header twice", twins_among_headers, {"2": person((*AMINA[:3], None))}),
)
DAYS = date(2025, 6, 1)
