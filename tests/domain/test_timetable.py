"""When a source is due, also on the two nights when the clocks change."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.domain.timetable import Timetable, next_at
from core.errors import InvalidInput

PARIS = ZoneInfo("Europe/Paris")


def after(entry: dict[str, Any], moment: str, zone: str = "UTC") -> str:
    found = next_at(entry, datetime.fromisoformat(moment).replace(tzinfo=UTC), zone)
    assert found is not None
    return f"{found:%Y-%m-%dT%H:%M}"


CASES = [
    ({"every": "hour", "at": "00:15"}, "2026-10-01T12:10", "UTC", "2026-10-01T12:15"),
    ({"every": "hour", "at": "00:15"}, "2026-10-01T12:15", "UTC", "2026-10-01T13:15"),
    ({"every": "day", "at": "02:00"}, "2026-10-01T01:59", "UTC", "2026-10-01T02:00"),
    ({"every": "day", "at": "02:00"}, "2026-10-01T02:00", "UTC", "2026-10-02T02:00"),
    ({"every": "day", "at": "02:00"}, "2026-10-01T23:00", "Asia/Kathmandu", "2026-10-02T20:15"),
    ({"every": "week", "weekday": 0}, "2026-10-01T00:00", "UTC", "2026-10-05T02:00"),
    ({"every": "week", "weekday": 3}, "2026-10-01T03:00", "UTC", "2026-10-08T02:00"),
    # 02:30 does not exist on 29 March and comes twice on 25 October 2026 in Paris.
    ({"every": "day", "at": "02:30"}, "2026-03-28T12:00", "Europe/Paris", "2026-03-29T01:30"),
    ({"every": "day", "at": "02:30"}, "2026-10-25T00:00", "Europe/Paris", "2026-10-25T00:30"),
    ({"every": "day", "at": "02:30"}, "2026-10-25T00:30", "Europe/Paris", "2026-10-26T01:30"),
]


@pytest.mark.parametrize(("entry", "moment", "zone", "due"), CASES)
def test_the_next_moment_is_the_first_one_after(
    entry: dict[str, Any], moment: str, zone: str, due: str
) -> None:
    assert after(entry, moment, zone) == due


def test_moments_follow_one_another_and_none_comes_twice() -> None:
    for every in ("hour", "day", "week"):
        moment, seen = datetime(2026, 3, 20, tzinfo=UTC), set()
        for _step in range(400):
            following = Timetable.from_json({"every": every, "at": "02:30"}).next_after(
                moment, PARIS
            )
            assert following > moment and following not in seen
            seen.add(following)
            moment = following


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"every": "minute"},
        {"every": "day", "at": "24:00"},
        {"every": "day", "at": "2"},
        {"every": "day", "at": None},
        {"every": "week", "weekday": 7},
        {"every": "week", "weekday": "Monday"},
        {"every": "day", "cron": "* * * * *"},
    ],
)
def test_a_timetable_that_means_nothing_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Timetable.from_json(entry)


def test_no_timetable_is_never_due() -> None:
    assert next_at(None, datetime(2026, 1, 1, tzinfo=UTC), "UTC") is None


def test_a_timetable_is_kept_as_it_was_said() -> None:
    said = {"every": "week", "at": "05:30", "weekday": 2}

    assert Timetable.from_json(said).to_json() == said
