"""What a person settled for earlier files: evidence for the next file's suggestions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.permissions import Actor
from core.etl.columns.headers import words
from core.etl.values.codes import NO_ANSWER
from core.storage.database import Session
from core.storage.importing import import_list, mappings

_RUNS, _PUBLISHED = 30, import_list.RunFilter(import_list.RunKind.PUBLISHED)
"""So many of somebody's latest imports are looked through, none that was taken back."""


@dataclass(frozen=True)
class Learned:
    """The field that was chosen for a header, and the mapping that chose it."""

    field: str
    name: str


def learned_fields(
    db: Session, actor: Actor, headers: Sequence[str], dataset: str
) -> dict[str, Learned]:
    """Return what the actor's mappings chose for these headers, by folded header, latest first."""
    wanted = {words(header) for header in headers} - {""}
    found: dict[str, Learned] = {}
    for one in mappings.list_newest(db, actor):
        if one.dataset != dataset:
            continue
        for column in one.document["columns"]:
            folded = words(column["header"])
            if folded in wanted and column.get("field"):
                found.setdefault(folded, Learned(column["field"], one.name))
    return found


def learned_values(
    db: Session, actor: Actor, fields: Mapping[str, str], dataset: str
) -> dict[str, dict[str, str]]:
    """Return what values of columns were said to mean, by header, then by value: under the same
    folded header and field, in the actor's mappings, then in files they published, latest first.

    `fields` gives the field of each header.
    """
    found: dict[str, dict[str, str]] = {header: {} for header in fields}
    wanted = {(words(header), field): header for header, field in fields.items()}
    for column in _settled(db, actor, dataset):
        header = wanted.get((words(column["header"]), column.get("field") or ""))
        if header is not None:
            for value, code in column.get("values", {}).items():
                found[header].setdefault(value, code or NO_ANSWER)
    return {header: values for header, values in found.items() if values}


def _settled(db: Session, actor: Actor, dataset: str) -> Iterator[Mapping[str, Any]]:
    """Yield the columns of earlier files, the latest first."""
    documents: list[Iterable[Mapping[str, Any]]] = [
        one.document["columns"] for one in mappings.list_newest(db, actor) if one.dataset == dataset
    ]
    documents += [
        run.mapping.get("mapping") or ()
        for run in import_list.list_own(db, actor, _RUNS, wanted=_PUBLISHED)
        if run.dataset == dataset
    ]
    for columns in documents:
        yield from columns
