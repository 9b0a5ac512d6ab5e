"""What the tables and columns of a source are: settled once, by a person, followed by every run."""

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput
from core.etl.choices import Mapping
from core.etl.columns.remembered import Remembered
from core.etl.remedies.steps import read_step, replayable
from core.etl.runs.document import Document
from core.etl.tables.shapes import Layout, Shape
from core.models import Source
from core.storage import audit, sources
from core.storage.database import Session, transaction
from core.storage.importing import imports, steps


def keep_mapping(actor: Actor, uuid: UUID, run_uuid: UUID) -> None:
    """Take what somebody settled for one run as the source's own from now on: its tables and how
    they become one, its columns and key, and the remedies that can be replayed."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        run = imports.get(db, actor, run_uuid)
        draft = Document.from_json(run.mapping)
        if run.source_id != source.id or draft.mapping is None:
            raise InvalidInput("The columns of that file are not settled, or it is another's.")
        told = [read_step(one) for one in steps.in_force(db, run.id or 0)]
        shape = _bare(draft.shape).to_json()
        kept = Remembered(
            draft.headers,
            draft.mapping,
            draft.key,
            shape,
            tuple(replayable(told, draft.key)),
            draft.names,
        )
        _keep(db, actor, source, kept, asdict(_headless(draft.layout)))


def set_mapping(actor: Actor, uuid: UUID, mapping: Mapping, key: str | None = None) -> None:
    """Settle what a source's columns hold before anything is read."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        headers = dict.fromkeys([*mapping.columns, *([key] if key else [])])
        _keep(db, actor, source, Remembered(tuple(headers), mapping, key), None)


def _keep(
    db: Session, actor: Actor, source: Source, kept: Remembered, layout: dict[str, Any] | None
) -> None:
    source.mapping = {"remembered": kept.to_json(), "layout": layout}
    columns = len(kept.mapping.columns)
    audit.record_act(db, actor.name, "source.mapping", f"source:{source.uuid}", columns=columns)


def _bare(shape: Shape) -> Shape:
    """Return a shape whose tables take their headers from the next answer."""
    joins = tuple(replace(join, table=_headless(join.table)) for join in shape.joins)
    return replace(shape, stacked=tuple(map(_headless, shape.stacked)), joins=joins)


def _headless(layout: Layout) -> Layout:
    return Layout(layout.sheet, layout.header_row, (), file=layout.file, name=layout.name)
