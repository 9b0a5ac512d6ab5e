"""Names of people, drawn once per language and then combined by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import NamedTuple

from faker import Faker

from core.demo.cultures import AMHARIC_MEN, AMHARIC_WOMEN, CULTURES, Naming
from core.domain.fields import Sex

_DRAWS = 1_000


class Name(NamedTuple):
    """A person's name; `line` is the part that children carry on."""

    given: str
    middle: str | None
    family: str
    line: str

    @property
    def full(self) -> str:
        middle = f" {self.middle}" if self.middle else ""
        return f"{self.given}{middle} {self.family}"


@dataclass(frozen=True)
class NamePool:
    """The names of one language to choose from, a frequent one more often than a rare one."""

    naming: Naming
    women: Sequence[str]
    men: Sequence[str]
    families: Sequence[str]

    def draw_adult(self, dice: Random, sex: Sex) -> Name:
        """Return the name of somebody whose parents do not live in the household."""
        given = dice.choice(self.women if sex is Sex.FEMALE else self.men)
        if self.naming is Naming.FATHERS:
            return Name(given, dice.choice(self.men), dice.choice(self.men), given)
        line = dice.choice(self.families)
        if self.naming is Naming.BOTH_PARENTS:
            return Name(given, None, f"{line} {dice.choice(self.families)}", line)
        return Name(given, None, line, line)

    def draw_child(self, dice: Random, sex: Sex, father: Name | None, mother: Name | None) -> Name:
        """Return a name as the culture makes it from the parents'; one of them may be away."""
        name = self.draw_adult(dice, sex)
        if self.naming is Naming.FATHERS:
            if father is None:
                return name
            return Name(name.given, father.given, father.middle or name.family, name.given)
        if self.naming is Naming.BOTH_PARENTS:
            first = father.line if father else name.line
            return Name(name.given, None, f"{first} {mother.line if mother else first}", first)
        known = father or mother
        return Name(name.given, None, known.family, known.line) if known else name


@cache
def draw_pools(seed: int) -> dict[str, list[NamePool]]:
    """Return each culture's pools, one for each of its languages."""
    return {
        culture.key: [_draw_pool(seed, locale, culture.naming) for locale in culture.locales]
        for culture in CULTURES
    }


def _draw_pool(seed: int, locale: str, naming: Naming) -> NamePool:
    if locale == "amharic":
        return NamePool(naming, AMHARIC_WOMEN.split("|"), AMHARIC_MEN.split("|"), ())
    source = Faker(locale)
    source.seed_instance(seed)
    return NamePool(
        naming,
        [source.first_name_female() for _ in range(_DRAWS)],
        [source.first_name_male() for _ in range(_DRAWS)],
        [source.last_name() for _ in range(_DRAWS)],
    )
