"""Two managers who also plan ahead, ask each other, and come into corners where few histories lead.
Each acts on a registry and on its model at once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.domain.lifecycle import OrderState
from core.errors import NotAllowed, NotFound
from core.services import approvals, lifecycle, planned
from core.services.lifecycle import OrderView
from core.settings import today
from tests import lifecycle_world as world
from tests.lifecycle_machine import Laid, Machine
from tests.lifecycle_parts import EXITED, Enrolled
from tests.lifecycle_wishes import PROGRAMMES, Wanted, wishes

some = st.integers(0, 11)


class OfficeMachine(Machine):
    """The managers move statuses now, later, and with each other's consent."""

    def __init__(self) -> None:
        super().__init__()
        self.planned: list[Laid] = []
        self.asked: list[Laid] = []

    # --- orders that wait ----------------------------------------------------------------------

    @rule(wish=wishes)
    def plan_ahead(self, wish: Wanted) -> None:
        self._wait(self.prepare(replace(wish, ahead=True)), OrderState.WAITING)

    @precondition(lambda self: self.planned)
    @rule(which=some)
    def the_day_comes(self, which: int) -> None:
        self._let_come(self.planned.pop(which % len(self.planned)))

    @rule(plan=wishes, change=wishes)
    def plan_and_change_meanwhile(self, plan: Wanted, change: Wanted) -> None:
        self.plan_ahead(plan)
        self.move(replace(change, programme=plan.programme, days=0))
        self._let_come(self.planned.pop())

    @rule(wish=wishes, ahead=st.sampled_from((False, False, True)))
    def ask(self, wish: Wanted, ahead: bool) -> None:
        self._ask(self.prepare(replace(wish, ahead=ahead)))

    @precondition(lambda self: self.batches)
    @rule(which=some, by=st.sampled_from((0, 1, 1)))
    def ask_to_take_back(self, which: int, by: int) -> None:
        laid = self.prepare_undo(which, by, None)
        if laid is not None:
            self._ask(laid)

    @precondition(lambda self: self.asked)
    @rule(which=some, agrees=st.sampled_from((True, True, False)))
    def decide(self, which: int, agrees: bool) -> None:
        self._decide(self.asked[which % len(self.asked)], agrees=agrees)

    @rule(asked=wishes, change=wishes)
    def ask_and_change_meanwhile(self, asked: Wanted, change: Wanted) -> None:
        """Whoever looks after one district asks, and who looks after all agrees."""
        before = len(self.asked)
        self.ask(replace(asked, by=1, days=0), ahead=False)
        self.move(replace(change, programme=asked.programme, days=0))
        if len(self.asked) > before:
            self._decide(self.asked[-1], agrees=True)

    def _wait(self, laid: Laid, state: OrderState) -> None:
        """An order that is carried out now waits instead: nothing moves yet."""
        actor = self.actors[self.managers.index(laid.order.by)]
        assert lifecycle.carry_out(actor, laid.uuid).state == state
        laid.order.waited = True
        self.laid.remove(laid)
        (self.asked if state is OrderState.ASKED else self.planned).append(laid)

    def _ask(self, laid: Laid) -> None:
        world.ask_a_second_person(True)
        if laid.order.movers():
            self._wait(laid, OrderState.ASKED)
        elif laid.order.day > today():
            self._wait(laid, OrderState.WAITING)
        else:
            self.carry(laid)
        world.ask_a_second_person(False)

    def _let_come(self, laid: Laid) -> None:
        world.let_its_day_come(laid.uuid)
        laid.order.day = today()
        actor = self.actors[self.managers.index(laid.order.by)]

        def run() -> OrderView:
            assert planned.run_due() == 1
            return lifecycle.view(actor, laid.uuid)

        self._settle(laid, run)

    def _decide(self, laid: Laid, *, agrees: bool) -> None:
        other = 1 - self.managers.index(laid.order.by)
        decider, actor = self.managers[other], self.actors[other]
        known = [
            self.model.enrolled[key]
            for key, one in laid.order.subjects.items()
            if one.blocked != "OUTSIDE" and key in self.model.enrolled
        ]
        reached = [one for one in known if self.model.reaches(decider, one)]
        if not reached or len(reached) < len(known):
            with pytest.raises(NotAllowed if reached else NotFound):
                approvals.approve(actor, laid.uuid)
            return
        self.asked.remove(laid)
        if not agrees:
            assert approvals.refuse(actor, laid.uuid, "Not now.").state == OrderState.REFUSED
            return
        laid.order.decided = True
        if laid.order.day > today():
            assert approvals.approve(actor, laid.uuid).state == OrderState.WAITING
            self.planned.append(laid)
        else:
            self._settle(laid, lambda: approvals.approve(actor, laid.uuid))

    def _settle(self, laid: Laid, act: Callable[[], OrderView]) -> None:
        self.carry(laid, act)
        self.laid.append(laid)

    # --- corners -------------------------------------------------------------------------------

    @rule(programme=st.sampled_from(("HEADS", "ANYONE")), which=some)
    def take_back_whoever_lives_alone(self, programme: str, which: int) -> None:
        """Of a batch that carried a household as well: that one stays as it is."""
        mine = self._open(programme)
        alone = [one for one in mine if one.home is None and one.person not in self.model.home_of]
        heads = [one for one in mine if one.home is None and one.person in self.model.heads]
        if not alone or not heads:
            return
        loner, head = alone[which % len(alone)], heads[which % len(heads)]
        target = "SUSPENDED" if head.standing.state == "ACTIVE" else "ACTIVE"
        laid = self.move_some(programme, target, (loner, head))
        if laid.batch in self.batches and laid.order.subjects[loner.key].blocked is None:
            at = sorted(laid.order.movers()).index(loner.key)
            self.take_back(which=0, by=0, some=(at,), now=True)

    @rule(programme=st.sampled_from(PROGRAMMES), which=some)
    def fill_the_last_place(self, programme: str, which: int) -> None:
        """Somebody leaves, and one place is free: one of the others takes it."""
        known = self.model.programmes[programme]
        mine = [
            one for one in self._open(programme) if (one.home is not None) == known.by_household
        ]
        active = [one for one in mine if one.standing.state == "ACTIVE"]
        others = [one for one in mine if one.standing.state in ("POTENTIAL", "SUSPENDED")]
        if not active or not others:
            return
        self.move_some(programme, EXITED, (active[which % len(active)],))
        places = sum(one.standing.state == "ACTIVE" for one in mine) + 1
        self._limit(programme, places)
        self.move_some(programme, "ACTIVE", (others[which % len(others)],))
        self._limit(programme, known.capacity)

    def _limit(self, programme: str, places: int | None) -> None:
        known = self.model.programmes[programme]
        self.model.programmes[programme] = replace(known, capacity=places)
        world.limit(programme, places)

    def _open(self, programme: str) -> list[Enrolled]:
        return [
            one
            for one in self.model.enrolled.values()
            if one.programme == programme
            and one.standing.ended_on is None
            and one.person not in self.model.merged
        ]
