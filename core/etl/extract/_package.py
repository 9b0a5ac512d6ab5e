"""Look inside a workbook's zip before it is parsed: its size, its cells, its broken formulas."""

import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile, is_zipfile

from defusedxml.ElementTree import ParseError, fromstring

from core.errors import UnreadableFile

MOST_BYTES = 2 << 30
MOST_CELLS = 16_000_000
"""A sheet is held in memory whole, a hundred bytes for each filled cell."""
_CHUNK = 1 << 22
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"(?:[^>]*[^/>])?>')
_WIDE = re.compile(rb' r="[A-Z]{2}')
_FAR = 500_000
"""Rows that a sheet of 26 columns may have without its width being looked at."""
_ERROR = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]*?\bt="e"[^>]*>.{0,2000}?<v>([^<]*)', re.S
)
_UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*><f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


DAMAGE = (
    *(BadZipFile, zlib.error, EOFError, OSError, ParseError, ValueError, LookupError),
    RuntimeError,  # a member that is encrypted or packed in a way that zipfile does not know
)
"""What goes wrong inside a package that is not as its format says."""


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
    except DAMAGE as error:
        raise _damaged(path) from error
    if unpacked > MOST_BYTES:
        raise UnreadableFile(
            "{file} unpacks to {size:,} MB, more than a workbook may hold here. Save the sheet "
            "as CSV and upload that.",
            file=path.name,
            size=unpacked >> 20,
        )


def own_endings(path: Path) -> tuple[str, ...]:
    """The endings that fit what the file holds; none if it is no workbook."""
    try:
        with ZipFile(path) as package:
            names = {name.lower() for name in package.namelist()}
            kind = package.read("mimetype")[:80] if "mimetype" in names else b""
    except DAMAGE:
        return (".xls",)
    if b"spreadsheet" in kind or (not kind and "content.xml" in names):
        return (".ods",)
    if "xl/workbook.bin" in names:
        return (".xlsb",)
    return (".xlsx", ".xlsm") if any(name.startswith("xl/") for name in names) else ()


def is_workbook(path: Path) -> bool:
    """Whether a zip archive holds a workbook, of whatever office program."""
    return is_zipfile(path) and bool(own_endings(path))


def _check_repeats(path: Path, package: ZipFile) -> None:
    # An OpenDocument sheet repeats a filled cell a billion times in forty letters.
    with package.open("content.xml") as part:
        while chunk := part.read(_CHUNK):
            for match in _REPEATED.finditer(chunk):
                end = chunk.find(b">", match.end())
                filled = (
                    b"office:value" in chunk[match.end() : end] and chunk[end - 1 :][:1] != b"/"
                )
                if match[0].startswith(b"number-rows"):
                    row = chunk[end : max(chunk.find(b"</table:table-row>", end), end)]
                    count = int(match[1]) * row.count(b"office:value-type")
                    filled = count > MOST_CELLS
                if filled and int(match[1]) > 16_384:
                    raise _too_large(path)


def bad_cells(path: Path, sheet: str) -> list[BadCell]:
    """List the cells of an .xlsx sheet that readers show as blank although they are not.

    Raises UnreadableFile before anything is built if the sheet spans too many cells.
    """
    try:
        with ZipFile(path) as package:
            member = _member(package, sheet)
            if member is None:
                return []
            seen = _Seen()
            with package.open(member) as part:
                rest = b""
                while block := part.read(_CHUNK):
                    chunk = rest + block
                    cut = chunk.rfind(b"<c ")
                    cut = len(chunk) if cut <= 0 else cut
                    rest = chunk[cut:]
                    seen.scan(chunk[:cut])
                seen.scan(rest)
    except DAMAGE as error:
        raise _damaged(path) from error
    check_extent(path, seen.rows, max((_position(c) + 1 for c in seen.columns), default=0))
    return seen.found


def check_extent(path: Path, rows: int, columns: int) -> None:
    """Refuse a sheet that would take more memory than the machine should give."""
    if rows * columns > MOST_CELLS:
        raise _too_large(path)


@dataclass
class _Seen:
    """What the parts of a sheet showed so far: how far its filled cells reach, the bad ones."""

    rows: int = 0
    columns: set[bytes] = field(default_factory=set)
    found: list[BadCell] = field(default_factory=list)

    def scan(self, chunk: bytes) -> None:
        # Each look at two million cells costs as much as a tenth of parsing them: the columns are
        # counted where there may be more than the alphabet's, or very many rows.
        if not self.columns or self.rows > _FAR or _WIDE.search(chunk):
            cells = _CELL.findall(chunk)
            self.columns.update({letters for letters, _ in cells})
            self.rows = max(self.rows, max((int(row) for _, row in cells), default=0))
        else:
            last = _CELL.findall(chunk, max(chunk.rfind(b"</c>", 0, -4) - 2_000, 0))
            self.rows = max(self.rows, int(last[-1][1]) if last else 0)
        if b't="e"' in chunk:
            for letters, row, value in _ERROR.findall(chunk):
                shown = value.decode(errors="replace")
                self.found.append(BadCell(int(row), _position(letters), shown))
        if b"<f" in chunk:
            for letters, row in _UNCOMPUTED.findall(chunk):
                self.found.append(BadCell(int(row), _position(letters), ""))


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
        "{file} is damaged and cannot be read. Open it in a spreadsheet program, save it again "
        "and upload the new file.",
        file=path.name,
    )


def _too_large(path: Path) -> UnreadableFile:
    return UnreadableFile(
        "A sheet of {file} spans more than {most:,} cells. Delete the formatted empty rows and "
        "columns, or save the sheet as CSV and upload that.",
        file=path.name,
        most=MOST_CELLS,
    )
