"""A file comes in: it is kept, its table is found, and a run begins with a draft."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from core.domain.permissions import Actor
from core.errors import UnreadableFile
from core.etl import pipeline
from core.etl.document import Document, FileRef, StartImport
from core.models import ImportRun, Programme, RunState
from core.settings import now
from core.storage import audit, imports, uploads
from core.storage.database import reading, transaction


def receive(actor: Actor, order: StartImport) -> UUID:
    """Take a file in and find its table; return the new run's uuid.

    Raises UnreadableFile when it holds no table, NotFound for a programme out of reach.
    """
    with reading() as db:
        programme = imports.find_programme(db, actor, order.programme_code)
    kept = _Kept([], [])
    try:
        kept.add(order.path, order.file_name)
        for path, name in order.beside:
            kept.add(path, name)
        document = _find_table(order, kept)
    except UnreadableFile as error:
        kept.remove()
        raise UnreadableFile(kept.in_user_words(str(error))) from None
    run = _make_run(actor, order, kept, document, programme)
    with transaction() as db:
        imports.add(db, run)
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

    def add(self, path: Path, name: str) -> None:
        self.stored.append(uploads.keep(path))
        self.names.append(name)

    def remove(self) -> None:
        for stored in self.stored:
            uploads.remove(stored)

    def in_user_words(self, text: str) -> str:
        for stored, name in zip(self.stored, self.names, strict=True):
            text = text.replace(stored, name)
        return text


def _find_table(order: StartImport, kept: _Kept) -> Document:
    seen = pipeline.inspect(uploads.path_of(kept.stored[0]), order.sheet)
    names = tuple(sheet.name for sheet in seen.sheets if not sheet.hidden)
    further = zip(kept.names[1:], kept.stored[1:], strict=True)
    return Document(
        seen.layout,
        names,
        seen.rows_estimate,
        seen.suggestions,
        headers=seen.layout.columns,
        files=tuple(FileRef(name, stored, uploads.digest(stored)) for name, stored in further),
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
        sha256=uploads.digest(kept.stored[0]),
        status=order.status,
        mapping=document.to_json(),
        cursor=order.cursor,
        created_at=now(),
    )
