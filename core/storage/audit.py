"""The only writer of the two logs: acts in their own transaction, accesses before data leaves."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session

from core.models import AccessEvent, AccessSeal, AuditEvent, AuditSeal
from core.settings import now
from core.storage.database import access_transaction

GENESIS = "0" * 64
_SEAL_AT_ONCE = 5_000


@dataclass(frozen=True)
class Broken:
    """The first place where a log no longer matches its seals."""

    log: str
    position: int
    reason: str


def record_act(db: Session, actor: str, action: str, subject: str | None, **details: Any) -> None:  # noqa: ANN401 - JSON
    """Write an act into the acting transaction: ids, field names and counts, never a value."""
    db.execute(
        insert(AuditEvent).values(
            at=now(), actor=actor, action=action, subject=subject, details=details
        )
    )


def record_access(actor: str, action: str, subject: str | None, **details: Any) -> None:  # noqa: ANN401 - JSON
    """Write a view, search or download in a transaction of its own; call it before data leaves.

    An error here stops the caller: what cannot be logged is not shown.
    """
    with access_transaction() as db:
        db.execute(
            insert(AccessEvent).values(
                at=now(), actor=actor, action=action, subject=subject, details=details
            )
        )


_CHAINS: dict[str, tuple[type[Any], type[Any]]] = {
    "audit": (AuditEvent, AuditSeal),
    "access": (AccessEvent, AccessSeal),
}


def seal(db: Session, log: str) -> int:
    """Chain the events of one log that have no seal yet; return how many.

    `db` is a transaction on the database that holds that log. Two sealers at once collide on the
    position's primary key, and the later one starts again at its next tick.
    """
    event, mark = _CHAINS[log]
    last = db.execute(select(mark).order_by(mark.position.desc()).limit(1)).scalar()
    position, digest = (last.position, last.digest) if last else (0, GENESIS)
    waiting = db.execute(
        select(event)
        .where(~select(mark.event_id).where(mark.event_id == event.id).exists())
        .order_by(event.id)
        .limit(_SEAL_AT_ONCE)
    ).scalars()
    rows: list[dict[str, object]] = []
    for found in waiting:
        position, digest = position + 1, _digest(digest, found)
        rows.append({"position": position, "event_id": found.id, "digest": digest})
    if rows:
        db.execute(insert(mark), rows)
    return len(rows)


def _digest(before: str, event: AuditEvent | AccessEvent) -> str:
    said = [event.id, _moment(event.at), event.actor, event.action, event.subject, event.details]
    text = before + json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def find_break(db: Session, log: str) -> Broken | None:
    """Return the first broken place of a log's chain, or None when all of it holds."""
    event, mark = _CHAINS[log]
    digest = GENESIS
    query = (
        select(mark, event)
        .outerjoin(event, event.id == mark.event_id)
        .order_by(mark.position)
        .execution_options(yield_per=1000)
    )
    with closing(db.execute(query)) as rows:
        for expected, (sealed, found) in enumerate(rows, start=1):
            if sealed.position != expected:
                return Broken(log, expected, "a seal is missing")
            if found is None:
                return Broken(log, expected, "its event was removed")
            digest = _digest(digest, found)
            if digest != sealed.digest:
                return Broken(log, expected, "its event or its seal was altered")
    return None


def count_events(db: Session, log: str) -> int:
    """Return how many events a log holds."""
    return int(db.execute(select(func.count()).select_from(_CHAINS[log][0])).scalar_one())


def read_events(db: Session, log: str, limit: int, before_id: int | None = None) -> Sequence[Any]:
    """Return the newest events of a log, newest first, older than `before_id`."""
    event = _CHAINS[log][0]
    query = select(event).order_by(event.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(event.id < before_id)
    return db.execute(query).scalars().all()


def logs() -> Iterator[str]:
    """Yield the names of the logs."""
    yield from _CHAINS
