"""Who lives in a household, who did, and where it and they stand, inside the actor's grants."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlmodel import Session

from core.domain.lifecycle import State
from core.domain.permissions import Actor, Permission
from core.models import Enrolment, Membership, Person, Programme
from core.storage.columns import ENROLMENT, HOUSEHOLD, MEMBERSHIP, PERSON, PROGRAMME, age
from core.storage.selection import enrolments_in_scope, people_in_scope

_SEE = Permission.SEE_PEOPLE


@dataclass(frozen=True)
class Member:
    """Somebody who lives in a household, or did `until` a day."""

    id: int
    uuid: UUID
    registration_no: str
    full_name: str
    sex: str
    age: int | None
    relationship: str | None
    is_head: bool
    since: date
    until: date | None


@dataclass(frozen=True)
class Standing:
    """One enrolment: the household's own, or a member's. `since` is the day of the exit where it
    has ended."""

    programme: str
    programme_name: str
    cycle: int
    person_id: int
    of_household: bool
    state: State
    since: date
    exit_reason: str | None


def read_members(
    db: Session, actor: Actor, household_id: int, today: date
) -> tuple[list[Member], int]:
    """Return those living in a household whom the actor may see, the head first, then the oldest,
    and how many more there are."""
    return _members(db, actor, household_id, today, former=False)


def read_former(
    db: Session, actor: Actor, household_id: int, today: date
) -> tuple[list[Member], int]:
    """Return those who left a household and whom the actor may see, the last first, and how many
    more there are."""
    return _members(db, actor, household_id, today, former=True)


def _members(
    db: Session, actor: Actor, household_id: int, today: date, *, former: bool
) -> tuple[list[Member], int]:
    """Ages, not birth dates: those are of a higher field level."""
    years = age(PERSON.birth_date, today)
    ended = MEMBERSHIP.until.is_not(None) if former else MEMBERSHIP.until.is_(None)
    here = and_(MEMBERSHIP.household_id == household_id, ended)
    if former:
        here = and_(here, MEMBERSHIP.person_id.not_in(_living(household_id)))
    query: Select[Any] = (
        select(
            *(PERSON.id, PERSON.uuid, PERSON.registration_no, PERSON.full_name, PERSON.sex, years),
            *(MEMBERSHIP.relationship, MEMBERSHIP.is_head, MEMBERSHIP.since, MEMBERSHIP.until),
        )
        .join_from(_table(Membership), _table(Person), PERSON.id == MEMBERSHIP.person_id)
        .where(here, people_in_scope(actor, _SEE))
    )
    order = (MEMBERSHIP.is_head.desc(), years.desc().nulls_last(), PERSON.id)
    rows = db.execute(query.order_by(*([MEMBERSHIP.until.desc(), PERSON.id] if former else order)))
    found = [Member(*row) for row in rows]
    total = db.execute(select(func.count()).where(here)).scalar_one()
    return found, int(total) - len(found)


def _living(household_id: int) -> Select[Any]:
    here = (MEMBERSHIP.household_id == household_id, MEMBERSHIP.until.is_(None))
    return select(MEMBERSHIP.person_id).where(*here)


def read_standings(
    db: Session, actor: Actor, household_id: int, people: Collection[int]
) -> tuple[list[Standing], int]:
    """Return the enrolments of a household and of these members that the actor may see, by
    programme, the newest cycle first, and how many of the household's own they may not see."""
    own = ENROLMENT.household_id == household_id
    members = and_(ENROLMENT.household_id.is_(None), ENROLMENT.person_id.in_(people))
    query = (
        select(
            *(PROGRAMME.code, PROGRAMME.name, ENROLMENT.cycle, ENROLMENT.person_id, own),
            *(ENROLMENT.status, ENROLMENT.since, ENROLMENT.ended_on, ENROLMENT.exit_reason),
        )
        .join_from(_table(Enrolment), _table(Person), PERSON.id == ENROLMENT.person_id)
        .join(_table(Programme), PROGRAMME.id == ENROLMENT.programme_id)
        .where(or_(own, members), enrolments_in_scope(actor, _SEE))
        .order_by(PROGRAMME.code, ENROLMENT.cycle.desc(), ENROLMENT.id)
    )
    found = [_standing(row) for row in db.execute(query)]
    total = db.execute(select(func.count()).where(own)).scalar_one()
    return found, int(total) - sum(one.of_household for one in found)


def _standing(row: Any) -> Standing:  # noqa: ANN401 - a row of the query
    code, name, cycle, person_id, own, status, since, ended_on, reason = row
    state = State.EXITED if ended_on else State(status)
    return Standing(code, name, cycle, person_id, bool(own), state, ended_on or since, reason)


def number_of(db: Session, uuid: UUID) -> str | None:
    """Return the number of a household, merged or not."""
    found = select(HOUSEHOLD.number).where(HOUSEHOLD.uuid == uuid)
    return cast(str | None, db.execute(found).scalar())


def _table(model: Any) -> Any:  # noqa: ANN401 - SQLModel hides its table from the type checker
    return model.__table__
