"""Places that a misspelt text may mean are proposed with what lies above them, never chosen."""

from dataclasses import dataclass

import pytest

from core.etl.reference import Gazetteer


@dataclass(frozen=True)
class Place:
    id: int
    code: str
    name: str
    level: int
    path: str


PLACES = (
    Place(10, "R1", "Ouham", 1, "1/10/"),
    Place(20, "R2", "Lobaye", 1, "1/20/"),
    Place(11, "R1-B", "Bossangoa", 2, "1/10/11/"),
    Place(12, "R1-C", "Centre", 2, "1/10/12/"),
    Place(21, "R2-C", "Centre", 2, "1/20/21/"),
    Place(22, "R2-B", "Bossangola", 2, "1/20/22/"),
)


@pytest.fixture
def gazetteer() -> Gazetteer:
    made = Gazetteer(("1/",))
    made.add(PLACES)
    return made


def told(found: list) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.node.code, one.above) for one in found]


def test_a_misspelt_name_is_proposed_inside_the_area_named_above_it(gazetteer: Gazetteer) -> None:
    assert told(gazetteer.suggest("Bosangoa", ["OUHAM"])) == [("R1-B", ("Ouham",))]
    assert told(gazetteer.suggest("Bosangoa", ["Lobaye"])) == [("R2-B", ("Lobaye",))]


def test_without_an_area_every_likely_place_is_proposed(gazetteer: Gazetteer) -> None:
    assert told(gazetteer.suggest("Bosangoa")) == [("R1-B", ("Ouham",)), ("R2-B", ("Lobaye",))]
    assert told(gazetteer.suggest("Bosangoa", ["Nowhere"])) == told(gazetteer.suggest("Bosangoa"))


def test_two_places_of_one_name_are_both_proposed(gazetteer: Gazetteer) -> None:
    assert told(gazetteer.suggest("centre")) == [("R1-C", ("Ouham",)), ("R2-C", ("Lobaye",))]


def test_nothing_beyond_the_importers_areas_is_proposed() -> None:
    narrow = Gazetteer(("1/10/",))
    narrow.add(PLACES)

    assert told(narrow.suggest("Bosangola")) == [("R1-B", ("Ouham",))]


def test_a_quite_different_text_is_no_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.suggest("Reykjavik") == []
