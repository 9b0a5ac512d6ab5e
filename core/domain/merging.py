"""Two records of one person become one: which value survives, what ends, what speaks against it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from core.domain.fields import ATTRIBUTE_PREFIX, WASHINGTON_GROUP, BirthPrecision, Sex
from core.domain.names import skeleton, tokens
from core.errors import InvalidInput

Values = Mapping[str, Any]
SETS: Mapping[str, tuple[str, ...]] = {
    "full_name": ("full_name", "given_name", "middle_name", "family_name"),
    "birth_date": ("birth_date", "birth_precision"),
}
"""Columns that only make sense together: chosen as one, by the name of the first."""
CHOICES = (
    *("full_name", "sex", "birth_date", "disability", "marital_status", "registered_on"),
    *("location", "phone", "email", "address", *WASHINGTON_GROUP, "poverty_score", "account"),
)
"""What is chosen field by field, beside the attributes."""
_PRECISION: Mapping[str, int] = {
    BirthPrecision.DAY: 4,
    BirthPrecision.MONTH: 3,
    BirthPrecision.YEAR: 2,
    BirthPrecision.ESTIMATED: 1,
}
_YEARS_APART, _YEARS_APART_ESTIMATED = 2, 7


class Side(StrEnum):
    """One of the two records."""

    SURVIVOR = "survivor"
    DUPLICATE = "duplicate"

    @property
    def other(self) -> "Side":
        return Side.DUPLICATE if self is Side.SURVIVOR else Side.SURVIVOR


class Doubt(StrEnum):
    """What speaks against two records being one person."""

    SEX = "sex"
    """Their sex differs."""
    BORN_APART = "born_apart"
    """Their dates of birth lie years apart."""
    NAMES_APART = "names_apart"
    """Their names have no word in common, not even one that sounds alike."""
    BOTH_HEADS = "both_heads"
    """Each is the head of a household."""
    SAME_HOUSEHOLD = "same_household"
    """They are two members of one household."""
    TWO_NUMBERS = "two_numbers"
    """They carry different numbers of one type."""


STRONG = frozenset({Doubt.SEX, Doubt.BORN_APART, Doubt.NAMES_APART})
"""The doubts that ask for a typed confirmation."""


class Fate(StrEnum):
    """What becomes of an enrolment of the duplicate."""

    JOINS = "joins"
    """The survivor has none in that programme and cycle, and gets this one."""
    ENDS = "ends"
    """The survivor's goes on; this one ends as a duplicate."""
    REPLACES = "replaces"
    """This one goes on as the survivor's; theirs ends as a duplicate, if it is open, and stays
    with the old record."""
    STAYS = "stays"
    """It has ended and stays with the old record."""


@dataclass(frozen=True)
class Choice:
    """One field with both values, those of all its columns_of, and the side it is taken from.
    `open`: both are filled and differ, so that somebody may choose."""

    name: str
    survivor: tuple[Any, ...]
    duplicate: tuple[Any, ...]
    proposed: Side
    taken: Side
    open: bool

    @property
    def changes(self) -> bool:
        """Whether the survivor gets another value."""
        return self.taken is Side.DUPLICATE


def columns_of(name: str) -> tuple[str, ...]:
    """Return the columns that are chosen by a name."""
    return SETS.get(name, (name,))


def propose(name: str, survivor: Values, duplicate: Values, newer: Side) -> Side:
    """Return which record a field is best taken from: filled over empty, the fuller name, the
    finer date of birth, the earlier registration, else the record written last."""
    if _is_same(name, survivor, duplicate) or _is_blank(name, duplicate.get(name)):
        return Side.SURVIVOR
    if _is_blank(name, survivor.get(name)):
        return Side.DUPLICATE
    mine, other = _rank(name, survivor), _rank(name, duplicate)
    if mine == other:
        return newer
    return Side.SURVIVOR if mine > other else Side.DUPLICATE


def _rank(name: str, values: Values) -> tuple[int, ...]:
    """Return how good a filled value is, the better the higher; () where there is no telling."""
    if name == "full_name":
        words = tokens(str(values[name]))
        parts = sum(not _is_blank(part, values.get(part)) for part in SETS[name])
        return len(words), sum(map(len, words)), parts
    if name == "birth_date":
        precision = values.get("birth_precision")
        return (_PRECISION[precision] if precision else 0,)
    if name == "registered_on":
        return (-values[name].toordinal(),)
    return ()


def _is_blank(name: str, value: object) -> bool:
    return value is None or value == "" or (name == "sex" and value == Sex.UNKNOWN)


def _is_same(name: str, survivor: Values, duplicate: Values) -> bool:
    return all(survivor.get(part) == duplicate.get(part) for part in columns_of(name))


def settle(
    survivor: Values, duplicate: Values, newer: Side, taken: Mapping[str, Side]
) -> list[Choice]:
    """Return every field in which one of the two is filled, with the side it is taken from: as
    `taken` says, else as proposed.

    A blank never deletes. Raises InvalidInput for a field that is not there, or whose value there
    is empty.
    """
    found = [
        name
        for name in (*CHOICES, *sorted(_attributes(survivor) | _attributes(duplicate)))
        if name in survivor or name in duplicate
    ]
    for name, side in taken.items():
        values = survivor if side is Side.SURVIVOR else duplicate
        if name not in found or _is_blank(name, values.get(name)):
            raise InvalidInput(
                "The record that “{field}” is to come from has nothing there.", field=name
            )
    return [
        _settle(name, survivor, duplicate, newer, taken)
        for name in found
        if not (_is_blank(name, survivor.get(name)) and _is_blank(name, duplicate.get(name)))
    ]


def _attributes(values: Values) -> set[str]:
    return {name for name in values if name.startswith(ATTRIBUTE_PREFIX)}


def _settle(
    name: str, survivor: Values, duplicate: Values, newer: Side, taken: Mapping[str, Side]
) -> Choice:
    proposed = propose(name, survivor, duplicate, newer)
    mine, other = (
        tuple(one.get(part) for part in columns_of(name)) for one in (survivor, duplicate)
    )
    same = mine == other
    return Choice(
        name=name,
        survivor=mine,
        duplicate=other,
        proposed=proposed,
        taken=Side.SURVIVOR if same else taken.get(name, proposed),
        open=not (same or _is_blank(name, mine[0]) or _is_blank(name, other[0])),
    )


def outcome(survivor: Values, duplicate: Values, choices: Sequence[Choice]) -> dict[str, Any]:
    """Return the columns in which the survivor changes, with the new values."""
    return {
        part: duplicate.get(part)
        for choice in choices
        if choice.changes
        for part in columns_of(choice.name)
        if survivor.get(part) != duplicate.get(part)
    }


@dataclass(frozen=True)
class Ties:
    """How two records hang together beside their own fields; `types` are those of the identifiers
    in which they differ."""

    same_household: bool = False
    both_heads: bool = False
    types: Collection[str] = ()


def find_doubts(survivor: Values, duplicate: Values, ties: Ties) -> list[Doubt]:
    """Return what speaks against the two being one person, the strongest first."""
    sexes = {str(one["sex"]) for one in (survivor, duplicate) if not _is_blank("sex", one["sex"])}
    found = {
        Doubt.NAMES_APART: _names_apart(survivor["full_name"], duplicate["full_name"]),
        Doubt.BORN_APART: _born_apart(survivor, duplicate),
        Doubt.SEX: len(sexes) > 1,
        Doubt.TWO_NUMBERS: bool(ties.types),
        Doubt.SAME_HOUSEHOLD: ties.same_household,
        Doubt.BOTH_HEADS: ties.both_heads,
    }
    return [doubt for doubt, holds in found.items() if holds]


def _names_apart(one: str, other: str) -> bool:
    first, second = ({skeleton(token) for token in tokens(name)} for name in (one, other))
    return bool(first and second) and not first & second


def _born_apart(survivor: Values, duplicate: Values) -> bool:
    first: date | None = survivor.get("birth_date")
    second: date | None = duplicate.get("birth_date")
    if first is None or second is None:
        return False
    roughly = BirthPrecision.ESTIMATED in (
        survivor.get("birth_precision"),
        duplicate.get("birth_precision"),
    )
    years = _YEARS_APART_ESTIMATED if roughly else _YEARS_APART
    return abs((first - second).days) >= years * 365


def choose_fate(*, own: bool, own_open: bool, other_open: bool, stays: Side | None) -> Fate:
    """Return what becomes of an enrolment of the duplicate (`other_open`: it has not ended), where
    the survivor has one of the same programme and cycle (`own`) or not.

    `stays` says whose goes on where both are open; the survivor's, if nothing is said.
    """
    if not own:
        return Fate.JOINS
    if not other_open:
        return Fate.STAYS
    if not own_open or stays is Side.DUPLICATE:
        return Fate.REPLACES
    return Fate.ENDS
