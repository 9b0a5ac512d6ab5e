"""What the values step offers: the distinct values of a column in clusters, each with a code."""

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


class Reason(StrEnum):
    """Why a code is offered, or why none is."""

    SAID = "said"
    KNOWN = "known"
    LIKE = "like"
    CLOSE = "close"
    NUMBER = "number"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ValueGroup:
    """One distinct value of a column of codes: how often it occurs and what it may mean.

    `code` is offered and in force only for SAID (a person's word) and KNOWN (a word of the
    registry's tables); LIKE (it differs from such a word by signs only) and CLOSE (by spelling)
    wait for a person, as do NUMBER and UNKNOWN, which have none. `cluster` is the key that values
    which differ by case, accents, signs and the order of words share: one answer may do for all.
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


def fingerprint(text: str) -> str:
    """Return the key of a text's cluster: its words without accents and signs, sorted, each once.

    >>> fingerprint("  Bangui-Centre, (BANGUI) ")
    'bangui centre'
    """
    bare = "".join(
        " " if unicodedata.category(c)[0] in "PSZC" else c
        for c in unicodedata.normalize("NFKD", text.casefold())
        if unicodedata.category(c) != "Mn" or not unicodedata.name(c, "").startswith("COMBINING")
    )
    return " ".join(sorted(set(unicodedata.normalize("NFC", bare).split())))


def value_groups(
    field: str, counter: Mapping[str, int], chosen: Mapping[str, str] | None = None
) -> list[ValueGroup]:
    """Return the values of a column of codes, answers or flags: what needs a person first.

    `counter` gives each cleaned text with its number of cells; `chosen` is a person's word.
    """
    said = {codes.fold(raw) for raw in chosen or {}}
    known = codes.meanings(field, counter, chosen or {})
    words = {fingerprint(value): code for value, code in known.items()}
    spoken = codes.vocabulary(field)
    groups = []
    for value, count in counter.items():
        if value in known:
            reason = Reason.SAID if codes.fold(value) in said else Reason.KNOWN
            groups.append(ValueGroup(value, count, known[value], reason, fingerprint(value)))
        else:
            code, reason = _offer(value, words, spoken)
            groups.append(ValueGroup(value, count, code, reason, fingerprint(value)))
    settled = {Reason.SAID, Reason.KNOWN}
    return sorted(groups, key=lambda one: (one.reason in settled, -one.count, one.value))


def _offer(
    value: str, words: Mapping[str, str], spoken: Mapping[str, str]
) -> tuple[str | None, Reason]:
    """Offer a code for a value that is not known."""
    key = fingerprint(value)
    if key.replace(" ", "").isdecimal():
        return None, Reason.NUMBER
    if key in words or key in spoken:
        return words.get(key) or spoken[key], Reason.LIKE
    if len(key) >= 4:
        close = process.extractOne(key, spoken.keys(), scorer=fuzz.ratio, score_cutoff=_CLOSE)
        if close:
            return spoken[close[0]], Reason.CLOSE
    return None, Reason.UNKNOWN


def variants(counter: Mapping[str, int]) -> list[Variants]:
    """Return the texts of a column that occur in several spellings, the most frequent first.

    For names of places, programmes and other free text; a text written in one way is left out.
    """
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for text, count in counter.items():
        key = fingerprint(text)
        if key:
            found[key].append((text, count))
    clusters = [
        Variants(key, ranked[0][0], tuple(ranked))
        for key, spellings in found.items()
        if len(spellings) > 1
        for ranked in [sorted(spellings, key=lambda one: (-one[1], one[0]))]
    ]
    return sorted(clusters, key=lambda one: (-one.count, one.cluster))


def codes_of(field: str) -> Iterable[str]:
    """Return what the values of a field may be said to mean, for a list to choose from."""
    if field in FLAGS:
        return ("true", "false", codes.NO_ANSWER)
    if field in WASHINGTON_GROUP:
        return ("1", "2", "3", "4", codes.NO_ANSWER)
    return (*(code.value for code in FIELDS[field].codes or ()), codes.NO_ANSWER)
