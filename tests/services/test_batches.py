"""Batches as a list and one by one: what somebody did, and what touched one's own people."""

from uuid import UUID

import pytest

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.lifecycle import State
from core.domain.permissions import Actor, Role
from core.errors import NotFound
from core.models import Enrolment, Person
from core.services import batches, exports, lifecycle, undo
from core.services.batches import BatchFilter, Facet, Undone
from core.services.lifecycle import Asked, Chosen
from core.storage.accounts import add_grant, add_user, find_location
from core.storage.database import reading, transaction
from tests import rows
from tests.conftest import Registry
from tests.services.test_lifecycle import Home, add_first_status, manager


def suspend(actor: Actor, chosen: Chosen) -> UUID:
    order = lifecycle.prepare(actor, Asked("CASH", State.SUSPENDED, "Reviewed"), chosen)
    receipt = lifecycle.carry_out(actor, order)
    assert receipt.batch is not None
    return receipt.batch


def take_back(actor: Actor, batch: UUID) -> UUID:
    receipt = lifecycle.carry_out(actor, undo.prepare(actor, batch))
    assert receipt.batch is not None
    return receipt.batch


def add_far_person(home: Home) -> str:
    """Enrol somebody in the only place that the local reader sees; return that place's path."""
    with transaction() as db:
        place = rows.add_place(db, "WEST")
        person = rows.add_human(db, "Westerner", place.id)
        home.people.append(person)
        home.enrolled.append(rows.enrol(db, person, home.programme))
        add_first_status(db, home.enrolled[-1])
        return place.path


def test_the_newest_batches_come_first_and_each_says_who_took_it_back(registry: Registry) -> None:
    home = Home()
    first = suspend(manager(), Chosen(enrolments=home.uuid(0)))
    second = suspend(manager(), Chosen(enrolments=home.uuid(1)))
    back = take_back(manager("mark"), second)

    shown = batches.list_batches(manager(), BatchFilter(programme="cash"))

    assert [one.uuid for one in shown] == [back, second, first]
    assert [(one.batch, one.actor) for one in shown[1].undone_by] == [(back, "mark")]
    assert shown[0].undo_of == second
    for wanted, expected in (
        (BatchFilter(own=True, programme="CASH"), [second, first]),
        (BatchFilter(kind="undo"), [back]),
        (BatchFilter(kind="transition", undone=True), [second]),
        (BatchFilter(kind="transition", undone=False), [first]),
    ):
        assert [one.uuid for one in batches.list_batches(manager(), wanted)] == expected
    assert [one.uuid for one in batches.list_batches(manager(), limit=1, before=second)] == [first]


def test_a_batch_of_somebody_else_tells_of_ones_own_people_alone(registry: Registry) -> None:
    home = Home()
    local = manager("lea", add_far_person(home))
    chosen = where("full_name", Op.CONTAINS, "e")
    beyond = suspend(manager(), Chosen(enrolments=home.uuid(0)))
    shared = suspend(manager(), Chosen(criteria=chosen))
    take_back(manager(), beyond)
    for_one = undo.prepare(manager(), shared, chosen=Chosen(enrolments=home.uuid(1)))
    assert lifecycle.carry_out(manager(), for_one).moved == 1

    (row,) = batches.list_batches(local, BatchFilter(kind="transition"))
    view = batches.get_batch(local, shared)
    shown, total = batches.subjects(local, shared, Facet())

    assert (row.uuid, dict(row.counts)) == (shared, {"moved": 1})
    assert (view.row, row.undone_by, row.undone) == (row, (), None)
    assert batches.list_batches(local, BatchFilter(undone=True)) == []
    assert view.criteria is None
    assert view.details == {"target": "SUSPENDED", "effective_on": str(lifecycle.today())}
    assert ([one.full_name for one in shown], total) == (["Westerner"], 1)
    own = batches.get_batch(manager(), shared)
    assert own.criteria == "Full name contains “e”"
    assert (own.row.counts["moved"], own.row.undone) == (3, Undone(1, 3))
    with pytest.raises(NotFound):
        batches.get_batch(local, beyond)


def test_each_batch_says_how_much_of_it_is_taken_back_now(registry: Registry) -> None:
    home = Home()
    local = manager("lea", add_far_person(home))
    wide = suspend(manager(), Chosen(criteria=EVERYBODY))
    (far,) = home.uuid(4)
    one = undo.prepare(manager(), wide, chosen=Chosen(enrolments=[far]))
    first = lifecycle.carry_out(manager(), one).batch
    assert first is not None

    def taken(actor: Actor, batch: UUID) -> Undone | None:
        return batches.get_batch(actor, batch).row.undone

    assert (taken(manager(), wide), taken(local, wide)) == (Undone(1, 5), Undone(1, 1))
    second = take_back(manager(), wide)
    assert (taken(manager(), wide), taken(manager(), second)) == (Undone(5, 5), None)
    third = take_back(manager(), second)
    assert (taken(manager(), wide), taken(manager(), second)) == (Undone(1, 5), Undone(4, 4))
    take_back(manager(), first)
    assert (taken(manager(), wide), taken(local, wide)) == (Undone(0, 5), Undone(0, 1))
    take_back(manager(), third)

    listed = {one.uuid: one for one in batches.list_batches(manager())}
    assert [listed[one].undone for one in (wide, first, second, third)] == [
        Undone(4, 5), Undone(1, 1), Undone(0, 4), Undone(4, 4),
    ]  # fmt: skip
    original = listed[second].original
    assert original is not None
    assert (original.batch, original.kind) == (wide, "transition")


def test_the_file_of_a_batch_holds_all_within_the_grants(registry: Registry) -> None:
    home = Home()
    batch = suspend(manager(), Chosen(criteria=EVERYBODY))
    with transaction() as db:
        user = add_user(db, "local", "-", lifecycle.now())
        place = find_location(db, "ROOT")
        add_grant(db, user, Role.PROGRAMME_MANAGER, place, None, rows.DAY)
        actor = Actor(user.id or 0, "local", manager().scopes)

    ticket = exports.request_batch(actor, "session", batch)
    lines = b"".join(exports.open_download(ticket, "session").chunks).decode().splitlines()

    with reading() as db:
        numbers = [db.get_one(Person, key).registration_no for key in home.people]
        assert db.get_one(Enrolment, home.enrolled[0]).status == "SUSPENDED"
    head, wife, son, alone = numbers
    assert lines[0].lstrip("\ufeff") == (
        "registration_no,name,household,part,before,after,reason_why_not,changed_by,changed_at"
    )
    assert lines[1:] == [
        f"{alone},Alone,,CHOSEN,ACTIVE,SUSPENDED,,,",
        f"{head},Head,,CHOSEN,ACTIVE,SUSPENDED,,,",
        f"{son},Son,,CHOSEN,ACTIVE,SUSPENDED,,,",
        f"{wife},Wife,,CHOSEN,ACTIVE,SUSPENDED,,,",
    ]
