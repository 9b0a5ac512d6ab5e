"""The Ethiopian calendar: known days, the thirteenth month, and there and back to the day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.calendars import MONTHS, days_in_month, from_ethiopian, to_ethiopian

days = st.dates(min_value=date(9, 1, 1), max_value=date(9990, 12, 31))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ((2000, 1, 1), "2007-09-12"),  # the Ethiopian millennium
        ((2012, 1, 1), "2019-09-12"),  # after a long year
        ((2013, 1, 1), "2020-09-11"),
        ((1888, 6, 23), "1896-03-01"),  # the battle of Adwa
        ((2011, 13, 6), "2019-09-11"),
        ((2012, 13, 5), "2020-09-10"),
        ((1982, 5, 12), "1990-01-20"),
    ],
)
def test_known_days(theirs: tuple[int, int, int], ours: str) -> None:
    assert from_ethiopian(*theirs) == date.fromisoformat(ours)
    assert to_ethiopian(date.fromisoformat(ours)) == theirs


@given(days)
def test_every_day_of_ours_comes_back(day: date) -> None:
    assert from_ethiopian(*to_ethiopian(day)) == day


@given(st.integers(1, 9900), st.integers(1, MONTHS), st.integers(1, 30))
def test_every_day_of_theirs_comes_back_or_does_not_exist(year: int, month: int, day: int) -> None:
    if day <= days_in_month(year, month):
        assert to_ethiopian(from_ethiopian(year, month, day)) == (year, month, day)
    else:
        with pytest.raises(ValueError, match="is not a day"):
            from_ethiopian(year, month, day)


@given(days)
def test_the_day_after_is_the_day_after(day: date) -> None:
    year, month, number = to_ethiopian(day)
    following = to_ethiopian(day + timedelta(days=1))

    if number < days_in_month(year, month):
        assert following == (year, month, number + 1)
    else:
        assert following == ((year, month + 1, 1) if month < MONTHS else (year + 1, 1, 1))


@pytest.mark.parametrize("wrong", [(2000, 0, 1), (2000, 14, 1), (0, 1, 1), (2000, 13, 6)])
def test_what_does_not_exist_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="is not a day"):
        from_ethiopian(*wrong)


def test_days_before_and_after_both_calendars_are_refused() -> None:
    with pytest.raises(ValueError, match="before"):
        to_ethiopian(date(8, 8, 26))
    with pytest.raises(ValueError, match="too late"):
        from_ethiopian(9999, 1, 1)
