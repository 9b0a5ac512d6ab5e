"""The cells of a workbook that show an error or were never computed, whatever its format.

The parser gives them as blank (measured with python-calamine 0.9.1), and blank is a value.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring, iterparse

from core.etl.extract import _content, _package
from core.etl.extract._compound import old_errors
from core.etl.extract._package import DAMAGE, BadCell, check_extent

_CHUNK = 1 << 22
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_SUSPECT = re.compile(
    rb'value-type="error"|<table:table-cell\b(?=[^>]*table:formula=)(?![^>]*office:value-type)'
)
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


def bad_cells(path: Path, sheet: str, place: int) -> list[BadCell]:
    """The bad cells of the sheet that stands at `place` in the workbook.

    Old .xls and .xlsb files always store a result, so there only errors are found. Raises
    UnreadableFile if the sheet spans too many cells.
    """
    if _content.head(path).startswith(_content.OLE):
        return [BadCell(row, column, _error(code)) for row, column, code in old_errors(path, place)]
    try:
        with ZipFile(path) as package:
            names = set(package.namelist())
            if "content.xml" in names:
                return _opendocument(package, sheet)
            if "xl/workbook.bin" in names:
                return _binary(path, package, sheet)
    except DAMAGE:
        return []  # the parser itself says what is wrong with the file
    return _package.bad_cells(path, sheet)


def _error(code: int) -> str:
    return _ERRORS.get(code, "#ERROR")


def _binary(path: Path, package: ZipFile, sheet: str) -> list[BadCell]:
    member = _binary_member(package, sheet)
    found: list[BadCell] = []
    row = widest = last = 0
    for kind, data in _records(package.read(member)) if member else ():
        if kind == 0:
            row = int.from_bytes(data[:4], "little") + 1
        elif 2 <= kind <= 11:
            column = int.from_bytes(data[:4], "little")
            last, widest = max(last, row), max(widest, column + 1)
            if kind in (3, 11):
                found.append(BadCell(row, column, _error(data[8])))
    check_extent(path, last, widest)
    return found


def _binary_member(package: ZipFile, sheet: str) -> str | None:
    links = fromstring(package.read("xl/_rels/workbook.bin.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for kind, data in _records(package.read("xl/workbook.bin")):
        if kind == 156:
            link, end = _wide(data, 8)
            if _wide(data, end)[0] == sheet:
                target = targets.get(link, "").lstrip("/")
                return target if target.startswith("xl/") else f"xl/{target}"
    return None


def _wide(data: bytes, start: int) -> tuple[str, int]:
    length = int.from_bytes(data[start : start + 4], "little")
    end = start + 4 + 2 * length
    return data[start + 4 : end].decode("utf-16-le", errors="replace"), end


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of an .xlsb part: kind and content."""
    at = 0
    while at < len(data):
        kind, at = data[at], at + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (data[at] << 7), at + 1
        size = shift = 0
        while True:
            byte, at = data[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:
                break
        yield kind, data[at : at + size]
        at += size


def _opendocument(package: ZipFile, sheet: str) -> list[BadCell]:
    with package.open("content.xml") as part:
        rest = b""
        while block := part.read(_CHUNK):
            if _SUSPECT.search(rest + block):
                break
            rest = block[-2_000:]
        else:
            return []
    with package.open("content.xml") as part:
        return list(_walk(iterparse(part, events=("start", "end"), forbid_dtd=True), sheet))


def _walk(events: Iterator[tuple[str, object]], sheet: str) -> Iterator[BadCell]:
    inside, row, column = False, 1, 0
    for event, part in events:
        tag, facts = part.tag.removeprefix(_TABLE), part.attrib  # type: ignore[attr-defined]
        if event == "start":
            if tag == "table":
                inside, row = facts.get(f"{_TABLE}name") == sheet, 1
            elif tag == "table-row":
                column = 0
            continue
        if tag in ("table-cell", "covered-table-cell"):
            if inside and facts.get(f"{_CALC}value-type") == "error":
                yield BadCell(row, column, "".join(part.itertext()) or "#ERROR")  # type: ignore[attr-defined]
            elif inside and f"{_TABLE}formula" in facts and f"{_OFFICE}value-type" not in facts:
                yield BadCell(row, column, "")
            column += _repeat(facts, "columns")
        elif tag == "table-row":
            row += _repeat(facts, "rows")
            part.clear()  # type: ignore[attr-defined]


def _repeat(facts: dict[str, str], what: str) -> int:
    text = facts.get(f"{_TABLE}number-{what}-repeated", "1")
    return int(text) if text.isdecimal() else 1
