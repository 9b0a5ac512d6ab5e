"""A file whose rows name several programmes becomes one run for each that its user may reach.

Each run keeps the rows of its own programme by filters of its shape; columns, key and steps are the
same in all. Rows that name a programme out of reach, or none there is, stay in the first run.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pyarrow.compute as pc

from core.domain.names import fold_name
from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.etl.runs.checking import frame_of
from core.etl.runs.document import Document
from core.etl.tables.shapes import Keep
from core.models import ImportRun, Programme, RunState
from core.settings import now
from core.storage import audit, imports, programmes, uploads
from core.storage import steps as kept_steps
from core.storage.database import Session, transaction


@dataclass(frozen=True)
class Group:
    """The rows of one programme, by its code, and the texts that name it in the file; `code` is
    None for texts that name no programme within reach."""

    code: str | None
    texts: tuple[str, ...]
    rows: int


def find_groups(db: Session, actor: Actor, run: ImportRun) -> list[Group]:
    """Return the programmes that the rows of a run name, its own first.

    Raises InvalidInput where no column says which programme a row belongs to.
    """
    header = _header(Document.from_json(run.mapping))
    counts: dict[str, int] = defaultdict(int)
    for batch in frame_of(run).batches(columns=[header]):
        texts = pc.utf8_trim_whitespace(batch.table[header].fill_null(""))
        for one in pc.value_counts(texts).to_pylist():
            counts[one["values"]] += one["counts"]
    counts.pop("", None)
    known = _known(actor, programmes.list_all(db))
    found: dict[str | None, list[str]] = defaultdict(list)
    for text in counts:
        found[known.get(fold_name(text))].append(text)
    own = imports.get_programme(db, run).code
    order = sorted(found, key=lambda code: (code is None, code != own, code or ""))
    return [_group(code, found[code], counts) for code in order]


def _group(code: str | None, texts: Sequence[str], counts: Mapping[str, int]) -> Group:
    return Group(code, tuple(sorted(texts)), sum(counts[text] for text in texts))


def _header(document: Document) -> str:
    header = document.headers_of().get("programme")
    if header is None:
        raise InvalidInput(
            "No column says which programme a row belongs to. Map one to the programme first."
        )
    return header


def _known(actor: Actor, all_there_are: Iterable[Programme]) -> dict[str, str]:
    """Return the codes of the programmes within reach by folded code and name."""
    return {
        fold_name(text): one.code
        for one in all_there_are
        if imports.paths(actor, one.id or 0)
        for text in (one.name, one.code)
    }


def split(actor: Actor, run_uuid: UUID) -> list[UUID]:
    """Make a run for each further programme and keep the rest in this one; return the new runs."""
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        groups = find_groups(db, actor, run)
        own = imports.get_programme(db, run).code
        others = [one for one in groups if one.code not in (None, own)]
        made = [_make(db, actor, run, one, groups) for one in others]
        if made:
            document = _narrowed(Document.from_json(run.mapping), others)
            run.mapping, run.state, run.counts = document.to_json(), RunState.DRAFT, {}
            imports.clear_findings(db, run.id or 0)
        audit.record_act(
            db,
            actor.name,
            "import.split",
            f"import_run:{run.uuid}",
            runs=[str(one) for one in made],
        )
    return made


def _make(db: Session, actor: Actor, run: ImportRun, own: Group, groups: Sequence[Group]) -> UUID:
    document = Document.from_json(run.mapping)
    kept = _narrowed(document, [one for one in groups if one is not own])
    filled = Keep(_header(document), "filled")
    kept = replace(kept, shape=replace(kept.shape, keep=(*kept.shape.keep, filled)))
    # A table without a name of its own is called as its file is kept: the copy has another name.
    text = json.dumps(kept.to_json())
    for stored in (run.stored_as, *(one.stored_as for one in document.files)):
        copy = uploads.keep(uploads.path_of(stored))
        text = text.replace(Path(stored).stem, Path(copy).stem)
        if stored == run.stored_as:
            first = copy
    made = ImportRun(
        user_id=run.user_id,
        programme_id=imports.find_programme(db, actor, own.code or "").id or 0,
        dataset=run.dataset,
        state=RunState.DRAFT,
        file_name=run.file_name,
        stored_as=first,
        sha256=run.sha256,
        status=run.status,
        mapping=json.loads(text),
        created_at=now(),
    )
    imports.add(db, made)
    told = kept_steps.in_force(db, run.id or 0)
    kept_steps.add(db, made.id or 0, told, actor.name, made.created_at)
    return made.uuid


def _narrowed(document: Document, gone: Iterable[Group]) -> Document:
    """Return the draft without the rows that name the programmes of some groups."""
    header = _header(document)
    out = tuple(Keep(header, "is_not", text) for one in gone for text in one.texts)
    shape = replace(document.shape, keep=(*document.shape.keep, *out))
    return replace(document, shape=shape, decisions={})
