"""Disability, as the six questions of the Washington Group short set would find it."""

from random import Random
from typing import NamedTuple

from core.domain.fields import WASHINGTON_GROUP


class Health(NamedTuple):
    """Whether a person has a disability, and the six answers it rests on (1 none … 4 cannot);
    both are empty for those never asked."""

    disability: bool | None
    answers: tuple[int, ...] | None


_NOT_ASKED = Health(None, None)
_NO_DIFFICULTY = (1,) * len(WASHINGTON_GROUP)


def draw_health(dice: Random, age: int) -> Health:
    """Return a disability where, and only where, one answer is 3 or more.

    The questions are made for people of five years and older.
    """
    if age < 5 or dice.random() < 0.04:
        return _NOT_ASKED
    likely = 0.03 if age < 18 else 0.07 if age < 60 else 0.22
    if dice.random() < likely:
        answers = [2 if dice.random() < 0.25 else 1 for _ in WASHINGTON_GROUP]
        for _ in range(1 if dice.random() < 0.7 else 2):
            answers[dice.randrange(len(answers))] = 3 if dice.random() < 0.8 else 4
        return Health(True, tuple(answers))
    if dice.random() < 0.1 + age / 150:
        some = dice.randrange(len(WASHINGTON_GROUP))
        return Health(False, tuple(2 if n == some else 1 for n in range(len(WASHINGTON_GROUP))))
    return Health(False, _NO_DIFFICULTY)
