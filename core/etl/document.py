"""What an import run remembers of its file and of the user's choices, as one JSON document."""

from collections.abc import Mapping as Pairs
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from core.domain.fields import Status
from core.errors import InvalidInput
from core.etl.choices import Column, Mapping, Suggestion
from core.etl.headers import words
from core.etl.shapes import Layout
from core.models import ImportRun, Programme, RunState
from core.storage.receipts import SpaceNames

MOST_INLINE = 5_000
"""Rows that a user waits for; larger files go through the queue."""


@dataclass(frozen=True)
class Document:
    """The file's table, the suggestions, and the mapping and key column once they are settled."""

    layout: Layout
    sheets: tuple[str, ...]
    rows_estimate: int
    suggestions: tuple[Suggestion, ...]
    mapping: Mapping | None = None
    key: str | None = None

    def choose(self, mapping: Mapping, key: str | None) -> "Document":
        """Return the document with a mapping; InvalidInput for a column the file does not have."""
        unknown = {*mapping.columns, *([key] if key else [])} - set(self.layout.headers)
        if unknown:
            names = ", ".join(f"“{header}”" for header in sorted(unknown))
            raise InvalidInput(f"The file has no column {names}. Choose the columns again.")
        return replace(self, mapping=mapping, key=key)

    def headers_of(self) -> dict[str, str]:
        """Return the header of each mapped field."""
        columns = self.mapping.columns.items() if self.mapping else ()
        return {column.field: header for header, column in columns if column.field}

    def spaces(self, programme: str) -> SpaceNames:
        """Name the spaces in which the keys of the file's people and households are unique."""
        person = f"key/{words(self.key)}" if self.key else "fingerprint"
        household = words(self.headers_of().get("household", ""))
        return SpaceNames(f"{programme}/{person}", f"{programme}/household/{household}")

    def to_json(self) -> dict[str, Any]:
        return {
            "layout": asdict(self.layout),
            "sheets": list(self.sheets),
            "rows_estimate": self.rows_estimate,
            "suggestions": [asdict(one) for one in self.suggestions],
            "mapping": _columns_to_json(self.mapping) if self.mapping else None,
            "key": self.key,
        }

    @classmethod
    def from_json(cls, kept: Pairs[str, Any]) -> "Document":
        layout = kept["layout"]
        return cls(
            Layout(
                layout["sheet"],
                layout["header_row"],
                tuple(layout["headers"]),
                tuple(layout["skipped_rows"]),
            ),
            tuple(kept["sheets"]),
            kept["rows_estimate"],
            tuple(Suggestion(**one) for one in kept["suggestions"]),
            _columns_from_json(kept["mapping"]) if kept["mapping"] else None,
            kept["key"],
        )


def _columns_to_json(mapping: Mapping) -> list[dict[str, Any]]:
    # A list: JSONB would not keep the order of an object's keys.
    return [
        {
            "header": header,
            "field": column.field,
            "date_order": column.date_order,
            "values": dict(column.values),
        }
        for header, column in mapping.columns.items()
    ]


def _columns_from_json(kept: list[dict[str, Any]]) -> Mapping:
    return Mapping(
        {one["header"]: Column(one["field"], one["date_order"], one["values"]) for one in kept}
    )


@dataclass(frozen=True)
class StartImport:
    """A file to bring in: where it lies, what the user calls it, the programme it is for."""

    path: Path
    file_name: str
    programme_code: str
    status: Status = Status.POTENTIAL
    sheet: str | None = None


@dataclass(frozen=True)
class RunView:
    """One import run as the user sees it."""

    uuid: UUID
    state: RunState
    file_name: str
    programme: str
    status: Status
    document: Document
    counts: dict[str, int]
    created_at: datetime
    error: str | None

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
        run.error,
    )
