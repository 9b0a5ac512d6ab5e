"""Tables of a web page; many programs write one and call it .xls."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from core.errors import UnreadableFile
from core.etl.extract import Extractor, _content
from core.etl.extract._encodings import ENCODINGS, decodes, guess_encoding
from core.etl.extract._grid import Record, batches_of, check_header, sample_of
from core.etl.rows import Batch, Line, Sheet
from core.etl.tables.shapes import Layout

MOST_BYTES = 64 << 20
MOST_CELLS = 5_000_000
MOST_COLUMNS = 16_384
_START = re.compile(
    r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|style|table|div)\b",
    re.I | re.S,
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.I)
_SPACE = re.compile(r"[ \t\r\n]+")
_ROUNDED = re.compile(r"-?[\d.,]+E\+\d+", re.I)
_UNSEEN = frozenset({"script", "style", "title", "template"})


@dataclass
class _Table:
    """A table under way: its rows and where cells of rows above still reach down."""

    rows: list[list[str]] = field(default_factory=list)
    reach: dict[int, int] = field(default_factory=dict)
    number: str = ""
    cell: list[str] | None = None

    def open_row(self) -> None:
        self.rows.append([])

    def open_cell(self, columns: int, rows: int, number: str) -> None:
        if not self.rows:
            self.open_row()
        row = self.rows[-1]
        while self.reach.get(len(row), 0) > len(self.rows):
            row.append("")
        for position in range(len(row), len(row) + columns):
            self.reach[position] = len(self.rows) + rows
        self.cell, self.number = [], number
        row += [""] * columns

    def close_cell(self, columns: int) -> None:
        if self.cell is None:
            return
        lines = "".join(self.cell).split("\0")
        text = "\n".join(_SPACE.sub(" ", line).strip() for line in lines).strip()
        # A spreadsheet's page shows a long number rounded and keeps it whole beside.
        text = self.number if self.number and _ROUNDED.fullmatch(text) else text
        self.rows[-1][-columns] = text
        self.cell = None


class _Page(HTMLParser):
    """Collects the tables of a page; a table inside a cell is one of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._span = 1
        self._unseen = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag == "table":
            self._open.append(_Table())
            self.tables.append(self._open[-1])
        elif not self._open:
            return
        elif tag == "tr":
            self._close_cell()
            self._open[-1].open_row()
        elif tag in ("td", "th"):
            self._close_cell()
            self._open_cell(dict(attrs))
        elif tag == "br" and self._open[-1].cell is not None:
            self._open[-1].cell.append("\0")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        if tag in ("td", "th", "tr", "table") and self._open:
            self._close_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].cell is not None and not self._unseen:
            self._open[-1].cell.append(data.replace("\0", ""))

    def _open_cell(self, facts: dict[str, str | None]) -> None:
        self._span = _count(facts.get("colspan"))
        self._cells += self._span
        if self._cells > MOST_CELLS or self._span > MOST_COLUMNS:
            raise _TooLarge
        self._open[-1].open_cell(self._span, _count(facts.get("rowspan")), facts.get("x:num") or "")

    def _close_cell(self) -> None:
        self._open[-1].close_cell(self._span)


class _TooLarge(ValueError):
    """The tables declare more cells than a sheet may have."""


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 and int(text) else 1


def sheets(path: Path) -> list[Sheet]:
    """The tables of the page, in order."""
    return [
        Sheet(name, False, len(rows), max(map(len, rows), default=0))
        for name, rows in _tables(*_content.version(path)).items()
    ]


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The first rows of a table."""
    return sample_of(_records(path, sheet), count)


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """The rows of a table below its header row."""
    check_header(_records(path, layout.sheet), path, layout.header_row)
    yield from batches_of(_records(path, layout.sheet), layout, size, columns)


def _records(path: Path, sheet: str) -> Iterator[Record]:
    rows = _tables(*_content.version(path)).get(sheet)
    if rows is None:
        raise UnreadableFile("{file} has no table “{sheet}”.", file=path.name, sheet=sheet)
    width = max(map(len, rows), default=0)
    return (
        Record(number, [*cells, *[""] * (width - len(cells))])
        for number, cells in enumerate(rows, 1)
    )


@lru_cache(maxsize=1)
def _tables(path: Path, size: int, _changed: int) -> dict[str, list[list[str]]]:
    if size > MOST_BYTES:
        raise UnreadableFile(
            "{file} is a web page of {size:,} MB. Open it in a spreadsheet program, save it as "
            ".xlsx and upload that.",
            file=path.name,
            size=size >> 20,
        )
    page = _Page()
    try:
        page.feed(path.read_bytes().decode(_encoding(path), errors="replace"))
        page.close()
    except _TooLarge as error:
        raise UnreadableFile(
            "A table of {file} spans more than {most:,} cells. Save it as CSV.",
            file=path.name,
            most=MOST_CELLS,
        ) from error
    found = [table.rows for table in page.tables if any(any(row) for row in table.rows)]
    if not found:
        raise UnreadableFile(
            "{file} is a web page without a table. If it asks to sign in, sign in and export "
            "the table again.",
            file=path.name,
        )
    return {f"Table {number}": rows for number, rows in enumerate(found, 1)}


def _encoding(path: Path) -> str:
    """UTF-8 and UTF-16 are certain; else what the page says, else a guess."""
    guess = guess_encoding(path)
    declared = _CHARSET.search(_content.head(path))
    if guess.startswith("utf") or not declared:
        return guess
    known = {codecs.lookup(name).name: name for name in ENCODINGS}
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
    except LookupError:
        return guess
    return known[name] if name in known and decodes(path, name) else guess


def _recognises(_path: Path, head: bytes) -> bool:
    return bool(_START.match(_content.as_text(head)))


EXTRACTOR = Extractor(
    "html_table",
    (".html", ".htm"),
    sheets,
    sample,
    batches,
    recognises=_recognises,
    forget=_tables.cache_clear,
)
