"""Rules in words: what each looks at and what it asks of a value."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS
from core.domain.words import label_code
from core.etl.rows import Severity
from core.etl.rules.expectations import columns_of, parameter
from core.etl.rules.suite import Expectation
from core.text import _, show_date, show_number

_MOST_NAMED, _LONGEST_SHOWN = 6, 60

TYPES: dict[str, Callable[[], str]] = {
    "expect_column_values_to_not_be_null": lambda: _("must be filled"),
    "expect_column_values_to_be_null": lambda: _("must be empty"),
    "expect_column_values_to_be_in_set": lambda: _("must be one of these values"),
    "expect_column_values_to_not_be_in_set": lambda: _("must be none of these values"),
    "expect_column_values_to_match_regex": lambda: _("must match the pattern"),
    "expect_column_values_to_not_match_regex": lambda: _("must not match the pattern"),
    "expect_column_values_to_match_regex_list": lambda: _("must match these patterns"),
    "expect_column_values_to_not_match_regex_list": lambda: _("must match none of these patterns"),
    "expect_column_values_to_be_between": lambda: _("must lie between"),
    "expect_column_value_lengths_to_be_between": lambda: _(
        "must have a number of characters between"
    ),
    "expect_column_value_lengths_to_equal": lambda: _("must have so many characters:"),
    "expect_column_pair_values_a_to_be_greater_than_b": lambda: _("must be greater or later than"),
    "expect_column_pair_values_to_be_equal": lambda: _("must equal"),
    "expect_column_pair_values_to_be_in_set": lambda: _("must form one of these pairs"),
    "expect_column_values_to_be_unique": lambda: _("must not repeat in the file"),
    "expect_compound_columns_to_be_unique": lambda: _("must not repeat together in the file"),
    "expect_select_column_values_to_be_unique_within_record": lambda: _(
        "must differ from each other in a row"
    ),
    "expect_multicolumn_sum_to_equal": lambda: _("must add up to"),
    "expect_column_values_to_be_json_parseable": lambda: _("must be JSON"),
    "expect_column_values_to_be_dateutil_parseable": lambda: _("must be readable as a date"),
    "expect_column_values_to_match_strftime_format": lambda: _("must be a date written as"),
}
"""What each expectation asks, as the end of a sentence that begins with the column."""

SEVERITIES: dict[str, Callable[[], str]] = {
    Severity.CRITICAL: lambda: _("hold the row back"),
    Severity.WARNING: lambda: _("publish, and warn"),
    Severity.INFO: lambda: _("publish, and mention it"),
}

PARAMETERS: dict[str, Callable[[], str]] = {
    "today": lambda: _("today"),
    "earliest_birth": lambda: _("120 years ago"),
    "ten_years_ago": lambda: _("10 years ago"),
}

OPERATORS: dict[str, Callable[[], str]] = {
    "==": lambda: _("is"),
    "!=": lambda: _("is not"),
    "<": lambda: _("is less than"),
    "<=": lambda: _("is at most"),
    ">": lambda: _("is more than"),
    ">=": lambda: _("is at least"),
    "IN": lambda: _("is one of"),
    "NOT_IN": lambda: _("is none of"),
    "empty": lambda: _("is empty"),
    "filled": lambda: _("is filled"),
}


def say_suite(name: str) -> str:
    """What a suite is called."""
    code = name.removeprefix("programme:")
    if code != name:
        return _("Programme {code}, in addition", code=code)
    return _("Every file of people") if name == "beneficiaries" else name


def say_column(column: str) -> str:
    """What a column is called on the screen."""
    if column in FIELDS:
        return _(FIELDS[column].label)
    if column.startswith(ATTRIBUTE_PREFIX):
        return _("attribute “{name}”", name=column.removeprefix(ATTRIBUTE_PREFIX))
    return label_code(column)


def say_rule(rule: Expectation) -> str:
    """What a rule asks of its columns, with its condition."""
    kwargs = rule.kwargs
    columns = [say_column(str(one)) for one in columns_of(kwargs)]
    asked = TYPES[rule.type]()
    if "column_B" in kwargs:
        columns, asked = columns[:1], f"{asked} {columns[1]}"
    if {"min_value", "max_value"} & set(kwargs):
        asked = _say_bounds(rule)
    asked = f"{asked} {_arguments(kwargs)}".strip()
    said = _("{columns} {asked}", columns=_join(columns), asked=asked)
    condition = kwargs.get("row_condition")
    return said + (" · " + _("only if {what}", what=say_condition(condition)) if condition else "")


def _arguments(kwargs: Mapping[str, Any]) -> str:
    parts = []
    for name in ("value_set", "regex_list"):
        if name in kwargs:
            parts.append(_join([_value(one) for one in kwargs[name]]))
    if "value_pairs_set" in kwargs:
        parts.append(_join([" + ".join(map(_value, pair)) for pair in kwargs["value_pairs_set"]]))
    for name in ("regex", "value", "sum_total", "strftime_format"):
        if name in kwargs:
            parts.append(_value(kwargs[name]))
    if kwargs.get("or_equal"):
        parts.append(_("(or equal)"))
    return " ".join(parts)


def _say_bounds(rule: Expectation) -> str:
    """The limits of a value, or of its number of characters."""
    low, high = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    long = "lengths" in rule.type
    day = isinstance(low or high, dict)
    if low is not None and high is not None:
        form = (
            _("must have {low} to {high} characters")
            if long
            else _("must lie between {low} and {high}")
        )
    elif high is not None:
        at_most = _("must not be later than {high}") if day else _("must be at most {high}")
        form = _("must have at most {high} characters") if long else at_most
    else:
        at_least = _("must not be earlier than {low}") if day else _("must be at least {low}")
        form = _("must have at least {low} characters") if long else at_least
    said = form.format(low=_value(low), high=_value(high))
    strict = rule.kwargs.get("strict_min") or rule.kwargs.get("strict_max")
    return said + (" " + _("(limits excluded)") if strict else "")


def _join(texts: Sequence[str]) -> str:
    more = [_("and {n} more", n=show_number(len(texts) - _MOST_NAMED))] * (len(texts) > _MOST_NAMED)
    return ", ".join([*texts[:_MOST_NAMED], *more])


def _value(value: Any) -> str:  # noqa: ANN401 - a value of JSON
    if isinstance(value, dict):
        return say_parameter(str(value["$PARAMETER"]))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return (
        show_number(value) if isinstance(value, int | float) else _("“{value}”", value=_cut(value))
    )


def _cut(text: object) -> str:
    said = str(text)
    return said if len(said) <= _LONGEST_SHOWN else f"{said[:_LONGEST_SHOWN]}…"


def say_parameter(name: str) -> str:
    """The date that a rule names."""
    if name in PARAMETERS:
        return PARAMETERS[name]()
    years = name.removeprefix("years_ago_")
    if years != name:
        return _("{n} years ago", n=years)
    day = parameter(name, date(2000, 1, 1))
    return show_date(day) if day else name


def say_condition(condition: Mapping[str, Any]) -> str:
    """A condition in words."""
    if condition["type"] in ("and", "or"):
        word = _("and") if condition["type"] == "and" else _("or")
        return f" {word} ".join(say_condition(one) for one in condition["conditions"])
    column = say_column(condition["column"]["name"])
    if condition["type"] == "nullity":
        return f"{column} {OPERATORS['empty' if condition['is_null'] else 'filled']()}"
    value = condition["parameter"]
    shown = _join([_value(one) for one in value]) if isinstance(value, list) else _value(value)
    return f"{column} {OPERATORS[condition['operator']]()} {shown}"
