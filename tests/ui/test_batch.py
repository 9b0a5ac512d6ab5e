"""Receipts and the list of acts on the screen: what was done, for whom, and the way back."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, update

from core.domain.fields import Status
from core.domain.lifecycle import State
from core.domain.permissions import Actor, Role
from core.models import Programme
from core.services import lifecycle
from core.services.lifecycle import Asked, Chosen
from core.storage.columns import ENROLMENT, PERSON, PROGRAMME
from core.storage.database import reading, transaction
from tests.people import EAST, WEST, People, add_person
from tests.ui.screens import links, press, said, visit
from tests.world import NewPerson, put

SignIn = Callable[[str], str]
LOOK = "See what would happen"


@pytest.fixture
def managers(people: People) -> dict[str, Actor]:
    """Mona and Mark, managers of everything; West, of one district; Anna, an approver."""
    with transaction() as db:
        made = {
            "mona": add_person(db, "mona", Role.PROGRAMME_MANAGER),
            "mark": add_person(db, "mark", Role.PROGRAMME_MANAGER),
            "west": add_person(db, "west", Role.PROGRAMME_MANAGER, WEST),
            "anna": add_person(db, "anna", Role.APPROVER),
        }
    for name, area in (("Abeba", EAST), ("Bilal", EAST), ("Chantal", WEST)):
        put(NewPerson(name, area, programmes={"CASH": Status.ACTIVE}))
    return made


def enrolments(*names: str) -> list[UUID]:
    with reading() as db:
        query = select(ENROLMENT.uuid).join(PERSON.id.table, PERSON.id == ENROLMENT.person_id)
        return list(db.execute(query.where(PERSON.full_name.in_(names))).scalars())


def suspend(actor: Actor, *names: str) -> lifecycle.OrderView:
    asked = Asked("CASH", State.SUSPENDED, "Verification missed", "Round 2", date(2026, 1, 5))
    order = lifecycle.prepare(actor, asked, Chosen(enrolments=enrolments(*names)))
    return lifecycle.carry_out(actor, order)


def test_a_receipt_says_who_what_why_and_when(managers: dict[str, Actor], sign_in: SignIn) -> None:
    batch = suspend(managers["mona"], "Abeba", "Bilal", "Chantal").batch
    sign_in("mark")
    page = visit("batch", id=str(batch))

    assert not page.exception
    text = said(page)
    assert page.title[0].value == "Receipt: changed to Suspended"
    for words in ("mona, ", "Programme CASH", "Verification missed", "Round 2", "5 Jan 2026"):
        assert words in text
    assert "3 of 3 moved." in text
    assert f"undo={batch}" in links(page, "transition")
    assert links(page, "suspended") == ["programme=CASH"]


def test_a_receipt_shows_a_district_its_own_people_alone(
    managers: dict[str, Actor], sign_in: SignIn
) -> None:
    both = suspend(managers["mona"], "Abeba", "Chantal").batch
    beyond = suspend(managers["mona"], "Bilal").batch
    sign_in("west")
    text = said(visit("batch", id=str(both)))

    assert "1 of 1 moved." in text
    assert "Chantal" in text
    assert "Abeba" not in text
    hidden = visit("batch", id=str(beyond))
    assert not hidden.exception
    assert hidden.error[0].value == "This batch was not found."


def test_who_only_looks_has_no_undo(managers: dict[str, Actor], sign_in: SignIn) -> None:
    batch = suspend(managers["mona"], "Abeba").batch
    sign_in("efua")
    page = visit("batch", id=str(batch))
    assert "1 of 1 moved." in said(page)
    assert links(page, "transition") == []


def test_chosen_people_go_back_and_the_receipt_says_so(
    managers: dict[str, Actor], sign_in: SignIn
) -> None:
    batch = suspend(managers["mona"], "Abeba", "Bilal", "Chantal").batch
    sign_in("mona")
    page = visit("batch", id=str(batch))
    (box,) = [one for one in page.multiselect if one.label == "People"]
    page = box.select(enrolments("Bilal")[0]).run()
    (chosen,) = [one for one in links(page, "transition") if "pick=" in one]

    query = {"undo": str(batch), "pick": chosen.partition("pick=")[2]}
    page = visit("transition", **query)
    reason = next(one for one in page.text_input if one.label == "Reason for the undo")
    reason.set_value("Wrong person")
    page = press(page, LOOK)
    assert links(page, "batch") == [f"id={batch}"], "the way out of the undo"
    page = press(page, "Change it")
    assert page.title[0].value == "Undo"
    assert "For 1 chosen people" in said(page)
    assert links(page, "batch") == [f"id={batch}"]
    assert [one.value for one in page.text_input if one.label == reason.label] == ["Wrong person"]
    page = press(press(page, LOOK), "Take back 1")

    assert "1 of 1 went back." in said(page)
    assert "Bilal" in said(page)
    assert "Abeba" not in said(page)
    first = visit("batch", id=str(batch))
    assert "Undo by mona on" in said(first)
    assert "Undone for 1 of 3" in said(first)
    acts = said(visit("batches"))
    assert "Undone for 1 of 3" in acts
    assert ">of: Change of status, " in acts
    page = press(press(visit("transition", undo=str(batch)), LOOK), "Take back 2")
    assert "2 of 3 went back; 1 stayed." in said(page)
    assert "Stayed: Is taken back already" in said(page)


def test_the_list_of_acts_is_narrowed_by_its_address(
    managers: dict[str, Actor], sign_in: SignIn
) -> None:
    suspend(managers["mona"], "Abeba")
    suspend(managers["mark"], "Bilal")
    sign_in("mona")
    everything = said(visit("batches", kind="transition"))
    own = said(visit("batches", own="1"))

    assert everything.count("Change of status</a>") == 2
    assert own.count("Change of status</a>") == 1
    assert "mark" not in own
    nothing = visit("batches", kind="undo")
    assert nothing.info[0].value == "No act fits this."


def test_a_second_person_looks_and_approves(managers: dict[str, Actor], sign_in: SignIn) -> None:
    with transaction() as db:
        db.execute(update(Programme).where(PROGRAMME.code == "CASH").values(approval=True))
    sign_in("mona")
    page = visit("transition", status="ACTIVE", programme=["CASH"])
    next(one for one in page.text_input if one.label == "Reason").set_value("Season ends")
    page = press(press(page, LOOK), "Ask for approval of 3")
    assert "Put before a second person" in page.success[0].value
    assert "Look and decide" not in [one.label for one in visit("batches", view="planned").button]

    sign_in("anna")
    page = press(visit("batches", view="planned"), "Look and decide")
    assert "Asked for by mona" in said(page)
    assert "Chantal" in said(page)
    page = press(page, "Refuse")
    assert "Say why" in page.error[0].value
    page = press(page, "Approve: 3")

    assert "Approved and carried out: 3 of 3 moved." in said(page)
    assert visit("suspended").subheader[0].value == "3 enrolments of 3 people"
