"""What the last check of a run found: the causes, and the rows as the steps leave them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from core.etl.remedies import live
from core.etl.remedies.live import Work
from core.etl.rows import Severity
from core.etl.rules.findings import LATE_RULES, Tally, make_finding
from core.etl.rules.in_force import suite_for
from core.etl.runs.checking import corrected, frame_of, steps_of
from core.etl.runs.document import Document
from core.models import ImportRun, RunState
from core.settings import today
from core.storage.database import Session
from core.storage.importing import imports
from core.storage.importing import steps as kept_steps
from core.storage.importing.imports import Issue


@dataclass(frozen=True)
class CellIssue:
    """One finding about a cell, or about the whole row where `header` is empty."""

    header: str
    rule: str
    severity: str
    value: str
    message: str


@dataclass(frozen=True)
class BadRow:
    """A row with findings, its cells as the steps leave them; a total or a repeated header is no
    data, and has none."""

    row: int
    values: Mapping[str, str]
    issues: tuple[CellIssue, ...]
    left_out: bool
    is_data: bool = True


def work_on(db: Session, run: ImportRun) -> Work:
    """Return a run as it stands now."""
    followed = suite_for(db, imports.get_programme(db, run).code)
    document = Document.from_json(run.mapping)
    return Work(corrected(run, steps_of(db, run)), document, followed.suite, today())


def count_causes(db: Session, run: ImportRun) -> Tally:
    """Return the causes of a run's last check, with those that the registry told it."""
    tally = Tally.from_json(run.counts.get("causes", []))
    for rule, severity, header, count in imports.count_causes(db, run.id or 0, LATE_RULES):
        tally.count(rule, Severity(severity), header, count)
    return tally


def read_rows(
    db: Session, run: ImportRun, work: Work, numbers: Sequence[int], language: str
) -> tuple[BadRow, ...]:
    """Return the rows with these numbers; what is wrong with them is looked at anew where steps
    came since the last check."""
    kept = [
        (one.row_no, one.header or "", one.rule, one.severity, one.value or "")
        for one in kept_steps.issues_of(db, run.id or 0, numbers)
    ]
    cells = dict(work.frame.take(numbers))
    gone = dict(frame_of(run).take([number for number in numbers if number not in cells]))
    if run.state == RunState.DRAFT and cells:
        kept = _as_of_now(work, kept, live.find_issues(work, list(cells.items())))
    said: dict[int, list[CellIssue]] = {number: [] for number in numbers}
    for row, header, rule, severity, value in kept:
        issue = Issue(row, header, rule, severity, value)
        found = make_finding((rule, severity, header), 1, [issue], work.suite.messages, language)
        said[row].append(CellIssue(header, rule, severity, value, found.message))
    # A total or a repeated header is no row of the frame: only what is said about it can be shown.
    nothing = dict.fromkeys(work.frame.headers, "")
    return tuple(
        BadRow(
            number,
            cells.get(number) or gone.get(number, nothing),
            tuple(said[number]),
            number in gone,
            is_data=number in cells or number in gone,
        )
        for number in numbers
    )


_Kept = tuple[int, str, str, str, str]


def _as_of_now(work: Work, kept: Sequence[_Kept], found: pd.DataFrame) -> list[_Kept]:
    """Put what a row shows by itself now in place of what it showed at the last check."""
    beside = live.BESIDE_OTHERS | {rule.rule for rule in work.suite.whole_file}
    elsewhere = [one for one in kept if one[2] in beside]
    columns = (found[name].tolist() for name in ("row", "column", "rule", "severity", "value"))
    return sorted([*elsewhere, *zip(*columns, strict=True)])
