"""The search page: hits with their reason, and advice where there are none."""

from collections.abc import Callable

from core.domain.fields import Status
from core.services import upkeep
from tests.people import EAST, People
from tests.ui.screens import said, visit
from tests.world import NewPerson, put

SignIn = Callable[[str], str]


def test_an_identifier_finds_its_person_and_says_why(people: People, sign_in: SignIn) -> None:
    put(
        NewPerson(
            "Fatou", EAST, programmes={"CASH": Status.ACTIVE}, identifiers={"card": "AB-77123"}
        )
    )
    upkeep.drain_search()
    sign_in("amina")
    page = visit("search", q="ab77123")

    assert not page.exception
    hit = page.dataframe[0].value.iloc[0]
    assert hit["Full name"] == "Fatou"
    assert hit["Enrolments"] == "CASH · Active"
    assert hit["Why found"] == "same identifier"


def test_nothing_found_comes_with_advice(people: People, sign_in: SignIn) -> None:
    sign_in("amina")
    page = visit("search", q="nobody at all")

    assert not page.exception
    assert "Try fewer words" in said(page)


def test_somebody_published_since_is_found_at_the_next_try(people: People, sign_in: SignIn) -> None:
    put(NewPerson("Philomène Katunga", EAST, programmes={"CASH": Status.ACTIVE}))
    sign_in("amina")
    page = visit("search", q="Filomen Katounga")
    assert not page.dataframe

    upkeep.drain_search()

    assert list(page.run().dataframe[0].value["Full name"]) == ["Philomène Katunga"]


def test_an_empty_search_says_how_to_search(people: People, sign_in: SignIn) -> None:
    sign_in("amina")

    assert "Write a name as you hear it" in said(visit("search"))
