"""Which of two values survives, and what speaks against two records being one person."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.fields import BirthPrecision, Sex
from core.domain.merging import (
    CHOICES,
    Doubt,
    Fate,
    Side,
    Ties,
    choose_fate,
    columns_of,
    find_doubts,
    outcome,
    settle,
)
from core.errors import InvalidInput

S, D = Side.SURVIVOR, Side.DUPLICATE
_NAMES = st.sampled_from(("Awa", "Awa Traoré", "Awa Marie Traore", "Moussa Koné"))
_PART = st.one_of(st.none(), st.sampled_from(("", "Awa", "Traoré")))
RECORDS = st.fixed_dictionaries(
    {
        "full_name": _NAMES,
        "given_name": _PART,
        "middle_name": _PART,
        "family_name": _PART,
        "sex": st.sampled_from(Sex),
        "birth_date": st.one_of(st.none(), st.dates(date(1950, 1, 1), date(2020, 1, 1))),
        "birth_precision": st.one_of(st.none(), st.sampled_from(BirthPrecision)),
        "disability": st.one_of(st.none(), st.booleans()),
        "marital_status": st.none(),
        "registered_on": st.dates(date(2020, 1, 1), date(2020, 1, 5)),
        "phone": _PART,
        "poverty_score": st.one_of(st.none(), st.integers(0, 5)),
    },
    optional={"attribute.roof": _PART, "attribute.cows": st.integers(0, 3)},
).map(lambda values: values if values["birth_date"] else values | {"birth_precision": None})


def _after(survivor: dict[str, Any], duplicate: dict[str, Any], **how: Any) -> dict[str, Any]:
    choices = settle(survivor, duplicate, how.get("newer", D), how.get("taken", {}))
    return survivor | outcome(survivor, duplicate, choices)


def _filled(name: str, value: object) -> bool:
    return value not in (None, "") and not (name == "sex" and value == Sex.UNKNOWN)


@given(RECORDS, RECORDS, st.sampled_from(Side))
def test_no_filled_value_is_lost_and_what_belongs_together_comes_from_one_record(
    survivor: dict[str, Any], duplicate: dict[str, Any], newer: Side
) -> None:
    after = _after(survivor, duplicate, newer=newer)

    for name in (*CHOICES, "attribute.roof", "attribute.cows"):
        sides = (survivor, duplicate)
        if any(_filled(name, one.get(name)) for one in sides):
            assert _filled(name, after.get(name))
        wanted = [{part: one.get(part) for part in columns_of(name)} for one in sides]
        assert {part: after.get(part) for part in columns_of(name)} in wanted


@given(RECORDS, RECORDS, st.sampled_from(Side))
def test_the_values_are_the_same_whichever_record_survives(
    one: dict[str, Any], other: dict[str, Any], newer: Side
) -> None:
    forth, back = _after(one, other, newer=newer), _after(other, one, newer=newer.other)

    same = {name: value for name, value in forth.items() if _filled(name, value)}
    assert same == {name: value for name, value in back.items() if _filled(name, value)}


@given(RECORDS, RECORDS, st.data())
def test_what_somebody_chose_is_taken(
    survivor: dict[str, Any], duplicate: dict[str, Any], data: st.DataObject
) -> None:
    open_ones = [choice for choice in settle(survivor, duplicate, D, {}) if choice.open]
    taken = {choice.name: data.draw(st.sampled_from(Side)) for choice in open_ones}

    after = _after(survivor, duplicate, taken=taken)

    for name, side in taken.items():
        source = survivor if side is S else duplicate
        assert {part: after.get(part) for part in columns_of(name)} == {
            part: source.get(part) for part in columns_of(name)
        }


def _record(**values: Any) -> dict[str, Any]:
    plain = {"full_name": "Awa Traoré", "sex": Sex.FEMALE, "registered_on": date(2024, 1, 1)}
    return plain | values


@pytest.mark.parametrize(
    ("name", "survivor", "duplicate", "side"),
    [
        ("phone", {"phone": "1"}, {"phone": "2"}, D),
        ("phone", {"phone": "1"}, {"phone": ""}, S),
        ("full_name", {"full_name": "Awa Marie Traoré"}, {"full_name": "Awa Traoré"}, S),
        ("registered_on", {}, {"registered_on": date(2023, 1, 1)}, D),
        ("sex", {}, {"sex": Sex.UNKNOWN}, S),
        ("sex", {"sex": Sex.UNKNOWN}, {}, D),
        (
            "birth_date",
            {"birth_date": date(1990, 5, 14), "birth_precision": BirthPrecision.DAY},
            {"birth_date": date(1991, 1, 1), "birth_precision": BirthPrecision.YEAR},
            S,
        ),
    ],
)
def test_the_proposal_is_the_fuller_the_finer_or_else_the_newer_value(
    name: str, survivor: dict[str, Any], duplicate: dict[str, Any], side: Side
) -> None:
    choices = settle(_record(**survivor), _record(**duplicate), D, {})

    assert {choice.name: choice.taken for choice in choices}[name] is side


def test_a_blank_never_deletes_even_when_it_is_chosen() -> None:
    with pytest.raises(InvalidInput, match="has nothing there"):
        settle(_record(phone="1"), _record(phone=None), D, {"phone": D})
    with pytest.raises(InvalidInput, match="nonsense"):
        settle(_record(), _record(), D, {"nonsense": D})


BORN = {"birth_date": date(1990, 5, 14), "birth_precision": BirthPrecision.DAY}


@pytest.mark.parametrize(
    ("survivor", "duplicate", "ties", "doubts"),
    [
        ({}, {"full_name": "Traore Awa"}, Ties(), []),
        ({}, {"sex": Sex.UNKNOWN}, Ties(), []),
        ({}, {"sex": Sex.MALE}, Ties(), [Doubt.SEX]),
        ({}, {"full_name": "Moussa Koné"}, Ties(), [Doubt.NAMES_APART]),
        ({}, {"full_name": "Muusa Traaore"}, Ties(), []),
        (BORN, {"birth_date": date(1993, 5, 14)}, Ties(), [Doubt.BORN_APART]),
        (
            BORN,
            {"birth_date": date(1993, 1, 1), "birth_precision": BirthPrecision.ESTIMATED},
            Ties(),
            [],
        ),
        ({}, {}, Ties(same_household=True, types=["card"]), [
            Doubt.TWO_NUMBERS, Doubt.SAME_HOUSEHOLD,
        ]),
        ({}, {}, Ties(both_heads=True), [Doubt.BOTH_HEADS]),
    ],
)  # fmt: skip
def test_what_speaks_against_it_is_named(
    survivor: dict[str, Any], duplicate: dict[str, Any], ties: Ties, doubts: list[Doubt]
) -> None:
    assert find_doubts(_record(**survivor), _record(**duplicate), ties) == doubts


@pytest.mark.parametrize(
    ("own", "own_open", "other_open", "stays", "fate"),
    [
        (False, False, True, None, Fate.JOINS),
        (False, False, False, None, Fate.JOINS),
        (True, True, True, None, Fate.ENDS),
        (True, True, True, D, Fate.REPLACES),
        (True, False, True, None, Fate.REPLACES),
        (True, True, False, None, Fate.STAYS),
        (True, False, False, None, Fate.STAYS),
    ],
)
def test_one_person_keeps_one_open_enrolment_of_a_cycle(
    own: bool, own_open: bool, other_open: bool, stays: Side | None, fate: Fate
) -> None:
    found = choose_fate(own=own, own_open=own_open, other_open=other_open, stays=stays)

    assert found is fate
