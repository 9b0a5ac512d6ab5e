"""What something else has touched since stays where it is, and is named with the reason."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from core.domain.fields import Status
from core.domain.permissions import Actor, Role, Scope
from core.errors import Conflict
from core.models import Enrolment, StatusChange
from core.services import rewind
from core.settings import now
from core.storage import series
from core.storage.acts.batches import open_batch
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask
from tests.people import add_people
from tests.rewinding import (
    FAMILIES,
    LATER,
    PEOPLE,
    content,
    edit,
    kept,
    move,
    number_of,
    published,
    took,
)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    add_place("R1", "Région R1")
    return Desk(add_people().brook, tmp_path)


def test_a_household_that_somebody_joined_since_stays_with_all_who_came_with_it(
    desk: Desk,
) -> None:
    run = published(desk, FAMILIES)
    joined = "Household Id,ID,Full name,Sex,Relationship to head\nH1,A7,Oumou Sidibé,F,child\n"
    published(desk, joined)

    receipt = rewind.rewind(desk.actor, run)

    assert took(receipt) == (1, 1, 1, 0, 2)
    assert kept(receipt) == [
        (number_of("Awa Traoré"), "joined"),
        (number_of("Moussa Koné"), "joined"),
    ]
    assert ask("SELECT count(*) FROM household") == [(1,)]
    content()


def test_a_member_who_stays_keeps_the_household(desk: Desk) -> None:
    run = published(desk, FAMILIES)
    edit(number_of("Moussa Koné"), "phone", None, "+226")

    receipt = rewind.rewind(desk.actor, run)

    assert kept(receipt) == [
        (number_of("Moussa Koné"), "changed"),
        (number_of("Awa Traoré"), "household"),
    ]
    assert dict(receipt.reasons) == {"changed": 1, "household": 1}
    content()


def test_a_value_changed_since_is_kept_and_named(desk: Desk) -> None:
    published(desk, PEOPLE)
    run = published(desk, LATER)
    awa = number_of("Awa Traoré")
    edit(awa, "phone", "+22670000009", "+1")

    receipt = rewind.rewind(desk.actor, run)

    assert took(receipt) == (1, 0, 1, 2, 1)
    assert kept(receipt) == [(awa, "value", "phone")]
    assert ask(
        "SELECT phone, CAST(birth_date AS text) FROM person WHERE registration_no = :no", no=awa
    ) == [("+1", "1990-05-14")]


def test_whom_a_household_keeps_in_a_place_stays_there(desk: Desk) -> None:
    published(desk, "ID,Full name,Sex\nA1,Awa Traoré,F\n")
    run = published(desk, "ID,Full name,Sex,Region\nA1,Awa Traoré,F,R1\n")
    published(desk, "Household Id,ID,Full name,Sex,Region\nH1,A1,Awa Traoré,F,R1\n")

    with pytest.raises(Conflict, match="nothing of it can be taken back"):
        rewind.rewind(desk.actor, run)

    assert kept(rewind.preview(desk.actor, run)) == [(number_of("Awa Traoré"), "value", "location")]


def test_people_another_import_has_met_since_stay(desk: Desk) -> None:
    add_programme("SKILLS")
    run = published(desk, PEOPLE)
    skills = Desk(desk.actor, desk.folder, programme="SKILLS")
    rows = "No,Full name,Sex,Date of birth,National ID\n9,Awa Traoré,F,1990-05-14,N-1\n"
    published(skills, rows, key="No")
    published(desk, "ID,Full name,Sex,Nickname\nA2,Moussa Koné,M,Moussa\n")

    receipt = rewind.rewind(desk.actor, run)

    assert kept(receipt) == [
        (number_of("Awa Traoré"), "changed"),
        (number_of("Moussa Koné"), "changed"),
    ]
    assert took(receipt) == (1, 0, 1, 0, 2)


def test_a_status_moved_since_stays(desk: Desk) -> None:
    run = published(desk, PEOPLE)
    awa = number_of("Awa Traoré")
    move(awa)

    receipt = rewind.rewind(desk.actor, run)

    assert kept(receipt) == [(awa, "status_moved")]
    assert receipt.people == 2
    content()


def test_who_was_enrolled_elsewhere_since_stays(desk: Desk) -> None:
    programme = add_programme("SKILLS")
    run = published(desk, PEOPLE)
    with transaction() as db:
        batch = open_batch(db, "enrol", "somebody")
        person, since = db.execute(
            text("SELECT person_id, since FROM enrolment ORDER BY id LIMIT 1")
        ).one()
        made = Enrolment(
            id=series.take(db, "enrolment", 1) + 1,
            programme_id=programme,
            person_id=person,
            status=Status.ACTIVE,
            since=date.fromisoformat(str(since)),
            enrolled_on=date.fromisoformat(str(since)),
        )
        db.add(made)
        db.flush()
        db.add(
            StatusChange(
                enrolment_id=made.id,
                batch_id=batch,
                after=Status.ACTIVE,
                effective_on=made.since,
                recorded_at=now(),
            )
        )

    receipt = rewind.rewind(desk.actor, run)

    assert kept(receipt) == [(number_of("Awa Traoré"), "enrolled")]
    content()


def test_a_known_persons_enrolment_that_moved_since_stays(desk: Desk) -> None:
    add_programme("SKILLS")
    published(desk, PEOPLE)
    skills = Desk(desk.actor, desk.folder, programme="SKILLS")
    rows = "ID,Full name,Sex,Date of birth,National ID\nA1,Awa Traoré,F,1990-05-14,N-1\n"
    run = published(skills, rows)
    move(number_of("Awa Traoré"))

    with pytest.raises(Conflict, match="nothing of it can be taken back"):
        # Everything else that the file brought is the person's key, which nobody sees.
        rewind.rewind(desk.actor, run)

    (stay,) = rewind.preview(desk.actor, run).stays
    assert stay.reason == "status_moved"


def test_whoever_collides_with_what_came_since_stays_out_with_the_household(desk: Desk) -> None:
    run = published(desk, FAMILIES)
    first = number_of("Moussa Koné")
    rewound = rewind.rewind(desk.actor, run)
    published(desk, "ID,Full name,Sex\nA2,Moussa Koné,M\n")

    receipt = rewind.undo_rewind(desk.actor, rewound.batch)

    assert took(receipt) == (1, 1, 1, 0, 2)
    assert [(stay.reason, stay.registration_no == first) for stay in receipt.stays] == [
        ("taken", True),
        ("household", False),
    ]
    assert ask("SELECT full_name FROM person ORDER BY id") == [("Fanta Diallo",), ("Moussa Koné",)]
    content()


def test_people_outside_the_grants_stay_and_are_not_named(desk: Desk) -> None:
    run = published(
        desk, "ID,Full name,Sex,Region\nA1,Awa Traoré,F,R1\nA2,Moussa Koné,M,\nA3,Ali Ba,M,R1\n"
    )
    path = ask("SELECT path FROM location WHERE code = 'R1'")[0][0]
    narrow = Actor(desk.actor.user_id, desk.actor.name, (Scope(Role.ANALYST, path),))

    receipt = rewind.rewind(narrow, run)

    assert took(receipt) == (2, 0, 2, 0, 1)
    assert kept(receipt) == [(None, "outside")]
    wide = rewind.undo_rewind(narrow, receipt.batch)
    assert wide.people == 2


def test_the_list_of_who_stays_comes_in_pages(desk: Desk) -> None:
    run = published(desk, PEOPLE)
    for name in ("Awa Traoré", "Moussa Koné"):
        edit(number_of(name), "email", None, "x@example.org")

    pages = [rewind.preview(desk.actor, run, limit=1, offset=at).stays for at in (0, 1, 2)]

    assert [len(page) for page in pages] == [1, 1, 0]
    assert pages[0] != pages[1]
    assert rewind.preview(desk.actor, run).kept == 2
