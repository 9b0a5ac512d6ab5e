"""What a run's workbook is to show: its rows as corrected, its findings in words, and where the
rows stand in the uploaded file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.etl.frame import Frame
from core.etl.remedies.corrected import Corrected
from core.etl.remedies.steps import headers_of
from core.etl.rows import ROW
from core.etl.rules.findings import make_finding
from core.etl.rules.in_force import suite_of
from core.etl.runs.checking import corrected, frame_of, steps_of
from core.etl.runs.document import Document
from core.etl.tables.shapes import NO_SHAPE
from core.models import ImportRun
from core.storage.database import Session
from core.storage.importing import steps as kept_steps
from core.storage.importing import uploads

_LONGEST_TITLE = 31
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))


@dataclass(frozen=True)
class Standing:
    """Where the rows stand in the uploaded workbook; see core/reports/annotated_workbook.py."""

    path: Path
    sheet: str
    header_row: int
    columns: Mapping[str, int]
    changed: Mapping[int, Mapping[str, str]]
    no_rows: Sequence[int]


@dataclass(frozen=True)
class Annotated:
    """The rows of a run with what is wrong in them, as (header, severity, sentence) by row."""

    frame: Corrected
    digest: str
    steps: tuple[int, ...]
    marks: Mapping[int, Sequence[tuple[str, str, str]]]
    title: str
    standing: Standing | None

    @property
    def cells(self) -> int:
        return self.frame.rows * max(len(self.frame.headers), 1)


def gather(db: Session, run: ImportRun, language: str) -> Annotated:
    """Read what the workbook of a run needs."""
    frame = corrected(run, steps_of(db, run))
    told = [one.position for one in kept_steps.list_all(db, run.id or 0) if not one.undone]
    title = Path(run.file_name).stem.translate(_NOT_IN_TITLES)[:_LONGEST_TITLE] or "1"
    return Annotated(
        frame,
        frame.path.stem,
        tuple(told),
        _marks(db, run, language),
        title,
        _standing(run, frame),
    )


def _marks(db: Session, run: ImportRun, language: str) -> dict[int, list[tuple[str, str, str]]]:
    spoken = suite_of(db, run).messages
    found: dict[int, list[tuple[str, str, str]]] = {}
    for issue in kept_steps.every_issue(db, run.id or 0):
        cause = (issue.rule, issue.severity, issue.header or "")
        said = make_finding(cause, 1, [issue], spoken, language).message
        found.setdefault(issue.row_no, []).append((issue.header or "", issue.severity, said))
    return found


def _standing(run: ImportRun, frame: Corrected) -> Standing | None:
    """Return where the rows stand in the uploaded workbook, if they stand there as they are."""
    document = Document.from_json(run.mapping)
    layout = document.layout
    shaped = document.shape != NO_SHAPE or document.files or layout.fill_down or layout.file
    if shaped or run.parent_id is not None or not run.stored_as.endswith(".xlsx"):
        return None
    base = frame_of(run)
    touched = sorted({header for step in frame.steps for header in headers_of(step)})
    return Standing(
        uploads.path_of(run.stored_as),
        layout.sheet,
        layout.header_row,
        {header: at for at, header in enumerate(layout.headers, 1) if header},
        dict(_changed(base, frame, touched)) if touched else {},
        sorted({*layout.skipped_rows, *all_numbers(base)} - set(all_numbers(frame))),
    )


def _changed(
    base: Frame, frame: Corrected, headers: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    for batch in frame.batches(columns=headers):
        rows = {row.pop(ROW): row for row in batch.table.to_pylist()}
        for number, was in base.take(list(rows)):
            now = {header: text or "" for header, text in rows[number].items()}
            if changed := {header: text for header, text in now.items() if text != was[header]}:
                yield number, changed


def all_numbers(frame: Frame) -> list[int]:
    """Return the numbers of all rows of a frame."""
    return [row for batch in frame.batches(columns=[]) for row in batch.table[ROW].to_pylist()]


def all_rows(frame: Frame) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield all rows of a frame as (number, text by header)."""
    for batch in frame.batches():
        for row in batch.table.to_pylist():
            yield row.pop(ROW), {header: text or "" for header, text in row.items()}
