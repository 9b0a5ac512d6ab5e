"""Random typed frames and random suites over everything a suite may say, for the property tests."""

import json
from datetime import date
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from core.etl.normalise import _DTYPES
from core.etl.rows import TYPES
from core.etl.rules.expectations import FORMS
from tests.etl.checking import TODAY

Rule = dict[str, Any]
ATTRIBUTES = {"income": "number", "visit": "date", "مهنة": "text", "shoe-size": "number"}
TEXTS = ("full_name", "family_name", "sex", "phone", "household", "email", "attribute.مهنة")
NUMBERS = ("wg_seeing", "wg_hearing", "household_size", "poverty_score", "row", "attribute.income")
DATES = ("birth_date", "registered_on", "enrolled_on", "attribute.visit")
FLAGS = ("disability", "is_head")
_WORDS = (
    "a",
    "Ab",
    "ab ",
    "x1",
    "12",
    "0712345678",
    "محمد",
    "a@b.org",
    "None",
    "nan",
    "é",
    "x" * 9,
)
_REGEXES = ("^a", "[0-9]", "(?i)^AB", "b$", r"\w+@\w+", "م", "^$", r"\d{2,}", "(?:a|x)", "^None$")
_BOUNDS = ("today", "earliest_birth", "ten_years_ago", "years_ago_18", "date_1990_06_15")
_EDGES = (date(1990, 6, 15), date(1990, 6, 16), date(2030, 1, 1))
_COLUMNS = st.sampled_from((*TEXTS, *NUMBERS, *DATES, *FLAGS))
_SEVERITY = st.sampled_from(("critical", "warning", "info"))
_number = st.integers(-3, 9) | st.sampled_from((0.5, 2.5))


_DAYS = (*(TODAY.replace(year=year) for year in (1904, 1905, 2007, 2015, 2025)), *_EDGES)
_NUMBERS = (-3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
_DECIMALS = (-1.0, 0.0, 0.5, 1.0, 2.0, 2.5, 100.0)
_KEPT: dict[str, tuple[str, ...]] = {
    "income": ("1", "2.5", "3", "100", "lots"),
    "visit": ("1990-06-15", "2007-06-01", "2031-01-01", "soon"),
    "مهنة": _WORDS,
    "shoe-size": ("41",),
}


def _pool(kind: pa.DataType) -> tuple[Any, ...]:
    if pa.types.is_timestamp(kind):
        return _DAYS
    if pa.types.is_boolean(kind):
        return (True, False)
    if pa.types.is_integer(kind):
        return _NUMBERS
    return _DECIMALS if pa.types.is_floating(kind) else _WORDS


def _rows(seed: int) -> list[dict[str, Any]]:
    """Some rows whose values meet the limits and lists of the rules, a fifth of them missing."""
    dice = Random(seed)
    pools = {name: _pool(kind) for name, kind in TYPES.items()}

    def row() -> dict[str, Any]:
        cells = {name: dice.choice(pool) for name, pool in pools.items()}
        kept = {name: dice.choice(pool) for name, pool in _KEPT.items() if dice.random() < 0.8}
        gone = {name: None for name in cells if dice.random() < 0.2}
        return {**cells, **gone, "attributes": kept}

    return [row() for _ in range(dice.randint(1, 40))]


seeds = st.integers(0, 2**32)
"""A frame is drawn by its seed: forty rows by themselves would fill pages with each failure."""


def frame_of(seed: int) -> pd.DataFrame:
    """The typed frame that normalising gives, of some rows."""
    lines = _rows(seed)
    columns = {
        name: pa.array(
            [line[name] for line in lines], pa.date32() if kind == pa.timestamp("s") else kind
        ).cast(kind)
        for name, kind in TYPES.items()
    }
    kept = [json.dumps(line["attributes"], ensure_ascii=False) for line in lines]
    columns["attributes"] = pa.array(kept, pa.string())
    numbers = pa.array(range(2, len(lines) + 2), pa.int64())
    return pa.table({"row": numbers, **columns}).to_pandas(types_mapper=_DTYPES.get)


def kind_of(column: str) -> str:
    kinds = {"number": NUMBERS, "date": DATES, "flag": FLAGS}
    return next((kind for kind, columns in kinds.items() if column in columns), "text")


def _value(column: str) -> st.SearchStrategy[Any]:
    kind = kind_of(column)
    if kind == "flag":
        return st.booleans()
    return _number if kind == "number" else st.sampled_from(_WORDS)


@st.composite
def _comparisons(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from((*TEXTS, *NUMBERS, *FLAGS)))
    orders = ("<", "<=", ">", ">=") if kind_of(column) == "number" else ()
    lists = ("IN", "NOT_IN") if kind_of(column) != "flag" else ()
    operator = draw(st.sampled_from(("==", "!=", *orders, *lists)))
    one = _value(column)
    wanted = draw(st.lists(one, min_size=1, max_size=3) if operator in lists else one)
    return {
        "type": "comparison",
        "column": {"name": column},
        "operator": operator,
        "parameter": wanted,
    }


_nullities = st.builds(
    lambda column, empty: {"type": "nullity", "column": {"name": column}, "is_null": empty},
    _COLUMNS,
    st.booleans(),
)
_simple = _comparisons() | _nullities
_ands = st.lists(_simple, min_size=1, max_size=3).map(lambda c: {"type": "and", "conditions": c})
_ors = st.lists(_simple | _ands, min_size=1, max_size=3).map(
    lambda c: {"type": "or", "conditions": c}
)


def _bounds(draw: st.DrawFn, one: st.SearchStrategy[Any], key: Any) -> dict[str, Any]:
    low, high = sorted((draw(one), draw(one)), key=key)
    sides = draw(st.sampled_from((("min_value",), ("max_value",), ("min_value", "max_value"))))
    said = {"min_value": low, "max_value": high, "strict_min": True, "strict_max": True}
    strict = draw(st.sets(st.sampled_from(("strict_min", "strict_max"))))
    return {name: said[name] for name in (*sides, *strict)}


def _order(bound: Any) -> Any:
    days = {"earliest_birth": 1, "date_1990_06_15": 2, "years_ago_18": 3, "ten_years_ago": 4}
    return days.get(bound["$PARAMETER"], 5)


def _between(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from((*NUMBERS, *DATES)))
    if kind_of(column) == "number":
        return {"column": column, **_bounds(draw, _number, None)}
    named = st.sampled_from(_BOUNDS).map(lambda name: {"$PARAMETER": name})
    return {"column": column, **_bounds(draw, named, _order)}


def _set(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from((*TEXTS, *NUMBERS, *FLAGS)))
    return {"column": column, "value_set": draw(st.lists(_value(column), min_size=1, max_size=4))}


def _pair(draw: st.DrawFn, *kinds: tuple[str, ...]) -> dict[str, Any]:
    columns = draw(st.sampled_from(kinds))
    first, second = draw(st.permutations(columns))[:2]
    return {"column_A": first, "column_B": second, "ignore_row_if": "either_value_is_missing"}


def _pair_set(draw: st.DrawFn) -> dict[str, Any]:
    pair = _pair(draw, (*TEXTS, *NUMBERS, *FLAGS))
    one = st.tuples(_value(pair["column_A"]), _value(pair["column_B"])).map(list)
    return {**pair, "value_pairs_set": draw(st.lists(one, min_size=1, max_size=4))}


def _list(draw: st.DrawFn, *kinds: tuple[str, ...]) -> dict[str, Any]:
    columns = draw(st.sampled_from(kinds))
    count = draw(st.integers(2, 3))
    chosen = draw(st.permutations(columns))[:count]
    return {"column_list": chosen, "ignore_row_if": "any_value_is_missing"}


def _text(draw: st.DrawFn, **more: st.SearchStrategy[Any]) -> dict[str, Any]:
    said = {name: draw(one) for name, one in more.items()}
    return {"column": draw(st.sampled_from(TEXTS)), **said}


_regexes = st.lists(st.sampled_from(_REGEXES), min_size=1, max_size=3)
_lengths = st.integers(0, 10)
MAKERS: dict[str, Any] = {
    "expect_column_values_to_not_be_null": lambda draw: {"column": draw(_COLUMNS)},
    "expect_column_values_to_be_null": lambda draw: {"column": draw(_COLUMNS)},
    "expect_column_values_to_be_in_set": _set,
    "expect_column_values_to_not_be_in_set": _set,
    "expect_column_values_to_match_regex": lambda d: _text(d, regex=st.sampled_from(_REGEXES)),
    "expect_column_values_to_not_match_regex": lambda d: _text(d, regex=st.sampled_from(_REGEXES)),
    "expect_column_values_to_match_regex_list": lambda d: _text(
        d, regex_list=_regexes, match_on=st.sampled_from(("any", "all"))
    ),
    "expect_column_values_to_not_match_regex_list": lambda d: _text(d, regex_list=_regexes),
    "expect_column_values_to_be_between": _between,
    "expect_column_value_lengths_to_be_between": lambda d: {
        **_text(d),
        **_bounds(d, _lengths, None),
    },
    "expect_column_value_lengths_to_equal": lambda d: _text(d, value=_lengths),
    "expect_column_pair_values_a_to_be_greater_than_b": lambda d: {
        **_pair(d, NUMBERS, DATES),
        "or_equal": d(st.booleans()),
    },
    "expect_column_pair_values_to_be_equal": lambda d: _pair(d, TEXTS, NUMBERS, DATES, FLAGS),
    "expect_column_pair_values_to_be_in_set": _pair_set,
    "expect_column_values_to_be_unique": lambda draw: {"column": draw(_COLUMNS)},
    "expect_compound_columns_to_be_unique": lambda d: _list(d, (*TEXTS, *NUMBERS, *DATES, *FLAGS)),
    "expect_select_column_values_to_be_unique_within_record": lambda d: _list(d, TEXTS, NUMBERS),
    "expect_multicolumn_sum_to_equal": lambda d: {
        **_list(d, NUMBERS),
        "sum_total": d(_number),
    },
    "expect_column_values_to_be_json_parseable": _text,
    "expect_column_values_to_be_dateutil_parseable": _text,
    "expect_column_values_to_match_strftime_format": lambda d: _text(
        d, strftime_format=st.sampled_from(("%Y", "%d"))
    ),
}
"""One way to draw the arguments of each expectation."""


@st.composite
def rules(draw: st.DrawFn, *types: str) -> Rule:
    """One rule, called r, of any of these types."""
    kind = draw(st.sampled_from(types))
    kwargs = MAKERS[kind](draw)
    conditions = _simple | _ands | _ors if FORMS[kind].conditional else st.nothing()
    condition = draw(st.none() | conditions)
    if condition is not None:
        kwargs["row_condition"] = condition
    meta = {"rule": "r0", "message": {"en": "Row {row}: {value}", "fr": "Ligne {row}"}}
    return {"type": kind, "kwargs": kwargs, "severity": draw(_SEVERITY), "meta": meta}


@st.composite
def documents(draw: st.DrawFn, *types: str, most: int = 8) -> dict[str, Any]:
    """A suite of different rules of these types, half of `most` at least, called r0, r1, …"""
    drawn = draw(st.lists(rules(*types), min_size=most // 2, max_size=most))
    different = {json.dumps([one["type"], one["kwargs"]], sort_keys=True): one for one in drawn}
    for number, rule in enumerate(different.values()):
        rule["meta"]["rule"] = f"r{number}"
    return {
        "name": "random",
        "expectations": list(different.values()),
        "meta": {"attributes": ATTRIBUTES},
    }
