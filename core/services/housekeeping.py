"""What nobody came back for is cleared away: files and findings of imports never published."""

from datetime import timedelta

from core.etl.runs.document import Document
from core.settings import now
from core.storage import audit, imports, stage, uploads
from core.storage import steps as kept_steps
from core.storage.accounts import SYSTEM
from core.storage.database import transaction

KEPT_FOR = timedelta(days=30)
_AT_ONCE = 50


def remove_abandoned() -> int:
    """Clear away the imports that nobody published within KEPT_FOR: their files, what was read
    from these, findings and held rows. That there was an import stays. Returns how many."""
    with transaction() as db:
        found = imports.find_abandoned(db, now() - KEPT_FOR, _AT_ONCE)
        for run in found:
            # The files first: being killed in between leaves a run that is found here again.
            uploads.remove(run.stored_as)
            for further in Document.from_json(run.mapping).files:
                uploads.remove(further.stored_as)
            stage.drop(db, stage.Stage(run.id or 0))
            imports.clear_findings(db, run.id or 0)
            kept_steps.remove_all(db, run.id or 0)
            run.discarded_at, run.counts = now(), {}
            audit.record_act(db, SYSTEM, "import.discard", f"import_run:{run.uuid}")
    return len(found)
