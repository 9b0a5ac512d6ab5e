"""Files whose rows name several programmes: seen as groups, imported as one run each."""

from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import NotFound
from core.etl.runs import grouping
from core.etl.runs.document import RunView, view_run
from core.etl.runs.grouping import Group, Groups
from core.storage.database import reading
from core.storage.importing import imports

__all__ = ["Group", "Groups"]


def find_groups(actor: Actor, run_uuid: UUID) -> Groups | None:
    """Return the programmes that the rows of a run name, its own first, the unknown last; None
    where no column says which programme a row belongs to."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        return grouping.find_groups(db, actor, imports.get(db, actor, run_uuid))


def split(actor: Actor, run_uuid: UUID) -> list[UUID]:
    """Make a run for each further programme within reach; return the new runs' uuids.

    The rest of the rows stay in this run, which is to be checked again. A file of one programme
    stays as it is. Raises InvalidInput where no column says which programme a row belongs to.
    """
    require(actor, Permission.IMPORT)
    return grouping.split(actor, run_uuid)


def list_parts(actor: Actor, run_uuid: UUID) -> list[RunView]:
    """Return the runs that a run's file was split into, itself among them, in the order of the
    split; those cleared away since are left out. Empty for a file that was not split."""
    require(actor, Permission.IMPORT)
    found: list[RunView] = []
    with reading() as db:
        own = imports.get(db, actor, run_uuid)
        for part in own.mapping.get("parts", ()):
            try:
                run = imports.get(db, actor, UUID(part))
            except NotFound:
                continue
            found.append(view_run(run, imports.get_programme(db, run)))
    return found
