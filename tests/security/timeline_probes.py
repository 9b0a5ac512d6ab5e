"""A look at every timeline and at every household's page, for the twins of tests/security."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.domain.numbers import write_number
from core.services import exports, history, household_view
from core.storage.columns import HOUSEHOLD
from core.storage.database import reading
from tests.security.visitor import Visitor
from tests.security.world import World

NUMBERS = tuple(write_number("P", number) for number in range(1, 11))
NUMBERS += (write_number("H", 1), write_number("H", 2), "nobody")


def homes() -> list[UUID]:
    """The two households of the world: one before the wall of a district, one behind it."""
    with reading() as db:
        query = select(HOUSEHOLD.uuid).where(HOUSEHOLD.id <= 2).order_by(HOUSEHOLD.id)
        return list(db.execute(query).scalars())


def timelines(visitor: Visitor, world: World) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every timeline as the command, the page and the files give it."""
    actor = visitor.actor
    for number in NUMBERS:
        for home in (False, True):
            yield (
                f"history.of_number {number} {home}",
                lambda n=number, h=home: history.of_number(actor, n, household=h),
            )
    for uuid in homes():
        yield f"household_view.get {uuid}", lambda u=uuid: household_view.get(actor, u)
    asked = [exports.Ask("person", world.known[name]) for name in ("Abeba", "Girma", "Desta")]
    asked += [exports.Ask("household", uuid) for uuid in homes()]
    for ask in asked:
        for printed in (False, True):
            wanted = replace(ask, printed=printed)
            yield (
                f"exports.request_timeline {ask.subject} {ask.uuid} {printed}",
                lambda w=wanted: _leave(visitor, w),
            )


def _leave(visitor: Visitor, ask: exports.Ask) -> bytes:
    """What leaves, without the moment at which a page was printed."""
    ticket = exports.request_timeline(visitor.actor, visitor.session_hash, ask)
    sent = b"".join(exports.open_download(ticket, visitor.session_hash).chunks)
    return re.sub(rb"Printed by [^<]+", b"Printed", sent)
