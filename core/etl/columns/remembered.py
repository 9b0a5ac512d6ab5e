"""A mapping that is kept for the next file: its document, and how it fits other headers. Pure."""

import json
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any

from core.domain.fields import ATTRIBUTE_PREFIX
from core.errors import InvalidInput
from core.etl.choices import Column, Mapping, Suggestion, read_column
from core.etl.columns.headers import numbered, slug, words
from core.etl.remedies.steps import headers_of, read_step, to_json
from core.etl.tables.shapes import Shape

FORMAT = 1
NEAR = 0.6
"""Of two sets of headers, so much must be shared for one to remind of the other."""
_NAMED = 1 / 3
"""So many of them under the same name: fields alone do not make two files alike."""
_PARTS = frozenset({"format", "columns", "headers", "key", "shape", "steps", "names"})
_COLUMN = frozenset({"header", *Column.__dataclass_fields__})
_MOST_HEADERS = 5_000


@dataclass(frozen=True)
class Remembered:
    """What is kept of a run: its columns by header, the key column, the shape, the remedies, and
    the names that columns had in earlier files."""

    headers: tuple[str, ...]
    mapping: Mapping
    key: str | None = None
    shape: Pairs[str, Any] | None = None
    steps: tuple[Pairs[str, Any], ...] = ()
    names: Pairs[str, str] = attribute(default_factory=dict)

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
            **({"names": dict(self.names)} if self.names else {}),
        }


@dataclass(frozen=True)
class Fitted:
    """A kept mapping on the columns of a new file.

    `fresh` are columns of the file that it says nothing about, or that it knows by another name
    only; `missing` those it knows that the file does not have: the only ones to ask a person
    about. `steps` are the remedies that still find their columns, `names` what columns of the file
    were called when they first came.
    """

    mapping: Mapping
    key: str | None
    fresh: tuple[str, ...]
    missing: tuple[str, ...]
    steps: tuple[Pairs[str, Any], ...]
    names: Pairs[str, str]


def read_remembered(document: object) -> Remembered:
    """Read what `to_json` wrote; raises InvalidInput naming the part that is wrong."""
    if not isinstance(document, dict):
        raise InvalidInput("A mapping must be a JSON object.")
    if document.get("format") != FORMAT:
        raise InvalidInput(
            "This mapping has the format “{format}”; this version reads format {ours}.",
            format=document.get("format"),
            ours=FORMAT,
        )
    unknown = sorted(map(str, set(document) - _PARTS))
    if unknown:
        raise InvalidInput("The mapping has an unknown part: {names}.", names=", ".join(unknown))
    headers = _texts(document, "headers")
    mapping = Mapping(_columns(document.get("columns"), headers))
    key = document.get("key")
    if key is not None and key not in headers:
        raise InvalidInput("The key “{key}” is none of the mapping's headers.", key=key)
    shape, steps, names = _shape(document), _steps(document), _names(document)
    return Remembered(headers, mapping, key, shape, steps, names)


def _names(document: Pairs[str, Any]) -> dict[str, str]:
    names = document.get("names", {})
    if not isinstance(names, dict) or not all(isinstance(one, str) for one in names.values()):
        raise InvalidInput("The mapping's names of earlier files must be texts.")
    return dict(names)


def _texts(document: Pairs[str, Any], name: str) -> tuple[str, ...]:
    found = document.get(name)
    if (
        not isinstance(found, list)
        or not 0 < len(found) <= _MOST_HEADERS
        or not all(isinstance(one, str) and one for one in found)
        or len(set(found)) < len(found)
    ):
        raise InvalidInput("The mapping's {name} must be a list of different texts.", name=name)
    return tuple(found)


def _columns(found: object, headers: Sequence[str]) -> dict[str, Column]:
    if not isinstance(found, list):
        raise InvalidInput("The mapping's columns must be a list.")
    columns: dict[str, Column] = {}
    for entry in found:
        part = dict(entry) if isinstance(entry, dict) else {}
        header = part.pop("header", None)
        if not isinstance(header, str) or header not in headers or header in columns:
            raise InvalidInput(
                "The mapping has a column for “{header}”, which is no header once.", header=header
            )
        unknown = sorted(map(str, set(part) - _COLUMN))
        if unknown:
            raise InvalidInput(
                "The column “{header}” has an unknown part: {names}.",
                header=header,
                names=", ".join(unknown),
            )
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
        raise InvalidInput(
            "The mapping's shape cannot be read: {reason}.", reason=str(error)
        ) from None
    unknown = sorted(_unknown(shape, read))
    if unknown:
        raise InvalidInput(
            "The mapping's shape has an unknown part: {names}.", names=", ".join(unknown)
        )
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


@dataclass(frozen=True)
class Paired:
    """The kept header of each column of a new file: under the same name, or under another one."""

    same: Pairs[str, str]
    renamed: Pairs[str, str]
    fresh: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def nearness(self) -> float:
        """Say how much of two files' columns is shared, 0 to 1, 0 if hardly a name is."""
        shared = len(self.same) + len(self.renamed)
        union = shared + len(self.fresh) + len(self.missing)
        return shared / union if len(self.same) >= _NAMED * union else 0.0


def pair(kept: Remembered, fields: Pairs[str, str | None]) -> Paired:
    """Pair the columns of a new file, each with the field it is surely one of, with the kept ones.

    By the header, then by the folded one; what is left may be renamed: its number mark is written
    in another way (“N° national”, “No. national”), or it is the only one for the same field.
    """
    settled = kept.mapping.columns.items()
    homes = {column.field: header for header, column in settled if not column.left_out}
    free = list(kept.headers)
    found: dict[str, str] = {}
    for fold in (str, words):
        _pair_by({fold(one): one for one in reversed(free)}, fold, fields, (free, found))
    same = dict(found)
    _pair_by({numbered(one): one for one in reversed(free)}, numbered, fields, (free, found))
    _pair_by(homes, lambda header: fields[header] or "", fields, (free, found))
    renamed = {header: old for header, old in found.items() if header not in same}
    fresh = tuple(header for header in fields if header not in found)
    return Paired(same, renamed, fresh, tuple(free))


def _pair_by(
    homes: Pairs[str | None, str],
    fold: Callable[[str], str],
    headers: Iterable[str],
    so_far: tuple[list[str], dict[str, str]],
) -> None:
    free, found = so_far
    for header in headers:
        old = homes.get(fold(header))
        if header not in found and old in free:
            found[header] = old
            free.remove(old)


def sure_fields(suggestions: Iterable[Suggestion]) -> dict[str, str | None]:
    """Return the field that each column surely holds, None for one that needs a person."""
    return {one.header: one.field if one.safe else None for one in suggestions}


def apply(kept: Remembered, suggestions: Sequence[Suggestion], *, renamed: bool = False) -> Fitted:
    """Put a kept mapping on a new file's columns: each by its own header, else by the folded one.

    A column nobody has settled yet keeps its suggestion where that is safe. With `renamed` one
    that seems to have another name only keeps what was settled, and is asked about all the same.
    """
    paired = pair(kept, sure_fields(suggestions))
    found = {**paired.same, **paired.renamed} if renamed else dict(paired.same)
    headers = [suggestion.header for suggestion in suggestions]
    settled = kept.mapping.columns
    columns = {
        header: _under(old, settled[old]) if header in paired.renamed else settled[old]
        for header, old in found.items()
        if old in settled
    }
    taken = {column.field for column in columns.values() if not column.left_out}
    for one in suggestions:
        if one.header in found:
            continue
        field = one.field if one.safe and one.field not in taken else None
        columns[one.header] = Column(field)
        taken.add(field)
    ordered = {header: columns[header] for header in headers if header in columns}
    named = {old: new for new, old in found.items()}
    steps = (_renamed(step, named) for step in kept.steps)
    return Fitted(
        Mapping(ordered),
        named.get(kept.key) if kept.key else None,
        tuple(header for header in headers if header not in paired.same),
        tuple(old for old in kept.headers if old not in found.values()),
        tuple(step for step in steps if step is not None),
        {
            header: kept.names.get(old, old)
            for header, old in found.items()
            if old in kept.names or header in paired.renamed
        },
    )


def _under(name: str, column: Column) -> Column:
    """The choice for a renamed column; an attribute stays under its name."""
    if column.field is not None or column.left_out:
        return column
    return replace(column, field=f"{ATTRIBUTE_PREFIX}{slug(name)}")


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
