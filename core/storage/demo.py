"""The demo country's rows: putting them in, and telling them from others.

A batch of kind "demo" notes every place, programme, account, household and person it made; the
enrolments are those that began in it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlmodel import Session, col

from core.models import (
    Batch,
    Change,
    Household,
    ImportRun,
    Location,
    Person,
    Programme,
    StatusChange,
    User,
)
from core.storage import series
from core.storage.bulk import insert_rows
from core.storage.database import is_sqlite
from core.storage.importing.places import UNASSIGNED

KIND = "demo"


def lock(db: Session) -> None:
    """Make a second load or removal wait until this one has ended."""
    series.take(db, "person", 0)


def is_loaded(db: Session) -> bool:
    """Say whether the registry holds the demo country or a part of it."""
    return bool(db.execute(select(exists().where(col(Batch.kind) == KIND))).scalar_one())


def is_empty(db: Session) -> bool:
    """Say whether nothing but accounts has been put into the registry."""
    filled = (
        exists().select_from(Person),
        exists().select_from(Household),
        exists().select_from(Programme),
        exists().select_from(ImportRun),
        exists().where(col(Location.id) > UNASSIGNED),
    )
    return not db.execute(select(or_(*filled))).scalar_one()


def insert_tables(
    db: Session, tables: Iterable[tuple[str, Sequence[str], Sequence[Sequence[Any]]]]
) -> None:
    """Insert (table, columns, rows) in the given order by the bulk path."""
    for table, columns, rows in tables:
        insert_rows(db, table, columns, rows)


def open_account(db: Session, user: User) -> None:
    """Let an account in with the password it has, without asking for one of its own."""
    user.must_change_password = False
    db.flush()


def write_zone(db: Session) -> str:
    """Return what follows a moment in UTC in a bulk row: SQLite's column keeps no zone."""
    return "" if is_sqlite(db) else "+00"


def made(entity: str) -> Select[int]:
    """Return the query for the keys of the demo's records of one kind."""
    return (
        select(col(Change.entity_id))
        .join(Batch, col(Batch.id) == col(Change.batch_id))
        .where(col(Batch.kind) == KIND, col(Change.entity) == entity, col(Change.diff).is_(None))
    )


def made_enrolments() -> Select[int]:
    """Return the query for the keys of the demo's enrolments."""
    batches = select(col(Batch.id)).where(col(Batch.kind) == KIND)
    return select(col(StatusChange.enrolment_id)).where(
        col(StatusChange.batch_id).in_(batches), col(StatusChange.before).is_(None)
    )
