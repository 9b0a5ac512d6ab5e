"""Is everything as it should be: both logs, the rows, and the search index."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.permissions import Actor, Permission, require
from core.search import open_index
from core.search.outbox import drift, enqueue_everyone
from core.storage import audit, integrity
from core.storage.audit import record_act
from core.storage.database import access_transaction, reading, transaction


@dataclass(frozen=True)
class Report:
    """What was looked at, and a sentence for everything that is wrong."""

    checked: Sequence[str]
    problems: Sequence[str]


def verify(actor: Actor) -> Report:
    """Check logs, rows and index; an index that differs is put in line to be made anew."""
    require(actor, Permission.READ_LOGS)
    problems: list[str] = []
    with reading() as db:
        breaks = [audit.find_break(db, "audit")]
        problems += [
            f"Not true of {rows} rows: {rule}." for rule, rows in integrity.find_breaches(db)
        ]
        away = drift(db, open_index())
    if away.missing or away.extra:
        problems.append(
            f"The search index lacks {away.missing} people and knows {away.extra} too many. "
            "Everybody was put in line to be indexed again; let the scheduler run."
        )
    with access_transaction() as db:
        breaks.append(audit.find_break(db, "access"))
    problems += [
        f"The {found.log} log is broken at place {found.position}: {found.reason}."
        for found in breaks
        if found
    ]
    with transaction() as db:
        if away.missing or away.extra:
            enqueue_everyone(db, away.strangers)
        record_act(db, actor.name, "verify", None, problems=len(problems))
    return Report(("audit log", "access log", "rows", "search index"), problems)
