"""What a user must be told that happened while nobody looked: read, and put away."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.permissions import Actor
from core.errors import Words
from core.settings import now
from core.storage import notices
from core.storage.database import reading, transaction


@dataclass(frozen=True)
class NoticeView:
    """One notice: its text names no person, `page` is the address it is about."""

    id: int
    at: datetime
    text: Words
    page: str | None


def list_unread(actor: Actor) -> list[NoticeView]:
    """Return what the actor has not put away yet, newest first."""
    with reading() as db:
        found = notices.list_unread(db, actor.user_id)
        return [NoticeView(one.id or 0, one.at, Words.unpack(one.text), one.page) for one in found]


def mark_read(actor: Actor, up_to: int) -> None:
    """Put the actor's notices away, up to one of them."""
    with transaction() as db:
        notices.mark_read(db, actor.user_id, now(), up_to)


def put_away(actor: Actor, notice: int) -> None:
    """Put one of the actor's notices away; nothing happens to one that is not theirs, or away."""
    with transaction() as db:
        notices.put_away(db, actor.user_id, now(), notice)
