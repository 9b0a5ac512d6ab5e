"""Rows that are no data are left out, merged cells filled down, hidden rows told: all is said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.etl.columns.headers import aliases
from core.etl.rows import ROW, ROWS_LEFT_OUT, Batch, Severity, all_issues, issue_frame
from core.etl.tables._no_data import COUNTED, NUMBER, SIGNED, TOTAL
from core.etl.tables.shapes import Layout, LeftOut

TAIL = 50
"""Rows at the end among which signatures and notes are looked for."""
_PERSON = frozenset(
    {"full_name", "given_name", "family_name", "middle_name", "sex", "birth_date", "age"}
)


_NARROWEST, _MOST_TITLES = 3, 3
"""A narrower table has rows of one cell by nature; more lines than that are no title."""


@dataclass
class Tidy:
    """The rows of one table as they come, batch by batch.

    `merged` gives the rows (first, last) merged downwards in each column, `hidden` the rows that
    a filter or a hand has hidden.
    """

    layout: Layout
    merged: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    _last: dict[tuple[str, int], str] = field(default_factory=dict)

    def tidy(self, batch: Batch, *, final: bool) -> Batch:
        """Return the data rows of a batch; `final` says that the table ends with it."""
        table = batch.table
        rows = table[ROW].to_numpy()
        filled = _filled(table)
        repeated = self._repeated(table)
        footer = self._footers(table, filled, final=final) | _titles_above(rows, filled, repeated)
        for row in self.layout.kept_rows:
            repeated &= rows != row
            footer &= rows != row
        blank = ~filled.any(axis=1) & ~np.isin(rows, batch.issues["row"].to_numpy())
        out = np.isin(rows, self.layout.skipped_rows) | repeated | footer
        kept = table.filter(pa.array(~(out | blank)))
        told = batch.issues[~batch.issues["row"].isin(rows[out])]
        kept, fills = self._fill(kept)
        parts = [told, *fills, self._hidden(kept)]
        parts.append(issue_frame(rows[repeated], "repeated_header", Severity.INFO))
        texts = [row_text(row) for row in table.filter(pa.array(footer)).to_pylist()]
        parts.append(issue_frame(rows[footer], "footer_left_out", Severity.INFO, values=texts))
        return Batch(kept, all_issues(parts))

    @cached_property
    def _titles(self) -> list[dict[str, str]]:
        headers = self.layout.headers
        rows = []
        for cells in self.layout.titles:
            named = zip(headers, [*cells, *[""] * len(headers)], strict=False)
            rows.append({header: cell.strip() for header, cell in named if header})
        return rows

    def _repeated(self, table: pa.Table) -> np.ndarray:
        """The rows that say what a header row says, in every cell."""
        found = np.zeros(table.num_rows, dtype=bool)
        for title in self._titles:
            here = np.arange(table.num_rows)
            order = sorted(title, key=lambda header: not title[header])
            several = sum(map(bool, title.values())) > 1
            for header in order if several else ():
                cells = pc.utf8_trim_whitespace(table[header].take(pa.array(here)))
                same = pc.equal(
                    pc.fill_null(pc.utf8_slice_codeunits(cells, 0, 200), ""), title[header]
                )
                here = here[same.to_numpy()]
                if not len(here):
                    break
            else:
                found[here] = several
        return found

    def _footers(self, table: pa.Table, filled: np.ndarray, *, final: bool) -> np.ndarray:
        found = np.zeros(table.num_rows, dtype=bool)
        if not filled.size:
            return found
        total = _starts(table, filled, TOTAL)
        for position in np.flatnonzero(total).tolist():
            found[position] = self._is_total(_cells(table, position))
        if final:
            self._end(table, filled, found)
        return found

    def _is_total(self, cells: dict[str, str]) -> bool:
        """A total has numbers beside it; words or a date are the facts of a person."""
        others = list(cells.values())[1:]
        counted = len(others) == 1 and bool(COUNTED.fullmatch(others[0]))
        return counted or all(NUMBER.fullmatch(text) or re.match(TOTAL, text) for text in others)

    def _person_facts(self, cells: dict[str, str]) -> int:
        return len(self._about_people.intersection(list(cells)[1:]))

    @cached_property
    def _about_people(self) -> frozenset[str]:
        return frozenset(h for h in self.layout.columns if _PERSON.intersection(aliases().of(h)))

    def _end(self, table: pa.Table, filled: np.ndarray, found: np.ndarray) -> None:
        """Mark signatures and notes at the end, and the few words between and below them."""
        positions = np.flatnonzero(filled.any(axis=1))[-TAIL:]
        if not len(positions):
            return
        signed = _starts(table.take(pa.array(positions)), filled[positions], SIGNED)
        first = len(positions)
        for back in range(len(positions) - 1, -1, -1):
            position = int(positions[back])
            cells = _cells(table, position)
            sparse = len(cells) <= 2 and 2 * len(cells) <= filled.shape[1]
            small = len(cells) <= 4 and self._person_facts(cells) < 2
            if found[position] or (signed[back] and small):
                first = back
            elif not (sparse and self._person_facts(cells) < 2):
                break
        found[positions[first:]] = True

    def _fill(self, table: pa.Table) -> tuple[pa.Table, list[pd.DataFrame]]:
        issues = []
        rows = table[ROW].to_pylist()
        for header in self.layout.fill_down:
            if header not in table.column_names:
                continue
            texts = [text or "" for text in table[header].to_pylist()]
            spans = self.merged.get(header)
            done = self._merged(header, spans, rows, texts) if spans else self._down(header, texts)
            if done:
                column = table.column_names.index(header)
                table = table.set_column(column, header, pa.array(texts, pa.string()))
                numbers, values = [rows[at] for at in done], [texts[at] for at in done]
                issues.append(
                    issue_frame(numbers, "filled_down", Severity.INFO, column=header, values=values)
                )
        return table, issues

    def _down(self, header: str, texts: list[str]) -> list[int]:
        done, value = [], self._last.get((header, 0), "")
        for position, text in enumerate(texts):
            if text.strip():
                value = text
            elif value:
                texts[position] = value
                done.append(position)
        self._last[(header, 0)] = value
        return done

    def _merged(
        self, header: str, spans: list[tuple[int, int]], rows: list[int], texts: list[str]
    ) -> list[int]:
        done: list[int] = []
        numbers = np.asarray(rows, dtype=np.int64)
        for top, bottom in spans:
            start, end = np.searchsorted(numbers, [top, bottom + 1]).tolist()
            if start == end:
                continue
            if rows[start] == top:
                self._last[(header, top)] = texts[start]
            value = self._last.get((header, top), "")
            for position in range(start, end):
                if value and not texts[position].strip():
                    texts[position] = value
                    done.append(position)
        return sorted(done)

    def _hidden(self, table: pa.Table) -> pd.DataFrame:
        rows = [row for row in table[ROW].to_pylist() if row in self.hidden] if self.hidden else []
        return issue_frame(rows, "hidden_row", Severity.WARNING)


def left_out(issues: pd.DataFrame, most: int = 100) -> tuple[LeftOut, ...]:
    """The first rows that are left out, for a person to see."""
    out = issues[issues["rule"].isin(ROWS_LEFT_OUT)].head(most)
    rows = zip(out["row"].tolist(), out["rule"], out["value"], strict=True)
    return tuple(LeftOut(int(row), str(rule), str(text)) for row, rule, text in rows)


def row_text(row: dict[str, object]) -> str:
    """The filled cells of a row, in one line."""
    return " | ".join(str(text) for name, text in row.items() if name != ROW and text)


def _filled(table: pa.Table) -> np.ndarray:
    """Which cells are not blank, one row per row of the table."""
    columns = [
        pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(table[name]), ""), False).to_numpy()
        for name in table.column_names
        if name != ROW
    ]
    return np.column_stack(columns) if columns else np.zeros((table.num_rows, 0), dtype=bool)


def _titles_above(rows: np.ndarray, filled: np.ndarray, repeated: np.ndarray) -> np.ndarray:
    """Which rows are the title of a further table: one cell alone, below a blank row and above
    the headers told again. Without the blank row it may be a person of whom only one fact is
    known, at the end of a printed page."""
    found = np.zeros(len(rows), dtype=bool)
    counts = filled.sum(axis=1)
    if filled.shape[1] < _NARROWEST:
        return found
    written = np.flatnonzero(counts)
    for at in np.flatnonzero(repeated[written]).tolist():
        first = at
        while first and counts[written[first - 1]] == 1 and at - first < _MOST_TITLES:
            first -= 1
        if 0 < first < at and rows[written[first]] - rows[written[first - 1]] > 1:
            found[written[first:at]] = True
    return found


def _starts(table: pa.Table, filled: np.ndarray, pattern: str) -> np.ndarray:
    """Which rows have a first filled cell that fits the pattern."""
    found = np.zeros(table.num_rows, dtype=bool)
    if not filled.size:
        return found
    first = np.where(filled.any(axis=1), filled.argmax(axis=1), -1)
    names = [name for name in table.column_names if name != ROW]
    for column in np.unique(first[first >= 0]).tolist():
        here = np.flatnonzero(first == column)
        cells = table[names[column]]
        cells = cells if len(here) == table.num_rows else cells.take(pa.array(here))
        fits = pc.fill_null(pc.match_substring_regex(cells, pattern), False)
        found[here[fits.to_numpy()]] = True
    return found


def _cells(table: pa.Table, position: int) -> dict[str, str]:
    row: dict[str, str] = table.slice(position, 1).to_pylist()[0]
    return {
        name: text.strip() for name, text in row.items() if name != ROW and text and text.strip()
    }


def merged_down(
    headers: Sequence[str], ranges: Sequence[tuple[int, int, int, int]], header_row: int
) -> dict[str, list[tuple[int, int]]]:
    """The rows merged downwards in each column, below the header row."""
    found: dict[str, list[tuple[int, int]]] = {}
    for top, left, bottom, right in sorted(ranges):
        if top > header_row and bottom > top:
            for column in range(left - 1, min(right, len(headers))):
                if headers[column]:
                    found.setdefault(headers[column], []).append((top, bottom))
    return found
