"""Changing statuses on the screen: whom, to what, what it would do, and the receipt."""

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from core.domain.fields import Sex, Status
from core.domain.lifecycle import HouseholdRule
from core.domain.permissions import Role
from core.models import Programme
from core.settings import today
from core.storage.columns import ENROLMENT, PERSON, PROGRAMME
from core.storage.database import reading, transaction
from tests import rows
from tests.people import EAST, WEST, People, add_person
from tests.ui.screens import links, press, said, visit
from tests.world import NewPerson, add_batch, add_programme, enrol, put

SignIn = Callable[[str], str]
A, P, S = Status.ACTIVE, Status.POTENTIAL, Status.SUSPENDED
LOOK = "See what would happen"


@pytest.fixture
def world(people: People) -> People:
    with transaction() as db:
        add_person(db, "mona", Role.PROGRAMME_MANAGER)
        add_person(db, "west", Role.PROGRAMME_MANAGER, WEST)
    for new in (
        NewPerson("Abeba", EAST, Sex.FEMALE, True, date(1990, 5, 1), {"CASH": A, "SKILLS": A}),
        NewPerson("Bilal", EAST, Sex.MALE, False, date(2007, 3, 1), {"CASH": A}),
        NewPerson("Chantal", WEST, Sex.FEMALE, True, date(1980, 3, 2), {"CASH": A}),
        NewPerson("Desta", WEST, Sex.FEMALE, None, None, {"CASH": P}),
    ):
        put(new)
    return people


def look(reason: str = "Verification missed", **query: str | list[str]) -> AppTest:
    """Fill in the form at an address and ask what would happen."""
    page = visit("transition", **query)
    assert not page.exception
    field = next(one for one in page.text_input if one.label == "Reason")
    field.set_value(reason)
    page = press(page, LOOK)
    assert not page.exception
    return page


def query_of(link: str) -> dict[str, str]:
    return dict(parse_qsl(link))


def statuses() -> dict[str, int]:
    with reading() as db:
        found = db.execute(select(ENROLMENT.status).where(ENROLMENT.ended_on.is_(None))).scalars()
        kept = list(found)
    return {status: kept.count(status) for status in set(kept)}


def test_the_filter_of_a_list_is_previewed_carried_out_and_taken_back(
    world: People, sign_in: SignIn
) -> None:
    sign_in("mona")
    listed = visit("active", sex="FEMALE", programme=["CASH"])
    (everybody,) = [one for one in links(listed, "transition") if "sex=FEMALE" in one]
    assert everybody == "programme=CASH&sex=FEMALE&status=ACTIVE"

    page = look(status="ACTIVE", programme=["CASH"], sex="FEMALE")
    assert "2 of 2 move." in said(page)
    assert "Chantal" in said(page)
    assert statuses() == {"ACTIVE": 4, "POTENTIAL": 1}
    page = press(page, "Move 2 to Suspended")

    assert page.title[0].value == "Receipt: changed to Suspended"
    assert "2 of 2 moved." in said(page)
    assert statuses() == {"ACTIVE": 2, "POTENTIAL": 1, "SUSPENDED": 2}
    assert visit("active").subheader[0].value == "2 enrolments of 2 people"

    page = press(press(page, "Undo this"), LOOK)
    assert "2 of 2 go back." in said(page)
    page = press(page, "Take back 2")
    assert page.title[0].value == "Receipt: Undo"
    assert statuses() == {"ACTIVE": 4, "POTENTIAL": 1}
    (first,) = links(page, "batch")
    assert "Undo by mona on" in said(visit("batch", **query_of(first)))


def test_a_filter_over_two_programmes_asks_for_the_one(world: People, sign_in: SignIn) -> None:
    sign_in("mona")
    page = visit("transition", status="ACTIVE", sex="FEMALE")

    assert not [one for one in page.button if one.label == LOOK]
    (box,) = [one for one in page.selectbox if one.label.startswith("Programme")]
    assert box.options == ["Programme CASH · 2 enrolments", "Programme SKILLS · 1 enrolment"]
    page = box.select_index(1).run()
    next(one for one in page.text_input if one.label == "Reason").set_value("Done")
    assert "1 of 1 move." in said(press(page, LOOK))


def test_the_targets_are_where_the_programme_leads_from_there(
    world: People, sign_in: SignIn
) -> None:
    sign_in("mona")
    page = visit("transition", status="ACTIVE", programme=["SKILLS"])
    assert page.radio[0].options == ["Suspended", "Graduated", "Exit: the enrolment ends"]

    page = page.radio[0].set_value("EXITED").run()

    (reason,) = [one for one in page.selectbox if one.label == "Reason"]
    assert "Moved away" in reason.options
    page = press(page, LOOK)
    assert "Give a reason" in page.error[0].value


def test_many_are_confirmed_by_their_number(world: People, sign_in: SignIn) -> None:
    with transaction() as db:
        batch, programme = add_batch(db), add_programme(db, "BIG")
        for at in range(101):
            person = rows.add_human(db, f"Person {at:03}")
            enrol(db, batch, person, programme, A)
    sign_in("mona")
    page = look(status="ACTIVE", programme=["BIG"])
    refused = press(page, "Move 101 to Suspended")
    assert "The number is not right. Type 101." in refused.error[0].value
    assert "1–50 of 101" in said(refused)

    next(one for one in refused.text_input if one.label == "Type 101 to confirm").set_value("101")

    assert press(refused, "Move 101 to Suspended").title[0].value.startswith("Receipt")
    assert statuses()["SUSPENDED"] == 101


def test_numbers_move_whom_they_name_and_the_others_are_listed(
    world: People, sign_in: SignIn
) -> None:
    with reading() as db:
        query = select(PERSON.registration_no).where(PERSON.full_name.in_(("Bilal", "Desta")))
        bilal, desta = db.execute(query.order_by(PERSON.full_name)).scalars()
    sign_in("mona")
    page = press(visit("transition", of="CASH"), LOOK)
    assert "Give between 1 and" in page.error[0].value
    page.text_area[0].set_value(f"{bilal}, P-999 ; {desta} {bilal}")
    page = page.radio[0].set_value("SUSPENDED").run()
    next(one for one in page.text_input if one.label == "Reason").set_value("On the list")
    page = press(page, LOOK)

    assert "1 of 2 move; 1 stay; 1 number is unknown." in said(page)
    assert "1 number stood in the list more than once. It counts once." in said(page)
    why = "Stay: The programme has no move from their status to that one"
    assert why in said(page)
    page.button(key="transition_show_unknown").click().run()
    assert "P-999" in said(page)


def test_when_nobody_can_move_the_page_says_why(world: People, sign_in: SignIn) -> None:
    sign_in("mona")
    page = visit("transition", status="ACTIVE", programme=["SKILLS"])
    page.date_input[0].set_value(date(2020, 1, 1))
    next(one for one in page.text_input if one.label == "Reason").set_value("Late")
    page = press(page.run(), LOOK)

    assert "Nobody of them can move" in page.warning[0].value
    assert "Stay: Their present status began after the effective date" in said(page)
    assert not [one for one in page.button if one.label.startswith("Move ")]
    assert press(page, "Change it").date_input[0].value == date(2020, 1, 1)


def test_a_later_day_is_planned_and_can_be_given_up(world: People, sign_in: SignIn) -> None:
    sign_in("mona")
    page = visit("transition", status="ACTIVE", programme=["SKILLS"])
    page.date_input[0].set_value(today() + timedelta(days=9))
    next(one for one in page.text_input if one.label == "Reason").set_value("Season ends")
    page = press(page.run(), LOOK)
    (plan,) = [one for one in page.button if one.label.startswith("Plan 1 for ")]
    page = plan.click().run()

    assert "Nothing has moved yet" in page.success[0].value
    assert page.title[0].value.startswith("Planned for ")
    assert page.title[0].value.endswith(": to Suspended")
    assert statuses() == {"ACTIVE": 4, "POTENTIAL": 1}
    waiting = visit("batches", view="planned")
    assert "Programme SKILLS: to Suspended on" in said(waiting)
    assert "No move is planned" in said(press(waiting, "Cancel this move"))


def test_the_household_that_is_carried_along_is_named(world: People, sign_in: SignIn) -> None:
    with transaction() as db:
        programme, batch = add_programme(db, "HOME"), add_batch(db)
        people = [rows.add_human(db, name) for name in ("Head", "Wife", "Son")]
        home = rows.add_household(db, rows.ROOT, *people)
        for person in people:
            enrol(db, batch, person, programme, A)
        enrol(db, batch, people[0], programme, A, household_id=home)
        db.execute(
            update(Programme)
            .where(PROGRAMME.code == "HOME")
            .values(household_rule=HouseholdRule.HEAD)
        )
    with reading() as db:
        first = select(ENROLMENT.uuid).where(ENROLMENT.person_id == people[0])
        head = str(db.execute(first.where(ENROLMENT.household_id.is_(None))).scalar_one())
    sign_in("mona")
    page = look(status="ACTIVE", programme=["HOME"], pick=[head])

    assert "1 of 1 move; with them 3 more of 1 household." in said(page)
    page.button(key="transition_show_carried").click().run()
    assert all(name in said(page) for name in ("Wife", "Son"))
    assert "4 enrolments of Programme HOME become Suspended" in said(page)


def test_who_may_not_move_is_offered_nothing(world: People, sign_in: SignIn) -> None:
    sign_in("brook")
    assert links(visit("active"), "transition") == []
    sign_in("west")
    page = look(status="ACTIVE", programme=["CASH"])
    assert "1 of 1 move." in said(page)
    assert "Bilal" not in said(page)


def test_the_form_of_one_person_names_them_and_where_else_somebody_who_died_is_enrolled(
    world: People, sign_in: SignIn
) -> None:
    with reading() as db:
        abeba = db.execute(select(PERSON.uuid).where(PERSON.full_name == "Abeba")).scalar_one()
    sign_in("mona")
    (way,) = [
        one for one in links(visit("beneficiary", id=str(abeba)), "transition") if "=CASH" in one
    ]
    page = visit("transition", **query_of(way))
    assert all(one in said(page) for one in ("Abeba", "Programme CASH", "now: Active since"))
    page = page.radio[0].set_value("EXITED").run()
    reason = next(one for one in page.selectbox if one.label == "Reason")
    assert "enrolled elsewhere too" not in said(page)
    page = reason.set_value("DECEASED").run()

    assert "Programme SKILLS · Active" in said(page)
    (other,) = links(page, "transition")
    assert ("programme", "SKILLS") in parse_qsl(other)
    assert ("target", "EXITED") in parse_qsl(other)
    page = press(press(page, LOOK), "End 1")
    assert links(page, "transition") == [other]
    ended = visit("transition", **query_of(other))
    assert ended.radio[0].value == "EXITED"


def test_a_list_of_numbers_keeps_the_filtered_programme(world: People, sign_in: SignIn) -> None:
    sign_in("mona")
    listed = visit("active", sex="FEMALE", programme=["SKILLS"])
    assert "programme=SKILLS" in links(listed, "transition")
    page = visit("transition", programme=["SKILLS"])
    assert "Programme: Programme SKILLS" in said(page)
