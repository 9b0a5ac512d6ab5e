"""What nobody came back for is cleared away: files and findings of imports never published, moves
that were looked at and not carried out."""

from datetime import timedelta

from core.etl.runs.clearing import clear_away
from core.settings import now
from core.storage import audit
from core.storage.accounts import SYSTEM
from core.storage.database import transaction
from core.storage.importing import imports
from core.storage.lifecycle import order_list

KEPT_FOR = timedelta(days=30)
DRAFTS_KEPT_FOR = timedelta(days=1)
_AT_ONCE = 50


def remove_abandoned() -> int:
    """Clear away the imports that nobody published within KEPT_FOR: their files, what was read
    from these, findings and held rows. That there was an import stays. Returns how many."""
    with transaction() as db:
        found = imports.find_abandoned(db, now() - KEPT_FOR, _AT_ONCE)
        for run in found:
            clear_away(db, run, now())
            audit.record_act(db, SYSTEM, "import.discard", f"import_run:{run.uuid}")
    return len(found)


def remove_drafts() -> int:
    """Delete the moves that somebody looked at and did not carry out within DRAFTS_KEPT_FOR, and
    the lists of people of those given up; return how many."""
    with transaction() as db:
        return order_list.clear_away(db, now() - DRAFTS_KEPT_FOR, _AT_ONCE)
