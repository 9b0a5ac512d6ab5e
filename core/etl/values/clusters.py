"""What the values step offers: the distinct values of a column in clusters, each with a code."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from core.domain.fields import FIELDS, WASHINGTON_GROUP
from core.etl.rows import FLAGS
from core.etl.values import codes

_CLOSE = 80
"""From here on (of 100) a misspelt word is offered the code of the word it is close to."""

_FEWEST_LETTERS = 3
"""In a text of fewer letters each sign may matter."""


class Reason(StrEnum):
    """Why a code is offered, or why none is."""

    SAID = "said"
    TAKEN = "taken"
    KNOWN = "known"
    BEFORE = "before"
    BESIDE = "beside"
    LIKE = "like"
    CLOSE = "close"
    EITHER = "either"
    NUMBER = "number"
    UNKNOWN = "unknown"


SETTLED = frozenset({Reason.SAID, Reason.TAKEN, Reason.KNOWN})
OFFERED = frozenset({Reason.BEFORE, Reason.BESIDE, Reason.LIKE, Reason.CLOSE})


@dataclass(frozen=True)
class ValueGroup:
    """One distinct value of a column of codes: how often it occurs and what it may mean.

    `code` is in force only for SAID (a person's word; TAKEN: the one that was offered) and KNOWN
    (a word of the registry's tables). It is offered for BEFORE (said of an earlier file), BESIDE (a
    letter for a word that stands in the same column), LIKE (it differs from a known word by signs
    only) and CLOSE (by spelling). EITHER (known, with several meanings here), NUMBER and UNKNOWN
    have none. `cluster` is the key that values which differ by case, accents, signs and the order
    of words share: one answer may do for all.
    """

    value: str
    count: int
    code: str | None
    reason: Reason
    cluster: str


@dataclass(frozen=True)
class Variants:
    """Spellings of one text; `proposed` is the most frequent one."""

    cluster: str
    proposed: str
    spellings: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        return sum(count for _, count in self.spellings)

    @property
    def is_sure(self) -> bool:
        """Whether they differ by capitals and spaces only."""
        return len({" ".join(text.casefold().split()) for text, _ in self.spellings}) == 1


def fingerprint(text: str) -> str:
    """Return the key of a text's cluster: its words without accents and signs, sorted, each once.

    >>> fingerprint("  Bangui-Centre, (BANGUI) ")
    'bangui centre'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(
        " " if unicodedata.category(c)[0] in "PSZC" else c
        # Once more: a letter in disguise, such as a bold one of mathematics, has shown its case.
        for c in unicodedata.normalize("NFKD", plain.casefold())
        if unicodedata.category(c) != "Mn" or not unicodedata.name(c, "").startswith("COMBINING")
    )
    return " ".join(sorted(set(unicodedata.normalize("NFC", bare).split())))


def value_groups(
    field: str,
    counter: Mapping[str, int],
    chosen: Mapping[str, str] | None = None,
    before: Mapping[str, str] | None = None,
) -> list[ValueGroup]:
    """Return the values of a column of codes, answers or flags: what needs a person first.

    `counter` gives each cleaned text with its number of cells; `chosen` is a person's word,
    `before` the word of an earlier file, which is offered.
    """
    said = {codes.fold(raw) for raw in chosen or {}}
    known = codes.meanings(field, counter, chosen or {})
    offers = _Offers(field, counter, before or {})
    groups = []
    for value, count in counter.items():
        if value not in known:
            code, reason = offers.of(value)
        elif codes.fold(value) not in said:
            code, reason = known[value], Reason.KNOWN
        else:
            code, reason = known[value], Reason.SAID
            if (offered := offers.of(value))[1] in OFFERED and offered[0] == code:
                reason = Reason.TAKEN
        groups.append(ValueGroup(value, count, code, reason, fingerprint(value)))
    return sorted(groups, key=lambda one: (one.reason in SETTLED, -one.count, one.value))


class _Offers:
    """The codes that are offered for the values of a column that are not known."""

    def __init__(self, field: str, counter: Mapping[str, int], before: Mapping[str, str]) -> None:
        known = codes.meanings(field, counter, {})
        self._before = {codes.fold(raw): code for raw, code in before.items()}
        self._beside = codes.beside(field, counter)
        self._here = {fingerprint(value): code for value, code in known.items()}
        self._spoken = codes.vocabulary(field)

    def of(self, value: str) -> tuple[str | None, Reason]:
        key, folded = fingerprint(value), codes.fold(value)
        for offers, reason in ((self._before, Reason.BEFORE), (self._beside, Reason.BESIDE)):
            if folded in offers:
                return offers[folded], reason
        if key.replace(" ", "").isdecimal():
            return None, Reason.NUMBER
        if key in self._here:
            return self._here[key], Reason.LIKE
        if key in self._spoken:
            # The very word, and not understood: what stands beside it leaves it open.
            return (None, Reason.EITHER) if folded == key else (self._spoken[key], Reason.LIKE)
        if len(key) >= 4:
            words = self._spoken.keys()
            close = process.extractOne(key, words, scorer=fuzz.ratio, score_cutoff=_CLOSE)
            if close:
                return self._spoken[close[0]], Reason.CLOSE
        return None, Reason.UNKNOWN


def variants(counter: Mapping[str, int]) -> list[Variants]:
    """Return the texts of a column that occur in several spellings, the most frequent first.

    For names of places and other free text; a text written in one way is left out, and so are
    numbers and dates.
    """
    found: dict[object, list[tuple[str, int]]] = defaultdict(list)
    for text, count in counter.items():
        key = _sound(text)
        if key:
            found[key].append((text, count))
    clusters = [
        Variants(fingerprint(ranked[0][0]), ranked[0][0], tuple(ranked))
        for spellings in found.values()
        if len(spellings) > 1
        for ranked in [sorted(spellings, key=lambda one: (-one[1], one[0]))]
    ]
    return sorted(clusters, key=lambda one: (-one.count, one.cluster))


def _sound(text: str) -> object:
    """Return what the spellings of a text have in common, None for a text without letters."""
    key = fingerprint(text)
    letters = sum(letter.isalpha() for letter in key)
    if letters < _FEWEST_LETTERS:
        # A+ and A- are two blood groups, Bo and BO are one town.
        return text.casefold().strip() if letters else None
    # Zone 1 Block 2 is not Zone 2 Block 1.
    return key, tuple(re.findall(r"\d+", text))


def codes_of(field: str) -> Iterable[str]:
    """Return what the values of a field may be said to mean, for a list to choose from."""
    if field in FLAGS:
        return ("true", "false", codes.NO_ANSWER)
    if field in WASHINGTON_GROUP:
        return ("1", "2", "3", "4", codes.NO_ANSWER)
    return (*(code.value for code in FIELDS[field].codes or ()), codes.NO_ANSWER)
