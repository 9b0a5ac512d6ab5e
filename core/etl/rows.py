"""The values that travel through an import: sheets, layouts, mappings, batches and issues."""

import json
from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import StrEnum
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa

from core.domain.fields import (
    ATTRIBUTE_PREFIX,
    FIELDS,
    IDENTIFIER_PREFIX,
    WASHINGTON_GROUP,
)
from core.errors import InvalidInput

ROW = "_row"
"""The column of a batch with the row's number as a spreadsheet shows it, from 1."""

PLACES = ("location.1", "location.2", "location.3", "location.4", "location")
DATES = ("birth_date", "registered_on", "enrolled_on")
CODES = ("sex", "marital_status", "relationship_to_head", "status")
FLAGS = ("disability", "is_head")
NAMES = ("full_name", "given_name", "middle_name", "family_name")
KEPT_TEXTS = ("phone", "email", "address", "account", "household", "programme")

TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(NAMES, pa.string()),
    "sex": pa.string(),
    "birth_date": pa.timestamp("s"),
    "birth_precision": pa.string(),
    "disability": pa.bool_(),
    **dict.fromkeys(WASHINGTON_GROUP, pa.int8()),
    "marital_status": pa.string(),
    "relationship_to_head": pa.string(),
    "is_head": pa.bool_(),
    "household": pa.string(),
    "household_size": pa.int32(),
    "phone": pa.string(),
    "email": pa.string(),
    "address": pa.string(),
    "account": pa.string(),
    "poverty_score": pa.float64(),
    "registered_on": pa.timestamp("s"),
    "enrolled_on": pa.timestamp("s"),
    "status": pa.string(),
    "programme": pa.string(),
    **dict.fromkeys(PLACES, pa.string()),
}
"""The typed columns of a checked frame; row, identifiers, attributes and the hashes come on top."""


class Severity(StrEnum):
    """How bad an issue is: a row with a critical one is held back, the others are published."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Sheet:
    """One table of a file; rows and columns are what the file declares or an estimate."""

    name: str
    hidden: bool
    rows: int
    columns: int


@dataclass(frozen=True)
class Line:
    """One record as read, with its number as a spreadsheet shows it."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Where the table stands: its sheet, its header row, its headers, rows that are not data."""

    sheet: str
    header_row: int
    headers: tuple[str, ...]
    skipped_rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """What a column probably holds; `safe` when it may be imported without a person's word."""

    header: str
    field: str | None
    confidence: float
    reason: str
    safe: bool


@dataclass(frozen=True)
class Column:
    """What one column holds: a field or None (kept as attribute), and how to read its values."""

    field: str | None = None
    date_order: str | None = None
    values: Pairs[str, str] = attribute(default_factory=dict)


def is_target(name: str) -> bool:
    """Whether a column may be mapped to `name`."""
    if name in PLACES or (name in FIELDS and name not in {"registration_no", "since"}):
        return name != "birth_precision"
    return any(
        name.startswith(prefix) and len(name) > len(prefix)
        for prefix in (IDENTIFIER_PREFIX, ATTRIBUTE_PREFIX)
    )


@dataclass(frozen=True)
class Mapping:
    """What each column of a file holds, by header; a header that is not listed is kept too."""

    columns: Pairs[str, Column]

    def __post_init__(self) -> None:
        taken: dict[str, str] = {}
        for header, column in self.columns.items():
            if column.date_order not in {None, "DMY", "MDY", "YMD"}:
                raise InvalidInput(f"The date order of “{header}” must be DMY, MDY or YMD.")
            if column.field is None:
                continue
            if not is_target(column.field):
                raise InvalidInput(f"“{column.field}”, chosen for “{header}”, cannot be imported.")
            if column.field in taken:
                raise InvalidInput(
                    f"“{taken[column.field]}” and “{header}” are both mapped to {column.field}. "
                    "Keep one and leave the other unmapped: it stays as an attribute."
                )
            taken[column.field] = header

    def to_json(self) -> str:
        return json.dumps(
            {
                header: {
                    "field": column.field,
                    **({"date_order": column.date_order} if column.date_order else {}),
                    **({"values": dict(column.values)} if column.values else {}),
                }
                for header, column in self.columns.items()
            },
            ensure_ascii=False,
            indent=2,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; a plain `{"header": "field"}` is accepted as well.

        Raises InvalidInput for anything else.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"The mapping is not valid JSON: {error}.") from error
        if not isinstance(document, dict):
            raise InvalidInput('The mapping must be an object such as {"Full name": "full_name"}.')
        return cls({header: _column(header, entry) for header, entry in document.items()})


def _column(header: str, entry: object) -> Column:
    if entry is None or isinstance(entry, str):
        return Column(entry)
    if not isinstance(entry, dict) or not set(entry) <= {"field", "date_order", "values"}:
        raise InvalidInput(f"The mapping of “{header}” may have field, date_order and values only.")
    values = entry.get("values", {})
    texts = (entry.get("field"), entry.get("date_order"))
    if not isinstance(values, dict) or not all(isinstance(text, str | None) for text in texts):
        raise InvalidInput(f"The mapping of “{header}” holds a value of the wrong type.")
    return Column(*texts, {str(raw): str(code) for raw, code in values.items()})


@dataclass(frozen=True)
class Batch:
    """Some rows as text, `_row` and one column per header, with what was wrong in their form."""

    table: pa.Table
    issues: pd.DataFrame


@dataclass(frozen=True)
class Checked:
    """Some rows in canonical, typed form and everything found in them."""

    frame: pd.DataFrame
    issues: pd.DataFrame


ISSUE_COLUMNS = ("row", "column", "field", "rule", "severity", "value")


def issue_frame(
    rows: Sequence[int] | np.ndarray,
    rule: str,
    severity: Severity,
    *,
    column: str = "",
    field: str = "",
    values: Sequence[object] | str = "",
) -> pd.DataFrame:
    """One issue per row number; `values` is one text for all or one value per row."""
    texts = [values] * len(rows) if isinstance(values, str) else [_shown(v) for v in values]
    return pd.DataFrame(
        {
            "row": np.asarray(rows, dtype="int64"),
            "column": pd.Series([column] * len(rows), dtype="str"),
            "field": pd.Series([field] * len(rows), dtype="str"),
            "rule": pd.Series([rule] * len(rows), dtype="str"),
            "severity": pd.Series([severity.value] * len(rows), dtype="str"),
            "value": pd.Series(texts, dtype="str"),
        }
    )


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:200]


def no_issues() -> pd.DataFrame:
    return issue_frame([], "", Severity.INFO)


def all_issues(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put issue frames together, ordered by row."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return no_issues()
    return pd.concat(filled, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)
