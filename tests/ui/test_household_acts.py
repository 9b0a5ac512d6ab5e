"""Acts on the household page: asked for, looked at in words, done, and the way to the receipt."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.storage.database import transaction
from tests.conftest import Registry
from tests.households import Village, build, home, living, who
from tests.importing import ask
from tests.people import add_people
from tests.ui.screens import links, press, said, visit

SignIn = Callable[[str], str]
WISH = "What has changed?"


@pytest.fixture
def village(embedded: Registry) -> Village:
    return build()


@pytest.fixture
def people(village: Village) -> Village:
    """Those who can sign in here."""
    return village


def opened(household: UUID, wish: str) -> AppTest:
    page = visit("household", id=str(household))
    page.selectbox(key=f"household_asked_{household}").select(wish).run()
    assert not page.exception
    return page


def fill(page: AppTest, household: UUID, wish: str, **values: object) -> None:
    for name, value in values.items():
        key = f"household_{household}_{wish}_{name}"
        (field,) = (
            one for one in (*page.selectbox, *page.multiselect, *page.text_input) if one.key == key
        )
        field.set_value(value).run()


def test_a_split_is_looked_at_in_words_and_done(village: Village, sign_in: SignIn) -> None:
    sign_in("nadia")
    here, ben, cleo = home(1), who("Ben"), who("Cleo")
    page = opened(here, "founded")
    fill(page, here, "founded", people=[who("Awa"), ben], new_head=ben, heir=cleo, reason="Feud")
    press(page, "See what would happen")
    text = said(page)

    for words in ("for a new one of their own", "2 people", "becomes the head", "Houses",
                  "the new household is enrolled", "joins the new household"):  # fmt: skip
        assert words in text
    assert len(living()) == 3
    press(page, "Yes, do it")
    assert living()[4] == ["Awa", "Ben*"]
    assert "The new household is founded." in said(page)
    (batch,) = ask("SELECT uuid FROM batch WHERE kind = 'household.split'")[0]
    assert links(page, "batch") == [f"id={UUID(str(batch))}"]


def test_what_is_missing_is_said_and_nothing_done(village: Village, sign_in: SignIn) -> None:
    sign_in("nadia")
    here = home(1)
    page = opened(here, "same")
    fill(page, here, "same", number="H-1")
    press(page, "See what would happen")

    assert "This household was not found." in said(page)
    fill(page, here, "same", number=ask("SELECT number FROM household WHERE id = 2")[0][0])
    press(page, "See what would happen")
    assert "Give a reason." in said(page)
    assert ask("SELECT count(*) FROM batch WHERE kind = 'household.merge'") == [(0,)]


def test_whoever_may_not_move_people_is_offered_nothing(village: Village, sign_in: SignIn) -> None:
    add_people()
    sign_in("amina")
    page = visit("household", id=str(home(1)))

    assert not page.exception
    assert "Move, split, merge" not in [tab.label for tab in page.tabs]
    assert [one.label for one in page.selectbox if one.label == WISH] == []


def test_a_new_head_brings_proposals_that_are_kept_through_a_second_look(
    village: Village, sign_in: SignIn
) -> None:
    with transaction() as db:
        for name, part in (("Awa", "HEAD"), ("Ben", "SPOUSE"), ("Cleo", "CHILD")):
            query = "UPDATE membership SET relationship = :part WHERE person_id = (SELECT id FROM "
            db.execute(
                text(query + "person WHERE full_name = :name)"), {"part": part, "name": name}
            )
    sign_in("nadia")
    here, ben = home(1), who("Ben")
    page = opened(here, "head")
    fill(page, here, "head", head=ben, reason="They chose Ben")
    kin = {one.label[:3]: one.value for one in page.selectbox if "_kin_" in str(one.key)}
    assert kin == {"Awa": "SPOUSE", "Cle": "CHILD"}

    press(page, "See what would happen")
    assert "relationship to the head: Spouse" in said(page)
    press(page, "Change it")
    (reason,) = [one for one in page.text_input if one.label == "Reason"]
    assert reason.value == "They chose Ben"
    press(page, "See what would happen")
    press(page, "Cancel")
    assert page.selectbox(key=f"household_asked_{here}_1").value is None
    assert living()[1] == ["Awa*", "Ben", "Cleo"]
    page = opened(here, "head")
    fill(page, here, "head", head=ben, reason="They chose Ben")
    press(page, "See what would happen")
    press(page, "Yes, do it")
    assert ask("SELECT relationship FROM membership WHERE household_id = 1 AND until IS NULL "
               "ORDER BY person_id") == [("SPOUSE",), ("HEAD",), ("CHILD",)]  # fmt: skip
