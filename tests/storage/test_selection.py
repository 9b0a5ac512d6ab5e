"""The door to rows, held against a plain-Python account of who may see whom."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from core.domain.criteria import EVERYBODY, Criteria, Op, both, parse, where
from core.domain.fields import FIELDS, Sex, Status, find_field
from core.domain.permissions import Actor, Permission, Role, Scope
from core.errors import NotAllowed
from core.models import Location, Programme
from core.storage import beneficiaries
from core.storage.beneficiaries import Paging
from core.storage.columns import PERSON
from core.storage.database import reading, transaction
from core.storage.selection import people_in_scope, visible
from tests.people import EAST, NORTH, WEST, add_areas
from tests.world import NewPerson, put, put_household

TODAY = date(2026, 3, 1)
CASH, SKILLS, HOUSE = "CASH", "SKILLS", "HOUSE"
A, P, S = Status.ACTIVE, Status.POTENTIAL, Status.SUSPENDED

WORLD = [
    NewPerson("Abeba", EAST, Sex.FEMALE, True, date(1990, 5, 1), {CASH: A, SKILLS: P}),
    NewPerson("Bilal", EAST, Sex.MALE, False, date(2007, 3, 1), {CASH: P}),
    NewPerson("Chantal", WEST, Sex.FEMALE, True, date(2007, 3, 2), {CASH: A}),
    NewPerson("Desta", WEST, Sex.FEMALE, None, None, {SKILLS: S}),
    NewPerson("Élodie", "UNASSIGNED", Sex.FEMALE, True, date(1950, 1, 1), {CASH: A}),
    NewPerson("Fatou", EAST, Sex.FEMALE, True, date(1980, 1, 1), {}),
]


@pytest.fixture
def world(registry: object) -> dict[str, UUID]:
    with transaction() as db:
        add_areas(db)
    known = {new.name: put(new) for new in WORLD}
    home = NewPerson("Girma", WEST, Sex.MALE, None, date(1975, 1, 1))
    member = NewPerson("Hawa", WEST, Sex.FEMALE, None, date(2010, 1, 1))
    known["Girma"] = put_household(home, member, programme=HOUSE, status=A)
    return known


def path(code: str) -> str:
    with reading() as db:
        return str(db.execute(select(Location.path).where(Location.code == code)).scalar_one())


def programme_id(code: str) -> int:
    with reading() as db:
        return int(db.execute(select(Programme.id).where(Programme.code == code)).scalar_one())


def officer(*scopes: Scope) -> Actor:
    return Actor(1, "officer", scopes)


def names(actor: Actor, criteria: Criteria = EVERYBODY) -> list[str]:
    with reading() as db:
        selection = visible(actor, criteria, today=TODAY)
        rows = beneficiaries.read_page(db, selection, [find_field("full_name")], Paging())
    return [row["full_name"] for row in rows]


def everywhere(role: Role = Role.ANALYST) -> Actor:
    return officer(Scope(role, "1/"))


def test_the_root_sees_every_enrolment(world: dict[str, UUID]) -> None:
    found = names(everywhere())

    assert sorted(found) == sorted(
        ["Abeba", "Abeba", "Bilal", "Chantal", "Desta", "Élodie", "Girma"]
    )


def test_no_grant_is_refused_and_sees_nobody(world: dict[str, UUID]) -> None:
    with pytest.raises(NotAllowed):
        names(officer())
    with pytest.raises(NotAllowed):
        names(officer(Scope(Role.ADMINISTRATOR, "1/")))


def test_a_district_grant_keeps_to_its_subtree(world: dict[str, UUID]) -> None:
    assert names(officer(Scope(Role.ME_OFFICER, path(EAST)))) == ["Abeba", "Abeba", "Bilal"]
    north = names(officer(Scope(Role.ME_OFFICER, path(NORTH))))
    assert "Élodie" not in north and "Desta" in north


def test_a_path_that_only_begins_alike_is_another_place(world: dict[str, UUID]) -> None:
    east = path(EAST)
    with transaction() as db:
        place = db.execute(select(Location).where(Location.code == WEST)).scalar_one()
        place.path = east[:-1] + "9/"

    assert "Desta" not in names(officer(Scope(Role.ME_OFFICER, east)))


def test_a_programme_grant_shows_only_that_programmes_enrolments(
    world: dict[str, UUID],
) -> None:
    actor = officer(Scope(Role.ME_OFFICER, "1/", programme_id(SKILLS)))

    assert names(actor) == ["Abeba", "Desta"]


def test_two_grants_add_up_pair_by_pair_and_never_cross(world: dict[str, UUID]) -> None:
    actor = officer(
        Scope(Role.ME_OFFICER, path(EAST), programme_id(SKILLS)),
        Scope(Role.ME_OFFICER, path(WEST), programme_id(CASH)),
    )

    assert names(actor) == ["Abeba", "Chantal"]


def test_people_enrolled_nowhere_need_a_grant_for_all_programmes(
    world: dict[str, UUID],
) -> None:
    def people(actor: Actor) -> set[str]:
        clause = people_in_scope(actor, Permission.SEE_PEOPLE)
        with reading() as db:
            return set(db.execute(select(PERSON.full_name).where(clause)).scalars())

    assert "Fatou" in people(everywhere())
    assert "Fatou" not in people(officer(Scope(Role.ANALYST, "1/", programme_id(CASH))))
    house = officer(Scope(Role.ANALYST, "1/", programme_id(HOUSE)))
    assert people(house) == {"Girma", "Hawa"}


def test_a_field_above_the_level_is_empty_only_in_the_rows_it_is_not_granted_for(
    world: dict[str, UUID],
) -> None:
    actor = officer(Scope(Role.VIEWER, "1/"), Scope(Role.ME_OFFICER, path(EAST)))
    fields = [find_field("full_name"), find_field("birth_date")]
    with reading() as db:
        selection = visible(actor, EVERYBODY, today=TODAY)
        rows = beneficiaries.read_page(db, selection, fields, Paging())
    born = {row["full_name"]: row["birth_date"] for row in rows}

    assert born["Bilal"] == date(2007, 3, 1)
    assert born["Chantal"] is None


def test_filtering_by_a_field_keeps_to_the_rows_it_is_granted_for(
    world: dict[str, UUID],
) -> None:
    actor = officer(Scope(Role.VIEWER, "1/"), Scope(Role.ME_OFFICER, path(EAST)))
    old = where("birth_date", Op.AT_MOST, "2007-03-02")

    assert names(actor, old) == ["Abeba", "Abeba", "Bilal"]
    with pytest.raises(NotAllowed):
        names(everywhere(Role.VIEWER), old)
    with pytest.raises(NotAllowed):
        names(everywhere(), where("poverty_score", Op.AT_MOST, 10))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"field": "sex", "op": "is", "value": "MALE"}, ["Bilal", "Girma"]),
        ({"field": "disability", "op": "is", "value": True}, ["Abeba", "Chantal", "Élodie"]),
        ({"field": "disability", "op": "is_empty"}, ["Desta", "Girma"]),
        ({"field": "disability", "op": "is_not", "value": True}, ["Bilal", "Desta", "Girma"]),
        (
            {"not": {"field": "disability", "op": "is", "value": True}},
            ["Bilal", "Desta", "Girma"],
        ),
        ({"field": "age", "op": "at_least", "value": 19}, ["Abeba", "Bilal", "Girma", "Élodie"]),
        ({"field": "age", "op": "is", "value": 18}, ["Chantal"]),
        ({"field": "age", "op": "between", "value": [18, 19]}, ["Bilal", "Chantal"]),
        ({"field": "age", "op": "is_empty"}, ["Desta"]),
        (
            {"field": "location", "op": "within", "value": [NORTH]},
            ["Abeba", "Bilal", "Chantal", "Desta", "Girma"],
        ),
        ({"field": "location", "op": "within", "value": ["NOWHERE"]}, []),
        ({"field": "programme", "op": "in", "value": [SKILLS, HOUSE]}, ["Abeba", "Desta", "Girma"]),
        ({"field": "full_name", "op": "contains", "value": "LODI"}, ["Élodie"]),
        ({"field": "full_name", "op": "starts_with", "value": "éLO"}, ["Élodie"]),
        ({"field": "full_name", "op": "contains", "value": "%"}, []),
        ({"field": "household_size", "op": "at_least", "value": 2}, ["Girma"]),
        (
            {
                "any": [
                    {"field": "status", "op": "is", "value": "SUSPENDED"},
                    {"field": "is_head", "op": "is", "value": True},
                ]
            },
            ["Desta", "Girma"],
        ),
    ],
)
def test_a_condition_finds_exactly_whom_it_describes(
    world: dict[str, UUID], tree: dict[str, object], expected: list[str]
) -> None:
    assert sorted(set(names(everywhere(), parse(tree)))) == sorted(expected)


def test_every_field_can_be_read_and_grouped_by_on_both_engines(world: dict[str, UUID]) -> None:
    actor = everywhere(Role.APPROVER)
    opened = [find_field("identifier.national_id"), find_field("attribute.Own home?")]
    with reading() as db:
        for field in [*FIELDS.values(), *opened]:
            selection = visible(actor, EVERYBODY, today=TODAY, by=[field])
            counted = beneficiaries.count_by(db, selection, field)
            assert sum(total.enrolments for _, total in counted) == 7, field.name


def test_totals_count_enrolments_people_and_households(world: dict[str, UUID]) -> None:
    with reading() as db:
        total = beneficiaries.count(db, visible(everywhere(), EVERYBODY, today=TODAY))

    assert (total.enrolments, total.people, total.households, total.subjects) == (7, 5, 1, 6)


@pytest.mark.parametrize("sort", ["full_name", "registration_no", "age", "since"])
@pytest.mark.parametrize("descending", [False, True])
def test_paging_forwards_and_back_shows_every_row_once_in_order(
    world: dict[str, UUID], sort: str, descending: bool
) -> None:
    fields = [find_field("full_name")]
    paging = Paging(sort=sort, descending=descending, size=2)

    def read(asked: Paging) -> list[dict[str, object]]:
        with reading() as db:
            selection = visible(everywhere(), EVERYBODY, today=TODAY)
            return beneficiaries.read_page(db, selection, fields, asked)

    whole = [row["enrolment_uuid"] for row in read(replace(paging, size=50))]
    forward: list[object] = []
    after = None
    while rows := read(replace(paging, after=after))[:2]:
        forward += [row["enrolment_uuid"] for row in rows]
        after = rows[-1]["enrolment_uuid"]
    back = read(replace(paging, before=whole[4]))[-2:]

    assert forward == whole
    assert [row["enrolment_uuid"] for row in back] == whole[2:4]


def test_criteria_may_be_put_together(world: dict[str, UUID]) -> None:
    together = both(
        where("sex", Op.IS, "FEMALE"),
        where("disability", Op.IS, True),
        where("location", Op.WITHIN, EAST, WEST),
    )

    assert names(everywhere(), together) == ["Abeba", "Abeba", "Chantal"]
