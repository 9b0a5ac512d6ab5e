"""Two records of one person become one, with nothing lost, and can become two again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.fields import Sex, Status
from core.domain.lifecycle import State
from core.domain.merging import Doubt, Fate, Side
from core.domain.permissions import Actor, Role, Scope
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, RegistryError
from core.services import (
    batches,
    beneficiaries,
    imports,
    lifecycle,
    matching,
    merging,
    rewind,
    search,
    undo,
    upkeep,
)
from core.services.merging import HomeFate, MergeReceipt, Wish
from core.storage.acts import reversal
from core.storage.acts.batches import open_batch
from core.storage.audit import read_events
from core.storage.columns import PERSON
from core.storage.content import content_hash
from core.storage.database import Session, engine, reading, transaction
from core.storage.integrity import find_breaches
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask, figures
from tests.people import EAST, WEST, People, add_people, add_person
from tests.world import NewPerson, add_batch, enrol, put, put_household
from tests.world import add_programme as in_programme

FIRST = """ID,Full name,Sex,Date of birth,Phone,National ID,District,Roof
A1,Awa Traoré,F,1990,+22670000001,N-1,N-EAST,straw
A2,Moussa Koné,M,1985-11-02,,,N-EAST,
"""
SECOND = """ID,Full name,Sex,Date of birth,E-mail,National ID,District,Roof
B1,Awa Marie Traore,F,1990-05-14,awa@example.org,N-9,N-EAST,tin
"""


@dataclass(frozen=True)
class Office:
    """Maria manages programmes everywhere, Nadia in one district, Omar in one programme."""

    people: People
    maria: Actor
    nadia: Actor
    desk: Desk


@pytest.fixture
def office(registry: Registry, tmp_path: Path) -> Office:
    people = add_people()
    for code in ("CASH", "SKILLS"):
        add_programme(code)
    with transaction() as db:
        maria = add_person(db, "maria", Role.PROGRAMME_MANAGER)
        nadia = add_person(db, "nadia", Role.PROGRAMME_MANAGER, EAST)
    return Office(people, maria, nadia, Desk(people.brook, tmp_path, "CASH", Status.ACTIVE))


def uuid_of(name: str) -> UUID:
    found = ask("SELECT uuid FROM person WHERE full_name = :name", name=name)
    return UUID(str(found[0][0]))


def merged(actor: Actor, wish: Wish, reason: str | None = None) -> MergeReceipt:
    return merging.merge(actor, wish, merging.preview(actor, wish).stamp, reason)


def wish_of(survivor: UUID, duplicate: UUID, **taken: Side) -> Wish:
    named = {name.replace("__", "."): side for name, side in taken.items()}
    return Wish(survivor, duplicate, named)


def taken_back(receipt: MergeReceipt) -> None:
    """Reverse the rows of a merge, as an undo does."""
    [(batch,)] = ask("SELECT max(id) FROM batch WHERE kind = 'people.merge'")
    with transaction() as db:
        assert reversal.obstacles(db, batch) == []
        reversal.reverse(db, batch, open_batch(db, "undo", "maria"))


def content() -> str:
    with reading() as db:
        assert find_breaches(db) == []
        return content_hash(db)


def test_the_survivor_gets_all_that_is_better_and_the_old_number_leads_there(
    office: Office,
) -> None:
    office.desk.published(FIRST, key="ID")
    later = Desk(office.desk.actor, office.desk.folder, "SKILLS", Status.POTENTIAL)
    run = later.published(SECOND, key="ID").run
    first, second = uuid_of("Awa Traoré"), uuid_of("Awa Marie Traore")
    before = content()
    upkeep.drain_search()

    found = merging.preview(office.maria, wish_of(first, second))
    assert [line.fate for line in found.enrolments] == [Fate.JOINS]
    assert found.doubts == (Doubt.TWO_NUMBERS,)
    assert not found.blockers
    receipt = merging.merge(office.maria, wish_of(first, second), found.stamp, "same card")

    assert receipt.counts["enrolments"] == 1
    view = beneficiaries.get(office.maria, second)
    assert view.uuid == first
    wanted = {"full_name": "Awa Marie Traore", "phone": "+22670000001", "email": "awa@example.org"}
    assert wanted.items() <= view.fields.items()
    assert str(view.fields["birth_date"]) == "1990-05-14"
    assert "tin" in view.attributes.values()
    assert "straw" not in view.attributes.values()
    assert sorted(value for _type, value in view.identifiers) == ["N-1", "N-9"]
    assert {row.programme for row in view.enrolments} == {"CASH", "SKILLS"}
    upkeep.drain_search()
    for wanted_text in (receipt.duplicate_number, "N-9", "Awa Marie Traore", "awa traore"):
        assert [hit.uuid for hit in search.find(office.maria, wanted_text)] == [first]
    look = rewind.preview(office.desk.actor, run)
    assert (look.people, look.enrolments, look.reasons) == (0, 0, {"merged": 2})
    taken_back(receipt)
    assert content() == before
    assert rewind.preview(office.desk.actor, run).people == 1
    assert beneficiaries.get(office.maria, second).uuid == second


def test_a_file_that_comes_again_finds_the_survivor_and_changes_nothing(office: Office) -> None:
    office.desk.published(FIRST, key="ID")
    second = office.desk.published(SECOND, key="ID")
    first, other = uuid_of("Awa Traoré"), uuid_of("Awa Marie Traore")
    receipt = merged(office.maria, wish_of(first, other))
    after = content()

    assert figures(office.desk.published(FIRST + "A3,New,F,2000,,,N-EAST,\n", key="ID"))[:2] == (
        1,
        0,
    )
    assert figures(office.desk.published(SECOND, key="ID")) == (0, 0, 1, 0)
    assert ask("SELECT count(*) FROM person WHERE merged_into_id IS NULL") == [(3,)]
    changed = SECOND.replace("awa@example.org", "awa@example.com")
    assert figures(office.desk.published(changed, key="ID")) == (0, 1, 0, 0)
    assert beneficiaries.get(office.maria, other).fields["email"] == "awa@example.com"

    look = rewind.preview(office.desk.actor, second.run)
    assert look.people == look.enrolments == 0
    assert "merged" in look.reasons
    assert content() != after
    assert receipt.counts["ended"] == 1


def test_a_decision_about_a_merged_number_means_the_survivor(office: Office) -> None:
    office.desk.published(FIRST, key="ID")
    office.desk.published(SECOND, key="ID")
    first, second = uuid_of("Awa Traoré"), uuid_of("Awa Marie Traore")
    rows = SECOND.replace("B1", "C1").replace("N-9", "").replace("awa@", "awa.m@")
    run = office.desk.checked(rows, key="ID")
    number = str(beneficiaries.get(office.maria, second).fields["registration_no"])
    matching.decide(office.desk.actor, run, 2, number)
    imports.check(office.desk.actor, run)

    merged(office.maria, wish_of(first, second))

    assert figures(imports.publish(office.desk.actor, run)) == (0, 1, 0, 0)
    assert beneficiaries.get(office.maria, second).fields["email"] == "awa.m@example.org"


def _status_of(person: UUID, programme: str) -> list[tuple[str, bool]]:
    """The statuses of a person's own enrolments in a programme, and whether each is open."""
    return [
        (row.status, row.ended_on is None)
        for row in beneficiaries.get(MANAGER, person).enrolments
        if row.programme == programme
    ]


MANAGER = Actor(1, "root", (Scope(Role.PROGRAMME_MANAGER, "1/"),))


@pytest.mark.parametrize("goes_on", Side)
def test_of_two_enrolments_in_one_programme_one_goes_on_and_one_ends(
    office: Office, goes_on: Side
) -> None:
    first = put(NewPerson("Awa Traoré", EAST, programmes={"CASH": Status.ACTIVE}))
    second = put(NewPerson("Awa Traore", EAST, programmes={"CASH": Status.SUSPENDED}))
    before = content()

    wish = Wish(first, second, {"enrolment.CASH": goes_on})
    [line] = merging.preview(office.nadia, wish).enrolments
    assert (line.own_status, line.status, line.open) == ("ACTIVE", "SUSPENDED", True)
    receipt = merged(office.nadia, wish)

    kept = "ACTIVE" if goes_on is Side.SURVIVOR else "SUSPENDED"
    assert _status_of(first, "CASH") == [(kept, True)]
    assert ask(
        "SELECT e.status, e.exit_reason, p.merged_into_id IS NOT NULL FROM enrolment e "
        "JOIN person p ON p.id = e.person_id WHERE e.ended_on IS NOT NULL"
    ) == [("SUSPENDED" if kept == "ACTIVE" else "ACTIVE", "DUPLICATE", True)]
    assert beneficiaries.count(office.maria, EVERYBODY).subjects == 1
    told = batches.receipt(office.maria, receipt.batch)
    assert told is not None
    assert told.moved == 1
    content()
    _take_back_all(receipt)
    assert ask("SELECT count(*) FROM enrolment WHERE ended_on IS NULL") == [(2,)]
    assert _status_of(first, "CASH") == [("ACTIVE", True)]
    assert _status_of(second, "CASH") == [("SUSPENDED", True)]
    content()
    with Session(engine()) as db:  # never committed: what happened stays in the log
        db.execute(text("DELETE FROM status_change WHERE restores_id IS NOT NULL"))
        db.execute(text("DELETE FROM status_change WHERE exit_reason IS NOT NULL"))
        assert content_hash(db) == before


def _take_back_all(receipt: MergeReceipt) -> None:
    """Take a merge back with its statuses, by the one way for all batches."""
    order = undo.prepare(MANAGER, receipt.batch, "different people")
    lifecycle.carry_out(MANAGER, order)


def test_the_open_enrolment_goes_on_where_the_survivors_has_ended(office: Office) -> None:
    first = put(NewPerson("Awa Traoré", EAST, programmes={"CASH": Status.ACTIVE}))
    second = put(NewPerson("Awa Traore", EAST, programmes={"CASH": Status.POTENTIAL}))
    asked = lifecycle.Asked("CASH", State.EXITED, "WITHDREW")
    chosen = lifecycle.Chosen(criteria=where("status", Op.IS, "ACTIVE"))
    lifecycle.carry_out(MANAGER, lifecycle.prepare(MANAGER, asked, chosen))
    before = content()

    receipt = merged(office.maria, wish_of(first, second))

    assert _status_of(first, "CASH") == [("POTENTIAL", True)]
    taken_back(receipt)
    assert content() == before


def _family(office: Office) -> tuple[UUID, UUID, UUID]:
    """Awa heads a household with Binta and little Awa; the uuids in this order."""
    people = [NewPerson(name, EAST) for name in ("Awa Traoré", "Binta Traoré", "Awa Traore")]
    head = put_household(*people, programme="HOUSE", status=Status.ACTIVE)
    return head, uuid_of("Binta Traoré"), uuid_of("Awa Traore")


def _home(person: UUID) -> tuple[Any, ...]:
    """Whether a person heads an open household, and its recorded size and members."""
    rows = ask(
        "SELECT m.is_head, h.size, (SELECT count(*) FROM membership o WHERE "
        "o.household_id = h.id AND o.until IS NULL) FROM membership m "
        "JOIN household h ON h.id = m.household_id JOIN person p ON p.id = m.person_id "
        "WHERE m.until IS NULL AND p.full_name = :name",
        name=beneficiaries.get(MANAGER, person).fields["full_name"],
    )
    return (bool(rows[0][0]), *rows[0][1:]) if rows else ()


def test_in_one_household_the_survivor_takes_the_heads_place(office: Office) -> None:
    head, _binta, other = _family(office)
    with transaction() as db:
        db.execute(text("UPDATE household SET size = 3"))
    before = content()

    found = merging.preview(office.maria, wish_of(other, head))
    assert (found.home, found.sizes, found.doubts) == (
        HomeFate.LEADS, (3, 2), (Doubt.SAME_HOUSEHOLD,),
    )  # fmt: skip
    receipt = merging.merge(office.maria, wish_of(other, head), found.stamp)

    assert _home(other) == (True, 2, 2)
    assert [row.of_household for row in beneficiaries.get(MANAGER, other).enrolments] == [True]
    assert ask(
        "SELECT p.merged_into_id IS NULL FROM enrolment e JOIN person p ON p.id = e.person_id"
    ) == [(True,)]
    taken_back(receipt)
    assert content() == before


def test_a_head_whose_members_stay_needs_a_successor_first(office: Office) -> None:
    head, _binta, _other = _family(office)
    alone = put_household(
        NewPerson("Awa T. Traoré", WEST), programme="HOUSE", status=Status.POTENTIAL
    )

    found = merging.preview(office.maria, wish_of(alone, head))
    assert "Name a new head there first" in found.blockers[0]
    assert Doubt.BOTH_HEADS in found.doubts
    with pytest.raises(Conflict, match="Name a new head there first"):
        merging.merge(office.maria, wish_of(alone, head), found.stamp)
    with pytest.raises(Conflict, match="Merge the two households first"):
        merged(office.maria, wish_of(head, alone))


def test_a_survivor_without_a_household_takes_the_place_in_the_duplicates(
    office: Office,
) -> None:
    head, _binta, _other = _family(office)
    west = put(NewPerson("Awa Traoré Diallo", WEST, programmes={"CASH": Status.ACTIVE}))
    before = content()

    found = merging.preview(office.maria, wish_of(west, head))
    assert (found.home, found.blockers) == (HomeFate.PASSES, ())
    receipt = merging.merge(office.maria, wish_of(west, head), found.stamp)

    assert _home(west) == (True, None, 3)
    assert beneficiaries.get(MANAGER, west).places[-1] == f"Area {EAST}"
    content()
    taken_back(receipt)
    assert content() == before


def test_a_chain_of_merges_leads_old_numbers_to_the_last_and_is_refused_its_ends(
    office: Office,
) -> None:
    one, two, three = (put(NewPerson(f"Awa Traoré {n}", EAST)) for n in "123")
    first = merged(office.maria, wish_of(two, one))
    last = merged(office.maria, wish_of(three, two))

    for old in (one, two, three):
        assert beneficiaries.get(office.maria, old).uuid == three
    for number in (first.duplicate_number, last.duplicate_number):
        [hit] = search.find(office.maria, number)
        assert (hit.uuid, hit.why) == (three, "registration_no")
    for wish in (wish_of(one, three), wish_of(three, two)):
        with pytest.raises(Conflict, match="merged already and leads to"):
            merging.preview(office.maria, wish)
    with pytest.raises(InvalidInput, match="themselves"):
        merging.preview(office.maria, wish_of(three, three))
    with pytest.raises(Conflict), transaction() as db:
        [(batch,)] = ask("SELECT min(id) FROM batch WHERE kind = 'people.merge'")
        reversal.reverse(db, batch, open_batch(db, "undo", "maria"))


def test_who_was_changed_since_the_preview_is_looked_at_again(office: Office) -> None:
    first, second = (put(NewPerson("Awa Traoré", EAST)) for _ in range(2))
    wish = wish_of(first, second)
    seen = merging.preview(office.maria, wish).stamp
    merged(office.maria, wish_of(second, put(NewPerson("Awa", EAST))))

    with pytest.raises(Conflict, match="since you looked"):
        merging.merge(office.maria, wish, seen)


def test_of_two_managers_who_merge_the_same_two_people_one_succeeds(office: Office) -> None:
    first, second = (put(NewPerson("Awa Traoré", EAST, programmes={"CASH": A})) for A in STATUSES)
    seen = {one: merging.preview(office.maria, wish) for one, wish in _crosswise(first, second)}
    together = Barrier(2)

    def act(one: UUID, wish: Wish) -> bool:
        together.wait()
        try:
            merging.merge(office.maria, wish, seen[one].stamp)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda pair: act(*pair), _crosswise(first, second)))

    assert sorted(done) == [False, True]
    assert ask("SELECT count(*) FROM person WHERE merged_into_id IS NOT NULL") == [(1,)]
    assert ask("SELECT count(*) FROM enrolment WHERE ended_on IS NULL") == [(1,)]
    content()


STATUSES = (Status.ACTIVE, Status.SUSPENDED)


def _crosswise(first: UUID, second: UUID) -> list[tuple[UUID, Wish]]:
    return [(first, wish_of(first, second)), (second, wish_of(second, first))]


def test_what_speaks_strongly_against_it_needs_a_reason(office: Office) -> None:
    first = put(NewPerson("Awa Traoré", EAST, Sex.FEMALE))
    second = put(NewPerson("Moussa Koné", EAST, Sex.MALE))
    found = merging.preview(office.maria, wish_of(first, second))
    assert found.sure
    assert found.doubts == (Doubt.NAMES_APART, Doubt.SEX)

    with pytest.raises(InvalidInput, match="Give the reason"):
        merged(office.maria, wish_of(first, second))
    assert beneficiaries.get(office.maria, second).uuid == second
    merged(office.maria, wish_of(first, second), "read from the same card")
    assert beneficiaries.get(office.maria, second).uuid == first


def test_across_a_wall_nothing_is_shown_and_nothing_moves(office: Office) -> None:
    near = put(NewPerson("Awa Traoré", EAST, programmes={"CASH": Status.ACTIVE}))
    far = put(NewPerson("Awa Traoré", WEST))
    shared = put(NewPerson("Awa Traoré", EAST, programmes={"CASH": Status.ACTIVE}))
    with transaction() as db:
        enrol(db, add_batch(db), _id_of(shared), in_programme(db, "SKILLS"), Status.ACTIVE)
        cash = in_programme(db, "CASH").id
    omar = Actor(1, "omar", (Scope(Role.PROGRAMME_MANAGER, "1/", cash),))

    # To see somebody is not to move them.
    seer = Actor(1, "seer", (*office.nadia.scopes, Scope(Role.VIEWER, "1/")))
    for wish in (wish_of(near, far), wish_of(far, near), wish_of(near, UUID(int=1))):
        for actor in (office.nadia, seer):
            with pytest.raises(NotFound, match=r"^This person was not found\.$"):
                merging.preview(actor, wish)
            with pytest.raises(NotFound):
                merging.merge(actor, wish, "")
    found = merging.preview(omar, wish_of(near, shared))
    assert "a programme that you do not look after" in found.blockers[0]
    assert [line.programme for line in found.enrolments] == ["Programme CASH"]
    with pytest.raises(Conflict, match="do not look after"):
        merged(omar, wish_of(near, shared))
    for actor in (office.people.brook, office.people.amina):
        with pytest.raises(NotAllowed):
            merging.preview(actor, wish_of(near, shared))
    # After a merge the old address still leads to whom a manager of one programme may see.
    receipt = merged(office.maria, wish_of(near, far, location=Side.SURVIVOR))
    assert beneficiaries.get(omar, far).uuid == near
    # Who does not look after both cannot take them apart either.
    with pytest.raises(RegistryError):
        lifecycle.carry_out(office.nadia, undo.prepare(office.nadia, receipt.batch, "two people"))
    assert beneficiaries.get(omar, far).uuid == near


def _id_of(person: UUID) -> int:
    with reading() as db:
        return int(db.execute(select(PERSON.id).where(PERSON.uuid == person)).scalar_one())


def test_a_merge_is_logged_without_values(office: Office) -> None:
    first = put(NewPerson("Awa Traoré", EAST, more={"phone": "0700 111 222"}))
    second = put(NewPerson("Awa Traore", EAST, more={"phone": "0700 333 444"}))
    receipt = merged(office.maria, wish_of(first, second, phone=Side.SURVIVOR))

    with reading() as db:
        [event] = [e for e in read_events(db, "audit", 5) if e.action == "people.merge"]
    assert event.subject == f"person:{first}"
    assert event.details["duplicate"] == f"person:{second}"
    assert event.details["batch"] == str(receipt.batch)
    assert "0700" not in str(event.details)
    assert "Awa" not in str(event.details)
