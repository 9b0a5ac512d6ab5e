"""Laying a transition: who is chosen, who is carried along by the household rule, who stays and
why. Set-based, so that a hundred thousand are looked at in one breath."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Date,
    Integer,
    Select,
    String,
    and_,
    case,
    column,
    false,
    func,
    literal,
    not_,
    null,
    select,
    table,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from core.domain.criteria import Criteria
from core.domain.lifecycle import Block, HouseholdRule, Move, Part, State, moves_to, status_of
from core.domain.permissions import Actor, Permission
from core.models import Enrolment, MoveOrder, MoveSubject, Person, Programme, Unit
from core.storage.columns import ENROLMENT, MEMBERSHIP, PERSON, Expression
from core.storage.database import is_sqlite
from core.storage.dialect import make_temporary, run
from core.storage.selection import enrolments_in_scope, holds, visible

_LAID, _REACHED = "laid_subject", "reached_enrolment"
LED = "led_household"
"""The households that a move reaches: household_id, cycle."""
_HOMES = (
    f"SELECT DISTINCT s.household_id, s.cycle FROM {_LAID} s WHERE s.part = 'CHOSEN' "  # noqa: S608
    "AND s.blocked IS NULL AND s.household_id IS NOT NULL"
)
_SUBJECT = cast(Any, MoveSubject).__table__
_COLUMNS = (
    *("order_id", "enrolment_id", "version", "part", "household_id", "blocked"),
    *("status", "since", "ended_on", "exit_reason"),
)


@dataclass(frozen=True)
class Plan:
    """What laying a transition needs to know."""

    actor: Actor
    order: MoveOrder
    programme: Programme
    moves: Sequence[Move]
    today: date

    @property
    def target(self) -> State:
        if self.order.target is None:
            raise ValueError("an undo has no target")
        return State(self.order.target)

    @property
    def rule(self) -> HouseholdRule:
        """The household rule, which only a programme of individuals has."""
        alone = self.programme.unit == Unit.HOUSEHOLD
        return HouseholdRule.NONE if alone else HouseholdRule(self.programme.household_rule)

    @property
    def follows(self) -> bool:
        """Whether the household's own status waits for its members'."""
        return self.rule is HouseholdRule.ALL


def choose_by_criteria(db: Session, plan: Plan, criteria: Criteria) -> None:
    """Lay in everybody for whom `criteria` hold, within the actor's grants."""
    selection = visible(plan.actor, criteria, today=plan.today, permission=Permission.TRANSITION)
    query = selection.select(*_values(plan, Part.CHOSEN, _home(plan), _block(plan)))
    _lay(db, query.where(ENROLMENT.programme_id == plan.programme.id, _may_be_chosen(plan)))


def choose_enrolments(db: Session, plan: Plan, keys: Select[Any]) -> None:
    """Lay in the enrolments whose keys a query gives, within the actor's grants."""
    query = _source(plan, Part.CHOSEN, _home(plan), _block(plan))
    _lay(db, query.where(ENROLMENT.id.in_(keys), _in_scope(plan), _may_be_chosen(plan)))


def add_followers(db: Session, plan: Plan, keys: Select[Any]) -> None:
    """Lay in the chosen households that follow their members and were not carried: they stay."""
    query = _source(plan, Part.CHOSEN, _home(plan), literal(Block.FOLLOWS.value))
    query = query.where(ENROLMENT.id.in_(keys), _in_scope(plan), not_(_may_be_chosen(plan)))
    _lay(db, query, some_laid=True)


def _may_be_chosen(plan: Plan) -> Any:  # noqa: ANN401 - an SQL condition
    """A household that follows its members is carried by them; only its exit is done by hand."""
    if plan.follows and plan.target is not State.EXITED:
        return ENROLMENT.household_id.is_(None)
    return true()


def _in_scope(plan: Plan) -> Any:  # noqa: ANN401 - an SQL condition
    return enrolments_in_scope(plan.actor, Permission.TRANSITION)


def by_uuids(uuids: Sequence[UUID]) -> Select[Any]:
    """Return the query of the keys of enrolments picked on a screen."""
    return select(ENROLMENT.id).where(ENROLMENT.uuid.in_(list(uuids)))


def cascade(db: Session, plan: Plan) -> None:
    """Lay in those whom the chosen carry along by the programme's household rule."""
    if plan.rule is HouseholdRule.NONE or (plan.target is State.EXITED and not plan.follows):
        return
    _find_reached(db, plan)
    _gather(db, plan)
    reached = table(_REACHED, column("id"), column("household_id"))
    blocked = case((not_(_in_scope(plan)), Block.OUTSIDE.value), else_=_block(plan))
    query = _source(plan, Part.CARRIED, reached.c.household_id, blocked)
    query = query.join(reached, reached.c.id == ENROLMENT.id)
    if plan.target is not State.EXITED:
        query = query.where(ENROLMENT.status != plan.target.value)
    _lay(db, query)


def _gather(db: Session, plan: Plan) -> None:
    """Find the open enrolments in the households of LED that are not laid yet: the household's own
    and, unless it follows its members, theirs."""
    found = (
        f"SELECT e.id, l.household_id FROM {LED} l {{}} WHERE e.programme_id = :programme "  # noqa: S608
        "AND e.cycle = l.cycle AND e.ended_on IS NULL "
        f"AND NOT EXISTS (SELECT 1 FROM {_LAID} k WHERE k.enrolment_id = e.id)"
    )
    query = found.format("JOIN enrolment e ON e.household_id = l.household_id")
    if not plan.follows:
        # Nobody comes up twice: a person lives in one household and is enrolled once in a cycle.
        query += " UNION ALL " + found.format(
            "JOIN membership m ON m.household_id = l.household_id AND m.until IS NULL "
            "JOIN enrolment e ON e.person_id = m.person_id AND e.household_id IS NULL"
        )
    make_temporary(db, _REACHED, query, programme=plan.programme.id)


def _find_led(db: Session, plan: Plan) -> None:
    """The households of the movers, under the rule HEAD of those alone who lead theirs."""
    leads = ""
    if plan.rule is HouseholdRule.HEAD:
        leads = (
            "AND (s.own_id IS NOT NULL OR EXISTS (SELECT 1 FROM membership m "
            "WHERE m.person_id = s.person_id AND m.until IS NULL AND m.is_head))"
        )
    make_temporary(db, LED, f"{_HOMES} {leads}", index="household_id")


def _find_complete(db: Session, plan: Plan) -> None:
    """The households of the movers all of whose enrolled members will have moved."""
    make_temporary(
        db,
        LED,
        f"SELECT h.household_id, h.cycle FROM ({_HOMES} AND s.own_id IS NULL) h "  # noqa: S608
        "WHERE NOT EXISTS (SELECT 1 FROM membership m "
        # CROSS: the few members first, also for SQLite's planner.
        "CROSS JOIN enrolment x WHERE m.household_id = h.household_id AND m.until IS NULL "
        "AND x.person_id = m.person_id AND x.household_id IS NULL "
        "AND x.programme_id = :programme AND x.cycle = h.cycle AND x.ended_on IS NULL "
        f"AND x.status <> :target AND NOT EXISTS (SELECT 1 FROM {_LAID} k "
        "WHERE k.enrolment_id = x.id AND k.blocked IS NULL))",
        index="household_id",
        programme=plan.programme.id,
        target=plan.target.value,  # EXITED is no status: nobody open has it
    )


def block_left(db: Session, plan: Plan) -> None:
    """Block the carried whom none of those who still move would carry any more."""
    if plan.rule is HouseholdRule.NONE:
        return
    _find_reached(db, plan)
    run(
        db,
        f"UPDATE move_subject SET blocked = '{Block.LEADER}' WHERE order_id = :order "  # noqa: S608
        "AND part = 'CARRIED' AND blocked IS NULL "
        f"AND household_id NOT IN (SELECT household_id FROM {LED})",
        order=plan.order.id,
    )


def block_unmet(db: Session, plan: Plan) -> None:
    """Block whom the programme would not let move now. What the versions of the enrolments guard
    already is not asked again: only its conditions, and moves that were taken away since."""
    conditions = any(move.condition for move in moves_to(plan.moves, plan.target).values())
    if not conditions and plan.order.scope.get("rules") == plan.programme.version:
        return
    people = cast(Any, Person).__table__
    why = (
        select(_block(plan))
        .select_from(cast(Any, Enrolment).__table__.join(people, PERSON.id == ENROLMENT.person_id))
        .where(ENROLMENT.id == _SUBJECT.c.enrolment_id)
        .correlate(_SUBJECT)
        .scalar_subquery()
    )
    open_ = (_SUBJECT.c.order_id == plan.order.id, _SUBJECT.c.blocked.is_(None))
    db.execute(update(_SUBJECT).where(*open_, why.is_not(None)).values(blocked=why))


def _find_reached(db: Session, plan: Plan) -> None:
    """Find LED, by way of LAID: PostgreSQL's planner takes an order that is being laid for empty,
    and would go through all of it for each one of it."""
    make_temporary(
        db,
        _LAID,
        "SELECT s.enrolment_id, s.household_id, s.part, s.blocked, e.cycle, e.person_id, "
        "e.household_id AS own_id FROM move_subject s JOIN enrolment e ON e.id = s.enrolment_id "
        "WHERE s.order_id = :order",
        index="enrolment_id",
        order=plan.order.id,
    )
    if plan.follows:
        _find_complete(db, plan)
    else:
        _find_led(db, plan)


def _source(plan: Plan, part: Part, household: Expression, blocked: Expression) -> Select[Any]:
    """Return the query of subjects over the programme's enrolments and who holds them."""
    people, enrolments = cast(Any, Person).__table__, cast(Any, Enrolment).__table__
    joined = enrolments.join(people, PERSON.id == ENROLMENT.person_id)
    query = select(*_values(plan, part, household, blocked)).select_from(joined)
    return query.where(PERSON.merged_into_id.is_(None), ENROLMENT.programme_id == plan.programme.id)


def _values(plan: Plan, part: Part, household: Expression, blocked: Expression) -> list[Expression]:
    """Return the columns of a subject, in the order of _COLUMNS."""
    after, day = status_of(plan.target), plan.order.effective_on
    exits = after is None
    return [
        literal(plan.order.id),
        ENROLMENT.id,
        ENROLMENT.version,
        literal(part.value),
        household,
        blocked,
        ENROLMENT.status if after is None else literal(after.value),
        ENROLMENT.since if exits else literal(day, Date),
        literal(day if exits else None, Date),
        literal(plan.order.reason if exits else None, String),
    ]


def _home(plan: Plan) -> Expression:
    """Return the household of an enrolment, its own or the one its person lives in, where a
    household rule asks for it."""
    if plan.rule is HouseholdRule.NONE:
        return literal(None, Integer)
    lives_in = (
        select(MEMBERSHIP.household_id)
        .where(MEMBERSHIP.person_id == ENROLMENT.person_id, MEMBERSHIP.until.is_(None))
        .correlate(cast(Any, Enrolment).__table__)
        .scalar_subquery()
    )
    return cast(Expression, func.coalesce(ENROLMENT.household_id, lives_in))


def _block(plan: Plan) -> Expression:
    """Return why an enrolment stays, null where it moves; the first reason that fits counts."""
    allowed = moves_to(plan.moves, plan.target)
    ended, still = ENROLMENT.ended_on.is_not(None), ENROLMENT.ended_on.is_(None)
    whens: list[tuple[Any, Block]] = []
    if plan.target is State.EXITED:
        whens.append((ended, Block.ALREADY))
    else:
        whens.append((and_(still, ENROLMENT.status == plan.target.value), Block.ALREADY))
    if State.EXITED not in allowed:
        whens.append((ended, Block.ENDED))
    befores = [state.value for state in allowed if state is not State.EXITED]
    whens.append((and_(still, ENROLMENT.status.not_in(befores)), Block.NOT_ALLOWED))
    begun = func.coalesce(ENROLMENT.ended_on, ENROLMENT.since)
    whens.append((begun > plan.order.effective_on, Block.LATER))
    for before, move in allowed.items():
        if move.condition is not None:
            here = (
                ended if before is State.EXITED else and_(still, ENROLMENT.status == before.value)
            )
            unmet = not_(func.coalesce(holds(move.condition, plan.today), false()))
            whens.append((and_(here, unmet), Block.CONDITION))
    return cast(Expression, case(*((when, block.value) for when, block in whens), else_=null()))


def _lay(db: Session, query: Select[Any], *, some_laid: bool = False) -> None:
    """Insert subjects; whoever may be one already (`some_laid`: slower) stays as laid."""
    make: Any = sqlite.insert if is_sqlite(db) else postgresql.insert
    laying = make(_SUBJECT).from_select(list(_COLUMNS), query)
    db.execute(laying.on_conflict_do_nothing() if some_laid else laying)
