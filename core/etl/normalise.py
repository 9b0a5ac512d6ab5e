"""From text to typed, canonical rows: every cell keeps its meaning or becomes an issue."""

from collections.abc import Callable
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX, WASHINGTON_GROUP
from core.etl import cells as text
from core.etl.cells import Cells
from core.etl.choices import Column, Mapping
from core.etl.columns.headers import slug, words
from core.etl.rows import (
    CODES,
    DATES,
    FLAGS,
    NAMES,
    ROW,
    TYPES,
    Checked,
    Severity,
    all_issues,
    issue_frame,
    no_issues,
)
from core.etl.values import convert, letters, phones

_DTYPES = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int32(): pd.Int32Dtype(),
}
_INTEGERS = frozenset({"age", "household_size"})
_CONVERTERS: dict[str, Callable[[pa.StringArray], convert.Converted]] = {
    "phone": phones.to_phones,
    "account": convert.to_accounts,
    "household": convert.to_accounts,
    IDENTIFIER_PREFIX: convert.to_identifiers,
}


@dataclass(frozen=True)
class Plan:
    """How the columns of one file are read.

    `orders` (date order), `codes` (value to code) and `decimals` (decimal mark) are settled on the
    whole file, by header; `notes` are findings about whole columns. `key` is the column that names
    a record in its source, if a person chose one.
    """

    mapping: Mapping
    today: date
    orders: Pairs[str, str | None] = field(default_factory=dict)
    codes: Pairs[str, Pairs[str, str]] = field(default_factory=dict)
    key: str | None = None
    decimals: Pairs[str, str | None] = field(default_factory=dict)
    notes: pd.DataFrame = field(default_factory=no_issues)


@dataclass
class _Found:
    """What one batch gave so far, column by column."""

    numbers: np.ndarray
    columns: dict[str, pa.Array] = field(default_factory=dict)
    identifiers: dict[str, pa.StringArray] = field(default_factory=dict)
    attributes: dict[str, pa.StringArray] = field(default_factory=dict)
    beside: dict[str, pa.StringArray] = field(default_factory=dict)
    raw: dict[str, pa.StringArray] = field(default_factory=dict)
    issues: list[pd.DataFrame] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def report(self, cells: Cells, target: str, fault: convert.Fault) -> None:
        where = cells.rows_where(fault.where)
        if len(where):
            shown = cells.distinct.take(cells.index.take(pa.array(where))).to_pylist()
            self.issues.append(
                issue_frame(
                    self.numbers[where],
                    fault.rule,
                    fault.severity,
                    column=cells.header,
                    field=target,
                    values=shown,
                )
            )

    def free_name(self, name: str) -> str:
        """Return the name of an attribute, made different from those there are."""
        while name in self.attributes:
            name += "_2"
        return name

    def note(self, where: pa.Array | None, rule: str, severity: Severity, target: str) -> None:
        """Report a rule that looks at several columns, under the header of `target`."""
        if where is not None and pc.any(where, min_count=0).as_py():
            marked = np.asarray(where.fill_null(False))
            column = self.headers.get(target, "")
            rows = self.numbers[marked]
            self.issues.append(issue_frame(rows, rule, severity, column=column, field=target))


def normalise(table: pa.Table, plan: Plan) -> Checked:
    """Type one batch; blank rows are left out. Pure: the same batch gives the same answer."""
    found = _Found(table[ROW].to_numpy())
    for header in table.column_names:
        if header != ROW:
            _read(text.cells_of(table, header), plan, found)
    for name, values in found.beside.items():
        # Only now, so that the columns of the file keep their own names in every batch.
        free = found.free_name(name)
        found.attributes[free] = text.json_member(free, values)
    _combine(found, plan.today)
    return _typed(found, plan)


def _read(cells: Cells, plan: Plan, found: _Found) -> None:
    column = plan.mapping.columns.get(cells.header, Column())
    label = words(cells.header) or cells.header
    found.raw[cells.header] = cells.spread(text.labelled(label, cells.distinct))
    cells = cells.without(column.blanks)
    if cells.header == plan.key:
        found.columns["key"] = cells.spread(text.without_blanks(cells.distinct, text.NULL_MARKERS))
        found.report(cells, "key", convert.destroyed_key(cells.distinct))
    if column.left_out:
        return
    for rule, where in letters.wrong_letters(cells.distinct).items():
        found.report(cells, column.field or "", convert.Fault(rule, Severity.WARNING, where))
    if column.field is None or column.field.startswith(ATTRIBUTE_PREFIX):
        _keep(cells, column.field, found)
    else:
        _type(cells, column.field, plan, found)


def _keep(cells: Cells, target: str | None, found: _Found) -> None:
    name = slug(cells.header) if target is None else target.removeprefix(ATTRIBUTE_PREFIX)
    kept = text.without_blanks(cells.distinct, text.NULL_MARKERS)
    name = found.free_name(name)
    found.attributes[name] = cells.spread(text.json_member(name, kept))


def _type(cells: Cells, target: str, plan: Plan, found: _Found) -> None:
    found.headers[target] = cells.header
    result = _convert(cells, target, plan)
    for fault in result.faults:
        found.report(cells, target, fault)
    for name, values in result.beside.items():
        found.beside[name] = cells.spread(values)
    if target.startswith(IDENTIFIER_PREFIX):
        name = target.removeprefix(IDENTIFIER_PREFIX)
        found.identifiers[name] = cells.spread(text.json_member(name, result.values))
        return
    found.columns[target] = cells.spread(result.values)
    if target == "birth_date" and result.precision is not None:
        found.columns["birth_precision"] = cells.spread(result.precision)


def _convert(cells: Cells, target: str, plan: Plan) -> convert.Converted:
    distinct, header = cells.distinct, cells.header
    if target in DATES:
        calendar = plan.mapping.columns[header].calendar
        order = plan.orders.get(header)
        return convert.to_dates(distinct, target, order, plan.today, calendar)
    if target in CODES or target in FLAGS or target in WASHINGTON_GROUP:
        return convert.to_codes(distinct, target, plan.codes.get(header, {}))
    if target in _INTEGERS:
        return convert.to_integers(distinct, target)
    if target == "poverty_score":
        return convert.to_numbers(distinct, plan.decimals.get(header))
    if target in NAMES:
        return convert.to_names(distinct, target)
    kind = IDENTIFIER_PREFIX if target.startswith(IDENTIFIER_PREFIX) else target
    return _CONVERTERS.get(kind, _to_text)(distinct)


def _to_text(distinct: pa.StringArray) -> convert.Converted:
    return convert.Converted(text.without_blanks(text.one_line(distinct), text.BLANKS))


def _combine(found: _Found, today: date) -> None:
    """Fill what follows from other columns: full name, birth date from age, disability, head."""
    columns = found.columns
    parts = [
        columns[name] for name in ("given_name", "middle_name", "family_name") if name in columns
    ]
    if parts:
        composed = text.joined(parts, " ")
        composed = pc.if_else(pc.equal(composed, ""), None, composed)
        columns["full_name"] = (
            pc.coalesce(columns["full_name"], composed) if "full_name" in columns else composed
        )
    if "age" in columns:
        _estimate_birth(found, today)
    answers = [columns[name] for name in WASHINGTON_GROUP if name in columns]
    if answers:
        worst = pc.greater_equal(pc.max_element_wise(*answers), pa.scalar(3, pa.int8()))
        said = columns.get("disability")
        columns["disability"] = worst if said is None else pc.coalesce(said, worst)
    if "relationship_to_head" in columns:
        head = pc.if_else(pc.equal(columns["relationship_to_head"], "HEAD"), True, None)
        head = head.cast(pa.bool_())
        said = columns.get("is_head")
        columns["is_head"] = head if said is None else pc.coalesce(said, head)


def _estimate_birth(found: _Found, today: date) -> None:
    # The first of January keeps the age right for the rest of the year and the date stable in it.
    age = found.columns.pop("age")
    years = pc.subtract(pa.scalar(today.year, pa.int32()), age)
    texts = pc.binary_join_element_wise(years.cast(pa.string()), "-01-01", "")
    estimate = pc.strptime(texts, format="%Y-%m-%d", unit="s")
    said = found.columns.get("birth_date")
    if said is None:
        found.columns["birth_date"] = estimate
        said = pa.nulls(len(age), pa.timestamp("s"))
    else:
        found.columns["birth_date"] = pc.coalesce(said, estimate)
        apart = pc.abs(pc.subtract(pc.year(said), years.cast(pa.int64())))
        found.note(pc.greater(apart, 2), "age_disagrees", Severity.WARNING, "age")
    estimated = pc.and_(pc.is_null(said), pc.is_valid(estimate))
    precision = found.columns.get("birth_precision", pa.nulls(len(age), pa.string()))
    found.columns["birth_precision"] = pc.if_else(estimated, "ESTIMATED", precision)


def _typed(found: _Found, plan: Plan) -> Checked:
    rows = len(found.numbers)
    arrays = {
        name: found.columns[name].cast(kind) if name in found.columns else pa.nulls(rows, kind)
        for name, kind in TYPES.items()
    }
    arrays["identifiers"] = text.json_objects(_sorted(found.identifiers), rows)
    arrays["attributes"] = text.json_objects(_sorted(found.attributes), rows)
    digest = text.hashes([_as_text(array) for array in arrays.values()], rows)
    raw = [found.raw[name] for name in sorted(found.raw, key=lambda name: (words(name), name))]
    prints = text.hashes(raw, rows)
    fingerprint = pa.array(prints, pa.string())
    key = found.columns.get("key")
    if plan.key is not None:
        found.headers["key"] = plan.key
        found.note(
            None if key is None else pc.is_null(key), "key_missing", Severity.CRITICAL, "key"
        )
    arrays |= {
        "fingerprint": fingerprint,
        "key": fingerprint if key is None else pc.coalesce(key, fingerprint),
        "digest": pa.array(digest, pa.string()),
    }
    frame = pa.table({"row": pa.array(found.numbers, pa.int64()), **arrays}).to_pandas(
        types_mapper=_DTYPES.get
    )
    filled = fingerprint.to_numpy(zero_copy_only=False) != text.hashes([], 1)[0]
    issues = all_issues(found.issues)
    if not filled.all():
        frame = frame[filled].reset_index(drop=True)
        issues = issues[issues["row"].isin(frame["row"])].reset_index(drop=True)
    return Checked(frame, issues)


def _sorted(members: Pairs[str, pa.StringArray]) -> list[pa.StringArray]:
    return [members[name] for name in sorted(members)]


def _as_text(values: pa.Array) -> pa.StringArray:
    return values.cast(pa.string()).fill_null("")
