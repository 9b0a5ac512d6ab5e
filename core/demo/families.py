"""Households as families: who lives together, how old they are and how they are called."""

from random import Random
from typing import NamedTuple

from core.demo.cultures import Naming
from core.demo.names import Name, NamePool
from core.domain.fields import MaritalStatus, Relationship, Sex

_OLDEST = 97


class Relative(NamedTuple):
    """A member of a household; `age` in whole years."""

    relationship: Relationship
    sex: Sex
    age: int
    name: Name
    marital_status: MaritalStatus | None


def draw_family(dice: Random, pool: NamePool) -> list[Relative]:
    """Return the members of one household, its head first."""
    family = _draw_couple(dice, pool)
    family += _draw_children(dice, pool, family)
    family += _draw_elders(dice, pool, family[0])
    family += _draw_others(dice, pool, family[0])
    return family


def _draw_couple(dice: Random, pool: NamePool) -> list[Relative]:
    sex, other = (Sex.FEMALE, Sex.MALE) if dice.random() < 0.36 else (Sex.MALE, Sex.FEMALE)
    age = 21 + int(dice.betavariate(2, 3) * 65)
    name = pool.draw_adult(dice, sex)
    if dice.random() < (0.3 if sex is Sex.FEMALE else 0.82):
        gap = dice.gauss(3 if sex is Sex.FEMALE else -4, 4)
        theirs = min(max(19, age + int(gap)), _OLDEST)
        spouse = pool.draw_adult(dice, other)
        if pool.naming is Naming.FAMILY and dice.random() < 0.6:
            spouse = spouse._replace(family=name.family, line=name.line)
        married = MaritalStatus.MARRIED
        return [
            Relative(Relationship.HEAD, sex, age, name, married),
            Relative(Relationship.SPOUSE, other, theirs, spouse, married),
        ]
    return [Relative(Relationship.HEAD, sex, age, name, _draw_alone(dice, age))]


def _draw_alone(dice: Random, age: int) -> MaritalStatus:
    if dice.random() < age / 110:
        return MaritalStatus.WIDOWED
    return dice.choice((MaritalStatus.SINGLE, MaritalStatus.DIVORCED, MaritalStatus.SEPARATED))


def _draw_children(dice: Random, pool: NamePool, couple: list[Relative]) -> list[Relative]:
    """Return children at least 17 and at most 44 years younger than the younger parent."""
    father = next((one.name for one in couple if one.sex is Sex.MALE), None)
    mother = next((one.name for one in couple if one.sex is Sex.FEMALE), None)
    younger = min(one.age for one in couple)
    youngest, oldest = max(0, younger - 44), min(26, younger - 17)
    number = min(int(dice.expovariate(0.36)), 9) if youngest <= oldest else 0
    ages = sorted((dice.randint(youngest, oldest) for _ in range(number)), reverse=True)
    children = []
    for age in ages:
        sex = _draw_sex(dice)
        name = pool.draw_child(dice, sex, father, mother)
        children.append(Relative(Relationship.CHILD, sex, age, name, _single(age)))
    return children


def _draw_elders(dice: Random, pool: NamePool, head: Relative) -> list[Relative]:
    age = head.age + dice.randint(17, 38)
    if dice.random() > 0.09 or age > _OLDEST:
        return []
    sex = Sex.FEMALE if dice.random() < 0.7 else Sex.MALE
    name = pool.draw_adult(dice, sex)
    return [Relative(Relationship.PARENT, sex, age, name, MaritalStatus.WIDOWED)]


def _draw_others(dice: Random, pool: NamePool, head: Relative) -> list[Relative]:
    found = []
    if head.age >= 45 and dice.random() < 0.2:
        found.append((Relationship.GRANDCHILD, dice.randint(0, head.age - 40)))
    if dice.random() < 0.05:
        found.append((Relationship.SIBLING, max(5, head.age + dice.randint(-15, 12))))
    if dice.random() < 0.03:
        found.append((Relationship.OTHER_RELATIVE, dice.randint(3, 70)))
    if dice.random() < 0.01:
        found.append((Relationship.NOT_RELATED, dice.randint(18, 60)))
    return [_draw_other(dice, pool, kind, min(age, _OLDEST)) for kind, age in found]


def _draw_other(dice: Random, pool: NamePool, kind: Relationship, age: int) -> Relative:
    sex = _draw_sex(dice)
    return Relative(kind, sex, age, pool.draw_adult(dice, sex), _single(age))


def _draw_sex(dice: Random) -> Sex:
    return Sex.FEMALE if dice.random() < 0.505 else Sex.MALE


def _single(age: int) -> MaritalStatus | None:
    return MaritalStatus.SINGLE if age >= 15 else None
