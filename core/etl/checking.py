"""The check and the publish of a run, from its frame to staged rows, findings and the receipt."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from core.domain.names import fold_name
from core.domain.permissions import Actor
from core.errors import Conflict, InvalidInput, RegistryError
from core.etl import pipeline, reference
from core.etl.choices import Mapping
from core.etl.document import Document
from core.etl.findings import Tally
from core.etl.frame import Frame
from core.etl.reading import read_frame
from core.etl.rows import PLACES, Severity
from core.etl.screen import Screen, screen
from core.models import ImportRun, RunState, Unit
from core.settings import now, today
from core.storage import audit, imports, places, stage, uploads
from core.storage.database import Session, reading, transaction
from core.storage.imports import Issue, as_issues
from core.storage.receipts import Order, Receipt, hold_back, publish_run
from core.storage.revise import preview

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
    return read_frame(paths, document.layout, document.shape, target)


def check_run(actor: Actor, run_uuid: UUID, progress: Progress | None = None) -> dict[str, int]:
    """Read the whole file, stage its clean rows and hold the others; return the counts.

    A check can be repeated at any time before the publish; `progress` is told the rows done.
    Raises UnsafeMapping, naming the columns, while nobody has settled what they hold.
    """
    under_way = _begin(actor, run_uuid)
    try:
        under_way.frame = frame_of(under_way.order.run)
        _prepare_places(under_way)
        _stage_rows(under_way, progress or (lambda _done: None))
        return _end(under_way)
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
    frame: Frame


def _begin(actor: Actor, run_uuid: UUID) -> _Check:
    token = uuid4().hex
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        document = Document.from_json(run.mapping)
        if document.mapping is None:
            document = document.choose(pipeline.default_mapping(document.suggestions), None)
            run.mapping = document.to_json()
        order = make_order(db, actor, run, all_or_nothing=False)
        imports.claim_check(db, run, token)
        imports.clear_findings(db, order.run_id)
        stage.create(db, order.stage)
        gazetteer = reference.Gazetteer(imports.paths(actor, run.programme_id))
        gazetteer.add(places.load_places(db))
    names = frozenset({fold_name(order.programme.code), fold_name(order.programme.name)})
    screening = Screen(document.headers_of(), names, order.programme.unit == Unit.HOUSEHOLD)
    nothing = Frame(Path(), document.headers, 0, ())
    return _Check(order, document, token, gazetteer, screening, Tally(), [], nothing)


def make_order(db: Session, actor: Actor, run: ImportRun, *, all_or_nothing: bool) -> Order:
    """Return what the publish of a run needs to know."""
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
        read_rows=lambda numbers: frame_of(run).take(numbers),
    )


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


def _end(under_way: _Check) -> dict[str, int]:
    order, staged = under_way.order, under_way.screen.rows
    with transaction() as db:
        imports.confirm_check(db, order.run_id, under_way.token)
        run = imports.get(db, order.actor, order.run.uuid)
        stage.finish(db, order.stage)
        imports.hold_rows(db, order.run_id, under_way.frame.take(under_way.held))
        spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
        late = hold_back(db, order, spaces)
        counts = {
            "rows": staged + len(under_way.held),
            "staged": staged - late,
            "held": len(under_way.held) + late,
            **preview(db, order.stage),
        }
        run.state, run.counts = RunState.CHECKED, {**counts, "causes": under_way.tally.to_json()}
        audit.record_act(db, order.actor.name, "import.check", f"import_run:{run.uuid}", **counts)
    return counts


def publish_checked(actor: Actor, run_uuid: UUID, mode: str = "clean") -> Receipt:
    """Publish the clean rows of a checked run in one transaction; the others stay held.

    With mode "all-or-nothing" any held row refuses the whole. Raises Conflict when the run is
    published already, or when the file or its staged rows are no longer what was checked.
    """
    if mode not in MODES:
        raise InvalidInput(f"“{mode}” is no way to publish. Choose one of: {', '.join(MODES)}.")
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
    if uploads.digest(run.stored_as) != run.sha256:
        raise Conflict(f"The stored copy of “{run.file_name}” has changed. Upload it again.")
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        return publish_run(db, make_order(db, actor, run, all_or_nothing=mode == MODES[1]))
