"""What the lifecycle is meant to do with an order that has waited for its day or for a second
person, and with the statuses of a file, in plain Python."""

from collections.abc import Mapping
from datetime import date

from tests import lifecycle_model
from tests.lifecycle_parts import ALL, EXITED, Enrolled, Order, Programme, Standing, Subject


class Model(lifecycle_model.Model):
    """The whole model."""

    def carry_out(self, order: Order, batch: int) -> list[int]:
        """Move whoever may move by now; return them. An undo is never laid anew."""
        if order.waited and order.target:
            self.lay_again(order)
        return super().carry_out(order, batch)

    def lay_again(self, order: Order) -> None:
        """Lay the same chosen people, and whom they carry now. Who has changed since stays; where
        somebody agreed to the order, so does whoever they did not agree to."""
        programme = self.programmes[order.programme or ""]
        follows = programme.rule == ALL and order.target != EXITED
        known, order.subjects = order.subjects, {}
        chosen = [
            self.enrolled[key]
            for key, one in known.items()
            if one.part == "CHOSEN" and key in self.enrolled
        ]
        shown = [
            one for one in chosen if one.person not in self.merged and self.reaches(order.by, one)
        ]
        for one in shown:
            if not (follows and one.home is not None):
                self._add(order, one, "CHOSEN", self._home(programme, one), self._why(order, one))
        self._keep_changed(order, known)
        self._carry(order, programme)
        for one in shown:
            if follows and one.home is not None:
                self._add(order, one, "CHOSEN", one.home, "FOLLOWS")
        self._keep_changed(order, known)
        self._name_lost(order, known)

    def _keep_changed(self, order: Order, known: Mapping[int, Subject]) -> None:
        for key, one in order.subjects.items():
            before = known.get(key)
            if one.blocked is None and order.decided:
                one.blocked = "MOVED" if before is None else before.blocked
            if one.blocked is None and before is not None and before.version != one.version:
                one.blocked = "MOVED"

    def _name_lost(self, order: Order, known: Mapping[int, Subject]) -> None:
        """Whoever is not reached any more is still named."""
        for key, before in known.items():
            if key in order.subjects:
                continue
            one = self.enrolled.get(key)
            if one is not None and one.person in self.merged:
                before.blocked = "MOVED"
            elif one is None or before.part == "CHOSEN":
                before.blocked = "OUTSIDE"
            elif one.version != before.version:
                before.blocked = "MOVED"
            else:
                before.blocked = before.blocked or "LEADER"
            order.subjects[key] = before

    def bring(self, programme: str, wanted: Mapping[int, str], batch: int, day: date) -> None:
        """Move people as a file says of each, nobody along with them."""
        known = self.programmes[programme]
        movers = [
            (one, status)
            for person, status in wanted.items()
            for one in self._newest(known, person)
            if self._may_be_brought(known, one, status, day)
        ]
        if known.capacity is not None:
            taken = sum(
                one.standing.state == "ACTIVE"
                for one in self.enrolled.values()
                if one.programme == programme and (one.home is not None) == known.by_household
            )
            freed = sum(one.standing.state == "ACTIVE" for one, _status in movers)
            asked = sum(status == "ACTIVE" for _one, status in movers)
            if asked > max(0, known.capacity - taken + freed):
                movers = [(one, status) for one, status in movers if status != "ACTIVE"]
        for one, status in movers:
            self.move(one, batch, Standing(status, day))
            one.version += 1

    def _newest(self, known: Programme, person: int) -> list[Enrolled]:
        """The enrolments that a status in a file is about: open ones first, of the last cycle."""

        def rank(one: Enrolled) -> tuple[bool, int]:
            return one.standing.ended_on is None, one.cycle

        mine = [
            one
            for one in self.enrolled.values()
            if (one.programme, one.person) == (known.code, person)
            and (one.home is not None) == known.by_household
        ]
        best = max(map(rank, mine), default=None)
        return [one for one in mine if rank(one) == best]

    def _may_be_brought(self, known: Programme, one: Enrolled, status: str, day: date) -> bool:
        now = one.standing
        if now.ended_on is not None or (now.status, status) not in known.moves or now.since > day:
            return False
        return one.person in self.women or not known.moves[now.status, status]
