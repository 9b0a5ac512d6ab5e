"""Dates: one order per column by evidence, parts of dates kept as parts, nothing guessed."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.etl.dates import Evidence, read_date
from tests.etl.checking import TODAY


def evidence(*texts):
    found = Evidence()
    found.add(pa.array(texts, pa.string()), np.ones(len(texts), dtype=np.int64))
    return found


@pytest.mark.parametrize(
    ("text", "order", "day", "precision"),
    [
        ("01-07-1974", "DMY", "1974-07-01", "DAY"),
        ("01/07/1974", "MDY", "1974-01-07", "DAY"),
        ("1974-07-01", None, "1974-07-01", "DAY"),
        ("2018-03-20T08:24:09.597", None, "2018-03-20", "DAY"),
        ("19081209", None, "1908-12-09", "DAY"),
        ("05/05/1990", None, "1990-05-05", "DAY"),
        ("1990", None, "1990-01-01", "YEAR"),
        ("05-1990", None, "1990-05-01", "MONTH"),
        ("32875", None, "1990-01-02", "DAY"),
        ("12 mars 1990", None, "1990-03-12", "DAY"),
        ("1er janvier 2000", None, "2000-01-01", "DAY"),
        ("March 5, 1990", None, "1990-03-05", "DAY"),
        ("12-Aug-68", None, "1968-08-12", "DAY"),
        ("03.04.24", "DMY", "2024-04-03", "DAY"),
        ("٠١/٠٧/١٩٧٤", "DMY", "1974-07-01", "DAY"),
    ],
)
def test_dates_are_read_as_they_are_written(text, order, day, precision):
    reading = read_date(text, order, TODAY)

    assert (str(reading.day), reading.precision, reading.fault) == (day, precision, None)


@pytest.mark.parametrize(
    ("text", "order", "fault"),
    [
        ("31/02/2001", "DMY", "invalid_date"),
        ("00/00/1990", "DMY", "invalid_date"),
        ("about 1985", None, "invalid_date"),
        ("12/31/1985", "DMY", "date_order_conflict"),
        ("31/12/1985", "MDY", "date_order_conflict"),
        ("03/04/1985", None, "ambiguous_date_order"),
    ],
)
def test_what_cannot_be_told_is_a_fault_and_never_a_date(text, order, fault):
    reading = read_date(text, order, TODAY)

    assert (reading.day, reading.fault) == (None, fault)


def test_the_majority_of_telling_cells_decides_the_order():
    assert evidence("03/04/1990", "25/04/1990", "26/04/1990", "04/25/1990").order == "DMY"
    assert evidence("04/25/1990").order == "MDY"
    assert evidence("03/04/1990", "1990-04-25").order is None
    assert evidence("25/04/1990", "04/25/1990").order is None


@given(st.text(max_size=20), st.sampled_from(["DMY", "MDY", "YMD", None]))
def test_no_text_breaks_the_reading_of_dates(text, order):
    reading = read_date(text, order, TODAY)

    assert (reading.day is None) == (reading.fault is not None)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_date_comes_back_from_the_usual_forms(day):
    assert read_date(day.isoformat(), None, TODAY).day == day
    assert read_date(day.strftime("%d/%m/%Y"), "DMY", TODAY).day == day
    assert read_date(day.strftime("%m/%d/%Y"), "MDY", TODAY).day == day
    assert read_date(day.strftime("%d %B %Y"), None, TODAY).day == day
