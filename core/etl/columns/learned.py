"""What a person's saved mappings chose for headers: evidence for the next file's suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.permissions import Actor
from core.etl.columns.headers import words
from core.storage import mappings
from core.storage.database import Session


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
