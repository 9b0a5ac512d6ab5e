"""What a rule of a suite may say: the known expectations, their arguments, and the check of each.

Great Expectations accepts an argument that fails only when the rule runs (a date as text, a regular
expression that does not compile); here it is refused when the suite is read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import ATTRIBUTE_PREFIX
from core.errors import RegistryError
from core.etl.rows import TYPES

TEXT, NUMBER, DATE, FLAG = "text", "number", "date", "flag"
_EVERY = frozenset({TEXT, NUMBER, DATE, FLAG})
_IGNORE_PAIR, _IGNORE_LIST = "either_value_is_missing", "any_value_is_missing"
_ATTRIBUTE = re.compile(r"attribute\.[\w-]{1,100}")
_MOST_LISTED = 10_000
_PARAMETERS = ("today", "earliest_birth", "ten_years_ago")
_COUNTED, _FIXED = re.compile(r"years_ago_(\d{1,3})"), re.compile(r"date_(\d{4})_(\d\d)_(\d\d)")


def _kind_of(type_: pa.DataType) -> str:
    if pa.types.is_timestamp(type_):
        return DATE
    if pa.types.is_boolean(type_):
        return FLAG
    return TEXT if pa.types.is_string(type_) else NUMBER


KINDS: dict[str, str] = {
    "row": NUMBER,
    **{name: _kind_of(type_) for name, type_ in TYPES.items()},
    **dict.fromkeys(("identifiers", "attributes", "fingerprint", "key", "digest"), TEXT),
}
"""The columns of a checked frame and what each holds; `attribute.<name>` come on top."""


class Refused(RegistryError):
    """Why an argument is not acceptable; the caller names the rule."""


@dataclass(frozen=True)
class Argument:
    """One argument of an expectation: how it is checked, and whether it may be left away."""

    check: Callable[[str, Any, "Place"], None]
    required: bool = True


@dataclass(frozen=True)
class Place:
    """What an argument is checked against: the kinds of the columns the rule looks at."""

    columns: Mapping[str, str]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """One expectation: its arguments and the kinds of column it can look at.

    One that is not `compiled` is run by Great Expectations itself; one for the `whole_file`
    compares a row with the others; `same_kind` columns must hold the same kind of value; one that
    is not `conditional` takes no row_condition.
    """

    arguments: Mapping[str, Argument]
    kinds: frozenset[str] = _EVERY
    compiled: bool = True
    whole_file: bool = False
    same_kind: bool = True
    conditional: bool = True
    one_of: tuple[str, ...] = field(default=())


def columns_of(kwargs: Mapping[str, Any]) -> list[Any]:
    """Return the columns an expectation looks at, its condition left aside."""
    found = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    listed = kwargs.get("column_list")
    return [*found, *(listed if isinstance(listed, list) else [])]


def kind_of(column: object, attributes: Mapping[str, str]) -> str | None:
    """Return what a column holds, None for one that does not exist."""
    if not isinstance(column, str):
        return None
    if _ATTRIBUTE.fullmatch(column):
        return attributes.get(column.removeprefix(ATTRIBUTE_PREFIX), TEXT)
    return KINDS.get(column)


def parameter(name: object, today: date) -> date | None:
    """Return the date that {"$PARAMETER": name} stands for, None for an unknown name."""
    if not isinstance(name, str):
        return None
    if name == "today":
        return today
    counted, fixed = _COUNTED.fullmatch(name), _FIXED.fullmatch(name)
    try:
        if fixed:
            return date(*map(int, fixed.groups()))
        years = int(counted[1]) if counted else {"earliest_birth": 120, "ten_years_ago": 10}[name]
        leap = today.month == 2 and today.day == 29
        return today.replace(year=today.year - years, day=28 if leap else today.day)
    except (KeyError, ValueError):
        return None


def _is_number(value: object) -> bool:
    # Beyond that a float no longer tells whole numbers apart.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53


def fits(value: object, kind: str) -> bool:
    """Say whether a value of JSON is one that a column of this kind may hold."""
    if kind == FLAG:
        return isinstance(value, bool)
    return isinstance(value, str) if kind == TEXT else kind == NUMBER and _is_number(value)


def _column(name: str, value: object, place: Place) -> None:
    if not isinstance(value, str):
        raise Refused("{name} must be the name of a column", name=name)


def _column_list(name: str, value: object, place: Place) -> None:
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not isinstance(value, list) or not texts or len(set(value)) < max(len(value), 2):
        raise Refused("{name} must list two or more different columns", name=name)


def check_values(name: str, value: object, place: Place) -> None:
    """Refuse anything but a list of values that the column can hold."""
    kind = place.kinds[0]
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_LISTED:
        raise Refused(
            "{name} must be a list of values, at most {most}", name=name, most=_MOST_LISTED
        )
    wrong = next((one for one in value if not fits(one, kind)), None)
    if wrong is not None or None in value:
        raise Refused(
            "{name} holds “{wrong}”, but the column holds a {kind}",
            name=name,
            wrong=wrong,
            kind=kind,
        )


def _pairs(name: str, value: object, place: Place) -> None:
    pairs = value if isinstance(value, list) else []
    for pair in pairs:
        sound = isinstance(pair, list) and len(pair) == 2
        if not sound or not all(map(fits, pair, place.kinds)):
            raise Refused(
                "{name} holds “{pair}”, which is no pair of values of the two columns",
                name=name,
                pair=pair,
            )
    if not 0 < len(pairs) <= _MOST_LISTED:
        raise Refused(
            "{name} must be a list of pairs, at most {most}", name=name, most=_MOST_LISTED
        )


def _regex(name: str, value: object, place: Place) -> None:
    if not isinstance(value, str) or not value or len(value) > 2_000:
        raise Refused("{name} must be a regular expression of at most 2000 characters", name=name)
    try:
        groups = re.compile(value).groups
        # RE2 answers in linear time whatever the text; what it cannot do might never end.
        pc.match_substring_regex(pa.array([""]), value)
    except (re.error, OverflowError, RecursionError, pa.ArrowInvalid) as error:
        raise Refused(
            "{name} “{value}” does not compile: {reason}", name=name, value=value, reason=str(error)
        ) from None
    if groups:
        raise Refused(
            "{name} “{value}” has a group in (…): write it as (?:…)", name=name, value=value
        )


def _regex_list(name: str, value: object, place: Place) -> None:
    if not isinstance(value, list) or not 0 < len(value) <= 100:
        raise Refused("{name} must be a list of regular expressions, at most 100", name=name)
    for one in value:
        _regex(name, one, place)


def _bound(name: str, value: object, place: Place) -> None:
    if place.kinds[0] == NUMBER:
        if not _is_number(value):
            raise Refused("{name} must be a number", name=name)
        return
    named = value.get("$PARAMETER") if isinstance(value, dict) and len(value) == 1 else None
    if parameter(named, date(2000, 1, 1)) is None:
        raise Refused(
            '{name} must be {{"$PARAMETER": …}} with {names}, years_ago_18 (any number of '
            "years) or date_2020_01_31 (any date)",
            name=name,
            names=", ".join(_PARAMETERS),
        )


def _length(name: str, value: object, place: Place) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
        raise Refused("{name} must be a whole number of characters", name=name)


def _number(name: str, value: object, place: Place) -> None:
    if not _is_number(value):
        raise Refused("{name} must be a number", name=name)


def _flag(name: str, value: object, place: Place) -> None:
    if not isinstance(value, bool):
        raise Refused("{name} must be true or false", name=name)


def _word(name: str, value: object, place: Place) -> None:
    if not isinstance(value, str) or not value:
        raise Refused("{name} must be a text", name=name)


def _one_of(*choices: str) -> Callable[[str, Any, Place], None]:
    def check(name: str, value: object, place: Place) -> None:
        if value not in choices:
            raise Refused("{name} must be {names}", name=name, names=" or ".join(choices))

    return check


_COLUMN = {"column": Argument(_column)}
_PAIR = {"column_A": Argument(_column), "column_B": Argument(_column)}
_PAIR_IGNORED = Argument(_one_of(_IGNORE_PAIR))
_LIST = {"column_list": Argument(_column_list), "ignore_row_if": Argument(_one_of(_IGNORE_LIST))}
_STRICT = {"strict_min": Argument(_flag, False), "strict_max": Argument(_flag, False)}
_BOUNDS = {"min_value": Argument(_bound, False), "max_value": Argument(_bound, False), **_STRICT}
_LENGTHS = {"min_value": Argument(_length, False), "max_value": Argument(_length, False), **_STRICT}
_VALUES = frozenset({TEXT, NUMBER, FLAG})
_TEXTS, _NUMBERS, _ORDERED = frozenset({TEXT}), frozenset({NUMBER}), frozenset({NUMBER, DATE})
_ONE_BOUND = ("min_value", "max_value")

FORMS: dict[str, Form] = {
    "expect_column_values_to_not_be_null": Form(_COLUMN),
    "expect_column_values_to_be_null": Form(_COLUMN),
    "expect_column_values_to_be_in_set": Form(
        {**_COLUMN, "value_set": Argument(check_values)}, _VALUES
    ),
    "expect_column_values_to_not_be_in_set": Form(
        {**_COLUMN, "value_set": Argument(check_values)}, _VALUES
    ),
    "expect_column_values_to_match_regex": Form({**_COLUMN, "regex": Argument(_regex)}, _TEXTS),
    "expect_column_values_to_not_match_regex": Form({**_COLUMN, "regex": Argument(_regex)}, _TEXTS),
    "expect_column_values_to_match_regex_list": Form(
        {
            **_COLUMN,
            "regex_list": Argument(_regex_list),
            "match_on": Argument(_one_of("any", "all")),
        },
        _TEXTS,
    ),
    "expect_column_values_to_not_match_regex_list": Form(
        {**_COLUMN, "regex_list": Argument(_regex_list)}, _TEXTS
    ),
    "expect_column_values_to_be_between": Form({**_COLUMN, **_BOUNDS}, _ORDERED, one_of=_ONE_BOUND),
    "expect_column_value_lengths_to_be_between": Form(
        {**_COLUMN, **_LENGTHS}, _TEXTS, one_of=_ONE_BOUND
    ),
    "expect_column_value_lengths_to_equal": Form({**_COLUMN, "value": Argument(_length)}, _TEXTS),
    "expect_column_pair_values_a_to_be_greater_than_b": Form(
        {**_PAIR, "or_equal": Argument(_flag, False), "ignore_row_if": _PAIR_IGNORED}, _ORDERED
    ),
    "expect_column_pair_values_to_be_equal": Form({**_PAIR, "ignore_row_if": _PAIR_IGNORED}),
    "expect_column_pair_values_to_be_in_set": Form(
        {**_PAIR, "value_pairs_set": Argument(_pairs), "ignore_row_if": _PAIR_IGNORED},
        _VALUES,
        same_kind=False,
        conditional=False,  # Great Expectations checks every row there, whatever the condition says
    ),
    "expect_column_values_to_be_unique": Form(_COLUMN, whole_file=True),
    "expect_compound_columns_to_be_unique": Form(_LIST, whole_file=True, same_kind=False),
    "expect_select_column_values_to_be_unique_within_record": Form(_LIST, _TEXTS | _NUMBERS),
    "expect_multicolumn_sum_to_equal": Form({**_LIST, "sum_total": Argument(_number)}, _NUMBERS),
    "expect_column_values_to_be_json_parseable": Form(_COLUMN, _TEXTS, compiled=False),
    "expect_column_values_to_be_dateutil_parseable": Form(_COLUMN, _TEXTS, compiled=False),
    "expect_column_values_to_match_strftime_format": Form(
        {**_COLUMN, "strftime_format": Argument(_word)}, _TEXTS, compiled=False
    ),
}
"""The expectations a suite may use."""
