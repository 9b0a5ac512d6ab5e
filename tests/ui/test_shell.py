"""The shell and every page: nothing without a session, nothing without a grant."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from core.domain import surfaces
from core.domain.accounts import SESSION_COOKIE
from core.domain.permissions import Permission, Role
from core.domain.surfaces import Page
from core.models import Grant
from core.services import accounts
from core.services.accounts import NewUser
from core.storage.database import transaction
from tests.conftest import ROOT
from tests.people import People, add_person
from tests.ui.conftest import SLOW_S

pages = pytest.mark.parametrize("page", surfaces.PAGES, ids=lambda page: page.url_path)


def open_shell() -> AppTest:
    return AppTest.from_file(str(ROOT / "core" / "ui" / "shell.py"), default_timeout=SLOW_S).run()


def open_bare(file: str) -> AppTest:
    """A page without the shell, as an attacker would wish to run it."""
    return AppTest.from_file(str(ROOT / "pages" / file), default_timeout=SLOW_S).run()


def shown(at: AppTest) -> list[str]:
    """The kinds of everything on the screen."""
    assert not at.exception
    kinds = [element.type for element in [*at.main, *at.sidebar]]
    return [kind for kind in kinds if kind not in ("main", "sidebar")]


@pages
@pytest.mark.parametrize("token", ["", "x" * 43])
def test_a_page_without_a_session_shows_the_way_to_sign_in_and_nothing_else(
    people: People, cookies: dict[str, str], page: Page, token: str
) -> None:
    cookies[SESSION_COOKIE] = token

    at = open_bare(page.file)

    assert [info.value for info in at.info] == ["Your session has ended."]
    assert shown(at) == ["info", "html"]


@pages
@pytest.mark.parametrize("name", ["dana", "chen"])
def test_a_page_without_the_permission_shows_the_refusal_and_nothing_else(
    sign_in: Callable[[str], str], page: Page, name: str
) -> None:
    # What an administrator may open is tried with somebody who may see people and no more.
    theirs = page.permission in (Permission.ADMINISTER, Permission.DESIGN)
    sign_in("efua" if theirs and name == "chen" else name)

    at = open_bare(page.file)

    assert [error.value for error in at.error] == [
        f"Your account has no permission to {page.permission}. Ask an administrator for a grant."
    ]
    assert shown(at) == ["error"]


def test_the_shell_without_a_session_shows_the_way_to_sign_in_and_nothing_else(
    people: People, cookies: dict[str, str]
) -> None:
    assert shown(open_shell()) == ["info", "html"]


def test_somebody_without_a_grant_learns_whom_to_ask(sign_in: Callable[[str], str]) -> None:
    sign_in("dana")

    at = open_shell()

    assert "Ask an administrator" in at.info[0].value
    assert not at.text_input


def test_an_administrator_gets_the_settings_and_no_people(sign_in: Callable[[str], str]) -> None:
    sign_in("chen")

    at = open_shell()

    assert [title.value for title in at.title] == ["Programmes"]
    by_address = open_shell().switch_page(str(ROOT / "pages" / "suites.py")).run()
    assert [title.value for title in by_address.title] == ["Validation rules"]
    assert "Find a person" not in [one.label for one in at.text_input]


def test_whose_grants_open_no_page_is_told_who_sets_things_up(
    sign_in: Callable[[str], str], people: People
) -> None:
    with transaction() as db:
        add_person(db, "noor", Role.AUDITOR)
    sign_in("noor")

    at = open_shell()

    assert "command line" in at.info[0].value
    assert not at.text_input


def test_a_one_time_password_leads_to_the_page_that_replaces_it(
    people: People, cookies: dict[str, str]
) -> None:
    password = accounts.add_user(people.chen, NewUser("femi", Role.VIEWER))
    cookies[SESSION_COOKIE] = accounts.sign_in("femi", password, "203.0.113.7").token

    at = open_shell()

    assert "password" in at.info[0].value
    assert shown(at) == ["info", "html"]


def test_the_shell_offers_the_search_and_the_way_out(sign_in: Callable[[str], str]) -> None:
    sign_in("amina")

    at = open_shell()

    assert not at.exception
    assert at.text_input(key="shell_search_text")
    (way_out,) = [one for one in at.sidebar if "/sign-out" in str(getattr(one, "proto", ""))]
    assert "csrf-of-this-browser" in str(way_out.proto)


def test_a_page_is_there_for_those_who_may_open_it(sign_in: Callable[[str], str]) -> None:
    sign_in("brook")

    at = open_shell().switch_page(str(ROOT / "pages" / "import_data.py")).run()

    assert not at.exception
    assert "Import" in at.title[0].value


def test_a_page_is_not_there_for_others(sign_in: Callable[[str], str]) -> None:
    sign_in("amina")

    with pytest.raises(ValueError, match="Could not find a navigation page"):
        open_shell().switch_page(str(ROOT / "pages" / "import_data.py"))


def test_a_session_that_ends_meanwhile_ends_the_page_at_the_next_click(
    sign_in: Callable[[str], str],
) -> None:
    token = sign_in("amina")
    at = open_shell()
    accounts.sign_out(token)

    at.run()

    assert shown(at) == ["info", "html"]


def test_a_grant_taken_away_is_gone_at_the_next_click(
    people: People, sign_in: Callable[[str], str]
) -> None:
    sign_in("amina")
    at = open_shell()
    with transaction() as db:
        db.execute(delete(Grant).where(Grant.user_id == people.amina.user_id))

    at.run()

    assert "Ask an administrator" in at.info[0].value
    assert not at.text_input


def test_the_language_is_the_users(people: People, sign_in: Callable[[str], str]) -> None:
    sign_in("amina")
    at = open_shell()

    at.selectbox(key="shell_language").set_value("fr").run()

    assert accounts.actor_named("amina").language == "fr"
    assert at.text_input(key="shell_search_text").label == "Trouver une personne"
