"""Whose timeline: a person with whoever was merged into them, or a household with its members."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session

from core.domain.numbers import read_number
from core.domain.permissions import Actor, Permission
from core.errors import NotFound
from core.models import Household, Membership, Person, RowImage
from core.storage import lookups, people, timeline
from core.storage.columns import BATCH, HOUSEHOLD, MEMBERSHIP, PERSON
from core.storage.selection import Clause, people_in_scope
from core.storage.timeline import Home, Item, Seen, Stay, Wanted

PERSON_SUBJECT, HOUSEHOLD_SUBJECT = SUBJECTS = ("person", "household")
_SEE = Permission.SEE_PEOPLE
_LEVELS = (1, 2, 3)
_IMAGE = cast(Any, RowImage).__table__.c


def read_person(db: Session, actor: Actor, person: Person, level: int) -> list[Item]:
    """Return the whole timeline of a person, and of whoever was merged into them."""
    keys = _merged_into(db, person.id)
    rows = db.execute(_people(PERSON.id.in_(keys)))
    seen = {row.id: replace(Seen(*row), level=level) for row in rows}
    stays = _stays(db, keys)
    lived_in = {one for stay in stays for one in (stay.household_id, stay.went_to) if one}
    homes = _homes(db, lived_in, level)
    return timeline.read(db, Wanted(actor, seen, homes, stays, person=person.id))


def read_household(db: Session, actor: Actor, household: Household) -> list[Item]:
    """Return the whole timeline of a household: its own, and that of the members whom the actor
    may see, as far as it belongs to their time in it."""
    living = select(MEMBERSHIP.person_id).where(MEMBERSHIP.household_id == household.id)
    ever = or_(PERSON.id.in_(living), PERSON.id.in_(_taken_back(db, household.id)))
    rows = db.execute(_people(ever, people_in_scope(actor, _SEE)))
    seen = {row.id: Seen(*row) for row in rows}
    homes = _homes(db, {household.id}, level_of(db, actor, household.id))
    stays = _stays(db, seen)
    return timeline.read(db, Wanted(actor, seen, homes, stays, household=household.id))


@dataclass(frozen=True)
class Told:
    """A timeline with the name of whose it is and what tells them from others."""

    title: str
    facts: str
    items: Sequence[Item]


def read(db: Session, actor: Actor, subject: str, uuid: UUID) -> Told:
    """Return the timeline of one of SUBJECTS; raises NotFound for nobody and out of the grants."""
    if subject == HOUSEHOLD_SUBJECT:
        home = find_household(db, actor, uuid)
        if home is None:
            raise NotFound("This household")
        household = home[0]
        named = people.place_names(db, household.location_id)
        return Told(household.number, " › ".join(named), read_household(db, actor, household))
    found = people.find_person(db, actor, uuid)
    if found is None:
        raise NotFound("This person")
    person, level = found
    places = " › ".join(people.place_names(db, person.location_id))
    items = read_person(db, actor, person, level)
    return Told(person.full_name, f"{person.registration_no} · {places}", items)


def find_uuid(db: Session, actor: Actor, subject: str, number: str) -> UUID | None:
    """Return what a number leads to: a person, by their own or a merged number, the household they
    live in, or a household by its own number; None where that is nothing the actor may see."""
    running = read_number(number)
    if running is None:
        return None
    if names_household(number):
        of_number = select(HOUSEHOLD.uuid).where(HOUSEHOLD.id == running)
        return db.execute(of_number).scalar() if subject == HOUSEHOLD_SUBJECT else None
    keys = lookups.find_by_id(db, actor, running)
    if not keys:
        return None
    if subject == HOUSEHOLD_SUBJECT:
        home = people.household_of(db, keys[0])
        return home.uuid if home else None
    return db.execute(select(PERSON.uuid).where(PERSON.id == keys[0])).scalar()


def names_household(number: str) -> bool:
    """Say whether a number is written as a household's."""
    return number.strip().upper().startswith("H")


def find_household(db: Session, actor: Actor, uuid: UUID) -> tuple[Household, int] | None:
    """Return a household and the highest field level the actor has for it, or None.

    It is seen by who may see one of those who live in it; a merged one leads to the household that
    its members went to.
    """
    query = select(Household).where(HOUSEHOLD.uuid == uuid)
    found: Household | None = db.execute(query).scalar_one_or_none()
    seen: set[int] = set()
    while found is not None and found.merged_into_id is not None and found.id not in seen:
        seen.add(found.id)
        found = db.get(Household, found.merged_into_id)
    if found is None:
        return None
    level = level_of(db, actor, found.id)
    return (found, level) if level else None


def level_of(db: Session, actor: Actor, household_id: int) -> int:
    """Return the highest field level of the actor for somebody who lives in a household; 0 where
    they may see nobody."""
    here = (MEMBERSHIP.household_id == household_id, MEMBERSHIP.until.is_(None))
    living = select(MEMBERSHIP.person_id).where(*here)
    reached = [
        level
        for level in _LEVELS
        if db.execute(
            select(PERSON.id)
            .where(PERSON.id.in_(living), people_in_scope(actor, _SEE, level))
            .limit(1)
        ).first()
    ]
    return max(reached, default=0)


def _table(model: Any) -> Any:  # noqa: ANN401 - SQLModel hides its table from the type checker
    return model.__table__


def _people(*where: Clause) -> Any:  # noqa: ANN401 - a query of the columns of Seen
    columns = (PERSON.id, PERSON.uuid, PERSON.registration_no, PERSON.full_name)
    return select(*columns, PERSON.registered_on).where(*where).order_by(PERSON.id)


def _taken_back(db: Session, household_id: int) -> list[int]:
    """Return who came into a household by an act that was taken back: no membership tells it."""
    query = (
        select(_IMAGE.before["person_id"].as_integer())
        .join_from(_IMAGE.id.table, BATCH.id.table, BATCH.id == _IMAGE.batch_id)
        .where(
            BATCH.undo_of_id.is_not(None),
            _IMAGE.entity == "membership",
            _IMAGE.after.is_(None),
            _IMAGE.before["household_id"].as_integer() == household_id,
        )
    )
    return list(db.execute(query.distinct()).scalars())


def _merged_into(db: Session, person_id: int) -> list[int]:
    """Return a person's key and those of everybody who was merged into them, over any steps."""
    start = select(PERSON.id).where(PERSON.id == person_id).cte("merged", recursive=True)
    further = select(PERSON.id).where(PERSON.merged_into_id == start.c.id)
    return list(db.execute(select(start.union(further).c.id)).scalars())


def _stays(db: Session, keys: Collection[int]) -> Sequence[Stay]:
    """Return the memberships of people, each person's in their order."""
    query = (
        select(
            *(MEMBERSHIP.id, MEMBERSHIP.person_id, MEMBERSHIP.household_id),
            *(MEMBERSHIP.since, MEMBERSHIP.until, HOUSEHOLD.merged_into_id),
        )
        .join_from(_table(Membership), _table(Household), HOUSEHOLD.id == MEMBERSHIP.household_id)
        .where(MEMBERSHIP.person_id.in_(keys))
        .order_by(MEMBERSHIP.person_id, MEMBERSHIP.since, MEMBERSHIP.id)
    )
    known: set[int] = set()
    stays = []
    for row in db.execute(query):
        stays.append(replace(Stay(*row), is_first=row.person_id not in known))
        known.add(row.person_id)
    return stays


def _homes(db: Session, keys: Collection[int], level: int) -> dict[int, Home]:
    columns = (HOUSEHOLD.id, HOUSEHOLD.uuid, HOUSEHOLD.number, HOUSEHOLD.registered_on)
    rows = db.execute(select(*columns).where(HOUSEHOLD.id.in_(keys)))
    return {row.id: replace(Home(*row), level=level) for row in rows}


def number_of(db: Session, person_uuid: UUID) -> str | None:
    """Return the registration number of a person, merged or not."""
    found = select(PERSON.registration_no).where(PERSON.uuid == person_uuid)
    return cast(str | None, db.execute(found).scalar())
