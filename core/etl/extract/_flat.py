"""Nested records made flat: one row of text per record, a table of its own for each repeat."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

INDEX = "_index"
PARENT = "_parent_index"
DEEPEST = 20
_SEPARATOR = "\x1f"


class NestedTooDeep(ValueError):
    """A record is nested deeper than any form asks for."""


@dataclass(frozen=True)
class Flat:
    """One row: its table, its number in it and that of the record it belongs to, from 1.

    `cells` holds text by the path of the value; `problem` is the text of a record that is none.
    """

    table: str
    index: int
    parent: int | None
    cells: Mapping[str, str]
    problem: str | None = None


@dataclass
class Flattener:
    """Counts the rows of each table while records pass through."""

    counts: Counter[str] = field(default_factory=Counter)

    def rows(
        self, table: str, record: Mapping[str, Any], parent: int | None = None
    ) -> Iterator[Flat]:
        """Yield the row of a record, then the rows of its repeats, depth first."""
        self.counts[table] += 1
        index = self.counts[table]
        cells: dict[str, str] = {}
        repeats: list[tuple[str, list[Any]]] = []
        try:
            _spread(_feature(record), "", cells, repeats)
        except NestedTooDeep as error:
            yield Flat(table, index, parent, {}, str(error))
            return
        yield Flat(table, index, parent, cells)
        for path, items in repeats:
            name = f"{table}/{header_of(path)}"
            for item in items:
                yield from self.rows(
                    name, item if isinstance(item, dict) else {"value": item}, index
                )

    def broken(self, table: str, text: str) -> Flat:
        """The row of something that is no record; it keeps its number."""
        self.counts[table] += 1
        return Flat(table, self.counts[table], None, {}, text)


def header_of(path: str) -> str:
    """The header of a value: the names on the way to it, joined by slashes."""
    return path.replace(_SEPARATOR, "/")


def _feature(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a GeoJSON feature only its properties, its id and, of a point, where it lies."""
    properties = record.get("properties")
    if record.get("type") != "Feature" or not isinstance(properties, dict):
        return record
    found = {"id": record["id"]} if "id" in record else {}
    found |= properties
    shape = record.get("geometry")
    if isinstance(shape, dict) and shape.get("type") == "Point":
        place = shape.get("coordinates")
        if isinstance(place, list) and len(place) >= 2:
            found |= {"longitude": place[0], "latitude": place[1]}
    return found


def _spread(
    values: Mapping[str, Any],
    above: str,
    cells: dict[str, str],
    repeats: list[tuple[str, list[Any]]],
) -> None:
    for name, value in values.items():
        path = f"{above}{name}" if above else name
        if isinstance(value, str):
            cells[path] = value if value.isascii() else _sound(value)
        elif isinstance(value, dict):
            if path.count(_SEPARATOR) >= DEEPEST:
                raise NestedTooDeep(f"{header_of(path)[:100]} …")
            _spread(value, f"{path}{_SEPARATOR}", cells, repeats)
        elif isinstance(value, list):
            if any(isinstance(item, dict) for item in value):
                repeats.append((path, value))
            else:
                cells[path] = _joined(value, "; ")
        else:
            cells[path] = text_of(value)


def _joined(values: list[Any], separator: str) -> str:
    parts = (_joined(v, ", ") if isinstance(v, list) else text_of(v) for v in values)
    return separator.join(parts)


def text_of(value: object) -> str:
    """A scalar as text: true, false, numbers as they were written, nothing for null."""
    if isinstance(value, str):
        return value if value.isascii() else _sound(value)
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sound(text: str) -> str:
    """Half a surrogate pair is no letter; it becomes the mark of a lost one."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
