"""Criteria: the one query language. Parsed and typed here; SQL comes from storage, words from here.

Nothing fails open: whatever is not understood is an error, never "everybody".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from core.domain.fields import Field, Kind, find_field
from core.errors import InvalidCriteria

MAX_DEPTH, MAX_NODES, MAX_VALUES, MAX_TEXT = 10, 200, 1_000, 500


class Op(StrEnum):
    """What a condition may ask of a field."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    WITHIN = "within"
    IS_EMPTY = "is_empty"
    IS_FILLED = "is_filled"


_PRESENCE = {Op.IS_EMPTY, Op.IS_FILLED}
_EQUAL = {Op.IS, Op.IS_NOT, Op.IN} | _PRESENCE
_ORDERED = _EQUAL | {Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN}
OPERATORS: dict[Kind, set[Op]] = {
    Kind.TEXT: _EQUAL | {Op.CONTAINS, Op.STARTS_WITH},
    Kind.CODE: _EQUAL,
    Kind.FLAG: {Op.IS, Op.IS_NOT} | _PRESENCE,
    Kind.DATE: _ORDERED,
    Kind.INTEGER: _ORDERED,
    Kind.NUMBER: _ORDERED,
    Kind.PLACE: {Op.WITHIN},
}


@dataclass(frozen=True)
class Condition:
    """One question about one field; `values` are typed (dates are dates, codes are checked)."""

    field: Field
    op: Op
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Group:
    """`all` of the parts, `any` of them, or `not` the one part."""

    kind: str
    parts: "tuple[Criteria, ...]"


Criteria = Condition | Group
EVERYBODY = Group("all", ())


def both(*parts: Criteria) -> Criteria:
    """Return criteria that hold where all `parts` hold."""
    return Group("all", tuple(part for part in parts if part != EVERYBODY))


def where(field: str, op: Op, *values: object) -> Condition:
    """Return one condition; raises InvalidCriteria as `parse` does."""
    value: object = values[0] if len(values) == 1 else list(values)
    if op in (Op.IN, Op.WITHIN):
        value = list(values)
    return _condition({"field": field, "op": op.value, "value": value})


def parse(tree: object) -> Criteria:
    """Read a JSON tree; raises InvalidCriteria naming what is wrong."""
    budget = iter(range(MAX_NODES))
    return _parse(tree, 0, budget)


def _parse(tree: object, depth: int, budget: Iterator[int]) -> Criteria:
    if depth > MAX_DEPTH or next(budget, None) is None:
        raise InvalidCriteria("The filter is too large. Use fewer conditions.")
    if not isinstance(tree, dict):
        raise InvalidCriteria("A filter is an object with “all”, “any”, “not” or “field”.")
    if "field" in tree:
        return _condition(tree)
    if len(tree) != 1 or next(iter(tree)) not in ("all", "any", "not"):
        raise InvalidCriteria("A group has exactly one of “all”, “any” and “not”.")
    kind, inner = next(iter(tree.items()))
    if kind == "not":
        return Group("not", (_parse(inner, depth + 1, budget),))
    if not isinstance(inner, list) or (kind == "any" and not inner):
        raise InvalidCriteria("“{kind}” needs a list of conditions.", kind=kind)
    return Group(kind, tuple(_parse(part, depth + 1, budget) for part in inner))


def _condition(tree: dict[str, object]) -> Condition:
    unknown = set(tree) - {"field", "op", "value"}
    name, op_name = tree.get("field"), tree.get("op")
    if unknown or not isinstance(name, str) or not isinstance(op_name, str):
        raise InvalidCriteria("A condition has “field”, “op” and “value”, and nothing else.")
    field = find_field(name)
    if op_name not in set(Op) or Op(op_name) not in OPERATORS[field.kind]:
        allowed = ", ".join(sorted(OPERATORS[field.kind]))
        raise InvalidCriteria(
            "“{op}” cannot be asked of “{name}”. Possible: {allowed}.",
            op=op_name,
            name=name,
            allowed=allowed,
        )
    op = Op(op_name)
    return Condition(field, op, tuple(_typed(field, raw) for raw in _raw_values(op, tree)))


def _raw_values(op: Op, tree: dict[str, object]) -> list[object]:
    value = tree.get("value")
    if op in _PRESENCE:
        if value is not None:
            raise InvalidCriteria("“{op}” takes no value.", op=op)
        return []
    if op in (Op.IN, Op.WITHIN, Op.BETWEEN):
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
            raise InvalidCriteria(
                "“{op}” needs a list of 1 to {most} values.", op=op, most=MAX_VALUES
            )
        if op is Op.BETWEEN and len(value) != 2:
            raise InvalidCriteria("“between” needs two values, the lower first.")
        return value
    return [value]


def _typed(field: Field, raw: object) -> object:
    try:
        return _READERS[field.kind](field, raw)
    except (ValueError, OverflowError):
        raise InvalidCriteria(
            "“{value}” is not a value of “{field}” ({kind}).",
            value=str(raw)[:50],
            field=field.name,
            kind=field.kind,
        ) from None


def _read_text(_field: Field, raw: object) -> str:
    if not isinstance(raw, str) or not raw or len(raw) > MAX_TEXT or "\0" in raw:
        raise ValueError
    raw.encode()  # a lone surrogate is no text
    return raw


def _read_code(field: Field, raw: object) -> str:
    if field.codes is None or not isinstance(raw, str):
        raise ValueError
    return str(field.codes(raw).value)


def _read_flag(_field: Field, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError
    return raw


def _read_date(_field: Field, raw: object) -> date:
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str) or len(raw) != 10:
        raise ValueError
    return date.fromisoformat(raw)


def _read_integer(_field: Field, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > 10**9:
        raise ValueError
    return raw


def _read_number(_field: Field, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) < 10**12:
        raise ValueError
    return float(raw)


_READERS: dict[Kind, Callable[[Field, object], object]] = {
    Kind.TEXT: _read_text,
    Kind.PLACE: _read_text,
    Kind.CODE: _read_code,
    Kind.FLAG: _read_flag,
    Kind.DATE: _read_date,
    Kind.INTEGER: _read_integer,
    Kind.NUMBER: _read_number,
}


def to_json(criteria: Criteria) -> dict[str, Any]:
    """Return the JSON tree that `parse` reads back to the same criteria."""
    if isinstance(criteria, Group):
        parts = [to_json(part) for part in criteria.parts]
        return {criteria.kind: parts[0] if criteria.kind == "not" else parts}
    plain = [v.isoformat() if isinstance(v, date) else v for v in criteria.values]
    tree: dict[str, Any] = {"field": criteria.field.name, "op": criteria.op.value}
    if criteria.op in (Op.IN, Op.WITHIN, Op.BETWEEN):
        tree["value"] = plain
    elif criteria.op not in _PRESENCE:
        tree["value"] = plain[0]
    return tree


def redact(criteria: Criteria) -> dict[str, Any]:
    """Return the JSON tree as a log keeps it: what was asked, and of the values only codes,
    places, numbers and days that are open to all. A name or a phone number would stay for good."""
    if isinstance(criteria, Group):
        parts = [redact(part) for part in criteria.parts]
        return {criteria.kind: parts[0] if criteria.kind == "not" else parts}
    tree, field = to_json(criteria), criteria.field
    if field.level > 1 or (field.kind is Kind.TEXT and field.name != "programme"):
        tree.pop("value", None)
    return tree


def conditions(criteria: Criteria) -> Iterator[Condition]:
    """Yield every condition, however deep."""
    if isinstance(criteria, Condition):
        yield criteria
    else:
        for part in criteria.parts:
            yield from conditions(part)


def level_of(criteria: Criteria) -> int:
    """Return the field level that asking these criteria needs: filtering is seeing."""
    return max((condition.field.level for condition in conditions(criteria)), default=1)
