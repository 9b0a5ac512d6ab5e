"""Single-use tickets for files of rows."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, insert, or_, select, update
from sqlmodel import Session

from core.models import Download

TICKET_LIFE = timedelta(seconds=60)
_TICKET = cast(Any, Download).__table__.c


def make_ticket(
    db: Session, user_id: int, session_hash: str, request: dict[str, Any], at: datetime
) -> str:
    """Keep a new ticket, good for TICKET_LIFE from `at`; return its token, which is not kept."""
    token = secrets.token_urlsafe(32)
    ticket = Download(
        token_hash=hash_token(token),
        session_hash=session_hash,
        user_id=user_id,
        request=request,
        expires_at=at + TICKET_LIFE,
    )
    db.execute(insert(Download).values(ticket.model_dump()))
    return token


def hash_token(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def use_ticket(db: Session, token_hash: str, session_hash: str, at: datetime) -> Download | None:
    """Spend a ticket; None when it is unknown, spent, too old or another session's.

    The UPDATE compares and sets: of two at once, one gets it.
    """
    mine = (_TICKET.token_hash == token_hash, _TICKET.session_hash == session_hash)
    spent = db.execute(
        update(Download)
        .where(*mine, _TICKET.used_at.is_(None), _TICKET.expires_at > at)
        .values(used_at=at)
        .returning(_TICKET.token_hash)
    ).first()
    if spent is None:
        return None
    return cast(Download, db.execute(select(Download).where(*mine)).scalar_one())


def remove_ended(db: Session, at: datetime) -> int:
    """Delete the tickets that can no longer be used; return how many."""
    ended = delete(Download).where(or_(_TICKET.expires_at <= at, _TICKET.used_at.is_not(None)))
    return cast(int, cast(Any, db.execute(ended)).rowcount)
