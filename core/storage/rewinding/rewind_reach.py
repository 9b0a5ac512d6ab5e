"""Whom a batch touched that the actor may not import into now: nothing of theirs is taken back."""

from typing import Any, cast

from sqlalchemy import column, insert, not_, select, table
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.models import Household, Location, Person
from core.storage.dialect import make_temporary
from core.storage.selection import people_in_scope, places_in_scope

BEYOND, HOMES_BEYOND = "person_beyond", "household_beyond"
_PERSON, _HOUSEHOLD, _PLACE = (
    cast(Any, model).__table__ for model in (Person, Household, Location)
)
_TOUCHED = "touched_household"


def mark_beyond(db: Session, actor: Actor, people: str) -> None:
    """Keep those of a table of ids whom the actor may not import into as BEYOND."""
    make_temporary(db, BEYOND, "SELECT 0 AS id WHERE false", index="id")
    touched, beyond = (table(name, column("id")) for name in (people, BEYOND))
    db.execute(
        insert(beyond).from_select(
            ["id"],
            select(_PERSON.c.id)
            .select_from(touched.join(_PERSON, _PERSON.c.id == touched.c.id))
            .where(not_(people_in_scope(actor, Permission.IMPORT))),
        )
    )


def mark_homes_beyond(db: Session, actor: Actor, batch_id: int) -> None:
    """Keep the households that a batch made or changed, and that stand where the actor may not
    import now, as HOMES_BEYOND."""
    make_temporary(db, HOMES_BEYOND, "SELECT 0 AS id WHERE false", index="id")
    make_temporary(
        db,
        _TOUCHED,
        "SELECT DISTINCT entity_id AS id FROM change "
        "WHERE batch_id = :batch AND entity = 'household'",
        index="id",
        batch=batch_id,
    )
    touched, beyond = (table(name, column("id")) for name in (_TOUCHED, HOMES_BEYOND))
    homes = touched.join(_HOUSEHOLD, _HOUSEHOLD.c.id == touched.c.id)
    db.execute(
        insert(beyond).from_select(
            ["id"],
            select(_HOUSEHOLD.c.id)
            .select_from(homes.join(_PLACE, _PLACE.c.id == _HOUSEHOLD.c.location_id))
            .where(not_(places_in_scope(actor, Permission.IMPORT))),
        )
    )
