"""An import of households is taken back as exactly as one of people, and comes back so."""

from pathlib import Path

import pytest
from sqlalchemy import text

from core.domain.permissions import Actor, Role, Scope
from core.errors import Conflict
from core.services import jobs, rewind
from core.storage.acts.batches import note_changed, open_batch
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people
from tests.rewinding import content, home_of, households, kept, number_of, published, took_homes

HEAD = "Household number,Household size,District,Roof\n"
FIRST = f"{HEAD}H1,4,East,iron\nH2,,East,\nH3,2,East,straw\n"
LATER = f"{HEAD}H1,6,West,tin\nH2,3,,mud\nH4,1,West,\n"
PEOPLE = "Household number,ID,Full name,Sex,District\n"
MEMBERS = f"{PEOPLE}H1,A1,Awa Traoré,F,East\nH1,A2,Ali Ba,M,East\nH3,A3,Fanta Diallo,F,East\n"
PLACES = "SELECT l.code FROM person p JOIN location l ON l.id = p.location_id ORDER BY p.id"


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    for code, name in (("E", "East"), ("W", "West")):
        add_place(code, name)
    return Desk(add_people().brook, tmp_path)


def resize(key: str, size: int | None) -> None:
    """Somebody changes the size of one household, as an act of its own."""
    with transaction() as db:
        of = "SELECT household_id FROM household_key WHERE key = :key"
        home, before = db.execute(
            text(f"SELECT id, size FROM household WHERE id IN ({of})"), {"key": key}
        ).one()
        db.execute(
            text("UPDATE household SET size = :size WHERE id = :id"), {"size": size, "id": home}
        )
        batch = open_batch(db, "edit", "somebody")
        note_changed(db, batch, "household", {home: {"size": [before, size]}})


def test_households_go_and_get_their_sizes_attributes_and_places_back(desk: Desk) -> None:
    start = content()
    first = households(desk, FIRST).run
    published(desk, MEMBERS.replace("H3,A3", ",A3"))
    before = content()
    assert figures(households(desk, FIRST)) == (0, 0, 3, 0)
    receipt = households(desk, LATER)
    after = content()
    assert figures(receipt) == (1, 2, 0, 0)
    assert ask(PLACES)[:2] == [("W",), ("W",)]

    ahead = rewind.preview(desk.actor, receipt.run)
    done = rewind.rewind(desk.actor, receipt.run, "the wrong file")
    assert took_homes(ahead) == took_homes(done) == (1, 2, 0, 2, 0)
    assert content() == before
    assert rewind.undo_rewind(desk.actor, done.batch).households_restored == 2
    assert content() == after

    rewind.enqueue(desk.actor, receipt.run, None)
    assert jobs.run_next("one", rewind.HANDLERS)
    assert content() == before
    with pytest.raises(Conflict, match="undone already"):
        rewind.undo_rewind(desk.actor, done.batch)
    # H1 has members by now: it stays, alone, and is named by its number.
    done = rewind.rewind(desk.actor, first)
    assert (took_homes(done), kept(done)) == ((2, 0, 1, 0, 0), [(home_of("H1"), "joined")])
    assert content() != start
    rewind.undo_rewind(desk.actor, done.batch)
    assert content() == before
    (act,) = ask("SELECT CAST(details AS text) FROM audit_event ORDER BY id DESC LIMIT 1")
    assert '"households": 2' in act[0]


def test_a_household_that_was_changed_matched_or_resized_since_stays(desk: Desk) -> None:
    run = households(desk, FIRST + "H5,1,East,\nH6,7,East,\n").run
    with transaction() as db:
        batch = open_batch(db, "import", "somebody")
        home = int(db.execute(text("SELECT max(id) FROM household")).scalar_one())
        note_changed(db, batch, "household_key", {home: {"9/K1": [None, home]}})
    resize("H1", 9)
    resize("H5", 9)
    resize("H5", 1)  # and back again: state decides, not history
    later = households(desk, f"{HEAD}H2,8,,\n").run

    assert kept(rewind.preview(desk.actor, run)) == [
        (home_of("H1"), "changed"),
        (home_of("H2"), "changed"),
        (home_of("H6"), "matched"),
    ]
    rewind.rewind(desk.actor, later)
    done = rewind.rewind(desk.actor, run)

    assert took_homes(done) == (3, 0, 2, 0, 0)
    assert dict(done.reasons) == {"changed": 1, "matched": 1}
    content()


def test_a_place_stays_where_somebody_joined_since_and_the_rest_goes_back(desk: Desk) -> None:
    households(desk, FIRST)
    published(desk, MEMBERS)
    run = households(desk, f"{HEAD}H1,6,West,tin\nH3,2,West,\n").run
    published(desk, f"{PEOPLE}H1,A9,Issa Keïta,M,West\n")
    resize("H1", 7)
    after = content()

    done = rewind.rewind(desk.actor, run)

    first, awa, ali = home_of("H1"), number_of("Awa Traoré"), number_of("Ali Ba")
    assert took_homes(done) == (0, 2, 1, 1, 2)
    assert kept(done) == [
        (first, "joined", "location", "size"),
        (awa, "value", "location"),
        (ali, "value", "location"),
    ]
    assert ask(PLACES) == [("W",), ("W",), ("E",), ("W",)]
    assert "iron" in ask("SELECT CAST(attributes AS text) FROM household ORDER BY id")[0][0]
    content()
    rewind.undo_rewind(desk.actor, done.batch)
    assert content() == after


def test_a_household_beyond_the_grants_stays_and_is_not_named(desk: Desk) -> None:
    households(desk, FIRST)
    published(desk, MEMBERS)
    receipt = households(desk, f"{HEAD}H1,6,West,\nH2,5,East,\nH4,1,West,\nH5,1,East,\n")
    path = ask("SELECT path FROM location WHERE code = 'E'")[0][0]
    narrow = Actor(desk.actor.user_id, desk.actor.name, (Scope(Role.ANALYST, path),))

    done = rewind.rewind(narrow, receipt.run)

    # In the West: H1 with two members, and H4, which the import made.
    assert took_homes(done) == (1, 1, 2, 0, 2)
    assert kept(done) == [(None, "outside")] * 4
    content()
    rest = rewind.undo_rewind(narrow, done.batch)
    assert took_homes(rest) == (1, 1, 0, 0, 0)


def test_a_household_whose_key_was_given_anew_stays_out(desk: Desk) -> None:
    run = households(desk, FIRST).run
    first = home_of("H1")
    done = rewind.rewind(desk.actor, run)
    households(desk, f"{HEAD}H1,4,East,\n")

    back = rewind.undo_rewind(desk.actor, done.batch)

    assert (took_homes(back), kept(back)) == ((2, 0, 1, 0, 0), [(first, "taken")])
    assert home_of("H1") != first
    content()


def test_of_two_keys_for_one_household_the_first_row_counts(desk: Desk) -> None:
    head = "Household number,ID,Full name,Sex,National ID,District\n"
    published(desk, f"{head}H1,A1,Awa Traoré,F,N-1,East\n")
    published(desk, f"{head}K1,B1,Awa Traoré,F,N-1,East\nK1,B2,Ali Ba,M,,East\n")
    before = content()
    receipt = households(desk, f"{HEAD}K1,5,West,mud\nH1,4,East,tin\n")
    assert figures(receipt) == (0, 1, 1, 0)
    assert ask("SELECT size FROM household") == [(5,)]

    assert took_homes(rewind.rewind(desk.actor, receipt.run)) == (0, 1, 0, 2, 0)

    assert content() == before
