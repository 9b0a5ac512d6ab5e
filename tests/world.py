"""A small registry to look at through the door: people in places, programmes and households."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from core.domain.fields import Sex, Status
from core.domain.numbers import write_number
from core.models import (
    Batch,
    Change,
    Enrolment,
    Household,
    Identifier,
    Location,
    Membership,
    Person,
    Programme,
    SearchOutbox,
    StatusChange,
    Unit,
)
from core.settings import now
from core.storage import series
from core.storage.database import Session, transaction

DAY = date(2024, 1, 15)


@dataclass
class NewPerson:
    """One person to put in; `programmes` gives each programme's status."""

    name: str
    area: str = "N-EAST"
    sex: Sex = Sex.FEMALE
    disability: bool | None = None
    born: date | None = None
    programmes: dict[str, Status] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def add_programme(db: Session, code: str, unit: Unit = Unit.INDIVIDUAL) -> Programme:
    """Return the programme called `code`, made when missing."""
    found = db.execute(select(Programme).where(Programme.code == code)).scalar()
    if found:
        return found
    made = Programme(code=code, name=f"Programme {code}", unit=unit)
    db.add(made)
    db.flush()
    return made


def place_id(db: Session, code: str) -> int:
    """Return the id of a place that must exist."""
    return int(db.execute(select(Location.id).where(Location.code == code)).scalar_one())


def put(new: NewPerson) -> UUID:
    """Register one person with their enrolments, first statuses and outbox line."""
    with transaction() as db:
        batch = add_batch(db)
        person = _add_person(db, new)
        db.add(Change(batch_id=batch.id, entity="person", entity_id=person.id))
        for kind, value in new.identifiers.items():
            normalised = "".join(c for c in value.upper() if c.isalnum())
            db.add(Identifier(person_id=person.id, type=kind, value=value, normalised=normalised))
        for code, status in new.programmes.items():
            enrol(db, batch, person.id, add_programme(db, code), status)
        db.add(SearchOutbox(person_id=person.id))
        return person.uuid


def put_household(head: NewPerson, *others: NewPerson, programme: str, status: Status) -> UUID:
    """Register a household enrolled in a household programme; return its head's uuid."""
    with transaction() as db:
        batch = add_batch(db)
        number = series.take(db, "household", 1) + 1
        home = Household(
            id=number,
            number=write_number("H", number),
            location_id=place_id(db, head.area),
            registered_on=DAY,
        )
        db.add(home)
        people = [_add_person(db, new) for new in (head, *others)]
        db.flush()
        for person in people:
            db.add(
                Membership(
                    household_id=home.id,
                    person_id=person.id,
                    is_head=person is people[0],
                    since=DAY,
                )
            )
            db.add(SearchOutbox(person_id=person.id))
        wanted = add_programme(db, programme, Unit.HOUSEHOLD)
        enrol(db, batch, people[0].id, wanted, status, household_id=home.id)
        return people[0].uuid


def add_batch(db: Session) -> Batch:
    """Return a fresh batch."""
    made = Batch(kind="test", actor="system", recorded_at=now())
    db.add(made)
    db.flush()
    return made


def _add_person(db: Session, new: NewPerson) -> Person:
    number = series.take(db, "person", 1) + 1
    person = Person(
        id=number,
        uuid=uuid4(),
        registration_no=write_number("P", number),
        full_name=new.name,
        sex=new.sex,
        disability=new.disability,
        birth_date=new.born,
        location_id=place_id(db, new.area),
        registered_on=DAY,
        **new.more,
    )
    db.add(person)
    db.flush()
    return person


def enrol(
    db: Session,
    batch: Batch,
    person_id: int,
    programme: Programme,
    status: Status,
    household_id: int | None = None,
) -> int:
    """Enrol one subject and note the first status; return the enrolment's id."""
    number = series.take(db, "enrolment", 1) + 1
    db.add(
        Enrolment(
            id=number,
            programme_id=programme.id,
            person_id=person_id,
            household_id=household_id,
            status=status,
            since=DAY,
            enrolled_on=DAY,
        )
    )
    db.flush()
    db.add(
        StatusChange(
            enrolment_id=number,
            batch_id=batch.id,
            after=status,
            effective_on=DAY,
            recorded_at=now(),
        )
    )
    db.flush()
    return number
