"""The machine that acts on a registry and on its model at once, and compares the two."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.fields import Status
from core.domain.lifecycle import OrderState, State
from core.errors import NotFound
from core.services import beneficiaries, lifecycle, undo
from core.services.lifecycle import Asked, Chosen, OrderView
from core.settings import today
from core.storage import integrity
from core.storage.database import reading
from tests import lifecycle_reading as look
from tests import lifecycle_world as world
from tests.lifecycle_parts import EXITED, Enrolled, Manager, Order
from tests.lifecycle_wishes import PROGRAMMES, Wanted, picks, wishes
from tests.people import EAST

STEPS = 25
SHORTEN = (Phase.shrink,) if os.environ.get("CASELOAD_SHRINK") else ()
"""The shortest history that fails takes hours to find: CASELOAD_SHRINK=1 looks for it."""


def settings_for(histories: int, steps: int = STEPS) -> settings:
    """How many histories to try, of how many steps: the same ones every time while they are few."""
    return settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        derandomize=histories < 100,
        database=None,
        phases=(Phase.generate, *SHORTEN),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@dataclass
class Laid:
    """An order in the registry and in the model."""

    uuid: UUID
    order: Order
    batch: int
    undo_of: int | None = None
    receipt: OrderView | None = None


class Machine(RuleBasedStateMachine):
    """Two managers at work: mona looks after everything, elif after one district."""

    def __init__(self) -> None:
        super().__init__()
        world.empty()
        self.model = world.build(capacity=8)
        east = world.area(EAST)
        self.managers = (Manager("mona", None), Manager("elif", frozenset({east})))
        self.actors = tuple(world.load(one.name) for one in self.managers)
        self.laid: list[Laid] = []
        self.parts: dict[int, dict[int, tuple[str, int | None]]] = {}
        self.batches: dict[int, UUID] = {}
        self.serial = 0
        self.about = PROGRAMMES[0]

    def next_batch(self) -> int:
        self.serial += 1
        return self.serial

    # --- what somebody does ------------------------------------------------------------------

    @initialize(programme=st.sampled_from(PROGRAMMES))
    def be_about(self, programme: str) -> None:
        self.about = programme

    @rule(wish=wishes)
    def move(self, wish: Wanted) -> None:
        self.carry(self.prepare(wish))

    @rule(wish=wishes)
    def only_look(self, wish: Wanted) -> None:
        """A move is looked at, to be carried out later if at all."""
        self.prepare(wish)

    @rule(first=wishes, second=wishes, same=st.booleans())
    def move_while_somebody_else_looks(self, first: Wanted, second: Wanted, same: bool) -> None:
        """Two are after the same programme; with `same` the one whom the first chose leaves it."""
        late = replace(second, programme=first.programme)
        if same:
            first = replace(first, how="picks", picks=first.picks[:1], days=0)
            late = replace(first, by=0, target=EXITED)
        early = self.prepare(first)
        self.carry(self.prepare(late))
        self.carry(early)

    @rule(wish=wishes, undos=st.integers(1, 3))
    def move_there_and_back(self, wish: Wanted, undos: int) -> None:
        """A move is taken back, and perhaps its undo too, and so on."""
        laid = self.prepare(wish)
        self.carry(laid)
        for _undo in range(undos):
            if laid.batch in self.batches:
                self.take_back(which=0, by=0, some=None, now=True)

    @precondition(lambda self: self.laid)
    @rule(which=st.integers(0, 5))
    def carry_out_later(self, which: int) -> None:
        """An order of some time ago is carried out, or asked for again."""
        waiting = [one for one in self.laid if one.receipt is None] or self.laid
        self.carry(waiting[which % len(waiting)])

    @precondition(lambda self: self.batches)
    @rule(which=st.integers(0, 7), by=st.sampled_from((0, 0, 1)), some=st.none() | picks,
          now=st.sampled_from((True, True, False)))  # fmt: skip
    def take_back(self, which: int, by: int, some: tuple[int, ...] | None, now: bool) -> None:
        laid = self.prepare_undo(which, by, some)
        if laid is not None and now:
            self.carry(laid)

    def prepare(self, wish: Wanted) -> Laid:
        wish = replace(wish, programme=wish.programme or self.about)
        by, actor = self.managers[wish.by], self.actors[wish.by]
        reason = "WITHDREW" if wish.target == EXITED else "Reviewed"
        chosen, keys = self._choose(wish)
        asked = Asked(wish.programme or "", State(wish.target), reason, effective_on=wish.day)
        order = Order(by, wish.programme, wish.target, wish.day, reason)
        self.model.lay(order, keys, by_list=wish.how in ("picks", "numbers"))
        uuid = lifecycle.prepare(actor, asked, chosen)
        compare(lifecycle.view(actor, uuid), order)
        laid = Laid(uuid, order, self.next_batch())
        self.laid.append(laid)
        return laid

    def _choose(self, wish: Wanted) -> tuple[Chosen, Sequence[int]]:
        """Return who is chosen, for the registry and for the model."""
        enrolled = list(self.model.enrolled.values())
        if wish.how == "all":
            return Chosen(criteria=EVERYBODY), [one.key for one in enrolled]
        if wish.how == "status":
            status = list(Status)[wish.picks[0] % 4].value
            some = [one.key for one in enrolled if one.standing.status == status]
            return Chosen(criteria=where("status", Op.IS, status)), some
        if wish.how == "numbers":
            return self._choose_by_numbers(wish)
        mine = [one for one in enrolled if one.programme == wish.programme]
        found = {mine[pick % len(mine)].key for pick in wish.picks}
        uuids = [row.uuid for row in look.read() if row.key in found]
        return Chosen(enrolments=uuids), sorted(found)

    def _choose_by_numbers(self, wish: Wanted) -> tuple[Chosen, Sequence[int]]:
        homes = sorted(set(self.model.home_of.values()))
        # Those who were merged first: their old numbers are the ones that may lead nowhere.
        people = sorted(self.model.area_of, key=lambda one: (one not in self.model.merged, one))
        persons = {people[pick % len(people)] for pick in wish.picks[1:]}
        home = {homes[wish.picks[0] % len(homes)]} if homes else set()
        numbers = [*look.numbers_of(persons, home), "P999"]
        found = self.model.named(self.managers[wish.by], wish.programme or "", persons, home)
        return Chosen(numbers=numbers), sorted(found)

    def prepare_undo(self, which: int, by: int, some: tuple[int, ...] | None) -> Laid | None:
        serials = sorted(self.batches, reverse=True)
        serial = serials[which % len(serials)]
        manager, actor = self.managers[by], self.actors[by]
        order = Order(manager, None, None, today(), "Wrong list")
        self.model.lay_undo(order, serial, self.parts[serial])
        reached = any(self.model.reaches(manager, self.model.enrolled[k]) for k in order.subjects)
        chosen = None
        if some is not None and order.subjects:
            keys = sorted(order.subjects)
            kept = {keys[pick % len(keys)] for pick in some}
            chosen = Chosen(enrolments=[row.uuid for row in look.read() if row.key in kept])
            order.keep(kept)
        try:
            uuid = undo.prepare(actor, self.batches[serial], "Wrong list", chosen)
        except NotFound:
            assert not reached
            assert by == 1
            return None
        compare(lifecycle.view(actor, uuid), order)
        laid = Laid(uuid, order, self.next_batch(), undo_of=serial)
        self.laid.append(laid)
        return laid

    def carry(self, laid: Laid, act: Callable[[], OrderView] | None = None) -> None:
        """Carry an order out, or let somebody else do so by `act`."""
        actor = self.actors[self.managers.index(laid.order.by)]
        if laid.receipt is not None:
            assert lifecycle.carry_out(actor, laid.uuid) == laid.receipt
            return
        world.forget_waiting()
        kind = "transition" if laid.order.target else "undo"
        acts, _last = look.newest(kind)
        moved = self.model.carry_out(laid.order, laid.batch)
        receipt = act() if act else lifecycle.carry_out(actor, laid.uuid)
        laid.receipt = receipt
        compare(receipt, laid.order)
        assert (receipt.state, receipt.batch is not None) == (OrderState.DONE, bool(moved))
        logged, told = look.newest(kind)
        assert logged == acts + bool(moved), "an act is in the log once"
        if receipt.batch is None:
            return
        counts, changes = look.batch_of(receipt.batch)
        same = {name: laid.order.counts()[name] for name in ("moved", "carried")}
        assert counts == same == {name: told[name] for name in same}
        assert changes == len(moved), "the receipt counts the statuses that changed"
        assert look.waiting() == self.model.search_for(moved), "search is told"
        self.batches[laid.batch] = receipt.batch
        self.parts[laid.batch] = {
            key: (one.part, one.home) for key, one in laid.order.subjects.items()
        }

    def move_some(self, programme: str, target: str, who: Iterable[Enrolled]) -> Laid:
        """Mona moves some now."""
        mine = [one for one in self.model.enrolled.values() if one.programme == programme]
        picks = tuple(mine.index(one) for one in who)
        laid = self.prepare(Wanted(0, programme, target, "picks", picks, 0))
        self.carry(laid)
        return laid

    # --- what always holds -------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        """The registry says what the model says, so does the replayed log, every rule holds, and
        the status pages count everybody once."""
        rows = look.read()
        stands = {row.key: row.standing for row in rows}
        assert stands == {key: one.standing for key, one in self.model.enrolled.items()}
        assert {row.key: row.version for row in rows} == {
            key: one.version for key, one in self.model.enrolled.items()
        }
        assert look.replay() == stands, "the log leads to where everybody stands"
        with reading() as db:
            breaches = integrity.find_breaches(db)
        assert breaches == [], f"broken: {breaches}"
        for manager, actor in zip(self.managers, self.actors, strict=True):
            shown = Counter(one.standing.status for one in self.model.listed(manager))
            found = beneficiaries.count_by(actor, EVERYBODY, "status")
            assert {str(status): many.enrolments for status, many in found} == shown


def compare(view: OrderView, order: Order) -> None:
    """Fail unless a preview or a receipt says what the model does."""
    said = {
        "moved": view.moved,
        "carried": view.carried,
        "households": view.households,
        "blocked": {str(why): many for why, many in view.blocked.items()},
        "stay": {str(why): many for why, many in view.stay.items()},
        "free_places": view.free_places,
    }
    assert said == order.counts(), f"said {said}, meant {order.counts()}"
