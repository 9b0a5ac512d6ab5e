"""Five people with accounts and grants, and the areas they look after."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import uuid4

from argon2 import PasswordHasher
from sqlalchemy import select

from core.domain.permissions import Actor, Role
from core.models import Location
from core.settings import now, today
from core.storage import accounts
from core.storage.database import Session, transaction

PASSWORD = "correct horse battery"
SINCE = date(2020, 1, 1)
NORTH, EAST, WEST = "N", "N-EAST", "N-WEST"
AREAS = {NORTH: accounts.ROOT_CODE, EAST: NORTH, WEST: NORTH}


@dataclass(frozen=True)
class People:
    """Amina: M&E officer of one district. Brook: analyst of everything. Chen: administrator.
    Dana: no grants. Efua: viewer of everything."""

    amina: Actor
    brook: Actor
    chen: Actor
    dana: Actor
    efua: Actor


def add_people(district: str = EAST) -> People:
    """Insert the five, all with PASSWORD; Amina's district must exist or be one of AREAS."""
    with transaction() as db:
        add_areas(db)
        return People(
            amina=add_person(db, "amina", Role.ME_OFFICER, district),
            brook=add_person(db, "brook", Role.ANALYST),
            chen=add_person(db, "chen", Role.ADMINISTRATOR),
            dana=add_person(db, "dana", None),
            efua=add_person(db, "efua", Role.VIEWER),
        )


def add_areas(db: Session) -> None:
    """Insert one region with two districts, where they are missing."""
    for code, above in AREAS.items():
        if db.execute(select(Location).where(Location.code == code)).scalar():
            continue
        parent = accounts.find_location(db, above)
        place = Location(
            uuid=uuid4(),
            code=code,
            name=f"Area {code}",
            level=parent.level + 1,
            parent_id=parent.id,
            path="",
        )
        db.add(place)
        db.flush()
        place.path = f"{parent.path}{place.id}/"
        db.flush()


def add_person(db: Session, name: str, role: Role | None, area: str = "ROOT") -> Actor:
    """Insert one account with PASSWORD and, unless `role` is None, one grant over `area`."""
    user = accounts.add_user(db, name, kept_password(), now())
    user.must_change_password = False
    db.flush()
    if role:
        accounts.add_grant(db, user, role, accounts.find_location(db, area), None, SINCE)
    return accounts.load_actor(db, user, today())


@cache
def kept_password() -> str:
    """The hash of PASSWORD, made weak so that each sign-in of a test does not take half a second.

    How costly a check is stands in the hash itself.
    """
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
