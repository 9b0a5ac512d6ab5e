"""The way of a file: find the table, suggest what its columns hold, check every row."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX
from core.errors import InvalidInput
from core.etl import cells as text
from core.etl import normalise
from core.etl.choices import Column, Mapping, Suggestion
from core.etl.columns import mapping
from core.etl.columns.headers import slug
from core.etl.frame import Frame
from core.etl.rows import (
    ROW,
    Batch,
    Checked,
    Severity,
    Sheet,
    all_issues,
    issue_frame,
    no_issues,
)
from core.etl.rules import validate
from core.etl.rules.suite import Suite, load_suite
from core.etl.tables import child_works
from core.etl.tables.looking import Files
from core.etl.tables.shapes import Layout, Shape, TableChoice
from core.etl.values import convert, evidence

default_mapping = mapping.default_mapping


@dataclass(frozen=True)
class Inspection:
    """What a file looks like before anything is decided: its sheets, its table, its first rows."""

    sheets: tuple[Sheet, ...]
    layout: Layout
    shape: Shape
    suggestions: tuple[Suggestion, ...]
    sample: tuple[dict[str, str], ...]
    rows_estimate: int


def inspect(path: Path, sheet: str | None = None, header_row: int | None = None) -> Inspection:
    """Find the table of a file unless it is given, and suggest each column's field."""
    choice = TableChoice((sheet,) if sheet is not None else (), header_row=header_row)
    seen = child_works.inspect(Files((path,), (path.name,)), choice)
    suggestions = tuple(suggest(seen.headers, seen.sample))
    tables = seen.tables
    return Inspection(
        seen.sheets, tables.layout, tables.shape, suggestions, seen.sample, seen.rows_estimate
    )


def suggest(
    headers: Sequence[str],
    sample: Sequence[dict[str, str]],
    learned: Pairs[str, str | None] | None = None,
) -> list[Suggestion]:
    """Suggest each column's field; `learned` is what people chose for such headers before."""
    return mapping.suggest(headers, [list(row.values()) for row in sample], learned)


def check(
    frame: Frame,
    mapping: Mapping,
    *,
    today: date,
    batch_rows: int = 50_000,
    key: str | None = None,
    suite: Suite | None = None,
) -> Iterator[Checked]:
    """Read the frame twice, once for evidence and once for good, and yield its rows checked.

    Every row of the frame that is not blank comes out once, in order; rows with a critical issue
    are to be held. `key` is the column that names a record in its source; without a `suite` the
    shipped one is in force. Rules that compare rows with all others take a third reading.
    """
    _check_headers(frame, mapping, key)
    plan = settle(frame, mapping, today, key)
    suite, seen, notes = suite or load_suite(), _Seen(mapping, key), plan.notes
    whole = validate.Repeats(suite, today)
    for batch in frame.batches(batch_rows) if suite.whole_file else ():
        whole.learn(normalise.normalise(batch.table, plan).frame)
    for batch in frame.batches(batch_rows):
        checked = check_batch(batch, plan, suite, whole)
        structural = _crooked(batch)
        repeats = all_issues(seen.repeats(batch.table, checked.frame, structural))
        repeats = repeats[~repeats["row"].isin(structural)]
        yield Checked(checked.frame, all_issues([notes, checked.issues, repeats]))
        notes = no_issues()


def check_batch(
    batch: Batch, plan: normalise.Plan, suite: Suite, whole: validate.Repeats | None = None
) -> Checked:
    """Check what the rows of a batch show by themselves, and by `whole` beside all the others."""
    checked = normalise.normalise(batch.table, plan)
    known = whole or validate.Repeats(suite, plan.today)
    broken = validate.run(suite, checked.frame, plan.today, known)
    headers = _headers(plan.mapping)
    for header in batch.table.column_names:  # a column without a field is kept as an attribute
        if plan.mapping.columns.get(header, Column()).field is None:
            headers.setdefault(f"{ATTRIBUTE_PREFIX}{slug(header)}", header)
    broken["column"] = broken["field"].map(headers).fillna("")
    # That a whole column is absent is no news about each row, unless rows cannot do without.
    broken = broken[(broken["column"] != "") | (broken["severity"] == Severity.CRITICAL)]
    broken = broken[~_explained(broken, checked.issues)]
    found = all_issues([checked.issues, broken])
    found = found[~found["row"].isin(_crooked(batch))]
    return Checked(checked.frame, all_issues([batch.issues, found]))


def _crooked(batch: Batch) -> set[int]:
    """The rows whose form is wrong: what their cells seem to hold says nothing."""
    grave = batch.issues["severity"] == Severity.CRITICAL.value
    return set(batch.issues.loc[grave, "row"])


def _explained(broken: pd.DataFrame, issues: pd.DataFrame) -> np.ndarray:
    """Say which blanks an issue of their own explains: a date nobody can read is not missing."""
    told = set(zip(issues["row"], issues["field"].replace("age", "birth_date"), strict=True))
    blank = (broken["value"] == "").tolist()
    pairs = zip(blank, broken["row"], broken["field"], strict=True)
    return np.array([empty and (row, name) in told for empty, row, name in pairs], dtype=bool)


def _check_headers(frame: Frame, mapping: Mapping, key: str | None) -> None:
    named = {*mapping.columns, *([key] if key is not None else [])}
    missing = sorted(named - set(frame.headers))
    if missing:
        names = ", ".join(f"“{name}”" for name in missing)
        raise InvalidInput("The file has no column {names}. Choose the columns again.", names=names)


def _headers(mapping: Mapping) -> dict[str, str]:
    """The header to name for each field, also where a field follows from other columns."""
    columns = mapping.columns.items()
    found = {c.field: header for header, c in columns if c.field and not c.left_out}
    for derived, sources in (
        ("full_name", ("family_name", "given_name")),
        ("birth_date", ("age",)),
        ("is_head", ("relationship_to_head",)),
    ):
        source = next((found[name] for name in sources if name in found), None)
        if derived not in found and source is not None:
            found[derived] = source
    return found


def settle(frame: Frame, mapping: Mapping, today: date, key: str | None) -> normalise.Plan:
    """Read some columns once through: orders, decimal marks and meanings need the whole file."""
    learning = evidence.Learning(mapping, today)
    if learning.headers:
        for batch in frame.batches(100_000, learning.headers):
            learning.add(batch.table)
    found = learning.settle()
    return normalise.Plan(
        mapping, today, found.orders, found.codes, key, found.decimals, found.notes
    )


@dataclass
class _First:
    """The first row of each value, as sorted 64-bit hashes: 16 bytes per row of the file."""

    known: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def earlier(self, hashed: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """For each row the first row with the same value, 0 where it is the first itself."""
        hashes = np.concatenate([self.known, hashed])
        owners = np.concatenate([self.rows, rows])
        unique, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        owner = owners[first]
        self.known, self.rows = unique, owner
        mine = owner[inverse[len(hashes) - len(rows) :]]
        return np.where(mine == rows, 0, mine)


class _Seen:
    """What earlier rows of the file held: fingerprints, keys and identifiers."""

    def __init__(self, mapping: Mapping, key: str | None) -> None:
        self._key = key
        self._prints, self._keys = _First(), _First()
        self._identifiers = {
            header: (column, _First())
            for header, column in mapping.columns.items()
            if column.field and column.field.startswith(IDENTIFIER_PREFIX) and not column.left_out
        }

    def repeats(self, table: pa.Table, frame: pd.DataFrame, held: set[int]) -> list[pd.DataFrame]:
        """Report rows that repeat an earlier one whole, its key, or one of its identifiers."""
        sound = frame[~frame["row"].isin(held)] if held else frame
        rows = sound["row"].to_numpy()
        first = self._prints.earlier(_hashed(sound["fingerprint"].tolist()), rows)
        parts = [_repeated(rows, first, "duplicate_in_file", "")]
        if self._key is not None:
            keys = self._keys.earlier(_hashed(sound["key"].tolist()), rows)
            keys = np.where(first > 0, 0, keys)
            parts.append(_repeated(rows, keys, "duplicate_in_file", self._key))
        known = set(rows[first > 0].tolist()) | held
        for header, (column, state) in self._identifiers.items():
            if header == self._key:
                continue
            cells = text.cells_of(table, header).without(column.blanks)
            found = cells.spread(convert.to_match_forms(cells.distinct, str(column.field)))
            filled = np.asarray(pc.is_valid(found)) & ~np.isin(table[ROW].to_numpy(), list(known))
            numbers = table[ROW].to_numpy()[filled]
            texts = found.filter(pa.array(filled)).to_pylist()
            repeated = state.earlier(_hashed(texts), numbers)
            parts.append(_repeated(numbers, repeated, "identifier_repeated", header))
        return parts


def _hashed(texts: Sequence[str]) -> np.ndarray:
    # Python's own hash is keyed anew in each process, so that no file can be made to collide.
    return np.fromiter(map(hash, texts), dtype=np.int64, count=len(texts))


def _repeated(rows: np.ndarray, first: np.ndarray, rule: str, column: str) -> pd.DataFrame:
    where = first > 0
    return issue_frame(
        rows[where], rule, Severity.CRITICAL, column=column, values=first[where].tolist()
    )
