"""The quarantine: held rows of published imports, who may see them, and what became of them.

Held rows are whole rows of a file, with values of every level and of places that a colleague may
not look after. So a row is seen by the user of its run alone, while that user may import into the
programme, and by the owner it was given to, if that one may import into the programme everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, text, true, update
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.errors import Conflict
from core.models import ImportRow, ImportRun, Programme, RowIssue, RowState, RunState, User
from core.storage.importing.stage import Stage
from core.storage.selection import ROOT_PATH

_ROW, _RUN, _PROGRAMME, _ISSUE, _USER = (
    cast(Any, model).__table__.c for model in (ImportRow, ImportRun, Programme, RowIssue, User)
)
Clause = ColumnElement[bool]
Reason = tuple[str, str, str]
"""Rule, header (empty for the whole row), value."""


@dataclass(frozen=True)
class Filters:
    """Which held rows to look at; what is None does not count. `held_before` is a moment."""

    programme: str | None = None
    owner: str | None = None
    rule: str | None = None
    held_before: datetime | None = None
    run: UUID | None = None
    state: RowState | None = RowState.OPEN

    def to_json(self) -> dict[str, str]:
        """Return what is said, as text."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, said: Mapping[str, str]) -> Self:
        kinds: dict[str, Callable[[str], Any]] = {
            "held_before": datetime.fromisoformat,
            "run": UUID,
            "state": RowState,
        }
        read = {name: kinds.get(name, str)(text) for name, text in said.items()}
        return cls(**{"state": None, **read})


@dataclass(frozen=True)
class Found:
    """A held row with its run, the code of its programme and the name of its owner."""

    row: ImportRow
    run: ImportRun
    programme: str
    owner: str


def visible(actor: Actor) -> Clause:
    """The held rows that the actor may see (see the head of this file)."""
    scopes = actor.scopes_for(Permission.IMPORT)
    anywhere = _in_programmes({scope.programme_id for scope in scopes})
    whole = _in_programmes({scope.programme_id for scope in scopes if scope.path == ROOT_PATH})
    return or_(
        and_(_RUN.user_id == actor.user_id, anywhere),
        and_(_ROW.owner_id == actor.user_id, whole),
    )


def may_own(actor: Actor, programme_id: int) -> bool:
    """Say whether somebody may be given held rows of another's import into a programme."""
    return any(
        scope.path == ROOT_PATH and scope.programme_id in (None, programme_id)
        for scope in actor.scopes_for(Permission.IMPORT)
    )


def _in_programmes(ids: set[int | None]) -> Clause:
    if None in ids:
        return true()
    return _RUN.programme_id.in_(ids) if ids else false()


def _work(*columns: Any) -> Select[Any]:  # noqa: ANN401 - any SQL expression
    """Held rows that are anybody's work: of imports published and not taken back, each once."""
    return (
        select(*columns)
        .select_from(ImportRow)
        .join(ImportRun, _RUN.id == _ROW.run_id)
        .join(Programme, _PROGRAMME.id == _RUN.programme_id)
        .outerjoin(User, _USER.id == _ROW.owner_id)
        .where(
            _RUN.state == RunState.PUBLISHED,
            _RUN.rewound_at.is_(None),
            # A row that was tried again is held by the second run too; its own run speaks for it.
            _RUN.parent_id.is_(None),
        )
    )


def _fits(filters: Filters) -> Clause:
    parts: list[Clause] = [true()]
    if filters.programme is not None:
        parts.append(_PROGRAMME.code == filters.programme)
    if filters.owner is not None:
        parts.append(_USER.name == filters.owner)
    if filters.rule is not None:
        parts.append(_breaks(filters.rule))
    if filters.held_before is not None:
        parts.append(_held_at() <= filters.held_before)
    if filters.run is not None:
        parts.append(_RUN.uuid == filters.run)
    if filters.state is not None:
        parts.append(_ROW.state == filters.state)
    return and_(*parts)


def _breaks(rule: str) -> Clause:
    issue = select(_ISSUE.id).where(
        _ISSUE.run_id == _ROW.run_id,
        _ISSUE.row_no == _ROW.row_no,
        _ISSUE.severity == "critical",
        _ISSUE.rule == rule,
    )
    return cast(Clause, issue.exists())


def _held_at() -> Any:  # noqa: ANN401 - an SQL expression
    return func.coalesce(_ROW.held_at, _RUN.created_at, type_=_ROW.held_at.type)


def find(
    db: Session, actor: Actor, filters: Filters, after: int | None = None, limit: int | None = None
) -> list[Found]:
    """Return visible rows, those held longest first; `after` is the last row's id."""
    query = _work(ImportRow, ImportRun, _PROGRAMME.code, func.coalesce(_USER.name, ""))
    query = query.where(visible(actor), _fits(filters)).order_by(_ROW.id).limit(limit)
    if after is not None:
        query = query.where(_ROW.id > after)
    return [Found(*row) for row in db.execute(query)]


def runs_of(db: Session, actor: Actor, filters: Filters) -> Sequence[ImportRun]:
    """Return the runs of the visible rows that fit, the oldest first."""
    ids = _work(_RUN.id).where(visible(actor), _fits(filters))
    query = select(ImportRun).where(_RUN.id.in_(ids)).order_by(_RUN.id)
    return db.execute(query).scalars().all()


def count(db: Session, actor: Actor, filters: Filters) -> int:
    """Return how many visible rows fit."""
    query = _work(func.count()).where(visible(actor), _fits(filters))
    return int(db.execute(query).scalar_one())


def count_by(db: Session, actor: Actor, filters: Filters, what: str) -> list[tuple[str, int]]:
    """Return the number of visible rows by "owner", "programme" or "rule", the most first; a row
    that breaks two rules counts for both."""
    query = _work(_GROUPS[what], func.count(_ROW.id.distinct()))
    if what == "rule":
        at = and_(_ISSUE.run_id == _ROW.run_id, _ISSUE.row_no == _ROW.row_no)
        query = query.join(RowIssue, and_(at, _ISSUE.severity == "critical"))
    query = query.where(visible(actor), _fits(filters)).group_by(_GROUPS[what])
    found = [(str(row[0] or ""), int(row[1])) for row in db.execute(query)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


_GROUPS: Mapping[str, Any] = {
    "owner": _USER.name,
    "programme": _PROGRAMME.code,
    "rule": _ISSUE.rule,
}


def lock(db: Session, actor: Actor, ids: Sequence[int]) -> list[Found]:
    """Return visible open rows by id, locked; Conflict where one is decided already."""
    query = _work(ImportRow, ImportRun, _PROGRAMME.code, func.coalesce(_USER.name, ""))
    query = query.where(visible(actor), _ROW.id.in_(ids)).order_by(_ROW.id)
    found = [Found(*row) for row in db.execute(query.with_for_update(of=ImportRow))]
    for one in found:
        if one.row.state is not RowState.OPEN:
            raise Conflict(
                "Row {row} of “{file}” is decided already.",
                row=one.row.row_no,
                file=one.run.file_name,
            )
    return found


def reasons_of(db: Session, rows: Sequence[ImportRow]) -> dict[int, list[Reason]]:
    """Return why rows are held, by the rows' ids."""
    ids = {(row.run_id, row.row_no): cast(int, row.id) for row in rows}
    found: dict[int, list[Reason]] = {id_: [] for id_ in ids.values()}
    for run_id in {row.run_id for row in rows}:
        numbers = [row.row_no for row in rows if row.run_id == run_id]
        query = select(_ISSUE.row_no, _ISSUE.rule, _ISSUE.header, _ISSUE.value).where(
            _ISSUE.run_id == run_id, _ISSUE.severity == "critical", _ISSUE.row_no.in_(numbers)
        )
        for row_no, rule, header, value in db.execute(query.order_by(_ISSUE.id)):
            found[ids[(run_id, row_no)]].append((rule, header or "", value or ""))
    return found


def find_retry(db: Session, run: ImportRun) -> ImportRun | None:
    """Return an unfinished run of the same user that tries the very same rows again."""
    query = select(ImportRun).where(
        _RUN.parent_id == run.parent_id,
        _RUN.user_id == run.user_id,
        _RUN.sha256 == run.sha256,
        _RUN.state != RunState.PUBLISHED,
        _RUN.discarded_at.is_(None),
    )
    return db.execute(query.order_by(_RUN.id.desc()).limit(1).with_for_update()).scalar()


def unpublished(db: Session, run: ImportRun) -> list[int]:
    """Return the numbers of the held rows of a run that are not in the registry."""
    query = select(_ROW.row_no).where(_ROW.run_id == run.id, _ROW.state != RowState.PUBLISHED)
    return list(db.execute(query).scalars())


def check_retry(db: Session, run: ImportRun) -> None:
    """Lock the rows that a retry publishes; Conflict where one was decided since its check."""
    if run.parent_id is None:
        return
    query = select(_ROW.row_no, _ROW.state).where(
        _ROW.run_id == run.parent_id, _ROW.row_no.in_(_staged(run))
    )
    for row_no, state in db.execute(query.order_by(_ROW.id).with_for_update()):
        if state is not RowState.OPEN:
            raise Conflict(
                "Row {row} of “{file}” has been decided since. Try again.",
                row=row_no,
                file=run.file_name,
            )


def _staged(run: ImportRun) -> Any:  # noqa: ANN401 - a subquery
    return text(f"SELECT row_no FROM {Stage(run.id or 0).rows}").columns(_ROW.row_no)  # noqa: S608


def close_retry(db: Session, run: ImportRun, at: datetime) -> None:
    """Inside the publish of a retry: its staged rows are done, the others have new reasons."""
    if run.parent_id is None:
        return
    db.execute(
        update(ImportRow)
        .where(
            _ROW.run_id == run.parent_id,
            _ROW.state == RowState.OPEN,
            _ROW.row_no.in_(_staged(run)),
        )
        .values(state=RowState.PUBLISHED, decided_at=at)
    )
    renew_reasons(db, run)


def renew_reasons(db: Session, run: ImportRun) -> None:
    """Give the held rows of a retry's own run the reasons for which they are held now."""
    parameters = {"parent": run.parent_id, "run": run.id}
    held = "row_no IN (SELECT row_no FROM import_row WHERE run_id = :run)"
    for statement in (
        f"DELETE FROM row_issue WHERE run_id = :parent AND severity = 'critical' AND {held}",  # noqa: S608
        "INSERT INTO row_issue (run_id, row_no, header, rule, severity, value) "  # noqa: S608
        "SELECT :parent, row_no, header, rule, severity, value FROM row_issue "
        f"WHERE run_id = :run AND severity = 'critical' AND {held}",
    ):
        db.execute(text(statement), parameters)


def reopen(db: Session, run: ImportRun) -> None:
    """Put the rows that a retry had published back on the work list: the retry is taken back."""
    if run.parent_id is None or run.finished_at is None:
        return
    db.execute(
        update(ImportRow)
        .where(
            _ROW.run_id == run.parent_id,
            _ROW.state == RowState.PUBLISHED,
            _ROW.decided_at == run.finished_at,
        )
        .values(state=RowState.OPEN, decided_at=None)
    )
