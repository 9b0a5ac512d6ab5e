"""Groups of columns become rows: a household with child 1, child 2 … gives one row per member."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInput
from core.etl.columns.headers import unique_headers
from core.etl.rows import ROW, Batch, Severity, all_issues
from core.etl.tables.shapes import Unpivot


def unpivoted_headers(headers: Sequence[str], unpivot: Unpivot) -> tuple[str, ...]:
    """The headers once the groups have become rows: the shared columns, the members' own."""
    grouped = {header for group in unpivot.groups for header in group}
    missing = sorted(grouped - set(headers))
    if missing:
        raise InvalidInput("The table has no column “{column}” to make rows of.", column=missing[0])
    if not unpivot.groups:
        raise InvalidInput("Name at least one group of columns to make rows of.")
    shared = [header for header in headers if header not in grouped]
    own = list(dict.fromkeys(new for group in unpivot.groups for new in group.values()))
    if twice := [header for header in own if header in shared]:
        raise InvalidInput(
            "“{column}” is a column already; give the members' column another.", column=twice[0]
        )
    if not unpivot.labels:
        return (*shared, *own)
    if len(unpivot.labels) != len(unpivot.groups):
        raise InvalidInput("Each group of columns needs its own label, or none has one.")
    return unique_headers([*shared, *own, unpivot.label_header])


def unpivot_batch(batch: Batch, unpivot: Unpivot) -> Batch:
    """Make one row per group that is not blank; row numbers are those of the row times groups.

    A row whose groups are all blank stays as its first, so that nobody vanishes unseen.
    """
    before, width = batch.table, len(unpivot.groups)
    headers = unpivoted_headers([name for name in before.column_names if name != ROW], unpivot)
    numbers = before[ROW].to_numpy() * width
    filled = np.column_stack([_filled(before, list(group)) for group in unpivot.groups])
    filled[~filled.any(axis=1), 0] = True
    parts = []
    for position, group in enumerate(unpivot.groups):
        names = {new: old for old, new in group.items()}
        blank = pa.nulls(before.num_rows, pa.string())
        columns = [
            before[names[header]]
            if header in names
            else before[header]
            if header in before.column_names and _is_shared(header, unpivot)
            else blank
            for header in headers
        ]
        if unpivot.labels:
            columns[-1] = pa.array([unpivot.labels[position]] * before.num_rows, pa.string())
        table = pa.table([pa.array(numbers + position), *columns], names=[ROW, *headers])
        parts.append(table.filter(pa.array(filled[:, position])))
    after = pa.concat_tables(parts).sort_by(ROW)
    return Batch(after, _issues(batch.issues, after[ROW].to_numpy(), unpivot))


def _is_shared(header: str, unpivot: Unpivot) -> bool:
    return not any(header in group for group in unpivot.groups)


def _filled(table: pa.Table, headers: list[str]) -> np.ndarray:
    found = np.zeros(table.num_rows, dtype=bool)
    for header in headers:
        texts = pc.utf8_trim_whitespace(table[header])
        found |= pc.fill_null(pc.not_equal(texts, ""), False).to_numpy()
    return found


def _issues(issues: pd.DataFrame, numbers: np.ndarray, unpivot: Unpivot) -> pd.DataFrame:
    """Tell each member what was found in its own columns, and all of them what is grave."""
    if not len(issues):
        return issues
    width = len(unpivot.groups)
    owner = {
        header: (position, new)
        for position, group in enumerate(unpivot.groups)
        for header, new in group.items()
    }
    told = []
    for issue in issues.to_dict("records"):
        first = int(issue["row"]) * width
        place = owner.get(issue["column"])
        start, end = np.searchsorted(numbers, [first, first + width]).tolist()
        here = numbers[start:end].tolist() or [first]
        if place and first + place[0] in here:
            told.append({**issue, "row": first + place[0], "column": place[1]})
        elif issue["severity"] == Severity.CRITICAL.value:
            told += [{**issue, "row": number} for number in here]
        else:
            told.append({**issue, "row": here[0]})
    return all_issues([pd.DataFrame(told).astype(issues.dtypes.to_dict())])
