"""Changing a programme: previewed in counts, saved once as a batch, by those who may."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from core.domain.criteria import Op, where
from core.domain.fields import Status
from core.domain.lifecycle import DEFAULT_MOVES, HouseholdRule, Move, OrderState, Part, State
from core.domain.permissions import Actor, Role, Scope
from core.domain.programme_design import Attribute, Design
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.models import Cycle, Grant, MoveOrder, MoveSubject, RowImage, Unit, User
from core.services import lifecycle, programme_history, programmes, undo
from core.services.programmes import CycleRow
from core.settings import now
from core.storage.accounts import add_user
from core.storage.acts.row_images import read_rows
from core.storage.content import content_hash
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.importing import ask
from tests.people import add_person
from tests.rows import DAY, add_household, add_human, add_place, add_programme, count_waiting, enrol

CHEN = Actor(1, "chen", (Scope(Role.ADMINISTRATOR, "1/"),))
MANAGER = Actor(2, "mira", (Scope(Role.PROGRAMME_MANAGER, "1/"),))
A, P, S = Status.ACTIVE, Status.POTENTIAL, Status.SUSPENDED


@pytest.fixture
def cash(registry: Registry) -> int:
    """A programme with a family of three (the head SUSPENDED), a family of two whose head is not
    enrolled, one whose only member has left, and two who live alone."""
    with transaction() as db:
        place, key = add_place(db, "NORTH").id or 0, add_programme(db, "CASH")
        add_programme(db, "OTHER")
        people = [add_human(db, f"P{n}", place) for n in range(1, 9)]
        add_household(db, place, *people[:3])
        add_household(db, place, *people[3:5])
        add_household(db, place, people[5])
        for person, status in zip(people[:3], (S, A, A), strict=True):
            enrol(db, person, key, status)
        enrol(db, people[4], key, P)
        enrol(db, people[5], key, A, ended_on=DAY)
        enrol(db, people[6], key, A)
        enrol(db, people[7], key, P)
        db.execute(text("DELETE FROM search_outbox"))
    return key


def design() -> Design:
    return programmes.describe(CHEN, "CASH").design


def change(actor: Actor = CHEN, why: str = "A wish", **parts: Any) -> programmes.Changed:
    seen = programmes.describe(actor, "CASH")
    return programmes.change(actor, "CASH", replace(seen.design, **parts), seen.version, why)


def foreseen(actor: Actor = CHEN, **parts: Any) -> list[dict[str, Any]]:
    found = programmes.preview(actor, "CASH", replace(design(), **parts))
    return [one.to_json() for one in found]


def content() -> str:
    with reading() as db:
        return content_hash(db)


def add_order(key: int, state: OrderState, *enrolments: int) -> None:
    """Put an order to suspend before the registry."""
    with transaction() as db:
        order = MoveOrder(
            kind="transition", actor="mira", programme_id=key, target=State.SUSPENDED,
            effective_on=date(2027, 1, 1), made_at=now(), state=state,
        )  # fmt: skip
        db.add(order)
        db.flush()
        db.add_all(
            MoveSubject(
                order_id=order.id, enrolment_id=one, version=1, part=Part.CHOSEN, status=S,
                since=DAY,
            )
            for one in enrolments
        )  # fmt: skip


def test_a_change_is_one_batch_with_its_images_and_a_log_without_values(cash: int) -> None:
    done = change(MANAGER, " Donor's  wish ", name="Cash for all", capacity=3)

    assert (done.version, done.fields, done.households) == (2, ["name", "capacity"], 0)
    seen = programmes.describe(CHEN, "CASH")
    assert (seen.design.name, seen.design.capacity, seen.changed_by) == ("Cash for all", 3, "mira")
    (batch,) = ask("SELECT kind, actor, reason, programme_id FROM batch")
    assert batch == ("programme.change", "mira", "Donor's wish", cash)
    ((entity, name),) = ask("SELECT entity, entity_id FROM row_image")
    assert (entity, name) == ("programme", str(cash))
    ((log,),) = ask("SELECT CAST(details AS text) FROM audit_event")
    assert '"capacity"' in log
    assert "Cash for all" not in log
    with transaction() as db:
        image = db.get_one(RowImage, 1)
        assert (image.before["name"], image.after["name"]) == ("CASH", "Cash for all")
        assert image.after == read_rows(db, "programme", [cash])[str(cash)]


def test_who_changes_what_somebody_else_has_changed_is_told_who(cash: int) -> None:
    change(MANAGER, capacity=3)

    with pytest.raises(Conflict, match="mira has changed this programme"):
        programmes.change(CHEN, "CASH", replace(design(), capacity=4), 1, "x")
    with pytest.raises(InvalidInput, match="changes nothing"):
        change(CHEN, capacity=3)

    assert ask("SELECT capacity, version FROM programme WHERE code = 'CASH'") == [(3, 2)]
    assert len(ask("SELECT 1 FROM batch")) == 1


def test_a_preview_counts_what_a_change_would_affect(cash: int) -> None:
    active = [key for (key,) in ask("SELECT id FROM enrolment WHERE status = 'ACTIVE'")]
    add_order(cash, OrderState.WAITING, *active)
    with transaction() as db:
        stays = "UPDATE move_subject SET blocked = 'LATER' WHERE enrolment_id = :key"
        db.execute(text(stays), {"key": active[1]})
    add_order(cash, OrderState.DRAFT, *active)
    kept = tuple(m for m in DEFAULT_MOVES if m.before != State.ACTIVE)

    found = foreseen(MANAGER, moves=kept, capacity=2)

    assert found == [
        {"kind": "over_capacity", "count": 3, "of": 2},
        {"kind": "planned_lost", "count": 2, "before": "ACTIVE", "after": "SUSPENDED"},
        {"kind": "no_way_on", "count": 3, "before": "ACTIVE"},
        {"kind": "looked_at", "count": 1},
    ]
    assert foreseen(name="Other", capacity=3) == [{"kind": "looked_at", "count": 1}]
    assert ask("SELECT state FROM move_order WHERE state = 'DRAFT'") == [("DRAFT",)]
    change(moves=kept)
    assert ask("SELECT count(*) FROM move_order WHERE state = 'CANCELLED'") == [(1,)]
    assert ask("SELECT count(*) FROM move_order WHERE state = 'WAITING'") == [(1,)]


def test_criteria_are_counted_for_those_alone_who_may_see_their_field(cash: int) -> None:
    adult = Move(State.ACTIVE, State.GRADUATED, (), where("full_name", Op.IN, "P2", "P7", "P1"))
    moves = tuple(m for m in DEFAULT_MOVES if (m.before, m.after) != (adult.before, adult.after))
    parts = {
        "moves": (*moves, adult),
        "graduation": where("full_name", Op.IN, "P1", "P2"),
        "attribute_schema": (Attribute("roof", "Roof", required=True),),
    }

    assert foreseen(MANAGER, **parts) == [
        {"kind": "condition", "count": 2, "of": 3, "before": "ACTIVE", "after": "GRADUATED"},
        {"kind": "lacking", "count": 6, "name": "Roof"},
        {"kind": "graduation", "count": 1, "of": 3},
    ]
    assert foreseen(CHEN, **parts) == []
    poor = where("poverty_score", Op.AT_MOST, 10)
    for part in ({"graduation": poor}, {"default_criteria": poor}):
        with pytest.raises(NotAllowed):
            foreseen(MANAGER, **part)
    change(CHEN, graduation=poor)
    assert change(MANAGER, capacity=9).fields == ["capacity"]


def test_a_household_rule_enrols_the_households_of_those_enrolled(cash: int) -> None:
    foretold = foreseen(household_rule=HouseholdRule.ALL)
    assert [(one["kind"], one["after"], one["count"]) for one in foretold] == [
        ("households_enrolled", s, 1) for s in ("POTENTIAL", "SUSPENDED")
    ]

    done = change(household_rule=HouseholdRule.ALL)

    assert done.households == 2
    own = "SELECT household_id, person_id, status, since, cycle, version FROM enrolment "
    rows = [tuple(map(str, row)) for row in ask(own + "WHERE household_id IS NOT NULL ORDER BY 1")]
    assert rows == [
        ("1", "1", "SUSPENDED", str(DAY), "1", "1"),
        ("2", "5", "POTENTIAL", str(DAY), "1", "1"),
    ]
    moved = "SELECT e.household_id, c.after FROM status_change c JOIN enrolment e "
    assert ask(moved + "ON e.id = c.enrolment_id ORDER BY 1") == [
        (1, "SUSPENDED"),
        (2, "POTENTIAL"),
    ]
    images = ask("SELECT entity, count(*) FROM row_image GROUP BY entity ORDER BY entity")
    assert images == [("enrolment", 2), ("programme", 1), ("status_change", 2)]
    with transaction() as db:
        assert count_waiting(db) == 5
    ((last,),) = ask("SELECT last FROM series WHERE name = 'enrolment'")
    assert ask("SELECT max(id) FROM enrolment") == [(last,)]
    assert foreseen(household_rule=HouseholdRule.NONE) == [{"kind": "households_alone", "count": 2}]
    assert change(household_rule=HouseholdRule.HEAD).households == 0


def test_a_change_is_taken_back_whole_and_brought_again(cash: int) -> None:
    with transaction() as db:
        mira = add_person(db, "mira", Role.PROGRAMME_MANAGER)
    before = content()
    batch = change(mira, household_rule=HouseholdRule.ANY, capacity=9).batch
    after = content()

    for expected in (before, after):
        order = lifecycle.carry_out(mira, undo.prepare(mira, batch))
        assert content() == expected
        assert order.batch is not None
        batch = order.batch

    assert design().capacity == 9
    assert ask("SELECT count(*) FROM enrolment WHERE household_id IS NOT NULL") == [(2,)]


def test_the_unit_is_settled_once_somebody_is_enrolled(cash: int) -> None:
    with pytest.raises(InvalidInput, match="somebody is enrolled"):
        change(unit=Unit.HOUSEHOLD.value)
    seen = programmes.describe(CHEN, "OTHER")

    programmes.change(CHEN, "OTHER", replace(seen.design, unit="household"), seen.version, "x")

    assert ask("SELECT unit FROM programme WHERE code = 'OTHER'") == [("household",)]


def test_approval_waits_for_a_second_person_who_can_decide(cash: int) -> None:
    def add(name: str, role: Role, programme: int | None, *, active: bool = True) -> None:
        with transaction() as db:
            user = User(name=name, password_hash="!", active=active, created_at=now())
            db.add(user)
            db.flush()
            grant = {"location_id": 1, "programme_id": programme, "valid_from": DAY}
            db.add_all(Grant(user_id=user.id, role=role, **grant) for _ in range(2))

    ((other,),) = ask("SELECT id FROM programme WHERE code = 'OTHER'")
    add("one", Role.APPROVER, cash)
    for name, role, where_, active in (
        ("gone", Role.APPROVER, None, False),
        ("elsewhere", Role.PROGRAMME_MANAGER, other, True),
        ("analyst", Role.ANALYST, None, True),
    ):
        add(name, role, where_, active=active)
    with pytest.raises(InvalidInput, match="1 of 2 people"):
        change(approval=True)

    add("two", Role.PROGRAMME_MANAGER, None)

    assert change(approval=True).fields == ["approval"]


def test_a_programme_is_changed_by_an_administrator_or_a_manager_of_the_whole(cash: int) -> None:
    def manager(path: str, programme: int | None = None) -> Actor:
        return Actor(3, "m", (Scope(Role.PROGRAMME_MANAGER, path, programme),))

    own = manager("1/", cash)

    def codes(actor: Actor) -> list[str]:
        return [one.code for one in programmes.list_designs(actor)]

    assert codes(CHEN) == codes(MANAGER) == ["CASH", "OTHER"]
    assert (codes(own), codes(manager("1/7/"))) == (["CASH"], [])
    assert change(own, capacity=9).version == 2
    with pytest.raises(NotFound, match="OTHER"):
        programmes.describe(own, "OTHER")
    with pytest.raises(NotAllowed):
        programmes.add_programme(own, "NEW", "New", "individual")
    programmes.add_programme(MANAGER, "NEW", "New", "individual")
    for actor in (manager("1/7/"), Actor(4, "amina", (Scope(Role.ME_OFFICER, "1/"),))):
        for act in (
            lambda one: programmes.describe(one, "CASH"),
            lambda one: programmes.preview(one, "CASH", design()),
            lambda one: programmes.change(one, "CASH", design(), 2, "x"),
            lambda one: programmes.put_cycle(one, "CASH", CycleRow(1, "A", None, None), None),
            lambda one: programmes.add_programme(one, "X1", "X", "individual"),
        ):
            with pytest.raises(NotAllowed):
                act(actor)


def test_a_cycle_is_added_named_and_dated_and_not_over_somebody_elses(cash: int) -> None:
    (first,) = programmes.describe(MANAGER, "CASH").cycles
    assert first == CycleRow(1, "", None, None, enrolled=6)
    spring = CycleRow(2, " Spring ", DAY, None)

    programmes.put_cycle(MANAGER, "CASH", spring, None)
    programmes.put_cycle(MANAGER, "CASH", replace(first, name="Autumn"), first)

    found = programmes.describe(MANAGER, "CASH").cycles
    assert [(one.number, one.name, one.starts, one.enrolled) for one in found] == [
        (1, "Autumn", None, 6),
        (2, "Spring", DAY, 0),
    ]
    for before in (None, replace(found[1], name="Summer")):
        with pytest.raises(Conflict, match="cycle 2"):
            programmes.put_cycle(CHEN, "CASH", spring, before)
    with pytest.raises(InvalidInput, match="ends before it starts"):
        programmes.put_cycle(CHEN, "CASH", CycleRow(3, "x", DAY, date(2020, 1, 1)), None)
    with transaction() as db:
        assert db.get_one(Cycle, (cash, 2)).name == "Spring"
    assert ask("SELECT entity, entity_id FROM row_image ORDER BY id") == [
        ("cycle", f"{cash}/2"),
        ("cycle", f"{cash}/1"),
    ]


def test_an_administrator_takes_a_change_back_and_a_district_may_not(cash: int) -> None:
    with transaction() as db:
        for name in ("chen", "mira", "dina"):
            add_user(db, name, "-", now())
        before = content_hash(db)
    done = change(household_rule=HouseholdRule.HEAD, why="Wrong")
    near = Actor(3, "dina", (Scope(Role.PROGRAMME_MANAGER, "1/3/"),))

    with pytest.raises(NotAllowed):
        programme_history.take_back(near, "CASH", done.batch)
    with pytest.raises(NotAllowed):
        undo.prepare(near, done.batch)
    with pytest.raises(NotFound):
        programme_history.take_back(CHEN, "OTHER", done.batch)
    programme_history.take_back(CHEN, "CASH", done.batch, "Hasty")

    with reading() as db:
        assert content_hash(db) == before
    shown = programme_history.list_changes(CHEN, "CASH")
    assert [(one.undo, one.stands) for one in shown] == [(True, True), (False, False)]


def test_a_change_that_was_used_says_by_how_many_and_how_it_stood_before(cash: int) -> None:
    with transaction() as db:
        for name in ("chen", "mira"):
            add_user(db, name, "-", now())
    mira = Actor(2, "mira", (Scope(Role.PROGRAMME_MANAGER, "1/"),))
    with pytest.raises(InvalidInput, match="Give a reason"):
        change(household_rule=HouseholdRule.HEAD, why=" ")
    done = change(household_rule=HouseholdRule.HEAD, capacity=9)
    numbers = [no for (no,) in ask("SELECT registration_no FROM person WHERE id IN (1, 7)")]
    moved = lifecycle.Asked("CASH", State.GRADUATED, "Done", "", DAY)
    chosen = lifecycle.Chosen(numbers=numbers)
    later = lifecycle.carry_out(mira, lifecycle.prepare(mira, moved, chosen)).batch

    told = {"entity": "status_change", "why": "USED", "kind": "transition", "actor": "mira"}
    told |= {"batch": str(later), "count": 1}
    assert programme_history.find_obstacles(mira, "CASH", done.batch) == [
        {**told, "numbers": numbers[:1]}
    ]
    assert programme_history.find_obstacles(CHEN, "CASH", done.batch) == [{**told, "numbers": []}]
    with pytest.raises(Conflict):
        programme_history.take_back(CHEN, "CASH", done.batch)
    found = programme_history.find_change(CHEN, done.batch)
    assert found is not None
    assert found.before is not None
    assert (found.before.household_rule, found.before.capacity) == (HouseholdRule.NONE, None)
    assert (found.after, found.households, found.view.why) == (design(), 2, "A wish")
    near = Actor(3, "dina", (Scope(Role.PROGRAMME_MANAGER, "1/3/"),))
    assert programme_history.find_change(near, done.batch) is None
    assert later is not None
    assert programme_history.find_change(CHEN, later) is None


def test_an_undo_that_is_taken_back_stands_in_the_list_of_changes_as_well(cash: int) -> None:
    with transaction() as db:
        add_user(db, "chen", "-", now())
    batch = change(capacity=9).batch
    for _turn in range(2):
        batch = programme_history.take_back(CHEN, "CASH", batch)

    shown = programme_history.list_changes(CHEN, "CASH")

    assert [one.stands for one in shown] == [True, False, False]
    assert design().capacity == 9
