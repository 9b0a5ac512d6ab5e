"""An import that nobody is to publish is cleared away; that there was one stays."""

from datetime import datetime

from core.etl.runs.document import Document
from core.models import ImportRun
from core.storage.database import Session
from core.storage.importing import imports, stage, steps, uploads


def clear_away(db: Session, run: ImportRun, at: datetime) -> None:
    """Remove the files of a run, what was read from these, its findings, steps and held rows.

    The files first: being killed in between leaves a run that can be cleared away again.
    """
    uploads.remove(run.stored_as)
    for further in Document.from_json(run.mapping).files:
        uploads.remove(further.stored_as)
    stage.drop(db, stage.Stage(run.id or 0))
    imports.clear_findings(db, run.id or 0)
    steps.remove_all(db, run.id or 0)
    run.discarded_at, run.counts = at, {}
