"""A list of one programme: its usual filter in one click, its own columns."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.domain.criteria import Op, both, where
from core.domain.fields import Sex, Status
from core.domain.programme_design import Attribute
from core.services import programmes
from tests.people import EAST, People
from tests.ui.screens import press, said, visit
from tests.world import NewPerson, put

SignIn = Callable[[str], str]
COLUMNS = ("full_name", "attribute.roof", "phone", "birth_date", "sex")


@pytest.fixture
def cash(people: People) -> None:
    """Two active people, of whom the usual filter of their programme keeps Awa."""
    for name, sex, roof in (("Awa", Sex.FEMALE, "straw"), ("Ali", Sex.MALE, "tin")):
        new = NewPerson(
            name, EAST, sex, programmes={"CASH": Status.ACTIVE, "SKILLS": Status.ACTIVE}
        )
        new.more = {"attributes": {"roof": roof}, "phone": f"0700 {name}"}
        put(new)
    seen = programmes.describe(people.chen, "CASH")
    design = replace(
        seen.design,
        name="Cash for work",
        attribute_schema=(Attribute("roof", "Roof of the house"),),
        default_criteria=where("sex", Op.IS, "FEMALE"),
        list_columns=COLUMNS,
    )
    programmes.change(people.chen, "CASH", design, seen.version, "x")


def test_one_click_puts_the_usual_filter_of_the_one_programme_in(
    cash: None, sign_in: SignIn
) -> None:
    sign_in("amina")
    page = visit("active", programme="CASH")
    assert "2 enrolments of 2 people" in "".join(one.value for one in page.subheader)

    page = press(page, "Usual filter of Cash for work")

    assert not page.exception
    assert "1 enrolment of 1 person" in "".join(one.value for one in page.subheader)
    assert "Female" in said(page)
    assert "Usual filter" not in "".join(button.label for button in page.button)
    page = press(page, "Clear filters")
    assert "4 enrolments of 2 people" in "".join(one.value for one in page.subheader)
    assert "Usual filter" not in "".join(button.label for button in page.button)


def test_the_programmes_columns_are_shown_as_far_as_the_reader_may_see_them(
    cash: None, sign_in: SignIn
) -> None:
    sign_in("amina")
    page = visit("active", programme="CASH")
    page = next(one for one in page.toggle if one.label == "Plain table").set_value(True).run()

    assert not page.exception
    for words in ("Roof of the house", "straw", "0700 Awa", "Date of birth", "Awa"):
        assert words in said(page)
    assert "Household size" not in said(page)
    sign_in("efua")
    page = visit("active", programme="CASH")
    page = next(one for one in page.toggle if one.label == "Plain table").set_value(True).run()
    assert "Awa" in said(page)
    for words in ("Roof of the house", "straw", "0700", "Date of birth"):
        assert words not in said(page)
    page = visit("active", programme=["CASH", "SKILLS"])
    page = next(one for one in page.toggle if one.label == "Plain table").set_value(True).run()
    assert "Household size" in said(page)


def test_a_usual_filter_beyond_the_readers_level_is_not_offered(
    cash: None, people: People, sign_in: SignIn
) -> None:
    seen = programmes.describe(people.chen, "CASH")
    deep = both(where("sex", Op.IS, "FEMALE"), where("phone", Op.IS_FILLED, None))
    programmes.change(
        people.chen, "CASH", replace(seen.design, default_criteria=deep), seen.version, "x"
    )
    sign_in("efua")
    assert "Usual filter" not in "".join(b.label for b in visit("active", programme="CASH").button)
    sign_in("amina")
    assert "Usual filter" in "".join(b.label for b in visit("active", programme="CASH").button)


def test_criteria_in_the_address_that_cannot_be_read_are_never_everybody(
    cash: None, sign_in: SignIn
) -> None:
    sign_in("amina")
    for wrong in ("{", '{"field": "shoe", "op": "is", "value": 1}'):
        page = visit("active", criteria=wrong)
        assert not page.exception
        assert len(page.error) == 1
        assert not page.subheader
