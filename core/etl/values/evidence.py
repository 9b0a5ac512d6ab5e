"""What a whole file shows about its columns before a row of it is read for good.

The order of dates, the decimal mark and the meaning of codes are settled here, and signs that a
column is not what it seems (another calendar, days and months that a spreadsheet has swapped) are
found. Each distinct text is looked at once.
"""

from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.domain import calendars
from core.domain.fields import WASHINGTON_GROUP
from core.etl import cells as text
from core.etl.choices import Column, Mapping
from core.etl.rows import CODES, DATES, FLAGS, ROW, Severity, all_issues, issue_frame, no_issues
from core.etl.values import letters, months, numbers
from core.etl.values.codes import meanings

_MOST_CODES = 5_000
"""A column of codes with more distinct values is none; the rest is reported as unknown."""
_CODED = frozenset({*CODES, *FLAGS, *WASHINGTON_GROUP})
_NUMBERS = ("poverty_score",)
_CLOCK = "(?:[T ][0-9]{1,2}:.*)?$"
_GAP = r"\s?[-/. ]\s?"
_PARTED = (
    rf"^(?P<a>[0-9]{{1,2}}){_GAP}(?P<b>[0-9]{{1,2}}){_GAP}(?P<c>[0-9]{{4}}|[0-9]{{2}}){_CLOCK}"
)
_ISO = rf"^[0-9]{{4}}[-/.](?P<b>[0-9]{{1,2}})[-/.](?P<c>[0-9]{{1,2}}){_CLOCK}"
_YEAR = r"(?P<y>(?:19|20)[0-9]{2})"
_ENOUGH = 500
"""So many different dates without any 31st do not come about by chance (7 of 365 days are)."""
_PAIRS, _SHIFT = 10, (7, 8)
"""The Ethiopian year is 7 or 8 behind ours; so many people with an age must show it."""


@dataclass
class DateEvidence:
    """What the cells of a date column can only mean; `months` is 13 in an Ethiopian column."""

    months: int = 12
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("day_first", "month_first", "year_first", "thirteenth", "thirty", "thirty_first"), 0
        )
    )
    impossible: int = 0
    ambiguous: int = 0
    real_low: int = 0
    real_high: int = 0
    distinct: int = 0
    names_ethiopian: bool = False

    def add(self, texts: pa.StringArray, counts: np.ndarray) -> None:
        """Count distinct texts, each as often as it occurs."""
        texts = letters.with_folded_digits(texts)
        parts = pc.extract_regex(texts, _PARTED)
        parted = np.asarray(pc.is_valid(parts))
        if parted.any():
            self._add_parts(_integers(parts, "abc"), counts[parted])
        real = pc.extract_regex(texts, _ISO)
        whole = np.asarray(pc.is_valid(real))
        if whole.any():
            self._add_real(_integers(real, "bc"), counts[whole])
        left = ~(parted | whole)
        if left.any():
            self._add_rest(texts.filter(pa.array(left)), counts[left])

    def _add_rest(self, texts: pa.StringArray, counts: np.ndarray) -> None:
        """Look at texts with letters in them: `25/05/1982 EC` tells an order as well."""
        bare = []
        for one in texts.to_pylist():
            calendar, rest = months.split_era(one or "")
            self.names_ethiopian |= (calendar or months.named_calendar(rest)) == "ethiopian"
            bare.append(rest if calendar else "")
        parts = pc.extract_regex(pa.array(bare, pa.string()), _PARTED)
        valid = np.asarray(pc.is_valid(parts))
        if valid.any():
            first, second, _ = _integers(parts, "abc")
            low, high = first <= calendars.MONTHS, second <= calendars.MONTHS
            self.counts["day_first"] += int(counts[valid][~low & high].sum())
            self.counts["month_first"] += int(counts[valid][low & ~high].sum())

    def _add_parts(self, parts: tuple[np.ndarray, ...], counts: np.ndarray) -> None:
        first, second, third = parts
        most = self.months
        low, high = (first <= most) & (first > 0), (second <= most) & (second > 0)
        telling = {
            "day_first": (first > most) & (first <= 31) & high,
            "month_first": (second > most) & (second <= 31) & low,
            "year_first": (first > 31) & high & (third <= 31),
            "thirteenth": (second == 13) & (first <= 6) & low,
            "thirty": (first == 30) | (second == 30),
            "thirty_first": (first == 31) | (second == 31),
        }
        for name, where in telling.items():
            self.counts[name] += int(counts[where].sum())
        self.impossible += int(counts[(first == 30) & (second == 2)].sum())
        self.ambiguous += int(counts[low & high & (first != second)].sum())
        self.distinct += len(first)

    def _add_real(self, parts: tuple[np.ndarray, ...], counts: np.ndarray) -> None:
        month, day = parts
        self.impossible += int(counts[(month == 13) & (day <= 6) & (day > 0)].sum())
        self.impossible += int(counts[(month == 2) & (day == 30)].sum())
        self.counts["thirty"] += int(counts[day == 30].sum())
        self.counts["thirty_first"] += int(counts[day == 31].sum())
        self.real_low += int(counts[day <= 12].sum())
        self.real_high += int(counts[day > 12].sum())
        self.distinct += len(month)

    @property
    def order(self) -> str | None:
        """The order that three of four telling cells have; None where that leaves it open."""
        months_thirteen = self._thirteen_months()
        found = {
            "DMY": self.counts["day_first"],
            "MDY": 0 if months_thirteen else self.counts["month_first"],
            "YMD": self.counts["year_first"],
        }
        best = max(found, key=lambda name: found[name])
        others = sum(found.values()) - found[best]
        return best if found[best] and 3 * others <= found[best] else None

    def _thirteen_months(self) -> bool:
        """Whether a 13 in the second place is a month: days up to 6 only, the order day-first."""
        return 0 < self.counts["month_first"] == self.counts["thirteenth"] and (
            self.counts["day_first"] > 0
        )

    @property
    def seems_ethiopian(self) -> bool:
        """Whether thirty-day months, a thirteenth month or names in some cells speak for it."""
        if self.names_ethiopian:
            return self.distinct > 0
        no_31st = self.distinct >= _ENOUGH and self.counts["thirty"] >= 5
        return self.counts["thirty_first"] == 0 and (
            self._thirteen_months() or self.impossible >= 3 or no_31st
        )

    @property
    def seems_swapped(self) -> bool:
        """Whether a spreadsheet took `03/04` for a date in its own order and left `25/04` as text:
        no date it made has a day beyond 12, and no text that it left could have been one."""
        telling = self.counts["day_first"] + self.counts["month_first"]
        return self.real_low >= 5 and self.real_high == 0 and telling >= 5 and not self.ambiguous


def _integers(parts: pa.StructArray, names: str) -> tuple[np.ndarray, ...]:
    return tuple(
        np.asarray(pc.struct_field(parts, name).drop_null().cast(pa.int16())) for name in names
    )


@dataclass(frozen=True)
class Settled:
    """What the file decided, by header, and what is to be said about whole columns."""

    orders: dict[str, str | None]
    codes: dict[str, dict[str, str]]
    decimals: dict[str, str | None]
    notes: pd.DataFrame = field(default_factory=no_issues)
    asks: tuple[str, ...] = ()
    """The columns of dates that could be read in two orders, and do not say in which."""


class Learning:
    """Reads the columns that need it, `headers`, batch by batch; `settle` says what they show."""

    def __init__(self, mapping: Mapping, today: date) -> None:
        used = {h: c for h, c in mapping.columns.items() if c.field and not c.left_out}
        self._columns: Pairs[str, Column] = used
        self._year = today.year
        self._dates = {
            header: DateEvidence(13 if column.calendar == "ethiopian" else 12)
            for header, column in used.items()
            if column.field in DATES
        }
        self._numbers = {h: numbers.Evidence() for h, c in used.items() if c.field in _NUMBERS}
        self._codes = {h: set[str]() for h, c in used.items() if c.field in _CODED}
        fields = {column.field: header for header, column in used.items()}
        self._born, self._age = fields.get("birth_date"), fields.get("age")
        self._gaps = np.zeros(3, dtype=np.int64)

    @property
    def headers(self) -> list[str]:
        """The columns it has to see."""
        ages = [self._age] if self._age and self._born else []
        return [*self._dates, *self._numbers, *self._codes, *ages]

    def add(self, table: pa.Table) -> None:
        """Look at one batch of those columns."""
        seen = {
            name: text.cells_of(table, name).without(self._columns[name].blanks)
            for name in table.column_names
            if name != ROW and name in self._columns
        }
        for header, evidence in (self._dates | self._numbers).items():
            cells = seen[header]
            counts = np.bincount(np.asarray(cells.index), minlength=len(cells.distinct))
            evidence.add(cells.distinct, counts)
        for header, found in self._codes.items():
            if len(found) < _MOST_CODES:
                marked = text.without_blanks(seen[header].distinct, text.NULL_MARKERS)
                found.update(value for value in marked.to_pylist() if value is not None)
        if self._born and self._age:
            self._compare(seen[self._born], seen[self._age])

    def _compare(self, born: text.Cells, age: text.Cells) -> None:
        """Count the people whose age says that they were born 7 or 8 years later than written."""
        years = pc.extract_regex(letters.with_folded_digits(born.distinct), _YEAR)
        year = born.spread(pc.struct_field(years, "y").cast(pa.int32()))
        whole = pc.match_substring_regex(age.distinct, "^[0-9]{1,3}$")
        said = age.spread(pc.if_else(whole, age.distinct, None).cast(pa.int32()))
        gap = pc.subtract(pc.subtract(pa.scalar(self._year, pa.int32()), year), said).drop_null()
        gaps = np.asarray(gap)
        shifted = np.isin(gaps, (*_SHIFT, _SHIFT[1] + 1)).sum()
        self._gaps += (len(gaps), int(shifted), int((gaps <= 1).sum()))

    def settle(self) -> Settled:
        """Say what the file shows; a person's word in the mapping comes first."""
        columns = self._columns
        orders = {h: columns[h].date_order or one.order for h, one in self._dates.items()}
        decimals = {h: columns[h].decimal or one.decimal for h, one in self._numbers.items()}
        codes = {
            header: meanings(str(columns[header].field), found, columns[header].values)
            for header, found in self._codes.items()
        }
        asks = tuple(h for h, one in self._dates.items() if orders[h] is None and one.ambiguous)
        return Settled(orders, codes, decimals, all_issues(self._notes()), asks)

    def _notes(self) -> list[pd.DataFrame]:
        notes = []
        pairs, shifted, near = self._gaps.tolist()
        by_age = pairs >= _PAIRS and shifted > 0.6 * pairs and near < 0.2 * pairs
        for header, one in self._dates.items():
            column = self._columns[header]
            aged = by_age and header == self._born
            if column.calendar is None and (one.seems_ethiopian or aged):
                notes.append(_about(header, column, "calendar_suspected"))
            if column.date_order is None and one.seems_swapped:
                notes.append(_about(header, column, "dates_swapped"))
        return notes


def _about(header: str, column: Column, rule: str) -> pd.DataFrame:
    """A finding about a whole column: row 0."""
    return issue_frame([0], rule, Severity.WARNING, column=header, field=str(column.field))
