"""Small acts put back by row images: all or nothing, with what stands in the way named."""

from datetime import date

import pytest
from sqlalchemy import text

from core.errors import Conflict
from core.storage.acts import reversal
from core.storage.acts.batches import note_changed, open_batch
from core.storage.acts.reversal import Why
from core.storage.content import content_hash
from core.storage.database import reading, transaction
from tests.importing import ask
from tests.rows import add_household, add_human, add_identifier, add_place, count_waiting, enrol
from tests.rows import add_programme as put_programme

DAY = date(2025, 2, 1)
WROTE = (
    ("household", "UPDATE household SET location_id = :far, version = version + 1 WHERE id = 1"),
    ("person", "UPDATE person SET location_id = :far, version = version + 1 WHERE id IN (1, 2)"),
    ("membership", "UPDATE membership SET until = '2025-02-01', is_head = false WHERE id = 1"),
    ("membership", "UPDATE membership SET is_head = true, relationship = 'HEAD' WHERE id = 2"),
    ("identifier", "DELETE FROM identifier WHERE id = 1"),
    ("household_key", "UPDATE household_key SET household_id = 2 WHERE key = 'H/1'"),
    ("enrolment", "UPDATE enrolment SET person_id = 2, version = version + 1 WHERE id = 1"),
)
WATCHED: dict[str, tuple[int | tuple[int, str], ...]] = {
    "household": (1, 2), "person": (1, 2, 3), "membership": (1, 2), "identifier": (1,),
    "household_key": ((1, "H/1"),), "enrolment": (1,),
}  # fmt: skip


@pytest.fixture
def world(registry: object) -> None:
    with transaction() as db:
        near, far = add_place(db, "NEAR"), add_place(db, "FAR")
        people = [add_human(db, name, near.id) for name in ("Ada", "Ben", "Cy")]
        add_household(db, near.id or 0, *people[:2])
        add_household(db, far.id or 0)
        add_identifier(db, 1, "national_id", "N-1")
        enrol(db, 1, put_programme(db, "HOUSE"), household_id=1)
        db.execute(text("INSERT INTO source_space (id, name) VALUES (1, 'S')"))
        db.execute(
            text("INSERT INTO household_key (space_id, key, household_id) VALUES (1, 'H/1', 1)")
        )


def act() -> int:
    """Move the household, close its head's membership, found a third household; as one batch."""
    with transaction() as db:
        batch = open_batch(db, "test", "ada")
        far = db.execute(text("SELECT id FROM location WHERE code = 'FAR'")).scalar_one()
        with reversal.recording(db, batch) as recorder:
            for entity, keys in WATCHED.items():
                recorder.watch(entity, keys)
            for _entity, statement in WROTE:
                db.execute(text(statement), {"far": far} if ":far" in statement else {})
            third = add_household(db, far, 1)
            recorder.made("household", third)
            recorder.made(
                "membership", *db.execute(text("SELECT id FROM membership WHERE id > 2")).scalars()
            )
        note_changed(db, batch, "person", {1: {"location": ["NEAR", "FAR"]}})
    return batch


def undo(batch: int) -> int:
    with transaction() as db:
        undone = open_batch(db, "undo", "ben")
        reversal.reverse(db, batch, undone)
    return undone


def content() -> str:
    with reading() as db:
        return content_hash(db)


def in_the_way(batch: int) -> list[tuple[str, str, Why]]:
    with reading() as db:
        return [(o.entity, o.entity_id, o.why) for o in reversal.obstacles(db, batch)]


@pytest.mark.usefixtures("world")
def test_an_act_is_put_back_and_its_undo_is_undone_again() -> None:
    first = content()
    batch = act()
    acted = content()
    undone = undo(batch)

    assert content() == first
    assert acted != first
    assert ask("SELECT entity, diff FROM change WHERE batch_id = :b", b=undone)[0][0] == "person"
    (version,) = ask("SELECT version FROM person WHERE id = 1")[0]
    assert version == 3
    with reading() as db:
        assert count_waiting(db) >= 2
    again = undo(undone)
    assert content() == acted
    undo(again)
    assert content() == first


STATEMENTS: dict[str, tuple[str, list[tuple[str, str, Why]]]] = {
    "a row was moved on": (
        "UPDATE household SET location_id = 1 WHERE id = 1", [("household", "1", Why.CHANGED)]
    ),
    "a membership was closed": (
        "UPDATE membership SET until = '2025-03-01' WHERE id = 2",
        [("membership", "2", Why.CHANGED)],
    ),
    "the number was given to somebody else": (
        "INSERT INTO identifier (person_id, type, value, normalised) "
        "VALUES (3, 'national_id', 'N-1', 'N1')",
        [("identifier", "*", Why.TAKEN)],
    ),
    "somebody joined the household that would leave": (
        "INSERT INTO membership (household_id, person_id, is_head, since) "
        "VALUES (3, 3, false, '2025-03-01')",
        [("membership", "4", Why.USED)],
    ),
}  # fmt: skip


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("statement", "expected"), STATEMENTS.values(), ids=STATEMENTS)
def test_what_has_changed_since_stands_in_the_way_and_nothing_is_put_back(
    statement: str, expected: list[tuple[str, str, Why]]
) -> None:
    batch = act()
    with transaction() as db:
        db.execute(text(statement))
    found = in_the_way(batch)
    left = content()

    assert [(e, "*" if e == "identifier" else n, w) for e, n, w in found] == expected
    with pytest.raises(Conflict):
        undo(batch)
    assert content() == left


@pytest.mark.usefixtures("world")
def test_a_field_that_the_act_left_alone_keeps_its_new_value() -> None:
    batch = act()
    with transaction() as db:
        db.execute(text("UPDATE person SET phone = '+1' WHERE id = 1"))
        db.execute(text("UPDATE enrolment SET status = 'SUSPENDED' WHERE id = 1"))

    undo(batch)

    assert ask("SELECT phone FROM person WHERE id = 1") == [("+1",)]
    assert ask("SELECT status, person_id FROM enrolment WHERE id = 1") == [("SUSPENDED", 1)]


@pytest.mark.usefixtures("world")
def test_an_obstacle_names_the_later_batch_and_who_did_it() -> None:
    batch = act()
    with transaction() as db:
        later = open_batch(db, "household.move", "cy")
        db.execute(text("UPDATE person SET location_id = 1 WHERE id = 2"))
        note_changed(db, later, "person", {2: {"location": ["FAR", "ROOT"]}})
    with reading() as db:
        (found,) = reversal.obstacles(db, batch)

    assert (found.person_id, found.kind, found.actor) == (2, "household.move", "cy")
    assert found.at is not None


@pytest.mark.usefixtures("world")
def test_a_membership_whose_id_was_given_away_comes_back_under_another() -> None:
    batch = act()
    undone = undo(batch)
    with transaction() as db:
        db.execute(
            text(
                "INSERT INTO membership (id, household_id, person_id, is_head, since) "
                "VALUES (3, 2, 3, true, '2025-03-01')"
            )
        )
    undo(undone)

    assert ask("SELECT person_id FROM membership WHERE household_id = 3") == [(1,)]
