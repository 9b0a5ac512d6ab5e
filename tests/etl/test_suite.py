"""Suites: what Great Expectations would drop in silence is refused, and both count the same."""

import copy
import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.etl.normalise import _DTYPES
from core.etl.rows import TYPES
from core.etl.rules.suite import SuiteError, load_suite, read_suite
from core.etl.rules.validate import gx_results, official_result, run
from tests.etl.checking import TODAY

SUITE = load_suite()


def broken(change):
    document = copy.deepcopy(dict(SUITE.document))
    change(document["expectations"][0])
    return json.dumps(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rule: rule.update(type="expect_column_values_to_not_be_nul"), "unknown type"),
        (lambda rule: rule.update(severity="fatal"), "severity"),
        (lambda rule: rule["kwargs"].update(mostlly=1), "mostlly"),
        (lambda rule: rule["kwargs"].pop("column"), "missing column"),
        (lambda rule: rule["kwargs"].update(column="name"), "unknown column"),
        (lambda rule: rule["meta"]["message"].pop("fr"), "message"),
        (lambda rule: rule["meta"].pop("rule"), "meta.rule"),
        (lambda rule: rule["meta"].update(rule="sex_missing"), "twice"),
        (lambda rule: rule["kwargs"].update(row_condition="status == 'ACTIVE'"), "row_condition"),
    ],
)
def test_a_suite_that_would_not_check_what_it_says_is_refused(change, says):
    with pytest.raises(SuiteError, match=says):
        read_suite(broken(change))


def test_dates_as_text_are_refused_because_they_would_fail_at_run():
    document = {
        "name": "s",
        "expectations": [
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "birth_date", "max_value": "2025-01-01"},
                "severity": "critical",
                "meta": {"rule": "r", "message": {"en": "x", "fr": "x"}},
            }
        ],
    }

    with pytest.raises(SuiteError, match="PARAMETER"):
        read_suite(json.dumps(document))


@pytest.mark.parametrize(
    ("regex", "says"),
    [
        ("[a-z", "does not compile"),
        ("(abc)", r"write it as \(\?:…\)"),
        ("(?=abc)", "does not compile"),
        ("", "regular expression"),
        ("a" * 3000, "at most 2000"),
    ],
)
def test_a_pattern_that_fails_or_never_ends_at_run_is_refused(regex: str, says: str) -> None:
    document = copy.deepcopy(dict(SUITE.document))
    document["expectations"][1]["kwargs"]["regex"] = regex

    with pytest.raises(SuiteError, match=f"name_placeholder: .*{says}"):
        read_suite(json.dumps(document))


_DAYS = st.none() | st.dates(min_value=TODAY.replace(year=1890), max_value=TODAY.replace(year=2030))
_WORDS = st.none() | st.sampled_from(
    [
        "abc",
        "A",
        "Amina",
        "محمد",
        "Test 1",
        "none",
        "123",
        "x" * 600,
        "a b",
        "a@b.org",
        "@",
        "0712345678",
    ]
)
_BY_NAME = {
    "sex": st.sampled_from(["FEMALE", "MALE", "OTHER", "Q", None]),
    "status": st.sampled_from(["ACTIVE", "GONE", None]),
    "birth_precision": st.sampled_from(["DAY", "YEAR", None]),
}


def _cell(name, kind):
    if name in _BY_NAME:
        return _BY_NAME[name]
    if pa.types.is_timestamp(kind):
        return _DAYS
    if pa.types.is_boolean(kind):
        return st.none() | st.booleans()
    if pa.types.is_integer(kind):
        return st.none() | st.integers(-2, 70)
    if pa.types.is_floating(kind):
        return st.none() | st.floats(-10, 110)
    return _WORDS


_ROWS = st.lists(
    st.fixed_dictionaries({name: _cell(name, kind) for name, kind in TYPES.items()}),
    min_size=1,
    max_size=6,
)


def _frame(rows):
    columns = {
        name: pa.array(
            [row[name] for row in rows], pa.date32() if kind == pa.timestamp("s") else kind
        ).cast(kind)
        for name, kind in TYPES.items()
    }
    numbers = pa.array(range(2, len(rows) + 2), pa.int64())
    return pa.table({"row": numbers, **columns}).to_pandas(types_mapper=_DTYPES.get)


def _ours(frame):
    found = run(SUITE, frame, TODAY)
    return {rule: sorted(part["row"]) for rule, part in found.groupby("rule")}


def _theirs(frame):
    form = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["row"],
        "return_unexpected_index_query": False,
    }
    found = {}
    for result in gx_results(SUITE, frame, TODAY, form):
        rule = result.expectation_config.meta["rule"]
        assert "unexpected_count" in result.result, (rule, result.exception_info)
        rows = [int(one["row"]) for one in result.result.get("unexpected_index_list") or []]
        if rows:
            found[rule] = sorted(rows)
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(_ROWS)
def test_the_masks_and_great_expectations_name_the_same_rows(rows):
    frame = _frame(rows)

    assert _ours(frame) == _theirs(frame)


def test_the_official_result_counts_what_the_masks_count():
    rows = [dict.fromkeys(TYPES), dict.fromkeys(TYPES) | {"full_name": "abc", "sex": "Q"}]
    frame = _frame(rows)

    official = official_result(SUITE, frame, TODAY)

    ours = pd.Series({rule: len(found) for rule, found in _ours(frame).items()})
    assert {rule: one.failed for rule, one in official.items() if one.failed} == ours.to_dict()
    assert len(official) == len(SUITE.expectations)
