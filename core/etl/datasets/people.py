"""People with their households and enrolments: what most files are about."""

from core.etl.datasets import PEOPLE, Dataset
from core.storage.database import Session
from core.storage.importing import import_statuses, imports
from core.storage.importing.conflicts import note_conflicts
from core.storage.importing.preview import foresee
from core.storage.importing.receipts import Order, hold_back, publication_of, publish_run


def settle(db: Session, order: Order) -> tuple[int, dict[str, int]]:
    """Match the rows with the registry, hold those that collide, note what contradicts it."""
    spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
    late = hold_back(db, order, spaces)
    publication = publication_of(order, spaces)
    note_conflicts(db, publication, order.run_id, order.headers)
    if order.policies.moves_statuses:
        import_statuses.lay(db, publication)
        import_statuses.note_unmoved(db, order.run_id, order.headers["status"])
    return late, foresee(db, publication)


DATASET = Dataset(
    key=PEOPLE,
    label="People",
    fields=None,
    required="full_name",
    key_field=None,
    suite="beneficiaries",
    settle=settle,
    publish=publish_run,
)
