"""Criteria and codes in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date

from core.domain.criteria import Condition, Criteria, Group, Op
from core.domain.fields import Kind
from core.text import _, show_date, show_number


def label_code(code: str) -> str:
    """Return a code as a word: GRADUATED → "Graduated"."""
    return _(code.replace("_", " ").capitalize())


def describe(criteria: Criteria, places: Mapping[str, str] | None = None) -> str:
    """Return the sentence of `criteria`; `places` gives the names of location codes.

    No condition at all reads "Everybody".
    """
    return _say(criteria, places or {}) or _("Everybody")


def _say(criteria: Criteria, places: Mapping[str, str]) -> str:
    if isinstance(criteria, Condition):
        return _say_condition(criteria, places)
    said = [_say(part, places) for part in criteria.parts]
    if criteria.kind == "not":
        return _("not ({condition})", condition=said[0])
    if criteria.kind == "any":
        return _either(said)
    parts = zip(criteria.parts, said, strict=True)
    return ", ".join(
        f"({text})" if isinstance(part, Group) and part.kind == "any" else text
        for part, text in parts
    )


def _say_condition(condition: Condition, places: Mapping[str, str]) -> str:
    field, op = condition.field, condition.op
    if field.kind is Kind.PLACE:
        names = [places.get(code, code) for code in condition.values]
        return _("in {places}", places=_either(names))
    if field.name == "disability" and op is Op.IS:
        return _("with a disability") if condition.values[0] else _("without a disability")
    words = [_value(value, field.kind) for value in condition.values]
    if field.name in ("sex", "status") and op in (Op.IS, Op.IN):
        return _either(words)
    label = _(field.label)
    return _PHRASES[op](label, words)


_PHRASES: dict[Op, Callable[[str, list[str]], str]] = {
    Op.IS: lambda field, v: _("{field}: {value}", field=field, value=v[0]),
    Op.IS_NOT: lambda field, v: _("{field} not {value}", field=field, value=v[0]),
    Op.IN: lambda field, v: _("{field}: {value}", field=field, value=_either(v)),
    Op.AT_LEAST: lambda field, v: _("{field} {value} or more", field=field, value=v[0]),
    Op.AT_MOST: lambda field, v: _("{field} {value} or less", field=field, value=v[0]),
    Op.BETWEEN: lambda field, v: _("{field} {low} to {high}", field=field, low=v[0], high=v[1]),
    Op.CONTAINS: lambda field, v: _("{field} contains “{value}”", field=field, value=v[0]),
    Op.STARTS_WITH: lambda field, v: _("{field} starts with “{value}”", field=field, value=v[0]),
    Op.IS_EMPTY: lambda field, _v: _("{field} empty", field=field),
    Op.IS_FILLED: lambda field, _v: _("{field} filled in", field=field),
}


def _either(words: list[str]) -> str:
    return f" {_('or')} ".join(words)


def _value(value: object, kind: Kind) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return show_date(value)
    if isinstance(value, int | float):
        return show_number(value)
    return label_code(str(value)) if kind is Kind.CODE else str(value)
