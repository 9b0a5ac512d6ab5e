"""The way of a file: find the table, suggest what its columns hold, check every row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import IDENTIFIER_PREFIX, WASHINGTON_GROUP
from core.errors import InvalidInput
from core.etl import cells as text
from core.etl import convert, dates, mapping, normalise, validate, values
from core.etl.choices import Mapping, Suggestion
from core.etl.extract import extractor_for
from core.etl.frame import Frame
from core.etl.layout import choose_sheet, find_layout, layout_at
from core.etl.rows import (
    CODES,
    DATES,
    FLAGS,
    ROW,
    Checked,
    Line,
    Severity,
    Sheet,
    all_issues,
    issue_frame,
)
from core.etl.shapes import Layout
from core.etl.suite import load_suite

SAMPLE_ROWS = 1_000
_MOST_CODES = 5_000
"""A column of codes with more distinct values is none; the rest is reported as unknown."""

default_mapping = mapping.default_mapping


@dataclass(frozen=True)
class Inspection:
    """What a file looks like before anything is decided."""

    sheets: tuple[Sheet, ...]
    layout: Layout
    suggestions: tuple[Suggestion, ...]
    sample: tuple[Line, ...]
    rows_estimate: int


def inspect(path: Path, sheet: str | None = None, header_row: int | None = None) -> Inspection:
    """Find the sheet and the header row unless they are given, and suggest each column's field."""
    extractor = extractor_for(path)
    sheets = tuple(extractor.sheets(path))
    chosen = choose_sheet(sheets) if sheet is None else _named(sheets, sheet)
    lines = extractor.sample(path, chosen.name, SAMPLE_ROWS)
    layout = (
        find_layout(chosen.name, lines)
        if header_row is None
        else layout_at(chosen.name, header_row, lines)
    )
    sample = tuple(
        line
        for line in lines
        if line.row > layout.header_row
        and line.row not in layout.skipped_rows
        and any(cell.strip() for cell in line.cells)
    )
    suggestions = mapping.suggest(layout.headers, [line.cells for line in sample])
    rows = max(chosen.rows - layout.header_row, 0)
    return Inspection(sheets, layout, tuple(suggestions), sample, rows)


def _named(sheets: Sequence[Sheet], name: str) -> Sheet:
    found = next((sheet for sheet in sheets if sheet.name == name), None)
    if found is None:
        names = ", ".join(f"“{sheet.name}”" for sheet in sheets)
        raise InvalidInput(f"The file has no sheet “{name}”. Its sheets are: {names}.")
    return found


def check(
    frame: Frame,
    mapping: Mapping,
    *,
    today: date,
    batch_rows: int = 50_000,
    key: str | None = None,
) -> Iterator[Checked]:
    """Read the frame twice, once for evidence and once for good, and yield its rows checked.

    Every row of the frame that is not blank comes out once, in order; rows with a critical issue
    are to be held. `key` is the column that names a record in its source.
    """
    _check_headers(frame, mapping, key)
    plan = _settle(frame, mapping, today, key)
    suite, headers = load_suite(), _headers(mapping)
    seen = _Seen(mapping, key)
    for batch in frame.batches(batch_rows):
        table = batch.table
        checked = normalise.normalise(table, plan)
        broken = validate.run(suite, checked.frame, today)
        broken["column"] = broken["field"].map(headers).fillna("")
        # That a whole column is absent is no news about each row, unless rows cannot do without.
        broken = broken[(broken["column"] != "") | (broken["severity"] == Severity.CRITICAL)]
        broken = broken[~_explained(broken, checked.issues)]
        structural = set(batch.issues["row"])
        found = all_issues(
            [checked.issues, broken, *seen.repeats(table, checked.frame, structural)]
        )
        found = found[~found["row"].isin(structural)]
        yield Checked(checked.frame, all_issues([batch.issues, found]))


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
        raise InvalidInput(f"The file has no column {names}. Choose the columns again.")


def _headers(mapping: Mapping) -> dict[str, str]:
    """The header to name for each field, also where a field follows from other columns."""
    found = {column.field: header for header, column in mapping.columns.items() if column.field}
    for derived, sources in (
        ("full_name", ("family_name", "given_name")),
        ("birth_date", ("age",)),
        ("is_head", ("relationship_to_head",)),
    ):
        source = next((found[name] for name in sources if name in found), None)
        if derived not in found and source is not None:
            found[derived] = source
    return found


def _settle(frame: Frame, mapping: Mapping, today: date, key: str | None) -> normalise.Plan:
    """Read the columns of dates and codes once through: order and meaning need the whole file."""
    orders = {h: c.date_order for h, c in mapping.columns.items() if c.field in DATES}
    undecided = {header: dates.Evidence() for header, order in orders.items() if order is None}
    coded = {*CODES, *FLAGS, *WASHINGTON_GROUP}
    distinct = {h: set[str]() for h, c in mapping.columns.items() if c.field in coded}
    wanted = [*undecided, *distinct]
    if wanted:
        for batch in frame.batches(100_000, wanted):
            _learn(batch.table, undecided, distinct)
    orders |= {header: evidence.order for header, evidence in undecided.items()}
    codes = {
        header: values.meanings(
            str(mapping.columns[header].field), found, mapping.columns[header].values
        )
        for header, found in distinct.items()
    }
    return normalise.Plan(mapping, today, orders, codes, key)


def _learn(
    table: pa.Table, undecided: dict[str, dates.Evidence], distinct: dict[str, set[str]]
) -> None:
    for header, evidence in undecided.items():
        cells = text.cells_of(table, header)
        counts = np.bincount(np.asarray(cells.index), minlength=len(cells.distinct))
        evidence.add(cells.distinct, counts)
    for header, found in distinct.items():
        if len(found) < _MOST_CODES:
            marked = text.without_blanks(text.cells_of(table, header).distinct, text.NULL_MARKERS)
            found.update(value for value in marked.to_pylist() if value is not None)


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
            header: _First()
            for header, column in mapping.columns.items()
            if column.field and column.field.startswith(IDENTIFIER_PREFIX)
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
        for header, state in self._identifiers.items():
            if header == self._key:
                continue
            cells = text.cells_of(table, header)
            found = cells.spread(convert.to_identifiers(cells.distinct).values)
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
