"""Imports: a file comes in, is checked, its causes are shown, its clean rows are published."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from core.domain.names import fold_name
from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict, InvalidInput, RegistryError, UnreadableFile
from core.etl import pipeline, reference
from core.etl.choices import Mapping
from core.etl.document import Document, RunView, StartImport, view_run
from core.etl.findings import LATE_RULES, Finding, Tally, make_finding
from core.etl.original import read_rows, read_texts
from core.etl.rows import PLACES, Severity
from core.etl.screen import Screen, screen
from core.etl.suite import load_suite
from core.models import ImportRun, Job, RunState, Unit
from core.settings import now, today
from core.storage import accounts, audit, imports, jobs, places, stage, uploads
from core.storage.database import Session, reading, transaction
from core.storage.imports import HeldRow, Issue, as_issues
from core.storage.receipts import Order, Receipt, hold_back, publish_run
from core.storage.revise import preview

__all__ = ["Finding", "HeldRow", "Receipt", "RunView", "StartImport"]
MODES = ("clean", "all-or-nothing")
Progress = Callable[[int], None]


def start(actor: Actor, order: StartImport) -> UUID:
    """Take a file in and find its table; return the new run's uuid.

    Raises UnreadableFile when it holds no table, NotFound for a programme out of reach.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        programme = imports.find_programme(db, actor, order.programme_code)
    stored = uploads.keep(order.path)
    try:
        seen = pipeline.inspect(uploads.path_of(stored), order.sheet)
    except UnreadableFile as error:
        uploads.remove(stored)
        raise UnreadableFile(str(error).replace(stored, order.file_name)) from None
    names = tuple(sheet.name for sheet in seen.sheets if not sheet.hidden)
    document = Document(seen.layout, names, seen.rows_estimate, seen.suggestions)
    run = ImportRun(
        user_id=actor.user_id,
        programme_id=programme.id or 0,
        state=RunState.DRAFT,
        file_name=order.file_name[:300],
        stored_as=stored,
        sha256=uploads.digest(stored),
        status=order.status,
        mapping=document.to_json(),
        created_at=now(),
    )
    with transaction() as db:
        imports.add(db, run)
        _record(db, actor, "import.start", run, programme=programme.code, sha256=run.sha256)
    return run.uuid


def _record(db: Session, actor: Actor, action: str, run: ImportRun, **details: object) -> None:
    audit.record_act(db, actor.name, action, f"import_run:{run.uuid}", **details)


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
        runs = imports.list_own(db, actor, limit)
        return [view_run(run, imports.get_programme(db, run)) for run in runs]


def sample(actor: Actor, run_uuid: UUID, limit: int = 20) -> list[dict[str, str]]:
    """Return the first rows of a run's file as read, by header."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
    table = Document.from_json(run.mapping).layout
    seen = pipeline.inspect(uploads.path_of(run.stored_as), table.sheet, table.header_row)
    return [dict(zip(table.headers, line.cells, strict=False)) for line in seen.sample[:limit]]


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


def check(actor: Actor, run_uuid: UUID, progress: Progress | None = None) -> dict[str, int]:
    """Read the whole file, stage its clean rows and hold the others; return the counts.

    A check can be repeated at any time before the publish; `progress` is told the rows done.
    Raises UnsafeMapping, naming the columns, while nobody has settled what they hold.
    """
    require(actor, Permission.IMPORT)
    under_way = _begin_check(actor, run_uuid)
    try:
        _prepare_places(under_way)
        _stage_file(under_way, progress or (lambda _done: None))
        return _end_check(under_way)
    except Conflict:
        raise
    except RegistryError as error:
        with transaction() as db:
            imports.mark_failed(db, under_way.order.run_id, str(error))
        raise


@dataclass
class _Check:
    """One check under way: what it is to publish later, and what was found so far."""

    order: Order
    document: Document
    token: str
    gazetteer: reference.Gazetteer
    screen: Screen
    tally: Tally
    held: list[int]


def _begin_check(actor: Actor, run_uuid: UUID) -> _Check:
    token = uuid4().hex
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        document = Document.from_json(run.mapping)
        if document.mapping is None:
            document = document.choose(pipeline.default_mapping(document.suggestions), None)
            run.mapping = document.to_json()
        order = _order(db, actor, run, all_or_nothing=False)
        imports.claim_check(db, run, token)
        imports.clear_findings(db, order.run_id)
        stage.create(db, order.stage)
        gazetteer = reference.Gazetteer(imports.paths(actor, run.programme_id))
        gazetteer.add(places.load_places(db))
    names = frozenset({fold_name(order.programme.code), fold_name(order.programme.name)})
    screening = Screen(document.headers_of(), names, order.programme.unit == Unit.HOUSEHOLD)
    return _Check(order, document, token, gazetteer, screening, Tally(), [])


def _order(db: Session, actor: Actor, run: ImportRun, *, all_or_nothing: bool) -> Order:
    document = Document.from_json(run.mapping)
    programme = imports.get_programme(db, run)
    return Order(
        actor=actor,
        run=run,
        programme=programme,
        spaces=document.spaces(programme.code),
        headers=document.headers_of(),
        all_or_nothing=all_or_nothing,
        today=today(),
        at=now(),
        read_rows=partial(read_rows, uploads.path_of(run.stored_as), document.layout),
    )


def _prepare_places(under_way: _Check) -> None:
    """Say so once, and hold no row for it, where no place of the file is known at all."""
    headers = [h for name, h in under_way.screen.headers.items() if name in PLACES]
    path = uploads.path_of(under_way.order.run.stored_as)
    texts = read_texts(path, under_way.document.layout, headers)
    if under_way.gazetteer.settle(texts if headers else ()):
        return
    issue = Issue(0, headers[0], "places_unknown", Severity.WARNING.value, None)
    under_way.tally.count("places_unknown", Severity.WARNING, headers[0])
    with transaction() as db:
        imports.add_issues(db, under_way.order.run_id, [issue])


def _stage_file(under_way: _Check, progress: Progress) -> None:
    order = under_way.order
    batches = pipeline.check(
        uploads.path_of(order.run.stored_as),
        under_way.document.layout,
        under_way.document.mapping or Mapping({}),
        today=order.today,
        key=under_way.document.key,
    )
    for batch in batches:
        checked = reference.place(batch, under_way.gazetteer, under_way.screen.headers)
        screened = screen(checked, under_way.screen)
        under_way.held += screened.held
        with transaction() as db:
            imports.confirm_check(db, order.run_id, under_way.token)
            stage.load(db, order.stage, screened.rows, screened.identifiers)
            imports.add_issues(db, order.run_id, as_issues(under_way.tally.add(screened.issues)))
        progress(under_way.screen.rows + len(under_way.held))


def _end_check(under_way: _Check) -> dict[str, int]:
    order, staged = under_way.order, under_way.screen.rows
    with transaction() as db:
        imports.confirm_check(db, order.run_id, under_way.token)
        run = imports.get(db, order.actor, order.run.uuid)
        stage.finish(db, order.stage)
        imports.hold_rows(db, order.run_id, order.read_rows(under_way.held))
        spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
        late = hold_back(db, order, spaces)
        counts = {
            "rows": staged + len(under_way.held),
            "staged": staged - late,
            "held": len(under_way.held) + late,
            **preview(db, order.stage),
        }
        run.state, run.counts = RunState.CHECKED, {**counts, "causes": under_way.tally.to_json()}
        _record(db, order.actor, "import.check", run, **counts)
    return counts


def findings(actor: Actor, run_uuid: UUID, language: str = "en") -> list[Finding]:
    """Return what the last check found, grouped by cause, the gravest first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        run_id = run.id or 0
        causes = Tally.from_json(run.counts.get("causes", []))
        for rule, severity, header, count in imports.count_causes(db, run_id, LATE_RULES):
            causes.count(rule, Severity(severity), header, count)
        spoken = load_suite().messages
        return [
            make_finding(cause, count, imports.first_issues(db, run_id, *cause), spoken, language)
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
    if mode not in MODES:
        raise InvalidInput(f"“{mode}” is no way to publish. Choose one of: {', '.join(MODES)}.")
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
    if uploads.digest(run.stored_as) != run.sha256:
        raise Conflict(f"The stored copy of “{run.file_name}” has changed. Upload it again.")
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        return publish_run(db, _order(db, actor, run, all_or_nothing=mode == MODES[1]))


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
