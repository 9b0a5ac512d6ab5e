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
from core.etl.choices import Column
from core.etl.choices import Mapping as Settled
from core.etl.datasets import find_dataset
from core.etl.runs.checking import frame_of
from core.etl.runs.document import Document
from core.etl.tables.shapes import Keep
from core.models import ImportRun, Programme, RunState
from core.settings import now
from core.storage import audit, programmes
from core.storage.database import Session, transaction
from core.storage.importing import imports, uploads
from core.storage.importing import steps as kept_steps

_ROWS_LOOKED_AT = 1_000
"""From so many rows at the top it is told whether a column names programmes."""


@dataclass(frozen=True)
class Group:
    """The rows of one programme, by its code, and the texts that name it in the file; `code` is
    None for texts that name no programme within reach."""

    code: str | None
    texts: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Groups:
    """The column that says which programme a row belongs to, the groups, the run's own first and
    the unknown last, and how many rows name none: they belong to the run's own."""

    header: str
    groups: tuple[Group, ...]
    blank: int
    own: str

    @property
    def others(self) -> tuple[Group, ...]:
        """The groups of the further programmes within reach."""
        return tuple(one for one in self.groups if one.code not in (None, self.own))


def find_groups(db: Session, actor: Actor, run: ImportRun) -> Groups | None:
    """Return the programmes that the rows of a run name; None where no column does, and for a run
    that is not about one file of people."""
    known = _known(actor, programmes.list_all(db))
    header = _header(run, known)
    if header is None:
        return None
    counts: dict[str, int] = defaultdict(int)
    for batch in frame_of(run).batches(columns=[header]):
        texts = pc.utf8_trim_whitespace(batch.table[header].fill_null(""))
        for one in pc.value_counts(texts).to_pylist():
            counts[one["values"]] += one["counts"]
    blank = counts.pop("", 0)
    found: dict[str | None, list[str]] = defaultdict(list)
    for text in counts:
        found[known.get(fold_name(text))].append(text)
    own = imports.get_programme(db, run).code
    order = sorted(found, key=lambda code: (code is None, code != own, code or ""))
    groups = tuple(_group(code, found[code], counts) for code in order)
    return Groups(header, groups, blank, own)


def _group(code: str | None, texts: Sequence[str], counts: Mapping[str, int]) -> Group:
    return Group(code, tuple(sorted(texts)), sum(counts[text] for text in texts))


def _header(run: ImportRun, known: Mapping[str, str]) -> str | None:
    """Return the column that a person or its name says to be the programme, else the first whose
    filled cells mostly name programmes within reach, several of them."""
    if run.source_id or run.parent_id or not find_dataset(run.dataset).of_people:
        return None
    document = Document.from_json(run.mapping)
    named = [one.header for one in document.suggestions if one.field == "programme"]
    said = document.headers_of().get("programme") or next(iter(named), None)
    if said is not None:
        return said
    rows = frame_of(run).head(_ROWS_LOOKED_AT)
    for header in document.headers:
        filled = [text for row in rows if (text := fold_name(row.get(header, "")))]
        meant = [known[text] for text in filled if text in known]
        if len(set(meant)) > 1 and 2 * len(meant) >= len(filled):
            return header
    return None


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
        found = find_groups(db, actor, run)
        if found is None:
            raise InvalidInput(
                "No column says which programme a row belongs to. Map one to the programme first."
            )
        made = [_make(db, actor, run, one, found) for one in found.others]
        if made:
            document = _narrowed(Document.from_json(run.mapping), found.header, found.others)
            left = document.rows_estimate - sum(one.rows for one in found.others)
            document = replace(document, rows_estimate=max(left, 0))
            run.mapping, run.state, run.counts = document.to_json(), RunState.DRAFT, {}
            imports.clear_findings(db, run.id or 0)
            parts = [str(one.uuid) for one in (run, *made)]
            for one in (run, *made):
                one.mapping = {**one.mapping, "parts": parts}
        audit.record_act(
            db,
            actor.name,
            "import.split",
            f"import_run:{run.uuid}",
            runs=[str(one.uuid) for one in made],
        )
        return [one.uuid for one in made]


def _make(db: Session, actor: Actor, run: ImportRun, own: Group, found: Groups) -> ImportRun:
    document, header = Document.from_json(run.mapping), found.header
    kept = _narrowed(document, header, [one for one in found.groups if one is not own])
    filled = Keep(header, "filled")
    shape = replace(kept.shape, keep=(*kept.shape.keep, filled))
    kept = replace(kept, shape=shape, rows_estimate=own.rows)
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
    return made


def _narrowed(document: Document, header: str, gone: Iterable[Group]) -> Document:
    """Return the draft without the rows that name the programmes of some groups. Its column is
    the programme from now on, so that what names none is held and not taken for the run's own."""
    out = tuple(Keep(header, "is_not", text) for one in gone for text in one.texts)
    shape = replace(document.shape, keep=(*document.shape.keep, *out))
    suggestions = tuple(
        replace(one, field="programme", confidence=1.0, safe=True) if one.header == header else one
        for one in document.suggestions
    )
    mapping = document.mapping
    if mapping is not None and "programme" not in document.headers_of():
        mapping = Settled({**mapping.columns, header: Column("programme")})
    return replace(document, shape=shape, decisions={}, suggestions=suggestions, mapping=mapping)
