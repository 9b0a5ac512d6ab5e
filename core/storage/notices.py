"""What a user must be told that happened while nobody looked; a text names no person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select, update
from sqlmodel import Session

from core.errors import Words
from core.models import Notice

_NOTICE = cast(Any, Notice).__table__.c


def add(db: Session, user_id: int, text: str, page: str | None, at: datetime) -> None:
    """Tell a user something, unless the same is still unread; `Words` keep their values."""
    kept = text.pack(500) if isinstance(text, Words) else text[:500]
    waiting = select(_NOTICE.id).where(
        _NOTICE.user_id == user_id, _NOTICE.text == kept, _NOTICE.read_at.is_(None)
    )
    if db.execute(waiting.limit(1)).first() is None:
        db.add(Notice(user_id=user_id, at=at, text=kept, page=page))


def list_unread(db: Session, user_id: int, limit: int = 50) -> Sequence[Notice]:
    """Return what a user has not read yet, newest first."""
    query = select(Notice).where(_NOTICE.user_id == user_id, _NOTICE.read_at.is_(None))
    return db.execute(query.order_by(_NOTICE.id.desc()).limit(limit)).scalars().all()


def mark_read(db: Session, user_id: int, at: datetime, up_to: int) -> None:
    """Note that a user has read their notices up to an id."""
    db.execute(
        update(Notice)
        .where(_NOTICE.user_id == user_id, _NOTICE.id <= up_to, _NOTICE.read_at.is_(None))
        .values(read_at=at)
    )


def put_away(db: Session, user_id: int, at: datetime, id_: int) -> None:
    """Note that a user has read one of their notices; any other id changes nothing."""
    db.execute(
        update(Notice)
        .where(_NOTICE.user_id == user_id, _NOTICE.id == id_, _NOTICE.read_at.is_(None))
        .values(read_at=at)
    )
