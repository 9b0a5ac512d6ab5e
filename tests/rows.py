"""Places, programmes, people and enrolments put straight into the tables, for tests that read."""

from datetime import date
from uuid import uuid4

from sqlalchemy import insert, select

from core.domain.fields import Sex, Status
from core.domain.numbers import write_number
from core.domain.permissions import Actor, Role, Scope
from core.models import (
    Enrolment,
    Household,
    Identifier,
    Location,
    Membership,
    Person,
    Programme,
    SearchOutbox,
)
from core.storage.database import Session
from core.storage.series import take

DAY = date(2024, 5, 1)
ROOT = 1


def add_place(db: Session, code: str, parent_id: int = ROOT) -> Location:
    """Insert one place below `parent_id`."""
    parent = db.get_one(Location, parent_id)
    place = Location(code=code, name=code, level=parent.level + 1, parent_id=parent_id, path="")
    db.add(place)
    db.flush()
    place.path = f"{parent.path}{place.id}/"
    db.flush()
    return place


def add_programme(db: Session, code: str) -> int:
    """Insert one programme for individuals; return its id."""
    programme = Programme(code=code, name=code)
    db.add(programme)
    db.flush()
    return int(programme.id or 0)


def add_human(db: Session, name: str, place_id: int | None = ROOT, **values: object) -> int:
    """Insert one person, with a row in the outbox; return the id."""
    found = take(db, "person", 1) + 1
    row = {"id": found, "uuid": uuid4(), "registration_no": write_number("P", found)}
    row |= {"full_name": name, "location_id": place_id, "registered_on": DAY}
    row |= {"sex": Sex.UNKNOWN, "attributes": {}}
    db.execute(insert(Person).values(**row | values))
    db.execute(insert(SearchOutbox).values(person_id=found))
    return found


def enrol(
    db: Session,
    person_id: int,
    programme_id: int,
    status: Status = Status.ACTIVE,
    household_id: int | None = None,
    ended_on: date | None = None,
) -> int:
    """Insert one enrolment of a person, or of a household that the person stands for."""
    found = take(db, "enrolment", 1) + 1
    db.execute(
        insert(Enrolment).values(
            id=found,
            uuid=uuid4(),
            person_id=person_id,
            programme_id=programme_id,
            status=status,
            household_id=household_id,
            since=DAY,
            enrolled_on=DAY,
            ended_on=ended_on,
        )
    )
    return found


def add_household(db: Session, place_id: int, *members: int) -> int:
    """Insert one household of these people, the first of them its head; return the id."""
    found = take(db, "household", 1) + 1
    values = {"id": found, "uuid": uuid4(), "number": write_number("H", found)}
    db.execute(insert(Household).values(**values, location_id=place_id, registered_on=DAY))
    for at, member in enumerate(members):
        row = {"household_id": found, "person_id": member, "is_head": at == 0, "since": DAY}
        db.execute(insert(Membership).values(**row))
    return found


def add_identifier(db: Session, person_id: int, kind: str, value: str) -> None:
    """Insert one identifier."""
    plain = "".join(c for c in value.upper() if c.isalnum())
    row = {"person_id": person_id, "type": kind, "value": value, "normalised": plain}
    db.execute(insert(Identifier).values(**row))


def actor(
    role: Role = Role.ANALYST, path: str = "1/", programme_id: int | None = None, name: str = "ada"
) -> Actor:
    """An actor with one grant."""
    return Actor(1, name, (Scope(role, path, programme_id),))


def count_waiting(db: Session) -> int:
    """How many rows wait in the outbox."""
    return len(db.execute(select(SearchOutbox.id)).all())
