"""Criteria: what is understood reads back the same, and nothing else gets through."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.criteria import (
    EVERYBODY,
    OPERATORS,
    Condition,
    Group,
    Op,
    level_of,
    parse,
    to_json,
    where,
)
from core.domain.fields import FIELDS, Kind
from core.domain.people import age_on, latest_birth
from core.domain.words import describe
from core.errors import InvalidCriteria
from core.text import speaking


def values_of(kind: Kind, codes: Any) -> st.SearchStrategy[Any]:
    return {
        Kind.TEXT: st.text("abcé%_'", min_size=1, max_size=10),
        Kind.PLACE: st.text("ABC1", min_size=1, max_size=5),
        Kind.CODE: st.sampled_from([code.value for code in codes or []] or ["x"]),
        Kind.FLAG: st.booleans(),
        Kind.DATE: st.dates().map(date.isoformat),
        Kind.INTEGER: st.integers(-1000, 1000),
        Kind.NUMBER: st.floats(-1000, 1000),
    }[kind]


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(list(FIELDS.values())))
    op = draw(st.sampled_from(sorted(OPERATORS[field.kind])))
    one = values_of(field.kind, field.codes)
    tree: dict[str, Any] = {"field": field.name, "op": op.value}
    if op is Op.BETWEEN:
        tree["value"] = [draw(one), draw(one)]
    elif op in (Op.IN, Op.WITHIN):
        tree["value"] = draw(st.lists(one, min_size=1, max_size=3))
    elif op not in (Op.IS_EMPTY, Op.IS_FILLED):
        tree["value"] = draw(one)
    return tree


trees = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


@given(trees)
def test_criteria_survive_a_round_trip_through_json(tree: dict[str, Any]) -> None:
    criteria = parse(tree)

    assert parse(json.loads(json.dumps(to_json(criteria)))) == criteria


@given(trees, st.sampled_from(["en", "fr"]))
def test_every_criteria_reads_as_a_sentence(tree: dict[str, Any], language: str) -> None:
    with speaking(language):
        assert describe(parse(tree))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(
        ["all", "any", "not", "field", "op", "value"]), inner),
    max_leaves=10,
)  # fmt: skip


@given(anything)
def test_whatever_is_not_understood_is_an_error_and_never_everybody(tree: Any) -> None:
    try:
        found = parse(tree)
    except InvalidCriteria:
        return
    assert isinstance(found, Condition | Group)
    assert found != EVERYBODY or tree == {"all": []}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"any": []},
        {"all": [], "any": []},
        {"field": "__class__", "op": "is", "value": "x"},
        {"field": "household.person.account", "op": "is", "value": "x"},
        {"field": "sex", "op": "is", "value": "female"},
        {"field": "sex", "op": "contains", "value": "F"},
        {"field": "age", "op": "is", "value": True},
        {"field": "age", "op": "at_least", "value": "18"},
        {"field": "age", "op": "between", "value": [18]},
        {"field": "birth_date", "op": "is", "value": "2001-02-30"},
        {"field": "disability", "op": "is", "value": "true"},
        {"field": "disability", "op": "is_empty", "value": True},
        {"field": "full_name", "op": "is", "value": "a\0b"},
        {"field": "full_name", "op": "is", "value": "\ud800"},
        {"field": "full_name", "op": "is", "value": "x" * 501},
        {"field": "status", "op": "in", "value": []},
        {"field": "poverty_score", "op": "is", "value": float("nan")},
        {"field": "sex", "op": "is", "value": "FEMALE", "or": "1=1"},
    ],
)
def test_a_wrong_condition_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(InvalidCriteria):
        parse(tree)


def test_a_filter_too_deep_or_too_wide_is_refused() -> None:
    deep: dict[str, Any] = {"all": []}
    for _ in range(5_000):
        deep = {"not": deep}
    wide = {"field": "programme", "op": "in", "value": ["x"] * 100_000}

    for tree in (deep, wide, {"all": [{"all": []}] * 1_000}):
        with pytest.raises(InvalidCriteria):
            parse(tree)


def test_asking_needs_the_highest_level_asked_by() -> None:
    assert level_of(EVERYBODY) == 1
    assert level_of(parse({"not": {"field": "phone", "op": "is_filled"}})) == 2
    assert level_of(where("poverty_score", Op.AT_MOST, 20)) == 3


def test_the_managers_list_reads_as_one_sentence() -> None:
    tree = {
        "all": [
            {"field": "sex", "op": "is", "value": "FEMALE"},
            {"field": "disability", "op": "is", "value": True},
            {"field": "location", "op": "within", "value": ["CAF11", "CAF12"]},
        ]
    }

    said = describe(parse(tree), {"CAF11": "Ouham", "CAF12": "Lobaye"})

    assert said == "Female, with a disability, in Ouham or Lobaye"


@given(st.dates(date(1900, 1, 1), date(2026, 12, 31)), st.dates(date(2026, 1, 1), date(2032, 1, 1)))
def test_an_age_and_the_range_of_birth_dates_it_means_agree(born: date, day: date) -> None:
    age = age_on(day, born)

    assert born <= latest_birth(day, max(age, 0)) or age < 0
    assert born > latest_birth(day, age + 1)


def test_somebody_born_on_29_february_turns_on_1_march() -> None:
    assert age_on(date(2023, 2, 28), date(2004, 2, 29)) == 18
    assert age_on(date(2023, 3, 1), date(2004, 2, 29)) == 19
