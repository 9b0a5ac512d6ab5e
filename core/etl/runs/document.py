"""What an import run remembers of its file and of the user's choices, as one JSON document."""

from collections.abc import Mapping as Pairs
from dataclasses import asdict, dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from core.domain.fields import Status
from core.errors import InvalidInput, Words
from core.etl.choices import Mapping, Suggestion, read_column
from core.etl.columns.headers import words
from core.etl.tables.shapes import (
    AS_PROPOSED,
    NO_SHAPE,
    Found,
    Layout,
    Shape,
    TableChoice,
    source_row,
)
from core.models import ImportRun, Programme, RunState
from core.storage.importing.receipts import SpaceNames

MOST_INLINE = 5_000
"""Rows that a user waits for; larger files go through the queue."""


@dataclass(frozen=True)
class FileRef:
    """A further file of a run: what the user calls it, and the name it is kept under."""

    file_name: str
    stored_as: str
    sha256: str


@dataclass(frozen=True)
class Known:
    """The saved mapping that a draft began with, the positions of the steps it brought, and the
    columns it says nothing about, until a person has looked at them."""

    name: str
    version: int
    steps: tuple[int, ...] = ()
    fresh: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """The file's tables and how they become one, the suggestions, and the mapping and key column
    once they are settled. `headers` are those of the one table; `files` the further uploads;
    `tables` all that were found, in use or not, with what a person should see of each;
    `decisions` say whom single rows are about (see core/storage/importing/matching), those of the
    rows `together` were taken in one act; `parts` are the runs that a file of several programmes
    became, this one among them; `names` gives a column its name of earlier files, so that what
    it names stays known."""

    layout: Layout
    sheets: tuple[str, ...]
    rows_estimate: int
    suggestions: tuple[Suggestion, ...]
    mapping: Mapping | None = None
    key: str | None = None
    shape: Shape = NO_SHAPE
    headers: tuple[str, ...] = ()
    files: tuple[FileRef, ...] = ()
    decisions: Pairs[int, str] = attribute(default_factory=dict)
    tables: tuple[Found, ...] = ()
    known: Known | None = None
    parts: tuple[str, ...] = ()
    together: tuple[int, ...] = ()
    names: Pairs[str, str] = attribute(default_factory=dict)

    def choose(self, mapping: Mapping, key: str | None) -> "Document":
        """Return the document with a mapping; InvalidInput for a column the file does not have."""
        unknown = {*mapping.columns, *([key] if key else [])} - set(self.headers)
        if unknown:
            names = ", ".join(f"“{header}”" for header in sorted(unknown))
            raise InvalidInput(
                "The file has no column {names}. Choose the columns again.", names=names
            )
        known = replace(self.known, fresh=()) if self.known else None
        return replace(self, mapping=mapping, key=key, known=known)

    def headers_of(self) -> dict[str, str]:
        """Return the header of each mapped field."""
        columns = self.mapping.columns.items() if self.mapping else ()
        return {c.field: header for header, c in columns if c.field and not c.left_out}

    def spaces(self, programme: str) -> SpaceNames:
        """Name the spaces in which the keys of the file's people and households are unique."""
        person = f"key/{self._known_as(self.key)}" if self.key else "fingerprint"
        household = self._known_as(self.headers_of().get("household", ""))
        return SpaceNames(f"{programme}/{person}", f"{programme}/household/{household}")

    def _known_as(self, header: str) -> str:
        return words(self.names.get(header, header))

    def to_json(self) -> dict[str, Any]:
        return {
            "layout": asdict(self.layout),
            "sheets": list(self.sheets),
            "rows_estimate": self.rows_estimate,
            "suggestions": [asdict(one) for one in self.suggestions],
            "mapping": _columns_to_json(self.mapping) if self.mapping else None,
            "key": self.key,
            "shape": self.shape.to_json(),
            "headers": list(self.headers),
            "files": [asdict(one) for one in self.files],
            "decisions": {str(row): choice for row, choice in self.decisions.items()},
            "tables": [asdict(one) for one in self.tables],
            "known": asdict(self.known) if self.known else None,
            "parts": list(self.parts),
            "together": list(self.together),
            "names": dict(self.names),
        }

    @classmethod
    def from_json(cls, kept: Pairs[str, Any]) -> "Document":
        layout = Layout.from_json(kept["layout"])
        return cls(
            layout,
            tuple(kept["sheets"]),
            kept["rows_estimate"],
            tuple(Suggestion(**one) for one in kept["suggestions"]),
            _columns_from_json(kept["mapping"]) if kept["mapping"] else None,
            kept["key"],
            Shape.from_json(kept.get("shape", {})),
            tuple(kept.get("headers", layout.columns)),
            tuple(FileRef(**one) for one in kept.get("files", ())),
            {int(row): choice for row, choice in kept.get("decisions", {}).items()},
            tuple(Found.from_json(one) for one in kept.get("tables", ())),
            _known(kept.get("known")),
            tuple(kept.get("parts", ())),
            tuple(kept.get("together", ())),
            names=dict(kept.get("names", {})),
        )


def _known(kept: Pairs[str, Any] | None) -> Known | None:
    if not kept:
        return None
    fresh = tuple(kept.get("fresh", ()))
    return Known(kept["name"], kept["version"], tuple(kept["steps"]), fresh)


def say_row(document: Document, number: int) -> tuple[str, int]:
    """Return the table that a row comes from, as the user calls it, and its number there."""
    place = source_row(document.shape, number)
    tables = (document.layout, *document.shape.stacked)
    return tables[min(place.table, len(tables) - 1)].label, place.row


def name_row(document: Document, number: int) -> str:
    """Return a row's number as the spreadsheet shows it, with its table where there are several,
    and with the member where the row holds several."""
    place = source_row(document.shape, number)
    table = f" ({say_row(document, number)[0]})" if document.shape.stacked else ""
    member = f".{place.member + 1}" if document.shape.unpivot else ""
    return f"{place.row}{member}{table}"


def _columns_to_json(mapping: Mapping) -> list[dict[str, Any]]:
    # A list: JSONB would not keep the order of an object's keys.
    return [{"header": header, **column.to_json()} for header, column in mapping.columns.items()]


def _columns_from_json(kept: list[dict[str, Any]]) -> Mapping:
    entries = [dict(one) for one in kept]
    return Mapping({(header := one.pop("header")): read_column(header, one) for one in entries})


@dataclass(frozen=True)
class StartImport:
    """A file to bring in: where it lies, what the user calls it, the programme it is for.

    `beside` are further files whose tables are put together with it, `tables` says which are
    taken and how. `source_id`, `cursor` and `parent_id` go into the run as they are.
    """

    path: Path
    file_name: str
    programme_code: str
    status: Status = Status.POTENTIAL
    sheet: str | None = None
    dataset: str = "people"
    beside: tuple[tuple[Path, str], ...] = ()
    source_id: int | None = None
    parent_id: int | None = None
    cursor: Any = None
    tables: TableChoice = AS_PROPOSED


@dataclass(frozen=True)
class RunView:
    """One import run as the user sees it; `again` says that it tried held rows of another."""

    uuid: UUID
    state: RunState
    file_name: str
    programme: str
    status: Status
    document: Document
    counts: dict[str, int]
    created_at: datetime
    error: str | None
    rewound: bool = False
    dataset: str = "people"
    again: bool = False

    @property
    def needs_queue(self) -> bool:
        """Whether the file is too large to make the user wait for it."""
        return self.document.rows_estimate > MOST_INLINE


def view_run(run: ImportRun, programme: Programme) -> RunView:
    """Return what a user sees of a run."""
    return RunView(
        run.uuid,
        run.state,
        run.file_name,
        programme.code,
        run.status,
        Document.from_json(run.mapping),
        {name: value for name, value in run.counts.items() if isinstance(value, int)},
        run.created_at,
        run.error and Words.unpack(run.error),
        run.rewound_at is not None,
        run.dataset,
        run.parent_id is not None,
    )
