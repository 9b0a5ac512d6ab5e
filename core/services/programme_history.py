"""What was changed in a programme's design, and taking the newest change back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.domain.lifecycle import LONGEST_REASON
from core.domain.permissions import Actor, Permission, may_design, require
from core.domain.programme_design import FIELD_NAMES, Design, from_json
from core.errors import Conflict, InvalidInput, NotFound, Words
from core.models import Batch, MoveOrder, Programme
from core.settings import now, today
from core.storage import programme_changes, programmes
from core.storage.acts import batches, in_the_way, reversal
from core.storage.acts.in_the_way import Told
from core.storage.acts.row_images import Row
from core.storage.database import Session, reading, transaction
from core.storage.lifecycle import moves, orders, undo_orders
from core.storage.programmes import CycleRow

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
    return [_view(batch, stands=stands) for batch, stands in found]


def _view(batch: Batch, *, stands: bool) -> ChangeView:
    details = batch.details or {}
    return ChangeView(
        batch.uuid,
        batch.actor,
        batch.recorded_at,
        batch.reason,
        tuple(details.get("fields", ())),
        details.get("cycle"),
        undo=batch.undo_of_id is not None,
        stands=stands,
    )


@dataclass(frozen=True)
class ChangeDetails:
    """A change of a programme, and how it found and left the design or a cycle, whichever it was
    about; a new cycle was None before. `households` counts those that got a status of their own
    by it, fewer than none where it took theirs away."""

    code: str
    name: str
    view: ChangeView
    before: Design | None
    after: Design | None
    cycle_before: CycleRow | None
    cycle_after: CycleRow | None
    households: int


def find_change(actor: Actor, batch_uuid: UUID) -> ChangeDetails | None:
    """Return what a batch changed in a programme that the actor may change; None for any other."""
    if not actor.allows(Permission.DESIGN):
        return None
    with reading() as db:
        found = programmes.find_change(db, batch_uuid)
        if found is None or not may_design(actor, found[0].id or 0):
            return None
        programme, batch, stands = found
        written = programme_changes.read_written(db, batch.id or 0)
        households = programme_changes.count_enrolled(db, batch.id or 0)
    rows = {entity: (before, after) for entity, before, after in written}
    before, after = map(_read_design, rows.get("programme", (None, None)))
    cycle_before, cycle_after = map(_read_cycle, rows.get("cycle", (None, None)))
    return ChangeDetails(
        programme.code,
        programme.name,
        _view(batch, stands=stands),
        before,
        after,
        cycle_before,
        cycle_after,
        households,
    )


def _read_design(row: Row | None) -> Design | None:
    return from_json({name: row[name] for name in FIELD_NAMES if name in row}) if row else None


def _read_cycle(row: Row | None) -> CycleRow | None:
    if row is None:
        return None
    starts, ends = (row[name] and date.fromisoformat(row[name]) for name in ("starts", "ends"))
    return CycleRow(row["number"], row["name"], starts, ends)


def find_obstacles(actor: Actor, code: str, batch_uuid: UUID) -> list[Told]:
    """Return what keeps a change of a programme from being taken back, equal obstacles once."""
    require(actor, Permission.DESIGN)
    with reading() as db:
        programme = programmes.get_own(db, actor, code)
        batch = _get_change(db, programme, batch_uuid)
        return in_the_way.group(db, actor, reversal.obstacles(db, batch.id or 0))


def take_back(actor: Actor, code: str, batch_uuid: UUID, why: str = "") -> UUID:
    """Take a change of a programme back, whole; return the batch that did it.

    Raises NotFound for a batch that changed another programme, Conflict where the programme or a
    household that it enrolled has been changed or used since, InvalidInput for a reason too long.
    """
    require(actor, Permission.DESIGN)
    why = " ".join(why.split())
    if len(why) > LONGEST_REASON:
        raise InvalidInput("A reason may have {most} characters at most.", most=LONGEST_REASON)
    with transaction() as db:
        programme = programmes.get_own(db, actor, code, locked=True)
        key = programme.id or 0
        batch = _get_change(db, programme, batch_uuid)
        order = moves.add_order(
            db,
            MoveOrder(
                kind=orders.UNDO,
                actor=actor.name,
                user_id=actor.user_id,
                programme_id=key,
                reason=why or None,
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


def _get_change(db: Session, programme: Programme, batch_uuid: UUID) -> Batch:
    """Return a batch that changed this programme; another's is not there."""
    found = programmes.find_change(db, batch_uuid)
    if found is None or found[0].id != programme.id:
        raise NotFound("This batch")
    return found[1]
