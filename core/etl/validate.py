"""Run a suite on typed rows: as masks for every row, by Great Expectations for the counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from core.etl.rows import all_issues, issue_frame
from core.etl.suite import Expectation, Suite, SuiteError

_OLDEST, _YOUNGEST_HEAD = 120, 10


@dataclass(frozen=True)
class RuleResult:
    """What Great Expectations counted for one rule."""

    rule: str
    success: bool
    checked: int
    failed: int


def run(suite: Suite, frame: pd.DataFrame, today: date) -> pd.DataFrame:
    """Check every rule on every row; one issue per breach, with the value as a person reads it."""
    bounds = parameters(today)
    parts = []
    for rule in suite.expectations:
        broken = breaches(rule, frame, bounds)
        if broken.any():
            hit = frame.loc[broken, ["row", rule.column]]
            parts.append(
                issue_frame(
                    hit["row"].to_numpy(),
                    rule.rule,
                    rule.severity,
                    field=rule.column,
                    values=_texts(hit[rule.column]),
                )
            )
    return all_issues(parts)


def parameters(today: date) -> dict[str, datetime]:
    """The dates that a suite may refer to by name."""
    return {
        "today": _midnight(today),
        "earliest_birth": _years_before(today, _OLDEST),
        "ten_years_ago": _years_before(today, _YOUNGEST_HEAD),
    }


def breaches(rule: Expectation, frame: pd.DataFrame, bounds: Mapping[str, datetime]) -> pd.Series:
    """The rows that break one rule, as Great Expectations would list them."""
    kwargs = {name: _bound(value, bounds) for name, value in rule.kwargs.items()}
    broken = _CHECKS[rule.type](frame, kwargs).astype("boolean").fillna(False)
    condition = rule.kwargs.get("row_condition")
    if condition is not None:
        broken &= _holds(condition, frame)
    return broken.astype(bool)


def _bound(value: object, bounds: Mapping[str, datetime]) -> object:
    if isinstance(value, dict) and "$PARAMETER" in value:
        return pd.Timestamp(bounds[value["$PARAMETER"]])
    return value


def _holds(condition: Mapping[str, Any], frame: pd.DataFrame) -> pd.Series:
    if condition["type"] == "and":
        parts = [_holds(part, frame) for part in condition["conditions"]]
        return pd.concat(parts, axis=1).all(axis=1)
    column = _column(frame, condition["column"], "name")
    if condition["type"] == "nullity":
        return column.isna() if condition["is_null"] else column.notna()
    wanted = condition["parameter"]
    return column.isin(wanted if condition["operator"] == "IN" else [wanted])


def _column(frame: pd.DataFrame, kwargs: Mapping[str, Any], name: str = "column") -> pd.Series:
    column: pd.Series = frame[str(kwargs[name])]
    return column


def _null(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    return _column(frame, kwargs).isna()


def _not_null(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    return _column(frame, kwargs).notna()


def _outside_set(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    column = _column(frame, kwargs)
    return column.notna() & ~column.isin(kwargs["value_set"])


def _inside_set(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    column = _column(frame, kwargs)
    return column.notna() & column.isin(kwargs["value_set"])


def _matching(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    return _column(frame, kwargs).str.contains(kwargs["regex"], na=False)


def _not_matching(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    return ~_column(frame, kwargs).str.contains(kwargs["regex"], na=True)


def _outside_range(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    return _outside(_column(frame, kwargs), kwargs)


def _length_outside(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    return _outside(_column(frame, kwargs).str.len(), kwargs)


def _outside(values: pd.Series, kwargs: Mapping[str, Any]) -> pd.Series:
    broken = pd.Series(False, index=values.index, dtype="boolean")
    if kwargs.get("min_value") is not None:
        broken |= values < kwargs["min_value"]
    if kwargs.get("max_value") is not None:
        broken |= values > kwargs["max_value"]
    return broken


def _not_greater(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.Series:
    first, second = _column(frame, kwargs, "column_A"), _column(frame, kwargs, "column_B")
    fine = first >= second if kwargs.get("or_equal") else first > second
    return first.notna() & second.notna() & ~fine


_CHECKS: dict[str, Callable[[pd.DataFrame, Mapping[str, Any]], pd.Series]] = {
    "expect_column_values_to_not_be_null": _null,
    "expect_column_values_to_be_null": _not_null,
    "expect_column_values_to_be_in_set": _outside_set,
    "expect_column_values_to_not_be_in_set": _inside_set,
    "expect_column_values_to_match_regex": _not_matching,
    "expect_column_values_to_not_match_regex": _matching,
    "expect_column_values_to_be_between": _outside_range,
    "expect_column_value_lengths_to_be_between": _length_outside,
    "expect_column_pair_values_a_to_be_greater_than_b": _not_greater,
}


def _texts(values: pd.Series) -> Sequence[object]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return [None if pd.isna(value) else value.date().isoformat() for value in values]
    return [None if pd.isna(value) else value for value in values]


def _midnight(day: date) -> datetime:
    # The typed dates of a frame carry no zone, as Great Expectations compares them.
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


def _years_before(day: date, years: int) -> datetime:
    leap = day.month == 2 and day.day == 29
    return _midnight(day.replace(year=day.year - years, day=28 if leap else day.day))


def official_result(suite: Suite, frame: pd.DataFrame, today: date) -> dict[str, RuleResult]:
    """Let Great Expectations itself count, by rule name.

    Slow to import (seconds, 260 MB) and to run: for background work only. Raises SuiteError when
    it could not evaluate a rule, which it would otherwise report as a failed one.
    """
    results = gx_results(
        suite, frame, today, {"result_format": "BASIC", "partial_unexpected_count": 0}
    )
    found = {}
    for result in results:
        rule = result.expectation_config.meta["rule"]
        counts = result.result
        if not counts:
            raise SuiteError(f"Rule {rule} of suite {suite.name} could not be evaluated.")
        found[rule] = RuleResult(
            rule,
            bool(result.success),
            int(counts["element_count"]),
            int(counts["unexpected_count"]),
        )
    return found


def gx_results(
    suite: Suite, frame: pd.DataFrame, today: date, result_format: Mapping[str, Any]
) -> list[Any]:
    """Run Great Expectations on the frame; one result per expectation, in its own order."""
    import great_expectations as gx  # noqa: PLC0415 - seconds and 260 MB, only when really needed
    from great_expectations.data_context.types.base import (  # noqa: PLC0415
        ProgressBarsConfig,
    )

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    official = gx.ExpectationSuite(**suite.document)
    if len(official.expectations) != len(suite.expectations):
        raise SuiteError(f"Great Expectations dropped a rule of suite {suite.name}.")
    source = context.data_sources.add_pandas("rows").add_dataframe_asset("typed")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    answer = batch.validate(
        official, expectation_parameters=parameters(today), result_format=dict(result_format)
    )
    return list(answer.results)
