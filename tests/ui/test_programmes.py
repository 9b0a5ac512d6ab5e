"""The page of programmes: the list, one programme changed in a draft, looked at, put in force."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.criteria import Op, where
from core.domain.fields import Kind, Sex, Status
from core.domain.lifecycle import HouseholdRule, Move, State
from core.domain.permissions import Role
from core.domain.programme_design import Attribute, Design
from core.models import Person
from core.services import accounts, lifecycle, programmes, undo
from core.services.programmes import CycleRow
from core.settings import today
from core.storage import programmes as programmes_storage
from core.storage.database import transaction
from tests.people import EAST, People, add_person
from tests.rows import add_household, add_human, add_place, enrol
from tests.ui.screens import press, said, selects, visit
from tests.world import NewPerson, add_programme, put

SignIn = Callable[[str], str]


@pytest.fixture
def chen(people: People, sign_in: SignIn) -> People:
    """An administrator at the screen, and a programme with three people."""
    for name, status in (("Awa", Status.ACTIVE), ("Ali", Status.ACTIVE), ("Bo", Status.POTENTIAL)):
        put(NewPerson(name, EAST, Sex.FEMALE, programmes={"CASH": status}))
    sign_in("chen")
    return people


def one(page: AppTest, kind: str, label: str) -> Any:
    return next(found for found in getattr(page, kind) if found.label == label)


def design(people: People) -> Design:
    return programmes.describe(people.chen, "CASH").design


def rows(page: AppTest) -> list[list[str]]:
    """The cells of the first table of a page that tells what was and what is."""
    table = next(text for text in said(page).split("<table") if ">Is</th>" in text)
    body = table.split("<tbody>")[1].split("</tbody>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("<tr>")[1:]]


def save(page: AppTest) -> AppTest:
    page = press(page, "See what it affects")
    one(page, "text_input", "Why (kept with the change)").set_value("Wished")
    page = press(page, "Put in force")
    assert not page.exception
    assert not page.error, [error.value for error in page.error]
    return page


def test_without_a_session_nothing_is_shown(people: People, cookies: dict[str, str]) -> None:
    page = visit("programmes")

    assert "Your session has ended" in said(page)


@pytest.mark.parametrize("name", ["amina", "brook", "efua"])
def test_who_may_not_change_programmes_does_not_open_the_page(
    people: People, open_page: Callable[..., AppTest], name: str
) -> None:
    assert "no permission to change programmes" in said(open_page(name, "programmes"))


def test_a_manager_of_a_district_is_told_what_is_missing(people: People, sign_in: SignIn) -> None:
    with transaction() as db:
        add_programme(db, "CASH")
        add_person(db, "mira", Role.PROGRAMME_MANAGER, EAST)
    sign_in("mira")

    assert "None is yours to change" in said(visit("programmes"))
    page = visit("programmes", code="CASH")
    assert "no permission to change programmes" in said(page)
    assert "Capacity" not in said(page)


def test_the_list_shows_numbers_and_leads_to_a_new_programme(chen: People) -> None:
    page = visit("programmes")

    assert not page.exception
    for words in ("CASH", "2, no limit", "Each moves alone", "programmes?code=CASH"):
        assert words in said(page)
    one(page, "text_input", "Code").set_value("food")
    one(page, "text_input", "Name").set_value("Food for all")
    page = press(page, "Add the programme")
    assert not page.exception
    assert page.query_params["code"] == "FOOD"
    assert "Food for all is added" in said(page)


def test_a_change_is_looked_at_and_put_in_force_in_one_go(chen: People) -> None:
    page = visit("programmes", code="CASH")
    assert "Not in force yet" not in said(page)
    one(page, "number_input", "Capacity: places for those who are active").set_value(1).run()
    one(page, "segmented_control", "Part of the programme").set_value("households").run()
    page = (
        one(page, "radio", "When a person moves to another status")
        .set_value(HouseholdRule.HEAD)
        .run()
    )

    assert "Not in force yet: Capacity, Household rule." in said(page)
    assert design(chen).capacity is None
    page = press(page, "See what it affects")
    assert "The capacity of 1 is below the 2 who have a place." in said(page)
    assert "Give a reason" in said(press(page, "Put in force"))
    assert rows(page) == [
        ["Capacity", "No limit", "1"],
        ["Household rule", "Each moves alone", "The head leads"],
    ]
    one(page, "text_input", "Why (kept with the change)").set_value("Less money")
    page = press(page, "Put in force")

    assert not page.exception
    assert "In force from now on: Capacity, Household rule." in said(page)
    assert "Not in force yet" not in said(page)
    assert (design(chen).capacity, design(chen).household_rule) == (1, HouseholdRule.HEAD)
    assert page.query_params["part"] == "history"
    assert ["Household rule", "Each moves alone", "The head leads"] in rows(page)
    assert "Reason: Less money" in said(page)


def test_a_move_is_given_reasons_and_a_condition_and_another_is_added(chen: People) -> None:
    page = visit("programmes", code="CASH", part="moves", move="POTENTIAL-ACTIVE")
    reasons = "Reasons to choose from, one on each line; none: any words will do"
    one(page, "text_area", reasons).set_value("Verified\n\nVerified\nAppeal").run()
    one(page, "selectbox", "Field").set_value("age").run()
    one(page, "selectbox", "Comparison").set_value(Op.AT_LEAST).run()
    one(page, "number_input", "Value").set_value(18).run()
    page = press(page, "Add this condition")
    assert not page.exception
    assert "Age 18 or more" in said(page)
    one(page, "selectbox", "From status").set_value(State.SUSPENDED).run()
    one(page, "selectbox", "To status").set_value(State.POTENTIAL).run()
    page = press(page, "Add this move")
    assert page.query_params["move"] == "SUSPENDED-POTENTIAL"
    one(page, "selectbox", "Move to change").set_value("GRADUATED-EXITED").run()
    page = save(press(page, "Take this move away"))

    moves = design(chen).moves
    verified = Move(
        State.POTENTIAL, State.ACTIVE, ("Verified", "Appeal"), where("age", Op.AT_LEAST, 18)
    )
    assert verified in moves
    assert Move(State.SUSPENDED, State.POTENTIAL) in moves
    assert len(moves) == 9
    assert not [move for move in moves if move.before is State.GRADUATED]


def test_attributes_lists_exits_and_graduation_are_filled_in_without_json(chen: People) -> None:
    page = visit("programmes", code="CASH", part="attributes")
    new = "Name of a new attribute, as the column of the files is called"
    one(page, "text_input", new).set_value("roof")
    page = press(page, "Add this attribute")
    one(page, "text_input", "Label").set_value("Roof").run()
    one(page, "selectbox", "Kind").set_value("code").run()
    assert "a choice has 1 to 200 options" not in said(page)
    page = press(page, "See what it affects")
    assert "a choice has 1 to 200 options" in said(page)
    one(page, "text_area", "Options, one on each line").set_value("straw\ntin").run()
    part = one(page, "segmented_control", "Part of the programme")
    page = part.set_value("lists").run()
    one(page, "selectbox", "Field").set_value("sex").run()
    one(page, "selectbox", "Value").set_value("FEMALE").run()
    page = press(page, "Add this condition")
    columns = one(page, "multiselect", "Columns, in the order of the list")
    columns.set_value(["full_name", "attribute.roof"]).run()
    page = one(page, "segmented_control", "Part of the programme").set_value("exits").run()
    one(page, "text_area", "Reasons of exits, one on each line").set_value("Left").run()
    page = one(page, "segmented_control", "Part of the programme").set_value("graduation").run()
    one(page, "selectbox", "Field").set_value("attribute.roof").run()
    assert one(page, "selectbox", "Value").options == ["straw", "tin"]
    one(page, "selectbox", "Value").set_value("tin").run()
    page = save(press(page, "Add this condition"))

    found = design(chen)
    (roof,) = found.attribute_schema
    assert (roof.name, roof.label, roof.options) == ("roof", "Roof", ("straw", "tin"))
    assert found.default_criteria == where("sex", Op.IS, "FEMALE")
    assert found.list_columns == ("full_name", "attribute.roof")
    assert found.exit_reasons == ("Left",)
    assert found.graduation == where("attribute.roof", Op.IS, "tin")


def test_changes_are_put_aside_and_somebody_elses_are_not_written_over(chen: People) -> None:
    page = visit("programmes", code="CASH")
    one(page, "text_input", "Name").set_value("Mine").run()
    page = press(page, "Put the changes aside")
    assert "Not in force yet" not in said(page)
    assert one(page, "text_input", "Name").value == design(chen).name

    one(page, "text_input", "Name").set_value("Mine").run()
    seen = programmes.describe(chen.chen, "CASH")
    other = replace(seen.design, name="Theirs")
    programmes.change(chen.chen, "CASH", other, seen.version, "x")
    page = page.run()

    assert "chen has changed this programme in between" in said(page)
    assert "Not in force yet" not in said(page)
    assert one(page, "text_input", "Name").value == "Theirs"


def test_a_cycle_is_saved_at_once(chen: People) -> None:
    page = visit("programmes", code="CASH", part="cycles")
    one(page, "selectbox", "Cycle to name or date").set_value(1).run()
    one(page, "text_input", "Name").set_value("Spring")
    page = press(page, "Save the cycle")

    assert not page.exception
    assert "Cycle 2 is saved." in said(page)
    cycles = programmes.describe(chen.chen, "CASH").cycles
    assert list(cycles) == [CycleRow(1, "", None, None, 3), CycleRow(2, "Spring", None, None)]


def test_what_is_open_when_the_language_changes_is_kept_all_the_same(chen: People) -> None:
    for part in ("general", "moves", "households", "lists"):
        page = visit("programmes", code="CASH", part=part, move="POTENTIAL-ACTIVE")
        before = selects(page) - {"programme_part"}
        page.selectbox(key="shell_language").set_value("fr").run()
        assert not page.exception
        assert not before & selects(page), part  # a browser would send words of the other language
        assert not page.get("warning")
        accounts.choose_language(chen.chen, "en")


def test_the_last_change_of_anybody_is_shown_with_what_was_and_what_is(
    chen: People, sign_in: SignIn
) -> None:
    with transaction() as db:
        add_person(db, "mira", Role.PROGRAMME_MANAGER)
    seen = programmes.describe(chen.chen, "CASH")
    adult = Move(State.POTENTIAL, State.ACTIVE, ("Verified",), where("age", Op.AT_LEAST, 18))
    kept = tuple(
        one
        for one in seen.design.moves
        if (one.before, one.after)
        not in ((State.POTENTIAL, State.ACTIVE), (State.GRADUATED, State.EXITED))
    )
    roof = Attribute("roof", "Roof", Kind.CODE, ("straw", "tin"), required=True)
    poor = where("attribute.roof", Op.IS, "straw")
    new = replace(
        seen.design, moves=(*kept, adult), attribute_schema=(roof,), graduation=poor, starts=None
    )
    programmes.change(chen.chen, "CASH", new, seen.version, "Donor")
    sign_in("mira")

    page = press(visit("programmes", code="CASH"), "The last change")

    assert not page.exception
    assert rows(page) == [
        ["Move Potential → Active: Reasons to choose from", "any words", "Verified"],
        ["Move Potential → Active: Only for whom", "Everybody", "Age 18 or more"],
        ["Move Graduated → Ended", "allowed", "not allowed"],
        ["Attribute “Roof”", "not asked for", "Choice from a list · straw, tin · required"],
        ["Rule of graduation", "No rule: nobody is proposed.", "Roof: straw"],
    ]
    assert "Reason: Donor" in said(page)


def test_a_change_that_reaches_many_asks_for_their_number(chen: People) -> None:
    with transaction() as db:
        key, place = programmes_storage.get(db, "CASH").id or 0, add_place(db, "FAR").id or 0
        for number in range(101):
            enrol(db, add_human(db, f"Z{number}", place), key, Status.SUSPENDED)
    page = visit("programmes", code="CASH", part="moves")
    for after in ("ACTIVE", "GRADUATED", "EXITED"):
        one(page, "selectbox", "Move to change").set_value(f"SUSPENDED-{after}").run()
        page = press(page, "Take this move away")
    page = press(page, "See what it affects")
    assert "In Suspended without any move that leads on: 101 enrolments." in said(page)
    one(page, "text_input", "Why (kept with the change)").set_value("Wished")
    one(page, "text_input", "Type 101 to confirm").set_value("10")
    page = press(page, "Put in force")
    assert "The number is not right. Type 101." in said(page)
    assert design(chen).moves != ()
    assert programmes.describe(chen.chen, "CASH").version == 1

    one(page, "text_input", "Type 101 to confirm").set_value("101")
    page = press(page, "Put in force")

    assert not page.exception
    assert not [move for move in design(chen).moves if move.before is State.SUSPENDED]


def test_what_is_wrong_is_said_for_every_part_in_the_order_of_the_form(chen: People) -> None:
    page = visit("programmes", code="CASH", part="attributes")
    new = "Name of a new attribute, as the column of the files is called"
    one(page, "text_input", new).set_value("roof")
    page = press(page, "Add this attribute")
    one(page, "selectbox", "Kind").set_value("code").run()
    one(page, "segmented_control", "Part of the programme").set_value("general").run()
    one(page, "text_input", "Name").set_value(" ").run()

    page = press(page, "See what it affects")

    assert [error.value.partition(":")[0] for error in page.error] == ["Name", "Attributes"]


def test_a_change_that_was_used_says_what_to_set_back_instead(
    chen: People, sign_in: SignIn
) -> None:
    with transaction() as db:
        mira = add_person(db, "mira", Role.PROGRAMME_MANAGER)
        place = add_place(db, "FAR").id or 0
        head = add_human(db, "Head", place)
        add_household(db, place, head)
        enrol(db, head, programmes_storage.get(db, "CASH").id or 0, Status.ACTIVE)
        number = db.get_one(Person, head).registration_no
    seen = programmes.describe(mira, "CASH")
    led = replace(seen.design, household_rule=HouseholdRule.HEAD)
    done = programmes.change(mira, "CASH", led, seen.version, "Wished")
    moved = lifecycle.Asked("CASH", State.GRADUATED, "Done", "", today())
    chosen = lifecycle.Chosen(numbers=[number])
    lifecycle.carry_out(mira, lifecycle.prepare(mira, moved, chosen))
    sign_in("mira")
    order = undo.prepare(mira, done.batch)
    pages = [press(visit("programmes", code="CASH", part="history"), "Take this change back")]
    pages.append(visit("transition", order=str(order)))

    for page in pages:
        assert not page.exception
        assert "Change the programme back on its page instead" in said(page)
        cells = re.findall(r"<td[^>]*>(.*?)</td>", said(page))
        at = cells.index("Household rule")
        assert cells[at + 1] == "Each moves alone"
        at = cells.index("Statuses")
        assert cells[at : at + 4] == ["Statuses", "moved on since", "1", number]
    assert "other records go back" not in said(pages[1])
