"""Values that probably stand for "no answer": shown with their counts, blank on a person's word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.fields import WASHINGTON_GROUP
from core.etl.rows import CODES, DATES, FLAGS

_NUMBERS = frozenset(
    {"0", "9", "88", "98", "99", "888", "998", "999", "9999", "99999", "-1", "-9", "-99", "-999"}
)
_DATES = frozenset(
    {"1900-01-01", "1901-01-01", "1970-01-01", "9999-12-31", "2999-12-31"}
    | {"01/01/1900", "1/1/1900", "01/01/1901", "01/01/1970", "31/12/9999", "12/31/9999"}
    | {"99/99/9999", "11/11/1111", "9999"}
)
_SAME_DIGIT = re.compile(r"(\d)\1{3,}|0+|0*1234567\d*")
_WHOLE = re.compile(r"(-?\d+)(?:[.,]0+)?")
_LIMITS = {"age": 120, "household_size": 60, "poverty_score": 100}
"""The largest number of a field that may be meant."""
_OFTEN = 3
"""A number that may be meant as well is offered when it is so many times as frequent as others."""


@dataclass(frozen=True)
class Sentinel:
    """A text that probably means "no answer" in this column, and the number of its cells."""

    text: str
    count: int


def suggest_blanks(field: str, counts: Mapping[str, int]) -> list[Sentinel]:
    """Return likely sentinels of a column of `field`, the most frequent first.

    `counts` gives each cleaned text with its number of cells. Nothing is blanked by it: a person
    confirms, and the mapping's `blanks` keep the answer.
    """
    found = [
        Sentinel(text, count)
        for text, count in counts.items()
        if _is_likely(field, text, count, counts)
    ]
    return sorted(found, key=lambda one: (-one.count, one.text))


def _is_likely(field: str, text: str, count: int, counts: Mapping[str, int]) -> bool:
    if field in DATES:
        return text in _DATES
    whole = _WHOLE.fullmatch(text)
    number = whole[1] if whole else ""
    if field in _LIMITS:
        meant = 0 <= int(number or -1) <= _LIMITS[field]
        return number in _NUMBERS and (not meant or _stands_out(number, count, counts))
    if field in {"phone", "account"} or field.startswith("identifier."):
        return bool(_SAME_DIGIT.fullmatch(text)) and (count > 1 or len(text) >= 7)
    if field in {*CODES, *FLAGS}:
        return number in _NUMBERS - {"0", "9"}
    if field in WASHINGTON_GROUP:
        return False  # 888 and 999 are known there
    return number in _NUMBERS and _mostly_words(counts)


def _stands_out(number: str, count: int, counts: Mapping[str, int]) -> bool:
    """Whether a possible number is far more frequent than those beside it: 99 among 95 to 98."""
    near = [counts.get(str(int(number) + step), 0) for step in (-3, -2, -1, 1, 2, 3)]
    return count >= _OFTEN and count > _OFTEN * max(near)


def _mostly_words(counts: Mapping[str, int]) -> bool:
    numeric = sum(count for text, count in counts.items() if _WHOLE.fullmatch(text))
    return numeric * 2 < sum(counts.values())
