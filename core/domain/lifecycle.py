"""The life of an enrolment: where it may stand, which moves a programme allows, and why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.domain.criteria import Criteria, parse, to_json
from core.domain.fields import Status
from core.errors import InvalidInput

LONGEST_REASON, LONGEST_NOTE = 200, 500
CONFIRM_ABOVE = 100
"""Above so many subjects the number has to be typed before anything moves."""


class State(StrEnum):
    """Where an enrolment stands: one of the four statuses while it is open, or ended."""

    POTENTIAL = "POTENTIAL"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    GRADUATED = "GRADUATED"
    EXITED = "EXITED"


class ExitReason(StrEnum):
    """Why an enrolment ended; an exit is not a graduation."""

    DECEASED = "DECEASED"
    MOVED = "MOVED"
    INELIGIBLE = "INELIGIBLE"
    DUPLICATE = "DUPLICATE"
    WITHDREW = "WITHDREW"
    NEXT_CYCLE = "NEXT_CYCLE"


class HouseholdRule(StrEnum):
    """What the move of one does to the household. A programme whose unit is the household has
    NONE: the household moves as one anyway."""

    NONE = "NONE"
    """Each moves alone."""
    HEAD = "HEAD"
    """The head's move carries the members and the household."""
    ANY = "ANY"
    """Any member's move carries the other members and the household."""
    ALL = "ALL"
    """The household moves when all its enrolled members have."""


class Part(StrEnum):
    """How an enrolment came into an order."""

    CHOSEN = "CHOSEN"
    CARRIED = "CARRIED"


class Block(StrEnum):
    """Why an enrolment of an order does not move; the first that fits is named."""

    OUTSIDE = "OUTSIDE"
    """It is outside the actor's grants now: counted, never named."""
    ENDED = "ENDED"
    """It has ended."""
    ALREADY = "ALREADY"
    """It is in that status already."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """The programme has no such move."""
    LATER = "LATER"
    """Its present status began after the effective date."""
    CONDITION = "CONDITION"
    """It does not meet the programme's condition of that move."""
    FOLLOWS = "FOLLOWS"
    """A household that moves when its members have is not moved by hand."""
    CAPACITY = "CAPACITY"
    """The programme has fewer free places than are asked for."""
    MOVED = "MOVED"
    """Somebody else has changed it since it was looked at."""
    LEADER = "LEADER"
    """The one whose move would have carried it stays."""
    MOVED_SINCE = "MOVED_SINCE"
    """At an undo: it has moved on since."""
    UNDONE = "UNDONE"
    """At an undo: this move is taken back already."""
    BEGAN = "BEGAN"
    """At an undo: the enrolment began with that batch."""


class OrderState(StrEnum):
    """Where an order stands."""

    DRAFT = "DRAFT"
    ASKED = "ASKED"
    """It waits for a second person."""
    WAITING = "WAITING"
    """It waits for its day."""
    DONE = "DONE"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Move:
    """A move that a programme allows. With `reasons` one of them must be given, otherwise any
    words; `condition` must hold for the subject on the day of the act."""

    before: State
    after: State
    reasons: tuple[str, ...] = ()
    condition: Criteria | None = None

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {"before": self.before.value, "after": self.after.value}
        if self.reasons:
            document["reasons"] = list(self.reasons)
        if self.condition is not None:
            document["condition"] = to_json(self.condition)
        return document


_S = State
DEFAULT_MOVES: tuple[Move, ...] = (
    Move(_S.POTENTIAL, _S.ACTIVE),
    Move(_S.ACTIVE, _S.SUSPENDED),
    Move(_S.ACTIVE, _S.GRADUATED),
    Move(_S.SUSPENDED, _S.ACTIVE),
    Move(_S.SUSPENDED, _S.GRADUATED),
    *(Move(before, _S.EXITED) for before in (_S.POTENTIAL, _S.ACTIVE, _S.SUSPENDED, _S.GRADUATED)),
)
"""What a programme allows that says nothing else."""
EXIT_REASONS = tuple(reason.value for reason in ExitReason if reason is not ExitReason.NEXT_CYCLE)
"""The reasons of an exit by hand, where a programme gives no others."""


def read_moves(document: object) -> tuple[Move, ...]:
    """Read a programme's moves, nothing meaning DEFAULT_MOVES; raises InvalidInput and
    InvalidCriteria naming what is wrong."""
    if document is None:
        return DEFAULT_MOVES
    if not isinstance(document, list) or not document:
        raise InvalidInput("A programme needs at least one move.")
    moves = tuple(_read_move(one) for one in document)
    seen: set[tuple[State, State]] = set()
    for move in moves:
        if move.before == move.after or (move.before, move.after) in seen:
            raise InvalidInput(
                "The move from {before} to {after} stands twice or leads nowhere.",
                before=move.before,
                after=move.after,
            )
        seen.add((move.before, move.after))
    return moves


def _read_move(document: object) -> Move:
    known = {"before", "after", "reasons", "condition"}
    if not isinstance(document, Mapping) or set(document) - known:
        raise InvalidInput("A move has “before”, “after”, “reasons” and “condition”.")
    try:
        before, after = State(document["before"]), State(document["after"])
    except (KeyError, ValueError):
        raise InvalidInput(
            "A move leads from one of {states} to another.", states=", ".join(State)
        ) from None
    condition = document.get("condition")
    return Move(
        before,
        after,
        read_reasons(document.get("reasons") or []),
        None if condition is None else parse(condition),
    )


def read_reasons(given: object) -> tuple[str, ...]:
    """Read a list of reasons, blanks and repetitions left out; raises InvalidInput."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InvalidInput("Reasons are a list of texts.")
    reasons = tuple(dict.fromkeys(str(one).strip() for one in given if str(one).strip()))
    for reason in reasons:
        if len(reason) > LONGEST_REASON:
            raise InvalidInput("A reason may have {most} characters at most.", most=LONGEST_REASON)
    return reasons


def moves_to(moves: Iterable[Move], target: State) -> dict[State, Move]:
    """Return the moves that lead to `target`, by where they begin."""
    return {move.before: move for move in moves if move.after == target}


def reasons_for(
    moves: Iterable[Move], target: State, exit_reasons: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return the reasons to choose from for a move to `target`; empty where any words will do."""
    named = [reason for move in moves_to(moves, target).values() for reason in move.reasons]
    if not named and target is State.EXITED:
        named = list(exit_reasons or EXIT_REASONS)
    return tuple(dict.fromkeys(named))


def status_of(target: State) -> Status | None:
    """Return the status that a target means, None for an exit, which leaves the status alone."""
    return None if target is State.EXITED else Status(target.value)
