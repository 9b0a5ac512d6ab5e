"""Completed months since a day, in the rule and on both engines."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.domain.criteria import parse
from core.domain.people import months_on
from core.models import Enrolment
from core.storage.columns import ENROLMENT, months
from core.storage.database import transaction
from core.storage.selection import holds
from tests import rows
from tests.conftest import Registry

DAYS = (date(2024, 1, 31), date(2024, 2, 29), date(2024, 5, 1), date(2025, 2, 28), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("begun", "day", "expected"),
    [
        (date(2024, 1, 15), date(2024, 2, 14), 0),
        (date(2024, 1, 15), date(2024, 2, 15), 1),
        (date(2024, 1, 31), date(2024, 2, 28), 0),
        (date(2024, 1, 31), date(2024, 2, 29), 1),
        (date(2024, 1, 31), date(2025, 2, 28), 13),
        (date(2024, 1, 15), date(2024, 1, 15), 0),
        (date(2024, 1, 15), date(2023, 6, 1), 0),
    ],
)
def test_a_month_is_complete_on_its_day_or_on_the_last_one(
    begun: date, day: date, expected: int
) -> None:
    assert months_on(day, begun) == expected


@settings(max_examples=200)
@given(begun=st.dates(date(1950, 1, 1)), day=st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_months_never_fall_as_days_pass(begun: date, day: date) -> None:
    before = months_on(day, begun)
    assert before <= months_on(date.fromordinal(day.toordinal() + 1), begun) <= before + 1


def test_the_database_counts_months_by_the_same_rule(registry: Registry) -> None:
    with transaction() as db:
        programme = rows.add_programme(db, "CASH")
        for begun in DAYS:
            key = rows.enrol(db, rows.add_human(db, str(begun)), programme)
            db.get_one(Enrolment, key).since = begun
        db.flush()
        for day in (*DAYS, date(2024, 2, 28), date(2025, 3, 30)):
            found = db.execute(select(ENROLMENT.since, months(ENROLMENT.since, day))).all()
            assert {row[0]: row[1] for row in found} == {one: months_on(day, one) for one in DAYS}
        asked = parse({"field": "months_in_status", "op": "at_least", "value": 12})
        fits = select(ENROLMENT.since).where(holds(asked, date(2025, 2, 28)))
        assert set(db.execute(fits).scalars()) == {date(2024, 1, 31), date(2024, 2, 29)}
