"""Look inside a workbook's zip before it is parsed: its size, its cells, its broken formulas."""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile, is_zipfile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from core.errors import UnreadableFile

MOST_BYTES = 2 << 30
MOST_CELLS = 60_000_000
_CHUNK = 1 << 22
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"(?:[^>]*[^/>])?>')
_ERROR = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]*?\bt="e"[^>]*>.{0,2000}?<v>([^<]*)', re.S
)
_UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*><f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class BadCell:
    """A cell whose value is an error (`#REF!`) or was never computed (value empty)."""

    row: int
    column: int
    value: str


def check_size(path: Path) -> None:
    """Refuse a workbook that would unpack into more than the machine should take."""
    try:
        with ZipFile(path) as package:
            unpacked = sum(entry.file_size for entry in package.infolist())
            if unpacked <= MOST_BYTES and "content.xml" in package.namelist():
                _check_repeats(path, package)
    except BadZipFile as error:
        raise _damaged(path) from error
    if unpacked > MOST_BYTES:
        raise UnreadableFile(
            f"{path.name} unpacks to {unpacked >> 20:,} MB, more than a workbook may hold here. "
            "Save the sheet as CSV and upload that."
        )


def _check_repeats(path: Path, package: ZipFile) -> None:
    # An OpenDocument sheet repeats a filled cell a billion times in forty letters.
    with package.open("content.xml") as part:
        while chunk := part.read(_CHUNK):
            for match in _REPEATED.finditer(chunk):
                end = chunk.find(b">", match.end())
                filled = (
                    b"office:value" in chunk[match.end() : end] and chunk[end - 1 :][:1] != b"/"
                )
                if filled and int(match[1]) > 16_384:
                    raise _too_large(path)


def bad_cells(path: Path, sheet: str) -> list[BadCell]:
    """List the cells of an .xlsx sheet that readers show as blank although they are not.

    Raises UnreadableFile before anything is built if the sheet spans too many cells.
    """
    found: list[BadCell] = []
    if not is_zipfile(path):
        return found
    try:
        with ZipFile(path) as package:
            member = _member(package, sheet)
            if member is None:
                return []
            last_row, columns = 0, set[bytes]()
            with package.open(member) as part:
                rest = b""
                while block := part.read(_CHUNK):
                    chunk = rest + block
                    cut = chunk.rfind(b"<c ")
                    cut = len(chunk) if cut <= 0 else cut
                    chunk, rest = chunk[:cut], chunk[cut:]
                    last_row = max(last_row, _scan(chunk, columns, found))
                last_row = max(last_row, _scan(rest, columns, found))
    except (BadZipFile, ParseError, DefusedXmlException, KeyError) as error:
        raise _damaged(path) from error
    widest = max((_position(letters) + 1 for letters in columns), default=0)
    if last_row * widest > MOST_CELLS:
        raise _too_large(path)
    return found


def _scan(chunk: bytes, columns: set[bytes], found: list[BadCell]) -> int:
    cells = _CELL.findall(chunk)
    columns.update({letters for letters, _ in cells})
    if b't="e"' in chunk:
        for letters, row, value in _ERROR.findall(chunk):
            found.append(BadCell(int(row), _position(letters), value.decode(errors="replace")))
    if b"<f" in chunk:
        for letters, row in _UNCOMPUTED.findall(chunk):
            found.append(BadCell(int(row), _position(letters), ""))
    return int(cells[-1][1]) if cells else 0


def _position(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _member(package: ZipFile, sheet: str) -> str | None:
    names = set(package.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = fromstring(package.read("xl/workbook.xml"))
    links = fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in _sheets(book):
        if entry.get("name") == sheet:
            target = targets.get(entry.get(_RELATION), "").lstrip("/")
            member = target if target.startswith("xl/") else f"xl/{target}"
            return member if member in names else None
    return None


def _sheets(book: Element) -> list[Element]:
    return [entry for entry in book.iter() if entry.tag.rsplit("}", 1)[-1] == "sheet"]


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} is damaged and cannot be read. Open it in a spreadsheet program, "
        "save it again and upload the new file."
    )


def _too_large(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"A sheet of {path.name} spans more than {MOST_CELLS:,} cells. Delete the formatted empty "
        "rows and columns, or save the sheet as CSV and upload that."
    )
