"""Values of a database as text, exactly; and back again, to ask for what comes after one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.etl.connect import Record, SourceFailed

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d.*)?")


@dataclass(frozen=True)
class Instant:
    """A moment in UTC, and what the source's own clock on the wall shows then."""

    utc: datetime
    local: datetime

    @classmethod
    def of(cls, upto: datetime, utc: datetime | None, local: datetime | None) -> "Instant":
        """Return the earlier of `upto` and the source's moment, on both clocks."""
        if utc is None or local is None:
            return cls(upto, upto.astimezone(UTC).replace(tzinfo=None))
        utc = utc.replace(tzinfo=UTC) if utc.tzinfo is None else utc
        ahead = local - utc.astimezone(UTC).replace(tzinfo=None)
        earlier = min(upto, utc)
        return cls(earlier, earlier.astimezone(UTC).replace(tzinfo=None) + ahead)


def write_row(row: Mapping[str, Any]) -> Record:
    """Return a row as JSON holds it: text, null, and nested values where the column is JSON."""
    return {name: _write(name, value) for name, value in row.items()}


def _write(name: str, value: object) -> object:
    if value is None or isinstance(value, dict | list):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        raise SourceFailed(
            "The column “{name}” holds binary data. Leave it out with a SELECT of the others.",
            name=name,
        )
    return write_value(value)


def write_value(value: object) -> str:
    """Return one value as text that says exactly what it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta):
        return _write_duration(value)
    return repr(value) if isinstance(value, float) else str(value)


def _write_duration(value: timedelta) -> str:
    """Return a length of time in hours, to the microsecond where it has some: 255:10:10."""
    whole, part = divmod(abs(value), timedelta(seconds=1))
    text = f"{'-' if value < timedelta(0) else ''}{whole // 3600}:{whole // 60 % 60:02}"
    return f"{text}:{whole % 60:02}" + (f".{part.microseconds:06}" if part else "")


def like(value: object, at: Instant) -> Any:  # noqa: ANN401 - of the type of `value`
    """Return a moment in the form of a column's value; None where that form is no moment."""
    if isinstance(value, datetime):
        return at.utc if value.tzinfo else at.local
    if isinstance(value, date):
        return at.local.date()
    found = _parse(value)
    if found is None:
        return None
    return _in_style(str(value), at.utc if found.tzinfo else at.local)


def read_value(sample: object, text: object, lag: int) -> Any:  # noqa: ANN401 - a column's value
    """Return what a cursor's text means in a column whose values are like `sample`, less the lag:
    seconds of a moment, days (at least one) of a date, as many of a number."""
    said = str(text)
    if isinstance(sample, datetime):
        found = datetime.fromisoformat(said)
        found = found if sample.tzinfo else found.replace(tzinfo=None)
        return found - timedelta(seconds=lag)
    if isinstance(sample, date):
        return date.fromisoformat(said) - timedelta(days=-(-lag // 86_400))
    if isinstance(sample, int):
        return int(said) - lag
    if isinstance(sample, Decimal | float):
        return type(sample)(said) - lag
    if isinstance(sample, UUID):
        return UUID(said)
    at = _parse(said) if lag else None
    return said if at is None else _in_style(said, at - timedelta(seconds=lag))


def _parse(value: object) -> datetime | None:
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _in_style(sample: str, at: datetime) -> str:
    """Write a moment as the column writes its own, so that text compares as time does."""
    if len(sample) == 10:
        return at.date().isoformat()
    zone = datetime.fromisoformat(sample).tzinfo
    at = at.astimezone(zone) if zone else at.replace(tzinfo=None)
    text = at.isoformat(sample[10], "microseconds" if "." in sample else "seconds")
    return text.replace("+00:00", "Z") if sample.endswith("Z") else text
