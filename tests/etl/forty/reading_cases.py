"""Nasty files, cases 13 to 17 and 39, made anew: who must come out of each and what is told."""

import csv
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from tests.etl.binary_files import Broken, write_protected, write_xls, write_xlsb
from tests.etl.made_files import ods_row, write_ods, written, xml_book

HEADERS = ("UIN", "Full name", "Sex", "Date of birth", "Poverty score")
AMINA = ("1", "Amina Diallo", "F", "25/12/1990", "12,5")
JOSE = ("2", "José Núñez", "M", "13/01/1980", "7,25")
ZOE = ("3", "Zoë Traoré", "F", "14/02/1975", "30")
FATIMA = ("4", "فاطمة علي", "F", "15/03/2001", "8")
EVERYBODY = (AMINA, JOSE, ZOE)
NAMES = tuple(cells[1] for cells in EVERYBODY)
LONG = "x" * 40_000
Issue = tuple[int, str, str]


@dataclass(frozen=True)
class Case:
    """One file: `names` of the people who come out clean, `issues` as (row, column, rule)."""

    id: str
    make: Callable[[Path], Path]
    names: tuple[str, ...] = NAMES
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class Refused:
    """One file that holds no table: the words that its sentence must have."""

    id: str
    make: Callable[[Path], Path]
    words: str


def text(*rows: Sequence[str], by: str = ";") -> str:
    return "".join(by.join(cells) + "\n" for cells in (HEADERS, *rows))


def made(name: str, content: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    return lambda folder: written(folder / name, content, encoding)


def raw(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def sheet(name: str, *rows: Sequence[object]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        book = openpyxl.Workbook()
        for cells in (HEADERS, *rows):
            book.active.append(list(cells))
        for row in book.active.iter_rows():
            for cell in row:
                cell.data_type = "e" if str(cell.value).startswith("#") else cell.data_type
        book.save(folder / "book.xlsx")
        return (folder / "book.xlsx").rename(folder / name)

    return make


def with_cell(cells: Sequence[str], cell: object) -> list[object]:
    return [*cells[:4], cell]


def page(rows: Sequence[Sequence[str]]) -> str:
    lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in rows)
    return f"<html><body><table>{''.join(lines)}</table></body></html>"


def xml(rows: Sequence[Sequence[str]]) -> str:
    cell = '<Cell><Data ss:Type="String">{}</Data></Cell>'
    return xml_book(
        *("<Row>" + "".join(cell.format(c) for c in cells) + "</Row>" for cells in rows)
    )


def damaged(folder: Path) -> Path:
    path = sheet("people.xlsx", *EVERYBODY)(folder)
    path.write_bytes(path.read_bytes()[:2_000])
    return path


def errors_in(write: Callable[[Path, list[list[str | float | Broken]]], Path], name: str):
    rows = [list(HEADERS), list(AMINA), with_cell(JOSE, Broken("#REF!")), list(ZOE)]
    return lambda folder: write(folder / name, rows)


def ods_errors(folder: Path) -> Path:
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
    )
    rows = (HEADERS, AMINA, with_cell(JOSE, error), ZOE)
    return write_ods(folder / "people.ods", "".join(ods_row(*map(str, cells)) for cells in rows))


def archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "people.csv", "w") as package:
        package.writestr("people.csv", text(*EVERYBODY))
    return folder / "people.csv"


SCORE = "Poverty score"
ONE_HELD = (AMINA[1], ZOE[1])
ROWS = (HEADERS, *EVERYBODY)
MOJIBAKE = "José Núñez".encode().decode("cp1252")

CASES = (
    Case("13 semicolons and decimal commas", made("people.csv", text(*EVERYBODY))),
    Case("13 tabs", made("people.tsv", text(*EVERYBODY, by="\t"))),
    Case("13 bars in a .txt", made("people.txt", text(*EVERYBODY, by="|"))),
    Case("14 cp1252", made("people.csv", text(*EVERYBODY), "cp1252")),
    Case("14 utf-16", made("people.csv", text(*EVERYBODY, by="\t"), "utf-16")),
    Case("14 utf-8 with a mark", made("people.csv", text(*EVERYBODY), "utf-8-sig")),
    Case("14 cp1256", made("people.csv", text(FATIMA), "cp1256"), (FATIMA[1],)),
    Case(
        "14 a letter lost earlier",
        made("people.csv", text(AMINA, ("2", "Jos\ufffd Ba", "M", "13/01/1980", "7"))),
        (AMINA[1], "Jos\ufffd Ba"),
        ((3, "Full name", "lost_letter"),),
    ),
    Case(
        "15 a quote that is never closed",
        made("people.csv", text(AMINA, ("2", '"José Núñez', *JOSE[2:]), ZOE)),
        ONE_HELD,
        ((3, "", "unclosed_quote"),),
    ),
    Case(
        "15 a quote inside a quoted cell",
        made("people.csv", text(AMINA, ("2", '"José "Pepe" Núñez"', *JOSE[2:]), ZOE)),
        ONE_HELD,
        ((3, "", "stray_quote"),),
    ),
    Case(
        "15 a line break that nobody quoted",
        made("people.csv", text(AMINA, ("2", "José\nNúñez", *JOSE[2:]), ZOE)),
        ONE_HELD,
        ((3, "", "missing_cell"), (4, "", "missing_cell")),
    ),
    Case(
        "15 a line break that is quoted",
        made("people.csv", text(AMINA, ("2", '"José\nNúñez"', *JOSE[2:]), ZOE)),
    ),
    Case(
        "15 a separator too many",
        made("people.csv", text(AMINA, ("2", "José; Núñez", *JOSE[2:]), ZOE)),
        ONE_HELD,
        ((3, "", "extra_cell"),),
    ),
    Case(
        "15 a separator too few",
        made("people.csv", text(AMINA, JOSE[1:], ZOE)),
        ONE_HELD,
        ((3, "", "missing_cell"),),
    ),
    Case("16 .xls that is a web page", made("people.xls", page(ROWS))),
    Case("16 .xls that is an XML sheet", made("people.xls", xml(ROWS))),
    Case("16 .xls that is CSV", made("people.xls", text(*EVERYBODY), "cp1252")),
    Case("16 .csv that is a workbook", sheet("people.csv", *EVERYBODY)),
    Case("16 .xls that is .xlsx", sheet("people.xls", *EVERYBODY)),
    Case(
        "17 a formula without a stored result",
        sheet("people.xlsx", AMINA, with_cell(JOSE, "=1+1"), ZOE),
        ONE_HELD,
        ((3, SCORE, "uncomputed_cell"),),
    ),
    Case(
        "17 #N/A in .xlsx",
        sheet("people.xlsx", AMINA, with_cell(JOSE, "#N/A"), ZOE),
        ONE_HELD,
        ((3, SCORE, "error_cell"),),
    ),
    Case(
        "17 #REF! in .xls",
        errors_in(write_xls, "people.xls"),
        ONE_HELD,
        ((3, SCORE, "error_cell"),),
    ),
    Case(
        "17 #REF! in .xlsb",
        errors_in(write_xlsb, "people.xlsb"),
        ONE_HELD,
        ((3, SCORE, "error_cell"),),
    ),
    Case("17 #DIV/0! in .ods", ods_errors, ONE_HELD, ((3, SCORE, "error_cell"),)),
    Case(
        "39 a cell of 40 kB",
        made("people.csv", text(AMINA, ("2", LONG, *JOSE[2:]), ZOE)),
        ONE_HELD,
        ((3, "Full name", "oversize_cell"),),
    ),
)

REFUSED = (
    Refused("16 a workbook with a password", lambda f: write_protected(f / "p.xlsx"), "password"),
    Refused("16 a workbook that broke off", damaged, "damaged|workbook"),
    Refused("16 nothing at all", raw("people.xlsx", b""), "empty"),
    Refused("16 nothing but a mark", raw("people.csv", b"\xef\xbb\xbf"), "empty"),
    Refused("16 a PDF called .csv", raw("people.csv", b"%PDF-1.7\n%\xe2\xe3\xcf"), "PDF document"),
    Refused("16 a zip archive called .csv", archive, "zip archive"),
    Refused("16 a page that asks to sign in", made("p.xls", "<html>Sign in</html>"), "web page"),
)

HOSTILE = (
    '=HYPERLINK("http://evil.example","x")',
    "+SUM(1;1)",
    "@SUM(A1)",
    "-2+3+cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "![x](http://evil.example/p.png)",
)
"""Case 39: texts that a spreadsheet or a page would run."""


def hostile_file(folder: Path) -> Path:
    """A file with one person for each of these texts, as their address."""
    with (folder / "hostile.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("UIN", "Full name", "Sex", "Address"))
        writer.writerows((str(n), f"Amina Ba {n}", "F", one) for n, one in enumerate(HOSTILE))
    return folder / "hostile.csv"
