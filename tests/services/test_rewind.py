"""A published import is taken back as if it had never been, and comes back the same way."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from core.domain.permissions import Role
from core.errors import Conflict, NotAllowed, NotFound
from core.models import JobState, SQLModel, Unit
from core.services import imports, jobs, quarantine, rewind
from core.storage.database import transaction
from core.storage.documents import ENTITIES
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people, add_person
from tests.rewinding import (
    FAMILIES,
    LATER,
    PEOPLE,
    content,
    number_of,
    published,
    took,
)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    add_place("R1", "Région R1")
    return Desk(add_people().brook, tmp_path)


def test_an_import_that_is_rewound_leaves_the_registry_as_it_was(desk: Desk) -> None:
    before = content()
    run = published(desk, PEOPLE)
    assert content() != before

    receipt = rewind.rewind(desk.actor, run, "the wrong file")

    assert took(receipt) == (3, 0, 3, 0, 0)
    assert content() == before
    assert ask("SELECT kind, reason FROM batch ORDER BY id DESC LIMIT 1") == [
        ("rewind", "the wrong file")
    ]
    for entity in ENTITIES:
        assert ask(f"SELECT count(*) FROM {entity}") == [(0,)], entity


def test_a_changed_person_gets_former_values_numbers_and_keys_back(desk: Desk) -> None:
    published(desk, PEOPLE)
    before = content()
    run = published(desk, LATER)
    assert ask("SELECT value FROM identifier ORDER BY value") == [("N-1",), ("N-2",), ("N-4",)]

    assert took(rewind.preview(desk.actor, run)) == (1, 0, 1, 2, 0)
    assert took(rewind.rewind(desk.actor, run)) == (1, 0, 1, 2, 0)

    assert content() == before
    # The digests went back too: what was taken out comes in again as it did at first.
    assert figures(desk.published(LATER, key="ID")) == (1, 2, 0, 0)


def test_undoing_a_rewind_brings_everything_back_with_its_numbers(desk: Desk) -> None:
    published(desk, PEOPLE)
    start = content()
    run = published(desk, LATER)
    after = content()
    rewound = rewind.rewind(desk.actor, run)

    receipt = rewind.undo_rewind(desk.actor, rewound.batch)

    assert took(receipt) == (1, 0, 1, 2, 0)
    assert content() == after
    assert ask("SELECT count(*) FROM rewound_record") == [(0,)]
    again = rewind.rewind(desk.actor, run)
    assert took(again) == (1, 0, 1, 2, 0)
    assert content() == start
    with pytest.raises(Conflict, match="undone already"):
        rewind.undo_rewind(desk.actor, rewound.batch)
    rewind.undo_rewind(desk.actor, again.batch)
    assert content() == after


def test_households_and_the_places_they_rule_go_and_come_back(desk: Desk) -> None:
    add_programme("FOOD", Unit.HOUSEHOLD)
    food = Desk(desk.actor, desk.folder, programme="FOOD")
    published(desk, "ID,Full name,Sex,National ID\nZ9,Moussa Koné,M,N-2\nZ8,Sira Touré,F,\n")
    before = content()
    head = "Household Id,ID,Full name,Sex,Relationship to head,National ID,Region\n"
    run = published(
        food,
        f"{head}H1,A1,Awa Traoré,F,head,,R1\nH1,A2,Moussa Koné,M,spouse,N-2,R1\n"
        "H2,A3,Fanta Diallo,F,head,,R1\n",
    )
    after = content()
    assert ask("SELECT count(*) FROM membership") == [(3,)]
    assert ask("SELECT count(*) FROM person p WHERE location_id > 2") == [(3,)]

    rewound = rewind.rewind(desk.actor, run)
    assert took(rewound) == (2, 2, 2, 1, 0)
    assert content() == before

    rewind.undo_rewind(desk.actor, rewound.batch)
    assert content() == after


def test_late_members_leave_a_household_that_stays(desk: Desk) -> None:
    published(desk, FAMILIES)
    before = content()
    run = published(
        desk,
        "Household Id,ID,Full name,Sex,Relationship to head\nH1,A7,Oumou Sidibé,F,child\n",
    )
    after = content()

    rewound = rewind.rewind(desk.actor, run)
    assert took(rewound) == (1, 0, 1, 0, 0)
    assert content() == before

    rewind.undo_rewind(desk.actor, rewound.batch)
    assert content() == after


def test_a_known_household_met_by_another_key_loses_that_key_and_its_enrolment(desk: Desk) -> None:
    add_programme("FOOD", Unit.HOUSEHOLD)
    food = Desk(desk.actor, desk.folder, programme="FOOD")
    head = "Household Id,ID,Full name,Sex,National ID\n"
    published(desk, f"{head}H1,A1,Awa Traoré,F,N-1\nH1,A2,Moussa Koné,M,N-2\n")
    before = content()
    run = published(food, f"{head}K1,B1,Awa Traoré,F,N-1\nK1,B3,Fanta Diallo,F,N-3\n")
    after = content()
    assert ask("SELECT key FROM household_key ORDER BY key") == [("H1",), ("K1",)]

    rewound = rewind.rewind(desk.actor, run)
    assert took(rewound) == (1, 0, 1, 1, 0)
    assert content() == before

    rewind.undo_rewind(desk.actor, rewound.batch)
    assert content() == after


def test_imports_rewound_in_between_are_in_nobodys_way(desk: Desk) -> None:
    start = content()
    first = published(desk, PEOPLE)
    second = published(desk, LATER)

    rewind.rewind(desk.actor, second)
    rewind.rewind(desk.actor, first)

    assert content() == start


def test_the_same_file_after_a_rewind_makes_the_people_anew(desk: Desk) -> None:
    run = published(desk, PEOPLE)
    first = number_of("Awa Traoré")
    rewound = rewind.rewind(desk.actor, run)

    assert figures(desk.published(PEOPLE, key="ID")) == (3, 0, 0, 0)

    assert number_of("Awa Traoré") != first
    with pytest.raises(Conflict, match="collides"):
        rewind.undo_rewind(desk.actor, rewound.batch)


def test_a_run_is_rewound_once_and_only_when_published(desk: Desk) -> None:
    draft = desk.checked(PEOPLE, key="ID")
    with pytest.raises(Conflict, match="not published"):
        rewind.rewind(desk.actor, draft)
    imports.publish(desk.actor, draft)
    rewind.rewind(desk.actor, draft)

    for act in (rewind.rewind, rewind.preview):
        with pytest.raises(Conflict, match="rewound already"):
            act(desk.actor, draft)


def test_a_rewind_belongs_to_who_brought_the_file_in(desk: Desk) -> None:
    run = published(desk, PEOPLE)
    with transaction() as db:
        other, officer = (
            add_person(db, "kofi", Role.ANALYST),
            add_person(db, "lena", Role.ME_OFFICER),
        )

    for act in (rewind.preview, rewind.rewind):
        with pytest.raises(NotFound):
            act(other, run)
        with pytest.raises(NotAllowed):
            act(officer, run)
    rewound = rewind.rewind(desk.actor, run)
    with pytest.raises(NotFound, match="Rewind"):
        rewind.undo_rewind(other, rewound.batch)


def test_held_rows_are_closed_and_opened_again(desk: Desk) -> None:
    run = published(desk, PEOPLE + "A1,Awa Again,F,,,,\n")
    states = "SELECT state, reason FROM import_row"

    rewound = rewind.rewind(desk.actor, run)
    assert ask(states) == [("DISCARDED", "rewound")]

    rewind.undo_rewind(desk.actor, rewound.batch)
    assert ask(states) == [("OPEN", None)]


def test_rows_that_were_tried_again_are_work_once_more(desk: Desk) -> None:
    published(desk, "ID,Full name,Sex\nA1,Awa Traoré,F\nA2,Moussa Koné,Z\n")
    (row,) = quarantine.list_rows(desk.actor, quarantine.Filters()).rows
    quarantine.edit(desk.actor, row.id, {"Sex": "M"})
    retried = quarantine.retry(desk.actor, row.run)
    before, states = content(), "SELECT state FROM import_row ORDER BY id"
    assert ask(states)[0] == ("PUBLISHED",)

    rewound = rewind.rewind(desk.actor, retried.run)
    assert (rewound.people, ask(states)[0]) == (1, ("OPEN",))

    rewind.undo_rewind(desk.actor, rewound.batch)
    assert (content(), ask(states)[0]) == (before, ("PUBLISHED",))


def test_two_rewinds_at_once_take_it_back_once(desk: Desk) -> None:
    run = published(desk, PEOPLE)

    def take_back() -> str:
        try:
            return str(rewind.rewind(desk.actor, run).people)
        except Conflict as refusal:
            return str(refusal)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(future.result() for future in [pool.submit(take_back) for _ in "ab"])

    assert answers[0] == "3"
    assert "rewound already" in answers[1]


def test_a_large_import_is_taken_back_and_put_back_in_the_queue(desk: Desk) -> None:
    before = content()
    run = published(desk, PEOPLE)
    after = content()

    rewind.enqueue(desk.actor, run, "the wrong file")
    assert jobs.run_next("one", rewind.HANDLERS)
    standing = rewind.standing(desk.actor, run)
    assert standing is not None
    assert (content(), standing.reason) == (before, "the wrong file")

    rewind.enqueue(desk.actor, run, None, standing.batch)
    assert jobs.run_next("one", rewind.HANDLERS)
    assert (content(), rewind.standing(desk.actor, run)) == (after, None)


def test_a_rewind_that_a_dead_worker_has_done_is_not_done_again(desk: Desk) -> None:
    run = published(desk, PEOPLE)
    job = rewind.enqueue(desk.actor, run, "the wrong file")
    done = rewind.rewind(desk.actor, run, "the wrong file")

    assert jobs.run_next("one", rewind.HANDLERS)
    assert jobs.get(desk.actor, job).state is JobState.DONE
    undo = rewind.enqueue(desk.actor, run, None, done.batch)
    rewind.undo_rewind(desk.actor, done.batch)

    assert jobs.run_next("one", rewind.HANDLERS)
    assert jobs.get(desk.actor, undo).state is JobState.DONE
    assert rewind.standing(desk.actor, run) is None


def test_only_what_can_be_taken_back_enters_the_queue(desk: Desk) -> None:
    draft, run = desk.checked(PEOPLE, key="ID"), published(desk, PEOPLE)
    done = rewind.rewind(desk.actor, run)
    with transaction() as db:
        other = add_person(db, "kofi", Role.ANALYST)

    with pytest.raises(Conflict, match="not published"):
        rewind.enqueue(desk.actor, draft, None)
    with pytest.raises(NotFound):
        rewind.enqueue(other, run, None)
    with pytest.raises(NotFound):
        rewind.enqueue(other, run, None, done.batch)
    with pytest.raises(NotFound):
        rewind.enqueue(desk.actor, draft, None, done.batch)


def test_search_is_told_and_the_history_stays(desk: Desk) -> None:
    run = published(desk, PEOPLE)
    people = {row[0] for row in ask("SELECT id FROM person")}
    with transaction() as db:
        db.execute(text("DELETE FROM search_outbox"))

    rewind.rewind(desk.actor, run)

    assert {row[0] for row in ask("SELECT person_id FROM search_outbox")} == people
    assert ask("SELECT count(*) FROM change WHERE entity = 'person'") == [(3,)]
    (action, details) = ask(
        "SELECT action, CAST(details AS text) FROM audit_event ORDER BY id DESC LIMIT 1"
    )[0]
    assert action == "import.rewind"
    assert '"people": 3' in details
    assert "Awa" not in details


def test_every_table_that_hangs_on_people_is_known_to_the_rewind() -> None:
    """Whoever adds one has to say what a rewind does with it."""
    hanging = {
        table.name
        for table in SQLModel.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("person", "household", "enrolment")
    }

    assert hanging <= {*ENTITIES, "search_entry"}
