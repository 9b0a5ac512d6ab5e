"""Whatever a suite may say, the masks and Great Expectations name the same rows.

CASELOAD_SUITES is the number of random suites (20 where it is not set).
"""

import copy
import json
import os
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.etl.rules import validate
from core.etl.rules.expectations import FORMS
from core.etl.rules.suite import Suite, SuiteError, make_suite
from tests.etl import random_suites
from tests.etl.checking import TODAY
from tests.etl.random_suites import MAKERS, documents, frame_of, rules

SUITES = int(os.environ.get("CASELOAD_SUITES", "20"))
COMPILED = tuple(name for name, form in FORMS.items() if form.compiled)
WHOLE = tuple(name for name, form in FORMS.items() if form.whole_file) * 4
ASKED = tuple(name for name, form in FORMS.items() if not form.compiled)
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))
# Each answer of Great Expectations takes a quarter of a second: shrinking a failure takes minutes.
as_found = settings(unhurried, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def found(issues: pd.DataFrame, suite: Suite) -> dict[str, list[int]]:
    """The rows of each rule; what a value is no number or date for is no rule of the suite."""
    mine = issues[issues["rule"].isin(suite.messages)]
    listed = {rule: sorted(part["row"]) for rule, part in mine.groupby("rule")}
    return {rule: listed.get(rule, []) for rule in suite.messages}


def severities(issues: pd.DataFrame) -> dict[str, set[str]]:
    return {rule: set(part["severity"]) for rule, part in issues.groupby("rule")}


def test_every_expectation_is_drawn_by_the_random_suites() -> None:
    assert set(MAKERS) == set(FORMS)


@settings(as_found, max_examples=SUITES)
@given(random_suites.seeds, documents(*COMPILED, most=30))
def test_masks_and_great_expectations_name_the_same_rows(
    seed: int, document: dict[str, Any]
) -> None:
    suite, frame = make_suite(document), frame_of(seed)

    issues = validate.run(suite, frame, TODAY)

    assert found(issues, suite) == validate.gx_rows(suite, frame, TODAY)
    given_severity = {rule.rule: {rule.severity.value} for rule in suite.expectations}
    told = severities(issues[issues["rule"].isin(suite.messages)])
    assert told.items() <= given_severity.items()


@settings(as_found, max_examples=max(SUITES // 10, 3))
@given(random_suites.seeds, documents(*ASKED, most=3))
def test_a_rule_without_a_mask_is_left_to_great_expectations(
    seed: int, document: dict[str, Any]
) -> None:
    suite, frame = make_suite(document), frame_of(seed)

    issues = validate.run(suite, frame, TODAY)

    assert found(issues, suite) == validate.gx_rows(suite, frame, TODAY)


@settings(unhurried, max_examples=SUITES * 2)
@given(random_suites.seeds, documents(*COMPILED, *WHOLE, *WHOLE), st.integers(1, 8))
def test_a_file_read_in_pieces_breaks_the_same_rules_as_the_whole_file(
    seed: int, document: dict[str, Any], size: int
) -> None:
    suite, frame = make_suite(document), frame_of(seed)
    pieces = [frame.iloc[at : at + size] for at in range(0, len(frame), size)]
    repeats = validate.Repeats(suite, TODAY)

    for piece in pieces:
        repeats.learn(piece)
    parts = [validate.run(suite, piece.reset_index(drop=True), TODAY, repeats) for piece in pieces]

    whole = found(validate.run(suite, frame, TODAY), suite)
    assert found(pd.concat(parts), suite) == whole


Change = Callable[[dict[str, Any]], object]
_STRANGE: list[Any] = [None, 7, True, "", "nonsense", [], {}, [None], {"$PARAMETER": "tomorrow"}]
_TYPES: dict[str, Change] = {
    "type": lambda rule: rule.update(type=rule["type"][:-1]),
    "no type": lambda rule: rule.pop("type"),
    "severity": lambda rule: rule.update(severity=rule["severity"].upper()),
    "no severity": lambda rule: rule.pop("severity"),
    "kwargs": lambda rule: rule.update(kwargs=[]),
    "unknown part": lambda rule: rule.update(condition="x"),
    "unknown argument": lambda rule: rule["kwargs"].update(mostly=0.9),
    "unknown meta": lambda rule: rule["meta"].update(mesage="x"),
    "no message": lambda rule: rule["meta"].pop("message"),
    "unknown place": lambda rule: rule["meta"]["message"].update(en="Row {row.__class__}"),
    "open brace": lambda rule: rule["meta"]["message"].update(fr="Ligne {row"),
    "message in one language": lambda rule: rule["meta"]["message"].pop("fr"),
    "condition as text": lambda rule: rule["kwargs"].update(row_condition="sex == 'MALE'"),
    "condition operator": lambda rule: rule["kwargs"].update(
        row_condition={
            "type": "comparison",
            "column": {"name": "sex"},
            "operator": "=",
            "parameter": "MALE",
        }
    ),
    "condition column": lambda rule: rule["kwargs"].update(
        row_condition={"type": "nullity", "column": {"name": "sexe"}, "is_null": True}
    ),
    "condition type": lambda rule: rule["kwargs"].update(
        row_condition={"type": "not", "conditions": []}
    ),
}


@pytest.mark.parametrize("change", _TYPES.values(), ids=_TYPES)
@settings(unhurried, max_examples=15)
@given(rules(*FORMS))
def test_a_mistyped_part_is_refused_by_the_name_of_its_rule(
    change: Change, rule: dict[str, Any]
) -> None:
    changed = copy.deepcopy(rule)
    change(changed)

    with pytest.raises(SuiteError, match="r0"):
        make_suite({"name": "s", "expectations": [changed]})


def _wrong(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The rule with one argument left out, misspelt or of a wrong type."""
    form, changed = FORMS[rule["type"]], []
    for name, argument in form.arguments.items():
        if name not in rule["kwargs"]:
            continue
        for strange in _STRANGE:
            fine = isinstance(strange, str) and strange and name == "strftime_format"
            flag = isinstance(rule["kwargs"][name], bool) and isinstance(strange, bool)
            regex = strange == "nonsense" and name == "regex"
            whole = isinstance(rule["kwargs"][name], int | float) and strange == 7
            if not (fine or flag or regex or whole):
                changed.append({**rule["kwargs"], name: strange})
        rest = {key: value for key, value in rule["kwargs"].items() if key != name}
        changed.append({**rest, f"{name}s": rule["kwargs"][name]})
        if argument.required:
            changed.append(rest)
    return [{**rule, "kwargs": kwargs} for kwargs in changed]


@settings(unhurried, max_examples=150)
@given(rules(*FORMS))
def test_an_argument_of_the_wrong_type_is_refused_by_the_name_of_its_rule(
    rule: dict[str, Any],
) -> None:
    for changed in _wrong(rule):
        with pytest.raises(SuiteError, match="r0"):
            make_suite({"name": "s", "expectations": [changed], "meta": _META})


_META = {"attributes": random_suites.ATTRIBUTES}


@settings(unhurried, max_examples=300)
@given(rules(*FORMS), st.sampled_from(("full_name", "row", "birth_date", "is_head")))
def test_a_rule_over_a_column_it_cannot_look_at_is_refused(
    rule: dict[str, Any], column: str
) -> None:
    form = FORMS[rule["type"]]
    if "column" not in form.arguments or random_suites.kind_of(column) in form.kinds:
        return
    changed = {**rule, "kwargs": {**rule["kwargs"], "column": column}}

    with pytest.raises(SuiteError, match="r0"):
        make_suite({"name": "s", "expectations": [changed]})


@settings(unhurried, max_examples=200)
@given(documents(*FORMS))
def test_a_sound_suite_is_read_and_great_expectations_takes_every_rule(
    document: dict[str, Any],
) -> None:
    suite = make_suite(json.loads(json.dumps(document)))

    assert len(suite.expectations) == len(document["expectations"])
