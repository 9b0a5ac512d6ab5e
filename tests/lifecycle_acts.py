"""What else happens in a registry whose statuses move: households change, people turn out to be
one, files come and are taken back. The machine with that."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.domain import households as acts
from core.domain.fields import Status
from core.domain.merging import Side
from core.domain.permissions import Actor
from core.errors import Conflict, RegistryError
from core.services import households, lifecycle, merging, rewind, undo
from core.services.merging import Wish
from core.settings import today
from tests import lifecycle_reading as look
from tests import lifecycle_world as world
from tests.importing import Desk
from tests.lifecycle_machine import Machine
from tests.lifecycle_parts import Order
from tests.lifecycle_wishes import PROGRAMMES, Wanted, wishes
from tests.people import EAST, WEST

WHY = "They told us so."
KINDS = ("move", "leave", "join", "split", "merge", "head")


some = st.integers(0, 11)


class ActsMachine(Machine):
    """The managers move statuses, and mona also acts on households and people; brook imports."""

    def __init__(self, folder: Path, brook: Actor) -> None:
        super().__init__()
        self.folder, self.brook = folder, brook
        self.runs: list[UUID] = []
        self.files = 0
        self.brought: list[tuple[str, int]] = []
        """Into which programme each file brought whom."""
        self.acts: dict[int, UUID] = {}
        """What was done to households and people, by the batch in the model."""

    @rule(kind=st.sampled_from(KINDS), which=some, other=some, person=some)
    def change_households(self, kind: str, which: int, other: int, person: int) -> None:
        self._change_households(kind, which, other, person)

    @rule(kind=st.sampled_from(KINDS), which=some, other=some, person=some, wish=wishes)
    def change_households_while_somebody_looks(
        self, kind: str, which: int, other: int, person: int, wish: Wanted
    ) -> None:
        early = self.prepare(wish)
        self._change_households(kind, which, other, person)
        self.carry(early)

    @rule(survivor=some, duplicate=some, stays=st.sampled_from(Side))
    def merge_people(self, survivor: int, duplicate: int, stays: Side) -> None:
        people = sorted(set(self.model.area_of) - set(self.model.merged))
        one, two = people[survivor % len(people)], people[duplicate % len(people)]
        if one != two:
            uuids = look.uuids_of_people()
            self.during(lambda: self._merge(uuids[one], uuids[two], stays))
        if two in self.model.merged:
            mine = [e for e in self.model.enrolled.values() if e.person == two]
            assert all(e.standing.ended_on for e in mine), "a merged person is enrolled nowhere"

    @rule(survivor=some, duplicate=some, programme=st.sampled_from(PROGRAMMES))
    def name_whoever_was_merged(self, survivor: int, duplicate: int, programme: str) -> None:
        """The number of a person who is another one by now leads to that one."""
        self.merge_people(survivor, duplicate, Side.SURVIVOR)
        wish = Wanted(0, programme, "SUSPENDED", "numbers", (0, *range(len(self.model.merged))), 0)
        self.carry(self.prepare(wish))

    @rule(programme=st.sampled_from(PROGRAMMES), status=st.sampled_from(Status), home=some)
    def import_a_file(self, programme: str, status: Status, home: int) -> None:
        self.files += 1
        self.brought.append((programme, self.files))
        number, key = self.files, f"F{home % 3}"
        lines = [
            f"N{number}a,Dede {number},F,{key},head,{EAST}",
            f"N{number}b,Efe {number},M,{key},,{EAST}",
        ]
        text = "\n".join(("ID,Full name,Sex,Household Id,Relationship to head,District", *lines))
        self.during(lambda: self._import(programme, status, text))

    @precondition(lambda self: self.acts)
    @rule(which=some)
    def take_an_act_back(self, which: int) -> None:
        """All of it comes back, the statuses too, or nothing does."""
        serial = sorted(self.acts, reverse=True)[which % len(self.acts)]
        mona, manager = self.actors[0], self.managers[0]
        laid = undo.prepare(mona, self.acts[serial], WHY)
        seen = lifecycle.view(mona, laid)
        try:
            receipt = lifecycle.carry_out(mona, laid)
        except Conflict:
            assert seen.obstacles or seen.staying
            return
        assert not seen.obstacles
        assert seen.rows == receipt.rows > 0
        world.live(self.model)
        order = Order(manager, None, None, today(), WHY, whole=True)
        self.model.lay_undo(order, serial, {})
        undone = self.next_batch()
        moved = self.model.carry_out(order, undone)
        assert receipt.moved == len(moved)
        world.adopt(self.model, undone)
        self.acts[undone] = receipt.batch or UUID(int=0)

    @precondition(lambda self: self.runs)
    @rule(which=some)
    def take_an_import_back(self, which: int) -> None:
        run = self.runs.pop(which % len(self.runs))
        self.during(lambda: self._rewind(run))

    def _change_households(self, kind: str, which: int, other: int, person: int) -> None:
        act = self._household_act(kind, which, other, person)
        if act is not None:
            self.during(lambda: self._do(act))

    # --- in the registry -----------------------------------------------------------------------

    def during(self, act: Callable[[], UUID | None]) -> None:
        """Do something and take over what it did to enrolments; statuses that stand stay."""
        try:
            batch = act()
        except RegistryError:
            return
        serial = self.next_batch()
        world.adopt(self.model, serial)
        if batch is not None:
            self.acts[serial] = batch

    def _do(self, act: acts.Act) -> UUID:
        actor = self.actors[0]
        seen = households.preview(actor, act)
        before = {key: one.version for key, one in self.model.enrolled.items()}
        ruled = {
            code
            for code, one in self.model.programmes.items()
            if one.rule != "NONE" or one.by_household
        }
        named = {act.household, getattr(act, "into", None), getattr(act, "to", None)}
        homes = {key for key, uuid in look.uuids_of_homes().items() if uuid in named}
        concerned = {
            one.key
            for one in self.model.enrolled.values()
            if one.programme in ruled
            and one.standing.ended_on is None
            and (one.home in homes or self.model.home_of.get(one.person) in homes)
        }
        receipt = households.carry_out(actor, act, seen.seen)
        risen = {row.key for row in look.read() if row.version > before.get(row.key, row.version)}
        assert concerned <= risen, "who looked at a household that changed must look again"
        return receipt.batch

    def _merge(self, survivor: UUID, duplicate: UUID, stays: Side) -> UUID:
        wish = Wish(survivor, duplicate, {})
        seen = merging.preview(self.actors[0], wish)
        taken = {line.name: stays for line in seen.enrolments if line.open}
        wish = Wish(survivor, duplicate, taken)
        seen = merging.preview(self.actors[0], wish)
        return merging.merge(self.actors[0], wish, seen.stamp, WHY).batch

    def _import(self, programme: str, status: Status, text: str) -> None:
        desk = Desk(self.brook, self.folder, programme, status)
        self.runs.append(desk.published(text + "\n", key="ID").run)

    def _rewind(self, run: UUID) -> None:
        rewind.rewind(self.brook, run)

    def _household_act(self, kind: str, which: int, other: int, person: int) -> acts.Act | None:
        homes = sorted(set(self.model.home_of.values()))
        if not homes:
            return None
        home, into = homes[which % len(homes)], homes[other % len(homes)]
        living = sorted(p for p, h in self.model.home_of.items() if h == home)
        uuids, addresses = look.uuids_of_people(), look.uuids_of_homes()
        chosen = uuids[living[person % len(living)]]
        heir = uuids[living[(person + 1) % len(living)]]
        told = {"household": addresses[home], "on": _day(other), "reason": WHY}
        made: dict[str, Callable[[], acts.Act]] = {
            "move": lambda: acts.Move(**told, place=WEST if other % 2 else EAST),
            "leave": lambda: acts.MovePeople(**told, people=(chosen,), next_head=heir),
            "join": lambda: acts.MovePeople(
                **told, people=(chosen,), to=addresses[into], next_head=heir
            ),
            "split": lambda: acts.Split(**told, people=(chosen,), head=chosen, next_head=heir),
            "merge": lambda: acts.Merge(**told, into=addresses[into]),
            "head": lambda: acts.ChangeHead(**told, head=chosen),
        }
        return made[kind]()


def _day(number: int) -> date:
    return today() - timedelta(days=number % 3)
