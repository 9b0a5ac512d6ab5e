"""The publish of one run, from lock to receipt, inside the caller's one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel import Session

from core.domain.lifecycle import HouseholdRule
from core.domain.permissions import Actor
from core.errors import Conflict, InvalidInput, Words
from core.models import Batch, ImportRun, Programme, RunState, Unit
from core.storage import audit, sources
from core.storage.database import is_sqlite
from core.storage.dialect import ask
from core.storage.homes.household_enrolments import enrol_households
from core.storage.importing import import_statuses, imports, quarantine, same_file, stage
from core.storage.importing.conflicts import note_conflicts, note_left_out
from core.storage.importing.imports import Issue
from core.storage.importing.matching import FOUND, Held, Spaces, match
from core.storage.importing.policies import Policies
from core.storage.importing.publish import HOME, WORK, Publication, write
from core.storage.importing.revise import revise
from core.storage.importing.traces import note
from core.storage.lifecycle.moves import lock_programmes

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
    statuses: int = 0
    """Known people whose status moved to the file's, among the changed."""

    def __str__(self) -> str:
        return str(self.said)

    @property
    def said(self) -> Words:
        """The receipt in one sentence."""
        said = Words(
            "{new} new, {changed} changed, {unchanged} unchanged, {held} held back.",
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            held=self.held,
        )
        moved = Words("{said} {n:,} statuses moved.", said=said, n=self.statuses)
        return moved if self.statuses else said


@dataclass(frozen=True)
class SpaceNames:
    """The names of the spaces in which a run's person and household keys are unique."""

    person: str
    household: str


@dataclass(frozen=True)
class Order:
    """What to publish, by whom and when; `headers` gives the file's header of a field and
    `read_rows` the rows as they stand in the file. `decisions` says of single rows whom they are
    about, see matching.match."""

    actor: Actor
    run: ImportRun
    programme: Programme
    spaces: SpaceNames
    headers: Mapping[str, str]
    all_or_nothing: bool
    today: date
    at: datetime
    read_rows: ReadRows
    policies: Policies = field(default_factory=Policies)
    decisions: Mapping[int, str] = field(default_factory=dict)

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
    lock_publishes(db)
    if order.policies.moves_statuses:  # before anything is written: who holds it writes people too
        lock_programmes(db, order.programme.id or 0)
    db.refresh(order.programme)  # its household rule may have changed while this one waited
    run, counts = order.run, dict(order.run.counts)
    imports.check_state(run, RunState.CHECKED)
    if "origin" in counts:
        return _publish_nothing(db, order)
    if stage.count(db, order.stage) != counts["staged"]:
        raise Conflict(
            "The checked rows of “{file}” are gone. Check the file again.", file=run.file_name
        )
    quarantine.check_retry(db, run)
    spaces = imports.make_spaces(db, order.spaces.person, order.spaces.household)
    held = hold_back(db, order, spaces)
    staged = counts["staged"] - held
    total_held = counts["rows"] - staged
    refuse_held(order, total_held)
    batch = open_batch(db, order)
    publication = publication_of(order, spaces, batch.id or 0)
    new, changed, moved = _write(db, order, publication, batch)
    receipt = Receipt(
        run=run.uuid,
        batch=batch.uuid,
        rows=counts["rows"],
        new=new,
        changed=changed,
        unchanged=staged - new - changed,
        held=total_held,
        statuses=moved,
    )
    kept = {"keys": same_file.count_keys(db, spaces.person)}
    close(db, order, batch, receipt, kept)
    return receipt


def _write(
    db: Session, order: Order, publication: Publication, batch: Batch
) -> tuple[int, int, int]:
    """Write what the file brings; return how many people are new, how many rows change their
    person in any way, and how many statuses moved."""
    note_conflicts(db, publication, order.run_id, order.headers)
    written = write(db, publication)
    if order.programme.household_rule != HouseholdRule.NONE:
        _enrol_households(db, publication)
    note(db, publication)
    changed, moved = revise(db, publication), 0
    _warn_of_heads(db, order)
    if order.policies.moves_statuses and ask(db, f"SELECT count(*) FROM {FOUND}"):  # noqa: S608
        moved = import_statuses.move(db, publication, order.actor, batch)
        import_statuses.note_unmoved(db, order.run_id, order.headers["status"])
        changed += import_statuses.count_unchanged_else(db)
    return written.people, changed, moved


def _publish_nothing(db: Session, order: Order) -> Receipt:
    """Give the receipt of a file that was published before as it is."""
    counts = order.run.counts
    refuse_held(order, counts["held"])
    batch = open_batch(db, order)
    names = ("rows", "new", "changed", "unchanged", "held")
    receipt = Receipt(order.run.uuid, batch.uuid, **{name: counts[name] for name in names})
    spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
    close(db, order, batch, receipt, {"keys": same_file.count_keys(db, spaces.person)})
    return receipt


def refuse_held(order: Order, held: int) -> None:
    """Raise InvalidInput where rows are held and the order says all or nothing."""
    if order.all_or_nothing and held:
        raise InvalidInput(
            "{held} of {rows} rows are held back, so nothing was published. Correct them, or "
            "publish the clean rows.",
            held=held,
            rows=order.run.counts["rows"],
        )


def open_batch(db: Session, order: Order) -> Batch:
    """Begin the batch of a publish."""
    batch = Batch(kind="import", actor=order.actor.name, recorded_at=order.at, uuid=uuid4())
    db.add(batch)
    db.flush()
    return batch


def lock_publishes(db: Session) -> None:
    """Wait until no other publish or rewind is under way, and keep others out until the end."""
    if is_sqlite(db):
        return
    db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUBLISH_LOCK})
    # The set-based statements sort and hash the whole file once; compiling them does not pay.
    db.execute(text("SET LOCAL work_mem = '128MB'"))
    db.execute(text("SET LOCAL jit = off"))


def publication_of(order: Order, spaces: Spaces, batch_id: int = 0) -> Publication:
    """Return what the statements of a publish, or of its rehearsal, need to know."""
    return Publication(
        stage=order.stage,
        spaces=spaces,
        programme_id=order.programme.id or 0,
        by_household=order.programme.unit == Unit.HOUSEHOLD,
        status=order.run.status.value,
        batch_id=batch_id,
        today=order.today,
        at=order.at,
        policies=order.policies,
    )


def hold_back(db: Session, order: Order, spaces: Spaces) -> int:
    """Match the staged rows with the registry and hold those that collide; return how many."""
    held: list[Held] = match(db, order.stage, spaces, order.actor, order.decisions)
    note_left_out(db, order.stage, order.run_id, order.decisions)
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
        rows = order.read_rows([row.row_no for row in held])
        imports.hold_rows(db, order.run, rows, order.at)
        stage.remove(db, order.stage, [row.n for row in held])
        db.execute(
            text(f"DELETE FROM {FOUND} WHERE n = :n"),  # noqa: S608
            [{"n": row.n} for row in held],
        )
    return len(held)


def _enrol_households(db: Session, publication: Publication) -> None:
    """Give the file's households an enrolment of their own beside their members'."""
    enrol_households(
        db,
        publication.programme_id,
        publication.batch_id,
        publication.at,
        among=HOME,
        unsearched=WORK,
    )


def _warn_of_heads(db: Session, order: Order) -> None:
    """Note what the file says and an import does not do: change a household's head."""
    db.execute(
        text(
            "INSERT INTO row_issue (run_id, row_no, rule, severity) "  # noqa: S608
            f"SELECT :run, s.row_no, 'household_has_head', 'warning' FROM {order.stage.rows} s "
            f"JOIN {WORK} w ON w.n = s.n AND w.is_new "
            f"JOIN {HOME} h ON h.key = s.household AND h.has_head WHERE s.is_head"
        ),
        {"run": order.run_id},
    )


def close(
    db: Session, order: Order, batch: Batch, receipt: Receipt, kept: Mapping[str, int]
) -> None:
    """Write the receipt into the batch, the run and the log, and give the staged rows up."""
    counts = {
        name: getattr(receipt, name) for name in ("rows", "new", "changed", "unchanged", "held")
    }
    run = order.run
    run.state, run.batch_id, run.finished_at = RunState.PUBLISHED, batch.id, order.at
    if order.policies.moves_statuses:
        counts["statuses"] = receipt.statuses
    run.counts = {**run.counts, **counts, **kept}
    batch.counts = counts
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
    sources.advance(db, run)
    quarantine.close_retry(db, run, order.at)
    stage.drop(db, order.stage)
