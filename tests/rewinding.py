"""Short ways to take imports back, for tests of rewinds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.services import imports, rewind
from core.services.imports import Receipt, StartImport
from core.storage.acts.batches import note_changed, open_batch
from core.storage.content import content_hash
from core.storage.database import reading, transaction
from core.storage.integrity import find_breaches
from tests.importing import Desk, ask

PEOPLE = """ID,Full name,Sex,Date of birth,Phone,Roof,National ID
A1,Awa Traoré,F,1990-05-14,+22670000001,straw,N-1
A2,Moussa Koné,M,1985-11-02,+22670000002,,
A3,Fanta Diallo,F,2001-01-30,,tin,
"""
LATER = """ID,Full name,Sex,Date of birth,Phone,Roof,National ID
A1,Awa Traoré,F,1991-06-15,+22670000009,tin,N-1
A2,Moussa Koné,M,1985-11-02,+22670000002,mud,N-2
A4,Issa Keïta,M,1970-01-01,,,N-4
"""
FAMILIES = """Household Id,ID,Full name,Sex,Relationship to head
H1,A1,Awa Traoré,F,head
H1,A2,Moussa Koné,M,spouse
H2,A3,Fanta Diallo,F,head
"""


def content() -> str:
    """The hash of a registry in which every rule holds."""
    with reading() as db:
        assert find_breaches(db) == []
        return content_hash(db)


def published(desk: Desk, rows: str, key: str | None = "ID") -> UUID:
    return desk.published(rows, key=key).run


def households(desk: Desk, rows: str) -> Receipt:
    """Publish lines of CSV about households, known by the number that the file gives them."""
    path = desk.folder / "households.csv"
    path.write_text(rows, encoding="utf-8")
    order = StartImport(path, path.name, desk.programme, dataset="households")
    run = imports.start(desk.actor, order)
    imports.check(desk.actor, run)
    return imports.publish(desk.actor, run)


def home_of(key: str) -> str:
    """The number of the household that a file calls so."""
    found: str = ask(
        "SELECT h.number FROM household h JOIN household_key k ON k.household_id = h.id "
        "WHERE k.key = :key",
        key=key,
    )[0][0]
    return found


def edit(registration_no: str, column: str, before: Any, after: Any) -> None:
    """Somebody changes one field of one person, as an act of its own."""
    with transaction() as db:
        person = db.execute(
            text(f"UPDATE person SET {column} = :after WHERE registration_no = :no RETURNING id"),
            {"after": after, "no": registration_no},
        ).scalar_one()
        batch = open_batch(db, "edit", "somebody")
        note_changed(db, batch, "person", {person: {column: [before, after]}})


def number_of(name: str) -> str:
    found: str = ask("SELECT registration_no FROM person WHERE full_name = :name", name=name)[0][0]
    return found


def kept(receipt: rewind.RewindReceipt | rewind.Preview) -> list[tuple[Any, ...]]:
    """Who stays: the person's or household's number, reason, fields."""
    return [
        (stay.registration_no or stay.household, stay.reason, *stay.fields)
        for stay in receipt.stays
    ]


def took(receipt: rewind.RewindReceipt | rewind.Preview) -> Sequence[int]:
    """People, households, enrolments, restored, kept."""
    return receipt.people, receipt.households, receipt.enrolments, receipt.restored, receipt.kept


def took_homes(receipt: rewind.RewindReceipt | rewind.Preview) -> Sequence[int]:
    """Of households: out, restored, kept; then people: restored, kept."""
    return (
        receipt.households,
        receipt.households_restored,
        receipt.households_kept,
        receipt.restored,
        receipt.kept,
    )


def move(registration_no: str) -> None:
    """Somebody moves a person's enrolments to ACTIVE."""
    with transaction() as db:
        batch = open_batch(db, "move", "somebody")
        values = {"no": registration_no, "batch": batch}
        mine = (
            "FROM enrolment e JOIN person p ON p.id = e.person_id "
            "WHERE p.registration_no = :no AND e.status = 'POTENTIAL'"
        )
        db.execute(
            text(
                "INSERT INTO status_change (enrolment_id, batch_id, before, after, effective_on, "
                f"recorded_at) SELECT e.id, :batch, e.status, 'ACTIVE', e.since, s.recorded_at "
                f"{mine.replace('WHERE', 'JOIN status_change s ON s.enrolment_id = e.id WHERE')}"
            ),
            values,
        )
        db.execute(
            text(f"UPDATE enrolment SET status = 'ACTIVE' WHERE id IN (SELECT e.id {mine})"),
            {"no": registration_no},
        )
