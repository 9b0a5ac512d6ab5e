"""What the values of a column look like: the evidence beside its header."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from core.domain.fields import WASHINGTON_GROUP
from core.etl.rows import CODES, DATES, FLAGS, NAMES
from core.etl.values import codes, dates

_FAR = date(2099, 1, 1)
NUMERIC = re.compile(r"[\d\s.,]+")
_PHONE = re.compile(r"[+(]?\d[\d\s().+/x-]{4,}\d|\d(\.\d+)?E\+\d+", re.I)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHAPES: dict[str, tuple[Callable[[str], object], str]] = {
    "phone": (_PHONE.fullmatch, "phone numbers"),
    "email": (_EMAIL.fullmatch, "e-mail addresses"),
    "age": (NUMERIC.match, "numbers"),
    "household_size": (NUMERIC.match, "numbers"),
    "poverty_score": (NUMERIC.match, "numbers"),
}
_BLANK = frozenset({"", "-", "null", "<null>", "n/a", "none", "nan", "na"})


@dataclass(frozen=True)
class Seen:
    """A column of the sample: its header and its values that are not blank."""

    header: str
    values: tuple[str, ...]

    def share(self, test: Callable[[str], object]) -> float:
        """The part of the values that pass; 1 when there are none to contradict."""
        if not self.values:
            return 1.0
        return sum(bool(test(value)) for value in self.values) / len(self.values)


def look_at(headers: Sequence[str], sample_rows: Sequence[Sequence[str]]) -> list[Seen]:
    """Return each column of a sample with its values that are not blank."""
    return [
        Seen(
            header,
            tuple(
                row[position].strip()
                for row in sample_rows
                if position < len(row) and row[position].strip().casefold() not in _BLANK
            ),
        )
        for position, header in enumerate(headers)
    ]


def test_of(field: str, column: Seen) -> tuple[Callable[[str], object] | None, str]:
    """How to tell that a value may belong to a field, and what such values are called."""
    if field in {*CODES, *FLAGS, *WASHINGTON_GROUP}:
        known = codes.meanings(field, set(column.values), {})
        return known.__contains__, f"values of {field.replace('_', ' ')}"
    if field in DATES:
        return _is_date, "dates"
    if field in NAMES:
        return lambda value: not NUMERIC.fullmatch(value), "names"
    return _SHAPES.get(field, (None, ""))


def _is_date(value: str) -> bool:
    parts = re.split(r"[-/.: T]", value)
    reading = dates.read_date(value, None, _FAR)
    return reading.fault != "invalid_date" or (len(parts) >= 3 and parts[0].isdigit())
