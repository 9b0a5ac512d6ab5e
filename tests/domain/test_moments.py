"""Dates in the reader's language, in an order that nobody misreads."""

from datetime import UTC, date, datetime

import pytest

from core.text import show_date, show_moment, speaking


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "3 Nov 2026", "3 Nov 2026, 14:07"),
        ("fr", "3 nov. 2026", "3 nov. 2026, 14:07"),
    ],
)
def test_the_month_is_a_word_and_the_day_has_24_hours(language: str, day: str, moment: str) -> None:
    with speaking(language):
        assert show_date(date(2026, 11, 3)) == day
        assert show_moment(datetime(2026, 11, 3, 14, 7, 59, tzinfo=UTC)) == moment
