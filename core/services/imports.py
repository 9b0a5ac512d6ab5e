"""Imports: a file comes in, is checked, its causes are shown, its clean rows are published."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from core.domain.identifiers import STANDARD
from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict
from core.etl.choices import Mapping
from core.etl.remedies.found import count_causes
from core.etl.rules.findings import Finding, make_finding
from core.etl.rules.in_force import suite_of
from core.etl.runs.checking import MODES, Progress, check_run, frame_of, publish_checked
from core.etl.runs.clearing import clear_away
from core.etl.runs.document import Document, Known, RunView, StartImport, name_row, view_run
from core.etl.runs.receiving import look_again, receive
from core.etl.runs.receiving import propose_again as propose
from core.etl.tables.shapes import NO_SHAPE, Layout, Shape, TableChoice
from core.etl.values.counting import MOST_DISTINCT, Counts, count_values
from core.models import Job, RunState
from core.settings import now, today
from core.storage import accounts, audit, jobs
from core.storage.database import reading, transaction
from core.storage.identifier_types import list_types
from core.storage.importing import import_list, imports
from core.storage.importing.import_list import RunFilter, RunKind
from core.storage.importing.imports import HeldRow
from core.storage.importing.receipts import Receipt

__all__ = [
    "MODES",
    "Counts",
    "Finding",
    "HeldRow",
    "Known",
    "Receipt",
    "RunFilter",
    "RunKind",
    "RunView",
    "StartImport",
    "TableChoice",
]


def start(actor: Actor, order: StartImport) -> UUID:
    """Take a file in and find its table; return the new run's uuid.

    Raises UnreadableFile when it holds no table, NotFound for a programme out of reach.
    """
    require(actor, Permission.IMPORT)
    return receive(actor, order)


def describe(actor: Actor, run_uuid: UUID) -> RunView:
    """Return one of the actor's own runs."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        return view_run(run, imports.get_programme(db, run))


def list_runs(actor: Actor, limit: int = 50) -> list[RunView]:
    """Return the actor's newest runs, newest first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        runs = import_list.list_own(db, actor, limit)
        return [view_run(run, imports.get_programme(db, run)) for run in runs]


def find_runs(
    actor: Actor, wanted: RunFilter, limit: int = 20, offset: int = 0
) -> tuple[list[RunView], int]:
    """Return one page of the actor's runs, newest first, and how many there are in all."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        runs = import_list.list_own(db, actor, limit, offset, wanted)
        found = [view_run(run, imports.get_programme(db, run)) for run in runs]
        return found, import_list.count_own(db, actor, wanted)


def discard(actor: Actor, run_uuid: UUID) -> None:
    """Clear away a run that was not published: its files, what was read from them, its findings
    and held rows. That there was an import stays. Conflict for one that is published, or that is
    worked on now."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        if run.state is RunState.PUBLISHED:
            raise Conflict("“{file}” is published: it can be rewound only.", file=run.file_name)
        if run.state in (RunState.CHECKING, RunState.PUBLISHING):
            raise Conflict("“{file}” is being worked on. Try again later.", file=run.file_name)
        clear_away(db, run, now())
        audit.record_act(db, actor.name, "import.discard", f"import_run:{run.uuid}")


def sample(actor: Actor, run_uuid: UUID, limit: int = 20) -> list[dict[str, str]]:
    """Return the first rows of a run's file as read, by header."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
    return frame_of(run).head(limit)


def set_mapping(actor: Actor, run_uuid: UUID, mapping: Mapping, key: str | None = None) -> None:
    """Settle what the columns hold, and which one names a record; the file is to be checked then.

    Raises InvalidInput for a column the file does not have, Conflict for a published run.
    """
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        document = Document.from_json(run.mapping).choose(mapping, key)
        run.mapping, run.state, run.counts = document.to_json(), RunState.DRAFT, {}
        imports.clear_findings(db, run.id or 0)


def identifier_types(actor: Actor) -> list[str]:
    """Return the types of identifier a column may hold: the usual ones, then those that people
    within reach have."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        return list(dict.fromkeys([*STANDARD, *list_types(db, actor)]))


def value_counts(
    actor: Actor, run_uuid: UUID, headers: Sequence[str], limit: int = MOST_DISTINCT
) -> dict[str, Counts]:
    """Return the cleaned values of some columns with their numbers of cells, frequent ones first;
    of a column with more than `limit` values as many as came first, and that there are more."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
    return count_values(frame_of(run), headers, limit)


def set_layout(actor: Actor, run_uuid: UUID, layout: Layout, shape: Shape = NO_SHAPE) -> None:
    """Say where the table stands and how several become one; its columns are suggested anew.

    A layout without headers takes them from its header rows. Raises InvalidInput or
    UnreadableFile when they do not fit the files, Conflict for a published run.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, *imports.CHECKABLE)
    _keep_layout(actor, run_uuid, look_again(run, layout, shape))


def propose_again(actor: Actor, run_uuid: UUID) -> None:
    """Go back to the tables as they were proposed; their columns are suggested anew."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, *imports.CHECKABLE)
    _keep_layout(actor, run_uuid, propose(run))


def _keep_layout(actor: Actor, run_uuid: UUID, document: Document) -> None:
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        run.mapping, run.state, run.counts = document.to_json(), RunState.DRAFT, {}
        imports.clear_findings(db, run.id or 0)
        shape = document.shape
        tables = 1 + len(shape.stacked) + len(shape.joins)
        audit.record_act(db, actor.name, "import.layout", f"import_run:{run.uuid}", tables=tables)


def check(
    actor: Actor, run_uuid: UUID, progress: Progress | None = None, *, force: bool = False
) -> dict[str, int]:
    """Read the whole file, stage its clean rows and hold the others; return the counts.

    A check can be repeated at any time before the publish; `progress` is told the rows done. A
    file that was published before as it is now is not read again unless `force` says so.
    Raises UnsafeMapping, naming the columns, while nobody has settled what they hold.
    """
    require(actor, Permission.IMPORT)
    return check_run(actor, run_uuid, progress, force=force)


def findings(actor: Actor, run_uuid: UUID, language: str = "en") -> list[Finding]:
    """Return what the last check found, grouped by cause, the gravest first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        run_id = run.id or 0
        causes = count_causes(db, run)
        spoken = suite_of(db, run).messages
        draft = Document.from_json(run.mapping)
        said = partial(name_row, draft)
        return [
            make_finding(
                cause, count, imports.first_issues(db, run_id, *cause), spoken, language, said
            )
            for cause, count in causes.ranked()
        ]


def held_rows(actor: Actor, run_uuid: UUID, limit: int = 50, offset: int = 0) -> list[HeldRow]:
    """Return rows that are held back, in the file's order, with the rules they break."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        return imports.list_held(db, run.id or 0, limit, offset)


def publish(actor: Actor, run_uuid: UUID, mode: str = "clean") -> Receipt:
    """Publish the clean rows of a checked run in one transaction; the others stay held.

    With mode "all-or-nothing" any held row refuses the whole. Raises Conflict when the run is
    published already, or when the file or its staged rows are no longer what was checked.
    """
    require(actor, Permission.IMPORT)
    return publish_checked(actor, run_uuid, mode)


def enqueue(actor: Actor, run_uuid: UUID, mode: str | None = None) -> UUID:
    """Put the check of a run, or with `mode` its publish, into the queue; return the job's uuid."""
    run = describe(actor, run_uuid)
    job = Job(
        kind="import.publish" if mode else "import.check",
        arguments={"run": str(run_uuid), **({"mode": mode} if mode else {})},
        user_id=actor.user_id,
        total=run.document.rows_estimate,
        created_at=now(),
    )
    with transaction() as db:
        return jobs.add(db, job)


def _do(work: jobs.Work) -> str:
    """Check or publish for who asked for the job, with the grants in force now."""
    with reading() as db:
        actor = accounts.load_actor(db, accounts.get_user(db, work.user_id or 0), today())
    run, mode = UUID(work.arguments["run"]), work.arguments.get("mode")
    if mode is None:
        counts = check(actor, run, work.progress)
        return f"{counts['rows']} rows checked, {counts['held']} held back."
    if describe(actor, run).state == RunState.PUBLISHED:
        # The worker before this one published and died before it could say so.
        return "The file is published."
    return str(publish(actor, run, mode))


HANDLERS: dict[str, jobs.Handler] = dict.fromkeys(("import.check", "import.publish"), _do)
