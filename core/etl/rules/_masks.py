"""The expectations of a suite as masks over whole columns: the rows that break a rule."""

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import combinations
from typing import Any

import pandas as pd

from core.etl.rules.expectations import columns_of
from core.etl.rules.suite import Expectation

Kwargs = Mapping[str, Any]
"""The arguments of a rule, its dates put in."""


def breaches(rule: Expectation, frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    """The rows that break one rule, as Great Expectations would list them."""
    checked = applies(rule, frame)
    part = frame if checked is None else frame[list(set(columns_of(rule.kwargs)))][checked]
    broken = _settled(_CHECKS[rule.type](part, kwargs))
    return broken if checked is None else broken.reindex(frame.index, fill_value=False)


def _settled(answer: pd.Series) -> pd.Series:
    """What a comparison says of a missing value counts as no."""
    if answer.dtype == bool:
        return answer
    return answer.astype("boolean").fillna(False).astype(bool)


def applies(rule: Expectation, frame: pd.DataFrame) -> pd.Series | None:
    """The rows that the rule's condition lets in, None for all of them."""
    condition = rule.kwargs.get("row_condition")
    return None if condition is None else holds(condition, frame)


def holds(condition: Mapping[str, Any], frame: pd.DataFrame) -> pd.Series:
    """The rows for which a condition holds; a comparison with a missing value decides nothing."""
    if condition["type"] in ("and", "or"):
        parts = [holds(part, frame) for part in condition["conditions"]]
        return reduce(operator.and_ if condition["type"] == "and" else operator.or_, parts)
    column: pd.Series = frame[condition["column"]["name"]]
    if condition["type"] == "nullity":
        return column.isna() if condition["is_null"] else column.notna()
    return _settled(_OPERATORS[condition["operator"]](column, condition["parameter"]))


_OPERATORS: dict[str, Callable[[pd.Series, Any], pd.Series]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "IN": lambda column, values: column.isin(values),
    "NOT_IN": lambda column, values: ~column.isin(values),
}


def _column(frame: pd.DataFrame, kwargs: Kwargs, name: str = "column") -> pd.Series:
    column: pd.Series = frame[str(kwargs[name])]
    return column


def _filled(frame: pd.DataFrame, kwargs: Kwargs) -> pd.DataFrame:
    """The columns of a list, in the rows where all of them are filled."""
    return frame[kwargs["column_list"]].dropna()


def _in_set(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    column = _column(frame, kwargs)
    return column.notna() & column.isin(kwargs["value_set"])


def _outside_set(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    column = _column(frame, kwargs)
    return column.notna() & ~column.isin(kwargs["value_set"])


def _matches(column: pd.Series, regex: str) -> pd.Series:
    return column.str.contains(regex, na=False)


def _matching_none(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    column = _column(frame, kwargs)
    return column.notna() & ~_matches(column, kwargs["regex"])


def _matching_too_few(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    column = _column(frame, kwargs)
    found = [_matches(column, regex) for regex in kwargs["regex_list"]]
    fine = reduce(operator.or_ if kwargs["match_on"] == "any" else operator.and_, found)
    return column.notna() & ~fine


def _matching_any(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    column = _column(frame, kwargs)
    return reduce(operator.or_, (_matches(column, regex) for regex in kwargs["regex_list"]))


def _outside(values: pd.Series, kwargs: Kwargs) -> pd.Series:
    broken = pd.Series(False, index=values.index, dtype="boolean")
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is not None:
        broken |= values <= low if kwargs.get("strict_min") else values < low
    if high is not None:
        broken |= values >= high if kwargs.get("strict_max") else values > high
    return broken


def _both(frame: pd.DataFrame, kwargs: Kwargs) -> tuple[pd.Series, pd.Series, pd.Series]:
    first, second = _column(frame, kwargs, "column_A"), _column(frame, kwargs, "column_B")
    return first, second, first.notna() & second.notna()


def _not_greater(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    first, second, filled = _both(frame, kwargs)
    return filled & ~(first >= second if kwargs.get("or_equal") else first > second)


def _not_equal(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    first, second, filled = _both(frame, kwargs)
    return filled & (first != second)


def _strange_pair(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    first, second, filled = _both(frame, kwargs)
    fine = pd.Series(False, index=frame.index)
    partners: dict[object, list[object]] = {}
    for one, other in kwargs["value_pairs_set"]:
        partners.setdefault(one, []).append(other)
    for one, others in partners.items():
        fine |= first.isin([one]) & second.isin(others)
    return filled & ~fine


def _repeated(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    column = _column(frame, kwargs)
    return column.notna() & column.duplicated(keep=False)


def _repeated_together(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    repeated: pd.Series = _filled(frame, kwargs).duplicated(keep=False)
    return repeated.reindex(frame.index, fill_value=False)


def _same_within(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    broken = pd.Series(False, index=frame.index)
    for one, other in combinations(kwargs["column_list"], 2):
        broken |= _settled(frame[one] == frame[other])
    return broken & frame[kwargs["column_list"]].notna().all(axis=1)


def _other_sum(frame: pd.DataFrame, kwargs: Kwargs) -> pd.Series:
    # A plain sum, as the official one takes it: numbers with fractions must fit exactly.
    total: pd.Series = _filled(frame, kwargs).sum(axis=1, skipna=False)
    other: pd.Series = total != float(kwargs["sum_total"])
    return other.reindex(frame.index, fill_value=False)


_CHECKS: dict[str, Callable[[pd.DataFrame, Kwargs], pd.Series]] = {
    "expect_column_values_to_not_be_null": lambda f, k: _column(f, k).isna(),
    "expect_column_values_to_be_null": lambda f, k: _column(f, k).notna(),
    "expect_column_values_to_be_in_set": _outside_set,
    "expect_column_values_to_not_be_in_set": _in_set,
    "expect_column_values_to_match_regex": _matching_none,
    "expect_column_values_to_not_match_regex": lambda f, k: _matches(_column(f, k), k["regex"]),
    "expect_column_values_to_match_regex_list": _matching_too_few,
    "expect_column_values_to_not_match_regex_list": _matching_any,
    "expect_column_values_to_be_between": lambda f, k: _outside(_column(f, k), k),
    "expect_column_value_lengths_to_be_between": lambda f, k: _outside(_column(f, k).str.len(), k),
    "expect_column_value_lengths_to_equal": lambda f, k: (
        _column(f, k).notna() & (_column(f, k).str.len() != k["value"])
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": _not_greater,
    "expect_column_pair_values_to_be_equal": _not_equal,
    "expect_column_pair_values_to_be_in_set": _strange_pair,
    "expect_column_values_to_be_unique": _repeated,
    "expect_compound_columns_to_be_unique": _repeated_together,
    "expect_select_column_values_to_be_unique_within_record": _same_within,
    "expect_multicolumn_sum_to_equal": _other_sum,
}
