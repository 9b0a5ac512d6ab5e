"""Lists as files: a ticket from the page, the stream from our own route, a file from a command."""

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.domain.criteria import Criteria, parse, redact, to_json
from core.domain.fields import FIELDS, Field, find_field
from core.domain.permissions import Actor, Permission, require
from core.domain.words import describe
from core.errors import NotAllowed, NotFound
from core.models import Download
from core.reports.csv_export import write_csv
from core.settings import now, today
from core.storage import accounts, beneficiaries, downloads
from core.storage.audit import record_access
from core.storage.database import Session, reading, transaction
from core.storage.selection import Selection, visible

TICKET_LIFE = timedelta(seconds=60)


@dataclass(frozen=True)
class Outgoing:
    """A file on its way to the browser."""

    file_name: str
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class ExportReport:
    """What a written file holds."""

    rows: int
    sha256: str


def request_download(
    actor: Actor, session_hash: str, criteria: Criteria, columns: Sequence[str] | None = None
) -> str:
    """Return the token of a single-use ticket for the file, good for a minute in this session."""
    require(actor, Permission.EXPORT)
    with reading() as db:
        _choose(db, visible(actor, criteria, today=today(), permission=Permission.EXPORT), columns)
    token = secrets.token_urlsafe(32)
    request = {"criteria": to_json(criteria), "columns": list(columns) if columns else None}
    with transaction() as db:
        downloads.add_ticket(
            db,
            Download(
                token_hash=_hash(token),
                session_hash=session_hash,
                user_id=actor.user_id,
                request=request,
                expires_at=now() + TICKET_LIFE,
            ),
        )
    return token


def open_download(token: str, session_hash: str) -> Outgoing:
    """Spend a ticket and return its file; raises NotFound for one that cannot be used.

    The grants are read again now: what was taken away since the click stays inside.
    """
    with transaction() as db:
        ticket = downloads.use_ticket(db, _hash(token), session_hash, now())
        if ticket is None:
            raise NotFound("This download")
        user = accounts.get_user(db, ticket.user_id)
        actor = accounts.load_actor(db, user, today())
    criteria = parse(ticket.request["criteria"])
    columns = ticket.request["columns"]
    return Outgoing(_file_name(criteria), _stream(actor, criteria, columns))


def write_export(
    actor: Actor, criteria: Criteria, columns: Sequence[str] | None, out: Path
) -> ExportReport:
    """Write the list to `out`, whole or not at all, and say how many rows it holds."""
    digest, counted = hashlib.sha256(), _RowCount()
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as file:
            for chunk in _stream(actor, criteria, columns, counted):
                digest.update(chunk)
                file.write(chunk)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return ExportReport(counted.rows, digest.hexdigest())


class _RowCount:
    """Counts the rows that pass."""

    def __init__(self) -> None:
        self.rows = 0


def _stream(
    actor: Actor,
    criteria: Criteria,
    columns: Sequence[str] | None,
    counted: _RowCount | None = None,
) -> Iterator[bytes]:
    with reading() as db:
        selection = visible(actor, criteria, today=today(), permission=Permission.EXPORT)
        fields = _choose(db, selection, columns)
        total = beneficiaries.count(db, selection)
        record_access(
            actor.name,
            "export",
            None,
            criteria=redact(criteria),
            fields=[field.name for field in fields],
            rows=total.enrolments,
        )
        if counted:
            counted.rows = total.enrolments
        rows = beneficiaries.stream(db, selection, fields)
        yield from write_csv([field.name for field in fields], rows)


def _choose(db: Session, selection: Selection, columns: Sequence[str] | None) -> list[Field]:
    """Return the fields of the file: the ones asked for, or all that the actor may see."""
    scopes = selection.actor.scopes_for(Permission.EXPORT)
    level = max((scope.level for scope in scopes), default=0)
    if columns is None:
        known = [field for field in FIELDS.values() if field.level <= level]
        return known + beneficiaries.open_fields(db, selection)
    fields = [find_field(name) for name in columns]
    if any(field.level > level for field in fields):
        raise NotAllowed("download these columns")
    return fields


def _file_name(criteria: Criteria) -> str:
    said = re.sub(r"[^\w]+", "-", describe(criteria)).strip("-")[:80]
    return f"{said}_{now():%Y-%m-%d_%H%M}.csv"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
