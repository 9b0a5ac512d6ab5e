"""Saved mappings: kept from a run, found again by a file's headers, exported and imported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput
from core.etl.choices import Suggestion
from core.etl.columns.headers import header_print
from core.etl.columns.learned import Learned, learned_fields
from core.etl.columns.learned import learned_values as find_values
from core.etl.columns.remembered import NEAR, Remembered, pair, read_remembered, sure_fields
from core.etl.columns.remembered import apply as apply_kept
from core.etl.remedies.steps import read_step, replayable
from core.etl.runs.document import Document, Known
from core.models import ImportRun, RunState, SavedMapping
from core.settings import now
from core.storage.audit import record_act
from core.storage.database import Session, reading, transaction
from core.storage.importing import imports, mappings, steps

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
    """A saved mapping that fits a file: exactly, or with some columns `missing` or `fresh`, or
    `renamed`, by their new name."""

    view: MappingView
    exact: bool
    missing: tuple[str, ...]
    fresh: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)


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
            draft.headers,
            draft.mapping,
            draft.key,
            shape,
            tuple(replayable(remedies, draft.key)),
            draft.names,
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
        raise InvalidInput(
            "Give the mapping a name of at most {most} characters.", most=_LONGEST_NAME
        )
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


def find_for(
    actor: Actor,
    headers: Sequence[str],
    dataset: str = "people",
    suggestions: Sequence[Suggestion] = (),
) -> list[Match]:
    """Return the mappings that fit a file's headers, the best first: the same headers, else most
    of them shared; each says which columns differ. By the `suggestions` for them, columns are
    known again that have another name."""
    require(actor, Permission.IMPORT)
    wanted = header_print(headers)
    fields = dict.fromkeys(headers) | sure_fields(suggestions)
    found = []
    with reading() as db:
        for one in mappings.list_newest(db, actor):
            if one.dataset != dataset:
                continue
            view, exact = _view(one), one.header_print == wanted
            paired = pair(view.kept, fields)
            if exact or paired.nearness >= NEAR:
                match = Match(view, exact, paired.missing, paired.fresh, paired.renamed)
                found.append((exact, paired.nearness, match))
    return [match for _, _, match in sorted(found, key=lambda item: item[:2], reverse=True)]


def apply(actor: Actor, run_uuid: UUID, name: str, version: int | None = None) -> None:
    """Begin a draft with a saved mapping: its columns, key and remedies, as far as they find their
    columns. Columns it says nothing about, or knows by another name, are left to be asked about
    (Known.fresh).

    Raises NotFound for a mapping out of reach, Conflict for a published run.
    """
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        _apply(db, actor, run, mappings.get(db, actor, name, version))


def apply_exact(actor: Actor, run_uuid: UUID) -> bool:
    """Begin a draft with the mapping that was saved last for the very same headers; return whether
    there is one. A draft whose columns are settled stays as it is."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *imports.CHECKABLE)
        draft = Document.from_json(run.mapping)
        if draft.mapping is not None:
            return False
        wanted = header_print(draft.headers)
        for one in mappings.list_newest(db, actor):
            if (one.header_print, one.dataset) == (wanted, run.dataset):
                _apply(db, actor, run, one)
                return True
    return False


def _apply(db: Session, actor: Actor, run: ImportRun, found: SavedMapping) -> None:
    draft = Document.from_json(run.mapping)
    fitted = apply_kept(read_remembered(found.document), draft.suggestions, renamed=True)
    # What somebody else's file brings as a step may not set a rule aside.
    told = replayable([read_step(one) for one in fitted.steps], fitted.key)
    positions = steps.add(db, run.id or 0, told, actor.name, now())
    known = Known(found.name, found.version, tuple(positions), fitted.fresh)
    draft = replace(draft.choose(fitted.mapping, fitted.key), known=known, names=fitted.names)
    run.mapping, run.state, run.counts = draft.to_json(), RunState.DRAFT, {}
    imports.clear_findings(db, run.id or 0)
    record_act(
        db,
        actor.name,
        "mapping.apply",
        f"import_run:{run.uuid}",
        mapping=str(found.uuid),
        version=found.version,
        columns=len(fitted.mapping.columns),
        steps=len(positions),
    )


def learned(actor: Actor, headers: Sequence[str], dataset: str = "people") -> dict[str, Learned]:
    """Return what earlier mappings chose for these headers, by folded header, the latest first.

    Evidence for a suggestion; its reason may say: chosen before in “NAME”.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        return learned_fields(db, actor, headers, dataset)


def learned_values(
    actor: Actor, fields: Mapping[str, str], dataset: str = "people"
) -> dict[str, dict[str, str]]:
    """Return what values of columns were said to mean in earlier files with the same header and
    field, by header; `fields` gives the field of each. Offered in the next file, never in force."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        return find_values(db, actor, fields, dataset)


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
        raise InvalidInput("The mapping is not valid JSON: {reason}.", reason=str(error)) from None
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
