"""Into the next cycle: who goes over and who stays, in one batch that can be taken back."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.domain.criteria import EVERYBODY, Op, parse, where
from core.domain.fields import Status
from core.domain.lifecycle import Block, HouseholdRule, OrderState, State
from core.domain.permissions import Role
from core.errors import InvalidInput, NotFound
from core.models import Enrolment, Person, Programme, RewoundRecord, SearchOutbox
from core.services import approvals, cycles, lifecycle, undo
from core.services.cycles import RollOver
from core.services.lifecycle import Chosen, OrderView
from core.storage import accounts, integrity
from core.storage.database import reading, transaction
from tests import rows
from tests.conftest import Registry
from tests.services.test_lifecycle import Home, add_first_status, back, manager

FIRST = RollOver(1, EVERYBODY)


def roll(wanted: RollOver = FIRST) -> OrderView:
    return lifecycle.carry_out(manager(), cycles.prepare(manager(), "CASH", wanted))


def take_back(batch: UUID | None, **chosen: Any) -> OrderView:
    assert batch is not None
    order = undo.prepare(manager(), batch, "Too early", Chosen(**chosen))
    return lifecycle.carry_out(manager(), order)


def standing() -> dict[int, str]:
    """The first letters of the states in each cycle, in the order of the people; H of households
    behind them."""
    found: dict[int, str] = {}
    with reading() as db:
        query = select(Enrolment).order_by(Enrolment.household_id.is_not(None), Enrolment.person_id)
        for one in db.execute(query).scalars():
            state = "X" if one.ended_on else one.status[0]
            found[one.cycle] = found.get(one.cycle, "") + state
    return found


def whole() -> list[tuple[Any, ...]]:
    """Every enrolment as it is, whatever its version."""
    with reading() as db:
        kept = db.execute(select(Enrolment).order_by(Enrolment.id)).scalars()
        return [tuple(one.model_dump(exclude={"version"}).values()) for one in kept]


def assert_sound() -> None:
    with reading() as db:
        assert integrity.find_breaches(db) == []


def test_a_cycle_goes_over_and_comes_back_and_goes_again(registry: Registry) -> None:
    home = Home()
    home.move(State.SUSPENDED, 1)
    home.move(State.EXITED, 2, reason="DECEASED")
    before = whole()
    order = cycles.prepare(manager(), "CASH", FIRST)
    seen = lifecycle.view(manager(), order)
    assert (seen.moved, seen.blocked, standing()) == (3, {Block.ENDED: 1}, {1: "ASXA"})

    receipt = lifecycle.carry_out(manager(), order)

    assert lifecycle.carry_out(manager(), order).batch == receipt.batch
    assert (receipt.moved, standing()) == (3, {1: "XXXX", 2: "ASA"})
    assert roll().blocked == {Block.ENDED: 4}
    after = whole()
    assert_sound()
    undone = take_back(receipt.batch)
    assert (undone.moved, whole()) == (3, before)
    assert_sound()
    assert take_back(receipt.batch).blocked == {Block.UNDONE: 3}
    again = take_back(undone.batch)
    assert (again.moved, whole()) == (3, after)
    assert_sound()
    last = take_back(again.batch)
    assert (last.moved, whole()) == (3, before)
    assert_sound()


def test_the_old_enrolments_may_go_on(registry: Registry) -> None:
    Home()
    before = whole()
    wanted = RollOver(1, where("full_name", Op.STARTS_WITH, "S"), Status.POTENTIAL, ends=False)

    receipt = roll(wanted)

    assert (receipt.moved, standing()) == (1, {1: "AAAA", 2: "P"})
    assert roll(wanted).blocked == {Block.ALREADY: 1}
    with transaction() as db:
        db.execute(SearchOutbox.__table__.delete())
    undone = take_back(receipt.batch)
    assert (undone.moved, whole()) == (1, before)
    with reading() as db:
        assert rows.count_waiting(db) == 1
    assert take_back(receipt.batch).moved == 0
    assert (take_back(undone.batch).moved, standing()) == (1, {1: "AAAA", 2: "P"})
    assert_sound()


def test_who_has_moved_on_in_the_new_cycle_stays_there(registry: Registry) -> None:
    home = Home()
    receipt = roll()
    with reading() as db:
        new = select(Enrolment).where(Enrolment.cycle == 2).order_by(Enrolment.person_id)
        uuids = [one.uuid for one in db.execute(new).scalars()]
        number = db.get_one(Person, home.people[1]).registration_no
    asked = lifecycle.Asked("CASH", State.SUSPENDED, "Reviewed")
    lifecycle.carry_out(
        manager(), lifecycle.prepare(manager(), asked, Chosen(enrolments=uuids[:1]))
    )

    one = take_back(receipt.batch, numbers=[number, "P999"])
    assert (one.moved, one.unknown, standing()) == (1, ["P999"], {1: "XAXX", 2: "SAA"})
    undone = take_back(receipt.batch)

    assert (undone.moved, undone.blocked) == (2, {Block.MOVED_SINCE: 1, Block.UNDONE: 1})
    assert standing() == {1: "XAAA", 2: "S"}
    assert_sound()
    with transaction() as db:
        key = rows.enrol(db, home.people[3], rows.add_programme(db, "FOOD"))
        kept = db.get_one(Enrolment, key)
        kept.programme_id, kept.cycle = home.programme, 2
        add_first_status(db, key)
    assert take_back(undone.batch).blocked == {Block.MOVED_SINCE: 1}
    assert_sound()


@pytest.mark.parametrize("rule", [HouseholdRule.HEAD, HouseholdRule.NONE])
def test_a_household_goes_over_as_one_where_it_moves_as_one(
    registry: Registry, rule: HouseholdRule
) -> None:
    home = Home(rule)
    before = whole()

    receipt = roll(RollOver(1, where("full_name", Op.IS, "Son")))

    if rule is HouseholdRule.NONE:
        assert standing() == {1: "AAXA", 2: "A"}
    else:
        assert (receipt.moved, receipt.carried, receipt.households) == (1, 3, 1)
        assert standing() == {1: "XXXAX", 2: "AAAA"}
        with reading() as db:
            own = select(Enrolment).where(Enrolment.cycle == 2, Enrolment.household_id.is_not(None))
            assert len(db.execute(own).scalars().all()) == 1
    assert_sound()
    back(receipt)
    assert whole() == before
    order = cycles.prepare(manager(), "CASH", RollOver(1, where("full_name", Op.IS, "Son")))
    home.move(State.EXITED, 2, reason="DECEASED")
    nobody = lifecycle.carry_out(manager(), order)
    carried = 0 if rule is HouseholdRule.NONE else 3
    assert (nobody.batch, sum(nobody.stay.values())) == (None, carried)


def test_nobody_is_taken_over_twice_by_two_at_once(registry: Registry) -> None:
    Home()
    orders = [
        cycles.prepare(manager(), "CASH", RollOver(1, EVERYBODY, ends=False)) for _turn in range(2)
    ]

    done = [lifecycle.carry_out(manager(), order) for order in orders]

    assert [one.moved for one in done] == [4, 0]
    assert done[1].blocked == {Block.ALREADY: 4}


def test_nobody_goes_over_into_places_that_are_not_there(registry: Registry) -> None:
    home = Home()
    with transaction() as db:
        db.get_one(Programme, home.programme).capacity = 4

    full = roll(RollOver(1, EVERYBODY, ends=False))
    assert (full.blocked, full.free_places) == ({Block.CAPACITY: 4}, 0)
    assert roll().moved == 4
    assert_sound()


def test_what_cannot_be_rolled_over_is_refused(registry: Registry) -> None:
    home = Home()
    with pytest.raises(InvalidInput):
        cycles.prepare(manager(), "CASH", RollOver(0, EVERYBODY))
    with pytest.raises(NotFound):
        cycles.prepare(manager(), "FOOD", FIRST)
    stranger = manager("sam", "1/99/")
    order = cycles.prepare(stranger, "CASH", FIRST)
    assert lifecycle.view(stranger, order).moved == 0
    stale = cycles.prepare(manager(), "CASH", FIRST)
    home.move(State.SUSPENDED, 0)
    receipt = lifecycle.carry_out(manager(), stale)
    assert (receipt.moved, receipt.blocked) == (3, {Block.MOVED: 1})
    with transaction() as db:
        db.get_one(Programme, home.programme).approval = True
        user, root = accounts.find_user(db, "mona"), accounts.find_location(db, "ROOT")
        assert user is not None
        accounts.add_grant(db, user, Role.PROGRAMME_MANAGER, root, None, rows.DAY)
    asked = roll(RollOver(2, EVERYBODY))
    assert (asked.state, asked.moved) == (OrderState.ASKED, 3)
    second = replace(manager("mark"), user_id=99)
    assert (approvals.approve(second, asked.uuid).moved, standing()[3]) == (3, "AAA")
    with reading() as db:
        assert db.execute(select(RewoundRecord)).first() is None


def test_who_fits_the_rule_is_proposed_for_graduation(registry: Registry) -> None:
    home = Home()
    home.move(State.SUSPENDED, 0)
    rule = {"field": "months_enrolled", "op": "at_least", "value": 24}
    with transaction() as db:
        db.get_one(Programme, home.programme).graduation = rule
        rows.add_programme(db, "FOOD")
        db.get_one(Enrolment, home.enrolled[1]).enrolled_on = date(2025, 5, 1)

    (found,) = cycles.list_candidates(manager())

    assert (found.programme, found.count) == ("CASH", 2)
    order = lifecycle.prepare(
        manager(), lifecycle.Asked("CASH", State.GRADUATED, "Rule"), Chosen(found.criteria)
    )
    assert lifecycle.view(manager(), order).moved == 2
    assert cycles.list_candidates(manager("sam", "1/99/"))[0].count == 0
    assert cycles.list_candidates(manager(), "FOOD") == []
    assert parse(rule) in found.criteria.parts
