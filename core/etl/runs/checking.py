"""The check and the publish of a run, from its frame to staged rows, findings and the receipt."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from core.domain.names import fold_name
from core.domain.permissions import Actor
from core.errors import Conflict, InvalidInput, RegistryError
from core.etl import pipeline, reference
from core.etl.choices import Mapping
from core.etl.datasets import Dataset, find_dataset
from core.etl.frame import Frame
from core.etl.remedies import steps
from core.etl.remedies.corrected import Corrected
from core.etl.remedies.steps import Step
from core.etl.rows import PLACES, Severity
from core.etl.rules.findings import Tally
from core.etl.rules.in_force import InForce, suite_for
from core.etl.rules.screen import Screen, screen
from core.etl.runs import duplicates, same_file
from core.etl.runs.document import Document
from core.etl.runs.held import read_held
from core.etl.runs.policies import policies_of
from core.etl.tables.child_works import read_frame
from core.models import ImportRun, Programme, RunState, Unit
from core.settings import now, today
from core.storage import audit
from core.storage.database import Session, reading, transaction
from core.storage.importing import imports, places, stage, uploads
from core.storage.importing import steps as kept_steps
from core.storage.importing.imports import Issue, as_issues
from core.storage.importing.policies import Policies
from core.storage.importing.receipts import Order, Receipt, lock_publishes, publication_of

MODES = ("clean", "all-or-nothing")
Progress = Callable[[int], None]


def frame_of(run: ImportRun) -> Frame:
    """Return the frame of a run as its draft shapes it now, reading the files if need be."""
    document = Document.from_json(run.mapping)
    form = json.dumps([document.layout.__dict__, document.shape.to_json()], default=list)
    name = f"{hashlib.sha256(form.encode()).hexdigest()[:16]}.arrow"
    stored = (run.stored_as, *(one.stored_as for one in document.files))
    paths: list[Path] = [uploads.path_of(one) for one in stored]
    target = uploads.aside(run.stored_as) / name
    if run.parent_id is not None:
        return read_held(paths[0], document.headers, target)
    return read_frame(paths, document.layout, document.shape, target)


def corrected(run: ImportRun, told: Sequence[Step]) -> Corrected:
    """Return the frame of a run as some steps correct it."""
    frame = frame_of(run)
    return Corrected(frame.path, frame.headers, frame.rows, frame.starts, tuple(told))


def steps_of(db: Session, run: ImportRun) -> tuple[Step, ...]:
    """Return the steps of a run that are in force."""
    return tuple(steps.read_step(one) for one in kept_steps.in_force(db, run.id or 0))


def check_run(
    actor: Actor, run_uuid: UUID, progress: Progress | None = None, *, force: bool = False
) -> dict[str, int]:
    """Read the whole file, stage its clean rows and hold the others; return the counts.

    A check can be repeated at any time before the publish; `progress` is told the rows done. A
    file that was published before as it is now is not read again unless `force` says so.
    Raises UnsafeMapping, naming the columns, while nobody has settled what they hold.
    """
    under_way = _begin(actor, run_uuid)
    try:
        known = None if force or not under_way.dataset.of_people else _recognise(under_way)
        if known is not None:
            return known
        under_way.frame = corrected(under_way.order.run, under_way.steps)
        _prepare_places(under_way)
        _stage_rows(under_way, progress or (lambda _done: None))
        counts = _end(under_way)
        return counts | (_seek_duplicates(under_way) if under_way.dataset.of_people else {})
    except Conflict:
        raise
    except RegistryError as error:
        with transaction() as db:
            imports.mark_failed(db, under_way.order.run_id, error.said)
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
    frame: Corrected
    steps: tuple[Step, ...]
    followed: InForce
    dataset: Dataset


def _begin(actor: Actor, run_uuid: UUID) -> _Check:
    token = uuid4().hex
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        document = Document.from_json(run.mapping)
        if document.mapping is None:
            document = document.choose(pipeline.default_mapping(document.suggestions), None)
            run.mapping = document.to_json()
        told = steps_of(db, run)
        dataset = find_dataset(run.dataset)
        mapping = dataset.restrict(document.mapping or Mapping({}))
        document = replace(
            document,
            mapping=steps.with_values(mapping, told),
            key=dataset.key_of(mapping, document.key),
        )
        order = make_order(db, actor, run, all_or_nothing=False)
        imports.claim_check(db, run, token)
        imports.clear_findings(db, order.run_id)
        stage.create(db, order.stage)
        gazetteer = reference.Gazetteer(imports.paths(actor, run.programme_id))
        nodes = places.load_places(db)
        gazetteer.add(nodes)
        followed = suite_for(db, order.programme.code, dataset.suite)
        run.settings_digest = same_file.sum_up(order, document, told, followed.suite, nodes)
    names = frozenset({fold_name(order.programme.code), fold_name(order.programme.name)})
    screening = Screen(
        document.headers_of(),
        names,
        order.programme.unit == Unit.HOUSEHOLD,
        json.dumps(sorted(order.policies.by_field.items())) if order.policies.by_field else "",
        dataset.required,
    )
    nothing = Corrected(Path(), document.headers, 0, ())
    return _Check(
        order, document, token, gazetteer, screening, Tally(), [], nothing, told, followed, dataset
    )


def make_order(db: Session, actor: Actor, run: ImportRun, *, all_or_nothing: bool) -> Order:
    """Return what the publish of a run needs to know."""
    document = Document.from_json(run.mapping)
    programme = imports.get_programme(db, run)
    return Order(
        actor=actor,
        run=run,
        programme=programme,
        spaces=document.spaces(_name_space(run, programme)),
        headers=document.headers_of(),
        all_or_nothing=all_or_nothing,
        today=today(),
        at=now(),
        read_rows=lambda numbers: frame_of(run).take(numbers),
        policies=Policies(policies_of(document.headers, document.mapping or Mapping({}))),
        decisions=document.decisions,
    )


def _name_space(run: ImportRun, programme: Programme) -> str:
    # Two sources may each have a record 7: their keys have nothing to do with each other.
    return programme.code if run.source_id is None else f"{programme.code}/source/{run.source_id}"


def _recognise(under_way: _Check) -> dict[str, int] | None:
    """Close the check of a file that was published before and brings nothing; return its counts."""
    order = under_way.order
    with transaction() as db:
        imports.confirm_check(db, order.run_id, under_way.token)
        run = imports.get(db, order.actor, order.run.uuid)
        earlier = same_file.recognise(db, order, run.settings_digest or "")
        if earlier is None:
            return None
        counts, tally = same_file.tell(db, order, earlier)
        stage.drop(db, order.stage)
        kept = {"suites": under_way.followed.version_ids, "causes": tally.to_json()}
        run.suite_version_id = under_way.followed.base_id
        run.state, run.counts = RunState.CHECKED, {**counts, **kept}
        audit.record_act(db, order.actor.name, "import.check", f"import_run:{run.uuid}", **counts)
    return counts


def _prepare_places(under_way: _Check) -> None:
    """Say so once, and hold no row for it, where no place of the file is known at all."""
    headers = [h for name, h in under_way.screen.headers.items() if name in PLACES]
    if under_way.gazetteer.settle(under_way.frame.texts(headers) if headers else ()):
        return
    issue = Issue(0, headers[0], "places_unknown", Severity.WARNING.value, None)
    under_way.tally.count("places_unknown", Severity.WARNING, headers[0])
    with transaction() as db:
        imports.add_issues(db, under_way.order.run_id, [issue])


def _stage_rows(under_way: _Check, progress: Progress) -> None:
    order = under_way.order
    batches = pipeline.check(
        under_way.frame,
        under_way.document.mapping or Mapping({}),
        today=order.today,
        key=under_way.document.key,
        suite=under_way.followed.suite,
    )
    let_pass = steps.accepted(under_way.steps)
    for batch in batches:
        passed = replace(batch, issues=steps.accept(batch.issues, let_pass))
        checked = reference.place(passed, under_way.gazetteer, under_way.screen.headers)
        screened = screen(checked, under_way.screen)
        under_way.held += screened.held
        with transaction() as db:
            imports.confirm_check(db, order.run_id, under_way.token)
            stage.load(db, order.stage, screened.rows, screened.identifiers)
            imports.add_issues(db, order.run_id, as_issues(under_way.tally.add(screened.issues)))
        progress(under_way.screen.rows + len(under_way.held))


def _end(under_way: _Check) -> dict[str, int]:
    order, staged = under_way.order, under_way.screen.rows
    with transaction() as db:
        imports.confirm_check(db, order.run_id, under_way.token)
        run = imports.get(db, order.actor, order.run.uuid)
        stage.finish(db, order.stage)
        imports.hold_rows(db, run, order.read_rows(under_way.held), order.at)
        late, foreseen = under_way.dataset.settle(db, order)
        counts = {
            "rows": staged + len(under_way.held),
            "staged": staged - late,
            "held": len(under_way.held) + late,
            "left_out": under_way.frame.left_out(),
            **foreseen,
        }
        run.suite_version_id = under_way.followed.base_id
        kept = {"suites": under_way.followed.version_ids, "causes": under_way.tally.to_json()}
        run.state, run.counts = RunState.CHECKED, {**counts, **kept}
        audit.record_act(db, order.actor.name, "import.check", f"import_run:{run.uuid}", **counts)
    return counts


def _seek_duplicates(under_way: _Check) -> dict[str, int]:
    """Warn of new rows that may be somebody known; too many of them wait until somebody asks."""
    order = under_way.order
    with reading() as db:
        spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
        sought = duplicates.seek(db, order, publication_of(order, spaces), duplicates.AT_CHECK)
    if sought is None:
        return {}
    with transaction() as db:
        run = imports.get(db, order.actor, order.run.uuid, locked=True)
        imports.check_state(run, RunState.CHECKED)
        return duplicates.keep(db, run, sought)


def publish_checked(actor: Actor, run_uuid: UUID, mode: str = "clean") -> Receipt:
    """Publish the clean rows of a checked run in one transaction; the others stay held.

    With mode "all-or-nothing" any held row refuses the whole. Raises Conflict when the run is
    published already, or when the file or its staged rows are no longer what was checked.
    """
    if mode not in MODES:
        raise InvalidInput(
            "“{mode}” is no way to publish. Choose one of: {names}.",
            mode=mode,
            names=", ".join(MODES),
        )
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
    if uploads.digest(run.stored_as) != run.sha256:
        raise Conflict(
            "The stored copy of “{file}” has changed. Upload it again.", file=run.file_name
        )
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        order = make_order(db, actor, run, all_or_nothing=mode == MODES[1])
        if "origin" in run.counts:
            lock_publishes(db)
            same_file.require_still(db, order)
        return find_dataset(run.dataset).publish(db, order)
