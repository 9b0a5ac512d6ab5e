"""A move of many, its preview or its undo, killed at any moment, has happened completely or not at
all, and asking for it again finishes it once.

The short form moves a few thousand; CASELOAD_KILLS=60 kills more often, and of a hundred thousand.
"""

import os
import random
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from core.domain.criteria import EVERYBODY
from core.domain.fields import Sex, Status
from core.domain.lifecycle import OrderState, State
from core.domain.numbers import write_number
from core.domain.permissions import Actor, Role
from core.models import Enrolment, Person, StatusChange
from core.services import lifecycle, undo
from core.services.lifecycle import Asked, Chosen, OrderView
from core.settings import now
from core.storage import integrity, series
from core.storage.database import reading, transaction
from tests import lifecycle_reading as look
from tests.conftest import Registry
from tests.importing import ask
from tests.load.killing import kill_at_work
from tests.people import add_person
from tests.rows import ROOT, add_programme
from tests.world import DAY, add_batch

KILLS = int(os.environ.get("CASELOAD_KILLS", "3"))
PEOPLE = 100_000 if KILLS >= 20 else 4_000
IMPORTS = """
from uuid import UUID
from core.domain.criteria import EVERYBODY
from core.domain.lifecycle import State
from core.services import lifecycle, undo
from core.services.lifecycle import Asked, Chosen
actor = Actor(1, "mona", (Scope(Role.PROGRAMME_MANAGER, "1/"),))
"""
CARRY_OUT = "lifecycle.carry_out(actor, UUID(rest[0]))"
LOOK = """
asked = Asked("CASH", State(rest[0]), "Reviewed")
lifecycle.prepare(actor, asked, Chosen(criteria=EVERYBODY))
"""
LOOK_BACK = 'undo.prepare(actor, UUID(rest[0]), "Wrong list")'


@dataclass(frozen=True)
class Count:
    """What a registry says has been moved."""

    versions: int
    changes: int
    batches: int
    acts: int

    def once_more(self) -> "Count":
        """After one more move of everybody."""
        moved = (self.versions + PEOPLE, self.changes + PEOPLE)
        return Count(*moved, self.batches + 1, self.acts + 1)


@pytest.mark.timeout(300 + (180 if PEOPLE > 4_000 else 30) * KILLS)
def test_a_killed_move_has_happened_completely_or_not_at_all(registry: Registry) -> None:
    mona = fill()
    chance = random.Random(1)
    begun = time.monotonic()
    receipt = lifecycle.carry_out(mona, prepared(mona, State.SUSPENDED))
    whole = time.monotonic() - begun

    for turn in range(KILLS):
        after = chance.uniform(0, 1.2 * whole)
        if turn % 3 == 2:
            target = State.ACTIVE if states() == {State.SUSPENDED: PEOPLE} else State.SUSPENDED
            killed_while_looking(registry, LOOK, target.value, after)
            killed_while_looking(registry, LOOK_BACK, str(receipt.batch), after)
        elif turn % 3:
            order = undo.prepare(mona, receipt.batch or UUID(int=0), "Wrong list")
            receipt = killed_then_finished(registry, mona, order, after)
        else:
            target = State.ACTIVE if states() == {State.SUSPENDED: PEOPLE} else State.SUSPENDED
            receipt = killed_then_finished(registry, mona, prepared(mona, target), after)
    with reading() as db:
        assert integrity.find_breaches(db) == []
    assert look.replay() == {row.key: row.standing for row in look.read()}


def killed_then_finished(registry: Registry, mona: Actor, order: UUID, after: float) -> OrderView:
    """Carry an order out in a process that is killed, then again; return the receipt."""
    begun, stood = count(), states()
    kill_at_work(registry, IMPORTS, CARRY_OUT, (str(order),), after)

    view, found = lifecycle.view(mona, order), count()
    if view.state == OrderState.DONE:
        assert found == begun.once_more()
    else:
        assert (view.state, found, states()) == (OrderState.DRAFT, begun, stood)
    receipt = lifecycle.carry_out(mona, order)
    assert count() == begun.once_more()
    assert (receipt.state, receipt.moved, receipt.blocked) == (OrderState.DONE, PEOPLE, {})
    assert receipt == lifecycle.carry_out(mona, order)
    assert receipt.batch is not None
    counts, changes = look.batch_of(receipt.batch)
    assert (counts, changes) == ({"moved": PEOPLE, "carried": 0}, PEOPLE)
    assert count() == begun.once_more()
    assert [*states().values()] == [PEOPLE]
    return receipt


def killed_while_looking(registry: Registry, work: str, told: str, after: float) -> None:
    """Look at a move in a process that is killed: nobody moves, and no half an order stays."""
    begun = count()
    kill_at_work(registry, IMPORTS, work, (told,), after)
    assert count() == begun
    orders = "SELECT count(*) FROM move_order o WHERE"
    subjects = "(SELECT count(*) FROM move_subject s WHERE s.order_id = o.id)"
    assert ask(f"{orders} {subjects} <> {PEOPLE}") == [(0,)]


def count() -> Count:
    """What the registry says has been moved so far."""
    queries = (
        "SELECT sum(version) FROM enrolment",
        "SELECT count(*) FROM status_change",
        "SELECT count(*) FROM batch",
        "SELECT count(*) FROM audit_event WHERE action IN ('transition', 'undo')",
    )
    return Count(*(int(ask(query)[0][0]) for query in queries))


def states() -> dict[str, int]:
    return dict(ask("SELECT status, count(*) FROM enrolment GROUP BY status"))


def prepared(mona: Actor, target: State) -> UUID:
    return lifecycle.prepare(mona, Asked("CASH", target, "Reviewed"), Chosen(criteria=EVERYBODY))


def fill() -> Actor:
    """Enrol many people in one programme; return who moves them."""
    with transaction() as db:
        mona = add_person(db, "mona", Role.PROGRAMME_MANAGER)
        programme = add_programme(db, "CASH")
        batch = add_batch(db).id
        keys = range(1, PEOPLE + 1)
        for name in ("person", "enrolment"):
            series.take(db, name, PEOPLE)
        person = {"location_id": ROOT, "registered_on": DAY, "sex": Sex.UNKNOWN, "attributes": {}}
        enrolment = {"programme_id": programme, "status": Status.ACTIVE, "since": DAY}
        first = {"batch_id": batch, "after": Status.ACTIVE, "effective_on": DAY}
        rows: dict[Any, list[dict[str, Any]]] = {
            Person: [
                {"id": n, "registration_no": write_number("P", n), "full_name": f"Awa {n}"} | person
                for n in keys
            ],
            Enrolment: [{"id": n, "person_id": n, "enrolled_on": DAY} | enrolment for n in keys],
            StatusChange: [{"enrolment_id": n, "recorded_at": now()} | first for n in keys],
        }
        for table, some in rows.items():
            db.execute(insert(table), some)
    return mona
