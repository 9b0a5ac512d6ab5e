"""Households as acts see them, read inside the actor's grants and locked for writing."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import and_, func, not_, or_, select
from sqlmodel import Session

from core.domain.fields import Relationship, Status
from core.domain.households import Area, Enrolled, Home, Member
from core.domain.lifecycle import HouseholdRule
from core.domain.permissions import Actor, Permission
from core.errors import NotFound
from core.models import (
    Enrolment,
    Household,
    HouseholdKey,
    Membership,
    Person,
    Programme,
    Unit,
)
from core.storage.columns import ENROLMENT, HOUSEHOLD, LOCATION, MEMBERSHIP, PERSON, PROGRAMME
from core.storage.importing.receipts import lock_publishes
from core.storage.lifecycle.moves import lock_programmes
from core.storage.selection import enrolments_in_scope, people_in_scope, places_in_scope

_MOVE = Permission.TRANSITION
_KEY = cast(Any, HouseholdKey).__table__.c


def _table(model: Any) -> Any:  # noqa: ANN401 - SQLModel hides its table from the type checker
    return model.__table__


def find_homes(db: Session, actor: Actor, uuids: Sequence[UUID]) -> list[Home]:
    """Return households that are the actor's: all who live in them are within the grants.

    NotFound for one that is not there, that was merged away, or that is not the actor's.
    """
    found = [_find_home(db, actor, uuid) for uuid in uuids]
    return [_read_home(db, actor, household) for household in found]


def _find_home(db: Session, actor: Actor, uuid: UUID) -> Household:
    query = select(Household).where(HOUSEHOLD.uuid == uuid, HOUSEHOLD.merged_into_id.is_(None))
    query = query.execution_options(populate_existing=True)
    household: Household | None = db.execute(query).scalar_one_or_none()
    if household is None or not _is_within(db, actor, household):
        raise NotFound("This household")
    return household


def _is_within(db: Session, actor: Actor, household: Household) -> bool:
    living = (
        select(PERSON.id)
        .join_from(_table(Person), _table(Membership), MEMBERSHIP.person_id == PERSON.id)
        .where(MEMBERSHIP.household_id == household.id, MEMBERSHIP.until.is_(None))
    )
    beyond = living.where(not_(people_in_scope(actor, _MOVE)))
    if db.execute(beyond.limit(1)).first() is not None:
        return False
    if db.execute(living.limit(1)).first() is not None:
        return True
    # Nobody lives in it: its place decides, for those who look after all programmes there.
    everywhere = replace(actor, scopes=tuple(s for s in actor.scopes if s.programme_id is None))
    return _place_of(db, everywhere, LOCATION.id == household.location_id) is not None


def find_uuid(db: Session, number: str) -> UUID:
    """Return the address of the household with a number, whoever's it is; NotFound for none."""
    found = db.execute(select(HOUSEHOLD.uuid).where(HOUSEHOLD.number == number)).scalar()
    if found is None:
        raise NotFound("This household")
    return cast(UUID, found)


def find_area(db: Session, actor: Actor, code: str) -> Area:
    """Return a place within the actor's grants, NotFound for any other."""
    found = _place_of(db, actor, LOCATION.code == code)
    if found is None:
        raise NotFound("This place")
    return found


def _place_of(db: Session, actor: Actor, which: Any) -> Area | None:  # noqa: ANN401 - a condition
    query = select(LOCATION.id, LOCATION.code, LOCATION.name)
    row = db.execute(query.where(which, places_in_scope(actor, _MOVE))).first()
    return Area(*row) if row else None


def _read_home(db: Session, actor: Actor, household: Household) -> Home:
    place = select(LOCATION.id, LOCATION.code, LOCATION.name)
    area = db.execute(place.where(LOCATION.id == household.location_id)).one()
    members = _read_members(db, household.id)
    keys = select(_KEY.space_id, _KEY.key).where(_KEY.household_id == household.id)
    known = db.execute(keys.order_by(_KEY.space_id, _KEY.key))
    return Home(
        id=household.id,
        uuid=household.uuid,
        number=household.number,
        version=household.version,
        area=Area(*area),
        size=household.size,
        members=members,
        enrolments=_read_enrolments(db, actor, household.id, [m.person_id for m in members]),
        keys=tuple((int(row.space_id), str(row.key)) for row in known),
    )


def _read_members(db: Session, household_id: int) -> tuple[Member, ...]:
    rows = db.execute(
        select(
            MEMBERSHIP.id,
            MEMBERSHIP.person_id,
            PERSON.uuid,
            PERSON.full_name,
            PERSON.registration_no,
            MEMBERSHIP.relationship,
            MEMBERSHIP.is_head,
            MEMBERSHIP.since,
            PERSON.version,
        )
        .join_from(_table(Membership), _table(Person), PERSON.id == MEMBERSHIP.person_id)
        .where(MEMBERSHIP.household_id == household_id, MEMBERSHIP.until.is_(None))
        .order_by(MEMBERSHIP.is_head.desc(), PERSON.birth_date.asc().nulls_last(), PERSON.id)
    )
    return tuple(
        Member(
            membership_id=row.id,
            person_id=row.person_id,
            uuid=row.uuid,
            name=row.full_name,
            number=row.registration_no,
            relationship=Relationship(row.relationship) if row.relationship else None,
            is_head=row.is_head,
            since=row.since,
            version=row.version,
        )
        for row in rows
    )


def _read_enrolments(
    db: Session, actor: Actor, household_id: int, people: Sequence[int]
) -> tuple[Enrolled, ...]:
    """Return the enrolments of a household and of its members, in the order they began."""
    mine = func.coalesce(enrolments_in_scope(actor, _MOVE), False).label("mine")
    rows = db.execute(
        select(_table(Enrolment), PROGRAMME.name, PROGRAMME.unit, PROGRAMME.household_rule,
               PROGRAMME.capacity, PROGRAMME.approval, mine)
        .join_from(_table(Enrolment), _table(Person), PERSON.id == ENROLMENT.person_id)
        .join(_table(Programme), PROGRAMME.id == ENROLMENT.programme_id)
        .where(
            or_(
                ENROLMENT.household_id == household_id,
                and_(ENROLMENT.household_id.is_(None), ENROLMENT.person_id.in_(people)),
            )
        )
        .order_by(ENROLMENT.id)
    ).all()  # fmt: skip
    return tuple(
        Enrolled(
            id=row.id,
            version=row.version,
            programme_id=row.programme_id,
            programme=row.name,
            cycle=row.cycle,
            person_id=row.person_id,
            household_id=row.household_id,
            status=row.status.value,
            since=row.since,
            ended_on=row.ended_on,
            rule=HouseholdRule(row.household_rule),
            by_household=row.unit == Unit.HOUSEHOLD,
            mine=bool(row.mine),
            free=_count_free(db, row.programme_id, row.capacity),
            approval=row.approval,
        )
        for row in rows
    )


def _count_free(db: Session, programme_id: int, capacity: int | None) -> int | None:
    if capacity is None:
        return None
    taken = select(func.count()).where(
        ENROLMENT.programme_id == programme_id,
        ENROLMENT.status == Status.ACTIVE,
        ENROLMENT.ended_on.is_(None),
        ENROLMENT.household_id.is_not(None),
    )
    return max(0, capacity - int(db.execute(taken).scalar_one()))


def lock(db: Session, homes: Iterable[Home]) -> None:
    """Keep out, until the transaction ends, whatever else writes these households, the people who
    live in them and their enrolments: imports, moves of statuses, other acts."""
    known = list(homes)
    lock_publishes(db)
    lock_programmes(db, *(one.programme_id for home in known for one in home.enrolments))
    keys = sorted(home.id for home in known)
    people = sorted(member.person_id for home in known for member in home.members)
    for column, wanted in ((HOUSEHOLD.id, keys), (PERSON.id, people)):
        query = select(column).where(column.in_(wanted)).order_by(column).with_for_update()
        db.execute(query).all()


def digest(homes: Iterable[Home]) -> str:
    """Return what sums up everything that a preview of an act rests on, as far as the actor may
    see it: where two are equal, nothing has changed."""
    shown = (
        replace(home, enrolments=tuple(replace(e, free=None) for e in home.enrolments if e.mine))
        for home in homes
    )
    return hashlib.sha256("\n".join(repr(home) for home in shown).encode()).hexdigest()
