"""What the lifecycle is meant to do, in plain Python without SQL: the machine of
tests/load/test_lifecycle_machine.py holds the registry against it after every step."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from tests.lifecycle_parts import (
    ALL,
    ANY,
    EXITED,
    HEAD,
    NONE,
    Enrolled,
    Manager,
    Order,
    Programme,
    Standing,
    Subject,
    Visit,
)


@dataclass
class Model:
    """The whole registry as far as statuses go. Who lives where is told to it (`live`): it says
    what becomes of statuses, not of addresses."""

    programmes: dict[str, Programme]
    enrolled: dict[int, Enrolled] = field(default_factory=dict)
    area_of: dict[int, int] = field(default_factory=dict)
    home_of: dict[int, int] = field(default_factory=dict)
    heads: set[int] = field(default_factory=set)
    women: set[int] = field(default_factory=set)
    merged: dict[int, int] = field(default_factory=dict)
    gone_homes: set[int] = field(default_factory=set)
    _places: "count[int]" = field(default_factory=lambda: count(1))

    def begin(self, one: Enrolled, batch: int, standing: Standing) -> None:
        """Somebody is enrolled."""
        one.trail = [Visit(batch, next(self._places), standing)]
        self.enrolled[one.key] = one

    def move(self, one: Enrolled, batch: int, goal: Standing, place: int | None = None) -> None:
        """An enrolment goes to another state, or back to one that it had."""
        one.trail.append(Visit(batch, place or next(self._places), goal))

    def reaches(self, by: Manager, one: Enrolled) -> bool:
        return by.areas is None or self.area_of[one.person] in by.areas

    def listed(self, by: Manager) -> list[Enrolled]:
        """Whom the status pages show."""
        return [
            one
            for one in self.enrolled.values()
            if one.person not in self.merged and not one.standing.ended_on and self.reaches(by, one)
        ]

    def named(
        self, by: Manager, programme: str, people: Collection[int], homes: Collection[int]
    ) -> set[int]:
        """Whom registration and household numbers mean: the newest open enrolment, else the
        newest; of people in a programme of households that of their household. The number of
        somebody merged leads to the survivor."""
        people = {self._survivor(person) for person in people}
        many = self.programmes[programme].by_household
        homes = set(homes) | (
            {self.home_of[p] for p in people if p in self.home_of} if many else set()
        )
        groups: dict[tuple[str, int], list[Enrolled]] = {}
        for one in self.enrolled.values():
            if one.programme == programme and self.reaches(by, one):
                if one.home is None and one.person in people:
                    groups.setdefault(("person", one.person), []).append(one)
                if one.home is not None and one.home in homes:
                    groups.setdefault(("home", one.home), []).append(one)
        return {
            max(some, key=lambda one: (one.standing.ended_on is None, one.cycle, one.key)).key
            for some in groups.values()
        }

    def _survivor(self, person: int) -> int:
        while person in self.merged:
            person = self.merged[person]
        return person

    # --- transitions -----------------------------------------------------------------------

    def lay(self, order: Order, wanted: Collection[int], *, by_list: bool) -> None:
        """Lay in whom an order is about. `by_list`: they were picked or numbered, so that those who
        do not move are named too; a filter finds the open ones alone."""
        programme = self.programmes[order.programme or ""]
        follows = programme.rule == ALL and order.target != EXITED
        shown = [
            self.enrolled[key]
            for key in wanted
            if self.enrolled[key].programme == programme.code
            and self.enrolled[key].person not in self.merged
            and self.reaches(order.by, self.enrolled[key])
            and (by_list or self.enrolled[key].standing.ended_on is None)
        ]
        for one in shown:
            if not (follows and one.home is not None):
                self._add(order, one, "CHOSEN", self._home(programme, one), self._why(order, one))
        for key in order.movers():
            if self._is_dead(self.enrolled[key], order):
                order.subjects[key].blocked = "ENDED"
        self._carry(order, programme)
        for one in shown:
            if by_list and follows and one.home is not None:
                self._add(order, one, "CHOSEN", one.home, "FOLLOWS")
        self._fill(order, programme)

    def _home(self, programme: Programme, one: Enrolled) -> int | None:
        if programme.rule == NONE:
            return None
        return one.home if one.home is not None else self.home_of.get(one.person)

    def _add(
        self, order: Order, one: Enrolled, part: str, home: int | None, why: str | None
    ) -> None:
        now = one.standing
        goal = (
            replace(now, ended_on=order.day, exit_reason=order.reason)
            if order.target == EXITED
            else Standing(order.target or "", order.day)
        )
        order.subjects.setdefault(one.key, Subject(one.version, part, home, why, goal))

    def _why(self, order: Order, one: Enrolled) -> str | None:
        """Why somebody stays."""
        moves, now = self.programmes[one.programme].moves, one.standing
        if now.state == order.target:
            return "ALREADY"
        if (now.state, order.target or "") not in moves:
            return "ENDED" if now.ended_on else "NOT_ALLOWED"
        if now.begun > order.day:
            return "LATER"
        for_women = moves[now.state, order.target or ""]
        return "CONDITION" if for_women and one.person not in self.women else None

    def _carry(self, order: Order, programme: Programme) -> None:
        if order.target == EXITED and programme.rule != ALL:
            return
        for home, cycle in self._reached(order, programme):
            for one in list(self.enrolled.values()):
                own = one.home == home
                member = one.home is None and self.home_of.get(one.person) == home
                if (
                    one.programme == programme.code
                    and one.cycle == cycle
                    and one.person not in self.merged
                    and one.standing.state not in (order.target, EXITED)
                    and (own or (member and programme.rule != ALL))
                ):
                    inside = self.reaches(order.by, one)
                    why = self._why(order, one) if inside else "OUTSIDE"
                    self._add(order, one, "CARRIED", home, why)

    def _reached(self, order: Order, programme: Programme) -> set[tuple[int, int]]:
        """The households, with the cycle, that those who move take along."""
        found = set()
        for key, subject in order.subjects.items():
            if subject.part != "CHOSEN" or subject.blocked or subject.home is None:
                continue
            one = self.enrolled[key]
            leads = one.home is not None or one.person in self.heads
            if programme.rule == ANY or (programme.rule == HEAD and leads):
                found.add((subject.home, one.cycle))
            if programme.rule == ALL and one.home is None and self._complete(order, subject, one):
                found.add((subject.home, one.cycle))
        return found

    def _complete(self, order: Order, subject: Subject, mover: Enrolled) -> bool:
        moving = set(order.movers())
        return all(
            one.key in moving or one.standing.state in (order.target, EXITED)
            for one in self.enrolled.values()
            if one.home is None
            and (one.programme, one.cycle) == (mover.programme, mover.cycle)
            and self.home_of.get(one.person) == subject.home
        )

    def _fill(self, order: Order, programme: Programme) -> None:
        """Keep everybody where they are when there are fewer free places than movers."""
        order.free = None
        if programme.capacity is None or order.target != "ACTIVE":
            return

        def counts(one: Enrolled) -> bool:
            return (one.home is not None) == programme.by_household

        asked = sum(counts(self.enrolled[key]) for key in order.movers())
        taken = sum(
            counts(one) and one.standing.state == "ACTIVE"
            for one in self.enrolled.values()
            if one.programme == programme.code
        )
        free = max(0, programme.capacity - taken)
        if asked:
            order.free = free
        if asked > free:
            for key in order.movers():
                order.subjects[key].blocked = "CAPACITY"

    # --- undo ------------------------------------------------------------------------------

    def lay_undo(
        self, order: Order, batch: int, parts: Mapping[int, tuple[str, int | None]]
    ) -> None:
        """Lay in everybody whose status a batch changed; `parts` says how they came into it."""
        for one in self.enrolled.values():
            at = next((n for n, visit in enumerate(one.trail) if visit.batch == batch), None)
            if at is None:
                continue
            part, home = parts.get(one.key, ("CHOSEN", None))
            back = one.trail[max(at - 1, 0)]
            why = self._why_not_back(one, at)
            if why is None and self._is_dead(one, order) and not back.standing.ended_on:
                why = "MOVED_SINCE"
            if not self.reaches(order.by, one):
                why = "OUTSIDE"
            order.subjects[one.key] = Subject(
                one.version, part, home, why, back.standing, back.place
            )

    def _why_not_back(self, one: Enrolled, at: int) -> str | None:
        here = one.trail[-1].place
        if at == 0:
            return "BEGAN"
        if here == one.trail[at].place:
            return None
        return "UNDONE" if here == one.trail[at - 1].place else "MOVED_SINCE"

    # --- the act ---------------------------------------------------------------------------

    def carry_out(self, order: Order, batch: int) -> list[int]:
        """Move whoever may still move; return them."""
        for key, subject in order.subjects.items():
            self._look_again(order, key, subject)
        if order.target:
            programme = self.programmes[order.programme or ""]
            if programme.rule != NONE:
                self._leave_behind(order, programme)
            self._fill(order, programme)
        order.done = True
        for key in order.movers():
            one, subject = self.enrolled[key], order.subjects[key]
            self.move(one, batch, subject.goal, subject.place)
            one.version += 1
        return order.movers()

    def _look_again(self, order: Order, key: int, subject: Subject) -> None:
        """What has changed since it was looked at stays."""
        one = self.enrolled.get(key)
        if subject.blocked == "CAPACITY":
            subject.blocked = None
        if subject.blocked is None and (one is None or one.version != subject.version):
            subject.blocked = "MOVED"
        if one is not None and subject.blocked is None and not subject.goal.ended_on:
            subject.blocked = "MOVED" if self._is_dead(one, order) else None
        if not (order.by.areas is None if one is None else self.reaches(order.by, one)):
            subject.blocked = "OUTSIDE"
        elif one is not None and subject.blocked is None and order.target:
            subject.blocked = self._why(order, one)

    def _is_dead(self, one: Enrolled, order: Order) -> bool:
        """Whether what has ended stays so, because its record was merged away."""
        gone = one.person in self.merged or one.home in self.gone_homes
        return gone and one.standing.ended_on is not None and not order.whole

    def _leave_behind(self, order: Order, programme: Programme) -> None:
        """Nobody is carried by somebody who stays."""
        reached = {home for home, _cycle in self._reached(order, programme)}
        for subject in order.subjects.values():
            left = subject.part == "CARRIED" and subject.home not in reached
            if left and subject.blocked is None:
                subject.blocked = "LEADER"

    def search_for(self, keys: Iterable[int]) -> set[int]:
        """Whose search entries show a status of these."""
        some = [self.enrolled[key] for key in keys]
        homes = {one.home for one in some if one.home is not None}
        return {one.person for one in some} | {
            person for person, home in self.home_of.items() if home in homes
        }
