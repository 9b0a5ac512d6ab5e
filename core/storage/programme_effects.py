"""What a change of a programme's design would mean for its enrolments: counts, no names."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import and_, false, func, or_, select
from sqlmodel import Session

from core.domain.criteria import Criteria, Op, level_of, where
from core.domain.fields import ATTRIBUTE_PREFIX
from core.domain.lifecycle import HouseholdRule, Move, OrderState, State, moves_to
from core.domain.programme_design import HOUSEHOLD, Design, changed_fields, read_design
from core.models import Enrolment, MoveOrder, MoveSubject, Person, Programme
from core.storage.columns import ENROLMENT, PERSON, Expression
from core.storage.homes import household_enrolments
from core.storage.programmes import Standings, count_standings
from core.storage.selection import holds

_ORDER, _SUBJECT = (cast(Any, model).__table__.c for model in (MoveOrder, MoveSubject))
Pair = tuple[State, State]
_RULING = {"unit", "moves", "exit_reasons", "household_rule", "capacity", "approval"}


class Kind(StrEnum):
    """What a change would mean."""

    PLANNED_LOST = "planned_lost"
    """Enrolments wait for their day or a second person with a move that is taken away."""
    NO_WAY_ON = "no_way_on"
    """Enrolments stand where no move begins any more."""
    CONDITION = "condition"
    """So many of `of` meet the new condition of a move."""
    OVER_CAPACITY = "over_capacity"
    """More have a place than the `of` there would be."""
    HOUSEHOLDS_ENROLLED = "households_enrolled"
    """Households get a status of their own."""
    HOUSEHOLDS_KEPT = "households_kept"
    """Households keep the status of their own that they have."""
    HOUSEHOLDS_ALONE = "households_alone"
    """Households keep a status of their own that nothing moves with their members' any more."""
    GRADUATION = "graduation"
    """So many of `of` would be proposed for graduation."""
    LACKING = "lacking"
    """Enrolments of somebody without what will be required."""
    STILL_ASKED = "still_asked"
    """Acts that wait for a second person go on waiting."""
    LOOKED_AT = "looked_at"
    """Moves that were looked at have to be looked at again."""


@dataclass(frozen=True)
class Effect:
    """One thing that a change would mean; `before`, `after` and `name` say of what."""

    kind: Kind
    count: int
    of: int | None = None
    before: State | None = None
    after: State | None = None
    name: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is filled."""
        told = {"kind": self.kind.value, "count": self.count, "of": self.of, "name": self.name}
        told |= {"before": self.before and self.before.value}
        told |= {"after": self.after and self.after.value}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class _Change:
    """A design that would take the place of another; `level` is that of who looks."""

    db: Session
    key: int
    before: Design
    after: Design
    standings: Standings
    today: date
    level: int

    def in_status(self, state: State) -> int:
        found = self.standings.get(state.value)
        return found.people + found.households if found else 0

    def may_count(self, criteria: Criteria) -> bool:
        """Counting by a field is seeing: it needs the field's level."""
        return self.level >= level_of(criteria)


_MADE = frozenset({Kind.HOUSEHOLDS_ENROLLED, Kind.HOUSEHOLDS_ALONE})
_ROOM = frozenset({Kind.PLANNED_LOST, Kind.NO_WAY_ON, Kind.LACKING})


def count_reached(effects: Iterable[Effect]) -> int:
    """Return how many enrolments a change reaches at least: one may be in several effects, so
    these are not added up, but for the statuses that households get."""
    made, most = 0, 0
    for effect in effects:
        if effect.kind in _MADE:
            made += effect.count
        elif effect.kind in _ROOM:
            most = max(most, effect.count)
        elif effect.kind is Kind.CONDITION:
            most = max(most, (effect.of or 0) - effect.count)
    return max(made, most)


def changes_moves(before: Design, after: Design) -> bool:
    """Say whether a move that was looked at under a design has to be looked at again."""
    return bool(_RULING & set(changed_fields(before, after)))


def foresee(
    db: Session, programme: Programme, design: Design, today: date, level: int
) -> list[Effect]:
    """Return what putting a design in force would mean, for a reader of a field level, in the
    order of the programme's page; what counts nobody is left out."""
    key = programme.id or 0
    standings = count_standings(db, key).get(key, {})
    change = _Change(db, key, read_design(programme), design, standings, today, level)
    parts = (
        *(_of_capacity, _of_approval, _of_moves, _of_conditions, _of_rule, _of_attributes),
        *(_of_graduation, _of_looks),
    )
    found = [effect for part in parts for effect in part(change)]
    counted_out = (Kind.CONDITION, Kind.GRADUATION)
    return [effect for effect in found if effect.count or effect.kind in counted_out]


def _order(pair: Pair) -> tuple[int, int]:
    """Return the place of a move on the programme's page."""
    states = list(State)
    return states.index(pair[0]), states.index(pair[1])


def _of_moves(change: _Change) -> Iterator[Effect]:
    old = {(move.before, move.after) for move in change.before.moves}
    new = {(move.before, move.after) for move in change.after.moves}
    for before, after in sorted(old - new, key=_order):
        lost = count_planned(change.db, change.key, {(before, after)})
        yield Effect(Kind.PLANNED_LOST, lost, before=before, after=after)
    left = {before for before, _ in old} - {before for before, _ in new} - {State.EXITED}
    for before in (state for state in State if state in left):
        yield Effect(Kind.NO_WAY_ON, change.in_status(before), before=before)


def _of_conditions(change: _Change) -> Iterator[Effect]:
    old = set(change.before.moves)
    for move in sorted(change.after.moves, key=lambda one: _order((one.before, one.after))):
        if move not in old and _is_new_condition(move, change.before):
            yield from _of_condition(change, move)


def _is_new_condition(move: Move, design: Design) -> bool:
    former = moves_to(design.moves, move.after).get(move.before)
    return former is None or former.condition != move.condition


def _of_condition(change: _Change, move: Move) -> Iterator[Effect]:
    if move.condition is None or not change.may_count(move.condition):
        return
    meeting = count_meeting(change.db, change.key, move.before, move.condition, change.today)
    total = change.in_status(move.before)
    yield Effect(Kind.CONDITION, meeting, total, before=move.before, after=move.after)


def _of_capacity(change: _Change) -> Iterator[Effect]:
    limit, active = change.after.capacity, change.standings.get(State.ACTIVE.value)
    if limit is None or active is None or limit == change.before.capacity:
        return
    if (taken := active.of(change.after.unit)) > limit:
        yield Effect(Kind.OVER_CAPACITY, taken, limit)


def _of_rule(change: _Change) -> Iterator[Effect]:
    before, after = change.before.household_rule, change.after.household_rule
    if before == after or change.after.unit == HOUSEHOLD:
        return
    there = sum(one.households for one in change.standings.values())
    if after is HouseholdRule.NONE:
        yield Effect(Kind.HOUSEHOLDS_ALONE, there)
    elif before is HouseholdRule.NONE:
        counts = household_enrolments.foresee(change.db, change.key)
        for state in State:
            yield Effect(Kind.HOUSEHOLDS_ENROLLED, counts.get(state.value, 0), after=state)
        yield Effect(Kind.HOUSEHOLDS_KEPT, there)


def _of_graduation(change: _Change) -> Iterator[Effect]:
    rule = change.after.graduation
    if rule is None or rule == change.before.graduation or not change.may_count(rule):
        return
    # Whoever is ACTIVE is proposed, nobody else.
    if State.ACTIVE in moves_to(change.after.moves, State.GRADUATED):
        fitting = count_meeting(change.db, change.key, State.ACTIVE, rule, change.today)
        yield Effect(Kind.GRADUATION, fitting, change.in_status(State.ACTIVE))


def _of_attributes(change: _Change) -> Iterator[Effect]:
    old = {one.name for one in change.before.attribute_schema if one.required}
    for one in change.after.attribute_schema:
        lacks = where(f"{ATTRIBUTE_PREFIX}{one.name}", Op.IS_EMPTY, None)
        if one.required and one.name not in old and change.may_count(lacks):
            lacking = count_lacking(change.db, change.key, lacks, change.today)
            yield Effect(Kind.LACKING, lacking, name=one.label)


def _of_approval(change: _Change) -> Iterator[Effect]:
    if change.before.approval and not change.after.approval:
        asked = count_orders(change.db, change.key, OrderState.ASKED)
        yield Effect(Kind.STILL_ASKED, asked)


def _of_looks(change: _Change) -> Iterator[Effect]:
    if changes_moves(change.before, change.after):
        drafts = count_orders(change.db, change.key, OrderState.DRAFT)
        yield Effect(Kind.LOOKED_AT, drafts)


def _stands_in(state: State) -> Expression:
    """Return the condition over Enrolment: it stands in `state`."""
    if state is State.EXITED:
        return cast(Expression, ENROLMENT.ended_on.is_not(None))
    open_ = ENROLMENT.ended_on.is_(None)
    return cast(Expression, and_(open_, ENROLMENT.status == state.value))


def count_planned(db: Session, programme_id: int, removed: Collection[Pair]) -> int:
    """Return how many enrolments wait for a day or for a second person with one of these moves."""
    used = (
        and_(_ORDER.target == after.value, _stands_in(State(before))) for before, after in removed
    )
    counted = (
        select(func.count())
        .select_from(cast(Any, MoveSubject).__table__)
        .join(cast(Any, MoveOrder).__table__, _ORDER.id == _SUBJECT.order_id)
        .join(cast(Any, Enrolment).__table__, ENROLMENT.id == _SUBJECT.enrolment_id)
        .where(
            _ORDER.programme_id == programme_id,
            _ORDER.state.in_((OrderState.WAITING, OrderState.ASKED)),
            _SUBJECT.blocked.is_(None),
            or_(false(), *used),
        )
    )
    return int(db.execute(counted).scalar_one())


def count_orders(db: Session, programme_id: int, state: OrderState) -> int:
    """Return how many acts on a programme's statuses stand in `state`."""
    counted = select(func.count()).where(
        _ORDER.programme_id == programme_id, _ORDER.state == state, _ORDER.target.is_not(None)
    )
    return int(db.execute(counted).scalar_one())


def count_meeting(
    db: Session, programme_id: int, before: State, criteria: Criteria, today: date
) -> int:
    """Return how many enrolments that stand in `before` meet criteria."""
    counted = _count_enrolled(programme_id).where(_stands_in(before), holds(criteria, today))
    return int(db.execute(counted).scalar_one())


def count_lacking(db: Session, programme_id: int, lacks: Criteria, today: date) -> int:
    """Return how many open enrolments are of somebody who meets criteria."""
    counted = _count_enrolled(programme_id).where(ENROLMENT.ended_on.is_(None), holds(lacks, today))
    return int(db.execute(counted).scalar_one())


def _count_enrolled(programme_id: int) -> Any:  # noqa: ANN401 - a Select of one number
    people = cast(Any, Person).__table__
    joined = cast(Any, Enrolment).__table__.join(people, PERSON.id == ENROLMENT.person_id)
    query = select(func.count()).select_from(joined)
    return query.where(ENROLMENT.programme_id == programme_id, PERSON.merged_into_id.is_(None))
