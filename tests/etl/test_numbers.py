"""Numbers: one decimal mark per column by evidence, and no thousands taken for decimals."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.etl.values.numbers import Evidence, read_number


def evidence(*texts):
    found = Evidence()
    found.add(pa.array(texts, pa.string()), np.ones(len(texts), dtype=np.int64))
    return found.decimal


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1 200,50", None, 1200.5),
        ("1.200,50", None, 1200.5),
        ("1,200.50", None, 1200.5),
        ("1'200.50", None, 1200.5),
        ("1,20,000", None, 120_000),
        ("12.345.678", None, 12_345_678),
        ("1,200", ".", 1200),
        ("1,200", ",", 1.2),
        ("0.123", None, 0.123),
        ("1234,567", None, 1234.567),
        ("(500)", None, -500),
        ("500-", None, -500),
        ("−7,5", None, -7.5),
        ("12k", None, 12_000),
        ("1,5 k", None, 1500),
        ("KES 500", None, 500),
        ("$1,200.00", None, 1200),
        ("1 200 FCFA", None, 1200),
        ("500/-", None, 500),
        ("१२,५", None, 12.5),
    ],
)
def test_numbers_are_read_as_they_are_written(text, decimal, value):
    assert read_number(text, decimal).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "decimal", "fault"),
    [
        ("1,200", None, "ambiguous_number"),
        ("1.200", None, "ambiguous_number"),
        ("KES 1,200", None, "ambiguous_number"),
        ("45%", None, "percent_sign"),
        ("12 34", None, "invalid_number"),
        ("12,5", ".", "invalid_number"),
        ("1,2,3", None, "invalid_number"),
        ("1e5", None, "invalid_number"),
        ("abc", None, "invalid_number"),
        ("", None, "invalid_number"),
    ],
)
def test_what_may_be_two_numbers_is_none(text, decimal, fault):
    amount = read_number(text, decimal)

    assert (amount.value, amount.fault) == (None, fault)


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (("1,200", "3,400"), None),
        (("1,200", "12.5"), "."),
        (("1.200", "0,5"), ","),
        (("1.200,50",), ","),
        (("1,200,300",), "."),
        (("KES 1,200.50",), "."),
        (("12,5", "12.5"), None),
        (("12,5", "13,5", "14,5", "12.5"), ","),
        ((), None),
    ],
)
def test_telling_cells_decide_the_mark_of_the_column(texts, mark):
    assert evidence(*texts) == mark


def test_what_stands_around_a_number_is_told():
    adorned = [
        t for t in ("12k", "KES 5", "(5)", "5", "-5", "1 200") if read_number(t, ".").adorned
    ]

    assert adorned == ["12k", "KES 5", "(5)"]


@given(st.text(max_size=15) | st.text("0123456789.,- ()k%", max_size=10))
def test_a_number_or_a_fault(text):
    for decimal in (".", ",", None):
        amount = read_number(text, decimal)
        assert (amount.value is None) == (amount.fault is not None)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_every_amount_comes_back_from_both_locales(amount):
    english, value = f"{amount:,.2f}", float(amount)

    assert read_number(english, None).value == value
    assert read_number(english, ".").value == value
    swapped = english.translate(str.maketrans(",.", ".,"))
    assert read_number(swapped, ",").value == value
    assert read_number(swapped.replace(".", " "), None).value == value
