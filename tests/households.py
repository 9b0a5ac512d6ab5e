"""A small registry of households to move, split and merge, and short ways to do so."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.domain.fields import Status
from core.domain.households import Act
from core.domain.lifecycle import HouseholdRule
from core.domain.permissions import Actor, Role
from core.models import Programme, Unit
from core.services import households, lifecycle
from core.services import undo as taking_back
from core.services.households import Receipt
from core.storage.content import content_hash
from core.storage.database import Session, reading, transaction
from core.storage.integrity import find_breaches
from tests.importing import ask
from tests.people import EAST, WEST, add_areas, add_person
from tests.rows import DAY, add_household, add_human
from tests.world import add_batch, enrol, place_id

ON = date(2025, 3, 1)
WHY = "They told us so."
HOUSE, CASH = "HOUSE", "CASH"


@dataclass(frozen=True)
class Village:
    """Nadia manages everything, Omar the district EAST alone. Two households in EAST (Awa, Ben and
    Cleo; Dora and Eli) and one in WEST (Fay): all in HOUSE, and Awa, Ben and Dora in CASH, where
    any member's move carries the household."""

    nadia: Actor
    omar: Actor

    def do(self, act: Act) -> Receipt:
        return households.carry_out(self.nadia, act, households.preview(self.nadia, act).seen)


def build() -> Village:
    """Fill an empty registry."""
    with transaction() as db:
        add_areas(db)
        nadia = add_person(db, "nadia", Role.PROGRAMME_MANAGER)
        omar = add_person(db, "omar", Role.PROGRAMME_MANAGER, EAST)
        east, west = place_id(db, EAST), place_id(db, WEST)
        people = [add_human(db, name, east) for name in ("Awa", "Ben", "Cleo", "Dora", "Eli")]
        homes = [add_household(db, east, *people[:3]), add_household(db, east, *people[3:])]
        homes.append(add_household(db, west, add_human(db, "Fay", west)))
        _enrol_all(db, people, homes)
        db.execute(text("INSERT INTO source_space (id, name) VALUES (1, 'S')"))
        for home in homes:
            values = {"home": home, "key": f"K/{home}"}
            db.execute(text("INSERT INTO household_key VALUES (1, :key, :home)"), values)
    return Village(nadia, omar)


def _enrol_all(db: Session, people: list[int], homes: list[int]) -> None:
    batch = add_batch(db)
    house = Programme(code=HOUSE, name="Houses", unit=Unit.HOUSEHOLD)
    cash = Programme(code=CASH, name="Cash", household_rule=HouseholdRule.ANY)
    db.add_all([house, cash])
    db.flush()
    for home, head in zip(homes, (people[0], people[3], people[4] + 1), strict=True):
        enrol(db, batch, head, house, Status.ACTIVE, household_id=home)
    for person in (people[0], people[1], people[3]):
        enrol(db, batch, person, cash, Status.POTENTIAL)
    for home, head in ((homes[0], people[0]), (homes[1], people[3])):
        enrol(db, batch, head, cash, Status.POTENTIAL, household_id=home)


def who(name: str) -> UUID:
    """The address of a person."""
    return _uuid("SELECT uuid FROM person WHERE full_name = :name", name=name)


def home(number: int) -> UUID:
    """The address of a household by its id."""
    return _uuid("SELECT uuid FROM household WHERE id = :number", number=number)


def _uuid(query: str, **values: Any) -> UUID:
    found = ask(query, **values)[0][0]
    return found if isinstance(found, UUID) else UUID(found)


def living(day: date | None = None) -> dict[int, list[str]]:
    """Who lives in which household now, or lived there on a day; the head is marked."""
    then = "m.until IS NULL"
    if day is not None:
        then = f"m.since <= '{day}' AND COALESCE(m.until, '9999-01-01') > '{day}'"
    rows = ask(
        "SELECT m.household_id, p.full_name || CASE WHEN m.is_head THEN '*' ELSE '' END "
        f"FROM membership m JOIN person p ON p.id = m.person_id WHERE {then} ORDER BY p.id"
    )
    found: dict[int, list[str]] = {}
    for number, name in rows:
        found.setdefault(number, []).append(name)
    return found


def content() -> str:
    """The hash of a registry in which every rule holds."""
    with reading() as db:
        assert find_breaches(db) == []
        return content_hash(db)


def undo(actor: Actor, batch: UUID) -> UUID:
    """Take a batch back, rows and statuses; return the undo's own."""
    done = lifecycle.carry_out(actor, taking_back.prepare(actor, batch, WHY))
    assert done.batch is not None
    return done.batch


__all__ = ["DAY", "ON", "WHY", "Village", "build", "content", "home", "living", "undo", "who"]
