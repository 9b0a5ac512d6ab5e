"""The publish of one run, from lock to receipt, inside the caller's one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel import Session

from core.domain.permissions import Actor
from core.errors import Conflict, InvalidInput
from core.models import Batch, ImportRun, Programme, RunState, Unit
from core.storage import audit, imports, stage
from core.storage.database import is_sqlite
from core.storage.imports import Issue
from core.storage.matching import FOUND, Held, Spaces, match
from core.storage.publish import HOME, WORK, Publication, write
from core.storage.revise import revise

_PUBLISH_LOCK = 0x6361_7365
"""PostgreSQL's advisory lock of publishes; on SQLite every writer waits for the one before."""
ReadRows = Callable[[list[int]], Iterable[tuple[int, dict[str, str]]]]


@dataclass(frozen=True)
class Receipt:
    """What one publish did, in rows of the file."""

    run: UUID
    batch: UUID
    rows: int
    new: int
    changed: int
    unchanged: int
    held: int

    def __str__(self) -> str:
        return (
            f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.held} held back."
        )


@dataclass(frozen=True)
class SpaceNames:
    """The names of the spaces in which a run's person and household keys are unique."""

    person: str
    household: str


@dataclass(frozen=True)
class Order:
    """What to publish, by whom and when; `headers` gives the file's header of a field and
    `read_rows` the rows as they stand in the file."""

    actor: Actor
    run: ImportRun
    programme: Programme
    spaces: SpaceNames
    headers: Mapping[str, str]
    all_or_nothing: bool
    today: date
    at: datetime
    read_rows: ReadRows

    @property
    def run_id(self) -> int:
        return self.run.id or 0

    @property
    def stage(self) -> stage.Stage:
        return stage.Stage(self.run_id)


def publish_run(db: Session, order: Order) -> Receipt:
    """Publish a checked run: everything or nothing, once.

    Raises Conflict when the run is published already or its staged rows are gone, InvalidInput
    when rows are held and the order says all or nothing.
    """
    _lock(db)
    run, counts = order.run, dict(order.run.counts)
    imports.check_state(run, RunState.CHECKED)
    if stage.count(db, order.stage) != counts["staged"]:
        raise Conflict(f"The checked rows of “{run.file_name}” are gone. Check the file again.")
    spaces = imports.make_spaces(db, order.spaces.person, order.spaces.household)
    held = hold_back(db, order, spaces)
    staged = counts["staged"] - held
    total_held = counts["rows"] - staged
    if order.all_or_nothing and total_held:
        raise InvalidInput(
            f"{total_held} of {counts['rows']} rows are held back, so nothing was published. "
            "Correct them, or publish the clean rows."
        )
    batch = Batch(kind="import", actor=order.actor.name, recorded_at=order.at, uuid=uuid4())
    db.add(batch)
    db.flush()
    publication = _publication(order, spaces, batch)
    written = write(db, publication)
    changed = revise(db, publication)
    _warn(db, order)
    receipt = Receipt(
        run=run.uuid,
        batch=batch.uuid,
        rows=counts["rows"],
        new=written.people,
        changed=changed,
        unchanged=staged - written.people - changed,
        held=total_held,
    )
    _close(db, order, batch, receipt)
    return receipt


def _lock(db: Session) -> None:
    if is_sqlite(db):
        return
    db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUBLISH_LOCK})
    # The set-based statements sort and hash the whole file once; compiling them does not pay.
    db.execute(text("SET LOCAL work_mem = '128MB'"))
    db.execute(text("SET LOCAL jit = off"))


def _publication(order: Order, spaces: Spaces, batch: Batch) -> Publication:
    return Publication(
        stage=order.stage,
        spaces=spaces,
        programme_id=order.programme.id or 0,
        by_household=order.programme.unit == Unit.HOUSEHOLD,
        status=order.run.status.value,
        batch_id=batch.id or 0,
        today=order.today,
        at=order.at,
    )


def hold_back(db: Session, order: Order, spaces: Spaces) -> int:
    """Match the staged rows with the registry and hold those that collide; return how many."""
    held: list[Held] = match(db, order.stage, spaces, order.actor)
    if held:
        imports.add_issues(
            db,
            order.run_id,
            [
                Issue(
                    row.row_no,
                    order.headers.get(f"identifier.{row.value}") if row.value else None,
                    row.rule,
                    "critical",
                    row.value,
                )
                for row in held
            ],
        )
        imports.hold_rows(db, order.run_id, order.read_rows([row.row_no for row in held]))
        stage.remove(db, order.stage, [row.n for row in held])
        db.execute(
            text(f"DELETE FROM {FOUND} WHERE n = :n"),  # noqa: S608
            [{"n": row.n} for row in held],
        )
    return len(held)


def _warn(db: Session, order: Order) -> None:
    """Note what the file says and an import does not do: change a status or a household's head."""
    rows = order.stage.rows
    parameters = {"run": order.run_id, "programme": order.programme.id}
    db.execute(
        text(
            "INSERT INTO row_issue (run_id, row_no, header, rule, severity, value) "  # noqa: S608
            "SELECT :run, s.row_no, :header, 'status_differs', 'warning', s.status "
            f"FROM {rows} s JOIN {FOUND} f ON f.n = s.n "
            "JOIN enrolment e ON e.person_id = f.person_id AND e.programme_id = :programme "
            "WHERE s.status IS NOT NULL AND s.status <> e.status"
        ),
        {**parameters, "header": order.headers.get("status")},
    )
    db.execute(
        text(
            "INSERT INTO row_issue (run_id, row_no, rule, severity) "  # noqa: S608
            f"SELECT :run, s.row_no, 'household_has_head', 'warning' FROM {rows} s "
            f"JOIN {WORK} w ON w.n = s.n AND w.is_new "
            f"JOIN {HOME} h ON h.key = s.household AND h.has_head WHERE s.is_head"
        ),
        parameters,
    )


def _close(db: Session, order: Order, batch: Batch, receipt: Receipt) -> None:
    """Write the receipt into the batch, the run and the log, and give the staged rows up."""
    counts = {
        name: getattr(receipt, name) for name in ("rows", "new", "changed", "unchanged", "held")
    }
    batch.counts = counts
    run = order.run
    run.state, run.batch_id, run.finished_at = RunState.PUBLISHED, batch.id, order.at
    run.counts = {**run.counts, **counts}
    db.flush()
    audit.record_act(
        db,
        order.actor.name,
        "import.publish",
        f"import_run:{run.uuid}",
        batch=str(batch.uuid),
        programme=order.programme.code,
        **counts,
    )
    stage.drop(db, order.stage)
