"""Import runs: one row per file, its held rows, its findings, and who may touch it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import pandas as pd
from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.errors import Conflict, NotFound, Words
from core.models import ImportRow, ImportRun, Programme, RowIssue, RunState, SourceSpace
from core.storage import bulk
from core.storage.dialect import spelling
from core.storage.importing.matching import Spaces

ROWS_SHOWN = 20
CHECKABLE = (RunState.DRAFT, RunState.CHECKING, RunState.CHECKED, RunState.FAILED)
"""Where a run may stand when a check begins or its columns are settled anew."""
_RUN, _PROGRAMME, _SPACE = (
    cast(Any, model).__table__.c for model in (ImportRun, Programme, SourceSpace)
)
_ISSUE, _ROW = (cast(Any, model).__table__.c for model in (RowIssue, ImportRow))


@dataclass(frozen=True)
class Issue:
    """One finding about one cell, or about a whole row or column."""

    row_no: int
    header: str | None
    rule: str
    severity: str
    value: str | None


@dataclass(frozen=True)
class HeldRow:
    """A row that is not published, as it was read by header, and the rules it breaks; `broken`
    names the header (empty for the whole row) and the value of each rule too."""

    row: int
    values: dict[str, str]
    reasons: tuple[str, ...]
    broken: tuple[tuple[str, str, str], ...] = ()


def find_programme(db: Session, actor: Actor, code: str) -> Programme:
    """Return the programme with `code` that the actor may import into."""
    found: Programme | None = db.execute(
        select(Programme).where(_PROGRAMME.code == code)
    ).scalar_one_or_none()
    if found is None or not paths(actor, found.id or 0):
        raise NotFound("Programme {code}", code=code)
    return found


def paths(actor: Actor, programme_id: int) -> tuple[str, ...]:
    """Return the paths of the areas whose people the actor may import into a programme."""
    return tuple(
        scope.path
        for scope in actor.scopes_for(Permission.IMPORT)
        if scope.programme_id in (None, programme_id)
    )


def get_programme(db: Session, run: ImportRun) -> Programme:
    """Return the programme of a run."""
    found: Programme = db.execute(
        select(Programme).where(_PROGRAMME.id == run.programme_id)
    ).scalar_one()
    return found


def add(db: Session, run: ImportRun) -> None:
    """Keep a new run; its id and uuid are set after this."""
    db.add(run)
    db.flush()


def get(db: Session, actor: Actor, uuid: UUID, *, locked: bool = False) -> ImportRun:
    """Return a run of the actor's own, in a programme the actor may still import into."""
    query = select(ImportRun).where(
        _RUN.uuid == uuid, _RUN.user_id == actor.user_id, _RUN.discarded_at.is_(None)
    )
    if locked:
        query = query.with_for_update()
    run: ImportRun | None = db.execute(query).scalar_one_or_none()
    if run is None or not paths(actor, run.programme_id):
        raise NotFound("Import run")
    return run


def find_same(db: Session, actor: Actor, sha256: str, dataset: str) -> ImportRun | None:
    """Return the actor's newest published run of the very same single file, if there is one."""
    query = (
        select(ImportRun)
        .where(
            _RUN.user_id == actor.user_id,
            _RUN.sha256 == sha256,
            _RUN.dataset == dataset,
            _RUN.state == RunState.PUBLISHED,
            _RUN.source_id.is_(None),
            _RUN.parent_id.is_(None),
        )
        .order_by(_RUN.id.desc())
        .limit(1)
    )
    found: ImportRun | None = db.execute(query).scalar_one_or_none()
    return found if found is None or not found.mapping.get("files") else None


def find_abandoned(db: Session, before: datetime, limit: int) -> Sequence[ImportRun]:
    """Return runs begun before a moment that were never published or cleared away, locked."""
    query = select(ImportRun).where(
        _RUN.created_at < before, _RUN.state.in_(CHECKABLE), _RUN.discarded_at.is_(None)
    )
    locked = query.order_by(_RUN.id).limit(limit).with_for_update(skip_locked=True)
    return db.execute(locked).scalars().all()


def check_state(run: ImportRun, *allowed: RunState) -> None:
    """Raise Conflict unless the run stands where the next step may begin."""
    if run.state == RunState.PUBLISHED:
        raise Conflict("“{file}” is already published.", file=run.file_name)
    if run.state not in allowed:
        raise Conflict("“{file}” is not ready for this: check it first.", file=run.file_name)


def as_issues(frame: pd.DataFrame) -> Iterator[Issue]:
    """Yield the rows of a frame of issues."""
    columns = (frame[name].tolist() for name in ("row", "column", "rule", "severity", "value"))
    for row, header, rule, severity, value in zip(*columns, strict=True):
        yield Issue(row, header or None, rule, severity, value or None)


def clear_findings(db: Session, run_id: int) -> None:
    """Forget what an earlier check of the run found."""
    db.execute(delete(RowIssue).where(_ISSUE.run_id == run_id))
    db.execute(delete(ImportRow).where(_ROW.run_id == run_id))


def forget_issues(db: Session, run_id: int, rules: Sequence[str]) -> None:
    """Forget what was found under some rules, to find it anew."""
    db.execute(delete(RowIssue).where(_ISSUE.run_id == run_id, _ISSUE.rule.in_(rules)))


def add_issues(db: Session, run_id: int, issues: Iterable[Issue]) -> None:
    """Keep findings of a run."""
    bulk.insert_rows(
        db,
        "row_issue",
        ("run_id", "row_no", "header", "rule", "severity", "value"),
        (
            (
                run_id,
                issue.row_no,
                issue.header[:300] if issue.header else None,
                issue.rule,
                issue.severity,
                issue.value[:500] if issue.value else None,
            )
            for issue in issues
        ),
    )


def hold_rows(
    db: Session, run: ImportRun, rows: Iterable[tuple[int, dict[str, str]]], at: datetime
) -> None:
    """Keep rows as read, by header, until somebody decides about them: at first the run's user."""
    facts = (run.id or 0, run.user_id, spelling(db).write_moment(at))
    bulk.insert_rows(
        db,
        "import_row",
        ("run_id", "owner_id", "held_at", "row_no", "raw"),
        ((*facts, row_no, json.dumps(raw, ensure_ascii=False)) for row_no, raw in rows),
    )


def list_held(db: Session, run_id: int, limit: int, offset: int) -> list[HeldRow]:
    """Return held rows in the file's order, each with the critical rules it breaks."""
    query = select(ImportRow).where(_ROW.run_id == run_id).order_by(_ROW.row_no)
    rows = db.execute(query.limit(limit).offset(offset)).scalars().all()
    broken = select(_ISSUE.row_no, _ISSUE.rule, _ISSUE.header, _ISSUE.value).where(
        _ISSUE.run_id == run_id,
        _ISSUE.severity == "critical",
        _ISSUE.row_no.in_([row.row_no for row in rows]),
    )
    found: dict[int, list[tuple[str, str, str]]] = {row.row_no: [] for row in rows}
    for row_no, rule, header, value in db.execute(broken.order_by(_ISSUE.id)):
        found[row_no].append((rule, header or "", value or ""))
    return [
        HeldRow(row.row_no, row.raw, tuple(one[0] for one in told), tuple(told))
        for row in rows
        for told in (found[row.row_no],)
    ]


def count_causes(db: Session, run_id: int, rules: Sequence[str]) -> list[tuple[str, str, str, int]]:
    """Return (rule, severity, header, count) of the findings that break some rules."""
    cause = (_ISSUE.rule, _ISSUE.severity, func.coalesce(_ISSUE.header, ""))
    query = (
        select(*cause, func.count())
        .where(_ISSUE.run_id == run_id, _ISSUE.rule.in_(rules))
        .group_by(*cause)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in db.execute(query)]


def first_issues(
    db: Session, run_id: int, rule: str, severity: str, header: str
) -> Sequence[RowIssue]:
    """Return the first findings of one cause, in the file's order."""
    query = (
        select(RowIssue)
        .where(
            _ISSUE.run_id == run_id,
            _ISSUE.rule == rule,
            func.coalesce(_ISSUE.header, "") == header,
            _ISSUE.severity == severity,
        )
        .order_by(_ISSUE.row_no)
        .limit(ROWS_SHOWN)
    )
    return db.execute(query).scalars().all()


def find_spaces(db: Session, person: str, household: str) -> Spaces:
    """Return the name spaces of a run's keys, 0 where nothing was ever published in one."""
    known = db.execute(select(_SPACE.name, _SPACE.id).where(_SPACE.name.in_((person, household))))
    ids = {row.name: int(row.id) for row in known}
    return Spaces(ids.get(person, 0), ids.get(household, 0))


def make_spaces(db: Session, person: str, household: str) -> Spaces:
    """Return the name spaces of a run's keys, made where they are missing."""
    known = find_spaces(db, person, household)
    missing = [
        name for name, id_ in ((person, known.person), (household, known.household)) if not id_
    ]
    if missing:
        db.execute(insert(SourceSpace), [{"name": name} for name in missing])
    return find_spaces(db, person, household) if missing else known


def claim_check(db: Session, run: ImportRun, token: str) -> None:
    """Take a run for checking; another check of the same run that is under way ends there."""
    run.state = RunState.CHECKING
    run.counts = {"check": token}
    run.error = None


def confirm_check(db: Session, run_id: int, token: str) -> None:
    """Raise Conflict unless the check that calls is still the run's latest."""
    counts = db.execute(
        select(_RUN.counts).where(_RUN.id == run_id, _RUN.state == RunState.CHECKING)
    ).scalar_one_or_none()
    if counts is None or counts.get("check") != token:
        raise Conflict("Another check of this file has begun since.")


def mark_failed(db: Session, run_id: int, why: Words) -> None:
    """Note why a check could not end; the file can be checked again."""
    db.execute(
        update(ImportRun)
        .where(_RUN.id == run_id, _RUN.state != RunState.PUBLISHED)
        .values(state=RunState.FAILED, error=why.pack(500))
    )
