"""Two managers at the same people at the same moment: nobody is moved twice, no move is lost, and
who comes second sees what happened.

The short form forces a few pairs; CASELOAD_PAIRS=1000 makes it the long one.
"""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.domain.fields import Status
from core.domain.households import ChangeHead
from core.domain.lifecycle import Block, HouseholdRule, OrderState, State
from core.domain.permissions import Actor, Role
from core.errors import Conflict
from core.models import Batch, Enrolment, Membership, Programme, StatusChange
from core.services import households, lifecycle, undo
from core.services.lifecycle import Asked, Chosen, Facet, OrderView
from core.settings import today
from core.storage import integrity
from core.storage.database import reading, transaction
from tests import lifecycle_reading as look
from tests.conftest import Registry
from tests.people import add_person
from tests.rows import ROOT, add_household, add_human
from tests.rows import actor as actor_of
from tests.world import add_batch, enrol

PAIRS = int(os.environ.get("CASELOAD_PAIRS", "20"))
HOMES = 4
"""So many households of three, each with an enrolment of its own beside its members'."""
_OPEN = (State.ACTIVE, State.SUSPENDED, State.GRADUATED)
MOVES = [{"before": one, "after": two} for one in _OPEN for two in _OPEN if one != two]


@dataclass(frozen=True)
class Laid:
    """An order of somebody's, and whom it would move."""

    actor: Actor
    uuid: UUID
    movers: frozenset[UUID]

    def carry_out(self) -> OrderView:
        return lifecycle.carry_out(self.actor, self.uuid)

    def named(self, **facet: Any) -> frozenset[UUID]:
        """Whom its receipt names."""
        shown, _total = lifecycle.subjects(self.actor, self.uuid, Facet(**facet), 1_000)
        return frozenset(one.enrolment for one in shown)


@dataclass(frozen=True)
class Office:
    """Mona and Nils look after one programme, in which any member's move carries the household."""

    mona: Actor
    nils: Actor
    chance: random.Random

    def laid(self, actor: Actor) -> Laid:
        """A few enrolments, whoever they are, are to go somewhere."""
        rows = self.chance.sample(look.read(), self.chance.randint(1, 6))
        asked = Asked("CASH", self.chance.choice(_OPEN), "Reviewed")
        order = lifecycle.prepare(actor, asked, Chosen(enrolments=[row.uuid for row in rows]))
        return shown(actor, order)


@pytest.fixture
def office(registry: Registry) -> Office:
    with transaction() as db:
        for name in ("mona", "nils"):
            add_person(db, name, Role.PROGRAMME_MANAGER)
        rule = HouseholdRule.ANY
        programme = Programme(code="CASH", name="Cash", household_rule=rule, moves=MOVES)
        db.add(programme)
        db.flush()
        batch = add_batch(db)
        for number in range(HOMES):
            people = [add_human(db, f"Awa {number}-{n}") for n in range(3)]
            home = add_household(db, ROOT, *people)
            for person in people:
                enrol(db, batch, person, programme, Status.ACTIVE)
            enrol(db, batch, people[0], programme, Status.ACTIVE, household_id=home)
    mona, nils = (actor_of(Role.PROGRAMME_MANAGER, name=name) for name in ("mona", "nils"))
    return Office(mona, nils, random.Random(1))


@pytest.mark.timeout(120 + 6 * PAIRS)
def test_of_two_moves_at_once_each_enrolment_makes_one(office: Office) -> None:
    clashes = 0
    for _pair in range(PAIRS):
        pair = [office.laid(office.mona), office.laid(office.nils)]
        before = {row.uuid: row for row in look.read()}

        receipts = at_once(*(one.carry_out for one in pair))

        moved = [one.named(moves=True) for one in pair]
        for row in look.read():
            times = [row.uuid in some for some in moved].count(True)
            assert times <= 1, "nobody is moved twice"
            assert row.version == before[row.uuid].version + times, "no move is lost"
            assert times or row.standing == before[row.uuid].standing
        for one, receipt, other in zip(pair, receipts, reversed(moved), strict=True):
            assert one.named(moves=True) <= one.movers
            assert one.movers - one.named(moves=True) == stayed(one)
            assert one.named(blocked=Block.MOVED) <= other, "who was moved, was by the other"
            assert receipt.state == OrderState.DONE
            told(one, receipt)
            clashes += bool(one.named(blocked=Block.MOVED))
    settled()
    assert clashes > PAIRS // 4, "the two were after the same people"


@pytest.mark.timeout(120 + 2 * PAIRS)
def test_an_undo_and_a_move_at_once_take_turns(office: Office) -> None:
    for _pair in range(max(PAIRS // 4, 3)):
        first = office.laid(office.mona).carry_out()
        if first.batch is None:
            continue
        back = shown(office.mona, undo.prepare(office.mona, first.batch, "Wrong list"))
        pair = [back, office.laid(office.nils)]
        before = {row.uuid: row.version for row in look.read()}

        receipts = at_once(*(one.carry_out for one in pair))

        moved = [one.named(moves=True) for one in pair]
        assert not moved[0] & moved[1], "nobody is taken back and moved"
        for row in look.read():
            assert row.version == before[row.uuid] + (row.uuid in moved[0] | moved[1])
        for one, receipt, other in zip(pair, receipts, reversed(moved), strict=True):
            assert one.named(blocked=Block.MOVED) <= other
            assert one.movers - one.named(moves=True) == stayed(one)
            told(one, receipt)
    settled()


@pytest.mark.timeout(120 + 2 * PAIRS)
def test_of_a_move_and_a_household_act_at_once_one_is_done(office: Office) -> None:
    done = 0
    for _pair in range(max(PAIRS // 4, 3)):
        number, member = office.chance.choice(members())
        home, person = look.uuids_of_homes()[number], look.uuids_of_people()[member]
        act = ChangeHead(household=home, on=today(), reason="They agreed.", head=person)
        seen = households.preview(office.nils, act).seen
        move = office.laid(office.mona)
        people = {one for _home, one in members(among=number)}
        theirs = {r.uuid for r in look.read() if r.home == number or r.person in people}

        receipt, acted = at_once(move.carry_out, partial(tried, office, act, seen))

        moved = move.named(moves=True)
        assert bool(moved & theirs) != acted if move.movers & theirs else acted
        assert move.movers - moved == stayed(move)
        told(move, receipt)
        done += acted
    settled()
    assert done, "the act is done where the move is about others"


def shown(actor: Actor, order: UUID) -> Laid:
    laid = Laid(actor, order, frozenset())
    return Laid(actor, order, laid.named(moves=True))


def stayed(laid: Laid) -> frozenset[UUID]:
    """Who stays because of what the other did: themselves changed, or whoever led them."""
    return laid.movers & (laid.named(blocked=Block.MOVED) | laid.named(blocked=Block.LEADER))


def told(laid: Laid, receipt: OrderView) -> None:
    """Fail unless a receipt counts what its batch did, and whoever was first is known by name."""
    batch, change = look.table(Batch).c, look.table(StatusChange).c
    e = look.table(Enrolment).c
    with reading() as db:
        mine = select(change.enrolment_id).join(batch.id.table, batch.id == change.batch_id)
        count = len(db.execute(mine.where(batch.uuid == receipt.batch)).all())
        assert count == receipt.subjects == len(laid.named(moves=True))
        newest = (
            select(e.uuid, batch.actor)
            .join(change.id.table, change.enrolment_id == e.id)
            .join(batch.id.table, batch.id == change.batch_id)
            .order_by(change.id)
        )
        by = {uuid: actor for uuid, actor in db.execute(newest)}
    for uuid in laid.named(moves=True):
        assert by[uuid] == laid.actor.name


def tried(office: Office, act: ChangeHead, seen: str) -> bool:
    try:
        households.carry_out(office.nils, act, seen)
    except Conflict:
        return False
    return True


def members(among: int | None = None) -> list[tuple[int, int]]:
    """Households with those who live in them: all of one, or of each those who do not lead."""
    m = look.table(Membership).c
    query = select(m.household_id, m.person_id).where(m.until.is_(None))
    query = (
        query.where(m.is_head.is_(False)) if among is None else query.where(m.household_id == among)
    )
    with reading() as db:
        return [(home, person) for home, person in db.execute(query.order_by(m.id))]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do things at the same moment, each in a thread of its own."""
    gate = Barrier(len(acts))

    def wait(act: Callable[[], Any]) -> Any:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [one.result() for one in [threads.submit(wait, act) for act in acts]]


def settled() -> None:
    """Fail unless every rule holds and the log leads to where everybody stands."""
    with reading() as db:
        assert integrity.find_breaches(db) == []
    assert look.replay() == {row.key: row.standing for row in look.read()}
