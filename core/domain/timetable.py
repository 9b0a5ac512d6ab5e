"""When a source is due: every hour, day or week at a time of the installation's own clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from core.errors import InvalidInput

EVERY = ("hour", "day", "week")


@dataclass(frozen=True)
class Timetable:
    """`at` is the time of day, of which an hourly one uses the minutes; weekday 0 is Monday."""

    every: str
    at: time = time(2, 0)
    weekday: int = 0

    def to_json(self) -> dict[str, Any]:
        said = {"every": self.every, "at": f"{self.at:%H:%M}"}
        return {**said, "weekday": self.weekday} if self.every == "week" else said

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        """Read a timetable; raises InvalidInput naming what is wrong in it."""
        every, at, weekday = entry.get("every"), entry.get("at", "02:00"), entry.get("weekday", 0)
        if every not in EVERY or set(entry) - {"every", "at", "weekday"}:
            raise InvalidInput("A timetable is every one of: {names}.", names=", ".join(EVERY))
        try:
            hour, minute = (int(part) for part in str(at).split(":"))
            parsed = time(hour, minute)
        except ValueError:
            raise InvalidInput("“{time}” is no time of day. Write it as 02:00.", time=at) from None
        if not isinstance(weekday, int) or weekday not in range(7):
            raise InvalidInput("The weekday is a number from 0 (Monday) to 6 (Sunday).")
        return cls(every, parsed, weekday)

    def next_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the first due moment after `moment`, in the zone's own time.

        A time that the clocks skip in spring is due as much later; one that comes twice in autumn
        is due once, the first time.
        """
        if self.every == "hour":
            found = moment.replace(minute=self.at.minute, second=0, microsecond=0)
            return found if found > moment else found + timedelta(hours=1)
        day = moment.astimezone(zone).date()
        if self.every == "week":
            day += timedelta(days=(self.weekday - day.weekday()) % 7)
        step = timedelta(days=7 if self.every == "week" else 1)
        while (found := self._at(day, zone)) <= moment:
            day += step
        return found

    def _at(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.at, zone).astimezone(UTC)


def next_at(entry: Mapping[str, Any] | None, after: datetime, zone: str) -> datetime | None:
    """Return when a timetable as JSON is due next after a moment, None where there is none."""
    return Timetable.from_json(entry).next_after(after, ZoneInfo(zone)) if entry else None
