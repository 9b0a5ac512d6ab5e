"""The invented country: the same for one seed, areas that fit, families that could be."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from core.demo.histories import CASH, HOUSE, SKILLS, History
from core.demo.people import CHUNK, Household, Person, draw_chunks, draw_country
from core.demo.places import LEVELS, Place, draw_places
from core.domain.fields import BirthPrecision, MaritalStatus, Relationship, Sex, Status

TODAY = date(2026, 7, 1)
PEOPLE = 5_000


@pytest.fixture(scope="module")
def households() -> list[Household]:
    (chunk,) = draw_chunks(draw_country(1, TODAY), PEOPLE)
    return chunk


@pytest.fixture(scope="module")
def places() -> list[Place]:
    return draw_places(1)


def everybody(households: list[Household]) -> list[Person]:
    return [person for household in households for person in household.members]


def histories(households: list[Household]) -> list[History]:
    own = [history for person in everybody(households) for history in person.histories]
    return own + [household.history for household in households if household.history]


def ring(place: Place) -> list[tuple[float, float]]:
    return [(x, y) for x, y in place.geometry["coordinates"][0]]


def area(place: Place) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring(place))) / 2


def edges(places: list[Place], level: int) -> Counter[tuple[object, object]]:
    return Counter(edge for p in places if p.level == level for edge in pairwise(ring(p)))


def test_one_seed_is_one_country_and_another_seed_another() -> None:
    first, again = draw_country(7, TODAY), draw_country(7, TODAY)

    assert first == again
    assert list(draw_chunks(first, 500)) == list(draw_chunks(again, 500))
    assert list(draw_chunks(first, 500)) != list(draw_chunks(draw_country(8, TODAY), 500))


def test_every_place_but_a_region_lies_under_another_one(places: list[Place]) -> None:
    codes = {place.code: place for place in places}

    assert len(codes) == len(places)
    assert Counter(p.level for p in places) == {1: 8, 2: 32, 3: 128, 4: 512}
    assert all(p.parent is None if p.level == 1 else p.code[:-2] == p.parent for p in places)
    assert all(codes[p.parent].level == p.level - 1 for p in places if p.parent)
    assert {code for code in codes if len(code) == 4} == {f"NA0{n}" for n in range(1, 9)}


def test_the_parts_of_an_area_fill_it(places: list[Place]) -> None:
    for place in places:
        parts = [area(part) for part in places if part.parent == place.code]
        assert area(place) > 0
        if place.level < LEVELS:
            assert sum(parts) == pytest.approx(area(place), rel=1e-9)


def test_neighbours_share_every_vertex_of_their_border(places: list[Place]) -> None:
    coarse, finest = edges(places, 1), set(edges(places, LEVELS))
    border = {edge for edge in coarse if edge[::-1] not in coarse}
    for level in range(1, LEVELS + 1):
        sides = edges(places, level)
        outer = [edge for edge in sides if edge[::-1] not in sides]
        # Each side is walked once by the area on its left, and backwards by the one on its right;
        # what is left over is one ring, the country's border, the same at each level.
        assert set(sides.values()) == {1}
        assert {edge[0] for edge in outer} == {edge[1] for edge in outer}
        assert set(outer) == border
        assert set(sides) <= finest


def test_no_outline_crosses_itself(places: list[Place]) -> None:
    for place in places:
        if place.level == LEVELS:
            sides = list(pairwise(ring(place)))
            crossed = [(a, b) for n, a in enumerate(sides) for b in sides[:n] if cross(a, b)]
            assert crossed == []


def cross(a: tuple[tuple[float, ...], ...], b: tuple[tuple[float, ...], ...]) -> bool:
    def turn(p: tuple[float, ...], q: tuple[float, ...], r: tuple[float, ...]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return turn(*a, b[0]) * turn(*a, b[1]) < 0 and turn(*b, a[0]) * turn(*b, a[1]) < 0


def test_there_are_exactly_as_many_people_as_asked_for_in_bounded_chunks() -> None:
    chunks = list(draw_chunks(draw_country(1, TODAY), CHUNK + 7))

    assert [len(everybody(chunk)) for chunk in chunks] == [CHUNK, 7]


def test_every_household_has_exactly_one_head_and_at_most_one_spouse(
    households: list[Household],
) -> None:
    for household in households:
        kinds = [person.relative.relationship for person in household.members]
        assert kinds[0] is Relationship.HEAD
        assert kinds.count(Relationship.HEAD) == 1
        assert kinds.count(Relationship.SPOUSE) <= 1


def test_parents_are_at_least_fifteen_years_older_than_their_children(
    households: list[Household],
) -> None:
    for household in households:
        head = household.members[0].birth_date
        for person in household.members:
            years = (person.birth_date - head).days / 365
            if person.relative.relationship is Relationship.CHILD:
                assert years >= 15
            if person.relative.relationship is Relationship.PARENT:
                assert years <= -15


def test_married_people_have_their_spouse_and_children_are_not_married(
    households: list[Household],
) -> None:
    for household in households:
        married = [
            person
            for person in household.members
            if person.relative.marital_status is MaritalStatus.MARRIED
        ]
        assert {p.relative.relationship for p in married} <= {
            Relationship.HEAD,
            Relationship.SPOUSE,
        }
        assert len({person.relative.sex for person in married}) == len(married)


def test_dates_follow_each_other(households: list[Household]) -> None:
    for person in everybody(households):
        assert person.birth_date <= person.registered_on < TODAY
        assert person.registered_on >= TODAY - timedelta(1096)
        if person.birth_precision in (BirthPrecision.YEAR, BirthPrecision.ESTIMATED):
            assert (person.birth_date.month, person.birth_date.day) == (1, 1)


def test_a_disability_is_an_answer_of_three_or_four_and_nothing_else(
    households: list[Household],
) -> None:
    asked = [p.health for p in everybody(households) if p.health.answers]

    assert all(max(health.answers or ()) >= 3 for health in asked if health.disability)
    assert all(max(health.answers or ()) <= 2 for health in asked if not health.disability)
    assert {person.health.disability for person in everybody(households)} == {True, False, None}
    assert all(p.health.disability is None for p in everybody(households) if not p.health.answers)


def test_national_ids_are_unique_and_contacts_belong_to_adults(
    households: list[Household],
) -> None:
    ids = [p.national_id for p in everybody(households) if p.national_id]

    assert len(ids) == len(set(ids)) > PEOPLE / 4
    assert all(p.relative.age >= 18 for p in everybody(households) if p.phone or p.account)


def test_statuses_move_forward_in_time_along_allowed_ways(households: list[Household]) -> None:
    ways = {
        (None, Status.POTENTIAL),
        (Status.POTENTIAL, Status.ACTIVE),
        (Status.ACTIVE, Status.SUSPENDED),
        (Status.ACTIVE, Status.GRADUATED),
        (Status.SUSPENDED, Status.ACTIVE),
        (Status.SUSPENDED, Status.GRADUATED),
    }
    found = set()
    for history in histories(households):
        found |= {(move.before, move.after) for move in history.moves}
        assert all(a.after is b.before and a.on < b.on for a, b in pairwise(history.moves))
        assert history.moves[-1].on < TODAY
    assert found == ways


def test_all_programmes_have_all_statuses(households: list[Household]) -> None:
    found = {(h.programme, h.moves[-1].after) for h in histories(households)}

    assert found == {(plan.code, s) for plan in (CASH, HOUSE, SKILLS) for s in Status}


def test_the_skills_programme_takes_people_from_16_to_35(households: list[Household]) -> None:
    for person in everybody(households):
        for history in person.histories:
            if history.programme == SKILLS.code:
                first = history.moves[0].on
                assert (first - person.birth_date).days / 365.25 + 0.01 >= 16
                assert (TODAY - person.birth_date).days / 365.25 < 36.01


def test_names_come_in_several_scripts_and_fit_the_sex(households: list[Household]) -> None:
    letters = "".join(person.relative.name.full for person in everybody(households))

    assert all(sign in letters for sign in "aéعकአা")
    assert {person.relative.sex for person in everybody(households)} == {Sex.FEMALE, Sex.MALE}
    women = {p.relative.name.given for p in everybody(households) if p.relative.sex is Sex.FEMALE}
    men = {p.relative.name.given for p in everybody(households) if p.relative.sex is Sex.MALE}
    assert len(women & men) < len(women | men) / 10
