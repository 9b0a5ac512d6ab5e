"""Saved mappings: kept from a run, found again by a file's headers, exported and imported."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput
from core.etl.columns.headers import header_print, words
from core.etl.columns.learned import Learned, learned_fields
from core.etl.columns.remembered import NEAR, Remembered, nearness, read_remembered
from core.etl.remedies.steps import read_step, replayable
from core.etl.runs.document import Document
from core.models import SavedMapping
from core.settings import now
from core.storage import imports, mappings, steps
from core.storage.audit import record_act
from core.storage.database import Session, reading, transaction

_LONGEST_NAME, _LARGEST = 200, 5_000_000


@dataclass(frozen=True)
class MappingView:
    """One version of a saved mapping."""

    name: str
    version: int
    dataset: str
    made_by: str
    made_at: datetime
    kept: Remembered


@dataclass(frozen=True)
class Match:
    """A saved mapping that fits a file: exactly, or with some columns `missing` or `fresh`."""

    view: MappingView
    exact: bool
    missing: tuple[str, ...]
    fresh: tuple[str, ...]


def save(actor: Actor, run_uuid: UUID, name: str) -> int:
    """Keep what is settled about a run's columns under a name; return the new version.

    Raises InvalidInput while the run's columns are not settled.
    """
    require(actor, Permission.IMPORT)
    name = _name(name)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid)
        draft = Document.from_json(run.mapping)
        if draft.mapping is None:
            raise InvalidInput("Settle what the columns hold before you save the mapping.")
        remedies = [read_step(one) for one in steps.in_force(db, run.id or 0)]
        shape = json.loads(json.dumps(draft.shape.to_json()))
        kept = Remembered(
            draft.headers, draft.mapping, draft.key, shape, tuple(replayable(remedies, draft.key))
        )
        return _add(db, actor, name, run.dataset, kept)


def _add(db: Session, actor: Actor, name: str, dataset: str, kept: Remembered) -> int:
    # Read back, so that what is kept can be read by whoever gets it.
    document = json.loads(json.dumps(kept.to_json()))
    made = SavedMapping(
        name=name,
        version=0,
        dataset=dataset,
        header_print=header_print(read_remembered(document).headers),
        document=document,
        made_by=actor.name,
        made_at=now(),
    )
    version = mappings.add(db, made)
    record_act(
        db,
        actor.name,
        "mapping.save",
        f"mapping:{made.uuid}",
        version=version,
        dataset=dataset,
        columns=len(kept.mapping.columns),
        steps=len(kept.steps),
    )
    return version


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidInput(f"Give the mapping a name of at most {_LONGEST_NAME} characters.")
    return name


def list_mappings(actor: Actor) -> list[MappingView]:
    """Return the newest version of each mapping the actor may use, latest first."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        return [_view(one) for one in mappings.list_newest(db, actor)]


def describe(actor: Actor, name: str, version: int | None = None) -> MappingView:
    """Return a saved mapping, its newest version by default; NotFound for one out of reach."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        return _view(mappings.get(db, actor, name, version))


def _view(found: SavedMapping) -> MappingView:
    return MappingView(
        found.name,
        found.version,
        found.dataset,
        found.made_by,
        found.made_at,
        read_remembered(found.document),
    )


def find_for(actor: Actor, headers: Sequence[str], dataset: str = "people") -> list[Match]:
    """Return the mappings that fit a file's headers, the best first: the same headers, else at
    least 80 % of them shared; each says which columns differ."""
    require(actor, Permission.IMPORT)
    wanted, folded = header_print(headers), {words(header) for header in headers}
    found = []
    with reading() as db:
        for one in mappings.list_newest(db, actor):
            share = 1.0 if one.header_print == wanted else nearness(_headers(one), headers)
            if one.dataset == dataset and share >= NEAR:
                known = {words(header) for header in _headers(one)}
                missing = tuple(h for h in _headers(one) if words(h) not in folded)
                fresh = tuple(header for header in headers if words(header) not in known)
                exact = one.header_print == wanted
                found.append((exact, share, Match(_view(one), exact, missing, fresh)))
    return [match for _, _, match in sorted(found, key=lambda item: item[:2], reverse=True)]


def _headers(one: SavedMapping) -> list[str]:
    return list(one.document["headers"])


def learned(actor: Actor, headers: Sequence[str], dataset: str = "people") -> dict[str, Learned]:
    """Return what earlier mappings chose for these headers, by folded header, the latest first.

    Evidence for a suggestion; its reason may say: chosen before in “NAME”.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        return learned_fields(db, actor, headers, dataset)


def export_text(actor: Actor, name: str, version: int | None = None) -> str:
    """Return a saved mapping as a JSON text that `import_text` reads."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        found = mappings.get(db, actor, name, version)
        record_act(db, actor.name, "mapping.export", f"mapping:{found.uuid}", version=found.version)
    document = {"name": found.name, "dataset": found.dataset, **found.document}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def import_text(actor: Actor, text: str, name: str | None = None) -> MappingView:
    """Keep a mapping that came as JSON text as a new version; InvalidInput names what is wrong."""
    require(actor, Permission.IMPORT)
    if len(text) > _LARGEST:
        raise InvalidInput("The mapping is larger than 5 MB.")
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"The mapping is not valid JSON: {error}.") from None
    if not isinstance(document, dict):
        raise InvalidInput("A mapping must be a JSON object.")
    own, dataset = document.pop("name", None), document.pop("dataset", "people")
    if not isinstance(own, str | None) or not isinstance(dataset, str) or len(dataset) > 50:
        raise InvalidInput("The mapping's name and dataset must be short texts.")
    chosen = _name(name or own or "")
    kept = read_remembered(document)
    with transaction() as db:
        version = _add(db, actor, chosen, dataset, kept)
    return describe(actor, chosen, version)
