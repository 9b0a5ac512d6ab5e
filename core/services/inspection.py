"""A closer look at a run's findings: the bad rows page by page, and remedies to offer and try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.etl.choices import Column
from core.etl.remedies import live, steps
from core.etl.remedies.found import BadRow, CellIssue, read_rows, work_on
from core.etl.remedies.live import Foreseen, Work
from core.etl.remedies.nearest import nearest_code, nearest_places
from core.etl.remedies.step_words import say_step
from core.etl.remedies.steps import Accept, Blank, LeaveOut, MapValue, Repair, Replace, Step
from core.etl.rows import ROW
from core.etl.rules.findings import Finding, Tally, make_finding
from core.etl.values.clusters import codes_of
from core.etl.values.codes import NO_ANSWER
from core.etl.values.evidence import Learning
from core.models import RunState
from core.storage.database import reading
from core.storage.importing import imports, places
from core.storage.importing import steps as kept_steps
from core.storage.importing.imports import Issue
from core.storage.importing.steps import EVERYTHING, Facet
from core.text import _

__all__ = ["BadRow", "CellIssue", "Facet", "Foreseen"]
MOST_VALUES = 10
"""Values of one cause that a remedy is offered for, one by one."""
FIRST_ROWS = 5_000
"""Rows that are looked at while a large file is checked."""
_EXAMPLES, _MOST_OPEN = 20, 3
_TO_BLANK = frozenset(
    {"invalid_date", "zero_date", "invalid_number", "invalid_age", "invalid_phone", "sentinel"}
)
_TO_LEAVE_OUT = frozenset({"duplicate_in_file", "name_missing", "name_placeholder"})


@dataclass(frozen=True)
class Remedy:
    """A step that may put a cause right, in words; `needs_reason` one has none yet. What is only
    `possible` is not to be taken without a choice: a value may mean any of several codes."""

    label: str
    step: Step
    needs_reason: bool = False
    possible: bool = False


@dataclass(frozen=True)
class BadPage:
    """Some rows with findings. `stale` says that steps came since the last check: which rows are
    listed is still that check's word, what is wrong with them is looked at anew."""

    rows: tuple[BadRow, ...]
    headers: tuple[str, ...]
    total: int
    stale: bool


def bad_rows(
    actor: Actor,
    run_uuid: UUID,
    facet: Facet = EVERYTHING,
    offset: int = 0,
    limit: int = 50,
    language: str = "en",
) -> BadPage:
    """Return a page of the rows that the last check found something in, in the file's order."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        work, run_id = work_on(db, run), run.id or 0
        numbers = kept_steps.rows_of(db, run_id, facet, limit, offset)
        total = kept_steps.count_rows(db, run_id, facet)
        rows = read_rows(db, run, work, numbers, language)
    return BadPage(rows, work.frame.headers, total, run.state == RunState.DRAFT)


@dataclass(frozen=True)
class Evidence:
    """What the cells of a file show about its columns, by header: the order of dates, the decimal
    mark; `asks` are columns of dates that do not say their order, `notes` findings (header, rule)
    about whole columns."""

    orders: Mapping[str, str | None]
    decimals: Mapping[str, str | None]
    asks: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


def read_evidence(actor: Actor, run_uuid: UUID) -> Evidence:
    """Read the columns of a file whose values need settling; a person's word comes first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        work = work_on(db, imports.get(db, actor, run_uuid))
    learning = Learning(work.mapping, work.today)
    for batch in work.frame.batches(columns=learning.headers) if learning.headers else ():
        learning.add(batch.table)
    found = learning.settle()
    notes = tuple(zip(found.notes["column"], found.notes["rule"], strict=True))
    return Evidence(found.orders, found.decimals, found.asks, notes)


def first_look(
    actor: Actor, run_uuid: UUID, language: str = "en", limit: int = FIRST_ROWS
) -> tuple[int, list[Finding]]:
    """Look at the first rows of a file by themselves, before the whole of it is checked; return
    how many, and what is wrong in them by cause, the gravest first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        work = work_on(db, imports.get(db, actor, run_uuid))
    batch = next(work.frame.batches(limit), None)
    if batch is None:
        return 0, []
    numbers = batch.table[ROW].to_pylist()[:limit]
    issues = live.find_issues(work, list(work.frame.take(numbers)))
    tally = Tally()
    tally.add(issues)
    shown = {
        cause: group.head(_EXAMPLES)
        for cause, group in issues.groupby(["rule", "severity", "column"], sort=False)
    }
    return len(numbers), [
        make_finding(
            cause,
            count,
            [
                Issue(row, cause[2], cause[0], cause[1], value)
                for row, value in zip(shown[cause]["row"], shown[cause]["value"], strict=True)
            ],
            work.suite.messages,
            language,
        )
        for cause, count in tally.ranked()
    ]


def preview_step(actor: Actor, run_uuid: UUID, step: Step) -> Foreseen:
    """Say at once what a step would do, without waiting for the check of the whole file."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        work, run_id = work_on(db, run), run.id or 0
        if isinstance(step, Accept):
            rows = kept_steps.count_rows(db, run_id, Facet(step.rule, step.header))
            before, after = (
                ((step.rule, severity, step.header), rows) for severity in ("critical", "warning")
            )
            return Foreseen(rows, rows, (before,), (after,))
    return live.foresee(work, step)


def suggest(actor: Actor, run_uuid: UUID, finding: Finding) -> list[Remedy]:
    """Return the remedies to offer for one cause, the likeliest first."""
    require(actor, Permission.IMPORT)
    rule, header = finding.rule, finding.column
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        work, run_id = work_on(db, run), run.id or 0
        found = kept_steps.cause_values(db, run_id, rule, header, MOST_VALUES)
        values = [value for value, _count in found]
        if rule == "unknown_place":
            tree, scopes = places.load_places(db), imports.paths(actor, run.programme_id)
            return [
                Remedy(_say_place(value, near.name, near.above), Replace(header, value, near.code))
                for value in values
                for near in nearest_places(value, tree, scopes)
            ]
        rows = kept_steps.rows_of(db, run_id, Facet(rule, header)) if rule in _TO_LEAVE_OUT else []
    told: list[Step] = []
    possible: list[Step] = []
    if rule == "unknown_code":
        told, possible = _meanings(work, header, values)
        told += possible
    if rule in _TO_BLANK or rule == "unknown_code":
        told += [Blank(header, (value,)) for value in values]
    if rule == "mojibake":
        told.append(Repair(header))
    if rule == "key_missing":
        told.append(LeaveOut(finding.message, header=header))
    if rows:
        told.append(LeaveOut(_("not to be imported"), rows=tuple(rows)))
    offers = [Remedy(say_step(step), step, possible=step in possible) for step in told]
    if steps.may_accept(rule, work.suite) and finding.severity == "critical":
        offers.append(Remedy(_("Accept as it is, with a reason"), Accept(rule, header, ""), True))
    return offers


def _meanings(work: Work, header: str, values: Sequence[str]) -> tuple[list[Step], list[Step]]:
    """Return what values probably mean, and for the others every code that they may mean."""
    field = work.mapping.columns.get(header, Column()).field or ""
    near = {value: code for value in values if (code := nearest_code(value, field))}
    others = [value for value in values if value not in near][:_MOST_OPEN]
    return [MapValue(header, value, code) for value, code in near.items()], [
        MapValue(header, value, code)
        for value in others
        for code in codes_of(field)
        if code != NO_ANSWER
    ]


def _say_place(value: str, name: str, above: Sequence[str]) -> str:
    return _("“{value}” is {place}", value=value, place=" › ".join([*reversed(above), name]))
