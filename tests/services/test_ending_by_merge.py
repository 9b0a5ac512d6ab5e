"""What ends because two records were one: the household's enrolment follows the last of its
members', and a programme in which a second person approves is not gone round."""

from uuid import UUID

import pytest
from sqlalchemy import text

from core.domain.fields import Status
from core.domain.households import Merge
from core.domain.lifecycle import HouseholdRule
from core.errors import Conflict, InvalidInput
from core.models import Identifier, Programme
from core.services import batches, households, lifecycle, merging
from core.services import undo as taking_back
from core.services.merging import Fate, MergeReceipt, Wish
from core.storage.database import transaction
from tests.conftest import Registry
from tests.households import ON, WHY, Village, build, content, home, undo, who
from tests.importing import ask
from tests.people import EAST
from tests.rows import add_household, add_human
from tests.world import add_batch, enrol, place_id


@pytest.fixture
def village(registry: Registry) -> Village:
    return build()


def two_homes(holder: int) -> None:
    """Under the rule ALL: Gil, with Hana, who is not enrolled, and Gilles, who is the same man,
    alone. One of the first two stands for their household."""
    with transaction() as db:
        east, batch = place_id(db, EAST), add_batch(db)
        programme = Programme(code="FOOD", name="Food", household_rule=HouseholdRule.ALL)
        db.add(programme)
        db.flush()
        hana, gil, gilles = (add_human(db, name, east) for name in ("Hana", "Gil", "Gilles"))
        first, other = add_household(db, east, hana, gil), add_household(db, east, gilles)
        for person in (gil, gilles):
            enrol(db, batch, person, programme, Status.ACTIVE)
        enrol(db, batch, (hana, gil)[holder], programme, Status.ACTIVE, household_id=first)
        enrol(db, batch, gilles, programme, Status.ACTIVE, household_id=other)


def ended() -> list[tuple[str, str]]:
    """What ended in FOOD: of whom, a household's under its holder, and why."""
    found = ask(
        "SELECT CASE WHEN e.household_id IS NULL THEN p.full_name ELSE 'home of ' || p.full_name "
        "END, e.exit_reason FROM enrolment e JOIN person p ON p.id = e.person_id "
        "WHERE e.ended_on IS NOT NULL ORDER BY 1"
    )
    return [tuple(row) for row in found]


def merge(village: Village) -> MergeReceipt:
    wish = Wish(who("Gilles"), who("Gil"), {})
    return merging.merge(village.nadia, wish, merging.preview(village.nadia, wish).stamp, WHY)


@pytest.mark.parametrize("holder", [0, 1])
def test_a_household_ends_with_the_last_of_its_members_and_comes_back(
    village: Village, holder: int
) -> None:
    two_homes(holder)
    wish = Wish(who("Gilles"), who("Gil"), {})
    seen = merging.preview(village.nadia, wish).enrolments
    assert [(one.fate, one.of_household) for one in seen] == [(Fate.ENDS, False), (Fate.ENDS, True)]

    receipt = merge(village)

    assert ended() == [("Gil", "DUPLICATE"), ("home of Hana", "DUPLICATE")]
    assert receipt.counts["ended"] == 2
    told = batches.receipt(village.nadia, receipt.batch)
    assert told is not None
    assert told.moved == 2
    content()
    undo(village.nadia, receipt.batch)
    assert ended() == []
    assert ask("SELECT count(*) FROM enrolment e WHERE e.household_id = 4") == [(1,)]
    content()


def test_a_household_in_which_somebody_is_still_enrolled_goes_on(village: Village) -> None:
    two_homes(0)
    with transaction() as db:
        hana = int(db.execute(text("SELECT id FROM person WHERE full_name = 'Hana'")).scalar_one())
        food = db.execute(text("SELECT id FROM programme WHERE code = 'FOOD'")).scalar_one()
        enrol(db, add_batch(db), hana, db.get_one(Programme, food), Status.POTENTIAL)

    merge(village)

    assert ended() == [("Gil", "DUPLICATE")]


def test_nothing_ends_by_a_merge_where_a_second_person_approves(village: Village) -> None:
    two_homes(0)
    with transaction() as db:
        db.execute(text("UPDATE programme SET approval = true WHERE code IN ('FOOD', 'HOUSE')"))
    before = content()

    with pytest.raises(Conflict, match="a second person approves"):
        merge(village)
    act = Merge(household=home(1), on=ON, reason=WHY, into=home(2))
    with pytest.raises(InvalidInput, match="a second person approves"):
        households.preview(village.nadia, act)
    assert content() == before


def test_what_ended_before_by_an_approved_move_lets_the_merge_happen(village: Village) -> None:
    two_homes(0)
    with transaction() as db:
        db.execute(text("UPDATE programme SET approval = true WHERE code = 'FOOD'"))
        db.execute(
            text(
                "UPDATE enrolment SET ended_on = since, exit_reason = 'DUPLICATE' WHERE "
                "person_id = (SELECT id FROM person WHERE full_name = 'Gil')"
            )
        )

    assert isinstance(merge(village).batch, UUID)


@pytest.mark.parametrize("gain", ["an enrolment", "an ended one of the household", "a number"])
def test_a_merge_is_not_done_again_over_what_the_old_record_has_come_by_since(
    village: Village, gain: str
) -> None:
    two_homes(0)
    undone = undo(village.nadia, merge(village).batch)
    with transaction() as db:
        gil, first = (
            int(db.execute(text(query)).scalar_one())
            for query in (
                "SELECT id FROM person WHERE full_name = 'Gil'",
                "SELECT household_id FROM membership m JOIN person p ON p.id = m.person_id "
                "WHERE p.full_name = 'Gil' AND m.until IS NULL",
            )
        )
        if gain == "a number":
            db.add(Identifier(person_id=gil, type="PASSPORT", value="X 1", normalised="X1"))
        else:
            later = Programme(code="LATER", name="Later", household_rule=HouseholdRule.ALL)
            db.add(later)
            db.flush()
            home_of = None if gain == "an enrolment" else first
            enrol(db, add_batch(db), gil, later, Status.ACTIVE, household_id=home_of)
    if gain == "an ended one of the household":
        with transaction() as db:
            latest = "(SELECT max(id) FROM enrolment)"
            db.execute(
                text(
                    "UPDATE enrolment SET ended_on = since, exit_reason = 'WITHDREW', "
                    f"version = version + 1 WHERE id = {latest}"
                )
            )
    laid = taking_back.prepare(village.nadia, undone, WHY)
    assert {one["why"] for one in lifecycle.view(village.nadia, laid).obstacles} == {"GAINED"}

    with pytest.raises(Conflict, match="changed or used since"):
        lifecycle.carry_out(village.nadia, laid)

    assert ask("SELECT count(*) FROM person WHERE merged_into_id IS NOT NULL") == [(0,)]
