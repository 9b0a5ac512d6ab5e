"""Held rows are tried again: a run of their own, with the columns, the key and the steps of theirs.

The second run speaks of the same rows of the same file, so its keys stand in the same spaces:
whoever it publishes twice is the same person. The publish itself closes the rows, in its own
transaction (core/storage/importing/quarantine.py), so that being killed at any moment leaves either
open rows, to be tried again, or published ones.
"""

from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.permissions import Actor
from core.etl.cells import clean
from core.etl.remedies import steps
from core.etl.remedies.corrected import is_value, texts_of
from core.etl.remedies.steps import Cell, FillDown, Step
from core.etl.rows import ROW, Severity
from core.etl.runs.checking import check_run, corrected, frame_of, publish_checked, steps_of
from core.etl.runs.document import Document
from core.etl.runs.held import SUFFIX, write_held
from core.etl.tables.shapes import NO_SHAPE
from core.models import ImportRow, ImportRun, RunState
from core.settings import now
from core.storage import audit
from core.storage.database import data_dir, reading, transaction
from core.storage.importing import imports, quarantine, stage, uploads
from core.storage.importing import steps as kept_steps

Cells = dict[int, dict[str, str]]


@dataclass(frozen=True)
class Retried:
    """What a retry did, in rows; `run` is the run that did it, None where nothing was to do."""

    run: UUID | None
    tried: int
    published: int
    held: int


def try_again(actor: Actor, run: ImportRun, rows: Sequence[ImportRow]) -> Retried:
    """Check open rows of a run anew, as corrected, and publish those that are clean now.

    A row whose key another row of its file has published stays as it is: it would overwrite the
    record that the other row made.
    """
    told = _told(run)
    values = _corrected(run, told, rows)
    sound = [row for row in rows if row.row_no not in _repeating(run, told, values)]
    if not sound:
        return Retried(None, len(rows), 0, len(rows))
    child = _prepare(actor, run, sound, _child_steps(run, told, sound))
    counts = check_run(actor, child)
    if counts["staged"] == 0:
        _give_up(actor, child)
        return Retried(child, len(rows), 0, len(rows))
    done = publish_checked(actor, child)
    published = done.new + done.changed + done.unchanged
    return Retried(child, len(rows), published, len(rows) - published)


def _told(run: ImportRun) -> tuple[Step, ...]:
    with reading() as db:
        return steps_of(db, run)


def _corrected(run: ImportRun, told: Sequence[Step], rows: Sequence[ImportRow]) -> Cells:
    """Return the rows as the steps of their run and their own corrections leave them."""
    edits = {row.row_no: dict(row.edits or {}) for row in rows}
    return {n: cells | edits[n] for n, cells in corrected(run, told).take(list(edits))}


def _repeating(run: ImportRun, told: Sequence[Step], values: Cells) -> set[int]:
    """Return the rows whose key stands in a row of the same file that is published."""
    key = Document.from_json(run.mapping).key
    if key is None:
        return set()
    with reading() as db:
        held = pa.array(quarantine.unpublished(db, run), pa.int64())
    wanted = clean(pa.array([cells[key] for cells in values.values()], pa.string()))
    taken: set[str] = set()
    for batch in corrected(run, told).batches(columns=[key]):
        texts = texts_of(batch.table, key)
        hit = is_value(texts, wanted.to_pylist())
        others = pc.invert(pc.is_in(batch.table[ROW].combine_chunks(), held))
        taken.update(clean(texts.filter(pc.and_(hit, others))).to_pylist())
    keys = zip(values, wanted.to_pylist(), strict=True)
    return {row for row, text in keys if text and text in taken}


def _child_steps(run: ImportRun, told: Sequence[Step], rows: Sequence[ImportRow]) -> list[Step]:
    """Return the steps of the second run: those of the first, then the corrections of its rows.

    Between the held rows others are missing, so a filled column is told cell by cell.
    """
    numbers = [row.row_no for row in rows]
    filled = [step.header for step in told if isinstance(step, FillDown)]
    others = [step for step in told if not isinstance(step, FillDown)]
    bare: Cells = dict(corrected(run, others).take(numbers))
    whole: Cells = dict(corrected(run, told).take(numbers)) if filled else bare
    found: list[Step] = list(others)
    for row in rows:
        was, now_ = bare[row.row_no], whole[row.row_no] | dict(row.edits or {})
        found += [
            Cell(header, was.get(header, ""), text, row.row_no)
            for header, text in now_.items()
            if text != was.get(header, "")
        ]
    return found


def _prepare(actor: Actor, run: ImportRun, rows: Sequence[ImportRow], told: Sequence[Step]) -> UUID:
    """Return the run that tries the rows again: one that was begun and not ended, or a new one."""
    faults = frame_of(run).issues()
    numbers = np.array([row.row_no for row in rows])
    with TemporaryDirectory(dir=data_dir()) as folder:
        path = Path(folder) / f"rows{SUFFIX}"
        raw = ((row.row_no, _texts(row.raw)) for row in rows)
        grave = faults["severity"] == Severity.CRITICAL.value
        write_held(path, raw, faults[faults["row"].isin(numbers) & grave])
        kept = uploads.keep(path)
    child = _make(actor, run, kept, len(rows))
    with transaction() as db:
        known = quarantine.find_retry(db, child)
        if known is None:
            imports.add(db, child)
            audit.record_act(
                db,
                actor.name,
                "quarantine.retry",
                f"import_run:{child.uuid}",
                parent=str(run.uuid),
                rows=len(rows),
            )
        else:
            uploads.remove(kept)
            child = known
        kept_steps.remove_all(db, child.id or 0)
        documents = [steps.to_json(step) for step in told]
        kept_steps.add(db, child.id or 0, documents, actor.name, now())
    return child.uuid


def _texts(raw: Pairs[str, object]) -> dict[str, str]:
    return {header: str(text) for header, text in raw.items()}


def _make(actor: Actor, run: ImportRun, kept: str, rows: int) -> ImportRun:
    document = Document.from_json(run.mapping)
    again = replace(document, shape=NO_SHAPE, files=(), rows_estimate=rows)
    return ImportRun(
        user_id=actor.user_id,
        programme_id=run.programme_id,
        dataset=run.dataset,
        source_id=run.source_id,
        parent_id=run.id,
        state=RunState.DRAFT,
        file_name=run.file_name,
        stored_as=kept,
        sha256=uploads.digest(kept),
        status=run.status,
        suite_version_id=run.suite_version_id,
        mapping=again.to_json(),
        created_at=now(),
    )


def _give_up(actor: Actor, child: UUID) -> None:
    """End a retry of which no row is clean: its rows keep the reasons that it found."""
    with transaction() as db:
        run = imports.get(db, actor, child, locked=True)
        quarantine.renew_reasons(db, run)
        stage.drop(db, stage.Stage(run.id or 0))
        run.discarded_at = now()
    uploads.remove(run.stored_as)
