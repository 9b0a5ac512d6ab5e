"""Who moves or moved, and who stays and why, as a file."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor
from core.errors import NotFound
from core.reports.outgoing import Outgoing
from core.reports.table_files import TableFile, send
from core.storage.acts import batch_list
from core.storage.acts.batch_list import Table
from core.storage.database import Session
from core.storage.lifecycle import moves, order_list


def open_batch(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    """Return the file of a batch."""
    uuid = UUID(request["batch"])
    read = partial(batch_list.read_table, actor=actor, uuid=uuid)
    sent = send(TableFile(actor.name, f"batch:{uuid}", "batch", read))
    return Outgoing(f"batch_{uuid}.csv", sent)


def open_order(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    """Return the file of an order that the actor may look at."""
    uuid = UUID(request["order"])

    def read(db: Session) -> Table:
        order = moves.get_order(db, uuid)
        if not order_list.may_look(db, actor, order):
            raise NotFound("This move")
        return batch_list.read_order_table(db, actor, order)

    sent = send(TableFile(actor.name, f"order:{uuid}", "order", read))
    return Outgoing(f"move_{uuid}.csv", sent)
