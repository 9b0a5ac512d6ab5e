"""The step that finds people who may be one: rows that share a key are compared and explained."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import combinations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from core.domain.names import skeleton, tokens

LIKELY = 6.0
"""Points from which two records may be one person; see tests/etl/test_likeness.py for what that
finds and misses on public linkage data."""
_SURE = 12.0
MOST_ALIKE = 50
"""Rows that may share a key; a key of more says nothing about anybody."""
MOST_COMPARED = 1_500_000
MOST_SHOWN = 3
"""Candidates that are kept of one row."""


class Reason(StrEnum):
    """Why two records may be one, or may not; every screen has words for each."""

    SAME_NAME = "same_name"
    NAMES_SWAPPED = "names_swapped"
    SOUNDS_ALIKE = "sounds_alike"
    SIMILAR_NAME = "similar_name"
    SHARED_NAME = "shared_name"
    SAME_BIRTH_YEAR = "same_birth_year"
    SAME_BIRTH_DATE = "same_birth_date"
    DAY_AND_MONTH_SWAPPED = "birth_day_and_month_swapped"
    ONE_DIGIT_APART = "birth_dates_one_digit_apart"
    DAYS_APART = "birth_dates_{n}_days_apart"
    SAME_PHONE = "same_phone"
    SAME_EMAIL = "same_email"
    SAME_ADDRESS = "same_address"
    SAME_PLACE = "same_place"
    SEX_DIFFERS = "sex_differs"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of one record. `number` is the row's or the person's own; `exact` says that
    the birth date is known to the day; `place` is a location id, `digits` the end of the phone,
    `home` the household as the file calls it, `line` the words of the name in one order."""

    number: int
    words: tuple[str, ...]
    sounds: tuple[str, ...]
    sex: str | None
    born: date | None
    exact: bool
    digits: str
    email: str
    place: object
    address: str
    home: str
    line: str


@dataclass(frozen=True)
class Likeness:
    """How alike two records are: a percentage, and the reasons as codes, the strongest first."""

    percent: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """A row and the person, or the earlier row, that it may be the same as."""

    row: int
    other: int
    known: bool
    likeness: Likeness


def facts(number: int, name: str, values: dict[str, object]) -> Facts:
    """Ready one record; `values` has sex, birth_date, birth_precision, phone, email, place,
    address and home, as far as they are known."""
    words = tuple(tokens(name))
    born = values.get("birth_date")
    day = born if isinstance(born, date) else date.fromisoformat(born) if born else None  # type: ignore[arg-type]
    phone = "".join(c for c in str(values.get("phone") or "") if c.isdigit())
    sex = values.get("sex")
    return Facts(
        number,
        words,
        tuple(sorted(skeleton(word) for word in words)),
        None if sex in (None, "UNKNOWN") else str(sex),
        day,
        day is not None and values.get("birth_precision") in (None, "DAY"),
        phone[-8:] if len(phone) >= 7 else "",
        str(values.get("email") or "").casefold(),
        values.get("place"),
        " ".join(tokens(str(values.get("address") or ""))),
        str(values.get("home") or ""),
        " ".join(sorted(words)),
    )


def keys(one: Facts) -> Iterator[int]:
    """Yield what records must have in common to be compared at all, as hashes."""
    if one.digits:
        yield hash(("phone", one.digits))
    if one.email:
        yield hash(("email", one.email))
    yield hash(("name", one.sounds))
    if one.born is None:
        if one.place is not None:
            yield from (hash((sound, one.place)) for sound in set(one.sounds))
        return
    year, (low, high) = one.born.year, sorted((one.born.month, one.born.day))
    if one.exact:
        yield hash(("born", year, low, high))
    for sound in set(one.sounds):
        yield hash((sound, year))
        if one.exact:
            yield hash((sound, one.born.month, one.born.day))


def compare(one: Facts, other: Facts) -> Likeness | None:
    """Weigh two records; None where they are too little alike to bother anybody."""
    found = [_names(one, other), _contacts(one, other)]
    if math.fsum(weight for weight, _ in found) <= 0:
        return None
    found += [_births(one, other), _homes(one, other)]
    if one.sex and other.sex and one.sex != other.sex:
        found.append((-3.0, Reason.SEX_DIFFERS))
    if one.home and one.home == other.home and found[0][1] != Reason.SAME_NAME:
        found.append((-3.0, Reason.NONE))  # twins, a father and a son: a household lists each once
    points = math.fsum(weight for weight, _ in found)
    if points < LIKELY:
        return None
    reasons = sorted((part for part in found if part[1]), key=lambda part: -part[0])
    return Likeness(min(99, round(100 * points / _SURE)), tuple(reason for _, reason in reasons))


_Evidence = tuple[float, Reason | str]


def _names(one: Facts, other: Facts) -> _Evidence:
    if one.line == other.line:
        same = one.words == other.words
        return (6.0, Reason.SAME_NAME) if same else (5.5, Reason.NAMES_SWAPPED)
    if one.sounds == other.sounds:
        return 5.0, Reason.SOUNDS_ALIKE
    alike = fuzz.ratio(one.line, other.line)
    if alike >= 85:
        return 4.0, Reason.SIMILAR_NAME
    # One of two names may be quite another word: a maiden name, a typing slip, a short form.
    if shared := set(one.words).intersection(other.words):
        whole = len(shared) == min(len(one.words), len(other.words))
        return (3.0 if whole else 2.5), Reason.SHARED_NAME
    return (2.5, Reason.SIMILAR_NAME) if alike >= 70 else (-2.0, Reason.NONE)


def _births(one: Facts, other: Facts) -> _Evidence:
    if one.born is None or other.born is None:
        return 0.0, Reason.NONE
    if one.exact and other.exact:
        return _days(one.born, other.born)
    years = abs(one.born.year - other.born.year)
    if years == 0:
        return 1.0, Reason.SAME_BIRTH_YEAR
    return (0.0 if years <= 2 else -4.0), Reason.NONE


def _days(one: date, other: date) -> _Evidence:
    apart = abs((one - other).days)
    if apart == 0:
        return 4.0, Reason.SAME_BIRTH_DATE
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return 3.0, Reason.DAY_AND_MONTH_SWAPPED
    if OSA.distance(one.isoformat(), other.isoformat()) == 1:
        return 2.5, Reason.ONE_DIGIT_APART
    if apart <= 31:
        return 2.0, Reason.DAYS_APART.format(n=apart)
    return (-1.0 if apart <= 731 else -4.0), Reason.NONE


def _contacts(one: Facts, other: Facts) -> _Evidence:
    if one.digits and one.digits == other.digits:
        return 3.0, Reason.SAME_PHONE
    same = bool(one.email) and one.email == other.email
    return (3.0, Reason.SAME_EMAIL) if same else (0.0, Reason.NONE)


def _homes(one: Facts, other: Facts) -> _Evidence:
    if one.address and other.address and fuzz.ratio(one.address, other.address) >= 85:
        return 2.0, Reason.SAME_ADDRESS
    if one.place is None or other.place is None:
        return 0.0, Reason.NONE
    return (1.0, Reason.SAME_PLACE) if one.place == other.place else (-0.5, Reason.NONE)


@dataclass
class Finder:
    """The new rows of a file by their keys, and the pairs found so far.

    Comparisons are counted: beyond MOST_COMPARED no more are made, and `complete` says so.
    """

    fresh: Sequence[Facts]
    pairs: dict[int, list[Pair]] = field(default_factory=lambda: defaultdict(list))
    compared: int = 0
    complete: bool = True
    _blocks: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for position, one in enumerate(self.fresh):
            for key in set(keys(one)):
                self._blocks[key].append(position)
        common = [key for key, rows in self._blocks.items() if len(rows) > MOST_ALIKE]
        for key in common:
            del self._blocks[key]

    def within(self) -> None:
        """Compare the rows with each other; a pair stands at the later row."""
        seen: set[tuple[int, int]] = set()
        for rows in self._blocks.values():
            for earlier, later in combinations(rows, 2):
                if (earlier, later) not in seen and self._may_go_on():
                    seen.add((earlier, later))
                    self._weigh(self.fresh[later], self.fresh[earlier], known=False)

    def against(self, people: Iterable[Facts]) -> None:
        """Compare the rows with people of the registry, each person once."""
        for person in people:
            rows = {row for key in keys(person) for row in self._blocks.get(key, ())}
            for position in rows:
                if not self._may_go_on():
                    return
                self._weigh(self.fresh[position], person, known=True)

    def best(self) -> list[Pair]:
        """Return the likeliest pairs of each row, in the order of the rows."""
        found = []
        for row in sorted(self.pairs):
            ranked = sorted(self.pairs[row], key=lambda pair: -pair.likeness.percent)
            found += ranked[:MOST_SHOWN]
        return found

    def _may_go_on(self) -> bool:
        self.compared += 1
        self.complete = self.compared <= MOST_COMPARED
        return self.complete

    def _weigh(self, row: Facts, other: Facts, *, known: bool) -> None:
        likeness = compare(row, other)
        if likeness is not None:
            self.pairs[row.number].append(Pair(row.number, other.number, known, likeness))
