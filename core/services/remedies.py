"""Remedies of an import: put into force as steps, taken back, remembered and replayed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict, InvalidInput, NotFound
from core.etl.remedies import steps
from core.etl.remedies.returned import find_changes, read_returned
from core.etl.remedies.step_words import say_step
from core.etl.remedies.steps import Accept, Cell, Step
from core.etl.rules.in_force import suite_for
from core.etl.rules.suite import Suite
from core.etl.runs.checking import corrected, steps_of
from core.etl.runs.document import Document
from core.models import ImportRun, RunState
from core.settings import now, today
from core.storage import audit
from core.storage.database import Session, reading, transaction
from core.storage.importing import imports, quarantine
from core.storage.importing import steps as kept_steps
from core.storage.importing.quarantine import Filters
from core.text import _, show_number

__all__ = ["Step"]


@dataclass(frozen=True)
class StepView:
    """One step of a run, in words too; an undone one is out of force."""

    position: int
    step: Step
    words: str
    actor: str
    made_at: datetime
    undone: bool


@dataclass(frozen=True)
class ReturnedChanges:
    """What a returned workbook brought: how many cells were taken for which run, the cells (row,
    header) that were not because their row is decided, rows that are missing in it (and stay),
    lines of its sheet that are new (and were not taken)."""

    run: UUID
    taken: int
    refused: tuple[tuple[int, str], ...]
    missing: tuple[int, ...]
    added: tuple[int, ...]


def list_steps(actor: Actor, run_uuid: UUID) -> list[StepView]:
    """Return the steps of a run in order, those taken back included."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        kept = kept_steps.list_all(db, run.id or 0)
    read = [(one, steps.read_step(one.document)) for one in kept]
    return [
        StepView(one.position, step, say_step(step), one.actor, one.made_at, one.undone)
        for one, step in read
    ]


def add_step(actor: Actor, run_uuid: UUID, step: Step) -> int:
    """Put a step into force behind the others; return its position. The run is to be checked
    again then. Raises InvalidInput for an unknown column or a rule that nobody may set aside."""
    return add_steps(actor, run_uuid, [step])[0]


def add_steps(actor: Actor, run_uuid: UUID, told: Sequence[Step]) -> list[int]:
    """Put several steps into force at once; return their positions."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = _open(db, actor, run_uuid)
        document, suite = Document.from_json(run.mapping), _suite(db, run)
        for step in told:
            _check(step, document, suite)
        kept = _with_keys(run, document, steps_of(db, run), told)
        documents = [steps.to_json(step) for step in kept]
        positions = kept_steps.add(db, run.id or 0, documents, actor.name, now())
        audit.record_act(
            db,
            actor.name,
            "import.step",
            f"import_run:{run.uuid}",
            ops=sorted({steps.op_of(step) for step in told}),
            columns=sorted({header for step in told for header in steps.headers_of(step)}),
            steps=len(told),
        )
        return positions


def undo_step(actor: Actor, run_uuid: UUID, position: int) -> None:
    """Take one step back; the others stay in their order. The run is to be checked again."""
    _set_undone(actor, run_uuid, position, undone=True)


def redo_step(actor: Actor, run_uuid: UUID, position: int) -> None:
    """Put a step that was taken back into force again, at its old place."""
    _set_undone(actor, run_uuid, position, undone=False)


def _set_undone(actor: Actor, run_uuid: UUID, position: int, *, undone: bool) -> None:
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = _open(db, actor, run_uuid)
        kept_steps.set_undone(db, run.id or 0, position, undone=undone)
        action = "import.step_undo" if undone else "import.step_redo"
        audit.record_act(db, actor.name, action, f"import_run:{run.uuid}", step=position)


def take_back(actor: Actor, path: Path) -> ReturnedChanges:
    """Take the corrections of a returned workbook: as steps of its run, or for a published one
    into its open held rows, to be tried again. Rows that are missing stay; new ones are not taken.

    Raises InvalidInput for a file that Caseload did not give out, Conflict where the run's table
    has been chosen anew since.
    """
    require(actor, Permission.IMPORT)
    returned = read_returned(path)
    if returned is None:
        raise InvalidInput("This file is no workbook that was downloaded from an import here.")
    with reading() as db:
        try:
            run = imports.get(db, actor, returned.run)
        except NotFound:
            raise NotFound("The import of this workbook") from None
        kept = kept_steps.list_all(db, run.id or 0)
        shown = [steps.read_step(one.document) for one in kept if one.position in returned.steps]
    frame = corrected(run, shown)
    if frame.path.stem != returned.digest:
        raise Conflict(
            "The table of this import has been chosen anew since the workbook was downloaded. "
            "Download it again."
        )
    changes = find_changes(returned, frame, today())
    taken = changes.cells
    if run.state is RunState.PUBLISHED:
        taken = _into_held(actor, run, changes.cells)
    elif taken:
        add_steps(actor, run.uuid, taken)
    refused = tuple((cell.row or 0, cell.header) for cell in changes.cells if cell not in taken)
    return ReturnedChanges(run.uuid, len(taken), refused, changes.missing, changes.added)


def say_changes(changes: ReturnedChanges) -> str:
    """Return what came of a returned workbook, in words."""
    said = [_("Taken from the corrected workbook: {n} cells.", n=show_number(changes.taken))]
    if changes.refused:
        n = show_number(len(changes.refused))
        said.append(_("{n} cells were not taken: their rows are decided already.", n=n))
    if changes.missing:
        said.append(
            _("Rows that are missing in it stay: {n}.", n=show_number(len(changes.missing)))
        )
    if changes.added:
        said.append(_("New rows in it are not taken: {n}.", n=show_number(len(changes.added))))
    return " ".join(said)


def _into_held(actor: Actor, run: ImportRun, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Note corrections with the open held rows of a run; return those that were about one."""
    with transaction() as db:
        seen = quarantine.find(db, actor, Filters(run=run.uuid))
        found = quarantine.lock(db, actor, [one.row.id or 0 for one in seen])
        rows = {one.row.row_no: one.row for one in found}
        taken = tuple(cell for cell in cells if cell.row in rows)
        for cell in taken:
            row = rows[cell.row or 0]
            row.edits = {**(row.edits or {}), cell.header: cell.to}
        db.flush()
        audit.record_act(
            db,
            actor.name,
            "quarantine.edit",
            f"import_run:{run.uuid}",
            rows=len({cell.row for cell in taken}),
            columns=sorted({cell.header for cell in taken}),
        )
        return taken


def _open(db: Session, actor: Actor, run_uuid: UUID) -> ImportRun:
    """Lock a run whose steps may change, which makes its last check out of date."""
    run = imports.get(db, actor, run_uuid, locked=True)
    imports.check_state(run, *imports.CHECKABLE)
    run.state = RunState.DRAFT
    return run


def _suite(db: Session, run: ImportRun) -> Suite:
    return suite_for(db, imports.get_programme(db, run).code).suite


def _check(step: Step, document: Document, suite: Suite) -> None:
    sound = steps.read_step(steps.to_json(step))
    unknown = sorted(set(steps.headers_of(sound)) - set(document.headers))
    if unknown:
        raise InvalidInput("The file has no column “{column}”.", column=unknown[0])
    if isinstance(step, Accept) and not steps.may_accept(step.rule, suite):
        raise InvalidInput(
            "This finding cannot be accepted: the registry could not hold the rows, or would hold "
            "them wrong. Correct them, or leave them out."
        )


def _with_keys(
    run: ImportRun, document: Document, before: Sequence[Step], told: Sequence[Step]
) -> list[Step]:
    """Note with each corrected cell the key of its row, by which next month's file has it."""
    key = document.key
    rows = {step.row for step in told if isinstance(step, Cell) and step.row is not None}
    if key is None or not rows:
        return list(told)
    keys = {n: cells[key] for n, cells in corrected(run, before).take(sorted(rows))}
    return [
        replace(step, key=(key, keys[step.row]))
        if isinstance(step, Cell) and step.row in keys and keys[step.row].strip()
        else step
        for step in told
    ]
