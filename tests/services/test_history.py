"""One timeline per person and household: everything that happened, in order, and what holds."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event, select

from core.domain.fields import Status
from core.domain.households import Merge, MovePeople
from core.domain.lifecycle import State
from core.domain.numbers import write_number
from core.domain.permissions import Actor, Role
from core.errors import NotFound
from core.models import AccessEvent, Batch, StatusChange
from core.services import beneficiaries, history, household_view, lifecycle, merging, rewind, undo
from core.services.lifecycle import Asked, Chosen
from core.services.merging import Wish
from core.settings import now, today
from core.storage.database import access_transaction, engine, transaction
from core.storage.timeline import Choice, Item
from tests.conftest import Registry
from tests.households import CASH, HOUSE, ON, WHY, Village, build, home, who
from tests.households import undo as put_back
from tests.importing import Desk, add_programme, ask
from tests.people import add_people
from tests.rows import DAY, actor
from tests.world import add_batch, enrol
from tests.world import add_programme as add_skills

AWA, BEN, DORA, ELI = (write_number("P", number) for number in (1, 2, 4, 5))
FIRST, SECOND = (write_number("H", number) for number in (1, 2))
LATER = today() + timedelta(days=30)


@pytest.fixture
def village(registry: Registry) -> Village:
    return build()


def move(village: Village, name: str, target: State, reason: str, on: date) -> UUID | None:
    """Move somebody's own enrolment in CASH, which carries the household; return the batch."""
    found = ask(
        "SELECT e.uuid FROM enrolment e JOIN person p ON p.id = e.person_id "
        "JOIN programme g ON g.id = e.programme_id WHERE g.code = 'CASH' "
        "AND e.household_id IS NULL AND p.full_name = :name",
        name=name,
    )
    chosen = Chosen(enrolments=(UUID(str(found[0][0])),))
    order = lifecycle.prepare(village.nadia, Asked(CASH, target, reason, "by word", on), chosen)
    return lifecycle.carry_out(village.nadia, order).batch


def told(items: Sequence[Item], *, of: str | None = None) -> list[tuple[str, str]]:
    """The day and the sentence of each item, of the household's standing or of the person's."""
    return [
        (f"{item.effective_on}{' -' if item.taken_back else ''}", str(item.what))
        for item in items
        if item.household == of
    ]


def test_a_timeline_tells_moves_exits_undos_and_what_is_planned_in_their_order(
    village: Village,
) -> None:
    batch = move(village, "Ben", State.ACTIVE, "Chosen", ON)
    assert batch is not None
    undone = lifecycle.carry_out(village.nadia, undo.prepare(village.nadia, batch)).batch
    move(village, "Ben", State.EXITED, "WITHDREW", ON + timedelta(days=1))
    move(village, "Awa", State.ACTIVE, "Chosen", LATER)

    ben = history.of_number(village.nadia, BEN)

    assert told(ben) == [
        ("2025-03-02", "Left the programme: Withdrew"),
        ("2025-03-01", "Taken back: From Potential to Active"),
        ("2025-03-01 -", "From Potential to Active"),
        ("2024-05-01", f"Joined household {FIRST}"),
        ("2024-01-15", "Enrolled as Potential"),
    ]
    left, back, moved = ben[1 if ben[0].kind == "planned" else 0], *_undo_of(ben)
    assert (left.before, left.after, left.reason) == ("POTENTIAL", "EXITED", "WITHDREW")
    assert (moved.reason, moved.note, moved.by) == ("Chosen", "by word", "nadia")
    assert (moved.batch, moved.undone_by, back.undoes) == (batch, undone, batch)
    assert moved.recorded_at is not None
    assert moved.recorded_at.date() == now().date()
    assert ("2025-03-01", "Taken back: From Potential to Active") in told(ben, of=FIRST)
    awa = history.of_number(village.nadia, AWA)
    assert told(awa)[0] == (str(LATER), "Planned: From Potential to Active")
    only = history.of_number(village.nadia, BEN, Choice(("status",), (HOUSE,)))
    assert told(only, of=FIRST) == [("2024-01-15", "Enrolled as Active")]
    late = history.of_number(village.nadia, BEN, Choice(since=ON + timedelta(days=1)))
    assert told([item for item in late if item.kind != "planned"]) == told(ben)[:1]


def _undo_of(items: Sequence[Item]) -> tuple[Item, Item]:
    own = [item for item in items if item.household is None and item.effective_on == ON]
    return own[0], own[1]


def test_a_household_tells_its_own_and_its_members_time_in_it_also_what_was_taken_back(
    village: Village,
) -> None:
    act = MovePeople(household=home(1), on=ON, reason=WHY, people=(who("Ben"),), to=home(2))
    receipt = village.do(act)
    move(village, "Dora", State.ACTIVE, "Chosen", ON + timedelta(days=5))
    moved = ("2025-03-01", f"Moved from household {FIRST} to {SECOND}")

    first = history.of_number(village.nadia, AWA, household=True)
    second = history.of_number(village.nadia, SECOND)

    assert moved in told(first) and moved in told(second)
    names = {item.who.name for item in first if item.who}
    assert names == {"Awa", "Ben", "Cleo"}
    # Dora's move carried Ben in CASH after he had left the first household.
    assert max(item.effective_on for item in first if item.who and item.who.name == "Ben") == ON
    # What Ben went through before stays with the household in which he did.
    assert min(item.effective_on for item in second if item.who and item.who.name == "Ben") == ON
    assert ("2025-03-06", "From Potential to Active") in told(second)

    put_back(village.nadia, receipt.batch)
    for number in (BEN, FIRST, SECOND):
        items = told(history.of_number(village.nadia, number))
        assert (f"{moved[0]} -", moved[1]) in items
        assert (moved[0], f"Taken back: {moved[1]}") in items
    assert ("2024-05-01", f"Joined household {FIRST}") in told(
        history.of_number(village.nadia, BEN)
    )


def test_an_old_number_leads_to_the_survivor_with_the_history_of_both(village: Village) -> None:
    wish = Wish(who("Dora"), who("Eli"), {})
    merged = f"Number {ELI} was merged into this one"
    for again in (True, False):
        seen = merging.preview(village.nadia, wish)
        batch = merging.merge(village.nadia, wish, seen.stamp, WHY).batch
        if again:
            put_back(village.nadia, batch)
            both = told(history.of_number(village.nadia, DORA))
            assert {(f"{today()} -", merged), (str(today()), f"Taken back: {merged}")} <= set(both)
            eli = told(history.of_number(village.nadia, ELI))
            assert (f"{today()} -", f"Merged into number {DORA}") in eli
    village.do(Merge(household=home(1), on=ON, reason=WHY, into=home(2)))

    dora = history.of_number(village.nadia, DORA)
    first = household_view.get(village.nadia, home(1))

    assert history.of_number(village.nadia, ELI) == dora
    assert (str(today()), merged) in told(dora)
    assert {item.who.name for item in dora if item.who} == {"Eli"}
    assert beneficiaries.get(village.nadia, who("Eli")).led_here == ELI
    assert (first.uuid, first.led_here) == (home(2), FIRST)
    assert (str(ON), f"Number {FIRST} was merged into this one") in told(first.history)
    # What the merged household went through while Awa lived in it is hers still.
    awa = history.of_number(village.nadia, AWA)
    assert ("2024-01-15", "Enrolled as Potential") in told(awa, of=SECOND) + told(awa, of=FIRST)


FILE = "ID,Full name,Sex,Phone,District\n1,Hawa,F,{phone},N-EAST\n"


def test_fields_are_told_up_to_the_readers_level_and_a_rewind_takes_them_back(
    registry: Registry, tmp_path: Path
) -> None:
    people = add_people()
    add_programme("SKILLS")
    desk = Desk(people.brook, tmp_path, "SKILLS")
    desk.published(FILE.format(phone="0700 111 111"), key="ID")
    run = desk.published(FILE.format(phone="0700 222 222"), key="ID").run
    number = str(ask("SELECT registration_no FROM person")[0][0])

    deep, shallow = (history.of_number(one, number) for one in (people.brook, people.efua))

    assert str(deep[0].what) == "Changed: Phone"
    assert deep[0].fields == {"phone": ["0700111111", "0700222222"]}
    assert str(deep[0].origin).endswith("row 2")
    assert str(shallow[0].what) == "Changed fields that are hidden at your access level"
    assert not shallow[0].fields
    rewind.rewind(people.brook, run)
    after = history.of_number(people.brook, number)
    assert [(str(item.what), item.taken_back) for item in after if item.kind == "record"] == [
        ("Taken back: Changed: Phone", False),
        ("Changed: Phone", True),
        ("Registered", False),
    ]


def test_an_enrolment_that_left_with_its_import_is_told_where_it_was_seen(
    registry: Registry, tmp_path: Path
) -> None:
    people = add_people()
    skills = add_programme("SKILLS")
    add_programme("CASH")
    card = "Full name,National ID,District\nHawa,N-1,N-EAST\n"
    Desk(people.brook, tmp_path, "SKILLS").published(card)
    run = Desk(people.brook, tmp_path, "CASH").published(card).run
    number = str(ask("SELECT registration_no FROM person")[0][0])
    elsewhere = actor(programme_id=skills)

    def enrolled(reader: Actor) -> list[tuple[str | None, str, bool]]:
        items = history.of_number(reader, number, Choice(("status",)))
        return [(item.programme, str(item.what), item.taken_back) for item in items]

    first = [("SKILLS", "Enrolled as Potential", False)]
    assert enrolled(people.brook) == [("CASH", "Enrolled as Potential", False), *first]
    back = rewind.rewind(people.brook, run)
    gone = ("CASH", "Taken back: Enrolled as Potential", False)
    assert enrolled(people.brook) == [gone, *first]
    rewind.undo_rewind(people.brook, back.batch)
    assert ("CASH", "Restored: Enrolled as Potential", False) in enrolled(people.brook)
    assert (*gone[:2], True) in enrolled(people.brook)
    assert enrolled(elsewhere) == first


def test_a_household_is_seen_by_who_sees_somebody_living_in_it(village: Village) -> None:
    officer = actor(Role.ME_OFFICER, programme_id=2)
    page = household_view.get(officer, home(1))

    with access_transaction() as db:
        logged = list(db.execute(select(AccessEvent.action, AccessEvent.subject)))
    assert [tuple(row) for row in logged] == [("view", f"household:{home(1)}")]
    assert [view.code for view in page.programmes] == [CASH]
    assert [member.full_name for member in page.members] == ["Awa", "Ben", "Cleo"]
    assert {item.programme for item in page.history} <= {CASH, None}
    for nobody in (write_number("P", 6), write_number("H", 3), write_number("P", 99), "x"):
        with pytest.raises(NotFound, match="was not found"):
            history.of_number(village.omar, nobody, household=True)
    with pytest.raises(NotFound):
        household_view.get(village.omar, home(3))
    with access_transaction() as db:
        assert len(list(db.execute(select(AccessEvent.id)))) == 1
    history.of_number(officer, AWA)
    with access_transaction() as db:
        assert len(list(db.execute(select(AccessEvent.id)))) == 2


def test_members_out_of_reach_are_counted_and_never_named(village: Village) -> None:
    with transaction() as db:
        skills = add_skills(db, "SKILLS")
        enrol(db, add_batch(db), 2, skills, Status.ACTIVE)
        officer = actor(Role.ME_OFFICER, programme_id=skills.id)
    away = MovePeople(household=home(1), on=ON, reason=WHY, people=(who("Cleo"),), to=home(2))
    village.do(away)

    page = household_view.get(officer, home(1))

    assert [member.full_name for member in page.members] == ["Ben"]
    assert (page.hidden, page.hidden_former, page.elsewhere) == (1, 1, 2)
    assert {item.who.name for item in page.history if item.who} == {"Ben"}
    assert {item.programme for item in page.history} == {"SKILLS", None}


def test_the_page_of_a_household_shows_its_own_standing_beside_its_members(
    village: Village,
) -> None:
    move(village, "Ben", State.EXITED, "DECEASED", ON)
    page = household_view.get(village.nadia, home(1))

    cash, house = page.programmes
    assert cash.own is not None and house.own is not None
    assert (cash.own.state, house.own.state) == (State.POTENTIAL, State.ACTIVE)
    states = {page.members[at].full_name: cash.members.get(page.members[at].id) for at in range(3)}
    assert states["Ben"] is not None and states["Ben"].exit_reason == "DECEASED"
    assert states["Awa"] is not None and states["Awa"].state == State.POTENTIAL
    assert states["Cleo"] is None
    assert house.members == {}


def test_two_thousand_items_cost_as_many_statements_as_two(village: Village) -> None:
    few = _count_statements(village)
    with transaction() as db:
        batches = [Batch(kind="test", actor="nadia", recorded_at=now()) for _ in range(2000)]
        db.add_all(batches)
        db.flush()
        for at, batch in enumerate(batches):
            change = StatusChange(enrolment_id=4, batch_id=batch.id or 0, after=Status.ACTIVE)
            change.effective_on, change.recorded_at = DAY + timedelta(days=at), now()
            db.add(change)

    assert _count_statements(village) == few
    assert len(history.of_number(village.nadia, AWA)) > 2000


def _count_statements(village: Village) -> int:
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(engine(), "before_cursor_execute", note)
    try:
        history.of_number(village.nadia, AWA)
    finally:
        event.remove(engine(), "before_cursor_execute", note)
    return len(asked)
