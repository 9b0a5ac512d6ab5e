"""Dates as people write them: one order per column, decided on evidence and never guessed.

A year of two digits is the latest one that is not after the year of today: read in 2025, 24 is
2024 and 68 is 1968. Such readings, and those of a spreadsheet's day numbers, are remarked on.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from core.domain import calendars
from core.domain.fields import BirthPrecision
from core.etl.columns.headers import plain
from core.etl.values import months
from core.etl.values.letters import fold_digits

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_PARTS = re.compile(
    r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{4}|\d{2})(?:[T ]\d{1,2}:\d{2}.*)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_COMPACT_LAST = re.compile(r"(\d{2})(\d{2})((?:19|20)\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(?:(\d{1,2})[-/. ](\d{4})|(\d{4})[-/. ](\d{1,2}))")
_WORDED = re.compile(
    r"(?:(\d{1,2})(?:er|st|nd|rd|th|º)?[-/. ]+(?:de )?)?([^\W\d_]{2,})\.?,?"
    r"[-/. ]+(?:de )?(\d{4}|\d{2})"
)
_WORDED_US = re.compile(r"([^\W\d_]{2,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (?:ቀን )?(\d{4})")
_ABOUT = re.compile(
    r"(?i)^(?:~|≈|±|\+/-|about|around|approx(?:imately|\.)?|circa|ca?\.?|est(?:imated|\.)?|vers|"
    r"environ|env\.?|autour de|hacia|alrededor de|aprox\.?|cerca de|por volta de|حوالي|ገደማ)"
    r"\s*(?=\S*\d)|\s*(?:\?|\(\?\)|\(est\.?\)|environ|env\.?|approx\.?|ገደማ)$"
)
_EPOCH = date(1899, 12, 30)
_ZERO = ("1899-12-30", "1899-12-31", "1900-01-00", "0000-00-00")
"""How programs show a date that is not there."""
_HIJRI_YEARS, _BUDDHIST_YEARS = range(1300, 1501), range(2400, 2601)


@dataclass(frozen=True)
class Reading:
    """What a date text says: the first day it may mean, how precise, or which rule it breaks.

    `remark` is a rule that a date which was read gives rise to all the same.
    """

    day: date | None
    precision: BirthPrecision = BirthPrecision.DAY
    fault: str | None = None
    remark: str | None = None


@dataclass(frozen=True)
class _Said:
    """Year, month and day as written, 0 for what is left open."""

    year: int
    month: int
    day: int
    remark: str | None = None


@lru_cache(maxsize=1 << 16)
def read_date(text: str, order: str | None, today: date, calendar: str | None = None) -> Reading:
    """Read one date of a column whose order and calendar are these, or None while unsettled.

    A text whose order is unknown and matters gives no day: nothing is ever guessed. Faults:
    `invalid_date`, `ambiguous_date_order`, `date_order_conflict`, `calendar_not_supported`,
    `zero_date`.
    """
    text = fold_digits(text.strip())
    about = False
    if not (text[:1].isdigit() and text[-1:].isdigit()):
        bare = _ABOUT.sub("", text).strip()
        about, text = bare != text, bare
        era, text = months.split_era(text)
        calendar = era or calendar
    said = _said(text, order, today, 13 if calendar == "ethiopian" else 12)
    if isinstance(said, str):
        named = months.named_calendar(text) if said == "invalid_date" else calendar
        refused = named in months.REFUSED
        return Reading(None, fault="calendar_not_supported" if refused else said)
    reading = _dated(said, months.named_calendar(text) or calendar)
    if about and reading.day:
        return replace(reading, precision=BirthPrecision.ESTIMATED)
    return reading


def _said(text: str, order: str | None, today: date, most: int) -> _Said | str:
    """The parts of a date, or the rule that it breaks; `most` is the last month there is."""
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        said = _Said(int(match[1]), int(match[2]), int(match[3]))
        last = _COMPACT_LAST.fullmatch(text)
        return _ordered(last, order, today, most) if last and said.month > most else said
    if match := _PARTS.fullmatch(text):
        return _ordered(match, order, today, most)
    if _YEAR.fullmatch(text):
        return _Said(int(text), 0, 0)
    if match := _SERIAL.fullmatch(text):
        day = _EPOCH + timedelta(days=int(match[1]))
        return _Said(day.year, day.month, day.day, "serial_date")
    if match := _MONTH.fullmatch(text):
        month, year = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _Said(int(year), int(month), 0) if int(month) else "invalid_date"
    return _worded(text, today)


def _ordered(match: re.Match[str], order: str | None, today: date, most: int) -> _Said | str:
    first, second = int(match[1]), int(match[2])
    year, short = _year(match[3], today)
    if most == 12 and _is_foreign(year):
        return "calendar_not_supported"
    if order == "YMD":
        if short:
            year, short = _year(match[1], today)
            return _Said(year, second, int(match[3]), short)
        order = None
    if first == second or 0 in (first, second):
        # Nobody knows the day and not the month: the part that is 0 is the day.
        return _Said(year, max(first, second), min(first, second), short)
    if order is None and (first > most) != (second > most):
        order = "DMY" if first > most else "MDY"
    if order is None and first <= most:
        return "ambiguous_date_order"
    day, month = (second, first) if order == "MDY" else (first, second)
    if month > most >= day and order is not None:
        return "date_order_conflict"
    return _Said(year, month, day, short)


def _is_foreign(year: int) -> bool:
    return year in _HIJRI_YEARS or year in _BUDDHIST_YEARS


def _worded(text: str, today: date) -> _Said | str:
    folded = plain(text)
    day: str | None
    if match := _WORDED_US.fullmatch(folded):
        name, day, year = match[1], match[2], match[3]
    elif match := _WORDED.fullmatch(folded):
        day, name, year = match[1], match[2], match[3]
    else:
        return "invalid_date"
    month = months.number_of(name)
    if month is None:
        return "invalid_date"
    if day is not None and int(day) == 0 and month == 1 and year in {"00", "1900"}:
        return "zero_date"
    whole, short = _year(year, today)
    return _Said(whole, month, int(day or 0), short)


def _year(text: str, today: date) -> tuple[int, str | None]:
    if len(text) == 4:
        return int(text), None
    year = today.year // 100 * 100 + int(text)
    return (year - 100 if year > today.year else year), "two_digit_year"


def _dated(said: _Said, calendar: str | None) -> Reading:
    if f"{said.year:04}-{said.month:02}-{said.day:02}" in _ZERO:
        return Reading(None, fault="zero_date")
    if calendar in months.REFUSED:
        return Reading(None, fault="calendar_not_supported")
    precision = BirthPrecision.DAY
    if said.day == 0:
        precision = BirthPrecision.MONTH if said.month else BirthPrecision.YEAR
    try:
        if calendar == "ethiopian":
            day = calendars.from_ethiopian(said.year, said.month or 1, said.day or 1)
            # A year or month of one calendar lies across two of the other.
            if said.day == 0:
                precision = BirthPrecision.ESTIMATED
        elif _is_foreign(said.year):
            return Reading(None, fault="calendar_not_supported")
        elif said.month == 0 and (said.day or not 1800 <= said.year < 2100):
            return Reading(None, fault="invalid_date")
        else:
            day = date(said.year, said.month or 1, said.day or 1)
    except ValueError:
        return Reading(None, fault="invalid_date")
    return Reading(day, precision, remark=said.remark)
