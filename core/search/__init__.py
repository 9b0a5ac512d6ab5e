"""Search by name: one protocol, the embedded index and the server's own."""

from collections.abc import Sequence
from threading import Lock
from typing import Protocol

from core.search.postgres_index import PostgresIndex
from core.search.ranking import Candidate, Query
from core.search.whoosh_index import WhooshIndex
from core.storage import database
from core.storage.search_entries import Entry

_opened: list[WhooshIndex] = []
_opening = Lock()


class Index(Protocol):
    """People by name. It may hold more or less than the registry does at this moment: whoever
    shows a candidate reads the person through storage.selection first."""

    def apply(self, entries: Sequence[Entry]) -> None:
        """Put these people's entries in the place of what was known of them."""

    def remove(self, person_ids: Sequence[int]) -> None:
        """Forget these people; one it does not know is no error."""

    def find(self, query: Query) -> list[Candidate]:
        """Return the people whose names answer the query, best first, inside the actor's grants."""

    def person_ids(self) -> set[int]:
        """Return everybody the index knows."""

    def count(self) -> int:
        """Return how many people the index knows."""

    def close(self) -> None:
        """Let go of files and connections; the next use opens them again."""


def open_index() -> Index:
    """Return the index of this process's registry, in its newest state.

    Do not call it inside a writing transaction: a broken index is put right in one of its own.
    """
    if database.engine().dialect.name == "postgresql":
        return PostgresIndex()
    data_dir = database.data_dir()
    with _opening:
        if _opened and _opened[0].data_dir != data_dir:
            _opened.pop().close()
        if not _opened:
            _opened.append(WhooshIndex(data_dir))
        index = _opened[0]
    index.refresh()
    return index
