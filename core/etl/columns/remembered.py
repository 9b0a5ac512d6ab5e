"""A mapping that is kept for the next file: its document, and how it fits other headers. Pure."""

import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.etl.choices import Column, Mapping, Suggestion, read_column
from core.etl.columns.headers import words
from core.etl.remedies.steps import headers_of, read_step, to_json
from core.etl.tables.shapes import Shape

FORMAT = 1
NEAR = 0.8
"""Of two sets of headers, so much must be shared for one to remind of the other."""
_PARTS = frozenset({"format", "columns", "headers", "key", "shape", "steps"})
_COLUMN = frozenset({"header", *Column.__dataclass_fields__})
_MOST_HEADERS = 5_000


@dataclass(frozen=True)
class Remembered:
    """What is kept of a run: its columns by header, the key column, the shape, the remedies."""

    headers: tuple[str, ...]
    mapping: Mapping
    key: str | None = None
    shape: Pairs[str, Any] | None = None
    steps: tuple[Pairs[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the document of a saved mapping; a list of columns keeps their order."""
        columns = self.mapping.columns.items()
        return {
            "format": FORMAT,
            "headers": list(self.headers),
            "columns": [{"header": header, **column.to_json()} for header, column in columns],
            "key": self.key,
            "shape": dict(self.shape) if self.shape else None,
            "steps": [dict(step) for step in self.steps],
        }


@dataclass(frozen=True)
class Fitted:
    """A kept mapping on the columns of a new file.

    `fresh` are columns of the file that it says nothing about, `missing` those it knows that the
    file does not have: the only ones to ask a person about. `steps` are the remedies that still
    find their columns.
    """

    mapping: Mapping
    key: str | None
    fresh: tuple[str, ...]
    missing: tuple[str, ...]
    steps: tuple[Pairs[str, Any], ...]


def read_remembered(document: object) -> Remembered:
    """Read what `to_json` wrote; raises InvalidInput naming the part that is wrong."""
    if not isinstance(document, dict):
        raise InvalidInput("A mapping must be a JSON object.")
    if document.get("format") != FORMAT:
        raise InvalidInput(
            f"This mapping has the format “{document.get('format')}”; this version reads format "
            f"{FORMAT}."
        )
    unknown = sorted(map(str, set(document) - _PARTS))
    if unknown:
        raise InvalidInput(f"The mapping has an unknown part: {', '.join(unknown)}.")
    headers = _texts(document, "headers")
    mapping = Mapping(_columns(document.get("columns"), headers))
    key = document.get("key")
    if key is not None and key not in headers:
        raise InvalidInput(f"The key “{key}” is none of the mapping's headers.")
    return Remembered(headers, mapping, key, _shape(document), _steps(document))


def _texts(document: Pairs[str, Any], name: str) -> tuple[str, ...]:
    found = document.get(name)
    if (
        not isinstance(found, list)
        or not 0 < len(found) <= _MOST_HEADERS
        or not all(isinstance(one, str) and one for one in found)
        or len(set(found)) < len(found)
    ):
        raise InvalidInput(f"The mapping's {name} must be a list of different texts.")
    return tuple(found)


def _columns(found: object, headers: Sequence[str]) -> dict[str, Column]:
    if not isinstance(found, list):
        raise InvalidInput("The mapping's columns must be a list.")
    columns: dict[str, Column] = {}
    for entry in found:
        part = dict(entry) if isinstance(entry, dict) else {}
        header = part.pop("header", None)
        if not isinstance(header, str) or header not in headers or header in columns:
            raise InvalidInput(f"The mapping has a column for “{header}”, which is no header once.")
        unknown = sorted(map(str, set(part) - _COLUMN))
        if unknown:
            raise InvalidInput(f"The column “{header}” has an unknown part: {', '.join(unknown)}.")
        columns[header] = read_column(header, part)
    return columns


def _shape(document: Pairs[str, Any]) -> dict[str, Any] | None:
    shape = document.get("shape")
    if shape is None:
        return None
    try:
        if not isinstance(shape, dict):
            raise TypeError
        read: dict[str, Any] = json.loads(json.dumps(Shape.from_json(shape).to_json()))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInput(f"The mapping's shape cannot be read: {error}.") from None
    unknown = sorted(_unknown(shape, read))
    if unknown:
        raise InvalidInput(f"The mapping's shape has an unknown part: {', '.join(unknown)}.")
    return read


def _unknown(given: object, read: object) -> set[str]:
    """The names in a document that the reading of it has dropped."""
    if isinstance(given, dict) and isinstance(read, dict):
        inner = (_unknown(value, read[name]) for name, value in given.items() if name in read)
        return set(map(str, set(given) - set(read))).union(*inner)
    if isinstance(given, list | tuple) and isinstance(read, list):
        return set().union(*(_unknown(*both) for both in zip(given, read, strict=False)))
    return set()


def _steps(document: Pairs[str, Any]) -> tuple[Pairs[str, Any], ...]:
    steps = document.get("steps", [])
    if not isinstance(steps, list):
        raise InvalidInput("The mapping's steps must be a list.")
    return tuple(to_json(read_step(step)) for step in steps)


def apply(kept: Remembered, suggestions: Sequence[Suggestion]) -> Fitted:
    """Put a kept mapping on a new file's columns: each by its own header, else by the folded one.

    A column nobody has settled yet keeps its suggestion where that is safe.
    """
    free = list(kept.headers)
    found: dict[str, str] = {}
    headers = [suggestion.header for suggestion in suggestions]
    for fold in (str, words):
        for header in headers:
            old = next((one for one in free if fold(one) == fold(header)), None)
            if header not in found and old is not None:
                found[header] = old
                free.remove(old)
    settled = kept.mapping.columns
    columns = {header: settled[old] for header, old in found.items() if old in settled}
    taken = {column.field for column in columns.values() if not column.left_out}
    fresh = [one for one in suggestions if one.header not in found]
    for one in fresh:
        field = one.field if one.safe and one.field not in taken else None
        columns[one.header] = Column(field)
        taken.add(field)
    ordered = {header: columns[header] for header in headers if header in columns}
    named = {old: new for new, old in found.items()}
    steps = (_renamed(step, named) for step in kept.steps)
    return Fitted(
        Mapping(ordered),
        named.get(kept.key) if kept.key else None,
        tuple(one.header for one in fresh),
        tuple(free),
        tuple(step for step in steps if step is not None),
    )


def _renamed(step: Pairs[str, Any], named: Pairs[str, str]) -> Pairs[str, Any] | None:
    """The step under the new file's header, None where its column is not there."""
    if not set(headers_of(read_step(step))) <= set(named):
        return None
    renamed = dict(step)
    if step.get("header"):
        renamed["header"] = named[step["header"]]
    if step.get("key"):
        renamed["key"] = [named[step["key"][0]], step["key"][1]]
    return renamed


def nearness(kept: Iterable[str], headers: Iterable[str]) -> float:
    """Say how much of two files' headers is shared, 0 to 1, whatever their order and spelling."""
    one, other = {words(header) for header in kept}, {words(header) for header in headers}
    return len(one & other) / max(len(one | other), 1)
