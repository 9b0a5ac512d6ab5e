"""Run a suite on typed rows: as masks for every row, by Great Expectations for the counts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from core.etl.rows import all_issues, no_issues
from core.etl.rules import _attributes, _masks
from core.etl.rules.expectations import FORMS, columns_of, parameter
from core.etl.rules.suite import Expectation, Suite, SuiteError

_LONGEST_VALUE = 200


@dataclass(frozen=True)
class RuleResult:
    """What Great Expectations counted for one rule."""

    rule: str
    success: bool
    checked: int
    failed: int


@dataclass
class Repeats:
    """Which values occur more than once in a whole file that is read batch by batch.

    Learn every batch first; 8 bytes are kept for each row and rule that looks at the whole file.
    """

    suite: Suite
    today: date
    _seen: dict[str, list[np.ndarray]] = field(default_factory=dict)
    _doubled: dict[str, np.ndarray] = field(default_factory=dict)

    def learn(self, frame: pd.DataFrame) -> None:
        """Take note of one batch."""
        frame, _ = _attributes.with_attributes(self.suite, frame, self.today)
        for rule in self.suite.whole_file:
            self._seen.setdefault(rule.rule, []).append(_hashed(rule, frame)[0])

    def breaches(self, rule: Expectation, frame: pd.DataFrame) -> pd.Series:
        """The rows of one batch whose value stands somewhere else in the file too."""
        if rule.rule not in self._doubled:
            hashes, counts = np.unique(
                np.concatenate(self._seen.pop(rule.rule, [np.empty(0, np.uint64)])),
                return_counts=True,
            )
            self._doubled[rule.rule] = hashes[counts > 1]
        hashed, where = _hashed(rule, frame)
        broken = pd.Series(False, index=frame.index)
        broken[where] = np.isin(hashed, self._doubled[rule.rule])
        return broken


def _hashed(rule: Expectation, frame: pd.DataFrame) -> tuple[np.ndarray, pd.Series]:
    """A hash of what must be unique, and the rows that the rule looks at."""
    values = frame[columns_of(rule.kwargs)]
    where = values.notna().all(axis=1)
    applies = _masks.applies(rule, frame)
    where = where if applies is None else where & applies
    return pd.util.hash_pandas_object(values[where], index=False).to_numpy(), where


def run(
    suite: Suite, frame: pd.DataFrame, today: date, repeats: Repeats | None = None
) -> pd.DataFrame:
    """Check every rule on every row; one issue per breach, with the value as a person reads it.

    A frame that is a part of its file needs `repeats`, which has learned all of it.
    """
    frame, unreadable = _attributes.with_attributes(suite, frame, today)
    found = []
    for rule in suite.expectations:
        if repeats is not None and FORMS[rule.type].whole_file:
            broken = repeats.breaches(rule, frame)
        else:
            broken = breaches(rule, frame, today, suite.attributes)
        where = np.flatnonzero(broken.to_numpy())
        if len(where):
            found.append((rule, where))
    issues = _issues(found, frame)
    return all_issues([unreadable, issues]) if len(unreadable) else issues


def breaches(
    rule: Expectation, frame: pd.DataFrame, today: date, attributes: Mapping[str, str]
) -> pd.Series:
    """The rows that break one rule, as Great Expectations would list them."""
    if not FORMS[rule.type].compiled:
        return _asked(rule, frame, today, attributes)
    kwargs = {name: _settled(value, today) for name, value in rule.kwargs.items()}
    return _masks.breaches(rule, frame, kwargs)


def _settled(value: object, today: date) -> object:
    named = value.get("$PARAMETER") if isinstance(value, dict) else None
    day = parameter(named, today)
    return pd.Timestamp(day) if day else value


def _issues(found: Sequence[tuple[Expectation, np.ndarray]], frame: pd.DataFrame) -> pd.DataFrame:
    """Put the breaches into one frame, ordered by row; columns at once, not cell by cell."""
    if not found:
        return no_issues()
    rows = np.concatenate([frame["row"].to_numpy()[where] for _, where in found])
    order = np.argsort(rows, kind="stable")
    which = pa.array(np.repeat(np.arange(len(found)), [len(where) for _, where in found])[order])
    values = pa.concat_arrays([_texts(frame[rule.column].iloc[at]) for rule, at in found])
    told = {
        "column": ["" for _ in found],
        "field": [rule.column for rule, _ in found],
        "rule": [rule.rule for rule, _ in found],
        "severity": [rule.severity.value for rule, _ in found],
    }
    texts = {name: pa.array(said, pa.string()).take(which) for name, said in told.items()}
    table = {"row": pa.array(rows[order]), **texts, "value": values.take(pa.array(order))}
    issues: pd.DataFrame = pa.table(table).to_pandas()
    return issues


def _texts(values: pd.Series) -> pa.StringArray:
    """The values as a person reads them, nothing for a missing one."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        said = np.datetime_as_string(values.to_numpy().astype("datetime64[D]"))
        texts = pd.Series(said, dtype="str")
    elif isinstance(values.dtype, pd.StringDtype):
        texts = values.str.slice(0, _LONGEST_VALUE)
    else:
        texts = pd.Series(list(map(str, values.array)), dtype="str")
    texts = texts.mask(values.isna().to_numpy(), "")
    return pa.array(texts.to_numpy(dtype=object), pa.string())


def official_result(suite: Suite, frame: pd.DataFrame, today: date) -> dict[str, RuleResult]:
    """Let Great Expectations itself count, by rule name.

    Slow to import (seconds, 260 MB) and to run: for background work only. Raises SuiteError when
    it could not evaluate a rule, which it would otherwise report as a failed one.
    """
    form = {"result_format": "BASIC", "partial_unexpected_count": 0}
    found = {}
    for result in gx_results(suite, frame, today, form):
        rule = result.expectation_config.meta["rule"]
        counts = _evaluated(result, suite.name)
        found[rule] = RuleResult(
            rule,
            bool(result.success),
            int(counts["element_count"]),
            int(counts["unexpected_count"]),
        )
    return found


def _evaluated(result: Any, suite: str) -> Any:  # noqa: ANN401 - of Great Expectations
    if "element_count" not in result.result:
        rule = result.expectation_config.meta["rule"]
        raise SuiteError(
            "Rule {rule} of suite {suite} could not be evaluated.", rule=rule, suite=suite
        )
    return result.result


def gx_rows(suite: Suite, frame: pd.DataFrame, today: date) -> dict[str, list[int]]:
    """Let Great Expectations list the rows that break each rule, by rule name."""
    form = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["row"],
        "return_unexpected_index_query": False,
    }
    found = {}
    for result in gx_results(suite, frame, today, form):
        listed = _evaluated(result, suite.name).get("unexpected_index_list") or []
        found[result.expectation_config.meta["rule"]] = sorted(int(one["row"]) for one in listed)
    return found


def _asked(
    rule: Expectation, frame: pd.DataFrame, today: date, attributes: Mapping[str, str]
) -> pd.Series:
    """Let Great Expectations find the rows of a rule that is not compiled."""
    item = {
        "type": rule.type,
        "kwargs": dict(rule.kwargs),
        "severity": rule.severity.value,
        "meta": {"rule": rule.rule},
    }
    alone = Suite("one rule", (rule,), {"name": "one rule", "expectations": [item]}, attributes)
    return frame["row"].isin(gx_rows(alone, frame, today)[rule.rule])


def gx_results(
    suite: Suite, frame: pd.DataFrame, today: date, result_format: Mapping[str, Any]
) -> list[Any]:
    """Run Great Expectations on the frame; one result per expectation, in its own order."""
    import great_expectations as gx  # noqa: PLC0415 - seconds and 260 MB, only when really needed
    from great_expectations.data_context.types.base import (  # noqa: PLC0415
        ProgressBarsConfig,
    )

    frame, _ = _attributes.with_attributes(suite, frame, today)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    official = gx.ExpectationSuite(**json.loads(json.dumps(suite.document)))
    if len(official.expectations) != len(suite.expectations):
        raise SuiteError("Great Expectations dropped a rule of suite {suite}.", suite=suite.name)
    source = context.data_sources.add_pandas("rows").add_dataframe_asset("typed")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    answer = batch.validate(
        official,
        expectation_parameters=_named_dates(suite, today),
        result_format=dict(result_format),
    )
    return list(answer.results)


def _named_dates(suite: Suite, today: date) -> dict[str, datetime]:
    """The dates that the rules of a suite name."""
    values = [value for rule in suite.expectations for value in rule.kwargs.values()]
    names = {value.get("$PARAMETER") for value in values if isinstance(value, dict)}
    days = {str(name): parameter(name, today) for name in names}
    # The typed dates of a frame carry no zone, as Great Expectations compares them.
    return {
        name: datetime(day.year, day.month, day.day)  # noqa: DTZ001
        for name, day in days.items()
        if day
    }
