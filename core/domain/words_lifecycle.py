"""Moves, orders and batches in the reader's language."""

from collections.abc import Callable

from core.domain.exit_words import name_exit
from core.domain.lifecycle import Block, HouseholdRule, OrderState, State
from core.text import _, speak

Say = Callable[[], str]
_STATES: dict[State, Say] = {
    State.POTENTIAL: lambda: _("Potential"),
    State.ACTIVE: lambda: _("Active"),
    State.SUSPENDED: lambda: _("Suspended"),
    State.GRADUATED: lambda: _("Graduated"),
    State.EXITED: lambda: _("Ended"),
}
_BLOCKS: dict[Block, Say] = {
    Block.OUTSIDE: lambda: _("Outside the areas and programmes you look after"),
    Block.ENDED: lambda: _("The enrolment has ended"),
    Block.ALREADY: lambda: _("Already in that status"),
    Block.NOT_ALLOWED: lambda: _("The programme has no move from their status to that one"),
    Block.LATER: lambda: _("Their present status began after the effective date"),
    Block.CONDITION: lambda: _("The programme’s condition for this move is not met"),
    Block.FOLLOWS: lambda: _("The household moves once all its members have"),
    Block.CAPACITY: lambda: _("The programme has too few free places for all of them"),
    Block.MOVED: lambda: _("Somebody else has changed it since you looked"),
    Block.LEADER: lambda: _("The one whose move would have carried them stays"),
    Block.MOVED_SINCE: lambda: _("Has moved on since"),
    Block.UNDONE: lambda: _("Is taken back already"),
    Block.BEGAN: lambda: _("The enrolment began with it: there is nothing to go back to"),
}
_ORDERS: dict[OrderState, Say] = {
    OrderState.DRAFT: lambda: _("not carried out yet"),
    OrderState.ASKED: lambda: _("waits for approval"),
    OrderState.WAITING: lambda: _("waits for its day"),
    OrderState.DONE: lambda: _("carried out"),
    OrderState.REFUSED: lambda: _("refused"),
    OrderState.CANCELLED: lambda: _("cancelled"),
    OrderState.FAILED: lambda: _("failed"),
}
_RULES: dict[HouseholdRule, Say] = {
    HouseholdRule.NONE: lambda: _("Each moves alone; nobody is carried along."),
    HouseholdRule.HEAD: lambda: _("The move of a head of household carries the whole household."),
    HouseholdRule.ANY: lambda: _("The move of any member carries the whole household."),
    HouseholdRule.ALL: lambda: _("A household moves once all its members have."),
}
KINDS: dict[str, Say] = {
    "transition": lambda: _("Change of status"),
    "undo": lambda: _("Undo"),
    "transition.undo": lambda: _("Undo"),
    "import": lambda: _("Import"),
    "rewind": lambda: _("Import taken back"),
    "rewind_undo": lambda: _("Import brought back"),
    "demo": lambda: _("Demo data"),
    "household.move": lambda: _("Household moved to another place"),
    "household.split": lambda: _("Household split"),
    "household.merge": lambda: _("Households merged"),
    "household.head": lambda: _("Head of household changed"),
    "household.join": lambda: _("Somebody joined a household"),
    "household.leave": lambda: _("Somebody left a household"),
    "people.merge": lambda: _("People merged"),
    "programme.change": lambda: _("Programme changed"),
    "cycle.roll_over": lambda: _("Taken over into the next cycle"),
}


def say_state(state: str) -> str:
    return _STATES[State(state)]()


def say_target(target: str) -> str:
    """Return a state as something to choose: an exit says what it does."""
    return _("Exit: the enrolment ends") if target == State.EXITED else say_state(target)


def say_reason(reason: str | None) -> str:
    """Return a reason as people read it: a code as its words, anything else as it was written."""
    return speak(name_exit(reason)) if reason else "–"


def say_block(block: str) -> str:
    return _BLOCKS[Block(block)]()


def say_order(state: str) -> str:
    return _ORDERS[OrderState(state)]()


def say_rule(rule: str) -> str:
    return _RULES[HouseholdRule(rule)]()


def say_kind(kind: str) -> str:
    """Return what an act was; a kind that nobody named here as its code."""
    return KINDS[kind]() if kind in KINDS else kind
