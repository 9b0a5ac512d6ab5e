"""Moving people through their statuses: what may move does, the rest is named, all can go back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.fields import Status
from core.domain.lifecycle import Block, HouseholdRule, OrderState, Part, State
from core.domain.permissions import Actor, Role
from core.errors import Conflict, InvalidInput, NotFound
from core.models import Enrolment, Person, Programme, StatusChange
from core.services import lifecycle, undo
from core.services.lifecycle import Asked, Chosen, Facet, OrderView
from core.settings import today
from core.storage import integrity
from core.storage.accounts import add_user
from core.storage.database import reading, transaction
from tests import rows
from tests.conftest import Registry
from tests.world import add_batch


def manager(name: str = "mona", path: str = "1/") -> Actor:
    return rows.actor(Role.PROGRAMME_MANAGER, path, name=name)


class Home:
    """A programme with a household of three, and one person living alone."""

    def __init__(self, rule: HouseholdRule = HouseholdRule.NONE) -> None:
        with transaction() as db:
            add_user(db, "mona", "-", lifecycle.now())
            self.programme = rows.add_programme(db, "CASH")
            db.get_one(Programme, self.programme).household_rule = rule
            self.people = [rows.add_human(db, name) for name in ("Head", "Wife", "Son", "Alone")]
            head, wife, son, _alone = self.people
            home = rows.add_household(db, rows.ROOT, head, wife, son)
            self.enrolled = [rows.enrol(db, key, self.programme) for key in self.people]
            if rule is not HouseholdRule.NONE:
                self.enrolled.append(rows.enrol(db, head, self.programme, household_id=home))
            for key in self.enrolled:
                add_first_status(db, key)

    def uuid(self, *at: int) -> list[Any]:
        keys = [self.enrolled[one] for one in at]
        with reading() as db:
            return [db.get_one(Enrolment, key).uuid for key in keys]

    def states(self) -> str:
        """The first letter of each enrolment's state, X for an exit."""
        with reading() as db:
            found = [db.get_one(Enrolment, key) for key in self.enrolled]
        return "".join("X" if one.ended_on else one.status[0] for one in found)

    def move(self, target: State, *at: int, reason: str = "Reviewed", **more: Any) -> OrderView:
        asked = Asked("CASH", target, reason, **more)
        order = lifecycle.prepare(manager(), asked, Chosen(enrolments=self.uuid(*at)))
        return lifecycle.carry_out(manager(), order)


def add_first_status(db: Any, enrolment: int) -> None:
    found = db.get_one(Enrolment, enrolment)
    db.add(
        StatusChange(
            enrolment_id=enrolment,
            batch_id=_batch(db),
            after=found.status,
            effective_on=found.since,
            recorded_at=lifecycle.now(),
        )
    )
    db.flush()


def _batch(db: Any) -> int:
    return int(add_batch(db).id or 0)


def back(receipt: OrderView, **chosen: Any) -> OrderView:
    assert receipt.batch is not None
    order = undo.prepare(manager(), receipt.batch, "Wrong list", Chosen(**chosen))
    return lifecycle.carry_out(manager(), order)


def test_everybody_who_fits_moves_and_comes_back(registry: Registry) -> None:
    home = Home()
    asked = Asked("CASH", State.SUSPENDED, "Verification missed")
    order = lifecycle.prepare(manager(), asked, Chosen(criteria=EVERYBODY))
    assert home.states() == "AAAA"
    assert lifecycle.view(manager(), order).moved == 4

    receipt = lifecycle.carry_out(manager(), order)

    assert (receipt.state, receipt.moved, home.states()) == (OrderState.DONE, 4, "SSSS")
    assert lifecycle.carry_out(manager(), order).batch == receipt.batch
    undone = back(receipt)
    assert (undone.moved, home.states()) == (4, "AAAA")
    again = back(undone)
    assert (again.moved, home.states()) == (4, "SSSS")
    assert back(receipt).moved == 4
    with reading() as db:
        assert db.execute(select(Enrolment.since).distinct()).scalars().all() == [rows.DAY]
        assert integrity.find_breaches(db) == []


def test_who_does_not_move_is_named_with_the_reason(registry: Registry) -> None:
    home = Home()
    home.move(State.GRADUATED, 0)
    home.move(State.EXITED, 1, reason="DECEASED")
    home.move(State.SUSPENDED, 2)

    late = home.move(State.SUSPENDED, 3, effective_on=rows.DAY - timedelta(days=1))
    receipt = home.move(State.SUSPENDED, 0, 1, 2, 3)

    assert late.blocked == {Block.LATER: 1}
    assert (receipt.moved, home.states()) == (1, "GXSS")
    assert receipt.blocked == {Block.ALREADY: 1, Block.ENDED: 1, Block.NOT_ALLOWED: 1}
    shown, total = lifecycle.subjects(manager(), receipt.uuid, Facet(moves=False))
    assert [(one.full_name, one.blocked) for one in shown] == [
        ("Head", Block.NOT_ALLOWED),
        ("Son", Block.ALREADY),
        ("Wife", Block.ENDED),
    ]
    assert total == 3


def test_an_exit_keeps_its_status_and_goes_back(registry: Registry) -> None:
    home = Home()
    receipt = home.move(State.EXITED, 1, reason="MOVED", effective_on=date(2024, 6, 1))

    with reading() as db:
        gone = db.get_one(Enrolment, home.enrolled[1])
    assert (gone.status, gone.ended_on, gone.exit_reason, gone.since) == (
        Status.ACTIVE, date(2024, 6, 1), "MOVED", rows.DAY,
    )  # fmt: skip
    undone = back(receipt)
    assert home.states() == "AAAA"
    shown, _total = lifecycle.subjects(manager(), undone.uuid, Facet())
    assert [(one.before, one.after) for one in shown] == [(State.EXITED, State.ACTIVE)]
    with reading() as db:
        assert integrity.find_breaches(db) == []


@pytest.mark.parametrize(
    ("rule", "chosen", "expected", "carried"),
    [
        (HouseholdRule.HEAD, (0,), "SSSAS", 3),
        (HouseholdRule.HEAD, (1,), "ASAAA", 0),
        (HouseholdRule.ANY, (1,), "SSSAS", 3),
        (HouseholdRule.ALL, (0, 1), "SSAAA", 0),
        (HouseholdRule.ALL, (0, 1, 2), "SSSAS", 1),
    ],
)
def test_the_household_follows_its_programmes_rule(
    registry: Registry, rule: HouseholdRule, chosen: tuple[int, ...], expected: str, carried: int
) -> None:
    home = Home(rule)

    receipt = home.move(State.SUSPENDED, *chosen)

    assert (home.states(), receipt.carried) == (expected, carried)
    back(receipt)
    assert home.states() == "AAAAA"


def test_an_exit_carries_nobody(registry: Registry) -> None:
    home = Home(HouseholdRule.HEAD)
    assert home.move(State.EXITED, 0, reason="DECEASED").carried == 0
    assert home.states() == "XAAAA"


def test_a_household_that_follows_its_members_is_not_moved_by_hand(registry: Registry) -> None:
    home = Home(HouseholdRule.ALL)
    receipt = home.move(State.SUSPENDED, 4)
    assert (receipt.blocked, home.states()) == ({Block.FOLLOWS: 1}, "AAAAA")


def test_numbers_choose_and_what_leads_nowhere_is_listed(registry: Registry) -> None:
    home = Home()
    with reading() as db:
        number = db.get_one(Person, home.people[3]).registration_no
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")

    order = lifecycle.prepare(
        manager(), asked, Chosen(numbers=[f" {number.lower()} ", "P999", number])
    )

    seen = lifecycle.view(manager(), order)
    assert (seen.moved, seen.unknown) == (1, ["P999"])
    assert home.states() == "AAAA"


def test_what_somebody_else_moved_meanwhile_stays(registry: Registry) -> None:
    home = Home(HouseholdRule.HEAD)
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")
    order = lifecycle.prepare(manager(), asked, Chosen(enrolments=home.uuid(0, 3)))
    home.move(State.GRADUATED, 1)

    receipt = lifecycle.carry_out(manager(), order)

    assert home.states() == "SGSSS"
    assert (receipt.moved, receipt.carried, receipt.stay) == (2, 2, {Block.MOVED: 1})
    stayed, _total = lifecycle.subjects(manager(), order, Facet(blocked=Block.MOVED))
    assert [(one.full_name, one.before, one.changed_by) for one in stayed] == [
        ("Wife", State.GRADUATED, "mona")
    ]


def test_nobody_is_carried_by_a_head_who_moved_meanwhile(registry: Registry) -> None:
    home = Home(HouseholdRule.HEAD)
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")
    order = lifecycle.prepare(manager(), asked, Chosen(enrolments=home.uuid(0, 3)))
    home.move(State.EXITED, 0, reason="DECEASED")

    receipt = lifecycle.carry_out(manager(), order)

    assert home.states() == "XAASA"
    assert (receipt.blocked, receipt.stay) == ({Block.MOVED: 1}, {Block.LEADER: 3})


def test_an_undo_leaves_who_has_moved_since(registry: Registry) -> None:
    home = Home()
    receipt = home.move(State.SUSPENDED, 0, 1, 2)
    home.move(State.ACTIVE, 1)
    home.move(State.SUSPENDED, 1)

    undone = back(receipt)

    assert (undone.moved, undone.blocked) == (2, {Block.MOVED_SINCE: 1})
    stayed, _total = lifecycle.subjects(manager(), undone.uuid, Facet(moves=False))
    assert [one.changed_by for one in stayed] == ["mona"]
    assert home.states() == "ASAA"
    assert back(receipt).blocked == {Block.UNDONE: 2, Block.MOVED_SINCE: 1}


def test_an_undo_for_chosen_people_takes_their_household_along(registry: Registry) -> None:
    home = Home(HouseholdRule.HEAD)
    receipt = home.move(State.SUSPENDED, 0, 3)
    with reading() as db:
        number = db.get_one(Person, home.people[0]).registration_no

    undone = back(receipt, numbers=[number])

    assert (undone.moved, undone.carried, home.states()) == (1, 3, "AAASA")


def test_a_full_programme_moves_nobody(registry: Registry) -> None:
    home = Home()
    home.move(State.SUSPENDED, 0, 1)
    with transaction() as db:
        db.get_one(Programme, home.programme).capacity = 3

    receipt = home.move(State.ACTIVE, 0, 1)

    assert (receipt.blocked, receipt.free_places) == ({Block.CAPACITY: 2}, 1)
    assert home.move(State.ACTIVE, 0).moved == 1


def test_a_condition_of_the_move_is_asked_of_each(registry: Registry) -> None:
    home = Home()
    condition = {"field": "full_name", "op": "starts_with", "value": "S"}
    with transaction() as db:
        db.get_one(Programme, home.programme).moves = [
            {"before": "ACTIVE", "after": "GRADUATED", "condition": condition,
             "reasons": ["Trained"]},
        ]  # fmt: skip

    receipt = home.move(State.GRADUATED, 0, 2, reason="Trained")

    assert (receipt.moved, receipt.blocked) == (1, {Block.CONDITION: 1})
    with pytest.raises(InvalidInput, match="Trained"):
        home.move(State.GRADUATED, 0, reason="Because")


def test_nobody_moves_whom_they_may_not(registry: Registry) -> None:
    home = Home()
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")
    stranger = manager("sam", "1/99/")
    order = lifecycle.prepare(stranger, asked, Chosen(criteria=EVERYBODY))
    assert lifecycle.view(stranger, order).moved == 0
    with pytest.raises(NotFound):
        lifecycle.view(manager(), order)
    receipt = home.move(State.SUSPENDED, 0)
    with pytest.raises(NotFound):
        undo.prepare(stranger, receipt.batch or order)


def test_what_was_taken_away_since_the_preview_stays(registry: Registry) -> None:
    home = Home()
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")
    both = Chosen(criteria=EVERYBODY)
    order, other = (lifecycle.prepare(manager(), asked, both) for _time in range(2))
    with transaction() as db:
        programme = db.get_one(Programme, home.programme)
        programme.moves, programme.version = [{"before": "ACTIVE", "after": "GRADUATED"}], 2

    receipt = lifecycle.carry_out(manager(path="1/99/"), order)
    ruled_out = lifecycle.carry_out(manager(), other)

    assert (receipt.blocked, receipt.batch) == ({Block.OUTSIDE: 4}, None)
    assert (ruled_out.blocked, home.states()) == ({Block.NOT_ALLOWED: 4}, "AAAA")


def test_a_later_day_waits_and_a_second_person_is_asked(registry: Registry) -> None:
    home = Home()
    later = home.move(State.SUSPENDED, 0, effective_on=today() + timedelta(days=3))
    assert (later.state, home.states()) == (OrderState.WAITING, "AAAA")
    assert home.move(State.GRADUATED, 0).pending == 1
    with transaction() as db:
        db.get_one(Programme, home.programme).approval = True
    assert home.move(State.SUSPENDED, 1).state == OrderState.ASKED
    assert home.states() == "GAAA"


def test_a_given_up_move_is_not_carried_out(registry: Registry) -> None:
    home = Home()
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")
    order = lifecycle.prepare(manager(), asked, Chosen(enrolments=home.uuid(0)))
    lifecycle.cancel(manager(), order)
    with pytest.raises(Conflict):
        lifecycle.carry_out(manager(), order)
    assert home.states() == "AAAA"


def test_criteria_keep_to_their_programme(registry: Registry) -> None:
    home = Home()
    with transaction() as db:
        other = rows.enrol(db, home.people[0], rows.add_programme(db, "FOOD"))
        add_first_status(db, other)
    asked = Asked("CASH", State.SUSPENDED, "Reviewed")
    order = lifecycle.prepare(manager(), asked, Chosen(criteria=where("status", Op.IS, "ACTIVE")))
    assert lifecycle.carry_out(manager(), order).moved == 4
    with reading() as db:
        assert db.get_one(Enrolment, other).status == Status.ACTIVE
        sent = db.execute(text("SELECT count(*) FROM audit_event WHERE action = 'transition'"))
        assert sent.scalar_one() == 1
    shown, _total = lifecycle.subjects(manager(), order, Facet(part=Part.CHOSEN))
    assert shown[0].before is State.ACTIVE
