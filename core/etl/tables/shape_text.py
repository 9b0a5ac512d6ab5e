"""A shape as a person writes it: its tables are named by sheet or file instead of spelled out."""

import json
from collections.abc import Callable
from typing import Any

from core.errors import InvalidInput, Words
from core.etl.tables.shapes import KEEPS, Layout, Shape

Finder = Callable[[dict[str, Any]], Layout]
"""Finds the table that `file`, `sheet` and `header_row` name; raises InvalidInput."""
_PARTS = {"table", "stacked", "joins", "unpivot", "keep"}
_JOIN = {"table", "left", "right", "prefix", "keep", "columns", "required", "lift"}
_TABLE = {"file", "sheet", "header_row", "header_rows", "fill_down", "last_row", "skipped_rows"}
_LIFT = {"parent", "level", "bring", "levels"}
_UNPIVOT = {"groups", "labels", "label_header"}
_KEEP = {"header", "op", "value"}


def read_shape(text: str, find: Finder) -> tuple[Layout | None, Shape]:
    """Return the first table, if the text names one, and the shape.

    Raises InvalidInput, saying which part cannot be read.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("The shape is not valid JSON. Check its quotes and brackets.") from None
    document = _check(document, _PARTS, Words("The shape"))
    first = _table(document["table"], find) if "table" in document else None
    for part in ("stacked", "joins", "keep"):
        _check_list(document.get(part), part)
    kept = {
        "stacked": [_as_json(_table(one, find)) for one in document.get("stacked", [])],
        "joins": [_join(one, find) for one in document.get("joins", [])],
        "keep": _keeps(document.get("keep")),
        "unpivot": _unpivot(document.get("unpivot")),
    }
    return first, Shape.from_json(kept)


def _check(part: object, allowed: set[str], what: str, *needed: str) -> dict[str, Any]:
    """Return the part as the object it must be."""
    if not isinstance(part, dict):
        raise InvalidInput("{what} must be a JSON object.", what=what)
    if unknown := sorted(set(part) - allowed):
        names = ", ".join(sorted(allowed))
        raise InvalidInput(
            "{what} has “{column}”, which is none of: {names}.",
            what=what,
            column=unknown[0],
            names=names,
        )
    if missing := [name for name in needed if name not in part]:
        raise InvalidInput("{what} lacks “{column}”.", what=what, column=missing[0])
    return part


def _check_list(part: object, what: str) -> None:
    if part is not None and not isinstance(part, list):
        raise InvalidInput("“{what}” of the shape must be a list.", what=what)


def _table(named: object, find: Finder) -> Layout:
    if isinstance(named, str):
        return find({"sheet": named})
    return find(_check(named, _TABLE, Words("A table of the shape")))


def _as_json(layout: Layout) -> dict[str, Any]:
    return {name: getattr(layout, name) for name in Layout.__dataclass_fields__}


def _join(given: object, find: Finder) -> dict[str, Any]:
    part = _check(given, _JOIN, Words("A join"), "table", "left", "right")
    if (lift := part.get("lift")) is not None:
        _check(lift, _LIFT, Words("A lift"), *sorted(_LIFT))
        _check_texts(lift["levels"], Words("“levels” of a lift"))
    _check_list(part.get("columns"), "columns")
    return {
        **part,
        "table": _as_json(_table(part["table"], find)),
        "keep": _keeps(part.get("keep")),
    }


def _keeps(given: object) -> list[dict[str, Any]]:
    _check_list(given, "keep")
    found = []
    for one in given if isinstance(given, list) else []:
        part = _check(one, _KEEP, Words("A row filter"), "header", "op")
        if part["op"] not in KEEPS:
            names = ", ".join(KEEPS)
            raise InvalidInput(
                "“{op}” is no way to choose rows. Use one of: {names}.", op=part["op"], names=names
            )
        found.append({**part, "value": str(part.get("value", ""))})
    return found


def _unpivot(given: object) -> dict[str, Any] | None:
    if given is None:
        return None
    part = _check(given, _UNPIVOT, Words("“unpivot”"), "groups")
    _check_list(part["groups"], "groups")
    for group in part["groups"]:
        _check_texts(group, Words("A group of columns"))
    return part


def _check_texts(part: object, what: str) -> None:
    if not isinstance(part, dict) or not all(isinstance(text, str) for text in part.values()):
        raise InvalidInput("{what} must be an object of texts.", what=what)
