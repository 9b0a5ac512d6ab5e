"""A programme's design as a document: read back as it was, refused with what is wrong named."""

from datetime import date
from typing import Any

import pytest

from core.domain.criteria import Op, where
from core.domain.fields import Kind
from core.domain.lifecycle import DEFAULT_MOVES, HouseholdRule, Move, State
from core.domain.programme_design import (
    Attribute,
    Design,
    changed_fields,
    check,
    from_json,
    read_design,
)
from core.errors import InvalidCriteria, InvalidInput
from core.models import Programme

FULL = Design(
    name="Cash",
    moves=(
        Move(State.POTENTIAL, State.ACTIVE, ("Verified",), where("age", Op.AT_LEAST, 18)),
        Move(State.ACTIVE, State.POTENTIAL),
    ),
    exit_reasons=("Left the country",),
    household_rule=HouseholdRule.HEAD,
    capacity=500,
    approval=True,
    graduation=where("poverty_score", Op.AT_MOST, 10),
    attribute_schema=(
        Attribute("roof", "Roof", Kind.CODE, ("straw", "tin"), required=True),
        Attribute("income", "Income", Kind.NUMBER),
    ),
    default_criteria=where("sex", Op.IS, "FEMALE"),
    list_columns=("full_name", "phone", "attribute.roof"),
    starts=date(2026, 1, 1),
    ends=date(2026, 12, 31),
)


def test_a_design_comes_back_from_its_document_and_from_its_row() -> None:
    assert from_json(FULL.to_json()) == FULL
    assert read_design(Programme(code="CASH", **FULL.to_columns())) == FULL


def test_a_fresh_programme_has_the_usual_design_and_keeps_none_of_it() -> None:
    fresh = read_design(Programme(code="CASH", name="Cash"))

    assert fresh == Design(name="Cash", moves=DEFAULT_MOVES)
    columns = fresh.to_columns()
    usual = ("moves", "exit_reasons", "attribute_schema", "list_columns", "graduation", "capacity")
    assert {columns[name] for name in usual} == {None}


def test_what_a_document_does_not_name_stays_and_the_order_of_moves_is_no_change() -> None:
    after = from_json({"capacity": None, "moves": FULL.to_json()["moves"][::-1]}, FULL)

    assert changed_fields(FULL, after) == ["capacity"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"colour": "red"}, "“colour” is no part of a programme’s design"),
    ({"name": " "}, "Give the programme a name"),
    ({"unit": "village"}, "“village” is no unit"),
    ({"unit": "household"}, "they move as one anyway"),
    ({"household_rule": "SOME"}, "“SOME” is no household rule. Possible: NONE, HEAD, ANY, ALL"),
    ({"capacity": 0}, "whole number of places, 1 or more"),
    ({"capacity": True}, "whole number of places"),
    ({"approval": "yes"}, "true or false"),
    ({"moves": []}, "at least one move"),
    ({"moves": [{"before": "ACTIVE", "after": "ACTIVE"}]}, "leads nowhere"),
    ({"graduation": {"field": "shoe", "op": "is", "value": 1}}, "“shoe” is not a field"),
    ({"list_columns": ["shoe"]}, "“shoe” is not a field"),
    ({"list_columns": "sex"}, "a list of texts"),
    ({"attribute_schema": [{"name": "a"}, {"name": "A"}]}, "“A” stands twice|“a” stands twice"),
    ({"attribute_schema": [{"label": "a"}]}, "needs a name"),
    ({"attribute_schema": [{"name": "a", "kind": "place"}]}, "“a” is one of text, integer"),
    ({"attribute_schema": [{"name": "a", "kind": "code"}]}, "a choice has 1 to 200 options"),
    ({"attribute_schema": [{"name": "a", "options": ["x"]}]}, "another kind has none"),
    ({"attribute_schema": [{"name": "a", "size": 1}]}, "nothing else"),
    ({"starts": "soon"}, "“soon” is not a date"),
    ({"starts": "2027-01-01"}, "ends before it starts"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG, ids=[str(wrong) for wrong, _ in WRONG])
def test_what_cannot_be_is_refused_by_name(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises((InvalidInput, InvalidCriteria), match=words):
        from_json(wrong, FULL)


def test_a_document_that_is_none_and_parts_that_do_not_fit_are_refused() -> None:
    for document in ([], None, {"unit": "household"}):
        with pytest.raises(InvalidInput):
            from_json(document)
    with pytest.raises(InvalidInput):
        check(Design(name="x", unit="household", household_rule=HouseholdRule.ALL))
