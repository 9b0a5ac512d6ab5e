"""The records of a text file, read one by one; after a broken quote the reading finds its way."""

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from core.errors import UnreadableFile
from core.etl.extract._dialect import LONGEST_LINE, Dialect
from core.etl.extract._grid import LONGEST_CELL, Record

_OPEN = "unexpected end of data"


def records(path: Path, form: Dialect) -> Iterator[Record]:
    """Read record by record; row 1 is the first. A record with a quote that is never closed or
    stands inside a quoted cell is given with its fault, split at every delimiter."""
    with path.open(encoding=form.encoding, newline="") as handle:
        if form.regular:
            yield from _regular(handle, form.delimiter)
        else:
            yield from _recovered(_Lines(handle, path.name), form)


def _regular(handle: TextIO, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(handle, delimiter=delimiter, strict=True)
    for row, cells in enumerate(reader, 1):
        yield Record(row, cells, line=reader.line_num)


class _Lines:
    """The lines of a file, with a look ahead at those to come."""

    def __init__(self, handle: TextIO, name: str) -> None:
        self._handle, self._name, self._taken = handle, name, 0
        self._ahead: deque[str] = deque()

    def look(self, distance: int) -> str:
        """The line that stands `distance` lines ahead; empty beyond the end."""
        while len(self._ahead) <= distance:
            line = self._handle.readline(LONGEST_LINE)
            if len(line) == LONGEST_LINE:
                number = self._taken + len(self._ahead) + 1
                raise UnreadableFile(
                    "Line {number} of {file} is endless, so the file is no table of rows. "
                    "Export it again with one record per line.",
                    number=number,
                    file=self._name,
                )
            if not line:
                return ""
            self._ahead.append(line)
        return self._ahead[distance]

    def take(self, count: int) -> int:
        """Go `count` lines further; return the number of the last one taken."""
        for _ in range(count):
            self._ahead.popleft()
        self._taken += count
        return self._taken


def _recovered(lines: _Lines, form: Dialect) -> Iterator[Record]:
    row = 0
    while first := lines.look(0):
        row += 1
        cells, fault, count = _read(lines, form)
        if fault:
            raw = first.rstrip("\r\n")
            yield Record(row, raw.split(form.delimiter), fault, raw, lines.take(1))
        else:
            yield Record(row, cells, line=lines.take(count))


def _read(lines: _Lines, form: Dialect) -> tuple[list[str], str | None, int]:
    """The cells of the next record, the rule it breaks, and how many lines it takes."""
    text = lines.look(0)
    if '"' not in text:
        plain = text.rstrip("\r\n")
        return plain.split(form.delimiter) if plain else [], None, 1
    cells, problem = _parse(text, form.delimiter)
    count = 1
    while problem == _OPEN:
        line = lines.look(count)
        text, count = text + line, count + 1
        if not line or len(text) > 2 * LONGEST_CELL:
            return [], "unclosed_quote", 1
        if '"' in line:
            cells, problem = _parse(text, form.delimiter)
    if problem:
        return [], "stray_quote" if count == 1 else "unclosed_quote", 1
    if count > 1 and _swallows(lines, count, len(cells), form):
        return [], "unclosed_quote", 1
    return cells, None, count


def _swallows(lines: _Lines, count: int, cells: int, form: Dialect) -> bool:
    """Whether the lines after a record's first look like records of their own.

    Where the record has the usual width, all of them must; otherwise one of them is enough.
    """
    alone = []
    for distance in range(1, count):
        found, problem = _parse(lines.look(distance), form.delimiter)
        last = distance == count - 1
        alone.append(len(found) == form.width if problem is None else last and problem == _OPEN)
    return all(alone) if cells == form.width else any(alone)


def _parse(text: str, delimiter: str) -> tuple[list[str], str | None]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), []), None
    except csv.Error as error:
        return [], str(error)
