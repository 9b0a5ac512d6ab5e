"""From the registry to the index: people whose entries changed wait in the outbox."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from core.search import Index
from core.search.vouched import SearchBusy
from core.storage import search_entries

MOST_AT_ONCE = 10_000
"""Rows in one drain at most: their ids must fit into one statement."""


@dataclass(frozen=True)
class Drift:
    """How many people the index lacks, whom it knows and should not, how many wait for it."""

    missing: int
    strangers: frozenset[int]
    waiting: int

    @property
    def extra(self) -> int:
        return len(self.strangers)


def drain(db: Session, index: Index, limit: int) -> int:
    """Bring the people of the oldest `limit` rows up to date in the index; return the rows done.

    The index commits before the rows go: killed in between, the same rows are done again and
    change nothing. While another process drains, or writes the index, nothing is done.
    """
    if not search_entries.claim_outbox(db):
        return 0
    rows, people = search_entries.read_outbox(db, min(limit, MOST_AT_ONCE))
    if not rows:
        return 0
    entries = search_entries.read_entries(db, people)
    gone = set(people).difference(entry.person_id for entry in entries)
    try:
        if entries:
            index.apply(entries)
        if gone:
            index.remove(sorted(gone))
    except SearchBusy:
        return 0
    search_entries.delete_from_outbox(db, rows)
    return len(rows)


def enqueue_everyone(db: Session, strangers: Collection[int] = ()) -> int:
    """Let the next drains write the whole index anew; return how many people wait.

    `strangers` (see Drift) wait too, so that the index forgets them.
    """
    everyone = search_entries.put_everyone_in_outbox(db)
    search_entries.put_in_outbox(db, sorted(strangers))
    return everyone + len(strangers)


def drift(db: Session, index: Index) -> Drift:
    """Compare the index with the registry, leaving out the people who wait in the outbox."""
    waiting = search_entries.waiting_people(db)
    should, does = search_entries.read_people(db), index.person_ids()
    return Drift(len(should - does - waiting), frozenset(does - should - waiting), len(waiting))
