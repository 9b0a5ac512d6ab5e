"""What the form of a sheet says beside its cells: merged ranges, hidden rows and columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, is_zipfile

from defusedxml import DefusedXmlException
from python_calamine import CalamineError, CalamineWorkbook

from core.errors import UnreadableFile
from core.etl.extract._package import _member as find_member

MOST_RANGES = 200_000
_CHUNK = 1 << 22
_LONGEST_TAG = 2_000
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,7})"[^>]*>')
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"'
)
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_BOUND = re.compile(rb'\b(min|max)="(\d{1,5})"')
_OLD = (".xls", ".ods")


@dataclass(frozen=True)
class SheetFacts:
    """Merged ranges as (first row, first column, last row, last column), and the numbers of the
    hidden rows and columns, all counted from 1."""

    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()


NO_FACTS = SheetFacts()


def sheet_facts(path: Path, sheet: str) -> SheetFacts:
    """Read the form of a sheet; a file that has none, such as CSV, gives no facts.

    Raises UnreadableFile for a sheet with too many merged ranges.
    """
    if path.suffix.lower() in _OLD:
        return _by_calamine(path, sheet)
    if not is_zipfile(path):
        return NO_FACTS
    try:
        with ZipFile(path) as package:
            member = find_member(package, sheet)
            return _scan(package, member, sheet) if member else NO_FACTS
    except (BadZipFile, ParseError, DefusedXmlException, KeyError):
        return NO_FACTS  # the reader itself says what is wrong with the file


def _scan(package: ZipFile, member: str, sheet: str) -> SheetFacts:
    merged: list[tuple[int, int, int, int]] = []
    rows: list[int] = []
    columns: set[int] = set()
    for chunk in _chunks(package, member):
        if b"hidden" in chunk:
            rows += [int(tag[1]) for tag in _ROW.finditer(chunk) if _HIDDEN.search(tag[0])]
            for tag in _COLUMN.findall(chunk):
                if _HIDDEN.search(tag):
                    bounds = dict(_BOUND.findall(tag))
                    first, last = int(bounds.get(b"min", 0)), int(bounds.get(b"max", 0))
                    columns |= set(range(first, min(last, 16_384) + 1))
        if b"mergeCell" in chunk:
            merged += [
                (int(top), _number(left), int(bottom), _number(right))
                for left, top, right, bottom in _MERGED.findall(chunk)
            ]
            _check(len(merged), sheet)
    return SheetFacts(tuple(sorted(set(merged))), tuple(sorted(set(rows))), tuple(sorted(columns)))


def _chunks(package: ZipFile, member: str) -> Iterator[bytes]:
    """The text of a part in pieces that never end within a tag."""
    with package.open(member) as part:
        rest = b""
        while block := part.read(_CHUNK):
            chunk = rest + block
            cut = chunk.rfind(b"<", len(chunk) - _LONGEST_TAG if len(chunk) > _LONGEST_TAG else 0)
            cut = len(chunk) if cut <= 0 else cut
            yield chunk[:cut]
            rest = chunk[cut:]
        yield rest


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _by_calamine(path: Path, sheet: str) -> SheetFacts:
    try:
        with CalamineWorkbook.from_path(path) as book:
            ranges = book.get_sheet_by_name(sheet).merged_cell_ranges or []
    except (CalamineError, OSError):
        return NO_FACTS
    _check(len(ranges), sheet)
    merged = [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in ranges]
    return SheetFacts(tuple(sorted(merged)))


def _check(ranges: int, sheet: str) -> None:
    if ranges > MOST_RANGES:
        raise UnreadableFile(
            "“{sheet}” has more than {most:,} merged cells. Unmerge them, or save the sheet as "
            "CSV and upload that.",
            sheet=sheet,
            most=MOST_RANGES,
        )
