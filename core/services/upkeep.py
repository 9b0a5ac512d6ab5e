"""Small periodic work: the search index follows the registry, the logs are sealed."""

import time

from core.search import open_index
from core.search.outbox import drain
from core.storage import audit
from core.storage.database import access_transaction, transaction

_TURN_S = 0.25
"""After each portion: on SQLite a waiting writer looks ten times a second whether it may."""
_ROWS_AT_ONCE = 2_000  # on SQLite other writers wait while one portion is written


def drain_search(limit: int = 5_000) -> int:
    """Bring up to `limit` waiting rows into the search index; return how many were done."""
    done = 0
    index = open_index()
    while done < limit:
        with transaction() as db:
            portion = drain(db, index, min(_ROWS_AT_ONCE, limit - done))
        done += portion
        if portion < _ROWS_AT_ONCE:
            break
        time.sleep(_TURN_S)
    return done


def seal_logs() -> int:
    """Chain the new events of both logs; return how many."""
    with transaction() as db:
        sealed = audit.seal(db, "audit")
    with access_transaction() as db:
        return sealed + audit.seal(db, "access")
