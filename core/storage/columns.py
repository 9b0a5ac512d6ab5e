"""Each field of the registry as an SQL expression over an enrolment and its person."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, case, extract, func, select
from sqlalchemy import cast as cast_sql

from core.domain.fields import ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX, OWN_FIELDS, Field
from core.domain.people import last_begun
from core.models import (
    Batch,
    Enrolment,
    Household,
    Identifier,
    Location,
    Membership,
    Person,
    Programme,
)

Expression = ColumnElement[Any]


def _table(model: Any) -> Any:  # noqa: ANN401 - SQLModel hides its table from the type checker
    return model.__table__.c


ENROLMENT, PERSON, PROGRAMME = _table(Enrolment), _table(Person), _table(Programme)
LOCATION, HOUSEHOLD, MEMBERSHIP = _table(Location), _table(Household), _table(Membership)
IDENTIFIER, BATCH = _table(Identifier), _table(Batch)
_PERSON, _ENROLMENT = cast(Any, Person).__table__, cast(Any, Enrolment).__table__
_HOUSEHOLD, _MEMBERSHIP = cast(Any, Household).__table__, cast(Any, Membership).__table__

_PLAIN = ("registration_no", "registered_on", *OWN_FIELDS)


def age(born: Expression, today: date) -> Expression:
    """Return completed years on `today`, by the same rule as domain.people.age_on."""
    birthday = extract("month", born) * 100 + extract("day", born)
    not_yet = case((birthday > today.month * 100 + today.day, 1), else_=0)
    return cast(Expression, today.year - extract("year", born) - not_yet)


def months(begun: Expression, today: date) -> Expression:
    """Return completed months on `today`, by the same rule as domain.people.months_on."""
    unfinished = case((extract("day", begun) > last_begun(today), 1), else_=0)
    at = today.year * 12 + today.month
    passed = at - extract("year", begun) * 12 - extract("month", begun) - unfinished
    return case((passed < 0, 0), else_=cast_sql(passed, Integer))


def column(field: Field, today: date) -> Expression:
    """Return the SQL value of a field; every value comes from the person's own rows."""
    name = field.name
    if name in _PLAIN:
        return cast(Expression, PERSON[name])
    if name.startswith(IDENTIFIER_PREFIX):
        return _identifier(name.removeprefix(IDENTIFIER_PREFIX))
    if name.startswith(ATTRIBUTE_PREFIX):
        return cast(Expression, PERSON.attributes[name.removeprefix(ATTRIBUTE_PREFIX)].as_string())
    return _derived(name, today)


def _derived(name: str, today: date) -> Expression:
    if name in ("status", "since", "enrolled_on"):
        return cast(Expression, ENROLMENT[name])
    return _DERIVED[name](today)


def _one(query: Any) -> Expression:  # noqa: ANN401 - a Select of whatever type the field has
    return cast(Expression, query.correlate(_PERSON, _ENROLMENT).scalar_subquery())


def _open_membership() -> tuple[Expression, ...]:
    return MEMBERSHIP.person_id == PERSON.id, MEMBERSHIP.until.is_(None)


def _own_household(wanted: Expression) -> Any:  # noqa: ANN401 - see _one
    joined = _HOUSEHOLD.join(_MEMBERSHIP, MEMBERSHIP.household_id == HOUSEHOLD.id)
    return select(wanted).select_from(joined).where(*_open_membership())


def _members() -> Expression:
    """Count the open members of the household in hand."""
    other = _MEMBERSHIP.alias("member")
    counted = (
        select(func.count())
        .select_from(other)
        .where(other.c.household_id == HOUSEHOLD.id, other.c.until.is_(None))
    )
    return cast(Expression, counted.correlate(_HOUSEHOLD).scalar_subquery())


def _identifier(kind: str) -> Expression:
    return _one(
        select(func.min(IDENTIFIER.value)).where(
            IDENTIFIER.person_id == PERSON.id, IDENTIFIER.type == kind
        )
    )


_DERIVED: dict[str, Callable[[date], Expression]] = {
    "months_in_status": lambda today: months(ENROLMENT.since, today),
    "months_enrolled": lambda today: months(ENROLMENT.enrolled_on, today),
    "age": lambda today: age(PERSON.birth_date, today),
    "programme": lambda _: _one(
        select(PROGRAMME.code).where(PROGRAMME.id == ENROLMENT.programme_id)
    ),
    "location": lambda _: _one(select(LOCATION.code).where(LOCATION.id == PERSON.location_id)),
    "location_name": lambda _: _one(select(LOCATION.name).where(LOCATION.id == PERSON.location_id)),
    "relationship_to_head": lambda _: _one(
        select(MEMBERSHIP.relationship).where(*_open_membership())
    ),
    "is_head": lambda _: _one(select(MEMBERSHIP.is_head).where(*_open_membership())),
    "household": lambda _: _one(_own_household(HOUSEHOLD.number)),
    "household_size": lambda _: _one(_own_household(func.coalesce(HOUSEHOLD.size, _members()))),
}
