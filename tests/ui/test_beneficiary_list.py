"""A status page: totals, filters in the address, rows of the own scope, a person to open."""

from collections.abc import Callable
from datetime import date

import pytest

from core.domain.fields import Sex, Status
from core.services import upkeep
from tests.people import EAST, WEST, People
from tests.ui.screens import press, said, visit
from tests.world import NewPerson, put, put_household

SignIn = Callable[[str], str]
A, P = Status.ACTIVE, Status.POTENTIAL


@pytest.fixture
def world(people: People) -> People:
    for new in (
        NewPerson("Abeba", EAST, Sex.FEMALE, True, date(1990, 5, 1), {"CASH": A, "SKILLS": A}),
        NewPerson("Bilal", EAST, Sex.MALE, False, date(2007, 3, 1), {"CASH": A}),
        NewPerson("Chantal", WEST, Sex.FEMALE, True, date(1980, 3, 2), {"CASH": A}),
        NewPerson("Desta", WEST, Sex.FEMALE, None, None, {"CASH": P}),
    ):
        put(new)
    put_household(NewPerson("Girma", WEST, Sex.MALE), programme="HOUSE", status=A)
    return people


def names(test: object) -> list[str]:
    return list(test.dataframe[0].value["full_name"])  # type: ignore[attr-defined]


def test_a_status_page_says_how_many_enrolments_of_how_many_people(
    world: People, sign_in: SignIn
) -> None:
    sign_in("brook")
    page = visit("active")

    assert not page.exception
    assert page.subheader[0].value == "5 enrolments of 3 people and 1 household"
    assert names(page) == ["Abeba", "Abeba", "Bilal", "Chantal", "Girma"]


def test_filters_come_from_the_address(world: People, sign_in: SignIn) -> None:
    sign_in("brook")
    page = visit("active", sex="FEMALE", disability="yes", programme=["CASH"])

    assert not page.exception
    assert names(page) == ["Abeba", "Chantal"]
    assert "Female, with a disability" in said(page)


def test_two_districts_can_be_chosen_below_one_region(world: People, sign_in: SignIn) -> None:
    sign_in("brook")
    page = visit("active", area1=["N"])
    page.multiselect(key="filter_area2").select(WEST).run()

    assert not page.exception
    assert names(page) == ["Chantal", "Girma"]
    page.multiselect(key="filter_area2").select(EAST).run()
    assert len(names(page)) == 5


def test_clearing_the_filters_shows_everybody_again(world: People, sign_in: SignIn) -> None:
    sign_in("brook")
    page = visit("active", sex="FEMALE")
    press(page, "Clear filters")

    assert len(names(page)) == 5
    assert page.selectbox(key="filter_sex").value is None


def test_a_filter_that_cannot_be_understood_shows_nobody(world: People, sign_in: SignIn) -> None:
    sign_in("brook")
    page = visit("active", sex="QUEEN")

    assert not page.exception
    assert not page.dataframe
    assert len(page.error) == 1


def test_a_filter_too_narrow_names_the_condition_to_drop(world: People, sign_in: SignIn) -> None:
    sign_in("brook")
    page = visit("active", sex="MALE", disability="yes")

    assert "Without “Male” there are 3 enrolments" in said(page)
    press(page, "Drop this condition")
    assert names(page) == ["Abeba", "Abeba", "Chantal"]


def test_an_officer_of_a_district_sees_nothing_of_another(world: People, sign_in: SignIn) -> None:
    sign_in("amina")
    page = visit("active")

    assert set(names(page)) == {"Abeba", "Bilal"}
    assert page.subheader[0].value == "3 enrolments of 2 people"
    narrowed = visit("active", area1=[WEST])
    assert not narrowed.dataframe
    assert "Chantal" not in said(narrowed)


def test_a_name_is_never_markup(people: People, sign_in: SignIn) -> None:
    put(NewPerson("<b onclick=x>[a](http://evil) :smile:</b>", programmes={"CASH": A}))
    sign_in("brook")
    page = visit("active")
    next(box for box in page.toggle if box.key == "list_plain").set_value(True).run()

    assert "&lt;b onclick=x&gt;[a](http://evil) :smile:&lt;/b&gt;" in said(page)
    assert "<b onclick" not in said(page)


def test_an_empty_list_sends_an_analyst_to_the_import(people: People, sign_in: SignIn) -> None:
    sign_in("brook")
    page = visit("graduated")

    assert "Nobody has this status yet" in said(page)


def test_the_box_of_a_list_finds_a_misspelt_name_in_that_status_only(
    world: People, sign_in: SignIn
) -> None:
    upkeep.drain_search()
    sign_in("brook")

    assert list(visit("active", q="Shantal").dataframe[0].value["Full name"]) == ["Chantal"]
    assert not visit("potential", q="Shantal").dataframe
