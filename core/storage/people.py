"""One person with everything that hangs on them, inside the actor's grants."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.models import (
    Enrolment,
    Household,
    Membership,
    Person,
    Programme,
)
from core.storage.columns import (
    ENROLMENT,
    HOUSEHOLD,
    IDENTIFIER,
    LOCATION,
    MEMBERSHIP,
    PERSON,
    PROGRAMME,
    age,
)
from core.storage.lookups import last_survivor
from core.storage.selection import enrolments_in_scope, people_in_scope

_SEE = Permission.SEE_PEOPLE


@dataclass(frozen=True)
class EnrolmentRow:
    """One enrolment of a person, their own or their household's."""

    id: int
    programme: str
    programme_name: str
    status: str
    since: date
    enrolled_on: date
    ended_on: date | None
    exit_reason: str | None
    cycle: int
    of_household: bool
    uuid: UUID


@dataclass(frozen=True)
class MemberRow:
    """One member of a household."""

    uuid: UUID
    full_name: str
    sex: str
    age: int | None
    relationship: str | None
    is_head: bool


def find_person(db: Session, actor: Actor, uuid: UUID) -> tuple[Person, int] | None:
    """Return the person and the highest field level the actor has for them, or None.

    A merged person leads to the survivor, and it is the survivor who must be within the grants.
    """
    known = db.execute(select(PERSON.id).where(PERSON.uuid == uuid)).scalar()
    last = last_survivor(db, known) if known is not None else None
    if last is None:
        return None
    levels = [
        level
        for level in (1, 2, 3)
        if db.execute(
            select(PERSON.id).where(PERSON.id == last, people_in_scope(actor, _SEE, level))
        ).first()
    ]
    if not levels:
        return None
    return db.execute(select(Person).where(PERSON.id == last)).scalar_one(), max(levels)


def place_names(db: Session, location_id: int) -> list[str]:
    """Return the names from the country down to a place, the root left out."""
    path = db.execute(select(LOCATION.path).where(LOCATION.id == location_id)).scalar_one()
    ids = [int(part) for part in path.strip("/").split("/")]
    rows = db.execute(
        select(LOCATION.name)
        .where(LOCATION.id.in_(ids), LOCATION.level > 0)
        .order_by(LOCATION.path)
    )
    return list(rows.scalars())


def identifiers(db: Session, person_id: int) -> list[tuple[str, str]]:
    """Return (type, value) of every identifier of a person."""
    rows = db.execute(
        select(IDENTIFIER.type, IDENTIFIER.value)
        .where(IDENTIFIER.person_id == person_id)
        .order_by(IDENTIFIER.type)
    )
    return [(row.type, row.value) for row in rows]


def household_of(db: Session, person_id: int) -> Household | None:
    """Return the household a person lives in now."""
    query = (
        select(Household)
        .join(cast(Any, Membership), MEMBERSHIP.household_id == HOUSEHOLD.id)
        .where(MEMBERSHIP.person_id == person_id, MEMBERSHIP.until.is_(None))
    )
    return db.execute(query).scalar_one_or_none()


def members(
    db: Session, actor: Actor, household_id: int, today: date
) -> tuple[list[MemberRow], int]:
    """Return the open members the actor may see, the head first, then the oldest, and how many
    more there are. Ages, not birth dates: those are of a higher field level."""
    years = age(PERSON.birth_date, today)
    joined = select(
        PERSON.uuid,
        PERSON.full_name,
        PERSON.sex,
        years,
        MEMBERSHIP.relationship,
        MEMBERSHIP.is_head,
    ).join_from(
        cast(Any, Membership).__table__,
        cast(Any, Person).__table__,
        PERSON.id == MEMBERSHIP.person_id,
    )
    here = (MEMBERSHIP.household_id == household_id, MEMBERSHIP.until.is_(None))
    rows = db.execute(
        joined.where(*here, people_in_scope(actor, _SEE)).order_by(
            MEMBERSHIP.is_head.desc(), years.desc().nulls_last(), PERSON.id
        )
    ).all()
    total = db.execute(select(func.count()).where(*here)).scalar_one()
    return [MemberRow(*row) for row in rows], int(total) - len(rows)


def enrolments_of(db: Session, actor: Actor, person_id: int) -> tuple[list[EnrolmentRow], int]:
    """Return the enrolments of a person and their household that the actor may see, newest
    first, and how many more there are."""
    mine = _enrolments_of(person_id)
    query = (
        select(
            ENROLMENT.id,
            PROGRAMME.code,
            PROGRAMME.name,
            ENROLMENT.status,
            ENROLMENT.since,
            ENROLMENT.enrolled_on,
            ENROLMENT.ended_on,
            ENROLMENT.exit_reason,
            ENROLMENT.cycle,
            ENROLMENT.household_id.is_not(None),
            ENROLMENT.uuid,
        )
        .join_from(
            cast(Any, Enrolment).__table__,
            cast(Any, Person).__table__,
            PERSON.id == ENROLMENT.person_id,
        )
        .join(cast(Any, Programme).__table__, PROGRAMME.id == ENROLMENT.programme_id)
        .where(mine, enrolments_in_scope(actor, _SEE))
        .order_by(ENROLMENT.enrolled_on.desc(), ENROLMENT.id)
    )
    rows = db.execute(query).all()
    total = db.execute(select(func.count()).where(mine)).scalar_one()
    return [EnrolmentRow(*row) for row in rows], int(total) - len(rows)


def _enrolments_of(person_id: int) -> Any:  # noqa: ANN401 - an SQL condition
    lives_in = exists().where(
        MEMBERSHIP.person_id == person_id,
        MEMBERSHIP.until.is_(None),
        MEMBERSHIP.household_id == ENROLMENT.household_id,
    )
    return or_(ENROLMENT.person_id == person_id, lives_in)
