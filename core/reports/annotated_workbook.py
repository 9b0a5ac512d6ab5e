"""The workbook back: a file's rows with its findings in colour and in words, to be corrected in a
spreadsheet and uploaded again.

Colour is never the only sign: the column "What is wrong" says it in a sentence. A column beside it
carries each row's number, so that rows may be sorted and removed; a hidden sheet says which import
the workbook belongs to (core/etl/remedies/returned.py reads both). Text never becomes a formula.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.exceptions import InvalidFileException

HIDDEN_SHEET, NO_ROW = "Caseload", "-"
LONGEST = 32_767
"""What a spreadsheet can hold in one cell."""
_MOST_COMMENTS = 2_000
_FILLS = {
    "critical": PatternFill("solid", fgColor="F8CBAD"),
    "warning": PatternFill("solid", fgColor="FFE699"),
    "info": PatternFill("solid", fgColor="DDEBF7"),
}
_GRAVEST = tuple(_FILLS)
_BOLD, _WRAP = Font(bold=True), Alignment(wrap_text=True, vertical="top")


class Mark(NamedTuple):
    """One finding: the cell (or the whole row, where `header` is empty) and the sentence."""

    header: str
    severity: str
    message: str


@dataclass(frozen=True)
class Notes:
    """What the workbook says beside the rows: whose it is, the findings by row, and the words
    over the two columns at the right. `steps` are the positions of the steps its cells show."""

    run: str
    digest: str
    steps: tuple[int, ...]
    marks: Mapping[int, Sequence[tuple[str, str, str]]]
    words: tuple[str, str]
    whole: bool = True


@dataclass(frozen=True)
class Original:
    """Where the rows stand in an uploaded workbook: `columns` gives each header's position
    counted from 1; `changed` the cells, by row, that steps have corrected; `no_rows` are lines
    that the import leaves out, such as totals."""

    path: Path
    sheet: str
    header_row: int
    columns: Mapping[str, int]
    changed: Mapping[int, Mapping[str, str]]
    no_rows: Sequence[int] = ()


class NotAlike(Exception):
    """The uploaded workbook cannot be copied so that its columns are known again."""


def annotate(original: Original, rows: Iterable[int], notes: Notes, out: Path) -> None:
    """Write a copy of an uploaded .xlsx with its findings marked.

    Raises NotAlike for a file whose copy could not be told apart when it comes back.
    """
    try:
        book = load_workbook(original.path)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError) as error:
        raise NotAlike from error
    sheet = book[original.sheet]
    shown = {
        header: _text(sheet.cell(original.header_row, position).value)
        for header, position in original.columns.items()
    }
    if len({*shown.values(), "", *notes.words}) < len(shown) + 3:
        raise NotAlike
    right = sheet.max_column + 1
    for position, word in enumerate(notes.words):
        _set(sheet.cell(original.header_row, right + position), word).font = _BOLD
    comments = 0
    for row in rows:
        for header, text in original.changed.get(row, {}).items():
            _set(sheet.cell(row, original.columns[header]), text)
        marks = [Mark(*mark) for mark in notes.marks.get(row, ())]
        for header, severity, message in _by_cell(marks):
            if header in original.columns:
                comments += 1
                said = message if comments <= _MOST_COMMENTS else None
                _mark(sheet.cell(row, original.columns[header]), severity, said)
        if marks:
            _set(sheet.cell(row, right), _sentence(marks)).fill = _FILLS[_gravest(marks)]
        sheet.cell(row, right + 1).value = row
    for row in original.no_rows:
        sheet.cell(row, right + 1).value = NO_ROW
    _sign(book, notes, original.sheet, original.header_row, shown, right + 1)
    _widen(sheet, right)
    book.save(out)


def write_rows(
    headers: Sequence[str],
    rows: Iterable[tuple[int, Mapping[str, str]]],
    notes: Notes,
    out: Path,
    title: str,
) -> None:
    """Write a new workbook of rows, every cell as text, with its findings marked."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    _widen(sheet, len(headers) + 1)
    sheet.freeze_panes = "A2"
    top = [_set(WriteOnlyCell(sheet), word) for word in (*headers, *notes.words)]
    for cell in top:
        cell.font = _BOLD
    sheet.append(top)
    comments = 0
    for row, values in rows:
        marks = [Mark(*mark) for mark in notes.marks.get(row, ())]
        cells: list[Any] = [_set(WriteOnlyCell(sheet), values.get(h, "")) for h in headers]
        for header, severity, message in _by_cell(marks):
            if header in values:
                comments += 1
                said = message if comments <= _MOST_COMMENTS else None
                _mark(cells[headers.index(header)], severity, said)
        sentence = _set(WriteOnlyCell(sheet), _sentence(marks))
        if marks:
            sentence.fill = _FILLS[_gravest(marks)]
        sheet.append([*cells, sentence, row])
    _sign(book, notes, title, 1, {header: _legal(header) for header in headers}, len(headers) + 2)
    book.save(out)


def _set(cell: Any, text: str) -> Any:  # noqa: ANN401 - a Cell, or a part of a merged one
    if isinstance(cell, MergedCell):
        return cell
    legal = _legal(text)
    cell.value = legal or None
    if legal:
        cell.data_type = "s"  # text, even where it begins like a formula
    return cell


def _legal(text: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))[:LONGEST]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _mark(cell: Cell, severity: str, message: str | None) -> None:
    cell.fill = _FILLS[severity]
    if message and not isinstance(cell, MergedCell):
        cell.comment = Comment(_legal(message), "Caseload", width=320, height=120)


def _by_cell(marks: Sequence[Mark]) -> Iterable[tuple[str, str, str]]:
    """Yield each marked cell once with its gravest severity and all that is said of it."""
    for header in dict.fromkeys(mark.header for mark in marks if mark.header):
        here = [mark for mark in marks if mark.header == header]
        yield header, _gravest(here), _sentence(here)


def _gravest(marks: Sequence[Mark]) -> str:
    return min((mark.severity for mark in marks), key=_GRAVEST.index)


def _sentence(marks: Sequence[Mark]) -> str:
    ranked = sorted(marks, key=lambda mark: _GRAVEST.index(mark.severity))
    return "\n".join(dict.fromkeys(mark.message for mark in ranked))


def _widen(sheet: Any, right: int) -> None:  # noqa: ANN401 - a worksheet of either kind
    letter = _letters(right)
    sheet.column_dimensions[letter].width = 70
    sheet.column_dimensions[letter].alignment = _WRAP


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sign(
    book: Workbook, notes: Notes, sheet: str, header_row: int, shown: Mapping[str, str], at: int
) -> None:
    """Add the hidden sheet by which the workbook is known again."""
    if HIDDEN_SHEET in book.sheetnames:
        del book[HIDDEN_SHEET]
    hidden = book.create_sheet(HIDDEN_SHEET)
    hidden.sheet_state = "veryHidden"
    facts = {
        "run": notes.run,
        "digest": notes.digest,
        "sheet": sheet,
        "header_row": header_row,
        "row_column": at,
        "row_header": notes.words[1],
        "steps": ",".join(str(position) for position in notes.steps),
        "whole": "yes" if notes.whole else "no",
    }
    for name, value in facts.items():
        hidden.append([name, value])
    for header, text in shown.items():
        named = (_set(WriteOnlyCell(hidden), one) for one in (header, text))
        hidden.append(["column", *named])
