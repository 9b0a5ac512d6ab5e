"""Dates as people write them: one order per column, decided on evidence and never guessed."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import BirthPrecision
from core.etl.headers import plain

_DIGITS = {
    ord(char): str(value)
    for zero in "٠۰०০௦"
    for value, char in enumerate(chr(ord(zero) + step) for step in range(10))
}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_PARTS = re.compile(
    r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{4}|\d{2})(?:[T ]\d{1,2}:\d{2}.*)?"
)
_TELLING = (
    r"^(?P<a>[0-9]{1,2})\s?[-/. ]\s?(?P<b>[0-9]{1,2})\s?[-/. ]\s?(?:[0-9]{4}|[0-9]{2})(?:[T ].*)?$"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_YEAR = re.compile(r"(1[89]\d\d|20\d\d)")
_MONTH = re.compile(r"(?:(\d{1,2})[-/. ](\d{4})|(\d{4})[-/. ](\d{1,2}))")
_WORDED = re.compile(
    r"(?:(\d{1,2})(?:er|st|nd|rd|th|º)?[-/. ]+(?:de )?)?([^\W\d_]{3,})\.?,?"
    r"[-/. ]+(?:de )?(\d{4}|\d{2})"
)
_WORDED_US = re.compile(r"([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_EPOCH = date(1899, 12, 30)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier janv enero ene janeiro",
            "feb february fevrier fevr fev febrero fevereiro",
            "mar march mars marzo marco",
            "apr april avril avr abril abr",
            "may mai mayo maio",
            "jun june juin junio junho",
            "jul july juillet juil julio julho",
            "aug august aout agosto ago",
            "sep sept september septembre septiembre setembro set",
            "oct october octobre octubre outubro out",
            "nov november novembre noviembre novembro",
            "dec december decembre diciembre dic dezembro dez",
        ),
        1,
    )
    for name in names.split()
}


@dataclass(frozen=True)
class Reading:
    """What a date text says: the first day it may mean, how precise, or which rule it breaks."""

    day: date | None
    precision: BirthPrecision = BirthPrecision.DAY
    fault: str | None = None


@dataclass
class Evidence:
    """How many cells of a column can only be day-first and how many only month-first."""

    day_first: int = 0
    month_first: int = 0

    def add(self, texts: pa.StringArray, counts: np.ndarray) -> None:
        """Count distinct texts, each as often as it occurs."""
        if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
            texts = pa.array([text.translate(_DIGITS) for text in texts.to_pylist()], pa.string())
        parts = pc.extract_regex(texts, _TELLING)
        found = np.asarray(pc.is_valid(parts))
        if not found.any():
            return
        counts = counts[found]
        first, second = (
            np.asarray(pc.struct_field(parts, name).drop_null().cast(pa.int8())) for name in "ab"
        )
        self.day_first += int(counts[(first > 12) & (second <= 12) & (second > 0)].sum())
        self.month_first += int(counts[(second > 12) & (first <= 12) & (first > 0)].sum())

    @property
    def order(self) -> str | None:
        """The order most of the telling cells have; None when none tells, or both as often."""
        if self.day_first == self.month_first:
            return None
        return "DMY" if self.day_first > self.month_first else "MDY"


@lru_cache(maxsize=1 << 16)
def read_date(text: str, order: str | None, today: date) -> Reading:
    """Read one date. Faults: `invalid_date`, `ambiguous_date_order`, `date_order_conflict`.

    A text whose order is unknown and matters gives no day: nothing is ever guessed. `today` is the
    pivot of two-digit years: 24 is 2024 and 68 is 1968 when read in 2025.
    """
    text = text.strip().translate(_DIGITS)
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _exact(int(match[1]), int(match[2]), int(match[3]))
    if match := _PARTS.fullmatch(text):
        return _ordered(match, order, today)
    if _YEAR.fullmatch(text):
        return Reading(date(int(text), 1, 1), BirthPrecision.YEAR)
    if match := _SERIAL.fullmatch(text):
        return Reading(_EPOCH + timedelta(days=int(match[1])))
    if match := _MONTH.fullmatch(text):
        month, year = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _exact(int(year), int(month), 1, BirthPrecision.MONTH)
    return _worded(text, today)


def _ordered(match: re.Match[str], order: str | None, today: date) -> Reading:
    first, second, year = int(match[1]), int(match[2]), _year(match[3], today)
    if order == "YMD" and len(match[3]) == 2:
        return _exact(_year(match[1], today), second, int(match[3]))
    if first == second:
        return _exact(year, first, second)
    if order is None and (first > 12) != (second > 12):
        order = "DMY" if first > 12 else "MDY"
    if order is None and first <= 12 and second <= 12 and first * second > 0:
        return Reading(None, fault="ambiguous_date_order")
    day, month = (second, first) if order == "MDY" else (first, second)
    if month > 12 >= day > 0 and order is not None:
        return Reading(None, fault="date_order_conflict")
    return _exact(year, month, day)


def _worded(text: str, today: date) -> Reading:
    folded = plain(text)
    day: str | None
    if match := _WORDED_US.fullmatch(folded):
        name, day, year = match[1], match[2], match[3]
    elif match := _WORDED.fullmatch(folded):
        day, name, year = match[1], match[2], match[3]
    else:
        return Reading(None, fault="invalid_date")
    month = _MONTHS.get(name)
    if month is None:
        return Reading(None, fault="invalid_date")
    precision = BirthPrecision.DAY if day else BirthPrecision.MONTH
    return _exact(_year(year, today), month, int(day or 1), precision)


def _year(text: str, today: date) -> int:
    if len(text) == 4:
        return int(text)
    year = today.year // 100 * 100 + int(text)
    return year - 100 if year > today.year else year


def _exact(
    year: int, month: int, day: int, precision: BirthPrecision = BirthPrecision.DAY
) -> Reading:
    try:
        return Reading(date(year, month, day), precision)
    except ValueError:
        return Reading(None, fault="invalid_date")
