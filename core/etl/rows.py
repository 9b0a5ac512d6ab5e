"""The values that travel through an import: sheets, lines, batches, checked rows and issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
import pyarrow as pa

from core.domain.fields import WASHINGTON_GROUP

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
class Batch:
    """Some rows as text, `_row` and one column per header, with what was wrong in their form."""

    table: pa.Table
    issues: pd.DataFrame


@dataclass(frozen=True)
class Checked:
    """Some rows in canonical, typed form and everything found in them."""

    frame: pd.DataFrame
    issues: pd.DataFrame


ROWS_LEFT_OUT = ("repeated_header", "footer_left_out")
"""Rules about rows of the file that are no data: nothing else is told about them."""

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
