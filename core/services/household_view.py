"""One household's page: who lives there, where it and they stand, everything that happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import NotFound
from core.settings import today
from core.storage import people, timelines
from core.storage.audit import record_access
from core.storage.database import reading
from core.storage.homes import household_members
from core.storage.homes.household_members import Member, Standing
from core.storage.timeline import Item

__all__ = ["Member", "Standing"]


@dataclass(frozen=True)
class ProgrammeView:
    """A cycle of a programme in which the household or somebody of it has a place: the household's
    `own` standing (None where it has none of its own), and the members' by their keys."""

    code: str
    name: str
    cycle: int
    own: Standing | None
    members: Mapping[int, Standing]


@dataclass(frozen=True)
class HouseholdPage:
    """Everything the actor may see of one household; those outside their grants are counted as
    `hidden`, `hidden_former` and `elsewhere` (enrolments). `led_here` is the number asked for,
    where that household was merged into this one."""

    uuid: UUID
    number: str
    places: Sequence[str]
    size: int
    members: Sequence[Member]
    hidden: int
    former: Sequence[Member]
    hidden_former: int
    programmes: Sequence[ProgrammeView]
    elsewhere: int
    history: Sequence[Item]
    led_here: str | None


def get(actor: Actor, uuid: UUID) -> HouseholdPage:
    """Return one household's page; raises NotFound for none and for one in which nobody lives whom
    the actor may see."""
    require(actor, Permission.SEE_PEOPLE)
    with reading() as db:
        found = timelines.find_household(db, actor, uuid)
        if found is None:
            raise NotFound("This household")
        home, level = found
        members, hidden = household_members.read_members(db, actor, home.id, today())
        former, hidden_former = household_members.read_former(db, actor, home.id, today())
        keys = [member.id for member in members]
        standings, elsewhere = household_members.read_standings(db, actor, home.id, keys)
        page = HouseholdPage(
            uuid=home.uuid,
            number=home.number,
            places=people.place_names(db, home.location_id),
            size=home.size or len(members) + hidden,
            members=members,
            hidden=hidden,
            former=former,
            hidden_former=hidden_former,
            programmes=_by_programme(standings),
            elsewhere=elsewhere,
            history=timelines.read_household(db, actor, home),
            led_here=None if home.uuid == uuid else household_members.number_of(db, uuid),
        )
    record_access(actor.name, "view", f"household:{page.uuid}", level=level)
    return page


def _by_programme(standings: Sequence[Standing]) -> list[ProgrammeView]:
    places = dict.fromkeys((one.programme, one.programme_name, one.cycle) for one in standings)
    views = []
    for code, name, cycle in places:
        here = [one for one in standings if (one.programme, one.cycle) == (code, cycle)]
        own = next((one for one in here if one.of_household), None)
        members = {one.person_id: one for one in here if not one.of_household}
        views.append(ProgrammeView(code, name, cycle, own, members))
    return views
