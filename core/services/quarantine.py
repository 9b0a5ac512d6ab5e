"""The quarantine as a work list: held rows with owner and age, corrected, tried again, given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput, NotFound
from core.etl.rules.findings import make_finding
from core.etl.rules.in_force import suite_of
from core.etl.runs.again import Retried, try_again
from core.etl.runs.checking import corrected, steps_of
from core.etl.runs.document import Document
from core.models import RowState
from core.settings import now, today
from core.storage import accounts, audit
from core.storage.database import Session, reading, transaction
from core.storage.importing import imports, quarantine
from core.storage.importing.imports import Issue
from core.storage.importing.quarantine import Filters, Found, Reason
from core.storage.importing.second_tries import find_second_tries

__all__ = ["Filters", "Found", "Reason", "Retried", "RowState"]
PAGE = 50


@dataclass(frozen=True)
class HeldView:
    """One held row: where it stands, its cells as corrected so far, and why it is held."""

    id: int
    run: UUID
    file_name: str
    programme: str
    row: int
    owner: str
    held_at: datetime
    state: RowState
    values: Mapping[str, str]
    edits: Mapping[str, str]
    reasons: tuple[Reason, ...]
    messages: tuple[str, ...]
    decision: str | None


@dataclass(frozen=True)
class SecondTry:
    """An import of corrected rows: how many it published; `run` is None for a colleague's."""

    run: UUID | None
    rows: int


@dataclass(frozen=True)
class Page:
    """Some held rows; `next` continues after them, None at the end."""

    rows: tuple[HeldView, ...]
    total: int
    next: int | None


def list_rows(
    actor: Actor,
    filters: Filters,
    after: int | None = None,
    language: str = "en",
    limit: int = PAGE,
) -> Page:
    """Return a page of the held rows the actor may see, those held longest first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        found = quarantine.find(db, actor, filters, after, limit + 1)
        total = quarantine.count(db, actor, filters)
        shown = found[:limit]
        views = _views(db, shown, language)
    more = len(found) > limit
    return Page(tuple(views), total, views[-1].id if more else None)


def get_row(actor: Actor, row_id: int, language: str = "en") -> HeldView:
    """Return one held row; raises NotFound for one that is not the actor's to see."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        found = quarantine.find(db, actor, Filters(state=None), row_id - 1, 1)
        if not found or found[0].row.id != row_id:
            raise NotFound("Held row")
        return _views(db, found, language)[0]


def still_open(actor: Actor, run_uuid: UUID) -> int:
    """Return how many held rows of a run wait for somebody now; none of one that is taken back."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        return quarantine.count(db, actor, Filters(run=run_uuid))


def second_tries(actor: Actor, run_uuid: UUID) -> list[SecondTry]:
    """Return the imports of corrected rows of one of the actor's own runs that stand now."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        return [
            SecondTry(one.uuid if one.user_id == actor.user_id else None, rows)
            for one, rows in find_second_tries(db, run)
        ]


def counts(actor: Actor, filters: Filters) -> dict[str, list[tuple[str, int]]]:
    """Return how many rows fit by "rule", "owner", "programme" and "age" (days: 7, 30, more)."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        found = {
            what: quarantine.count_by(db, actor, filters, what)
            for what in ("rule", "owner", "programme")
        }
        older = [
            quarantine.count(db, actor, replace(filters, held_before=now() - timedelta(days=days)))
            for days in (0, 7, 30)
        ]
    ages = (("7", older[0] - older[1]), ("30", older[1] - older[2]), ("more", older[2]))
    return {**found, "age": [pair for pair in ages if pair[1]]}


def _views(db: Session, found: Sequence[Found], language: str) -> list[HeldView]:
    reasons = quarantine.reasons_of(db, [one.row for one in found])
    values = _values(db, found)
    spoken = {run.id: suite_of(db, run).messages for run in (one.run for one in found)}
    views = []
    for one in found:
        row, id_ = one.row, one.row.id or 0
        said = [
            make_finding(
                (rule, "critical", header),
                1,
                [Issue(row.row_no, header, rule, "critical", value)],
                spoken[one.run.id],
                language,
            ).message
            for rule, header, value in reasons[id_]
        ]
        views.append(
            HeldView(
                id_,
                one.run.uuid,
                one.run.file_name,
                one.programme,
                row.row_no,
                one.owner,
                row.held_at or one.run.created_at,
                row.state,
                values[id_],
                dict(row.edits or {}),
                tuple(reasons[id_]),
                tuple(said),
                row.reason,
            )
        )
    return views


def _values(db: Session, found: Sequence[Found]) -> dict[int, dict[str, str]]:
    """Return the cells of rows as the steps of their runs and their own corrections leave them."""
    values = {one.row.id or 0: dict(one.row.raw) for one in found}
    for run in {one.run.id: one.run for one in found}.values():
        told, rows = steps_of(db, run), {o.row.row_no: o.row.id or 0 for o in found if o.run is run}
        if told:
            values |= {rows[n]: cells for n, cells in corrected(run, told).take(list(rows))}
    runs = {one.run.id: one.run for one in found}
    headers = {id_: Document.from_json(run.mapping).headers for id_, run in runs.items()}
    shown: dict[int, dict[str, str]] = {}
    for one in found:
        cells = values[one.row.id or 0] | dict(one.row.edits or {})
        # In the order of the file: one engine keeps an object's keys in an order of its own.
        shown[one.row.id or 0] = {name: cells.get(name, "") for name in headers[one.run.id]}
    return shown


def assign(actor: Actor, ids: Sequence[int], owner: str) -> int:
    """Give open rows to somebody who may import everywhere in their programme; return how many."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        found = _lock(db, actor, ids)
        user = accounts.find_user(db, owner)
        heir = accounts.load_actor(db, user, today()) if user and user.active else None
        for one in found:
            mine = heir is not None and heir.user_id == one.run.user_id
            if heir is None or not (mine or quarantine.may_own(heir, one.run.programme_id)):
                raise InvalidInput(
                    "“{owner}” cannot take these rows: that needs an account that may import "
                    "into {programme} everywhere.",
                    owner=owner,
                    programme=one.programme,
                )
            one.row.owner_id = heir.user_id
        _note(db, actor, "quarantine.assign", found, owner=owner)
        return len(found)


def discard(actor: Actor, ids: Sequence[int], reason: str) -> int:
    """Give open rows up for good, with a reason; return how many."""
    require(actor, Permission.IMPORT)
    if not reason.strip():
        raise InvalidInput("Give a reason: others will ask for it later.")
    with transaction() as db:
        found = _lock(db, actor, ids)
        for one in found:
            one.row.state, one.row.decided_at = RowState.DISCARDED, now()
            one.row.reason = reason.strip()[:500]
        _note(db, actor, "quarantine.discard", found)
        return len(found)


def edit(actor: Actor, row_id: int, cells: Mapping[str, str]) -> None:
    """Correct cells of an open row, by header; to be tried again. The row as read is kept."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        (one,) = _lock(db, actor, [row_id])
        unknown = sorted(set(cells) - set(Document.from_json(one.run.mapping).headers))
        if unknown:
            raise InvalidInput("The file has no column “{column}”.", column=unknown[0])
        before = _values(db, [one])[row_id]
        new = {header: text for header, text in cells.items() if text != before.get(header, "")}
        one.row.edits = {**(one.row.edits or {}), **new}
        _note(db, actor, "quarantine.edit", [one], columns=sorted(new))


def _lock(db: Session, actor: Actor, ids: Sequence[int]) -> list[Found]:
    found = quarantine.lock(db, actor, ids)
    if len(found) < len(set(ids)) or not found:
        raise NotFound("Held row")
    return found


def _note(db: Session, actor: Actor, action: str, found: Sequence[Found], **more: Any) -> None:  # noqa: ANN401 - JSON
    db.flush()
    for run in dict.fromkeys(one.run.uuid for one in found):
        rows = sum(one.run.uuid == run for one in found)
        audit.record_act(db, actor.name, action, f"import_run:{run}", rows=rows, **more)


def retry(actor: Actor, run_uuid: UUID, ids: Sequence[int] | None = None) -> Retried:
    """Check the open rows of a run anew, or those of them with some ids, as corrected since, and
    publish the clean ones. Done twice it does nothing more. Raises NotFound for a run of which
    the actor sees no row."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        seen = quarantine.find(db, actor, Filters(run=run_uuid, state=None))
        if not seen:
            raise NotFound("Held row")
        rows = [one.row for one in seen if one.row.state is RowState.OPEN]
        rows = [row for row in rows if ids is None or row.id in ids]
    if not rows:
        return Retried(None, 0, 0, 0)
    return try_again(actor, seen[0].run, sorted(rows, key=lambda row: row.row_no))
