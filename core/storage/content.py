"""One digest of everything the registry says: two registries, or two days, compared in one line."""

import hashlib
import json
from contextlib import closing
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from core.storage.documents import table_of

# What stands in for a row, in which order, and the columns that are bookkeeping: keys nobody sees,
# counters of changes, and batches, which belong to the history.
_TABLES: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "location": (("id",), frozenset()),
    "programme": (("id",), frozenset({"version"})),
    "household": (("id",), frozenset({"version"})),
    "person": (("id",), frozenset({"version"})),
    "identifier": (("type", "normalised"), frozenset({"id"})),
    "membership": (
        ("person_id", "since", "household_id", "until", "is_head", "relationship"),
        frozenset({"id"}),
    ),
    "enrolment": (("id",), frozenset({"version"})),
    "status_change": (
        ("enrolment_id", "id"),
        frozenset({"id", "batch_id", "undo_of_id", "restores_id"}),
    ),
    "source_key": (("space_id", "key"), frozenset()),
    "household_key": (("space_id", "key"), frozenset()),
}


def content_hash(db: Session) -> str:
    """Return the SHA-256 of places, programmes, people, households and all that hangs on them.

    Leaves out series, logs, batches, changes and import runs: what happened, not what is. Reads
    row by row, so that a large registry needs no memory.
    """
    digest = hashlib.sha256()
    for name in _TABLES:
        digest.update(f"[{name}]".encode())
        with closing(db.execute(_query(name), execution_options={"yield_per": 5_000})) as rows:
            for row in rows:
                digest.update(_line(list(row)))
    return digest.hexdigest()


def _query(name: str) -> Select[Any]:
    order, left_out = _TABLES[name]
    columns = table_of(name).c
    wanted = [column for column in columns if column.name not in left_out]
    return select(*wanted).order_by(*(columns[key] for key in order))


def _line(values: list[Any]) -> bytes:
    # Keys sorted: an attribute that went and came back may stand elsewhere in its object.
    return json.dumps(values, sort_keys=True, ensure_ascii=False, default=str).encode()
