"""Remedies as steps: what each says, as JSON too; corrected.py beside it puts them into effect."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from core.errors import InvalidInput
from core.etl.choices import Column, Mapping
from core.etl.rows import Severity
from core.etl.rules.suite import Suite

ACCEPTABLE = frozenset(
    {
        "name_placeholder",
        "name_without_letters",
        "birth_too_early",
        "registered_before_birth",
        "enrolled_before_birth",
        "household_size_range",
    }
)
"""Critical rules of plausibility, which a person may set aside with a reason. The registry can
hold what they doubt. All other rules are beyond anybody's word: the form of a row, destroyed or
missing keys, repeats, values that a column cannot take, places and people outside one's area."""


@dataclass(frozen=True)
class Replace:
    """Put `new` in place of the whole value `old`."""

    header: str
    old: str
    new: str


@dataclass(frozen=True)
class FindReplace:
    """Put `new` in place of the text `old` wherever it stands inside a cell."""

    header: str
    old: str
    new: str


@dataclass(frozen=True)
class Cell:
    """Correct one cell that holds `was`: of the row with that number, else of the rows whose key
    column holds `key`'s value, else (`everywhere`) of every row."""

    header: str
    was: str
    to: str
    row: int | None = None
    key: tuple[str, str] | None = None
    everywhere: bool = False


@dataclass(frozen=True)
class FillDown:
    """Repeat a value over the blanks below it."""

    header: str


@dataclass(frozen=True)
class LeaveOut:
    """Leave rows out of the import: by number, or where `header` holds `value`."""

    reason: str
    rows: tuple[int, ...] = ()
    header: str | None = None
    value: str = ""


@dataclass(frozen=True)
class Blank:
    """Values that mean "no answer" in one column."""

    header: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """Put letters right that were read in the wrong encoding (JosÃ© is José)."""

    header: str


@dataclass(frozen=True)
class MapValue:
    """Say which code a value of a column means."""

    header: str
    value: str
    code: str


@dataclass(frozen=True)
class Accept:
    """Let the rows of this run pass that break an ACCEPTABLE rule in one column."""

    rule: str
    header: str
    reason: str


Step = Replace | FindReplace | Cell | FillDown | LeaveOut | Blank | Repair | MapValue | Accept
OPS: dict[str, type[Step]] = {
    "replace": Replace,
    "find_replace": FindReplace,
    "cell": Cell,
    "fill_down": FillDown,
    "leave_out": LeaveOut,
    "blank": Blank,
    "repair": Repair,
    "map_value": MapValue,
    "accept": Accept,
}
_NAMES = {kind: op for op, kind in OPS.items()}


def op_of(step: Step) -> str:
    """Return the name of a step's kind."""
    return _NAMES[type(step)]


def to_json(step: Step) -> dict[str, Any]:
    """Return the document of a step; what is not said is left away."""
    said = {name: value for name, value in asdict(step).items() if value not in (None, (), False)}
    return {"op": op_of(step), **said}


def read_step(document: object) -> Step:
    """Read what `to_json` wrote; raises InvalidInput for anything else."""
    kind = OPS.get(str(document.get("op"))) if isinstance(document, dict) else None
    if not isinstance(document, dict) or kind is None:
        raise InvalidInput("A step must be one of: {names}.", names=", ".join(OPS))
    said = {name: value for name, value in document.items() if name != "op"}
    lists = {name: tuple(value) for name, value in said.items() if isinstance(value, list | tuple)}
    try:
        step = cast(Step, cast(Any, kind)(**{**said, **lists}))
    except TypeError:
        names = ", ".join(kind.__dataclass_fields__)
        raise InvalidInput(
            "A step “{op}” is described by: {names}.", op=document["op"], names=names
        ) from None
    _check(step)
    return step


def _check(step: Step) -> None:
    said = asdict(step)
    texts = [value for name, value in said.items() if name not in ("row", "rows", "everywhere")]
    flat = [one for value in texts for one in (value if isinstance(value, tuple) else (value,))]
    numbers = [*said.get("rows", ()), said.get("row") or 0]
    if not all(isinstance(one, str | None) for one in flat) or not all(
        type(one) is int for one in numbers
    ):
        raise InvalidInput("A step “{op}” holds a value of the wrong type.", op=op_of(step))
    if isinstance(step, FindReplace) and not step.old:
        raise InvalidInput("Say which text to look for.")
    if isinstance(step, LeaveOut | Accept) and not step.reason.strip():
        raise InvalidInput("Give a reason: others will ask for it later.")
    if isinstance(step, LeaveOut) and not step.rows and step.header is None:
        raise InvalidInput("Say which rows to leave out.")
    if isinstance(step, Cell) and step.row is None and step.key is None and not step.everywhere:
        raise InvalidInput("Say which row to correct.")


def headers_of(step: Step) -> tuple[str, ...]:
    """Return the columns that a step reads or writes."""
    named = (getattr(step, "header", None), *(getattr(step, "key", None) or ())[:1])
    return tuple(header for header in named if header)


def accepted(steps: Iterable[Step]) -> frozenset[tuple[str, str]]:
    """Return the causes (rule, header) that somebody has accepted."""
    return frozenset((step.rule, step.header) for step in steps if isinstance(step, Accept))


def may_accept(rule: str, suite: Suite) -> bool:
    """Say whether a person may set a rule aside: those in ACCEPTABLE, and rules that a programme
    has made about its attributes only, which take any text."""
    about = next((one.columns for one in suite.expectations if one.rule == rule), ())
    return rule in ACCEPTABLE or (bool(about) and all(c.startswith("attribute.") for c in about))


def accept(issues: pd.DataFrame, causes: frozenset[tuple[str, str]]) -> pd.DataFrame:
    """Return the issues with the accepted causes as warnings."""
    if not causes or issues.empty:
        return issues
    pairs = zip(issues["rule"], issues["column"], strict=True)
    let_pass = np.fromiter((pair in causes for pair in pairs), dtype=bool, count=len(issues))
    let_pass &= (issues["severity"] == Severity.CRITICAL.value).to_numpy()
    return issues.assign(severity=issues["severity"].mask(let_pass, Severity.WARNING.value))


def with_values(mapping: Mapping, steps: Iterable[Step]) -> Mapping:
    """Return the mapping with what the steps say about the meaning of values."""
    columns = dict(mapping.columns)
    for step in steps:
        if isinstance(step, MapValue):
            column = columns.get(step.header, Column())
            meaning = {**column.values, step.value: step.code}
            columns[step.header] = replace(column, values=meaning)
    return Mapping(columns)


def replayable(steps: Iterable[Step], key: str | None) -> list[dict[str, Any]]:
    """Return the documents of the steps that next month's file may need as well.

    A cell is found again by the value of the column `key`, or everywhere if so marked; rows left
    out by their number, and causes accepted, were about this file alone.
    """
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Cell):
            if step.everywhere:
                found.append(Replace(step.header, step.was, step.to))
            elif step.key is not None and step.key[0] == key:
                found.append(replace(step, row=None))
        elif not isinstance(step, Accept) and not (isinstance(step, LeaveOut) and step.rows):
            found.append(step)
    return [to_json(step) for step in found]
