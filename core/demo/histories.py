"""Enrolments with their past: who is likely to be in which programme, and what happened since."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from core.domain.fields import Status


class ProgrammePlan(NamedTuple):
    """A programme of the demo; `unit` is "individual" or "household"."""

    code: str
    name: str
    unit: str


CASH = ProgrammePlan("CASH", "Cash transfer", "individual")
HOUSE = ProgrammePlan("HOUSE", "Household support", "household")
SKILLS = ProgrammePlan("SKILLS", "Skills for youth", "individual")
PROGRAMMES = (CASH, HOUSE, SKILLS)
SKILLS_AGES = (16, 35)


class Move(NamedTuple):
    """One change of status; `before` is empty for the first."""

    before: Status | None
    after: Status
    on: date
    reason: str


class History(NamedTuple):
    """An enrolment, told as its moves in order of time."""

    programme: str
    moves: tuple[Move, ...]


class _Step(NamedTuple):
    chance: float
    after: Status
    reason: str
    days: tuple[int, int]


_STEPS = {
    Status.POTENTIAL: (_Step(0.85, Status.ACTIVE, "Eligibility confirmed", (10, 150)),),
    Status.ACTIVE: (
        _Step(0.35, Status.SUSPENDED, "Verification missed", (60, 400)),
        _Step(0.35, Status.GRADUATED, "Programme completed", (180, 700)),
    ),
    Status.SUSPENDED: (
        _Step(0.65, Status.ACTIVE, "Verification completed", (20, 180)),
        _Step(0.10, Status.GRADUATED, "Programme completed", (60, 300)),
    ),
    Status.GRADUATED: (),
}
"""What may come next, how likely, and after how many days; otherwise the status stays."""


def draw_history(dice: Random, programme: str, known_from: date, today: date) -> History:
    """Return an enrolment that began after `known_from`; its last move lies before `today`."""
    wait = dice.randrange(90)
    on = min(known_from + timedelta(wait), today - timedelta(1))
    moves = [Move(None, Status.POTENTIAL, on, "Registered")]
    while step := _draw_step(dice, moves[-1].after):
        on += timedelta(dice.randint(*step.days))
        if on >= today:
            break
        moves.append(Move(moves[-1].after, step.after, on, step.reason))
    return History(programme, tuple(moves))


def _draw_step(dice: Random, status: Status) -> _Step | None:
    throw = dice.random()
    for step in _STEPS[status]:
        throw -= step.chance
        if throw < 0:
            return step
    return None
