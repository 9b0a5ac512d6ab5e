"""Moves that wait for their day: carried out once, as things then are, or given up loudly."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlmodel import col

from core.domain.lifecycle import Block, HouseholdRule, OrderState, State
from core.domain.permissions import Actor, Role
from core.errors import NotAllowed
from core.models import Grant, MoveOrder, Programme, User
from core.services import housekeeping, lifecycle, notices, planned
from core.services.lifecycle import Asked, Chosen, Facet, OrderView
from core.settings import now, today
from core.storage import accounts, integrity
from core.storage.database import reading, transaction
from tests import rows
from tests.conftest import Registry
from tests.importing import ask
from tests.services.test_lifecycle import Home, back

SOON = timedelta(days=3)


def add_officer(name: str, role: Role, place: int = rows.ROOT) -> Actor:
    """An account with one grant, as it acts today."""
    with transaction() as db:
        user = accounts.find_user(db, name) or accounts.add_user(db, name, "-", now())
        db.add(Grant(user_id=user.id or 0, role=role, location_id=place, valid_from=rows.DAY))
        db.flush()
        return accounts.load_actor(db, user, today())


class Planned(Home):
    """A home whose manager may plan, with a way to plan and to let the day come."""

    def __init__(self, rule: HouseholdRule = HouseholdRule.NONE) -> None:
        super().__init__(rule)
        self.mona = add_officer("mona", Role.PROGRAMME_MANAGER)

    def plan(self, target: State, *at: int, actor: Actor | None = None) -> UUID:
        actor = actor or self.mona
        asked = Asked("CASH", target, "Reviewed", effective_on=today() + SOON)
        order = lifecycle.prepare(actor, asked, Chosen(enrolments=self.uuid(*at)))
        lifecycle.carry_out(actor, order)
        return order

    def seen(self, order: UUID) -> OrderView:
        return lifecycle.view(self.mona, order)

    def told(self) -> list[tuple[str, str | None]]:
        return [(str(one.text), one.page) for one in notices.list_unread(self.mona)]

    def change(self, table: Any, key: int, **values: Any) -> None:
        with transaction() as db:
            db.execute(update(table).where(table.__table__.c.id == key).values(**values))


def the_day() -> int:
    return planned.run_due(today() + SOON)


def test_a_planned_move_is_carried_out_once_on_its_day_and_its_owner_is_told(
    registry: Registry,
) -> None:
    home = Planned()
    order = home.plan(State.SUSPENDED, 0, 1)
    (waiting,) = planned.list_waiting(home.mona)
    assert (waiting.order.uuid, waiting.decides) == (order, False)

    assert (planned.run_due(), home.states()) == (0, "AAAA")
    assert (the_day(), the_day(), home.states()) == (1, 0, "SSAA")

    done = home.seen(order)
    assert (done.state, done.moved, done.effective_on) == (OrderState.DONE, 2, today() + SOON)
    day = done.effective_on.isoformat()
    assert home.told() == [
        (
            f"The move planned for {day} in CASH is done: 2 moved to Suspended, 0 stayed.",
            f"/batch?id={done.batch}",
        )
    ]
    assert ask("SELECT actor, kind FROM batch WHERE kind = 'transition'") == [
        ("mona", "transition")
    ]
    assert planned.list_waiting(home.mona) == []
    assert back(done).moved == 2
    with reading() as db:
        assert integrity.find_breaches(db) == []


def test_on_the_day_who_no_longer_fits_stays_and_is_named(registry: Registry) -> None:
    home = Planned(HouseholdRule.HEAD)
    with transaction() as db:
        db.get_one(Programme, home.programme).moves = [
            {"before": "ACTIVE", "after": "SUSPENDED", "condition": {
                "field": "full_name", "op": "is_not", "value": "Moved away"}},
            {"before": "ACTIVE", "after": "EXITED"},
        ]  # fmt: skip
    order = home.plan(State.SUSPENDED, 0, 3)
    home.move(State.EXITED, 1, reason="DECEASED")
    with transaction() as db:  # the son leaves the household: whoever writes that raises versions
        db.execute(
            text("UPDATE membership SET until = :day WHERE person_id = :son"),
            {"day": today().isoformat(), "son": home.people[2]},
        )
        db.execute(
            text("UPDATE enrolment SET version = version + 1 WHERE id = :id"),
            {"id": home.enrolled[2]},
        )
        db.execute(
            text("UPDATE person SET full_name = 'Moved away' WHERE id = :id"),
            {"id": home.people[3]},
        )

    assert the_day() == 1

    done = home.seen(order)
    assert home.states() == "SXAAS"
    assert (done.moved, done.carried, done.blocked) == (1, 1, {Block.CONDITION: 1})
    assert done.stay == {Block.MOVED: 2}
    shown, _total = lifecycle.subjects(home.mona, order, Facet(moves=False))
    assert sorted(one.full_name for one in shown) == ["Moved away", "Son", "Wife"]


def test_the_chosen_who_moved_meanwhile_stays_and_carries_nobody(registry: Registry) -> None:
    home = Planned(HouseholdRule.HEAD)
    order = home.plan(State.GRADUATED, 0, 3)
    home.move(State.SUSPENDED, 0)  # from there, too, the programme leads to GRADUATED

    the_day()

    done = home.seen(order)
    assert home.states() == "SSSGS"
    assert (done.blocked, done.stay) == ({Block.MOVED: 1}, {Block.MOVED: 3})


def test_places_that_are_taken_on_the_day_block(registry: Registry) -> None:
    home = Planned()
    home.move(State.SUSPENDED, 0, 1)
    order = home.plan(State.ACTIVE, 0, 1)
    assert home.seen(order).moved == 2
    home.change(Programme, home.programme, capacity=3)

    the_day()

    assert (home.states(), home.seen(order).blocked) == ("SSAA", {Block.CAPACITY: 2})


def end_grants(home: Planned) -> None:
    home.change(Grant, ask("SELECT id FROM access_grant")[0][0], valid_to=today())


def close_account(home: Planned) -> None:
    home.change(User, home.mona.user_id, active=False)


@pytest.mark.parametrize("lose", [end_grants, close_account])
def test_without_its_owners_grants_a_planned_move_fails_and_the_others_go_on(
    registry: Registry, lose: Callable[[Planned], None]
) -> None:
    home = Planned()
    order = home.plan(State.SUSPENDED, 0)
    nina = add_officer("nina", Role.PROGRAMME_MANAGER)
    home.plan(State.SUSPENDED, 3, actor=nina)
    lose(home)

    assert (the_day(), home.states()) == (1, "AAAS")

    failed = home.seen(order)
    assert failed.state is OrderState.FAILED
    assert "may no longer move people there" in str(failed.error)
    assert [page for _text, page in home.told()] == [f"/transition?order={order}"]
    assert ask("SELECT actor FROM audit_event WHERE action = 'transition.fail'") == [("mona",)]


def test_a_smaller_grant_moves_only_whom_it_reaches(registry: Registry) -> None:
    home = Planned()
    order = home.plan(State.SUSPENDED, 0, 3)
    with transaction() as db:
        north = rows.add_place(db, "NORTH").id or 0
        db.execute(
            text("UPDATE person SET location_id = :north WHERE id = :id"),
            {"north": north, "id": home.people[3]},
        )
        db.execute(update(Grant).values(location_id=north))

    the_day()

    assert (home.states(), home.seen(order).blocked) == ("AAAS", {Block.OUTSIDE: 1})


def test_one_that_breaks_does_not_stop_the_others(registry: Registry) -> None:
    home = Planned()
    broken, good = home.plan(State.SUSPENDED, 0), home.plan(State.SUSPENDED, 3)
    with transaction() as db:
        other = rows.add_programme(db, "FOOD")
        db.get_one(Programme, other).moves = "nonsense"
        db.execute(
            update(MoveOrder).where(col(MoveOrder.uuid) == broken).values(programme_id=other)
        )

    assert (the_day(), home.states()) == (1, "AAAS")
    assert home.seen(broken).state is OrderState.FAILED
    assert home.seen(good).state is OrderState.DONE

    stopped = []

    def guard(work: Callable[[], bool]) -> object:
        try:
            return work()
        except ValueError as error:
            stopped.append(error)
            return None

    home.plan(State.SUSPENDED, 1)
    home.plan(State.SUSPENDED, 2)
    with transaction() as db:
        first = db.execute(text("SELECT min(id) FROM move_order WHERE state = 'WAITING'")).scalar()
        db.execute(text("UPDATE move_order SET target = NULL WHERE id = :id"), {"id": first})
    assert (planned.run_due(today() + SOON, guard), home.states()) == (1, "AASS")
    assert len(stopped) == 1


def test_a_programme_that_now_asks_for_approval_gets_it(registry: Registry) -> None:
    home = Planned()
    order = home.plan(State.SUSPENDED, 0)
    home.change(Programme, home.programme, approval=True)

    assert (the_day(), home.states()) == (0, "AAAA")
    assert home.seen(order).state is OrderState.ASKED
    assert "waits for a second person" in home.told()[0][0]


def test_who_may_neither_move_nor_approve_sees_nothing_waiting(registry: Registry) -> None:
    with pytest.raises(NotAllowed):
        planned.list_waiting(rows.actor(Role.ANALYST))


def test_previews_that_nobody_carried_out_are_cleared_away(registry: Registry) -> None:
    home = Planned()
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")
    done = home.move(State.SUSPENDED, 0)
    for keep in (False, False, True):
        draft = lifecycle.prepare(home.mona, asked, Chosen(enrolments=home.uuid(1, 2)))
        if keep:
            lifecycle.cancel(home.mona, draft)
    waiting = home.plan(State.GRADUATED, 0)
    assert housekeeping.remove_drafts() == 0
    with transaction() as db:
        db.execute(update(MoveOrder).values(made_at=now() - timedelta(hours=25)))
    lifecycle.prepare(home.mona, asked, Chosen(enrolments=home.uuid(3)))

    assert (housekeeping.remove_drafts(), housekeeping.remove_drafts()) == (3, 0)

    kept = "SELECT state, count(s.order_id) FROM move_order o LEFT JOIN move_subject s "
    kept += "ON s.order_id = o.id GROUP BY o.id, state ORDER BY o.id"
    assert ask(kept) == [("DONE", 1), ("CANCELLED", 0), ("WAITING", 1), ("DRAFT", 1)]
    assert home.seen(done.uuid).moved == 1
    assert home.seen(waiting).state is OrderState.WAITING
