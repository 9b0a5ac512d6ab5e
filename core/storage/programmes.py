"""Programmes: adding one, and listing those within reach."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from core.errors import Conflict
from core.models import Programme, Unit


def add(db: Session, code: str, name: str, unit: Unit) -> Programme:
    """Insert a programme; Conflict where another one has the code."""
    programme = Programme(code=code, name=name, unit=unit)
    db.add(programme)
    try:
        db.flush()
    except IntegrityError as taken:
        raise Conflict(
            "A programme {code} exists already. Choose another code.", code=code
        ) from taken
    return programme


def find(db: Session, code: str) -> Programme | None:
    """Return the programme called `code`."""
    return db.execute(select(Programme).where(col(Programme.code) == code)).scalar()


def list_all(db: Session, ids: Collection[int] | None = None) -> list[Programme]:
    """Return the programmes with these keys, or all of them, by code."""
    query = select(Programme).order_by(col(Programme.code))
    if ids is not None:
        query = query.where(col(Programme.id).in_(ids))
    return list(db.execute(query).scalars())
