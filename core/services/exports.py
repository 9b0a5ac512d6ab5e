"""Lists as files: a ticket from the page, the stream from our own route, a file from a command."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from core.domain.criteria import Criteria, parse, redact, to_json
from core.domain.fields import FIELDS, Field, find_field
from core.domain.permissions import Actor, Permission, require
from core.domain.words import describe
from core.errors import NotAllowed, NotFound
from core.etl.remedies.annotations import all_numbers, all_rows, gather
from core.etl.runs.document import Document
from core.models import Download
from core.reports.annotated_workbook import NotAlike, Notes, Original, annotate, write_rows
from core.reports.csv_export import write_csv
from core.settings import now, today
from core.storage import accounts, beneficiaries, downloads, imports, quarantine
from core.storage.audit import record_access
from core.storage.database import Session, data_dir, reading, transaction
from core.storage.quarantine import Filters
from core.storage.selection import Selection, visible
from core.text import _, speaking

TICKET_LIFE = timedelta(seconds=60)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_CELLS_COPIED, MOST_CELLS = 300_000, 2_000_000
"""Up to so many cells an uploaded workbook is copied, which takes 0.5 kB a cell, and a plain one
holds all rows."""
_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Outgoing:
    """A file on its way to the browser."""

    file_name: str
    chunks: Iterator[bytes]
    media_type: str = "text/csv; charset=utf-8"


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
    request = {"criteria": to_json(criteria), "columns": list(columns) if columns else None}
    return _add_ticket(actor, session_hash, request)


def request_workbook(actor: Actor, session_hash: str, run_uuid: UUID) -> str:
    """Return a ticket for a run's rows as a workbook with the findings marked in it."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        imports.get(db, actor, run_uuid)
    request = {"kind": "import_workbook", "run": str(run_uuid)}
    return _add_ticket(actor, session_hash, request)


def request_held(actor: Actor, session_hash: str, filters: Filters) -> str:
    """Return a ticket for the held rows that fit, as CSV."""
    require(actor, Permission.IMPORT)
    request = {"kind": "held_rows", "filters": filters.to_json()}
    return _add_ticket(actor, session_hash, request)


def _add_ticket(actor: Actor, session_hash: str, request: dict[str, Any]) -> str:
    token = secrets.token_urlsafe(32)
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
    return _OPENERS[ticket.request.get("kind", "list")](actor, ticket.request)


def _open_list(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    criteria = parse(request["criteria"])
    return Outgoing(_file_name(criteria), _stream(actor, criteria, request["columns"]))


def _open_workbook(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    run = UUID(request["run"])
    with reading() as db:
        name = imports.get(db, actor, run).file_name
    return Outgoing(f"{Path(name).stem}_checked.xlsx", _send_workbook(actor, run), WORKBOOK)


def _open_held(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    filters = Filters.from_json(request["filters"])
    return Outgoing(f"held-rows_{now():%Y-%m-%d_%H%M}.csv", held_csv(actor, filters))


_OPENERS: dict[str, Callable[[Actor, Mapping[str, Any]], Outgoing]] = {
    "list": _open_list,
    "import_workbook": _open_workbook,
    "held_rows": _open_held,
}


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


def write_workbook(actor: Actor, run_uuid: UUID, out: Path) -> ExportReport:
    """Write a run's rows as a workbook with the findings marked, whole or not at all."""
    part = out.with_name(out.name + ".part")
    try:
        rows = _build_workbook(actor, run_uuid, part)
        digest = hashlib.sha256(part.read_bytes()).hexdigest()
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return ExportReport(rows, digest)


def write_held(actor: Actor, filters: Filters, out: Path) -> ExportReport:
    """Write the held rows that fit as CSV, whole or not at all."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        rows = quarantine.count(db, actor, filters)
    content = b"".join(held_csv(actor, filters))
    out.write_bytes(content)
    return ExportReport(rows, hashlib.sha256(content).hexdigest())


def _send_workbook(actor: Actor, run_uuid: UUID) -> Iterator[bytes]:
    with TemporaryDirectory(dir=data_dir()) as folder:
        path = Path(folder) / "rows.xlsx"
        _build_workbook(actor, run_uuid, path)
        with path.open("rb") as file:
            while chunk := file.read(_AT_ONCE):
                yield chunk


def _build_workbook(actor: Actor, run_uuid: UUID, out: Path) -> int:
    """Write the workbook of a run to `out`; return how many rows it holds.

    Up to so many cells it is the uploaded workbook itself, then a plain one of all rows, then one
    of the rows with findings alone.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        found = gather(db, imports.get(db, actor, run_uuid), actor.language)
    frame, whole = found.frame, found.cells <= MOST_CELLS
    with speaking(actor.language):
        words = _("What is wrong"), _("Row in the file (keep this column)")
    notes = Notes(str(run_uuid), found.digest, found.steps, found.marks, words, whole)
    rows = frame.rows if whole else len(found.marks)
    record_access(actor.name, "export", f"import_run:{run_uuid}", kind="workbook", rows=rows)
    if found.standing is not None and found.cells <= MOST_CELLS_COPIED:
        with suppress(NotAlike):
            at = found.standing
            original = Original(
                at.path, at.sheet, at.header_row, at.columns, at.changed, at.no_rows
            )
            annotate(original, all_numbers(frame), notes, out)
            return rows
    given = all_rows(frame) if whole else frame.take(sorted(found.marks))
    write_rows(frame.headers, given, notes, out, found.title)
    return rows


def held_csv(actor: Actor, filters: Filters) -> Iterator[bytes]:
    """Yield held rows as CSV: where each stands and why, then its cells as corrected so far."""
    with reading() as db:
        found = quarantine.find(db, actor, filters)
        reasons = quarantine.reasons_of(db, [one.row for one in found])
        record_access(actor.name, "export", None, kind="held_rows", rows=len(found))
    runs = {one.run.id: one.run for one in found}.values()
    kept = (Document.from_json(run.mapping).headers for run in runs)
    headers = list(dict.fromkeys(header for one in kept for header in one))
    heads = ("programme", "file", "row", "owner", "held_at", "state", "reasons")
    rows = (
        (
            one.programme,
            one.run.file_name,
            one.row.row_no,
            one.owner,
            one.row.held_at,
            one.row.state.value,
            "; ".join(f"{rule} ({header})" if header else rule for rule, header, _ in why),
            *({**one.row.raw, **(one.row.edits or {})}.get(header) for header in headers),
        )
        for one in found
        for why in [reasons[one.row.id or 0]]
    )
    yield from write_csv([*heads, *headers], rows)
