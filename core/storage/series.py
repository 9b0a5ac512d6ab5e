"""Numbers handed out once: ranges of ids, and the registration numbers written from them."""

from sqlalchemy import update
from sqlmodel import Session

from core.models import Series


def take(db: Session, name: str, count: int) -> int:
    """Reserve `count` numbers of a series; return the number before the first of them.

    The series' row stays locked until the transaction ends: two never get the same number, and a
    rollback gives them back.
    """
    last = db.execute(
        update(Series)
        .where(Series.name == name)  # type: ignore[arg-type]
        .values(last=Series.last + count)
        .returning(Series.last)  # type: ignore[call-overload]
    ).scalar_one()
    return int(last) - count
