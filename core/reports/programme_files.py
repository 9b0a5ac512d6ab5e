"""The programmes that somebody may change as a file: how each is designed, how full it is."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from core.domain.fields import Status
from core.domain.permissions import Actor, may_design
from core.reports.outgoing import Outgoing
from core.reports.table_files import Rows, TableFile, send
from core.storage import programmes
from core.storage.database import Session
from core.storage.programmes import Standing

_OWN = ("code", "name", "unit", "starts", "ends", "household_rule", "approval", "capacity")
_NOBODY = Standing(0, 0)


def open_programmes(actor: Actor, _request: Mapping[str, Any]) -> Outgoing:
    """Send the table of programmes; to be called for who may change some."""
    sent = send(TableFile(actor.name, None, "programmes", partial(_read, actor=actor)))
    return Outgoing("programmes.csv", sent)


def _read(db: Session, actor: Actor) -> tuple[Sequence[str], Rows]:
    numbers = [f"{status.lower()}_{kind}" for status in Status for kind in ("people", "households")]
    return (*_OWN, *numbers), _rows(db, actor)


def _rows(db: Session, actor: Actor) -> Iterator[Sequence[Any]]:
    standings = programmes.count_standings(db)
    for one in programmes.list_all(db):
        if may_design(actor, one.id or 0):
            found = (standings.get(one.id or 0, {}).get(status, _NOBODY) for status in Status)
            numbers = [number for each in found for number in (each.people, each.households)]
            yield [*(getattr(one, name) for name in _OWN), *numbers]
