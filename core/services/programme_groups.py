"""Files whose rows name several programmes: seen as groups, imported as one run each."""

from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.etl.runs import grouping
from core.etl.runs.grouping import Group
from core.storage import imports
from core.storage.database import reading

__all__ = ["Group"]


def find_groups(actor: Actor, run_uuid: UUID) -> list[Group]:
    """Return the programmes that the rows of a run name, its own first, the unknown last.

    Raises InvalidInput where no column says which programme a row belongs to.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        return grouping.find_groups(db, actor, imports.get(db, actor, run_uuid))


def split(actor: Actor, run_uuid: UUID) -> list[UUID]:
    """Make a run for each further programme within reach; return the new runs' uuids.

    The rest of the rows stay in this run, which is to be checked again. A file of one programme
    stays as it is.
    """
    require(actor, Permission.IMPORT)
    return grouping.split(actor, run_uuid)
