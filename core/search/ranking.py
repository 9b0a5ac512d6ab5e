"""What a query is, which names answer it, why, and in which order: the same for every index."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from rapidfuzz.distance import OSA
from sqlmodel import Session

from core.domain.fields import Status
from core.domain.names import skeleton, tokens
from core.domain.permissions import Actor, Permission
from core.storage.database import reading
from core.storage.search_entries import read_names

MOST_CANDIDATES = 300
"""How many people an index proposes at most; only their names are compared one by one."""


class Kind(IntEnum):
    """How a word of the query is met by a word of a name, best first."""

    EXACT = 0
    PREFIX = 1
    SOUND = 2
    TYPO = 3


# Stable codes: part of the command line's contract and the key of their translations.
_WHY = {
    Kind.EXACT: "exact_name",
    Kind.PREFIX: "name_starts_with",
    Kind.SOUND: "sounds_like",
    Kind.TYPO: "one_letter_apart",
}
_TWO_LETTERS = "two_letters_apart"


@dataclass(frozen=True)
class Query:
    """A text to look for among the names that `actor` may see, at most `limit` answers; with
    `status`, only people with an open enrolment in it."""

    text: str
    actor: Actor
    status: Status | None = None
    limit: int = 20
    permission: Permission = Permission.SEE_PEOPLE


@dataclass(frozen=True)
class Candidate:
    """A person an index found: why, and the place in the order (smaller is better)."""

    person_id: int
    why: str
    rank: tuple[int, int, int, int]


def allowed_edits(token: str) -> int:
    """Return how many letters of a word may be wrong, missing, doubled or swapped."""
    if len(token) < 4:
        return 0
    return 1 if len(token) < 8 else 2


Propose = Callable[[Session, list[str], Kind], Iterable[int]]
"""Yields people each of whose query words is met by the given kind or a better one."""


def find_best(query: Query, propose: Propose) -> list[Candidate]:
    """Return the best answers among the people an index proposes.

    A later kind cannot beat an earlier one, so it is asked only while answers are missing.
    """
    words = list(dict.fromkeys(tokens(query.text)))
    if not words or not query.actor.scopes_for(query.permission):
        return []
    found: set[int] = set()
    with reading() as db:
        for kind in Kind:
            found.update(islice(propose(db, words, kind), MOST_CANDIDATES))
            if len(found) >= query.limit:
                break
        names = read_names(db, sorted(found))
    return rank(words, names)[: query.limit]


def rank(words: Sequence[str], names: Mapping[int, Iterable[str]]) -> list[Candidate]:
    """Return those whose names meet every word, best first; ties in the order of their ids."""
    candidates = []
    for person_id, written in names.items():
        known = {token for name in written for token in tokens(name)}
        met = [_meet(word, known) for word in words]
        meetings = [meeting for meeting in met if meeting is not None]
        if len(meetings) < len(words):
            continue
        worst = max(meetings)
        order = (
            worst[0],
            sum(kind for kind, _ in meetings),
            sum(distance for _, distance in meetings),
            len(known) - len(words),
        )
        candidates.append(Candidate(person_id, _why(*worst), order))
    return sorted(candidates, key=lambda candidate: (candidate.rank, candidate.person_id))


def _why(kind: Kind, distance: int) -> str:
    return _TWO_LETTERS if kind is Kind.TYPO and distance > 1 else _WHY[kind]


def _meet(word: str, known: set[str]) -> tuple[Kind, int] | None:
    """Return the best kind in which one of the `known` words meets `word`, and how far off."""
    if word in known:
        return Kind.EXACT, 0
    return min((met for token in known if (met := _compare(word, token))), default=None)


def _compare(word: str, token: str) -> tuple[Kind, int] | None:
    if token.startswith(word):
        return Kind.PREFIX, len(token) - len(word)
    distance = OSA.distance(word, token)
    if skeleton(word) == skeleton(token):
        return Kind.SOUND, distance
    return (Kind.TYPO, distance) if distance <= allowed_edits(word) else None
