"""A look at a few rows of a large file at once: what is wrong with them, what a step would change.

What only the whole file settles (the order of dates, the meaning of codes) is read once for each
file and mapping, as it stands before the steps. Rules that compare a row with all the others are
looked at for the key and the identifiers alone. The check of the whole file is the judge.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import IDENTIFIER_PREFIX, WASHINGTON_GROUP
from core.etl import normalise, pipeline
from core.etl.cells import clean
from core.etl.choices import Column, Mapping
from core.etl.columns.headers import slug
from core.etl.frame import Frame
from core.etl.remedies.corrected import Corrected, apply, is_value, texts_of
from core.etl.remedies.steps import (
    Accept,
    Cell,
    LeaveOut,
    MapValue,
    Step,
    accept,
    accepted,
    headers_of,
    with_values,
)
from core.etl.rows import ROW, Batch, Severity
from core.etl.rules.suite import Suite
from core.etl.runs.document import Document
from core.etl.values.evidence import Learning
from core.storage.importing.import_statuses import NOT_MOVED

MOST_LOOKED_AT = 200
"""Of the rows that a step touches, so many are looked at; all are counted."""
BESIDE_OTHERS = frozenset(
    {
        "duplicate_in_file",
        "identifier_repeated",
        "second_head",
        "other_programme",
        "too_long",
        "unknown_place",
        "ambiguous_place",
        "place_outside_grant",
        "place_missing",
        "outside_grant",
        "identifier_taken",
        "repeated_person",
        "status_differs",
        *NOT_MOVED,
        "household_has_head",
    }
)
"""Rules that a row does not break by itself: what the last check said of them stands."""
_FOLLOWS: Pairs[str, Sequence[str]] = {
    "full_name": ("given_name", "middle_name", "family_name"),
    "birth_date": ("age",),
    "birth_precision": ("age", "birth_date"),
    "is_head": ("relationship_to_head",),
    "disability": WASHINGTON_GROUP,
}
"""Fields that other fields decide."""
Cause = tuple[str, str, str]
"""Rule, severity, header."""
Rows = Sequence[tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Foreseen:
    """What a step would do: how many rows it touches, and the findings, by cause with their
    counts, that go and come in the first `looked_at` of them."""

    rows: int
    looked_at: int
    gone: tuple[tuple[Cause, int], ...]
    come: tuple[tuple[Cause, int], ...]


@dataclass(frozen=True)
class Work:
    """A run as it stands: its corrected frame, its draft, the suite in force and the day."""

    frame: Corrected
    document: Document
    suite: Suite
    today: date

    @property
    def mapping(self) -> Mapping:
        return self.document.mapping or pipeline.default_mapping(self.document.suggestions)


def find_issues(work: Work, rows: Rows, about: str | None = None) -> pd.DataFrame:
    """Return what is wrong with some corrected rows by themselves: with all their columns, or with
    what one column can bring about."""
    form = work.frame.issues()
    numbers = [number for number, _cells in rows]
    suite, headers = work.suite, work.frame.headers
    if about is not None:
        suite, needed = _narrow(work, about)
        # A row that is blank in all the columns it is looked at with would count as no row.
        if all(any(cells[name].strip() for name in needed) for _, cells in rows):
            headers = needed
    table = _table(headers, rows)
    batch = Batch(table, form[form["row"].isin(numbers)])
    found = pipeline.check_batch(batch, _plan(work, table), suite).issues
    return accept(found, accepted(work.frame.steps))


def _narrow(work: Work, header: str) -> tuple[Suite, tuple[str, ...]]:
    """Return the rules that a column can break, and the columns that they need."""
    columns = work.mapping.columns
    fields = {name: column.field or f"attribute.{slug(name)}" for name, column in columns.items()}
    own = fields.get(header, f"attribute.{slug(header)}")
    touched = {own, *(field for field, sources in _FOLLOWS.items() if own in sources)}
    rules = tuple(rule for rule in work.suite.expectations if touched & set(rule.columns))
    needed = touched | {column for rule in rules for column in rule.columns}
    needed |= {source for field in needed for source in _FOLLOWS.get(field, ())}
    kept = {header, *(name for name, field in fields.items() if field in needed)}
    return replace(work.suite, expectations=rules), tuple(
        name for name in work.frame.headers if name in kept
    )


def foresee(work: Work, step: Step) -> Foreseen:
    """Say what a step behind the others would do, without a look at the rows it leaves alone."""
    after = replace(work.frame, steps=(*work.frame.steps, step))
    touched = _touched(work.frame, step)
    looked_at = touched[:MOST_LOOKED_AT].tolist()
    was, then = list(work.frame.take(looked_at)), list(after.take(looked_at))
    told = replace(work, frame=after)
    about = None if isinstance(step, LeaveOut | Accept) else step.header
    before = Counter(_causes(find_issues(work, was, about)) if was else ())
    behind = Counter(_causes(find_issues(told, then, about)) if then else ())
    if isinstance(step, Cell):
        before.update(_repeats(work, step.header, was, Counter()))
        moved = Counter(_plain(cells[step.header]) for _, cells in then)
        moved.subtract(_plain(cells[step.header]) for _, cells in was)
        behind.update(_repeats(work, step.header, then, moved))
    return Foreseen(
        len(touched),
        len(looked_at),
        _by_cause(before - behind),
        _by_cause(behind - before),
    )


def _by_cause(found: "Counter[tuple[int, Cause]]") -> tuple[tuple[Cause, int], ...]:
    return tuple(Counter(cause for _row, cause in found).most_common())


def _causes(issues: pd.DataFrame) -> Iterable[tuple[int, Cause]]:
    columns = (issues[name] for name in ("row", "rule", "severity", "column"))
    return {(int(row), (rule, severity, column)) for row, rule, severity, column in zip(*columns)}  # noqa: B905


def _touched(frame: Corrected, step: Step) -> np.ndarray:
    """Return the numbers of the rows that a step would change, leave out or let pass."""
    if isinstance(step, Cell) and step.row is not None:
        return np.array([step.row])
    if isinstance(step, LeaveOut) and step.rows:
        return np.array(sorted(step.rows))
    if isinstance(step, Accept):
        return np.empty(0, dtype=np.int64)
    header = step.header or ""
    further = [step.key[0]] if isinstance(step, Cell) and step.key else []
    above: dict[str, str] = {}
    parts = [
        _changed(batch.table, step, header, above)
        for batch in frame.batches(columns=list(dict.fromkeys([header, *further])))
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _changed(table: pa.Table, step: Step, header: str, above: dict[str, str]) -> np.ndarray:
    texts = texts_of(table, header)
    numbers: np.ndarray = table[ROW].to_numpy()
    if isinstance(step, MapValue):
        touched = np.asarray(is_value(texts, [step.value]))
    elif isinstance(step, LeaveOut):
        touched = ~np.isin(numbers, apply([step], table)[ROW].to_numpy())
    else:
        touched = np.asarray(pc.not_equal(texts, texts_of(apply([step], table, above), header)))
    found: np.ndarray = numbers[touched]
    return found


def _repeats(
    work: Work, header: str, rows: Rows, moved: "Counter[str]"
) -> Iterable[tuple[int, Cause]]:
    """Yield the rows whose key or identifier another row has too, with `moved` counted in."""
    field = work.mapping.columns.get(header, Column()).field or ""
    is_key = header == work.document.key
    if not rows or not (is_key or field.startswith(IDENTIFIER_PREFIX)):
        return
    rule = "duplicate_in_file" if is_key else "identifier_repeated"
    wanted = [_plain(cells[header]) for _, cells in rows]
    count = Counter(moved)
    for batch in work.frame.batches(columns=[header]):
        texts = texts_of(batch.table, header)
        count.update(clean(texts.filter(is_value(texts, wanted))).to_pylist())
    for (number, _cells), text in zip(rows, wanted, strict=True):
        if text and count[text] > 1:
            yield number, (rule, Severity.CRITICAL.value, header)


def _plain(text: str) -> str:
    return str(clean(pa.array([text], pa.string()))[0].as_py())


def _table(headers: Sequence[str], rows: Rows) -> pa.Table:
    numbers = pa.array([number for number, _cells in rows], pa.int64())
    texts = {name: [cells.get(name, "") for _, cells in rows] for name in headers}
    return pa.table({ROW: numbers, **{n: pa.array(t, pa.string()) for n, t in texts.items()}})


def _plan(work: Work, table: pa.Table) -> normalise.Plan:
    """Return the plan of the file, with what codes mean in the columns as the steps leave them."""
    frame = work.frame
    base = Frame(frame.path, frame.headers, frame.rows, frame.starts)
    plan = _settled(base, work.mapping.to_json(), work.document.key, work.today)
    told = with_values(work.mapping, frame.steps)
    codes = {
        header: _meanings(
            _as_far_as(frame, header), header, Mapping({header: told.columns[header]}).to_json()
        )
        if header in table.column_names
        else known
        for header, known in plan.codes.items()
    }
    return replace(plan, mapping=told, codes=codes)


def _as_far_as(frame: Corrected, header: str) -> Corrected:
    """Return the frame with the steps that one column depends on: its own, and rows left out."""
    own = [s for s in frame.steps if isinstance(s, LeaveOut) or header in headers_of(s)]
    return replace(frame, steps=tuple(own))


@lru_cache(maxsize=64)
def _meanings(frame: Corrected, header: str, column: str) -> Pairs[str, str]:
    """Say what the codes of a column mean: `H` is a man beside `F` only, in whichever row."""
    learning = Learning(Mapping.from_json(column), date.min)
    for batch in frame.batches(columns=[header]):
        learning.add(batch.table)
    return learning.settle().codes[header]


@lru_cache(maxsize=8)
def _settled(frame: Frame, mapping: str, key: str | None, today: date) -> normalise.Plan:
    return pipeline.settle(frame, Mapping.from_json(mapping), today, key)
