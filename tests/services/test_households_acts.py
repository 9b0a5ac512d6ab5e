"""Acts on households: what they show before, what they do, and that all of it can be put back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from core.domain.fields import Relationship
from core.domain.households import ChangeHead, Fate, Merge, Move, MovePeople, Split
from core.domain.permissions import Role, Scope
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.services import households
from core.settings import today
from core.storage.acts import reversal
from core.storage.database import reading, transaction
from tests.households import (
    ON,
    WHY,
    Village,
    build,
    content,
    home,
    living,
    undo,
    who,
)
from tests.importing import ask
from tests.people import EAST, WEST, add_people
from tests.rows import DAY

HELD = (
    "SELECT e.id, p.full_name, e.household_id, e.ended_on FROM enrolment e "
    "JOIN person p ON p.id = e.person_id WHERE e.household_id IS NOT NULL ORDER BY e.id"
)


ENROLLED = (
    "SELECT id, person_id, household_id, status, since, ended_on, exit_reason FROM enrolment "
    "ORDER BY id"
)


@pytest.fixture
def village(registry: object) -> Village:
    return build()


def places() -> list[tuple[str, str]]:
    return [
        tuple(row)
        for row in ask(
            "SELECT p.full_name, l.code FROM person p JOIN location l ON l.id = p.location_id "
            "ORDER BY p.id"
        )
    ]


def versions() -> dict[int, int]:
    return dict(ask("SELECT id, version FROM enrolment"))


def test_a_household_moves_with_its_members_and_comes_back(village: Village) -> None:
    first, looked_at = content(), versions()
    act = Move(household=home(1), on=ON, reason=WHY, place=WEST)
    seen = households.preview(village.nadia, act)
    receipt = village.do(act)

    assert (seen.place, seen.relocated, seen.members) == ("Area N-WEST", 3, [])
    assert receipt.counts == {"people": 3, "households": 1, "enrolments": 0}
    assert [place for _name, place in places()] == [WEST] * 3 + [EAST] * 2 + [WEST]
    assert ask("SELECT entity, entity_id FROM change WHERE batch_id = 2 ORDER BY id") == [
        ("household", 1), ("person", 1), ("person", 2), ("person", 3)
    ]  # fmt: skip
    assert ask("SELECT action, subject FROM audit_event ORDER BY id DESC LIMIT 1") == [
        ("household.move", f"household:{home(1)}")
    ]
    assert {row[0] for row in ask("SELECT person_id FROM search_outbox WHERE id > 6")} == {1, 2, 3}
    raised = [key for key, version in versions().items() if version != looked_at[key]]
    assert raised == [1, 4, 5, 7]
    assert living()[1] == ["Awa*", "Ben", "Cleo"]
    again = undo(village.nadia, undo(village.nadia, receipt.batch))
    assert [place for _name, place in places()][:3] == [WEST] * 3
    undo(village.nadia, again)
    assert content() == first


def test_the_head_leaves_with_dated_memberships_and_an_heir(village: Village) -> None:
    first = content()
    act = MovePeople(
        household=home(1), on=ON, reason="Died.", people=(who("Awa"),), next_head=who("Cleo"),
        relationships={who("Ben"): Relationship.SIBLING},
    )  # fmt: skip
    receipt = village.do(act)

    assert living() == {1: ["Ben", "Cleo*"], 2: ["Dora*", "Eli"], 3: ["Fay*"]}
    assert len(living(ON - timedelta(days=1))[1]) == 3
    assert living(ON)[1] == ["Ben", "Cleo*"]
    assert ask("SELECT relationship FROM membership WHERE person_id = 2 AND until IS NULL") == [
        ("SIBLING",)
    ]
    noted = ask("SELECT entity_id, diff FROM change WHERE entity = 'membership' ORDER BY id")
    assert noted[0][0] == 1
    assert "household" in str(noted[0][1])
    assert [row[0] for row in noted] == [1, 2, 3]
    assert {row[0] for row in ask("SELECT person_id FROM search_outbox WHERE id > 6")} == {1, 2, 3}
    held = {row[0]: row[1] for row in ask(HELD)}
    assert (held[1], held[7], held[8]) == ("Cleo", "Cleo", "Dora")
    undo(village.nadia, receipt.batch)
    assert content() == first


def test_people_join_another_household_which_is_enrolled_where_they_are(village: Village) -> None:
    first = content()
    act = MovePeople(household=home(1), on=ON, reason=WHY, people=(who("Ben"),), to=home(3))
    seen = households.preview(village.nadia, act)
    receipt = village.do(act)

    assert [(e.programme, e.fate, e.household) for e in seen.effects if e.fate is not Fate.STAYS] \
        == [("Cash", Fate.BEGINS, seen.other and seen.other.number)]  # fmt: skip
    assert seen.relocated == 1
    assert living()[3] == ["Ben", "Fay*"]
    assert dict(places())["Ben"] == WEST
    assert ask(HELD)[-1][1:] == ("Fay", 3, None)
    undo(village.nadia, receipt.batch)
    assert content() == first


def test_a_split_founds_a_household_with_the_statuses_of_the_old_one(village: Village) -> None:
    first = content()
    act = Split(
        household=home(1), on=ON, reason=WHY, people=(who("Awa"), who("Ben")), head=who("Ben"),
        next_head=who("Cleo"), place=WEST,
    )  # fmt: skip
    seen = households.preview(village.nadia, act)
    receipt = village.do(act)

    begun = [(e.programme, e.status) for e in seen.effects if e.fate is Fate.BEGINS]
    assert begun == [("Houses", "ACTIVE"), ("Cash", "POTENTIAL")]
    assert living() == {1: ["Cleo*"], 2: ["Dora*", "Eli"], 3: ["Fay*"], 4: ["Awa", "Ben*"]}
    assert receipt.household == home(4)
    assert ask("SELECT status FROM enrolment WHERE household_id = 4") == [
        ("ACTIVE",), ("POTENTIAL",)
    ]  # fmt: skip
    acted = content()
    again = undo(village.nadia, undo(village.nadia, receipt.batch))
    assert content() == acted
    undo(village.nadia, again)
    assert content() == first
    alone = village.do(replace(act, enrol=False))
    assert ask("SELECT count(*) FROM enrolment WHERE household_id = 5") == [(0,)]
    undo(village.nadia, alone.batch)
    assert content() == first


def test_a_household_is_enrolled_only_where_there_is_a_place(village: Village) -> None:
    act = Split(household=home(1), on=ON, reason=WHY, people=(who("Ben"),), head=who("Ben"))
    seen = households.preview(village.nadia, act).seen
    with transaction() as db:
        db.execute(text("UPDATE programme SET capacity = 3 WHERE code = 'HOUSE'"))
    found = households.preview(village.nadia, act)

    assert [e.programme for e in found.effects if e.fate is Fate.FULL] == ["Houses"]
    with pytest.raises(Conflict, match="Look at it again"):
        households.carry_out(village.nadia, act, seen)
    households.carry_out(village.nadia, act, found.seen)
    assert ask("SELECT status FROM enrolment WHERE household_id = 4") == [("POTENTIAL",)]


def test_a_merge_ends_what_the_survivor_has_and_hands_over_the_rest(village: Village) -> None:
    enrolled = ask(ENROLLED)
    act = Merge(household=home(1), on=ON, reason=WHY, into=home(3))
    seen = households.preview(village.nadia, act)
    receipt = village.do(act)

    assert [(e.programme, e.fate) for e in seen.effects] == [
        ("Houses", Fate.ENDS), ("Cash", Fate.PASSES)
    ]  # fmt: skip
    assert living() == {2: ["Dora*", "Eli"], 3: ["Awa", "Ben", "Cleo", "Fay*"]}
    assert ask("SELECT household_id FROM household_key ORDER BY key") == [(3,), (2,), (3,)]
    ended = ask("SELECT exit_reason, effective_on FROM status_change WHERE batch_id = 2")
    assert [(reason, str(day)) for reason, day in ended] == [("DUPLICATE", "2025-03-01")]
    assert [row[:3] for row in ask(HELD)][3] == (7, "Fay", 3)
    assert [ask("SELECT ended_on, exit_reason FROM enrolment WHERE id = 1")[0][1]] == ["DUPLICATE"]
    content()
    with pytest.raises(NotFound):
        households.describe(village.nadia, home(1))
    undo(village.nadia, receipt.batch)
    assert ask(ENROLLED) == enrolled
    assert living()[1] == ["Awa*", "Ben", "Cleo"]
    content()
    assert [place for _name, place in places()][:3] == [EAST] * 3
    assert ask("SELECT household_id FROM household_key ORDER BY key") == [(1,), (2,), (3,)]


def test_another_head_stands_for_the_household(village: Village) -> None:
    first = content()
    act = ChangeHead(household=home(1), on=ON, reason=WHY, head=who("Ben"))
    receipt = village.do(act)

    assert living()[1] == ["Awa", "Ben*", "Cleo"]
    assert {row[1] for row in ask(HELD) if row[2] == 1} == {"Ben"}
    undo(village.nadia, receipt.batch)
    assert content() == first


def test_what_is_not_the_actors_looks_like_what_is_not_there(village: Village) -> None:
    inside, outside, nowhere = home(1), home(3), who("Awa")
    move = Move(household=inside, on=ON, reason=WHY, place=WEST)
    for act in (
        replace(move, household=outside, place=EAST),
        replace(move, household=nowhere, place=EAST),
        Merge(household=inside, on=ON, reason=WHY, into=outside),
        MovePeople(household=inside, on=ON, reason=WHY, people=(who("Ben"),), to=nowhere),
    ):
        with pytest.raises(NotFound, match=r"^This household was not found\.$"):
            households.preview(village.omar, act)
    with pytest.raises(NotFound, match="This place"):
        households.preview(village.omar, move)
    with pytest.raises(NotFound, match="This household"):
        households.find(village.omar, households.describe(village.nadia, outside).number)
    assert households.find(village.omar, households.describe(village.nadia, inside).number)
    with pytest.raises(NotAllowed):
        households.preview(add_people().brook, move)


def test_what_cannot_be_done_is_refused_in_words(village: Village) -> None:
    awa, ben, cleo = who("Awa"), who("Ben"), who("Cleo")
    people = MovePeople(household=home(1), on=ON, reason=WHY, people=(ben,))
    split = Split(household=home(1), on=ON, reason=WHY, people=(ben,), head=ben)
    for act, words in (
        (replace(people, reason=" "), "Give a reason"),
        (replace(people, on=today() + timedelta(days=1)), "future"),
        (replace(people, on=DAY - timedelta(days=1)), "has lived in the household since"),
        (replace(people, people=()), "at least one"),
        (replace(people, people=(awa,)), "Choose who heads"),
        (replace(people, people=(awa, ben, cleo), to=home(2)), "Merge the households"),
        (replace(people, relationships={ben: Relationship.HEAD}), "one head"),
        (replace(people, to=home(1)), "another household"),
        (replace(split, people=(awa, ben, cleo)), "Move the household"),
        (Move(household=home(1), on=ON, reason=WHY, place=EAST), "lives there already"),
        (ChangeHead(household=home(1), on=ON, reason=WHY, head=awa), "head already"),
        (Merge(household=home(1), on=date(2024, 1, 10), reason=WHY, into=home(3)), "since"),
    ):
        with pytest.raises(InvalidInput, match=words):
            households.preview(village.nadia, act)
    cash = ask("SELECT id FROM programme WHERE code = 'CASH'")[0][0]
    narrow = replace(village.nadia, scopes=(Scope(Role.PROGRAMME_MANAGER, "1/", cash),))
    with pytest.raises(InvalidInput, match="that you do not look after would end"):
        households.preview(narrow, Merge(household=home(1), on=ON, reason=WHY, into=home(2)))
    with pytest.raises(NotFound, match="This member"):
        households.preview(village.nadia, replace(people, people=(who("Fay"),)))


def test_nobody_comes_back_to_a_household_that_lives_elsewhere_now(village: Village) -> None:
    out = village.do(MovePeople(household=home(1), on=ON, reason=WHY, people=(who("Ben"),)))
    village.do(Move(household=home(1), on=ON, reason=WHY, place=WEST))
    with reading() as db:
        found = reversal.obstacles(db, 2)

    assert [(one.entity, one.entity_id, one.kind, one.actor) for one in found] == [
        ("household", "1", "household.move", "nadia")
    ]
    with pytest.raises(Conflict):
        undo(village.nadia, out.batch)
    content()


def test_the_second_of_two_acts_on_one_person_is_told(village: Village) -> None:
    out = MovePeople(household=home(1), on=ON, reason=WHY, people=(who("Ben"),))
    split = Split(household=home(1), on=ON, reason=WHY, people=(who("Ben"),), head=who("Ben"))
    seen = households.preview(village.nadia, split).seen
    village.do(out)

    with pytest.raises(Conflict, match="has changed since you looked at it"):
        households.carry_out(village.nadia, split, seen)
    assert living()[1] == ["Awa*", "Cleo"]
