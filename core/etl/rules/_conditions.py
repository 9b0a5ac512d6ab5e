"""The condition under which a rule looks at a row: comparisons with “and” and “or”."""

from collections.abc import Mapping
from typing import Any

from core.etl.rules.expectations import DATE, NUMBER, Place, Refused, check_values, fits, kind_of

_EQUALS, _ORDERS, _LISTS = ("==", "!="), ("<", "<=", ">", ">="), ("IN", "NOT_IN")


def known_kind(column: object, attributes: Mapping[str, str]) -> str:
    """Return what a column holds; Refused where there is none of that name."""
    kind = kind_of(column, attributes)
    if kind is None:
        raise Refused("unknown column “{column}”", column=column)
    return kind


def check_condition(
    condition: object, attributes: Mapping[str, str], groups: tuple[str, ...]
) -> None:
    """Raise Refused for a condition that could not be asked; `groups` may still be opened."""
    part = condition if isinstance(condition, dict) else {}
    said, inner = part.get("type"), part.get("conditions")
    if said in ("and", "or"):
        if said not in groups or not isinstance(inner, list) or not inner or len(part) != 2:
            raise Refused("row_condition may be an “and” or an “or”, and an “or” may hold “and”s")
        for one in inner:
            check_condition(one, attributes, ("and",) if said == "or" else ())
        return
    place = part.get("column")
    if not isinstance(place, dict) or set(place) != {"name"}:
        raise Refused("row_condition names no column")
    kind = known_kind(place["name"], attributes)
    if said == "nullity" and set(part) == {"type", "column", "is_null"}:
        if not isinstance(part["is_null"], bool):
            raise Refused("row_condition: is_null must be true or false")
        return
    if said != "comparison" or set(part) != {"type", "column", "operator", "parameter"}:
        raise Refused("row_condition must be a comparison, a nullity, an “and” or an “or”")
    _check_comparison(part["operator"], part["parameter"], kind)


def _check_comparison(operator: object, value: object, kind: str) -> None:
    fine = (*_EQUALS, *(_ORDERS if kind == NUMBER else ()), *(_LISTS if kind != "flag" else ()))
    if operator not in fine or kind == DATE:
        raise Refused(
            "row_condition cannot use the operator “{operator}” on a {kind}",
            operator=operator,
            kind=kind,
        )
    if operator in _LISTS:
        check_values("row_condition parameter", value, Place({}, (kind,)))
    elif not fits(value, kind):
        raise Refused("row_condition compares a {kind} with “{value}”", kind=kind, value=value)


def condition_columns(condition: Mapping[str, Any]) -> list[str]:
    """Return the columns a condition reads."""
    if condition["type"] in ("and", "or"):
        return [name for inner in condition["conditions"] for name in condition_columns(inner)]
    return [condition["column"]["name"]]
