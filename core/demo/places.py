"""The areas of the invented country: four levels whose borders share every point.

The country is a lattice of bent lines, split again and again into blocks of cells. An area's
outline walks the lattice, so neighbours, parents and children have the very same vertices. It lies
in the open Atlantic, so that nobody takes it for a real place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sin
from random import Random
from typing import Any, NamedTuple

from core.demo.cultures import CULTURES, Culture
from core.demo.dice import make_dice

COUNTRY = "NA"
LEVELS = 4
_PARTS = 4
_COLUMNS, _ROWS = 96, 80
_WEST, _SOUTH, _CELL = -20.0, -9.0, 0.06
"""The south-western corner and the width of a cell, in degrees."""
_JITTER = 0.2
"""How far a crossing strays, in cells: below a quarter, no two lines can cross."""

Point = tuple[float, float]
Block = tuple[int, int, int, int]
"""The lattice lines around an area: left, bottom, right, top."""


class Place(NamedTuple):
    """An area; `parent` is empty for a region, `geometry` a GeoJSON polygon."""

    code: str
    name: str
    level: int
    parent: str | None
    culture: str
    geometry: dict[str, Any]


def draw_places(seed: int) -> list[Place]:
    """Return every area, parents before their children."""
    dice = make_dice(seed, "places")
    survey = _Survey(dice, _draw_lattice(dice))
    blocks = _split(dice, (0, 0, _COLUMNS, _ROWS), len(CULTURES))
    for number, (block, culture) in enumerate(zip(blocks, CULTURES, strict=True), start=1):
        survey.settle(block, f"{COUNTRY}{number:02d}", culture, _draw_names(dice, culture))
    return survey.places


@dataclass
class _Survey:
    dice: Random
    lattice: list[list[Point]]
    places: list[Place] = field(default_factory=list)

    def settle(self, block: Block, code: str, culture: Culture, names: Iterator[str]) -> None:
        """Note the area of a block and, down to the last level, those inside it."""
        level = len(code) // 2 - 1
        parent = code[:-2] if level > 1 else None
        outline = _outline(self.lattice, block)
        geometry = {"type": "Polygon", "coordinates": [[list(point) for point in outline]]}
        self.places.append(Place(code, next(names), level, parent, culture.key, geometry))
        if level < LEVELS:
            for number, part in enumerate(_split(self.dice, block, _PARTS), start=1):
                self.settle(part, f"{code}{number:02d}", culture, names)


def _draw_names(dice: Random, culture: Culture) -> Iterator[str]:
    """Yield the names of one region's places, each once."""
    names = [
        f"{first}{culture.join}{second}"
        for first in culture.first_words.split("|")
        for second in culture.second_words.split("|")
    ]
    dice.shuffle(names)
    return iter(names)


def _draw_lattice(dice: Random) -> list[list[Point]]:
    """Return the crossings by column and row: a grid, waved and jittered."""
    return [
        [
            (
                round(_WEST + _CELL * (x + 3 * sin(y / 13) + _stray(dice)), 5),
                round(_SOUTH + _CELL * (y + 3 * sin(x / 17 + 1) + _stray(dice)), 5),
            )
            for y in range(_ROWS + 1)
        ]
        for x in range(_COLUMNS + 1)
    ]


def _stray(dice: Random) -> float:
    return dice.uniform(-_JITTER, _JITTER)


def _split(dice: Random, block: Block, parts: int) -> list[Block]:
    """Cut a block into parts of about equal size, each time across its longer side."""
    if parts == 1:
        return [block]
    left, bottom, right, top = block
    first = parts // 2
    share = first / parts + dice.uniform(-0.08, 0.08)
    if right - left >= top - bottom:
        cut = _between(left, right, share)
        halves: tuple[Block, Block] = (left, bottom, cut, top), (cut, bottom, right, top)
    else:
        cut = _between(bottom, top, share)
        halves = (left, bottom, right, cut), (left, cut, right, top)
    return _split(dice, halves[0], first) + _split(dice, halves[1], parts - first)


def _between(start: int, end: int, share: float) -> int:
    return min(max(start + round((end - start) * share), start + 1), end - 1)


def _outline(lattice: list[list[Point]], block: Block) -> list[Point]:
    """Return the closed ring around a block, anticlockwise as GeoJSON asks."""
    left, bottom, right, top = block
    south = [lattice[x][bottom] for x in range(left, right)]
    east = [lattice[right][y] for y in range(bottom, top)]
    north = [lattice[x][top] for x in range(right, left, -1)]
    west = [lattice[left][y] for y in range(top, bottom, -1)]
    return [*south, *east, *north, *west, lattice[left][bottom]]
