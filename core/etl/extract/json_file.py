"""JSON: a list of records, a document that holds lists of them, or one record per line.

Row 1 of each table has the headers, record i stands in row i + 1. The items of a list inside a
record are a table of their own, joined by `_parent_index` to the `_index` of the record.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from core.errors import UnreadableFile, Words
from core.etl.extract import Extractor, _content
from core.etl.extract._flat import INDEX, PARENT, Flat, Flattener, header_of
from core.etl.extract._grid import LONGEST_CELL, Record, batches_of, check_header, sample_of
from core.etl.rows import Batch, Line, Sheet
from core.etl.tables.shapes import Layout

MOST_BYTES = 128 << 20
MOST_VALUES = 12_000_000
MOST_PARTS = 4_000_000
"""Limits of one document, which has to be held in memory; records by line have none of them."""
LONGEST_LINE = 16 << 20
RECORDS = "records"
"""The table of records that have no name: those of a list, or of lines."""
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_LINES = (".jsonl", ".ndjson")
_START = re.compile(r'\[\s*(\{\s*["}]|\])|\{\s*["}]')


@dataclass
class _Table:
    """What is known of a table: its columns by path, in order of appearance, and its rows."""

    paths: dict[str, None] = field(default_factory=dict)
    rows: int = 0
    repeat: bool = False
    has_repeats: bool = False

    def numbers(self) -> list[str]:
        """The columns of record numbers that lead its rows."""
        return [INDEX, PARENT] if self.repeat else [INDEX] if self.has_repeats else []

    def header(self) -> Record:
        return Record(1, [*self.numbers(), *map(header_of, self.paths)])

    def record(self, row: Flat) -> Record:
        if row.problem is not None:
            return Record(row.index + 1, [row.problem[:LONGEST_CELL]], "invalid_json", row.problem)
        numbers = [str(row.index), str(row.parent or "")][: len(self.numbers())]
        return Record(row.index + 1, [*numbers, *[row.cells.get(path, "") for path in self.paths]])


def sheets(path: Path) -> list[Sheet]:
    """The lists of records in the file and the repeats in them, largest documents refused."""
    return [
        Sheet(name, False, table.rows + 1, len(table.header().cells))
        if table.rows
        else _empty(name)
        for name, table in _outline(*_content.version(path)).items()
    ]


def _empty(name: str) -> Sheet:
    return Sheet(name, hidden=False, rows=0, columns=0)


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The headers and the first records."""
    return sample_of(_records(path, sheet), count)


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """Stream the records; a line that is no JSON record becomes an issue."""
    check_header(_records(path, layout.sheet), path, layout.header_row)
    yield from batches_of(_records(path, layout.sheet), layout, size, columns)


def _records(path: Path, sheet: str) -> Iterator[Record]:
    table = _outline(*_content.version(path)).get(sheet)
    if table is None:
        raise UnreadableFile("{file} has no list “{sheet}”.", file=path.name, sheet=sheet)
    rows = (table.record(row) for row in _rows(path) if row.table == sheet)
    return chain([table.header()], rows)


@lru_cache(maxsize=16)
def _outline(path: Path, _size: int, _changed: int) -> dict[str, _Table]:
    """Read the file through once for its tables and columns."""
    tables: dict[str, _Table] = {}
    if not _is_lines(path):
        tables = {name: _Table() for name, _ in _lists(*_content.version(path))}
    for row in _rows(path):
        table = tables.setdefault(row.table, _Table(repeat=row.parent is not None))
        table.rows = row.index
        table.paths.update(dict.fromkeys(row.cells))
    for name in tables:
        above = name.rpartition("/")[0]
        while above:
            if tables[name].repeat and above in tables:
                tables[above].has_repeats = True
            above = above.rpartition("/")[0]
    return tables


def _rows(path: Path) -> Iterator[Flat]:
    flattener = Flattener()
    if _is_lines(path):
        for text in _line_texts(path):
            record = _parsed_line(text)
            if isinstance(record, dict):
                yield from flattener.rows(RECORDS, record)
            else:
                yield flattener.broken(RECORDS, text.strip())
        return
    for name, items in _lists(*_content.version(path)):
        for item in items:
            if isinstance(item, dict):
                yield from flattener.rows(name, item)
            else:
                yield flattener.broken(name, json.dumps(item, ensure_ascii=False))


def _parsed_line(text: str) -> object:
    try:
        return _loads(text)
    except (ValueError, RecursionError):
        return None


def _loads(text: str) -> object:
    # Numbers stay as they are written: a long id keeps every digit.
    found: object = _DECODER.decode(text)
    return found


def _is_lines(path: Path) -> bool:
    """Whether each line is a record: the first is one already, and more follow it."""
    if not _content.as_text(_content.head(path)).startswith("{"):
        return False
    with path.open("rb") as handle:
        lines = (handle.readline(LONGEST_LINE).strip() for _ in range(20))
        first = [line.decode("utf-8-sig", errors="replace") for line in lines if line][:5]
    several = len(first) > 1
    if path.suffix.lower() in _LINES:
        return not several or any(isinstance(_parsed_line(line), dict) for line in first)
    return several and isinstance(_parsed_line(first[0]), dict)


def _line_texts(path: Path) -> Iterator[str]:
    with path.open("rb") as handle:
        number = 0
        while line := handle.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise UnreadableFile(
                    "Line {number} of {file} is longer than {most} MB. Export the file again "
                    "with one record per line.",
                    number=number,
                    file=path.name,
                    most=LONGEST_LINE >> 20,
                )
            if line.strip():
                yield line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace")


_IN_PARTS = Words("Export the records in parts, or as JSON Lines (.jsonl), one record per line.")


@lru_cache(maxsize=1)
def _lists(path: Path, size: int, _changed: int) -> tuple[tuple[str, list[Any]], ...]:
    """The lists of records in a document, by the way to them; one object alone is a record."""
    document = _document(path, size)
    found: list[tuple[str, list[Any]]] = []
    _find_lists(document, (), found)
    if not found and isinstance(document, dict) and document:
        found = [(RECORDS, [document])]
    if not found:
        raise UnreadableFile(
            "{file} holds no list of records. Export the records as a JSON list of objects, or "
            "as one object per line.",
            file=path.name,
        )
    return tuple(found)


def _find_lists(value: object, way: tuple[str, ...], found: list[tuple[str, list[Any]]]) -> None:
    if isinstance(value, list):
        if any(isinstance(item, dict) for item in value) or not value:
            found.append(("/".join(way) or RECORDS, value))
    elif isinstance(value, dict) and len(way) < 5:
        for name, inner in value.items():
            _find_lists(inner, (*way, name), found)


def _document(path: Path, size: int) -> object:
    if size > MOST_BYTES:
        raise _too_large(path, size)
    content = path.read_bytes()
    if not content.strip():
        raise UnreadableFile(
            "{file} is empty. Check that the export ran and upload it again.", file=path.name
        )
    if content.count(b",") > MOST_VALUES or content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise UnreadableFile(
            "{file} holds more values than can be read at once. {remedy}",
            file=path.name,
            remedy=_IN_PARTS,
        )
    try:
        return _loads(content.decode(json.detect_encoding(content)))
    except RecursionError as error:
        raise UnreadableFile(
            "{file} is nested too deep to be a list of records. {remedy}",
            file=path.name,
            remedy=_IN_PARTS,
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            "{file} is not written in UTF-8, as JSON must be. Export it again.", file=path.name
        ) from error
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            "{file} is no valid JSON at line {line}, column {column}: {reason}. Export it "
            "again; a download may have broken off.",
            file=path.name,
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        ) from error


def _too_large(path: Path, size: int) -> UnreadableFile:
    return UnreadableFile(
        "{file} is one JSON document of {size:,} MB; at most {most} MB can be read at once. "
        "{remedy}",
        file=path.name,
        size=size >> 20,
        most=MOST_BYTES >> 20,
        remedy=_IN_PARTS,
    )


def _recognises(_path: Path, head: bytes) -> bool:
    return _content.is_text(head) and bool(_START.match(_content.as_text(head)))


EXTRACTOR = Extractor(
    "json",
    (".json", ".jsonl", ".ndjson", ".geojson"),
    sheets,
    sample,
    batches,
    recognises=_recognises,
    named=True,
    forget=_lists.cache_clear,
)
