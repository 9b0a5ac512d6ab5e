"""Dates: one order per column by evidence, parts of dates kept as parts, nothing guessed."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.calendars import to_ethiopian
from core.etl.values.dates import read_date
from core.etl.values.evidence import DateEvidence
from tests.etl.checking import TODAY


def evidence(*texts):
    found = DateEvidence()
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
        ("00/00/1990", "DMY", "1990-01-01", "YEAR"),
        ("00/05/1990", "MDY", "1990-05-01", "MONTH"),
        ("1990-05-00", None, "1990-05-01", "MONTH"),
        ("about 1985", None, "1985-01-01", "ESTIMATED"),
        ("vers 1985", None, "1985-01-01", "ESTIMATED"),
        ("c. 1985", None, "1985-01-01", "ESTIMATED"),
        ("1985 (?)", None, "1985-01-01", "ESTIMATED"),
        ("environ 05/1985", None, "1985-05-01", "ESTIMATED"),
        ("25121990", None, "1990-12-25", "DAY"),
        ("85/03/12", "YMD", "1985-03-12", "DAY"),
        ("12 መስከረም 1985", None, "1992-09-22", "DAY"),
        ("1982 E.C.", None, "1989-09-11", "ESTIMATED"),
        ("12/05/1982 GC", "DMY", "1982-05-12", "DAY"),
    ],
)
def test_dates_are_read_as_they_are_written(text, order, day, precision):
    reading = read_date(text, order, TODAY)

    assert (str(reading.day), reading.precision, reading.fault) == (day, precision, None)


@pytest.mark.parametrize(
    ("text", "order", "fault"),
    [
        ("31/02/2001", "DMY", "invalid_date"),
        ("00/13/1990", "DMY", "invalid_date"),
        ("about then", None, "invalid_date"),
        ("1990-00-05", None, "invalid_date"),
        ("1985-1990", None, "invalid_date"),
        ("03/04/1985", "YMD", "ambiguous_date_order"),
        ("0-Jan-00", None, "zero_date"),
        ("1899-12-30 00:00:00", None, "zero_date"),
        ("05/08/1411", None, "calendar_not_supported"),
        ("15 Ramadan 1411", None, "calendar_not_supported"),
        ("1411 هـ", None, "calendar_not_supported"),
        ("12/05/2533", "DMY", "calendar_not_supported"),
        ("12 พ.ศ. 2533", None, "calendar_not_supported"),
        ("12/31/1985", "DMY", "date_order_conflict"),
        ("31/12/1985", "MDY", "date_order_conflict"),
        ("03/04/1985", None, "ambiguous_date_order"),
    ],
)
def test_what_cannot_be_told_is_a_fault_and_never_a_date(text, order, fault):
    reading = read_date(text, order, TODAY)

    assert (reading.day, reading.fault) == (None, fault)


def test_the_majority_of_telling_cells_decides_the_order():
    several = ("25/04/1990", "26/04/1990", "27/04/1990", "04/25/1990")
    assert evidence("03/04/1990", *several).order == "DMY"
    assert evidence(*several[1:]).order is None
    assert evidence("85/03/12", "90/12/31", "12/01/02").order == "YMD"
    assert evidence("25/04/1990 EC", "03/04/1990").order == "DMY"
    assert evidence("04/25/1990").order == "MDY"
    assert evidence("03/04/1990", "1990-04-25").order is None
    assert evidence("25/04/1990", "04/25/1990").order is None


ORDERS = st.sampled_from(["DMY", "MDY", "YMD", None])
CALENDARS = st.sampled_from(["gregorian", "ethiopian", None])


@given(st.text(max_size=20) | st.text("0123456789/-. ECAH~", max_size=12), ORDERS, CALENDARS)
def test_no_text_breaks_the_reading_of_dates(text, order, calendar):
    reading = read_date(text, order, TODAY, calendar)

    assert (reading.day is None) == (reading.fault is not None)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_date_comes_back_from_the_usual_forms(day):
    assert read_date(day.isoformat(), None, TODAY).day == day
    assert read_date(day.strftime("%d/%m/%Y"), "DMY", TODAY).day == day
    assert read_date(day.strftime("%m/%d/%Y"), "MDY", TODAY).day == day
    assert read_date(day.strftime("%d %B %Y"), None, TODAY).day == day


@given(st.dates(min_value=date(1850, 1, 1), max_value=date(2090, 12, 31)))
def test_every_date_comes_back_from_an_ethiopian_column(day):
    year, month, number = to_ethiopian(day)

    for text in (f"{number:02}/{month:02}/{year}", f"{year}-{month:02}-{number:02}"):
        assert read_date(text, "DMY", TODAY, "ethiopian").day == day


def test_dates_of_thirty_day_months_make_another_calendar_suspected():
    theirs = evidence(
        *(f"{d}/{m}/{y}" for y in range(1960, 1985) for m in (2, 7) for d in range(17, 31))
    )
    ours = evidence(
        *(f"{d}/{m}/{y}" for y in range(1960, 1985) for m in (3, 7) for d in range(17, 32))
    )

    assert (theirs.seems_ethiopian, ours.seems_ethiopian) == (True, False)
    assert not evidence("25/04/1990", "26/13/1990").seems_ethiopian
    assert not evidence("04/13/1990", "05/25/1990").seems_ethiopian
    assert evidence("1982-13-05", "1981-13-01", "1980-02-30").seems_ethiopian
    assert not evidence("25/05/1982 EC", "26/05/1982 EC").seems_ethiopian


def test_swapped_days_and_months_are_suspected_only_where_nothing_speaks_against_it():
    real = tuple(f"199{year}-02-0{year}" for year in range(1, 7))
    left = tuple(f"{day}/03/1988" for day in range(20, 26))

    assert evidence(*real, *left).seems_swapped
    assert not evidence(*real, "1990-05-25", *left).seems_swapped
    assert not evidence(*real, *left, "03/04/1988").seems_swapped
    assert not evidence(*real).seems_swapped
