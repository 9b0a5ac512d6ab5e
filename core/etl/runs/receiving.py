"""A file comes in: it is kept, its table is found, and a run begins with a draft."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor
from core.errors import InvalidInput, RegistryError, UnreadableFile, Words
from core.etl import pipeline
from core.etl.choices import Mapping, Suggestion
from core.etl.columns.learned import learned_fields
from core.etl.datasets import find_dataset
from core.etl.runs.document import Document, FileRef, StartImport
from core.etl.tables import child_works
from core.etl.tables.inspecting import Inspection
from core.etl.tables.looking import Files
from core.etl.tables.shapes import AS_PROPOSED, Layout, Shape, Tables
from core.models import ImportRun, Programme, RunState
from core.settings import now
from core.storage import audit
from core.storage.database import reading, transaction
from core.storage.importing import imports, uploads
from core.storage.importing import steps as kept_steps


def receive(actor: Actor, order: StartImport) -> UUID:
    """Take a file in and find its table; return the new run's uuid.

    Raises UnreadableFile when it holds no table, NotFound for a programme out of reach.
    """
    find_dataset(order.dataset)
    with reading() as db:
        programme = imports.find_programme(db, actor, order.programme_code)
    kept = _Kept([], [], [])
    try:
        kept.add(order.path, order.file_name)
        for path, name in order.beside:
            kept.add(path, name)
        document, told = _recall(actor, order, kept) or (_find_table(actor, order, kept), [])
    except (UnreadableFile, InvalidInput) as error:
        kept.remove()
        raise type(error)(error.template, **kept.in_user_words(error)) from None
    run = _make_run(actor, order, kept, document, programme)
    with transaction() as db:
        imports.add(db, run)
        kept_steps.add(db, run.id or 0, told, actor.name, run.created_at)
        audit.record_act(
            db,
            actor.name,
            "import.start",
            f"import_run:{run.uuid}",
            programme=programme.code,
            sha256=run.sha256,
        )
    return run.uuid


@dataclass(frozen=True)
class _Kept:
    """The files of a run as kept, and what the user calls them."""

    stored: list[str]
    names: list[str]
    digests: list[str]

    def add(self, path: Path, name: str) -> None:
        self.stored.append(uploads.keep(path))
        self.names.append(name)
        self.digests.append(uploads.digest(self.stored[-1]))

    def files(self) -> Files:
        return Files(tuple(uploads.path_of(one) for one in self.stored), tuple(self.names))

    def remove(self) -> None:
        for stored in self.stored:
            uploads.remove(stored)

    def in_user_words(self, error: RegistryError) -> dict[str, object]:
        """Return the values of an error with the files called as the user does."""
        return {place: self._renamed(value) for place, value in error.values.items()}

    def _renamed(self, value: object) -> object:
        if isinstance(value, Words):
            return Words(value.template, **{n: self._renamed(v) for n, v in value.values.items()})
        if isinstance(value, str):
            for stored, name in zip(self.stored, self.names, strict=True):
                value = value.replace(stored, name)
        return value


def _recall(
    actor: Actor, order: StartImport, kept: _Kept
) -> tuple[Document, list[dict[str, Any]]] | None:
    """Return the draft and steps under which the actor published this very file before: nobody is
    asked twice, and nothing is read twice. None where the file is new or the order says otherwise.
    """
    if order.beside or order.tables != AS_PROPOSED or order.source_id or order.parent_id:
        return None
    with reading() as db:
        earlier = imports.find_same(db, actor, kept.digests[0], order.dataset)
        told = kept_steps.in_force(db, earlier.id or 0) if earlier else []
    if earlier is None or earlier.mapping.get("parts"):
        return None  # of a file that was split, each draft is of a part only
    text = json.dumps(earlier.mapping)
    # A table without a name of its own is called as its file is kept.
    text = text.replace(Path(earlier.stored_as).stem, Path(kept.stored[0]).stem)
    return replace(Document.from_json(json.loads(text)), decisions={}), told


def _suggest(actor: Actor, seen: Inspection, dataset: str) -> tuple[Suggestion, ...]:
    with reading() as db:
        known = learned_fields(db, actor, seen.headers, dataset)
    earlier = {folded: one.field for folded, one in known.items()}
    return tuple(pipeline.suggest(seen.headers, seen.sample, earlier))


def _find_table(actor: Actor, order: StartImport, kept: _Kept) -> Document:
    choice = order.tables
    if order.sheet is not None and not choice.sheets:
        choice = replace(choice, sheets=(order.sheet,))
    seen = child_works.inspect(kept.files(), choice)
    further = zip(kept.names[1:], kept.stored[1:], kept.digests[1:], strict=True)
    return Document(
        seen.tables.layout,
        tuple(sheet.name for sheet in seen.sheets if not sheet.hidden),
        seen.rows_estimate,
        _suggest(actor, seen, order.dataset),
        shape=seen.tables.shape,
        headers=seen.headers,
        files=tuple(FileRef(*one) for one in further),
        tables=seen.tables.found,
    )


def look_again(run: ImportRun, layout: Layout, shape: Shape) -> Document:
    """Return the draft of a run with another layout and shape, and new suggestions.

    A layout without headers takes them from its header rows. What was settled about columns that
    are still there stays. Raises InvalidInput or UnreadableFile when they do not fit the files.
    """
    files = _files_of(run)
    seen = child_works.look_again(files, Tables(_draft(run).tables, layout, shape))
    return _with_tables(_draft(run), seen)


def propose_again(run: ImportRun) -> Document:
    """Return the draft of a run with its tables as they are proposed, and new suggestions."""
    return _with_tables(_draft(run), child_works.inspect(_files_of(run), AS_PROPOSED))


def _draft(run: ImportRun) -> Document:
    return Document.from_json(run.mapping)


def _files_of(run: ImportRun) -> Files:
    further = _draft(run).files
    stored = (run.stored_as, *(one.stored_as for one in further))
    names = (run.file_name, *(one.file_name for one in further))
    return Files(tuple(uploads.path_of(one) for one in stored), names)


def _with_tables(document: Document, seen: Inspection) -> Document:
    """Return a draft with other tables; what was settled about columns still there stays."""
    known = document.mapping.columns.items() if document.mapping else ()
    kept = {header: column for header, column in known if header in seen.headers}
    settled = bool(kept) and len(kept) == len(seen.headers)
    return replace(
        document,
        layout=seen.tables.layout,
        shape=seen.tables.shape,
        headers=seen.headers,
        rows_estimate=seen.rows_estimate,
        suggestions=tuple(pipeline.suggest(seen.headers, seen.sample)),
        mapping=Mapping(kept) if settled else None,
        known=document.known if settled else None,
        names=document.names if settled else {},
        key=document.key if document.key in seen.headers else None,
        decisions={},
    )


def _make_run(
    actor: Actor, order: StartImport, kept: _Kept, document: Document, programme: Programme
) -> ImportRun:
    return ImportRun(
        user_id=actor.user_id,
        programme_id=programme.id or 0,
        dataset=order.dataset,
        source_id=order.source_id,
        parent_id=order.parent_id,
        state=RunState.DRAFT,
        file_name=order.file_name[:300],
        stored_as=kept.stored[0],
        sha256=kept.digests[0],
        status=order.status,
        mapping=document.to_json(),
        cursor=order.cursor,
        created_at=now(),
    )
