"""A registry with a wall through it: who stands on which side, and a change of the far side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select, update

from core.domain.criteria import EVERYBODY
from core.domain.fields import Sex, Status
from core.domain.permissions import Role
from core.models import (
    Enrolment,
    Identifier,
    Location,
    Person,
    SearchOutbox,
    StatusChange,
)
from core.services import beneficiaries, upkeep
from core.settings import now
from core.storage import accounts
from core.storage.beneficiaries import Paging
from core.storage.columns import ENROLMENT, PERSON
from core.storage.database import Session, transaction
from tests.importing import Desk
from tests.people import EAST, NORTH, SINCE, WEST, People, add_people, add_person, kept_password
from tests.world import NewPerson, add_batch, add_programme, put, put_household

A, P, S, G = Status.ACTIVE, Status.POTENTIAL, Status.SUSPENDED, Status.GRADUATED
CASH, SKILLS, HOUSE = "CASH", "SKILLS", "HOUSE"
UNASSIGNED = "UNASSIGNED"
PHONE, CARD = "0700 200 001", "N-2001"
"""Of Desta, who is on the far side of every wall here."""


@dataclass(frozen=True)
class World:
    """The accounts, and the people by name."""

    people: People
    known: Mapping[str, UUID]


@dataclass(frozen=True)
class Wall:
    """Who stands before it, what lies behind it: an area, programmes, people known by name."""

    observers: tuple[str, ...]
    area: str
    programmes: tuple[str, ...]
    household_programme: str
    hidden: tuple[str, ...]
    new_places: bool


WALLS = {
    "of a district": Wall(
        ("amina", "lena"), WEST, (CASH, SKILLS), HOUSE, ("Desta", "Chantal", "Élodie"), True
    ),
    "of programmes": Wall(("kofi",), EAST, (SKILLS, "FOOD"), "MEALS", ("Desta", "Fatou"), False),
}


def build() -> World:
    """Fill an empty registry. Beside the five of tests.people: Lena, analyst of one district;
    Kofi, officer of two programmes everywhere."""
    people = add_people()
    known = {
        name: put(NewPerson(name, *rest))
        for name, *rest in (
            ("Abeba", EAST, Sex.FEMALE, True, date(1990, 5, 1), {CASH: A, SKILLS: P}),
            ("Bilal", EAST, Sex.MALE, False, date(2007, 3, 1), {CASH: P}),
            ("Fatou", EAST, Sex.FEMALE, True, date(1980, 1, 1), {}),
            ("Chantal", WEST, Sex.FEMALE, True, date(1985, 3, 2), {CASH: A}),
            ("Élodie", UNASSIGNED, Sex.FEMALE, True, date(1950, 1, 1), {CASH: A}),
        )
    }
    desta = NewPerson("Desta", WEST, Sex.FEMALE, None, None, {SKILLS: S})
    desta.identifiers, desta.more = {"card": CARD}, {"phone": PHONE}
    known["Desta"] = put(desta)
    for head, member, area in (("Girma", "Hawa", EAST), ("Idris", "Jamila", WEST)):
        pair = NewPerson(head, area, Sex.MALE), NewPerson(member, area, born=date(2010, 1, 1))
        known[head] = put_household(*pair, programme=HOUSE, status=A)
    with transaction() as db:
        add_person(db, "lena", Role.ANALYST, EAST)
        kofi = accounts.add_user(db, "kofi", kept_password(), now())
        kofi.must_change_password = False
        root = accounts.find_location(db, accounts.ROOT_CODE)
        for code in (CASH, HOUSE):
            accounts.add_grant(
                db, kofi, Role.ME_OFFICER, root, add_programme(db, code).id or 0, SINCE
            )
    upkeep.drain_search()
    return World(people, known)


def enrolment_of(person: UUID, programme: str) -> UUID:
    """Return the uuid of one enrolment."""
    with transaction() as db:
        return _find_enrolment(db, person, programme).uuid


def _find_enrolment(db: Session, person: UUID, programme: str) -> Enrolment:
    query = select(Enrolment).join(Person, PERSON.id == ENROLMENT.person_id)
    code = add_programme(db, programme).id
    return db.execute(
        query.where(PERSON.uuid == person, ENROLMENT.programme_id == code)
    ).scalar_one()


def change_beyond(wall: Wall, world: World, folder: Path) -> None:
    """Change everything behind a wall, and nothing before it."""
    folder.mkdir()
    _bring_people(wall)
    _bring_a_file(wall, world, folder)
    with transaction() as db:
        _bring_an_officer(db, wall)
        if wall.new_places:
            _bring_places(db)
        for name in wall.hidden:
            _rewrite(db, world.known[name], name)
        _move(db, _find_enrolment(db, world.known["Desta"], SKILLS), G)
        if CASH in wall.programmes:
            _move(db, _find_enrolment(db, world.known["Chantal"], CASH), S)
        else:  # a seen person's unseen enrolment
            _move(db, _find_enrolment(db, world.known["Abeba"], SKILLS), A)
    beneficiaries.page(world.people.efua, EVERYBODY, Paging())
    upkeep.drain_search()
    upkeep.seal_logs()


def _bring_people(wall: Wall) -> None:
    for at, status in enumerate(Status):
        for name in ("Abeba", "Bilal Abebe", f"Zoutsider{at}"):
            new = NewPerson(name, wall.area, Sex.MALE, True, date(1991, 2, at + 1))
            new.programmes = dict.fromkeys(wall.programmes, status)
            new.identifiers = {"card": f"{name} {at}", "zpassport": f"Z{name}{at}"}
            new.more = {"phone": f"0799 100 00{at}", "attributes": {"Zcolumn": "x"}}
            put(new)
    members = NewPerson("Girma", wall.area), NewPerson("Hawa", wall.area)
    put_household(*members, programme=wall.household_programme, status=S)


def _bring_a_file(wall: Wall, world: World, folder: Path) -> None:
    rows = f"ID,Full name,Sex,District,Zcolumn\nZ-1,Abeba,F,{wall.area},x\nZ-2,Zeno,M,{wall.area},y"
    Desk(world.people.brook, folder, SKILLS).published(rows + "\n", key="ID")


def _bring_an_officer(db: Session, wall: Wall) -> None:
    add_person(db, "zed", Role.APPROVER, wall.area)


def _bring_places(db: Session) -> None:
    for code, above in (("N-WEST-Z", WEST), ("Z", accounts.ROOT_CODE), ("N-ZOUTH", NORTH)):
        parent = accounts.find_location(db, above)
        place = Location(
            uuid=uuid4(), code=code, name=code, level=parent.level + 1, parent_id=parent.id, path=""
        )
        db.add(place)
        db.flush()
        place.path = f"{parent.path}{place.id}/"
        db.flush()


def _rewrite(db: Session, person: UUID, name: str) -> None:
    found = db.execute(select(Person).where(PERSON.uuid == person)).scalar_one()
    found.full_name, found.sex, found.disability = f"Abeba {name}", Sex.MALE, False
    found.birth_date, found.phone = date(1999, 9, 9), "0799 999 999"
    found.attributes = {"Zother": "x"}
    db.add(Identifier(person_id=found.id, type="zcard", value=name, normalised=f"Z{name}"))
    db.add(SearchOutbox(person_id=found.id))


def _move(db: Session, enrolment: Enrolment, after: Status) -> None:
    db.add(
        StatusChange(
            enrolment_id=enrolment.id or 0,
            batch_id=add_batch(db).id or 0,
            before=enrolment.status,
            after=after,
            effective_on=date(2025, 1, 1),
            recorded_at=now(),
        )
    )
    moved = update(Enrolment).where(ENROLMENT.id == enrolment.id)
    db.execute(moved.values(status=after, since=date(2025, 1, 1)))
