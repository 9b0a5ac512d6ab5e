"""Moves that a second person agrees to: seen as the asker saw them, never wider than either may."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core.domain.criteria import EVERYBODY
from core.domain.lifecycle import Block, HouseholdRule, OrderState, State
from core.domain.permissions import Actor, Role
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.models import Grant, Programme
from core.services import approvals, cycles, lifecycle, notices, planned, undo
from core.services.lifecycle import Asked, Chosen, Facet
from core.settings import today
from core.storage.database import transaction
from tests import rows
from tests.conftest import Registry
from tests.importing import ask
from tests.services.test_planned import SOON, Planned, add_officer, the_day

MADE = "SELECT actor, details ->> 'approved_by' FROM batch WHERE kind = 'transition'"


class Asking(Planned):
    """A home in a programme with approval: mona asks, paul approves, and nora looks after the
    north, where the one lives who lives alone."""

    def __init__(self, rule: HouseholdRule = HouseholdRule.NONE) -> None:
        super().__init__(rule)
        self.change(Programme, self.programme, approval=True)
        with transaction() as db:
            self.north = rows.add_place(db, "NORTH").id or 0
        self.live(3, self.north)
        self.paul = add_officer("paul", Role.APPROVER)
        self.nora = add_officer("nora", Role.PROGRAMME_MANAGER, self.north)

    def live(self, at: int, place: int) -> None:
        with transaction() as db:
            moved = {"place": place, "id": self.people[at]}
            db.execute(text("UPDATE person SET location_id = :place WHERE id = :id"), moved)

    def ask(self, *at: int, days: timedelta = timedelta()) -> UUID:
        asked = Asked("CASH", State.SUSPENDED, "Reviewed", effective_on=today() + days)
        order = lifecycle.prepare(self.mona, asked, Chosen(enrolments=self.uuid(*at)))
        assert lifecycle.carry_out(self.mona, order).state is OrderState.ASKED
        return order


def waiting(actor: Actor) -> list[tuple[UUID, bool]]:
    return [(one.order.uuid, one.decides) for one in planned.list_waiting(actor)]


def test_a_second_person_sees_the_preview_and_their_word_carries_it_out(
    registry: Registry,
) -> None:
    home = Asking()
    order = home.ask(0, 3)
    assert (waiting(home.mona), waiting(home.paul)) == ([(order, False)], [(order, True)])
    assert lifecycle.view(home.paul, order).moved == 2
    assert lifecycle.subjects(home.paul, order, Facet())[1] == 2

    done = approvals.approve(home.paul, order)

    assert (done.state, done.moved, home.states()) == (OrderState.DONE, 2, "SAAS")
    assert approvals.approve(home.paul, order).batch == done.batch
    assert lifecycle.view(home.paul, order).decided_by == "paul"
    assert ask(MADE) == [("mona", "paul")]
    acts = "SELECT actor, action FROM audit_event WHERE action LIKE 'transition%' ORDER BY id"
    assert ask(acts) == [
        ("mona", "transition.ask"),
        ("paul", "transition.approve"),
        ("mona", "transition"),
    ]
    assert home.told() == [
        (
            "paul approved your move in CASH: 2 moved to Suspended, 0 stayed.",
            f"/batch?id={done.batch}",
        )
    ]
    assert notices.list_unread(home.paul) == []


def test_an_undo_asks_the_second_person_too(registry: Registry) -> None:
    home = Asking()
    done = approvals.approve(home.paul, home.ask(0, 3))
    assert done.batch is not None

    back = undo.prepare(home.mona, done.batch, "Hasty")
    asked = lifecycle.carry_out(home.mona, back)

    assert (asked.state, home.states()) == (OrderState.ASKED, "SAAS")
    with pytest.raises(InvalidInput, match="somebody else"):
        approvals.approve(home.mona, back)
    assert approvals.approve(home.paul, back).moved == 2
    assert home.states() == "AAAA"


def test_nobody_approves_their_own_or_beyond_their_grants(registry: Registry) -> None:
    home = Asking()
    order, northern, southern = home.ask(0, 3), home.ask(3), home.ask(1)

    for act in (approvals.approve, lambda actor, uuid: approvals.refuse(actor, uuid, "No")):
        with pytest.raises(InvalidInput, match="somebody else"):
            act(home.mona, order)
        with pytest.raises(NotAllowed, match="everybody in this move"):
            act(home.nora, order)
        with pytest.raises(NotFound):
            act(home.nora, southern)
        with pytest.raises(NotAllowed):
            act(rows.actor(Role.ANALYST, name="ann"), order)
    for hidden in (order, southern):
        with pytest.raises(NotFound):
            lifecycle.view(home.nora, hidden)
        with pytest.raises(NotFound):
            lifecycle.subjects(home.nora, hidden, Facet())
    assert waiting(home.nora) == [(northern, True)]
    assert home.states() == "AAAA"

    assert approvals.approve(home.nora, northern).moved == 1
    assert home.states() == "AAAS"


def test_a_refused_move_stays_undone_and_the_asker_is_told(registry: Registry) -> None:
    home = Asking()
    order = home.ask(0)
    with pytest.raises(InvalidInput, match="Say why"):
        approvals.refuse(home.paul, order, "  ")

    refused = approvals.refuse(home.paul, order, "Not before the visit")

    assert (refused.state, refused.error) == (OrderState.REFUSED, "Not before the visit")
    assert home.told() == [
        ("paul refused your move in CASH. Open it to read why.", f"/transition?order={order}")
    ]
    for act in (approvals.approve, lambda actor, uuid: approvals.refuse(actor, uuid, "No")):
        with pytest.raises(Conflict, match="decided already"):
            act(home.paul, order)
    with pytest.raises(Conflict, match="cancelled"):
        lifecycle.carry_out(home.mona, order)
    assert home.states() == "AAAA"


def test_what_changed_since_it_was_asked_for_stays(registry: Registry) -> None:
    home = Asking(HouseholdRule.HEAD)
    order, again = home.ask(0), home.ask(3)
    with transaction() as db:  # somebody joins the household: nobody approved of that
        joined = rows.add_human(db, "Newborn")
        household = db.execute(text("SELECT id FROM household")).scalar_one()
        db.execute(
            text(
                "INSERT INTO membership (household_id, person_id, is_head, since) "
                "VALUES (:home, :person, false, '2024-05-01')"
            ),
            {"home": household, "person": joined},
        )
        home.enrolled.append(rows.enrol(db, joined, home.programme))
        db.execute(
            text("UPDATE enrolment SET version = version + 1 WHERE id IN (:wife, :alone)"),
            {"wife": home.enrolled[1], "alone": home.enrolled[3]},
        )

    done = approvals.approve(home.paul, order)

    assert home.states() == "SASASA"
    assert (done.moved, done.carried, done.stay) == (1, 2, {Block.MOVED: 2})
    nobody = approvals.approve(home.paul, again)
    assert (nobody.state, nobody.batch, nobody.blocked) == (
        OrderState.DONE, None, {Block.MOVED: 1},
    )  # fmt: skip


def test_the_askers_grants_at_the_approval_rule_who_moves(registry: Registry) -> None:
    home = Asking()
    order, later = home.ask(0, 3), home.ask(1)
    grant = ask("SELECT id FROM access_grant ORDER BY id")[0][0]
    home.change(Grant, grant, location_id=home.north)

    done = approvals.approve(home.paul, order)

    assert (home.states(), done.blocked) == ("AAAS", {Block.OUTSIDE: 1})
    home.change(Grant, grant, valid_to=today() - timedelta(days=1))
    with pytest.raises(Conflict, match="mona may no longer move people"):
        approvals.approve(home.paul, later)
    assert approvals.refuse(home.paul, later, "Ask somebody else").state is OrderState.REFUSED


def test_an_approved_move_of_a_later_day_waits_for_it(registry: Registry) -> None:
    home = Asking()
    order = home.ask(0, 3, days=SOON)

    agreed = approvals.approve(home.paul, order)

    assert (agreed.state, home.states()) == (OrderState.WAITING, "AAAA")
    assert (the_day(), home.states()) == (1, "SAAS")
    day = (today() + SOON).isoformat()
    assert [text for text, _page in home.told()] == [
        f"The move planned for {day} in CASH is done: 2 moved to Suspended, 0 stayed.",
        f"paul approved your move in CASH. It will be carried out on {day}.",
    ]
    assert ask(MADE) == [("mona", "paul")]


def test_a_move_that_its_asker_gave_up_is_not_approved(registry: Registry) -> None:
    home = Asking()
    order = home.ask(0)
    lifecycle.cancel(home.mona, order)
    with pytest.raises(Conflict, match="cancelled"):
        approvals.approve(home.paul, order)
    with pytest.raises(NotFound):
        lifecycle.view(home.paul, order)


def test_who_goes_over_into_the_next_cycle_is_approved_too(registry: Registry) -> None:
    home = Asking()
    order = cycles.prepare(home.mona, "CASH", cycles.RollOver(1, EVERYBODY))
    lifecycle.carry_out(home.mona, order)
    with pytest.raises(NotAllowed):
        approvals.approve(home.nora, order)

    done = approvals.approve(home.paul, order)

    assert (done.state, done.moved, home.states()) == (OrderState.DONE, 4, "XXXX")
    assert ask("SELECT count(*) FROM enrolment WHERE cycle = 2") == [(4,)]
    assert home.told()[0][0] == (
        "paul approved your move in CASH: 4 moved to the next cycle, 0 stayed."
    )
