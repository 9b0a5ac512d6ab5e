"""What was changed in a programme's design, and taking the newest change back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict, Words
from core.models import MoveOrder
from core.settings import now, today
from core.storage import programmes
from core.storage.acts import batches
from core.storage.database import reading, transaction
from core.storage.lifecycle import moves, orders, undo_orders

MOST = 50
_GIVEN_UP = Words("The programme was changed. Look at the move again.")


@dataclass(frozen=True)
class ChangeView:
    """One change of a programme: of which parts of its design, or of which cycle, or of neither
    where it took another change back. `stands` says that nothing has taken it back."""

    batch: UUID
    actor: str
    at: datetime
    why: str | None
    fields: Sequence[str]
    cycle: int | None
    undo: bool
    stands: bool


def list_changes(actor: Actor, code: str) -> list[ChangeView]:
    """Return the newest changes of a programme that the actor may change, the newest first."""
    require(actor, Permission.DESIGN)
    with reading() as db:
        programme = programmes.get_own(db, actor, code)
        found = programmes.list_changes(db, programme.id or 0, MOST)
    return [
        ChangeView(
            batch.uuid,
            batch.actor,
            batch.recorded_at,
            batch.reason,
            tuple((batch.details or {}).get("fields", ())),
            (batch.details or {}).get("cycle"),
            undo=batch.undo_of_id is not None,
            stands=stands,
        )
        for batch, stands in found
    ]


def take_back(actor: Actor, code: str, batch_uuid: UUID, why: str = "") -> UUID:
    """Take a change of a programme back, whole; return the batch that did it.

    Raises NotFound for a batch that changed another programme, Conflict where the programme or a
    household that it enrolled has been changed or used since.
    """
    require(actor, Permission.DESIGN)
    with transaction() as db:
        programme = programmes.get_own(db, actor, code, locked=True)
        key = programme.id or 0
        batch = batches.get_of_programme(db, key, programmes.CHANGE, batch_uuid)
        order = moves.add_order(
            db,
            MoveOrder(
                kind=orders.UNDO,
                actor=actor.name,
                user_id=actor.user_id,
                programme_id=key,
                reason=why.strip() or None,
                effective_on=today(),
                made_at=now(),
                undo_of_id=batch.id,
            ),
        )
        undo_orders.lay_undo(db, actor, order)
        undo_orders.execute_undo(db, actor, order)
        programmes.cancel_drafts(db, key, _GIVEN_UP.pack())
        done = batches.uuid_of(db, order.batch_id)
        if done is None:
            raise Conflict("There is nothing left of this change to take back.")
        return done
