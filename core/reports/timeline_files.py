"""A timeline as it leaves: a table of codes, a page to print, the answer of a command."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor, Permission
from core.reports.outgoing import Outgoing
from core.reports.print_history import Printed, write_page
from core.reports.table_files import TableFile, send
from core.settings import now
from core.storage import timelines
from core.storage.audit import record_access
from core.storage.database import Session, reading
from core.storage.timeline import WHOLE, Choice, Item, choose
from core.storage.timelines import Told
from core.text import speak, speaking

HEADS = (
    "effective_on", "recorded_at", "kind", "registration_no", "name", "household", "programme",
    "cycle", "what", "before", "after", "reason", "note", "by", "batch", "taken_back",
)  # fmt: skip


def write_rows(items: Sequence[Item]) -> Iterator[Sequence[Any]]:
    """Yield the rows of a file, under HEADS; a change of several fields has one row for each."""
    for item in items:
        for before, after in _pairs(item):
            yield (
                item.effective_on,
                item.recorded_at,
                item.kind,
                item.who.registration_no if item.who else None,
                item.who.name if item.who else None,
                item.household,
                item.programme,
                item.cycle,
                speak(item.what),
                before,
                after,
                item.reason,
                item.note,
                item.by,
                item.batch,
                item.taken_back,
            )


def _pairs(item: Item) -> list[tuple[Any, Any]]:
    if not item.fields:
        return [(item.before, item.after)]
    return [(f"{name}={_plain(p[0])}", f"{name}={_plain(p[1])}") for name, p in item.fields.items()]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def write_entry(item: Item) -> dict[str, Any]:
    """Return an item as the command line answers it."""
    before: Any = item.before
    after: Any = item.after
    if item.fields:
        before, after = ({n: p[at] for n, p in item.fields.items()} for at in (0, 1))
    return {
        "effective_on": item.effective_on.isoformat(),
        "recorded_at": item.recorded_at.isoformat() if item.recorded_at else None,
        "kind": item.kind,
        "programme": item.programme,
        "what": speak(item.what),
        "before": before,
        "after": after,
        "reason": item.reason,
        "note": item.note,
        "by": item.by,
        "batch": str(item.batch) if item.batch else None,
        "taken_back": item.taken_back,
        **({"registration_no": item.who.registration_no} if item.who else {}),
        **({"household": item.household} if item.household else {}),
    }


@dataclass(frozen=True)
class Ask:
    """Which timeline is to leave: of a person or a household, which part of it, and whether as a
    page to print or as CSV."""

    subject: str
    uuid: UUID
    choice: Choice = WHOLE
    printed: bool = False

    @property
    def permission(self) -> Permission:
        """What it needs: a page shows what the screen shows, a file is a download like any."""
        return Permission.SEE_PEOPLE if self.printed else Permission.EXPORT

    def read(self, db: Session, actor: Actor) -> Told:
        """Read it with the grants that give the permission alone; raises NotFound."""
        narrowed = replace(actor, scopes=actor.scopes_for(self.permission))
        told = timelines.read(db, narrowed, self.subject, self.uuid)
        return replace(told, items=choose(told.items, self.choice))

    def to_json(self) -> dict[str, Any]:
        days = [day.isoformat() if day else None for day in (self.choice.since, self.choice.until)]
        return {
            "subject": self.subject,
            "uuid": str(self.uuid),
            "kinds": list(self.choice.kinds),
            "programmes": list(self.choice.programmes),
            "days": days,
            "printed": self.printed,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Ask":
        since, until = (date.fromisoformat(day) if day else None for day in kept["days"])
        choice = Choice(tuple(kept["kinds"]), tuple(kept["programmes"]), since, until)
        return cls(kept["subject"], UUID(kept["uuid"]), choice, kept["printed"])


def open_timeline(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    """Return the file of a ticket, read with the grants of now; raises NotFound."""
    ask = Ask.from_json(request)
    with reading() as db:
        told = ask.read(db, actor)
    name = f"{told.title}_history_{now():%Y-%m-%d_%H%M}"
    if ask.printed:
        return Outgoing(f"{name}.html", _print(actor, ask, told), PAGE, inline=True)

    def read(_db: Session) -> tuple[Sequence[str], list[Sequence[Any]]]:
        with speaking(actor.language):
            return HEADS, list(write_rows(told.items))

    return Outgoing(f"{name}.csv", send(TableFile(actor.name, _subject(ask), "timeline", read)))


PAGE = "text/html; charset=utf-8"


def _print(actor: Actor, ask: Ask, told: Told) -> Iterator[bytes]:
    with speaking(actor.language):
        printed = Printed(told.title, told.facts, told.items, ask.choice, actor.name, now())
        page = write_page(printed)
    record_access(actor.name, "export", _subject(ask), kind="timeline_page", rows=len(told.items))
    yield page


def _subject(ask: Ask) -> str:
    return f"{ask.subject}:{ask.uuid}"
