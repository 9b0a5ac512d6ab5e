"""The held rows of an import that is taken back, and of the import that it tried again."""

from datetime import datetime

from sqlmodel import Session

from core.models import ImportRun
from core.storage.dialect import run, spelling
from core.storage.importing.quarantine import reopen

_REWOUND = "rewound"


def close_held(db: Session, rewound: ImportRun, at: datetime) -> None:
    """Nobody shall correct rows of a file that was taken back; rows that it had tried again are
    work once more."""
    run(
        db,
        "UPDATE import_row SET state = 'DISCARDED', reason = :reason, "  # noqa: S608
        f"decided_at = {spelling(db).moment(':at')} "
        "WHERE run_id = :run AND state = 'OPEN'",
        reason=_REWOUND,
        at=spelling(db).write_moment(at),
        run=rewound.id,
    )
    reopen(db, rewound)


def open_held(db: Session, returned: ImportRun) -> None:
    """Open again the rows that a rewind closed; rows that the run had tried again are done."""
    run(
        db,
        "UPDATE import_row SET state = 'OPEN', reason = NULL, decided_at = NULL "
        "WHERE run_id = :run AND state = 'DISCARDED' AND reason = :reason",
        reason=_REWOUND,
        run=returned.id,
    )
    if returned.parent_id is None or returned.finished_at is None:
        return
    run(
        db,
        f"UPDATE import_row SET state = 'PUBLISHED', decided_at = {spelling(db).moment(':at')} "  # noqa: S608
        "WHERE run_id = :parent AND state = 'OPEN' "
        "AND row_no IN (SELECT c.row_no FROM change c WHERE c.batch_id = :batch)",
        parent=returned.parent_id,
        batch=returned.batch_id,
        at=spelling(db).write_moment(returned.finished_at),
    )
