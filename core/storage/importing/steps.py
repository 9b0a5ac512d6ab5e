"""The steps of a run, and what its last check found, row by row and value by value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlmodel import Session

from core.errors import NotFound
from core.models import ImportStep, RowIssue

_STEP, _ISSUE = (cast(Any, model).__table__.c for model in (ImportStep, RowIssue))


@dataclass(frozen=True)
class Facet:
    """Which findings to look at; what is None does not count."""

    rule: str | None = None
    column: str | None = None
    value: str | None = None
    severity: str | None = None


EVERYTHING = Facet()


def list_all(db: Session, run_id: int) -> Sequence[ImportStep]:
    """Return every step of a run in order, those taken back included."""
    query = select(ImportStep).where(_STEP.run_id == run_id).order_by(_STEP.position)
    return db.execute(query).scalars().all()


def in_force(db: Session, run_id: int) -> list[dict[str, Any]]:
    """Return the documents of the steps of a run that are not taken back, in order."""
    return [step.document for step in list_all(db, run_id) if not step.undone]


def add(
    db: Session, run_id: int, documents: Iterable[dict[str, Any]], actor: str, at: datetime
) -> list[int]:
    """Add steps behind the others; return their positions. The caller holds the run's lock."""
    last = db.execute(select(func.max(_STEP.position)).where(_STEP.run_id == run_id)).scalar()
    facts = {"run_id": run_id, "actor": actor, "made_at": at, "undone": False}
    numbered = list(enumerate(documents, start=(last or 0) + 1))
    rows = [{**facts, "position": place, "document": document} for place, document in numbered]
    if rows:
        db.execute(insert(ImportStep), rows)
    return [position for position, _document in numbered]


def set_undone(db: Session, run_id: int, position: int, *, undone: bool) -> None:
    """Take a step back, or put it into force again; raises NotFound for one there is not."""
    done = db.execute(
        update(ImportStep)
        .where(_STEP.run_id == run_id, _STEP.position == position)
        .values(undone=undone)
        .returning(_STEP.id)
    )
    if done.first() is None:
        raise NotFound("This step")


def remove_all(db: Session, run_id: int) -> None:
    """Forget the steps of a run."""
    db.execute(delete(ImportStep).where(_STEP.run_id == run_id))


def cause_values(
    db: Session, run_id: int, rule: str, header: str, limit: int
) -> list[tuple[str, int]]:
    """Return the values that break a rule in one column with their counts, frequent ones first."""
    query = (
        select(_ISSUE.value, func.count())
        .where(_facet(run_id, Facet(rule, header)), _ISSUE.value.is_not(None))
        .group_by(_ISSUE.value)
        .order_by(func.count().desc(), _ISSUE.value)
        .limit(limit)
    )
    return [(str(row[0]), int(row[1])) for row in db.execute(query)]


def count_rows(db: Session, run_id: int, facet: Facet) -> int:
    """Return how many rows have such a finding."""
    found = select(func.count(_ISSUE.row_no.distinct())).where(_facet(run_id, facet))
    return int(db.execute(found).scalar_one())


def rows_of(
    db: Session, run_id: int, facet: Facet, limit: int | None = None, offset: int = 0
) -> list[int]:
    """Return the numbers of the rows that have such a finding, in the file's order."""
    query = select(_ISSUE.row_no).where(_facet(run_id, facet)).distinct().order_by(_ISSUE.row_no)
    return list(db.execute(query.limit(limit).offset(offset)).scalars())


def issues_of(db: Session, run_id: int, rows: Sequence[int]) -> Sequence[RowIssue]:
    """Return the findings about some rows, in the file's order."""
    query = select(RowIssue).where(_ISSUE.run_id == run_id, _ISSUE.row_no.in_(rows))
    return db.execute(query.order_by(_ISSUE.row_no, _ISSUE.id)).scalars().all()


def every_issue(db: Session, run_id: int) -> Iterable[RowIssue]:
    """Yield all findings about rows of a run, in the file's order."""
    query = select(RowIssue).where(_ISSUE.run_id == run_id, _ISSUE.row_no > 0)
    ordered = query.order_by(_ISSUE.row_no, _ISSUE.id).execution_options(yield_per=1_000)
    return db.execute(ordered).scalars()


def issues_in(db: Session, run_id: int, cause: tuple[str, str, str]) -> Iterable[RowIssue]:
    """Yield the kept findings of one cause (rule, severity, header), in the file's order."""
    rule, severity, header = cause
    query = select(RowIssue).where(
        _ISSUE.run_id == run_id,
        _ISSUE.rule == rule,
        _ISSUE.severity == severity,
        func.coalesce(_ISSUE.header, "") == header,
    )
    ordered = query.order_by(_ISSUE.row_no, _ISSUE.id).execution_options(yield_per=1_000)
    return db.execute(ordered).scalars()


def _facet(run_id: int, facet: Facet) -> ColumnElement[bool]:
    parts = [_ISSUE.run_id == run_id, _ISSUE.row_no > 0]
    if facet.rule is not None:
        parts.append(_ISSUE.rule == facet.rule)
    if facet.column is not None:
        parts.append(func.coalesce(_ISSUE.header, "") == facet.column)
    if facet.value is not None:
        parts.append(func.coalesce(_ISSUE.value, "") == facet.value)
    if facet.severity is not None:
        parts.append(_ISSUE.severity == facet.severity)
    return and_(*parts)
