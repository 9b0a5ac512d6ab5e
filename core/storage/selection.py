"""The only door to rows: an actor's grants and criteria become one WHERE clause.

Whoever reads people or enrolments (lists, counts, charts, exports, search, the person page, bulk
acts) builds on `visible`, `people_in_scope` or `enrolments_in_scope`; nobody writes a second one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    not_,
    null,
    or_,
    select,
    true,
)

from core.domain.criteria import Condition, Criteria, Op, conditions, level_of
from core.domain.fields import Field, Kind
from core.domain.people import latest_birth
from core.domain.permissions import Actor, Permission, Scope, require
from core.errors import NotAllowed
from core.models import Enrolment, Location, Membership, Person, Unit
from core.storage.columns import (
    ENROLMENT,
    LOCATION,
    PERSON,
    PROGRAMME,
    Expression,
    column,
)

Clause = ColumnElement[bool]
ROOT_PATH = "1/"
_NOT_PERSONAL = {
    *("location", "location_name", "household", "household_size", "programme", "status", "since"),
    *("enrolled_on", "months_in_status", "months_enrolled", "registered_on", "registration_no"),
}
"""Fields that say something of an enrolment, a household or a place; the others are a person's."""


@dataclass(frozen=True)
class Selection:
    """The enrolments an actor may see and asked for."""

    actor: Actor
    permission: Permission
    today: date
    source: FromClause
    where: Clause

    def select(self, *columns: Any) -> Select[Any]:  # noqa: ANN401 - any SQL expression
        """Return a SELECT of `columns` over these enrolments and their people."""
        return select(*columns).select_from(self.source).where(self.where)

    def shows_all(self, field: Field) -> bool:
        """Say whether the field's level is granted in every row."""
        scopes = self.actor.scopes_for(self.permission)
        return len(self.actor.scopes_for(self.permission, field.level)) == len(scopes)

    def value(self, field: Field) -> Expression:
        """Return the field's SQL value, null in the rows where its level is not granted."""
        deep = self.actor.scopes_for(self.permission, field.level)
        if not deep:
            return cast(Expression, null())
        if self.shows_all(field):
            return column(field, self.today)
        allowed = or_(*(_enrolment_clause(scope) for scope in deep))
        return case((allowed, column(field, self.today)), else_=null())


def visible(
    actor: Actor,
    criteria: Criteria,
    *,
    today: date,
    permission: Permission = Permission.SEE_PEOPLE,
    by: Iterable[Field] = (),
) -> Selection:
    """Return the open enrolments inside the actor's grants for which `criteria` hold.

    Filtering, sorting or grouping (`by`) on a field needs its level: only grants of that level
    count then. A household that is enrolled beside its members fits no criteria about people: its
    head's sex or age is not its own. Raises NotAllowed where the actor has no grant for
    `permission` at that level.
    """
    level = max((level_of(criteria), *(field.level for field in by)))
    require(actor, permission)
    if not actor.scopes_for(permission, level):
        raise NotAllowed("ask by these fields")
    source = cast(Any, Enrolment).__table__.join(
        cast(Any, Person).__table__, PERSON.id == ENROLMENT.person_id
    )
    where = and_(
        enrolments_in_scope(actor, permission, level),
        PERSON.merged_into_id.is_(None),
        ENROLMENT.ended_on.is_(None),
        _compile(criteria, today),
        fit_for(condition.field for condition in conditions(criteria)),
    )
    return Selection(actor, permission, today, source, where)


def fit_for(fields: Iterable[Field]) -> Clause:
    """Return the condition over Enrolment that leaves out households beside their members where
    one of the fields is a person's own. In a programme of households the head speaks for them."""
    if all(field.name in _NOT_PERSONAL for field in fields):
        return true()
    unit = select(PROGRAMME.id).where(PROGRAMME.unit == Unit.HOUSEHOLD)
    return or_(ENROLMENT.household_id.is_(None), ENROLMENT.programme_id.in_(unit))


def enrolments_in_scope(actor: Actor, permission: Permission, level: int = 0) -> Clause:
    """Return the condition over Enrolment joined to Person that keeps to the actor's grants."""
    scopes = actor.scopes_for(permission, level)
    return or_(false(), *(_enrolment_clause(scope) for scope in scopes))


def people_in_scope(actor: Actor, permission: Permission, level: int = 0) -> Clause:
    """Return the condition over Person that keeps to the actor's grants.

    A grant for one programme reaches the people enrolled in it, themselves or through their
    household; people enrolled nowhere need a grant for all programmes.
    """
    scopes = actor.scopes_for(permission, level)
    return or_(false(), *(_person_clause(scope) for scope in scopes))


def places_in_scope(actor: Actor, permission: Permission) -> Clause:
    """Return the condition over Location that keeps to the subtrees of the actor's grants."""
    paths = [scope.path for scope in actor.scopes_for(permission)]
    return or_(false(), *(LOCATION.path.startswith(path, autoescape=True) for path in paths))


def in_place(path: str) -> Clause:
    """Return the condition over Person: at or below the place with `path`."""
    if path == ROOT_PATH:
        return true()
    inside = select(LOCATION.id).where(LOCATION.path.startswith(path, autoescape=True))
    return cast(Clause, PERSON.location_id.in_(inside))


def holds(criteria: Criteria, today: date) -> Clause:
    """Return criteria as a condition over Enrolment joined to Person, for a programme's own rules:
    it gives no rows to anybody."""
    return _compile(criteria, today)


def _enrolment_clause(scope: Scope) -> Clause:
    if scope.programme_id is None:
        return in_place(scope.path)
    return and_(in_place(scope.path), ENROLMENT.programme_id == scope.programme_id)


def _person_clause(scope: Scope) -> Clause:
    if scope.programme_id is None:
        return in_place(scope.path)
    enrolment = cast(Any, Enrolment).__table__.alias("own_enrolment")
    membership = cast(Any, Membership).__table__.alias("own_membership")
    shared = select(membership.c.household_id).where(
        membership.c.person_id == PERSON.id, membership.c.until.is_(None)
    )
    enrolled = exists().where(
        enrolment.c.programme_id == scope.programme_id,
        or_(
            enrolment.c.person_id == PERSON.id,
            enrolment.c.household_id.in_(shared.correlate(cast(Any, Person).__table__)),
        ),
    )
    return and_(in_place(scope.path), enrolled)


def _compile(criteria: Criteria, today: date) -> Clause:
    if isinstance(criteria, Condition):
        return _condition(criteria, today)
    parts = [_compile(part, today) for part in criteria.parts]
    if criteria.kind == "not":
        # A null answer is "no" first, so that its negation is "yes": not(A) is everybody but A.
        return not_(func.coalesce(parts[0], false()))
    return or_(*parts) if criteria.kind == "any" else and_(true(), *parts)


def _condition(condition: Condition, today: date) -> Clause:
    if condition.field.kind is Kind.PLACE:
        return _within(condition.values)
    if condition.field.name == "age":
        return _age(condition, today)
    compared = _COMPARISONS[condition.op](column(condition.field, today), condition.values)
    return cast(Clause, compared)


def _within(codes: Iterable[str]) -> Clause:
    above = cast(Any, Location).__table__.alias("above")
    inside = select(LOCATION.id).join_from(
        cast(Any, Location).__table__,
        above,
        and_(above.c.code.in_(list(codes)), LOCATION.path.like(above.c.path + "%")),
    )
    return cast(Clause, PERSON.location_id.in_(inside))


def _age(condition: Condition, today: date) -> Clause:
    """Write an age as a range of birth dates, so that the index on them serves."""
    born, op, values = PERSON.birth_date, condition.op, condition.values
    if op is Op.IS_EMPTY:
        return cast(Clause, born.is_(None))
    if op is Op.IS_FILLED:
        return cast(Clause, born.is_not(None))
    if op is Op.AT_LEAST:
        return _born(None, values[0], today)
    if op is Op.AT_MOST:
        return _born(values[0], None, today)
    if op is Op.BETWEEN:
        return _born(values[1], values[0], today)
    one = or_(*(_born(age, age, today) for age in values))
    return not_(one) if op is Op.IS_NOT else one


def _born(oldest: int | None, youngest: int | None, today: date) -> Clause:
    """Return: at most `oldest` and at least `youngest` years old."""
    born = PERSON.birth_date
    parts: list[Clause] = [born.is_not(None)]
    if youngest is not None:
        parts.append(born <= latest_birth(today, _years(youngest)))
    if oldest is not None:
        parts.append(born > latest_birth(today, _years(oldest) + 1))
    return and_(*parts)


def _years(age: int) -> int:
    return max(0, min(age, 200))


_COMPARISONS: dict[Op, Callable[[Any, tuple[Any, ...]], Any]] = {
    Op.IS: lambda c, v: c == v[0],
    Op.IS_NOT: lambda c, v: or_(c != v[0], c.is_(None)),
    Op.IN: lambda c, v: c.in_(v),
    Op.AT_LEAST: lambda c, v: c >= v[0],
    Op.AT_MOST: lambda c, v: c <= v[0],
    Op.BETWEEN: lambda c, v: c.between(v[0], v[1]),
    Op.CONTAINS: lambda c, v: func.lower(c).contains(v[0].lower(), autoescape=True),
    Op.STARTS_WITH: lambda c, v: func.lower(c).startswith(v[0].lower(), autoescape=True),
    Op.IS_EMPTY: lambda c, _v: c.is_(None),
    Op.IS_FILLED: lambda c, _v: c.is_not(None),
}
