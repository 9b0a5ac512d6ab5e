"""Taking back a batch, whole or for chosen people: laid here, carried out like any other order."""

from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput
from core.models import MoveOrder
from core.settings import now, today
from core.storage.acts import batches
from core.storage.audit import record_access
from core.storage.database import transaction
from core.storage.lifecycle import moves, orders, undo_orders
from core.storage.lifecycle.orders import Chosen

_OTHER_WAYS = ("import", "rewind", "rewind_undo", "demo")
"""Kinds that are taken back in ways of their own, or not at all."""


def prepare(
    actor: Actor, batch_uuid: UUID, reason: str | None = None, chosen: Chosen | None = None
) -> UUID:
    """Lay the undo of a batch, or for the chosen alone; return the order that shows what it would
    do, to be carried out by lifecycle.carry_out.

    What has moved since stays, with what happened; so does what is outside the actor's grants.
    Raises NotFound for a batch that touched nobody of theirs, InvalidInput for an import.
    """
    require(actor, Permission.TRANSITION)
    with transaction() as db:
        batch = batches.get_visible(db, actor, batch_uuid)
        if batch.kind in _OTHER_WAYS:
            raise InvalidInput(
                "A batch of kind “{kind}” is not taken back here. An import is rewound from its "
                "receipt, or with: rewind RUN.",
                kind=batch.kind,
            )
        order = moves.add_order(
            db,
            MoveOrder(
                kind=orders.UNDO,
                actor=actor.name,
                user_id=actor.user_id,
                programme_id=batch.programme_id,
                reason=(reason or "").strip() or None,
                effective_on=today(),
                made_at=now(),
                undo_of_id=batch.id,
            ),
        )
        undo_orders.lay_undo(db, actor, order, chosen)
        uuid, moved = order.uuid, order.counts["moved"]
    record_access(actor.name, "undo.preview", f"order:{uuid}", batch=str(batch_uuid), moved=moved)
    return uuid
