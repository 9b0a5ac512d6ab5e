"""Lists as files: a ticket from the page, the stream from our own route, a file from a command."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from core.domain.criteria import Criteria, parse, redact, to_json
from core.domain.fields import FIELDS, Field, find_field
from core.domain.permissions import Actor, Permission, require
from core.domain.words import describe
from core.errors import NotAllowed, NotFound
from core.etl.remedies.annotations import all_numbers, all_rows, gather
from core.etl.runs import whole_tables
from core.etl.runs.whole_tables import Table, Wanted
from core.reports.annotated_workbook import NotAlike, Notes, Original, annotate, write_rows
from core.reports.csv_export import write_csv
from core.reports.move_files import open_batch, open_order
from core.reports.outgoing import ExportReport, Outgoing
from core.reports.programme_files import open_programmes
from core.reports.table_files import RowCount, TableFile, fill, replacing, send, send_file, sum_up
from core.reports.timeline_files import Ask, open_timeline
from core.settings import now, today
from core.storage import accounts, beneficiaries, downloads, sources
from core.storage.acts.batches import get_visible
from core.storage.audit import record_access
from core.storage.database import Session, reading, transaction
from core.storage.importing import imports
from core.storage.importing.quarantine import Filters
from core.storage.importing.steps import EVERYTHING, Facet
from core.storage.selection import Selection, visible
from core.text import _, speaking

__all__ = ["Ask", "ExportReport", "Facet", "Outgoing"]
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_CELLS_COPIED, MOST_CELLS = 300_000, 2_000_000
"""Up to so many cells an uploaded workbook is copied, which takes 0.5 kB a cell, and a plain one
holds all rows."""


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


def request_table(
    actor: Actor, session_hash: str, run_uuid: UUID, table: str, facet: Facet = EVERYTHING
) -> str:
    """Return a ticket for a whole table of a run as CSV, one of whole_tables.TABLES; `facet`
    narrows findings and the rows with findings."""
    require(actor, Permission.IMPORT)
    whole_tables.require_table(table)
    with reading() as db:
        imports.get(db, actor, run_uuid)
    told = {"run": str(run_uuid), "table": table, "facet": asdict(facet)}
    return _add_ticket(actor, session_hash, {"kind": "run_table", **told})


def request_history(actor: Actor, session_hash: str, source_uuid: UUID) -> str:
    """Return a ticket for all runs of one of the actor's own sources, as CSV."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        sources.get(db, actor, source_uuid)
    request = {"kind": "source_history", "source": str(source_uuid)}
    return _add_ticket(actor, session_hash, request)


def request_held(actor: Actor, session_hash: str, filters: Filters) -> str:
    """Return a ticket for the held rows that fit, as CSV."""
    require(actor, Permission.IMPORT)
    request = {"kind": "held_rows", "filters": filters.to_json()}
    return _add_ticket(actor, session_hash, request)


def request_batch(actor: Actor, session_hash: str, batch_uuid: UUID) -> str:
    """Return a ticket for all people of a batch whom the actor may download, as CSV."""
    require(actor, Permission.EXPORT)
    with reading() as db:
        get_visible(db, actor, batch_uuid)
    return _add_ticket(actor, session_hash, {"kind": "batch", "batch": str(batch_uuid)})


def request_order(actor: Actor, session_hash: str, order_uuid: UUID) -> str:
    """Return a ticket for all people of a move that the actor may look at and download, as CSV."""
    require(actor, Permission.EXPORT)
    return _add_ticket(actor, session_hash, {"kind": "order", "order": str(order_uuid)})


def request_timeline(actor: Actor, session_hash: str, ask: Ask) -> str:
    """Return a ticket for the timeline of a person or household."""
    require(actor, ask.permission)
    with reading() as db:
        ask.read(db, actor)
    return _add_ticket(actor, session_hash, {"kind": "timeline", **ask.to_json()})


def request_programmes(actor: Actor, session_hash: str) -> str:
    """Return a ticket for the programmes that the actor may change, with their numbers, as CSV."""
    require(actor, Permission.DESIGN)
    return _add_ticket(actor, session_hash, {"kind": "programmes"})


def _add_ticket(actor: Actor, session_hash: str, request: dict[str, Any]) -> str:
    with transaction() as db:
        return downloads.make_ticket(db, actor.user_id, session_hash, request, now())


def open_download(token: str, session_hash: str) -> Outgoing:
    """Spend a ticket and return its file; raises NotFound for one that cannot be used.

    The grants are read again now: what was taken away since the click stays inside.
    """
    with transaction() as db:
        ticket = downloads.use_ticket(db, downloads.hash_token(token), session_hash, now())
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
    sent = send_file(lambda path: _build_workbook(actor, run, path), "rows.xlsx")
    return Outgoing(f"{Path(name).stem}_checked.xlsx", sent, WORKBOOK)


def _open_table(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    uuid, table, facet = UUID(request["run"]), request["table"], Facet(**request["facet"])
    with reading() as db:
        name = imports.get(db, actor, uuid).file_name

    def read(db: Session) -> Table:
        run = imports.get(db, actor, uuid)
        return whole_tables.read_table(Wanted(db, actor, run, table, facet))

    opened = transaction if table in whole_tables.LAID_OUT else reading
    sent = send(TableFile(actor.name, f"import_run:{uuid}", table, read, opened))
    return Outgoing(f"{Path(name).stem}_{table}.csv", sent)


def _open_history(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    uuid = UUID(request["source"])
    with reading() as db:
        name = sources.get(db, actor, uuid).name

    def read(db: Session) -> Table:
        return whole_tables.read_history(db, sources.get(db, actor, uuid))

    return Outgoing(
        f"{name}_history.csv", send(TableFile(actor.name, f"source:{uuid}", "history", read))
    )


def _open_held(actor: Actor, request: Mapping[str, Any]) -> Outgoing:
    held = _held_table(actor, Filters.from_json(request["filters"]))
    return Outgoing(f"held-rows_{now():%Y-%m-%d_%H%M}.csv", send(held))


_OPENERS: dict[str, Callable[[Actor, Mapping[str, Any]], Outgoing]] = {
    "list": _open_list,
    "import_workbook": _open_workbook,
    "held_rows": _open_held,
    "batch": open_batch,
    "order": open_order,
    "run_table": _open_table,
    "source_history": _open_history,
    "timeline": open_timeline,
    "programmes": open_programmes,
}


def write_export(
    actor: Actor, criteria: Criteria, columns: Sequence[str] | None, out: Path
) -> ExportReport:
    """Write the list to `out`, whole or not at all, and say how many rows it holds."""
    counted = RowCount()
    with replacing(out) as part:
        with part.open("wb") as file:
            file.writelines(_stream(actor, criteria, columns, counted))
        return ExportReport(counted.rows, sum_up(part))


def _stream(
    actor: Actor,
    criteria: Criteria,
    columns: Sequence[str] | None,
    counted: RowCount | None = None,
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


def write_workbook(actor: Actor, run_uuid: UUID, out: Path) -> ExportReport:
    """Write a run's rows as a workbook with the findings marked, whole or not at all."""
    with replacing(out) as part:
        return ExportReport(_build_workbook(actor, run_uuid, part), sum_up(part))


def write_held(actor: Actor, filters: Filters, out: Path) -> ExportReport:
    """Write the held rows that fit as CSV, whole or not at all."""
    with replacing(out) as part:
        with part.open("wb") as file:
            rows = fill(_held_table(actor, filters), file)
        return ExportReport(rows, sum_up(part))


def _held_table(actor: Actor, filters: Filters) -> TableFile:
    require(actor, Permission.IMPORT)
    subject = f"import_run:{filters.run}" if filters.run else None

    def read(db: Session) -> Table:
        return whole_tables.read_quarantine(db, actor, filters)

    return TableFile(actor.name, subject, "held_rows", read)


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
