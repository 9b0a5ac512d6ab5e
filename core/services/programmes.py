"""Programmes: adding one, and listing those an actor reaches."""

import re
from dataclasses import dataclass

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput
from core.models import Programme, Unit
from core.storage import programmes
from core.storage.audit import record_act
from core.storage.database import reading, transaction

_CODE = re.compile(r"[A-Z0-9_-]{2,30}")
_LONGEST_NAME = 200


@dataclass(frozen=True)
class ProgrammeView:
    """A programme as lists and forms show it."""

    code: str
    name: str
    unit: Unit


def add_programme(actor: Actor, code: str, name: str, unit: Unit | str) -> ProgrammeView:
    """Add a programme; its code is kept in capitals. Conflict where the code is taken."""
    require(actor, Permission.ADMINISTER)
    code, name = code.strip().upper(), name.strip()
    if not _CODE.fullmatch(code):
        raise InvalidInput(
            "“{code}” is not a programme code. Use 2 to 30 letters A to Z, digits, - or _.",
            code=code,
        )
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidInput(
            "Give the programme a name of at most {most} characters.", most=_LONGEST_NAME
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
