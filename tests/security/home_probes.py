"""What acts on households answer: on this side of a wall and across it."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.domain.households import Act, Merge, Move, MovePeople, Split
from core.models import Household, Membership
from core.services import households
from core.storage.columns import HOUSEHOLD, MEMBERSHIP, PERSON
from core.storage.database import reading
from tests.people import NORTH, WEST
from tests.security.visitor import Visitor
from tests.security.world import World

_ON, _WHY = date(2026, 1, 1), "They told us."


def home_acts(visitor: Visitor, world: World) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every read of the service, on two households that stand on the two sides."""
    actor = visitor.actor
    (near, number), (far, other) = (home_of(world.known[name]) for name in ("Girma", "Idris"))
    girma = world.known["Girma"]
    for uuid, said in ((near, number), (far, other)):
        yield f"households.describe {said}", lambda u=uuid: households.describe(actor, u)
        yield f"households.find {said}", lambda n=said: households.find(actor, n)
    acts: tuple[Act, ...] = (
        Move(household=near, on=_ON, reason=_WHY, place=WEST),
        Move(household=near, on=_ON, reason=_WHY, place=NORTH),
        Move(household=far, on=_ON, reason=_WHY, place=NORTH),
        MovePeople(household=near, on=_ON, reason=_WHY, people=(girma,), to=far),
        MovePeople(household=near, on=_ON, reason=_WHY, people=(world.known["Idris"],)),
        Split(household=near, on=_ON, reason=_WHY, people=(girma,), head=girma),
        Merge(household=near, on=_ON, reason=_WHY, into=far),
        Merge(household=far, on=_ON, reason=_WHY, into=near),
    )
    for at, act in enumerate(acts):
        yield f"households.preview {at}", lambda a=act: households.preview(actor, a)


def home_of(person: UUID) -> tuple[UUID, str]:
    """The address and the number of the household that somebody lives in."""
    query = (
        select(HOUSEHOLD.uuid, HOUSEHOLD.number)
        .select_from(Household)
        .join(Membership, MEMBERSHIP.household_id == HOUSEHOLD.id)
        .join(PERSON.id.table, PERSON.id == MEMBERSHIP.person_id)
        .where(PERSON.uuid == person, MEMBERSHIP.until.is_(None))
    )
    with reading() as db:
        uuid, number = db.execute(query).one()
    return uuid, number
