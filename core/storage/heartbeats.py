"""Signs of life: of the background workers, and of the database itself."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from core.models import Heartbeat
from core.storage.database import reading


def beat(db: Session, worker: str, at: datetime) -> None:
    """Note that `worker` lives."""
    known = db.execute(
        update(Heartbeat)
        .where(col(Heartbeat.worker) == worker)
        .values(at=at)
        .returning(col(Heartbeat.worker))
    ).first()
    if known is None:
        db.execute(insert(Heartbeat).values(worker=worker, at=at))


def stop_beating(db: Session, worker: str) -> None:
    """Forget a worker that ends in good order."""
    db.execute(delete(Heartbeat).where(col(Heartbeat.worker) == worker))


def find_last_beat() -> datetime | None:
    """Return the newest sign of life of any worker."""
    with reading() as db:
        last: datetime | None = db.execute(select(func.max(col(Heartbeat.at)))).scalar()
        return last


def database_answers() -> bool:
    """Say whether the registry can be read."""
    try:
        find_last_beat()
    except SQLAlchemyError:
        return False
    return True
