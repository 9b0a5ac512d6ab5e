"""What a rewind takes from people and households that stay, noted as changes: the rows themselves
leave, and a timeline has to tell that they were there."""

from collections.abc import Callable

from sqlmodel import Session

from core.storage.dialect import run, spelling
from core.storage.documents import back, gone

OF_PERSON, OF_HOUSEHOLD = "person_enrolment", "household_enrolment"
"""How such changes are called, {programme: [status, status]} of a person or a household."""


def note_leaving(db: Session, batch_id: int) -> None:
    """Note the enrolments that leave while their person or household stays; they are there yet."""
    leaving = f"(SELECT e.* FROM enrolment e JOIN {gone('enrolment')} g ON g.id = e.id)"  # noqa: S608
    _note(db, batch_id, (leaving, gone), spelling(db).pair("e.status", "NULL"))


def note_returning(db: Session, batch_id: int) -> None:
    """Note the enrolments that come back to a person or household that had stayed."""
    _note(db, batch_id, (back("enrolment"), back), spelling(db).pair("NULL", "e.status"))


def _note(db: Session, batch_id: int, moving: tuple[str, Callable[[str], str]], pair: str) -> None:
    """Note enrolments, given with what names the table of the owners who go or come with them."""
    rows, table = moving
    for entity, owner, whose in (
        (OF_PERSON, "person", "e.household_id IS NULL"),
        (OF_HOUSEHOLD, "household", "e.household_id IS NOT NULL"),
    ):
        run(
            db,
            "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
            f"SELECT :batch, '{entity}', e.{owner}_id, {spelling(db).member('p.code', pair)} "
            f"FROM {rows} e JOIN programme p ON p.id = e.programme_id WHERE {whose} "
            f"AND NOT EXISTS (SELECT 1 FROM {table(owner)} x WHERE x.id = e.{owner}_id)",
            batch=batch_id,
        )
