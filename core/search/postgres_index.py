"""Search inside PostgreSQL: folded words and skeletons of each person under trigram indexes."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlmodel import Session

from core.domain.names import skeleton, tokens
from core.models import SearchEntry
from core.search.ranking import (
    MOST_CANDIDATES,
    Candidate,
    Kind,
    Query,
    allowed_edits,
    find_best,
)
from core.storage.bulk import insert_rows
from core.storage.columns import PERSON
from core.storage.database import reading, transaction
from core.storage.lookups import open_in_status
from core.storage.search_entries import Entry
from core.storage.selection import people_in_scope

_ENTRY = cast(Any, SearchEntry).__table__
_TOKENS, _SKELETONS = _ENTRY.c.tokens, _ENTRY.c.skeletons
_Clause = ColumnElement[bool]


class PostgresIndex:
    """The table search_entry as an index; words stand between spaces, so that LIKE finds words
    and beginnings of words. A word holds letters, marks and digits only: nothing to escape."""

    def apply(self, entries: Sequence[Entry]) -> None:
        """Put these people's entries in the place of what was known of them."""
        ids = [entry.person_id for entry in entries]
        with transaction() as db:
            db.execute(delete(_ENTRY).where(_ENTRY.c.person_id.in_(ids)))
            columns = ("person_id", "tokens", "skeletons")
            insert_rows(db, "search_entry", columns, (_row(entry) for entry in entries))

    def remove(self, person_ids: Sequence[int]) -> None:
        """Forget these people."""
        with transaction() as db:
            db.execute(delete(_ENTRY).where(_ENTRY.c.person_id.in_(person_ids)))

    def find(self, query: Query) -> list[Candidate]:
        """Return the people whose names answer the query, best first, inside the actor's grants."""
        scope = people_in_scope(query.actor, query.permission)
        if query.status is not None:
            scope = and_(scope, open_in_status(query.actor, query.status))

        def propose(db: Session, words: list[str], kind: Kind) -> Iterable[int]:
            met = and_(*(_meets(word, kind) for word in words))
            found = select(_ENTRY.c.person_id).join_from(
                _ENTRY, PERSON.id.table, PERSON.id == _ENTRY.c.person_id
            )
            if kind is Kind.TYPO:
                likeness = sum(func.word_similarity(word, _TOKENS) for word in words)
                found = found.order_by(cast(Any, likeness).desc())
            return db.execute(found.where(met, scope).limit(MOST_CANDIDATES)).scalars().all()

        return find_best(query, propose)

    def person_ids(self) -> set[int]:
        """Return everybody the index knows."""
        with reading() as db:
            return set(db.execute(select(_ENTRY.c.person_id)).scalars())

    def count(self) -> int:
        """Return how many people the index knows."""
        with reading() as db:
            return int(db.execute(select(func.count()).select_from(_ENTRY)).scalar_one())

    def close(self) -> None:
        """Nothing is held open between calls."""


def _row(entry: Entry) -> tuple[int, str, str]:
    words = dict.fromkeys(token for name in entry.names for token in tokens(name))
    bones = dict.fromkeys(skeleton(word) for word in words)
    return entry.person_id, f" {' '.join(words)} ", f" {' '.join(bones)} "


def _meets(word: str, kind: Kind) -> _Clause:
    """Return the condition that a word of the name meets `word` by `kind` or a better one; for
    slips of the pen a wider one, which the ranking narrows."""
    if kind is Kind.EXACT:
        return cast(_Clause, _TOKENS.like(f"% {word} %"))
    ways: list[_Clause] = [_TOKENS.like(f"% {word}%")]
    if kind >= Kind.SOUND:
        ways.append(_SKELETONS.like(f"% {skeleton(word)} %"))
    if kind >= Kind.TYPO:
        ways += [_TOKENS.like(pattern) for pattern in _unharmed(word, allowed_edits(word))]
    return or_(*ways)


def _unharmed(word: str, slips: int) -> list[str]:
    """Return patterns one of which fits whatever that many slips may have made of `word`.

    Cut into one piece more than there are slips, a word keeps one piece whole; unless two letters
    were swapped across a cut, and then the word swapped back has one slip less.
    """
    if not slips:
        return [f"% {word} %"]
    cuts = [len(word) * piece // (slips + 1) for piece in range(1, slips + 1)]
    first, last = word[: cuts[0]], word[cuts[-1] :]
    patterns = [f"% {first}%", f"%{last} %", *([f"%{word[cuts[0] : cuts[-1]]}%"] * (slips > 1))]
    for cut in cuts:
        swapped = word[: cut - 1] + word[cut] + word[cut - 1] + word[cut + 1 :]
        patterns += _unharmed(swapped, slips - 1)
    return patterns
