"""The page of validation rules: read, change, try, save as a version, go back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.domain.permissions import Role
from core.models import User
from core.services import suites
from core.settings import today
from core.storage import accounts
from core.storage.database import transaction
from core.text import speaking
from tests.importing import Desk
from tests.people import SINCE, People
from tests.ui.screens import press, said, selects, visit
from tests.world import add_programme

SignIn = Callable[[str], str]
PEOPLE = "Full name,Sex,Phone\nAwa Diallo,F,0612345678\nAli Ba,M,0698765432\n"


@pytest.fixture
def administrator(people: People, sign_in: SignIn) -> People:
    with transaction() as db:
        add_programme(db, "CASH")
    sign_in("chen")
    return people


def box(page: AppTest, label: str) -> object:
    return next(one for one in page.selectbox if one.label == label)


def field(page: AppTest, label: str) -> object:
    return next(one for one in page.text_input if one.label == label)


def open_rule(page: AppTest, rule: str) -> AppTest:
    return box(page, "Rule to change").select(rule).run()  # type: ignore[attr-defined]


def add_rule(page: AppTest, name: str) -> AppTest:
    """Fill in a rule that names have at least eight characters."""
    page = open_rule(page, "new")
    box(page, "What the rule asks").select("expect_column_value_lengths_to_be_between").run()  # type: ignore[attr-defined]
    box(page, "Column").select("full_name").run()  # type: ignore[attr-defined]
    for label, text in (
        ("Short name of the rule: small letters, digits and _", name),
        ("At least", "8"),
        ("Sentence in English", "Row {row}: “{value}” is short. Write the whole name."),
        ("Sentence in French", "Ligne {row} : « {value} » est court. Écrivez le nom entier."),
    ):
        field(page, label).set_value(text)  # type: ignore[attr-defined]
    return press(page, "Keep this change")


def test_without_a_session_nothing_is_shown(people: People, cookies: dict[str, str]) -> None:
    page = visit("suites")

    assert "Your session has ended" in said(page)
    assert "name_missing" not in said(page)


@pytest.mark.parametrize("name", ["amina", "brook", "efua"])
def test_nobody_but_an_administrator_opens_the_page(
    people: People, open_page: Callable[..., AppTest], name: str
) -> None:
    page = open_page(name, "suites")

    assert "no permission to change settings" in said(page)
    assert "name_missing" not in said(page)


def test_the_rules_are_shown_in_words(administrator: People) -> None:
    page = visit("suites")

    assert not page.exception
    shown = said(page)
    assert "29 rules" in shown
    assert "As shipped with the program" in shown
    assert "Household size must lie between 1 and 60" in shown
    assert "must be greater or later than Date of birth (or equal)" in shown
    assert "expect_column" not in shown.partition("<pre")[0]


def test_a_rule_is_changed_and_saved_as_a_version(administrator: People) -> None:
    page = open_rule(visit("suites"), "household_size_range")
    field(page, "At most").set_value("40")  # type: ignore[attr-defined]
    page = press(page, "Keep this change")

    assert "not in force yet" in said(page)
    assert suites.describe(administrator.chen, suites.BASE).version == 0
    field(page, "What has changed, and why").set_value("Our households are smaller")  # type: ignore[attr-defined]
    page = press(page, "Save as new version")

    assert not page.exception
    assert "Version 1 is in force from now on." in said(page)
    view = suites.describe(administrator.chen, suites.BASE)
    (rule,) = [one for one in view.suite.expectations if one.rule == "household_size_range"]
    assert rule.kwargs == {"column": "household_size", "min_value": 1, "max_value": 40}
    assert view.note == "Our households are smaller"


def test_a_rule_is_added_and_removed(administrator: People) -> None:
    page = add_rule(visit("suites"), "name_short")
    assert "30 rules" in said(page)

    page = press(open_rule(page, "name_short"), "Remove the rule")

    assert not page.exception
    assert "29 rules" in said(page)
    assert "not in force yet" not in said(page)


def test_a_rule_that_cannot_be_checked_is_refused_by_name(administrator: People) -> None:
    page = open_rule(visit("suites"), "email_shape")
    field(page, "Pattern (regular expression)").set_value("[a-z")  # type: ignore[attr-defined]
    page = press(page, "Keep this change")

    assert not page.exception
    assert any("email_shape" in error.value for error in page.error)
    assert "not in force yet" not in said(page)


def test_opening_any_rule_and_keeping_it_changes_nothing(administrator: People) -> None:
    page = visit("suites")
    for rule in ("head_too_young", "registered_before_birth", "sex_not_in_list", "birth_in_future"):
        page = press(open_rule(page, rule), "Keep this change")

        assert not page.exception
        assert not page.error
        assert "not in force yet" not in said(page), rule


def test_a_rule_that_is_open_when_the_language_changes_is_kept_all_the_same(
    administrator: People,
) -> None:
    page = open_rule(visit("suites"), "name_placeholder")
    before = selects(page)
    page.selectbox(key="shell_language").set_value("fr").run()

    assert not before & selects(page)  # a browser would send words of the other language
    with speaking("fr"):
        assert box(page, "Colonne").value == "full_name"  # type: ignore[attr-defined]
        press(page, "Garder cette modification")

    assert not page.exception
    assert not page.error


def test_a_programme_gets_a_rule_about_its_own_column(administrator: People) -> None:
    page = visit("suites", suite="programme:CASH")
    assert "There are no rules yet" in said(page)
    page = open_rule(page, "new")
    field(page, "About a column of your own? Its name as an attribute").set_value("income")  # type: ignore[attr-defined]
    box(page, "It holds").select("number").run()  # type: ignore[attr-defined]
    box(page, "What the rule asks").select("expect_column_values_to_be_between").run()  # type: ignore[attr-defined]
    box(page, "Column").select("attribute.income").run()  # type: ignore[attr-defined]
    for label, text in (
        ("Short name of the rule: small letters, digits and _", "income_low"),
        ("At least", "0"),
        ("Sentence in English", "Row {row}: {value}"),
        ("Sentence in French", "Ligne {row} : {value}"),
    ):
        field(page, label).set_value(text)  # type: ignore[attr-defined]
    page = press(page, "Keep this change")
    field(page, "What has changed, and why").set_value("The programme asks for the income")  # type: ignore[attr-defined]
    page = press(page, "Save as new version")

    assert not page.exception
    view = suites.describe(administrator.chen, "programme:CASH")
    assert view.suite.attribute_kinds == {"income": "number"}


def test_changes_are_tried_on_a_file_of_ones_own(
    administrator: People, sign_in: SignIn, tmp_path: Path
) -> None:
    with transaction() as db:
        user = db.execute(select(User).where(User.name == "chen")).scalar_one()
        root = accounts.find_location(db, accounts.ROOT_CODE)
        accounts.add_grant(db, user, Role.ANALYST, root, None, SINCE)
        both = accounts.load_actor(db, user, today())
    Desk(both, tmp_path).start(PEOPLE)
    page = add_rule(visit("suites"), "name_short")

    page = press(page, "Try")

    assert not page.exception
    assert "3: Ali Ba" in said(page)
    assert "nothing was changed" in said(page)


def test_an_earlier_version_is_put_in_force_again(administrator: People) -> None:
    document = dict(suites.describe(administrator.chen, suites.BASE).suite.document)
    suites.save_version(
        administrator.chen, {**document, "expectations": document["expectations"][1:]}, "Fewer", 0
    )
    page = visit("suites")
    assert "28 rules" in said(page)

    page = press(page, "Put in force again")

    assert not page.exception
    assert "29 rules" in said(page)
    assert suites.describe(administrator.chen, suites.BASE).version == 2


def test_an_administrator_without_imports_tries_the_rules_on_a_sample(
    administrator: People,
) -> None:
    page = add_rule(visit("suites"), "name_short")
    page.file_uploader[0].upload("sample.csv", PEOPLE.encode(), "text/csv")
    page = press(page, "Try")

    assert not page.exception
    assert "3: Ali Ba" in said(page)
    page.file_uploader[0].upload("sample.csv", b"", "text/csv")
    page = press(page, "Try")
    assert len(page.error) == 1
