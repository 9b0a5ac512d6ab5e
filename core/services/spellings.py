"""Free texts of a file that are probably the same, written in several ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.etl.rows import PLACES
from core.etl.runs.checking import corrected, steps_of
from core.etl.runs.document import Document
from core.etl.values.clusters import Variants, fingerprint, variants
from core.etl.values.counting import count_values
from core.storage.database import reading
from core.storage.importing import imports

MOST_DISTINCT = 2_000
"""Who has more values than that in a column did not choose them from a list in their head."""
_ROWS_LOOKED_AT = 5_000
_TEXTS = frozenset({None, "address", *PLACES})
"""What a column may hold, or None for one of the file's own: no names, identifiers or codes."""


@dataclass(frozen=True)
class Spelling:
    """One text of a column in its spellings."""

    header: str
    variants: Variants


def find_spellings(actor: Actor, run_uuid: UUID) -> list[Spelling]:
    """Return the texts that occur in several spellings, as the steps leave them, by column.

    Only for columns whose texts repeat: of places, occupations, own columns; not for the key, nor
    where there are more than MOST_DISTINCT values. Empty until the columns are settled.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        told = steps_of(db, run)
    document = Document.from_json(run.mapping)
    frame = corrected(run, told)
    rows = frame.head(_ROWS_LOOKED_AT)
    headers = [
        header for header in _texts(document) if _repeats([row.get(header, "") for row in rows])
    ]
    counts = count_values(frame, headers, MOST_DISTINCT)
    return [
        Spelling(header, one)
        for header in headers
        if not counts[header].more
        for one in variants(counts[header].values)
    ]


def _texts(document: Document) -> Iterator[str]:
    """Yield the headers of the columns of free text, no keys among them."""
    keys = {document.key, *(join.left for join in document.shape.joins)}
    for header, column in document.mapping.columns.items() if document.mapping else ():
        own = column.field is None or column.field.startswith("attribute.")
        if header not in keys and not column.left_out and (own or column.field in _TEXTS):
            yield header


def _repeats(texts: Sequence[str]) -> bool:
    """Say whether texts are each written twice on average: names and numbers of people are not."""
    filled = [text.strip() for text in texts if text.strip()]
    return 0 < 2 * len({fingerprint(text) for text in set(filled)}) <= len(filled)
