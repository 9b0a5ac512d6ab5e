"""Merging two records on the screen: found, compared, chosen, done; and who sees none of it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Radio

from core.domain.fields import Sex, Status
from core.domain.permissions import Actor, Role, Scope
from core.services import beneficiaries, upkeep
from core.storage.database import transaction
from tests.people import EAST, WEST, People, add_person
from tests.ui.screens import links, press, said, visit
from tests.world import NewPerson, put

MANAGER = Actor(1, "root", (Scope(Role.PROGRAMME_MANAGER, "1/"),))
SignIn = Callable[[str], str]
AWA = NewPerson(
    "Awa Traoré", EAST, Sex.FEMALE, None, date(1990, 5, 14), {"CASH": Status.ACTIVE},
    {"national_id": "N-1"}, {"phone": "0700 111 222", "attributes": {"Roof": "*straw*"}},
)  # fmt: skip
AGAIN = NewPerson(
    "Awa Marie Traore", EAST, Sex.FEMALE, None, None, {"CASH": Status.SUSPENDED},
    {"card": "C-9"}, {"phone": "0700 333 444", "attributes": {"Roof": "<b>tin</b>"}},
)  # fmt: skip


@pytest.fixture
def pair(people: People, sign_in: SignIn) -> tuple[UUID, UUID]:
    """Two records of Awa, and Nadia, who manages the programmes of their district."""
    with transaction() as db:
        add_person(db, "nadia", Role.PROGRAMME_MANAGER, EAST)
    both = put(AWA), put(AGAIN)
    upkeep.drain_search()
    sign_in("nadia")
    return both


def choice(page: AppTest, name: str) -> Radio[Any]:
    """The choice of one field."""
    return next(one for one in page.radio if str(one.key).endswith(f"_{name}"))


def test_from_the_persons_page_to_one_record(pair: tuple[UUID, UUID]) -> None:
    first, second = pair
    person = visit("beneficiary", id=str(first))
    assert links(person, "merge") == [f"a={first}"]

    page = visit("merge", a=str(first))
    assert "Awa Marie Traore" in said(page)
    page.button(key=f"merge_compare_{second}").click().run()
    assert not page.exception
    text = said(page)
    for words in ("0700 111 222", "0700 333 444", "&lt;b&gt;tin&lt;/b&gt;", "*straw*", "C-9"):
        assert words in text
    assert "Both are enrolled" in text

    choice(page, "phone").set_value(first).run()
    choice(page, "enrolment.CASH").set_value(second).run()
    assert choice(page, "phone").value == first
    page.text_input(key="merge_reason").set_value("same card").run()
    press(page, act_of(page))

    assert not page.exception
    assert "has been merged into" in said(page)
    assert "Both records are one now" in said(page)
    after = beneficiaries.get(MANAGER, second)
    assert (after.uuid, after.fields["phone"]) == (first, "0700 111 222")
    assert [row.status for row in after.enrolments] == [Status.SUSPENDED]


def act_of(page: AppTest) -> str:
    """The words of the button that merges."""
    return next(one.label for one in page.button if one.label.startswith("Merge "))


def test_the_other_record_may_stay_and_much_against_it_is_typed_away(
    pair: tuple[UUID, UUID],
) -> None:
    first, _second = pair
    other = put(NewPerson("Moussa Koné", EAST, Sex.MALE))
    page = visit("merge", a=str(first), b=str(other))
    assert "Their names have nothing in common." in said(page)
    next(one for one in page.radio if one.label == "Which record stays?").set_value(other).run()

    words = act_of(page)
    press(page, words)
    assert "type the number as it stands" in said(page)
    page.text_input(key="merge_reason").set_value("read from one card").run()
    page.text_input(key=f"merge_typed_{words.split()[1]}").set_value(words.split()[1]).run()
    press(page, words)

    assert "has been merged into" in said(page)
    assert beneficiaries.get(MANAGER, first).uuid == other


def test_somebody_behind_a_wall_looks_like_nobody(pair: tuple[UUID, UUID]) -> None:
    far = put(NewPerson("Awa Traoré", WEST, programmes={"CASH": Status.ACTIVE}))
    first = str(pair[0])

    hers, nobody = (visit("merge", a=first, b=one) for one in (str(far), str(UUID(int=7))))

    assert said(hers) == said(nobody).replace(str(UUID(int=7)), str(far))
    assert hers.error[0].value == "This person was not found."
    assert [button.label for button in hers.button if "Merge" in button.label] == []
    assert "Awa Traoré" not in said(visit("merge", a=str(far)))


def test_who_may_not_move_people_sees_neither_page_nor_link(
    pair: tuple[UUID, UUID], sign_in: SignIn
) -> None:
    sign_in("brook")

    assert links(visit("beneficiary", id=str(pair[0])), "merge") == []
    page = visit("merge", a=str(pair[0]), b=str(pair[1]))
    assert "Awa" not in said(page)
    assert not [one for one in page.button if "Merge" in one.label]


def test_nobody_signed_in_sees_nothing(pair: tuple[UUID, UUID], cookies: dict[str, str]) -> None:
    cookies.clear()

    page = visit("merge", a=str(pair[0]), b=str(pair[1]))

    assert "Awa" not in said(page)
    assert "Your session has ended." in said(page)
