"""The tables of an import as they leave whole: their heads, and all their rows, read in pages.

Heads are names of fields and values are codes, as in every file of ours; what is wrong is said in
the reader's language.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.etl.remedies import found
from core.etl.remedies.annotations import all_rows
from core.etl.rules.findings import Cause, make_finding
from core.etl.rules.in_force import suite_of
from core.etl.runs.checking import frame_of, make_order
from core.etl.runs.document import Document, name_row
from core.etl.tables import tidying
from core.models import ImportRun, RunState, Source
from core.storage import sources
from core.storage.database import Session
from core.storage.importing import imports, preview, quarantine
from core.storage.importing import steps as kept_steps
from core.storage.importing.preview import KINDS, PreviewRow
from core.storage.importing.quarantine import Filters
from core.storage.importing.receipts import publication_of
from core.storage.importing.steps import EVERYTHING, Facet
from core.storage.rewinding import rewind as rewinds
from core.storage.rewinding import rewind_stays

PAGE, FEW = 5_000, 1_000
"""Rows read at once, and where each takes a look of its own."""
_NAMES = {"relationship": "relationship_to_head"}
"""What the staged rows call a field otherwise."""
Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""Heads and rows; the rows are to be read inside the transaction that made them."""


@dataclass(frozen=True)
class Wanted:
    """A table of a run: which, for whom; `facet` narrows findings and the rows with findings."""

    db: Session
    actor: Actor
    run: ImportRun
    table: str
    facet: Facet = EVERYTHING


def read_table(wanted: Wanted) -> Table:
    """Return a table of a run, one of TABLES. Raises Conflict where the run has none such now."""
    return TABLES[wanted.table](wanted)


def require_table(table: str) -> None:
    """Raise InvalidInput for a table that imports do not have."""
    if table not in TABLES:
        raise InvalidInput(
            "“{table}” is no table of an import. Choose one of: {tables}.",
            table=table,
            tables=", ".join(TABLES),
        )


def _findings(wanted: Wanted) -> Table:
    heads = ("severity", "column", "rule", "count", "row", "value", "what_to_do")
    return heads, _each_finding(wanted)


def _each_finding(wanted: Wanted) -> Iterator[Sequence[Any]]:
    """Yield each finding, cause by cause, the gravest first; a cause of no row has one line."""
    facet = wanted.facet
    for cause, count in found.count_causes(wanted.db, wanted.run).ranked():
        rule, severity, header = cause
        asked = (facet.rule or rule, facet.severity or severity)
        if asked == (rule, severity) and facet.column in (None, header):
            for row, value, message in _each_row(wanted, cause):
                yield severity, header, rule, count, row, value, message


def _each_row(wanted: Wanted, cause: Cause) -> Iterator[tuple[int | None, str, str]]:
    document, spoken = Document.from_json(wanted.run.mapping), suite_of(wanted.db, wanted.run)
    none = True
    for one in kept_steps.issues_in(wanted.db, wanted.run.id or 0, cause):
        told = make_finding(
            cause,
            1,
            [one],
            spoken.messages,
            wanted.actor.language,
            lambda number: name_row(document, number),
        )
        none = False
        yield one.row_no or None, told.values[0], told.message
    if none:
        told = make_finding(cause, 1, (), spoken.messages, wanted.actor.language)
        yield None, "", told.message


def _bad_rows(wanted: Wanted) -> Table:
    work = found.work_on(wanted.db, wanted.run)
    numbers = kept_steps.rows_of(wanted.db, wanted.run.id or 0, wanted.facet)
    headers = work.frame.headers

    def lines() -> Iterator[Sequence[Any]]:
        for at in range(0, len(numbers), FEW):
            some = numbers[at : at + FEW]
            for row in found.read_rows(wanted.db, wanted.run, work, some, wanted.actor.language):
                wrong = "; ".join(
                    f"{one.header}: {one.message}" if one.header else one.message
                    for one in row.issues
                )
                yield row.row, row.left_out, wrong, *(row.values[name] for name in headers)

    return ("row", "left_out", "what_is_wrong", *headers), lines()


def _preview(wanted: Wanted) -> Table:
    imports.check_state(wanted.run, RunState.CHECKED)
    heads = (
        "row", "registration_no", "name", "field", "before", "before_hidden", "after", "policy"
    )  # fmt: skip
    # A file that was published before as it is has no rows of its own.
    rows = () if "origin" in wanted.run.counts else _foreseen(wanted)
    return heads, (line for row in rows for line in _cells(row))


def _foreseen(wanted: Wanted) -> Iterator[PreviewRow]:
    db, actor = wanted.db, wanted.actor
    order = make_order(db, actor, wanted.run, all_or_nothing=False)
    spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
    publication, mark = publication_of(order, spaces), 0
    while True:
        page = preview.read_page(db, actor, publication, wanted.table, mark, FEW)
        yield from page.rows
        if page.next is None:
            return
        mark = page.next


def _cells(row: PreviewRow) -> Iterator[Sequence[Any]]:
    """Yield a line for each field of a row; one line for a row that brings nothing."""
    whose = (row.row, row.registration_no, row.name)
    for name, cell in row.cells.items():
        field = _NAMES.get(name, name)
        yield *whose, field, cell.before, cell.hidden, cell.after, cell.policy
    if not row.cells:
        yield *whose, None, None, None, None, None


def _held(wanted: Wanted) -> Table:
    headers = Document.from_json(wanted.run.mapping).headers

    def lines() -> Iterator[Sequence[Any]]:
        offset = 0
        while page := imports.list_held(wanted.db, wanted.run.id or 0, PAGE, offset):
            offset += len(page)
            for one in page:
                yield one.row, "; ".join(one.reasons), *(one.values.get(h) for h in headers)

    return ("row", "reasons", *headers), lines()


def _rows(wanted: Wanted) -> Table:
    frame = frame_of(wanted.run)
    lines = ((row, *cells.values()) for row, cells in all_rows(frame))
    return ("row", *frame.headers), lines


def _left_out(wanted: Wanted) -> Table:
    document, issues = Document.from_json(wanted.run.mapping), frame_of(wanted.run).issues()
    out = tidying.left_out(issues, len(issues))
    lines = ((name_row(document, one.row), one.rule, one.text) for one in out)
    return ("row", "rule", "text"), lines


def _stays(wanted: Wanted) -> Table:
    rewinds.look_ahead(wanted.db, wanted.actor, wanted.run, limit=0)

    def lines() -> Iterator[Sequence[Any]]:
        offset = 0
        while page := rewind_stays.list_stays(wanted.db, PAGE, offset):
            offset += len(page)
            for stay in page:
                yield stay.registration_no, stay.household, stay.reason, "; ".join(stay.fields)

    return ("registration_no", "household", "reason", "fields"), lines()


TABLES: Mapping[str, Callable[[Wanted], Table]] = {
    "rows": _rows,
    "left_out": _left_out,
    "findings": _findings,
    "bad_rows": _bad_rows,
    **dict.fromkeys(KINDS, _preview),
    "held": _held,
    "stays": _stays,
}
LAID_OUT = frozenset({"stays"})
"""Tables that are laid out in the database first: they need a transaction that may write."""


def read_quarantine(db: Session, actor: Actor, filters: Filters) -> Table:
    """Return held rows: where each stands and why, then its cells as corrected so far."""
    documents = [Document.from_json(one.mapping) for one in quarantine.runs_of(db, actor, filters)]
    headers = list(dict.fromkeys(header for one in documents for header in one.headers))

    def lines() -> Iterator[Sequence[Any]]:
        after: int | None = None
        while page := quarantine.find(db, actor, filters, after, FEW):
            after = page[-1].row.id
            reasons = quarantine.reasons_of(db, [one.row for one in page])
            for one in page:
                cells = {**one.row.raw, **(one.row.edits or {})}
                why = "; ".join(
                    f"{rule} ({header})" if header else rule
                    for rule, header, _ in reasons[one.row.id or 0]
                )
                place = (one.programme, one.run.file_name, one.row.row_no, one.owner)
                state = (one.row.held_at, one.row.state.value, why)
                yield *place, *state, *(cells.get(header) for header in headers)

    heads = ("programme", "file", "row", "owner", "held_at", "state", "reasons")
    return (*heads, *headers), lines()


def read_history(db: Session, source: Source) -> Table:
    """Return the runs of a source, the newest first."""
    names = ("rows", "new", "changed", "unchanged", "held")
    rows = (
        (
            run.uuid,
            run.created_at,
            "GIVEN_UP" if run.discarded_at else run.state.value,
            *(run.counts.get(name, 0) for name in names),
            ((run.cursor or {}).get("to") or {}).get("value"),
        )
        for run in sources.list_runs(db, source, None)
    )
    return ("run", "at", "state", *names, "up_to"), rows
