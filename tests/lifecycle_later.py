"""Going over into the next cycle and back, and statuses that a file brings and its rewind takes
back: the machine with that."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.domain.criteria import EVERYBODY
from core.domain.fields import Status
from core.domain.permissions import Actor
from core.errors import RegistryError
from core.etl.choices import Mapping as Columns
from core.services import cycles, imports, lifecycle, rewind, undo
from core.settings import today
from core.storage.lifecycle.cycles import RollOver
from tests import lifecycle_reading as look
from tests import lifecycle_world as world
from tests.importing import Desk
from tests.lifecycle_acts import WHY, ActsMachine, some
from tests.lifecycle_machine import compare
from tests.lifecycle_parts import Enrolled, Order, Standing, Subject
from tests.lifecycle_wishes import PROGRAMMES

two_statuses = st.tuples(st.sampled_from(Status), st.sampled_from(Status))


@dataclass
class Rolled:
    """A batch of a roll-over, or of an undo of it and so on. `newer` leads from each old enrolment
    to the new one; `out` says that the batch took the new ones out, which `gone` keeps until they
    are brought back."""

    batch: UUID
    serial: int
    ends: bool
    newer: Mapping[int, int]
    parts: Mapping[int, tuple[str, int | None]]
    out: bool = False
    gone: dict[int, Enrolled] = field(default_factory=dict)


class LaterMachine(ActsMachine):
    """Mona takes people over into the second cycle, and brook's files bring statuses as well."""

    def __init__(self, folder: Path, brook: Actor) -> None:
        super().__init__(folder, brook)
        self.rolled: list[Rolled] = []
        self.statuses: dict[int, UUID] = {}
        """The runs that brought statuses, by the batch in the model."""

    # --- cycles --------------------------------------------------------------------------------

    @rule(programme=st.sampled_from(PROGRAMMES), ends=st.booleans())
    def roll_over(self, programme: str, ends: bool) -> None:
        """Everybody who is still in the first cycle goes on in the second."""
        mona, known = self.actors[0], set(self.model.enrolled)
        order = cycles.prepare(mona, programme, RollOver(1, EVERYBODY, None, ends))
        receipt = lifecycle.carry_out(mona, order)
        rows = {(row.programme, row.cycle, row.person, row.home): row for row in look.read()}
        new = [row for row in rows.values() if row.key not in known]
        assert len(new) == receipt.moved + receipt.carried
        if receipt.batch is None:
            return
        newer = {rows[programme, 1, row.person, row.home].key: row.key for row in new}
        before = {key: self.model.enrolled[key].standing for key in newer}
        serial = self.next_batch()
        world.adopt(self.model, serial)
        for key, standing in before.items():
            old, one = self.model.enrolled[key], self.model.enrolled[newer[key]]
            assert standing.ended_on is None
            assert one.standing == Standing(standing.status, today())
            assert (old.standing.exit_reason == "NEXT_CYCLE") == ends
        self.rolled.append(Rolled(receipt.batch, serial, ends, newer, self._parts(newer)))

    def _parts(self, keys: Mapping[int, int]) -> dict[int, tuple[str, int | None]]:
        """Everybody is chosen; a household whose person was merged away goes with its members."""
        ones = [self.model.enrolled[key] for key in keys]
        gone = self.model.merged
        return {one.key: ("CARRIED" if one.person in gone else "CHOSEN", one.home) for one in ones}

    @precondition(lambda self: self.rolled)
    @rule(which=some)
    def take_a_roll_over_back(self, which: int) -> None:
        """Or bring back what taking it back took out."""
        newest = self.rolled[::-1]
        self._take_over_back(newest[which % len(newest)])

    @rule(programme=st.sampled_from(PROGRAMMES), ends=st.booleans(), which=some, undos=some)
    def go_over_and_back(self, programme: str, ends: bool, which: int, undos: int) -> None:
        """One of those who went over moves on first, and stays."""
        many = len(self.rolled)
        self.roll_over(programme, ends)
        if len(self.rolled) == many:
            return
        keys = sorted(self.rolled[-1].newer.values())
        self.move_one(programme, keys[which % len(keys)])
        for _undo in range(1 + undos % 3):
            self._take_over_back(self.rolled[-1])

    def move_one(self, programme: str, key: int) -> None:
        one = self.model.enrolled[key]
        target = "SUSPENDED" if one.standing.state == "ACTIVE" else "ACTIVE"
        self.move_some(programme, target, (one,))

    def _take_over_back(self, one: Rolled) -> None:
        mona, order = self.actors[0], Order(self.managers[0], None, None, today(), WHY)
        self._lay_back(order, one)
        uuid = undo.prepare(mona, one.batch, WHY)
        compare(lifecycle.view(mona, uuid), order)
        receipt = lifecycle.carry_out(mona, uuid)
        compare(receipt, order)
        goes = order.movers()
        assert (receipt.batch is None) == (not goes)
        if receipt.batch is None:
            return
        serial, gone = self.next_batch(), dict[int, Enrolled]()
        if one.ends:
            self.model.carry_out(order, serial)
        for key in goes:
            new = one.newer[key]
            if one.out:
                self.model.enrolled[new] = one.gone.pop(new)
            else:
                gone[new] = self.model.enrolled.pop(new)
        newer = {key: one.newer[key] for key in goes}
        self.rolled.append(
            Rolled(receipt.batch, serial, one.ends, newer, one.parts, not one.out, gone)
        )

    def _lay_back(self, order: Order, one: Rolled) -> None:
        """Who goes back: each old enrolment whose new one may leave, or may come again."""
        if one.ends:
            self.model.lay_undo(order, one.serial, one.parts)
        else:
            order.subjects = {
                key: Subject(old.version, *one.parts[key], None, old.standing)
                for key, old in self.model.enrolled.items()
                if key in one.newer
            }
        order.subjects = {key: its for key, its in order.subjects.items() if key in one.newer}
        bound = look.bound()
        for key, its in order.subjects.items():
            if its.blocked is None and not self._may_go(one, self.model.enrolled[key], bound):
                its.blocked = "MOVED_SINCE"

    def _may_go(self, one: Rolled, old: Enrolled, bound: set[int]) -> bool:
        key = one.newer[old.key]
        new = one.gone.get(key) if one.out else self.model.enrolled.get(key)
        if new is None or _subject(new) != _subject(old):
            return False
        if not one.out:
            return len(new.trail) == 1 and key not in bound
        there = (
            (other.programme, other.cycle, _subject(other))
            for other in self.model.enrolled.values()
        )
        mine = (new.programme, new.cycle, _subject(new))
        return mine not in there and new.person not in self.model.merged

    # --- statuses of a file ----------------------------------------------------------------------

    @precondition(lambda self: self.brought)
    @rule(which=some, statuses=two_statuses)
    def import_statuses(self, which: int, statuses: tuple[Status, Status]) -> None:
        """Whom a file brought, another says to be elsewhere: each moves as the programme allows."""
        self._bring(*self.brought[which % len(self.brought)], statuses)

    @precondition(lambda self: self.statuses)
    @rule(which=some, again=st.booleans())
    def take_statuses_back(self, which: int, again: bool) -> None:
        serials = sorted(self.statuses, reverse=True)
        self._take_statuses_back(serials[which % len(serials)], again=again)

    @rule(programme=st.sampled_from(PROGRAMMES), statuses=two_statuses, again=st.booleans())
    def import_statuses_and_back(
        self, programme: str, statuses: tuple[Status, Status], again: bool
    ) -> None:
        self.import_a_file(programme, Status.ACTIVE, 1)
        serial = self._bring(*self.brought[-1], statuses)
        if serial is not None:
            self._take_statuses_back(serial, again=again)

    def _bring(self, programme: str, number: int, statuses: tuple[Status, Status]) -> int | None:
        names = ((f"N{number}a", f"Dede {number},F"), (f"N{number}b", f"Efe {number},M"))
        lines = [
            f"{key},{said},{status.value}\n"
            for (key, said), status in zip(names, statuses, strict=True)
        ]
        desk = Desk(self.brook, self.folder, programme, Status.POTENTIAL)
        people = [look.person_with(key) for key, _said in names]
        try:
            run = self._publish(desk, "ID,Full name,Sex,Status\n" + "".join(lines))
        except RegistryError:
            return None
        serial = self.next_batch()
        # The second row of somebody who was merged since is held: the first counts.
        wanted = {
            person: status.value
            for person, status in reversed(list(zip(people, statuses, strict=True)))
            if person is not None
        }
        self.model.bring(programme, wanted, serial, today())
        world.adopt(self.model, serial)
        self.statuses[serial] = run
        return serial

    def _publish(self, desk: Desk, text: str) -> UUID:
        run = desk.start(text, key="ID")
        mapping = imports.describe(desk.actor, run).document.mapping
        assert mapping is not None
        columns = dict(mapping.columns)
        columns["Status"] = replace(columns["Status"], policy="file")
        imports.set_mapping(desk.actor, run, Columns(columns), "ID")
        imports.check(desk.actor, run)
        return imports.publish(desk.actor, run).run

    def _take_statuses_back(self, serial: int, *, again: bool) -> None:
        run = self.statuses.pop(serial)
        order = self._order_back(serial)
        try:
            batch = rewind.rewind(self.brook, run).batch
        except RegistryError:
            assert not order.movers(), "a status that stands goes back with its file"
            return
        undone = self._take_over(order)
        if again:
            order = self._order_back(undone)
            rewind.undo_rewind(self.brook, batch)
            self.statuses[self._take_over(order)] = run

    def _order_back(self, serial: int) -> Order:
        order = Order(self.managers[0], None, None, today(), WHY, whole=True)
        self.model.lay_undo(order, serial, {})
        return order

    def _take_over(self, order: Order) -> int:
        serial = self.next_batch()
        self.model.carry_out(order, serial)
        world.adopt(self.model, serial)
        return serial


def _subject(one: Enrolled) -> int:
    return one.person if one.home is None else -one.home
