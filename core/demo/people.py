"""The people of the invented country, household by household."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from core.demo.cultures import CULTURES
from core.demo.dice import make_dice
from core.demo.families import Relative, draw_family
from core.demo.health import Health, draw_health
from core.demo.histories import CASH, HOUSE, SKILLS, SKILLS_AGES, History, draw_history
from core.demo.names import NamePool, draw_pools
from core.demo.places import LEVELS, Place, draw_places
from core.domain.fields import BirthPrecision

CHUNK = 20_000
"""People drawn at a time: what bounds the memory of a very large country."""
_THREE_YEARS = 1095
_IDENTIFIERS = 10**10
_ADULT = 18


class Person(NamedTuple):
    """A person; contacts and numbers are empty where the person has none."""

    relative: Relative
    birth_date: date
    birth_precision: BirthPrecision
    health: Health
    phone: str | None
    email: str | None
    account: str | None
    national_id: str | None
    registered_on: date
    histories: tuple[History, ...]


class Household(NamedTuple):
    """A household in a place of the last level, its head first; the score runs from 0, poorest,
    to 100; `history` is its place in the household programme, if any."""

    place: str
    address: str
    poverty_score: float
    registered_on: date
    members: list[Person]
    history: History | None


@dataclass(frozen=True)
class Country:
    """What one seed makes on one day; the people are drawn when asked for."""

    seed: int
    today: date
    places: list[Place]
    pools: dict[str, list[NamePool]]


def draw_country(seed: int, today: date) -> Country:
    """Return the country of a seed, as it stands on `today`."""
    return Country(seed, today, draw_places(seed), draw_pools(seed))


def draw_chunks(country: Country, people: int) -> Iterator[list[Household]]:
    """Yield households of together exactly `people` members, at most CHUNK people at a time."""
    census = _Census(country, make_dice(country.seed, "people"))
    while people > 0:
        wanted = min(people, CHUNK)
        people -= wanted
        households = []
        while wanted > 0:
            households.append(census.draw_household(wanted))
            wanted -= len(households[-1].members)
        yield households


class _Census:
    def __init__(self, country: Country, dice: Random) -> None:
        self.today, self.pools, self.dice = country.today, country.pools, dice
        self.yesterday = country.today - timedelta(1)
        self.places = [place for place in country.places if place.level == LEVELS]
        # Some villages are small and a few are towns.
        self.weights = list(accumulate(dice.expovariate(1) + 0.1 for _ in self.places))
        self.counted = 0

    def draw_household(self, most: int) -> Household:
        """Return the next household, cut to `most` members."""
        dice = self.dice
        place = dice.choices(self.places, cum_weights=self.weights)[0]
        culture = place.culture if dice.random() < 0.88 else dice.choice(CULTURES).key
        score = round(dice.betavariate(2, 2.6) * 100, 2)
        since = self.yesterday - timedelta(dice.randrange(_THREE_YEARS))
        family = draw_family(dice, dice.choice(self.pools[culture]))[:most]
        members = [self._draw_person(relative, since, score) for relative in family]
        history = None
        if dice.random() < (0.75 if score < 45 else 0.15):
            history = draw_history(dice, HOUSE.code, since, self.today)
        address = f"{dice.randint(1, 400)}, {place.name}"
        return Household(place.code, address, score, since, members, history)

    def _draw_person(self, relative: Relative, since: date, score: float) -> Person:
        dice = self.dice
        self.counted += 1
        birth, precision = self._draw_birth(relative.age)
        known = max(since, birth)
        adult = relative.age >= _ADULT
        return Person(
            relative=relative,
            birth_date=birth,
            birth_precision=precision,
            health=draw_health(dice, relative.age),
            phone=f"+9997{dice.randrange(10**8):08d}" if adult and dice.random() < 0.6 else None,
            email=f"p{self.counted}@example.org" if adult and dice.random() < 0.05 else None,
            account=f"{dice.randrange(10**12):012d}" if adult and dice.random() < 0.5 else None,
            national_id=self._write_national_id() if adult and dice.random() < 0.85 else None,
            registered_on=known,
            histories=tuple(self._draw_histories(relative.age, birth, known, score)),
        )

    def _draw_birth(self, age: int) -> tuple[date, BirthPrecision]:
        """Return a birth date that makes `age` whole years, known as well as registers know it."""
        birth = self.yesterday - timedelta(int(age * 365.2425) + self.dice.randrange(365))
        throw = self.dice.random()
        if age < 5 or throw < 0.8:
            return birth, BirthPrecision.DAY
        if throw < 0.84:
            return birth.replace(day=1), BirthPrecision.MONTH
        precision = BirthPrecision.YEAR if throw < 0.95 else BirthPrecision.ESTIMATED
        return birth.replace(month=1, day=1), precision

    def _write_national_id(self) -> str:
        # A multiplier without a factor of ten shuffles the running numbers and repeats none.
        return f"{(self.counted * 2_654_435_761 + 1_234_567) % _IDENTIFIERS:010d}"

    def _draw_histories(
        self, age: int, birth: date, known: date, score: float
    ) -> Iterator[History]:
        dice, (youngest, oldest) = self.dice, SKILLS_AGES
        needy = 0.5 if age < 5 or age >= 60 else 0.25
        if dice.random() < needy * (1.3 if score < 45 else 0.6):
            yield draw_history(dice, CASH.code, known, self.today)
        begins = max(known, _birthday(birth, youngest))
        young = begins < self.yesterday and self.today < _birthday(birth, oldest + 1)
        if young and dice.random() < 0.25:
            yield draw_history(dice, SKILLS.code, begins, self.today)


def _birthday(birth: date, age: int) -> date:
    """Return the day somebody turns `age`; those of 29 February do so on 1 March."""
    if (birth.month, birth.day) == (2, 29):
        birth += timedelta(1)
    return birth.replace(year=birth.year + age)
