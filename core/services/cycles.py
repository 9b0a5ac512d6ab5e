"""Cycles of a programme: taking people over into the next one, and who fits its graduation."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core.domain.criteria import Criteria, Op, both, level_of, parse, redact, where
from core.domain.fields import Status
from core.domain.lifecycle import LONGEST_NOTE, ExitReason, read_moves
from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput, NotFound
from core.models import MoveOrder, Programme
from core.settings import now, today
from core.storage import beneficiaries, programmes
from core.storage.audit import record_access
from core.storage.beneficiaries import Count
from core.storage.database import Session, reading, transaction
from core.storage.lifecycle import cycles, moves, orders
from core.storage.lifecycle.cycles import RollOver
from core.storage.lifecycle.move_plan import Plan
from core.storage.lifecycle.orders import OrderView
from core.storage.selection import visible

__all__ = ["OrderView", "RollOver"]
LAST_CYCLE = 999


@dataclass(frozen=True)
class Candidates:
    """Who fits the graduation rule of a programme now: how many enrolments, of people and of
    households, the rule, and who they are, the active ones of the programme for whom it holds."""

    programme: str
    name: str
    found: Count
    rule: Criteria
    criteria: Criteria

    @property
    def count(self) -> int:
        """All of them."""
        return self.found.enrolments


@dataclass(frozen=True)
class RollOverView:
    """A roll-over as its preview shows it; `begins` counts by status who begins the next cycle."""

    order: OrderView
    wanted: RollOver
    begins: Mapping[str, int]


def prepare(actor: Actor, programme: str, wanted: RollOver, note: str | None = None) -> UUID:
    """Lay a roll-over into the next cycle without carrying it out; return the order that shows
    what it would do, to be carried out by lifecycle.carry_out.

    Raises NotFound for a programme beyond the actor's grants, InvalidInput for what is no cycle.
    """
    require(actor, Permission.TRANSITION)
    if len(note or "") > LONGEST_NOTE:
        raise InvalidInput("The note may have {most} characters at most.", most=LONGEST_NOTE)
    if not 1 <= wanted.cycle < LAST_CYCLE:
        raise InvalidInput("A cycle is a number from 1 to {most}.", most=LAST_CYCLE)
    with transaction() as db:
        found = _get(db, actor, programme)
        visible(actor, wanted.criteria, today=today(), permission=Permission.TRANSITION)
        order = moves.add_order(
            db,
            MoveOrder(
                kind=cycles.KIND,
                actor=actor.name,
                user_id=actor.user_id,
                programme_id=found.id,
                reason=ExitReason.NEXT_CYCLE.value,
                note=(note or "").strip() or None,
                effective_on=today(),
                made_at=now(),
            ),
        )
        cycles.lay(db, Plan(actor, order, found, read_moves(found.moves), today()), wanted)
        uuid, moved = order.uuid, order.counts["moved"]
    told = {"criteria": redact(wanted.criteria), "cycle": wanted.into}
    record_access(actor.name, "transition.preview", f"order:{uuid}", moved=moved, **told)
    return uuid


def view(actor: Actor, order_uuid: UUID) -> RollOverView:
    """Return a roll-over of the actor's own."""
    require(actor, Permission.TRANSITION)
    with reading() as db:
        order = moves.get_order(db, order_uuid)
        if order.actor != actor.name or order.kind != cycles.KIND or order.undo_of_id is not None:
            raise NotFound("This move")
        return RollOverView(
            orders.show(db, order), cycles.read_scope(order.scope), order.counts["begins"]
        )


def list_candidates(actor: Actor, programme: str | None = None) -> list[Candidates]:
    """Return who fits the graduation rule of each programme in which the actor may move somebody,
    or of one; a rule on fields beyond the actor's level proposes nobody."""
    require(actor, Permission.TRANSITION)
    reach = {scope.programme_id for scope in actor.scopes_for(Permission.TRANSITION)}
    limit = None if None in reach else [key for key in reach if key is not None]
    wanted = programme.strip().upper() if programme else None
    with reading() as db:
        found = [
            _count(db, actor, one)
            for one in programmes.list_all(db, limit)
            if one.graduation is not None and wanted in (None, one.code)
        ]
    shown = [one for one in found if one is not None]
    if shown:
        counts = {one.programme: one.count for one in shown}
        record_access(actor.name, "count", None, kind="graduation", counts=counts)
    return shown


def _count(db: Session, actor: Actor, programme: Programme) -> Candidates | None:
    rule = parse(programme.graduation)
    criteria = both(
        where("programme", Op.IS, programme.code),
        where("status", Op.IS, Status.ACTIVE.value),
        rule,
    )
    if not actor.scopes_for(Permission.TRANSITION, level_of(criteria)):
        return None
    selection = visible(actor, criteria, today=today(), permission=Permission.TRANSITION)
    found = beneficiaries.count(db, selection)
    return Candidates(programme.code, programme.name, found, rule, criteria)


def _get(db: Session, actor: Actor, code: str) -> Programme:
    """Return a programme in which the actor may move somebody."""
    found = programmes.find(db, code.strip().upper())
    reach = {scope.programme_id for scope in actor.scopes_for(Permission.TRANSITION)}
    if found is None or not reach & {None, found.id}:
        raise NotFound("The programme {code}", code=code)
    return found
