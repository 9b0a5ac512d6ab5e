"""Households: moving, splitting and merging them, changing their head; looked at before, done in
one transaction, written so that it can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.domain.fields import Relationship
from core.domain.household_plans import plan
from core.domain.households import (
    NEW,
    Act,
    ChangeHead,
    Fate,
    Home,
    Kind,
    Merge,
    Move,
    MovePeople,
    Plan,
    Split,
)
from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict
from core.settings import now, today
from core.storage.audit import record_access, record_act
from core.storage.database import Session, reading, transaction
from core.storage.homes import home_acts, home_writes

_THEN = ":"
__all__ = ["Act", "ChangeHead", "Fate", "Kind", "Merge", "Move", "MovePeople", "Split"]


@dataclass(frozen=True)
class MemberView:
    """Somebody who lives in a household."""

    uuid: UUID
    name: str
    number: str
    relationship: Relationship | None
    is_head: bool
    since: date


@dataclass(frozen=True)
class HomeView:
    """A household whose members are all within the actor's grants; `enrolments` are (programme,
    status) of its own that are open and that the actor may see."""

    uuid: UUID
    number: str
    place: str
    members: Sequence[MemberView]
    enrolments: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Coming:
    """What changes for one member: the household (its number, None for one that is founded or
    none), and whether they lead it then."""

    member: MemberView
    household: str | None
    leads: bool
    relationship: Relationship | None
    leaves: bool


@dataclass(frozen=True)
class Effect:
    """What becomes of one enrolment: of which household (None for the founded one), and the number
    of who stands for it then."""

    programme: str
    cycle: int
    status: str
    fate: Fate
    household: str | None
    holder: str | None


@dataclass(frozen=True)
class Preview:
    """What an act would do. `seen` is given back with the act, so that it is done to what was
    looked at; `relocated` people live elsewhere then; `hidden` effects are on enrolments in
    programmes that the actor does not look after."""

    kind: Kind
    seen: str
    home: HomeView
    other: HomeView | None
    place: str | None
    members: Sequence[Coming]
    relocated: int
    effects: Sequence[Effect]
    hidden: int


@dataclass(frozen=True)
class Receipt:
    """What an act did: its batch, the household it was `about` and the one to look at now."""

    batch: UUID
    kind: Kind
    about: UUID
    household: UUID
    counts: Mapping[str, int]


def describe(actor: Actor, household: UUID) -> HomeView:
    """Return a household on which the actor may act; NotFound for any other."""
    require(actor, Permission.TRANSITION)
    with reading() as db:
        (home,) = home_acts.find_homes(db, actor, [household])
    record_access(actor.name, "view", f"household:{household}", people=_uuids([home]))
    return _show(home)


def find(actor: Actor, number: str) -> HomeView:
    """Return a household on which the actor may act, by its number; NotFound for any other."""
    require(actor, Permission.TRANSITION)
    with reading() as db:
        uuid = home_acts.find_uuid(db, number.strip().upper())
        (home,) = home_acts.find_homes(db, actor, [uuid])
    record_access(actor.name, "view", f"household:{home.uuid}", people=_uuids([home]))
    return _show(home)


def preview(actor: Actor, act: Act) -> Preview:
    """Return what an act would do now; raises InvalidInput or NotFound for what cannot be done."""
    require(actor, Permission.TRANSITION)
    with reading() as db:
        made = _plan(db, actor, act, home_acts.find_homes(db, actor, _named(act)))
    record_access(
        actor.name,
        "household.preview",
        f"household:{act.household}",
        kind=made.kind.value,
        people=_uuids(made.homes),
    )
    return _look(made)


def carry_out(actor: Actor, act: Act, seen: str) -> Receipt:
    """Do what was looked at. Raises Conflict where anything of it has changed since."""
    require(actor, Permission.TRANSITION)
    with transaction() as db:
        home_acts.lock(db, home_acts.find_homes(db, actor, _named(act)))
        homes = home_acts.find_homes(db, actor, _named(act))
        _check(home_acts.digest(homes) == seen.partition(_THEN)[0], homes[0])
        made = _plan(db, actor, act, homes)
        _check(_stamp(made) == seen, made.home)
        at = now()
        batch = home_writes.open_batch(db, made, actor.name, act.reason.strip(), at)
        household = home_writes.write(db, made, batch, act.on)
        counts = _count(made)
        batch.counts = counts
        batch.details = {
            "effective_on": act.on.isoformat(),
            "households": [str(uuid) for uuid in _touched(made, household)],
        }
        record_act(
            db,
            actor.name,
            made.kind.value,
            f"household:{made.home.uuid}",
            batch=str(batch.uuid),
            effective_on=act.on.isoformat(),
            **counts,
        )
        return Receipt(batch.uuid, made.kind, act.household, household, counts)


def _stamp(made: Plan) -> str:
    """Return what sums up what a preview rests on and what it says of enrolments: a free place may
    have gone to somebody else though the household is as it was."""
    fates = ",".join(one.fate.value for one in made.outcomes if one.enrolled.mine)
    return f"{home_acts.digest(made.homes)}{_THEN}{fates}"


def _check(same: bool, home: Home) -> None:
    if not same:
        raise Conflict(
            "The household {number} has changed since you looked at it. Look at it again.",
            number=home.number,
        )


def _named(act: Act) -> list[UUID]:
    """Return the households that an act names."""
    other = act.to if isinstance(act, MovePeople) else None
    other = act.into if isinstance(act, Merge) else other
    return [act.household] if other is None else [act.household, other]


def _plan(db: Session, actor: Actor, act: Act, homes: Sequence[Home]) -> Plan:
    home, *others = homes
    code = act.place if isinstance(act, Move | Split) else None
    area = None if code is None else home_acts.find_area(db, actor, code)
    return plan(act, home, others[0] if others else None, area, today())


def _count(made: Plan) -> dict[str, int]:
    people = {step.member.person_id for step in made.steps}
    if made.kind is Kind.MOVE:
        people = {member.person_id for member in made.home.members}
    changed = [one for one in made.outcomes if one.fate not in (Fate.STAYS, Fate.FULL)]
    return {
        "people": len(people),
        "households": len(made.homes) + (made.kind is Kind.SPLIT),
        "enrolments": len(changed),
    }


def _touched(made: Plan, household: UUID) -> list[UUID]:
    return list(dict.fromkeys((*(home.uuid for home in made.homes), household)))


def _uuids(homes: Sequence[Home]) -> list[str]:
    return [str(member.uuid) for home in homes for member in home.members]


def _show(home: Home) -> HomeView:
    return HomeView(
        home.uuid,
        home.number,
        home.area.name,
        [
            MemberView(one.uuid, one.name, one.number, one.relationship, one.is_head, one.since)
            for one in home.members
        ],
        [(e.programme, e.status) for e in home.own if e.mine and e.ended_on is None],
    )


def _look(made: Plan) -> Preview:
    numbers = {home.id: home.number for home in made.homes}
    people = {one.person_id: one.number for home in made.homes for one in home.members}
    views = {member.uuid: member for home in made.homes for member in _show(home).members}
    effects = [
        Effect(
            programme=one.enrolled.programme,
            cycle=one.enrolled.cycle,
            status=one.enrolled.status,
            fate=one.fate,
            household=None if one.household_id == NEW else numbers.get(one.household_id or 0),
            holder=people.get(one.holder),
        )
        for one in made.outcomes
        if one.enrolled.mine
    ]
    return Preview(
        kind=made.kind,
        seen=_stamp(made),
        home=_show(made.home),
        other=_show(made.other) if made.other else None,
        place=made.area.name if made.area else None,
        members=[
            Coming(
                views[step.member.uuid],
                numbers.get(step.to or 0),
                step.is_head,
                step.relationship,
                leaves=step.to != step.origin.id,
            )
            for step in made.steps
        ],
        relocated=_count_relocated(made),
        effects=effects,
        hidden=sum(not e.enrolled.mine for e in made.outcomes if e.fate is not Fate.STAYS),
    )


def _count_relocated(made: Plan) -> int:
    if made.kind is Kind.MOVE:
        return len(made.home.members)
    areas = {home.id: home.area.id for home in made.homes}
    if made.area is not None:
        areas[NEW] = made.area.id
    return sum(step.to is not None and areas[step.to] != step.origin.area.id for step in made.steps)
