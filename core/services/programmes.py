"""Programmes: adding one, listing those an actor reaches, and changing how one is designed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from core.domain.criteria import level_of
from core.domain.permissions import ROOT_PATH, Actor, Permission, may_design, require
from core.domain.programme_design import (
    LONGEST_NAME,
    Design,
    changed_fields,
    check,
    criteria_of,
    read_design,
)
from core.errors import Conflict, InvalidInput, NotAllowed
from core.models import Programme, Unit
from core.settings import now, today
from core.storage import programme_changes, programme_effects, programmes
from core.storage.audit import record_access, record_act
from core.storage.database import Session, reading, transaction
from core.storage.programme_effects import Effect, count_reached
from core.storage.programme_effects import Kind as EffectKind
from core.storage.programmes import CycleRow, Standing

__all__ = ["CycleRow", "Effect", "EffectKind", "Standing", "count_reached"]
_CODE = re.compile(r"[A-Z0-9_-]{2,30}")
LONGEST_WHY, _LAST_CYCLE = 500, 999
DECIDERS = 2
"""So many people must be able to decide before a move needs a second one."""


@dataclass(frozen=True)
class ProgrammeView:
    """A programme as lists and forms show it."""

    code: str
    name: str
    unit: Unit


@dataclass(frozen=True)
class Summary:
    """A programme in the list of those one may change."""

    code: str
    design: Design
    standings: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True)
class Details(Summary):
    """A programme as its page shows it. The unit is settled once anybody was `enrolled`;
    `deciders` counts who may decide about its moves; the last change of it, if there was one."""

    version: int = 1
    cycles: Sequence[CycleRow] = ()
    enrolled: bool = False
    deciders: int = 0
    changed_by: str | None = None
    changed_at: datetime | None = None
    last_batch: UUID | None = None


@dataclass(frozen=True)
class Changed:
    """What a change did: the new version, its batch, the parts that differ, and how many
    households were enrolled."""

    version: int
    batch: UUID
    fields: Sequence[str]
    households: int


def add_programme(actor: Actor, code: str, name: str, unit: Unit | str) -> ProgrammeView:
    """Add a programme; its code is kept in capitals. Conflict where the code is taken."""
    require(actor, Permission.DESIGN)
    if not may_design(actor, None):
        raise NotAllowed(Permission.DESIGN)
    code, name = code.strip().upper(), name.strip()
    if not _CODE.fullmatch(code):
        raise InvalidInput(
            "“{code}” is not a programme code. Use 2 to 30 letters A to Z, digits, - or _.",
            code=code,
        )
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(
            "Give the programme a name of at most {most} characters.", most=LONGEST_NAME
        )
    if unit not in list(Unit):
        raise InvalidInput(
            "“{unit}” is no unit. A programme enrols individual or household.", unit=unit
        )
    with transaction() as db:
        programme = programmes.add(db, code, name, Unit(unit))
        record_act(db, actor.name, "add_programme", f"programme:{code}", unit=programme.unit)
        return _show(programme)


def list_programmes(actor: Actor) -> list[ProgrammeView]:
    """Return the programmes the actor's grants reach, by code; a grant for ALL reaches each."""
    reached = {scope.programme_id for scope in actor.scopes}
    limit = None if None in reached else [key for key in reached if key is not None]
    with reading() as db:
        return [_show(programme) for programme in programmes.list_all(db, limit)]


def _show(programme: Programme) -> ProgrammeView:
    return ProgrammeView(programme.code, programme.name, programme.unit)


def list_designs(actor: Actor) -> list[Summary]:
    """Return the programmes that the actor may change, by code, with their numbers."""
    require(actor, Permission.DESIGN)
    with reading() as db:
        found = [one for one in programmes.list_all(db) if may_design(actor, one.id or 0)]
        standings = programmes.count_standings(db) if found else {}
    return [Summary(one.code, read_design(one), standings.get(one.id or 0, {})) for one in found]


def describe(actor: Actor, code: str) -> Details:
    """Return one programme that the actor may change."""
    require(actor, Permission.DESIGN)
    with reading() as db:
        programme = programmes.get_own(db, actor, code)
        key, last = programme.id or 0, programmes.last_change(db, programme.id or 0)
        return Details(
            code=programme.code,
            design=read_design(programme),
            standings=programmes.count_standings(db, key).get(key, {}),
            version=programme.version,
            cycles=programmes.list_cycles(db, key),
            enrolled=programmes.has_enrolments(db, key),
            deciders=programmes.count_deciders(db, key, today()),
            changed_by=last.actor if last else None,
            changed_at=last.recorded_at if last else None,
            last_batch=last.uuid if last else None,
        )


def preview(actor: Actor, code: str, design: Design) -> list[Effect]:
    """Return what putting a design in force would mean; raises what `change` would."""
    require(actor, Permission.DESIGN)
    with reading() as db:
        programme = programmes.get_own(db, actor, code)
        fields = _check(db, actor, programme, design)
        level = _level(actor, programme.id or 0)
        found = programme_effects.foresee(db, programme, design, today(), level)
    record_access(actor.name, "programme.preview", f"programme:{code}", fields=fields)
    return found


def change(actor: Actor, code: str, design: Design, expected: int, why: str) -> Changed:
    """Put a design in force, in one go, as a batch that can be taken back and keeps `why`.

    A household rule where there was none enrols the households of those enrolled. Raises Conflict
    unless `expected` is the programme's version, InvalidInput without a reason and for a design
    that cannot be or changes nothing, NotAllowed for criteria on fields beyond the actor's level.
    """
    require(actor, Permission.DESIGN)
    why = read_why(why)
    with transaction() as db:
        programme = programmes.get_own(db, actor, code, locked=True)
        _refuse_older(db, programme, expected)
        fields = _check(db, actor, programme, design)
        if not fields:
            raise InvalidInput("This changes nothing: the programme is so already.")
        key = programme.id or 0
        batch = programme_changes.open_batch(db, key, actor.name, now(), why)
        households = programme_changes.put_in_force(db, programme, design, batch)
        record_act(
            db,
            actor.name,
            programme_changes.KIND,
            f"programme:{programme.code}",
            batch=str(batch.uuid),
            fields=fields,
            households=households,
        )
        return Changed(expected + 1, batch.uuid, fields, households)


def read_why(why: str) -> str:
    """Return the reason of a change as it is kept; InvalidInput for none and for one too long."""
    why = " ".join(why.split())
    if not why:
        raise InvalidInput("Give a reason: it is kept with the change.")
    if len(why) > LONGEST_WHY:
        raise InvalidInput("A reason may have {most} characters at most.", most=LONGEST_WHY)
    return why


def put_cycle(actor: Actor, code: str, cycle: CycleRow, before: CycleRow | None) -> UUID:
    """Add a cycle, or give one another name or dates; return the batch.

    `before` is the cycle as it was looked at, None for a new one; Conflict where it is another
    now. Raises InvalidInput for a missing name and for dates that run backwards.
    """
    require(actor, Permission.DESIGN)
    cycle = _clean(cycle)
    with transaction() as db:
        programme = programmes.get_own(db, actor, code, locked=True)
        key = programme.id or 0
        known = {one.number: one for one in programmes.list_cycles(db, key)}
        if _told(known.get(cycle.number)) != _told(before):
            raise Conflict("Somebody else has changed cycle {n}. Look again.", n=cycle.number)
        batch = programme_changes.open_batch(db, key, actor.name, now(), "")
        batch.details = {"cycle": cycle.number}
        programme_changes.put_cycle(db, key, cycle, batch)
        record_act(
            db,
            actor.name,
            programme_changes.KIND,
            f"programme:{programme.code}",
            batch=str(batch.uuid),
            fields=["cycle"],
            cycle=cycle.number,
        )
        return batch.uuid


def _clean(cycle: CycleRow) -> CycleRow:
    name = " ".join(cycle.name.split())
    if not 0 < len(name) <= LONGEST_NAME or not 1 <= cycle.number <= _LAST_CYCLE:
        raise InvalidInput("Give the cycle a name of at most {most} characters.", most=LONGEST_NAME)
    if cycle.starts and cycle.ends and cycle.ends < cycle.starts:
        raise InvalidInput("The cycle ends before it starts. Correct the dates.")
    return CycleRow(cycle.number, name, cycle.starts, cycle.ends)


def _told(cycle: CycleRow | None) -> tuple[str, date | None, date | None] | None:
    return None if cycle is None else (cycle.name, cycle.starts, cycle.ends)


def _level(actor: Actor, programme_id: int) -> int:
    """Return the field level at which the actor sees everybody of a programme, 0 for nobody."""
    covering = (
        scope.level
        for scope in actor.scopes_for(Permission.SEE_PEOPLE)
        if scope.path == ROOT_PATH and scope.programme_id in (None, programme_id)
    )
    return max(covering, default=0)


def _refuse_older(db: Session, programme: Programme, expected: int) -> None:
    if programme.version == expected:
        return
    last = programmes.last_change(db, programme.id or 0)
    raise Conflict(
        "{who} has changed this programme since you opened it. Look at it again.",
        who=last.actor if last else "?",
    )


def _check(db: Session, actor: Actor, programme: Programme, design: Design) -> list[str]:
    """Refuse what cannot be; return the names of the parts that would change."""
    check(design)
    before, key = read_design(programme), programme.id or 0
    if design.unit != before.unit and programmes.has_enrolments(db, key):
        raise InvalidInput(
            "The unit cannot be changed any more: somebody is enrolled. Add another programme."
        )
    if design.approval and not before.approval:
        found = programmes.count_deciders(db, key, today())
        if found < DECIDERS:
            raise InvalidInput(
                "Nobody could approve: {n} of {least} people may decide about moves of this "
                "programme. Give one more person a grant first.",
                n=found,
                least=DECIDERS,
            )
    new = set(criteria_of(design)) - set(criteria_of(before))
    if not actor.allows(Permission.ADMINISTER):
        level = _level(actor, key)
        if any(level_of(one) > level for one in new):
            raise NotAllowed("ask by these fields")
    return changed_fields(before, design)
