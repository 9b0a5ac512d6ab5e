"""Whom a move is about: the address holds it, as picked enrolments, a filter or nothing yet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.domain.criteria import Criteria, Op, both, parse, to_json, where
from core.domain.fields import Status
from core.domain.lifecycle import State
from core.domain.words import describe
from core.domain.words_lifecycle import say_state
from core.errors import InvalidCriteria, InvalidInput
from core.services.lifecycle import MOST_PICKED
from core.text import _, show_number
from core.ui import address
from core.ui.widgets import list_filters
from core.ui.widgets.amounts import say_enrolments

PAGE = "transition"
Query = dict[str, list[str]]
STATUS, PICK, PROGRAMME, OF = "status", "pick", "programme", "of"
"""The names in the address: the status they stand in, those picked, the programmes of the filter,
and the one of these that the move is of."""
RULE, TARGET, PERSON = "rule", "target", "person"
"""The same of a rule for whom it is, as JSON beside the filters, of the state proposed, and of the
person where one alone is picked."""


@dataclass(frozen=True)
class Who:
    """Those picked, or everybody who fits; neither where a list of numbers is yet to be given."""

    picks: tuple[UUID, ...] = ()
    criteria: Criteria | None = None
    state: State | None = None
    programmes: tuple[str, ...] = ()

    @property
    def befores(self) -> frozenset[State]:
        return frozenset({self.state} if self.state else ())


def read_who() -> Who:
    """Return whom the address means; raises InvalidCriteria for what cannot be understood."""
    state, programmes = _read_state(), tuple(address.read_all(PROGRAMME))
    if picks := read_picks():
        return Who(picks, None, state, programmes)
    if state is None or state is State.EXITED:
        return Who(programmes=programmes)
    return Who((), both(where(STATUS, Op.IS, state.value), *_read_filters()), state, programmes)


def _read_filters() -> list[Criteria]:
    found = [one.criteria for one in list_filters.read_filters()]
    if text := address.read(RULE):
        try:
            found.append(parse(json.loads(text)))
        except (ValueError, RecursionError):
            raise InvalidCriteria("The filter in the address cannot be read.") from None
    return found


def _read_state() -> State | None:
    code = address.read(STATUS)
    if code and code not in set(State):
        raise InvalidInput("“{code}” in the address is no status.", code=code[:50])
    return State(code) if code else None


def read_picks() -> tuple[UUID, ...]:
    """Return the enrolments that the address picks."""
    try:
        found = tuple(dict.fromkeys(UUID(one) for one in address.read_all(PICK)))
    except ValueError:
        raise InvalidInput("The address names nobody. Choose the people again.") from None
    if len(found) > MOST_PICKED:
        raise InvalidInput("Choose between 1 and {most} people.", most=MOST_PICKED)
    return found


def picked_query(
    status: str, programmes: Sequence[str], picks: Sequence[object], person: object = None
) -> Query:
    """Return the address of a move of those picked from a list; `person` is who they are where
    one alone is picked."""
    return {
        STATUS: [status],
        PROGRAMME: list(dict.fromkeys(programmes)),
        PICK: [str(one) for one in picks],
        **({PERSON: [str(person)]} if person else {}),
    }


def numbers_query() -> Query:
    """Return the address of a move of a list of numbers: of the programmes filtered here."""
    programmes = address.read_all(PROGRAMME)
    return {PROGRAMME: programmes} if programmes else {}


def filtered_query(status: Status) -> Query:
    """Return the address of a move of everybody who fits the filters of this page."""
    return {**list_filters.as_query(), STATUS: [status.value]}


def rule_query(programme: str, status: Status, rule: Criteria, target: State) -> dict[str, str]:
    """Return the address of a move to `target` of everybody in a status for whom a rule holds."""
    written = json.dumps(to_json(rule), ensure_ascii=False, separators=(",", ":"))
    return {
        STATUS: status.value, PROGRAMME: programme, RULE: written, TARGET: target.value
    }  # fmt: skip


def say_who(who: Who, found: int | None, places: Mapping[str, str]) -> str:
    """Return whom a move is about, in words; `found` is how many fit a filter."""
    if who.picks:
        number = len(who.picks)
        return _("1 selected") if number == 1 else _("{n} selected", n=show_number(number))
    if who.criteria is None:
        return _("A list of numbers")
    filters = _read_filters()
    said = describe(both(*filters), places) if filters else _("No filter")
    standing = say_state(who.state) if who.state else ""
    return f"{say_enrolments(found or 0)} · {standing} · {said}"
