"""Statuses brought by a file: moved where the analyst says so and the programme allows it, named
where it does not, taken back with the import."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from core.domain.fields import Status
from core.domain.lifecycle import State
from core.domain.permissions import Actor, Permission, Role
from core.etl.choices import Mapping
from core.models import Programme, Unit
from core.services import imports, lifecycle, matching, rewind, undo
from core.services.lifecycle import Asked, Chosen
from core.storage import integrity
from core.storage.database import reading, transaction
from tests import rows
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask, figures
from tests.people import add_person
from tests.rewinding import kept, number_of

HEAD = "ID,Full name,Sex,Status,Phone\n"
NAMES = {"A1": "Awa Traoré", "A2": "Moussa Koné", "A3": "Fanta Diallo", "A4": "Issa Keïta"}


def lines(phone: str = "", **statuses: str) -> str:
    """A file that says of each person the status, and of all the same phone."""
    return HEAD + "".join(f"{key},{NAMES[key]},F,{s},{phone}\n" for key, s in statuses.items())


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    with transaction() as db:
        actor = add_person(db, "amina", Role.ANALYST)
    add_programme("CASH")
    return Desk(actor, tmp_path, status=Status.POTENTIAL)


def checked(desk: Desk, rows_: str, policy: str | None = "file") -> UUID:
    run = desk.start(rows_, key="ID")
    mapping = imports.describe(desk.actor, run).document.mapping
    assert mapping is not None
    columns = dict(mapping.columns)
    columns["Status"] = replace(columns["Status"], policy=policy)
    imports.set_mapping(desk.actor, run, Mapping(columns), "ID")
    imports.check(desk.actor, run)
    return run


def states() -> str:
    found = ask("SELECT status, ended_on FROM enrolment ORDER BY id")
    return "".join("X" if ended else status[0] for status, ended in found)


def change(**values: object) -> None:
    with transaction() as db:
        programme = db.get_one(Programme, 1)
        for name, value in values.items():
            setattr(programme, name, value)


def manager() -> Actor:
    return rows.actor(Role.PROGRAMME_MANAGER, name="mona")


def move(target: State, *keys: str) -> UUID:
    """A manager moves people by hand; return the batch."""
    numbers = [number_of(NAMES[key]) for key in keys]
    reason = "MOVED" if target is State.EXITED else "Reviewed"
    order = lifecycle.prepare(manager(), Asked("CASH", target, reason), Chosen(numbers=numbers))
    done = lifecycle.carry_out(manager(), order)
    assert done.batch is not None
    return done.batch


def take_back(batch: UUID) -> None:
    lifecycle.carry_out(manager(), undo.prepare(manager(), batch))


def sound() -> None:
    with reading() as db:
        assert integrity.find_breaches(db) == []


def test_nothing_moves_unless_somebody_says_that_the_files_statuses_count(desk: Desk) -> None:
    desk.published(lines(A1="active"), key="ID")
    for n, policy in enumerate((None, "keep", "blanks")):
        run = checked(desk, lines(A1="suspended", phone=f"+2267000000{n}"), policy)
        assert desk.rules(run)["status_differs"] == (2,)
        assert imports.publish(desk.actor, run).statuses == 0
    assert states() == "A"
    assert ask("SELECT count(*) FROM move_order") == [(0,)]


def test_the_files_statuses_move_where_the_programme_allows_it(desk: Desk) -> None:
    desk.published(lines(A1="active", A2="active", A3="graduated", A4="potential"), key="ID")
    move(State.EXITED, "A4")
    change(household_rule="ANY")
    file = lines(A1="suspended", A2="active", A3="active", A4="active")

    run = checked(desk, file)

    seen = matching.summary(desk.actor, run)
    assert (seen.statuses, seen.changed, seen.unchanged, seen.fields) == (1, 1, 3, {"status": 1})
    (row,) = matching.preview_page(desk.actor, run, "changed").rows
    assert {name: (cell.before, cell.after) for name, cell in row.cells.items()} == {
        "status": ("ACTIVE", "SUSPENDED")
    }
    rules = {"status_not_moved_not_allowed": (4,), "status_not_moved_ended": (5,)}
    assert {k: v for k, v in desk.rules(run).items() if k.startswith("status")} == rules
    assert states() == "AAGX"

    receipt = imports.publish(desk.actor, run)

    assert (figures(receipt), receipt.statuses, states()) == ((0, 1, 3, 0), 1, "SAGX")
    assert "1 statuses moved" in str(receipt)
    assert {k: v for k, v in desk.rules(run).items() if k.startswith("status")} == rules
    moved = "SELECT o.kind, o.state, o.actor, b.kind, c.before, c.after FROM move_order o "
    moved += "JOIN batch b ON b.id = o.batch_id JOIN status_change c ON c.batch_id = b.id "
    assert ask(moved + "WHERE o.kind = 'import'") == [
        ("import", "DONE", "amina", "import", "ACTIVE", "SUSPENDED")
    ]
    sound()

    move(State.ACTIVE, "A1")
    again = checked(desk, file)  # it brings nothing new: what somebody decided since stands
    assert matching.summary(desk.actor, again).statuses == 0
    imports.publish(desk.actor, again)
    assert states() == "AAGX"


def test_conditions_places_and_a_second_person_hold_for_files_too(desk: Desk) -> None:
    desk.published(lines(A1="active", A2="active", A3="potential", A4="potential"), key="ID")
    condition = {"field": "phone", "op": "is_filled"}
    change(
        capacity=3,
        moves=[
            {"before": "ACTIVE", "after": "GRADUATED", "condition": condition},
            {"before": "POTENTIAL", "after": "ACTIVE"},
        ],
    )

    run = checked(desk, lines(A1="graduated", A3="active", A4="active"))
    imports.publish(desk.actor, run)
    assert states() == "AAPP"
    rules = desk.rules(run)
    assert rules["status_not_moved_condition"] == (2,)
    assert rules["status_not_moved_capacity"] == (3, 4)

    change(approval=True)
    run = checked(desk, lines(A1="graduated", A3="active", phone="+22670000001"))
    imports.publish(desk.actor, run)
    assert (states(), desk.rules(run)["status_not_moved_approval"]) == ("AAPP", (2, 3))

    # The phone comes with the same file: the condition is asked of the person as it leaves them.
    change(approval=False)
    run = checked(desk, lines(A1="graduated", A3="active", A4="active", phone="+22670000002"))
    imports.publish(desk.actor, run)
    assert states() == "GAAA"
    sound()


def test_the_status_of_a_household_programme_is_its_own(desk: Desk) -> None:
    with transaction() as db:
        db.get_one(Programme, 1).unit = Unit.HOUSEHOLD
    head = "ID,Full name,Sex,Household Id,Relationship to head,Status\n"
    desk.published(head + "A1,Awa,F,H1,head,active\nA2,Ali,M,H1,spouse,active\n", key="ID")

    run = checked(desk, head + "A1,Awa,F,H1,head,suspended\nA2,Ali,M,H1,spouse,graduated\n")

    assert imports.publish(desk.actor, run).statuses == 1
    assert ask("SELECT status, household_id IS NOT NULL FROM enrolment") == [("SUSPENDED", True)]


def test_a_rewind_takes_the_moves_back_and_its_undo_brings_them_again(desk: Desk) -> None:
    first = desk.published(lines(A1="active", A2="active", A3="active"), key="ID")
    run = checked(desk, lines(A1="suspended", A2="graduated", A3="suspended", A4="active"))
    imports.publish(desk.actor, run)
    assert states() == "SGSA"
    move(State.ACTIVE, "A3")

    seen = rewind.preview(desk.actor, run)
    assert (seen.people, seen.restored, seen.kept) == (1, 2, 1)
    back = rewind.rewind(desk.actor, run)
    assert kept(back) == kept(seen) == [(number_of(NAMES["A3"]), "status_moved")]
    assert states() == "AAA"
    sound()

    again = rewind.undo_rewind(desk.actor, back.batch)
    assert (again.people, again.restored, states()) == (1, 2, "SGAA")
    sound()
    twice = rewind.rewind(desk.actor, run)
    assert (twice.restored, states()) == (2, "AAA")
    sound()
    assert rewind.preview(desk.actor, first.run).reasons == {"status_moved": 1}


def test_a_move_and_its_undo_do_not_keep_an_import_in(desk: Desk) -> None:
    first = desk.published(lines(A1="active", A2="active"), key="ID")
    take_back(move(State.SUSPENDED, "A1", "A2"))
    move(State.SUSPENDED, "A2")
    move(State.ACTIVE, "A2")  # by hand: nobody has taken anything back

    seen = rewind.preview(desk.actor, first.run)
    assert (seen.people, kept(seen)) == (1, [(number_of(NAMES["A2"]), "status_moved")])
    back = rewind.rewind(desk.actor, first.run)
    assert states() == "A"
    sound()

    desk.published(lines(A3="active", A4="active"), key="ID")  # may take the numbers that went
    take_back(move(State.GRADUATED, "A3"))
    rewind.undo_rewind(desk.actor, back.batch)
    assert states() == "AAAA"
    sound()
    log = "SELECT c.before, c.after, u.after, r.after FROM status_change c "
    log += "LEFT JOIN status_change u ON u.id = c.undo_of_id "
    log += "LEFT JOIN status_change r ON r.id = c.restores_id WHERE c.enrolment_id = "
    log += "(SELECT min(id) FROM enrolment) ORDER BY c.id"
    assert ask(log) == [
        (None, "ACTIVE", None, None),
        ("ACTIVE", "SUSPENDED", None, None),
        ("SUSPENDED", "ACTIVE", "SUSPENDED", "ACTIVE"),
    ]
    assert rewind.rewind(desk.actor, first.run).people == 1


def test_moves_beyond_the_grants_of_who_rewinds_stay(desk: Desk) -> None:
    desk.published(lines(A1="active"), key="ID")
    run = checked(desk, lines(A1="suspended", A2="active"))
    imports.publish(desk.actor, run)
    with transaction() as db:
        north = rows.add_place(db, "NORTH").id
    narrow = Actor(
        desk.actor.user_id,
        desk.actor.name,
        tuple(replace(one, path=f"1/{north}/") for one in desk.actor.scopes),
    )
    assert narrow.allows(Permission.IMPORT)
    seen = rewind.preview(narrow, run)
    assert (seen.restored, seen.people, seen.reasons) == (0, 0, {"outside": 2})
