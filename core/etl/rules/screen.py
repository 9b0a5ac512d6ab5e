"""The step before staging: what no column shows alone, and the split of clean rows from held."""

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.names import fold_name
from core.etl.rows import Checked, Severity, all_issues, issue_frame
from core.etl.values.convert import match_forms
from core.storage.importing import stage

LENGTHS = {
    **dict.fromkeys(("full_name", "given_name", "middle_name", "family_name"), 500),
    **dict.fromkeys(("key", "household"), 500),
    **dict.fromkeys(("phone", "account"), 100),
    "email": 300,
}
"""The longest text that each column of the registry takes."""
_NAMES = {"row_no": "row", "relationship": "relationship_to_head"}
"""Staged columns that a checked frame calls otherwise."""


@dataclass
class Screen:
    """What is known across the batches of one file.

    `headers` gives the file's header of a field; `programme` holds the folded names of the run's
    programme; `policies` is part of each row's digest, so that a row read under other policies
    counts as another one; `required` is the field no row can do without; `heads` holds the
    households whose head has been seen.
    """

    headers: dict[str, str]
    programme: frozenset[str]
    by_household: bool
    policies: str = ""
    required: str = "full_name"
    rows: int = 0
    heads: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Screened:
    """One batch, ready to keep: clean rows, their identifiers, held row numbers, all issues."""

    rows: pa.Table
    identifiers: pa.Table
    held: list[int]
    issues: pd.DataFrame


def screen(checked: Checked, state: Screen) -> Screened:
    """Split a batch whose rows have a location_id; `state` moves on by one batch."""
    frame = checked.frame
    held = set(_critical(checked.issues))
    parts = [checked.issues]
    for found in (_nameless, _too_long, _other_programme, _second_heads):
        issues = found(frame[~frame["row"].isin(held)], state)
        parts.append(issues)
        held |= set(issues["row"].tolist())
    clean = frame[~frame["row"].isin(held)]
    rows = _staged(clean, state)
    identifiers = _identifiers(clean["identifiers"].tolist(), state.rows)
    state.rows += len(clean)
    return Screened(rows, identifiers, sorted(held), all_issues(parts))


def _critical(issues: pd.DataFrame) -> list[int]:
    return issues.loc[issues["severity"] == Severity.CRITICAL.value, "row"].unique().tolist()


def _nameless(frame: pd.DataFrame, state: Screen) -> pd.DataFrame:
    rows = frame.loc[frame[state.required].isna(), "row"].to_numpy()
    rule = "name_missing" if state.required == "full_name" else "household_missing"
    return _critical_issue(rows, rule, state.required, state)


def _too_long(frame: pd.DataFrame, state: Screen) -> pd.DataFrame:
    return all_issues(
        [
            _critical_issue(
                frame.loc[frame[name].str.len() > longest, "row"].to_numpy(),
                "too_long",
                name,
                state,
            )
            for name, longest in LENGTHS.items()
            if frame[name].notna().any()
        ]
    )


def _other_programme(frame: pd.DataFrame, state: Screen) -> pd.DataFrame:
    named = frame.loc[frame["programme"].notna(), ["row", "programme"]]
    other = named[~named["programme"].map(fold_name).isin(state.programme)]
    return _critical_issue(
        other["row"].to_numpy(), "other_programme", "programme", state, other["programme"].tolist()
    )


def _second_heads(frame: pd.DataFrame, state: Screen) -> pd.DataFrame:
    heads = frame.loc[
        frame["is_head"].fillna(value=False).astype(bool) & frame["household"].notna(),
        ["row", "household"],
    ]
    again = heads["household"].duplicated() | heads["household"].isin(state.heads)
    state.heads.update(heads["household"].tolist())
    wrong = heads[again]
    return _critical_issue(
        wrong["row"].to_numpy(), "second_head", "is_head", state, wrong["household"].tolist()
    )


def _critical_issue(
    rows: np.ndarray, rule: str, target: str, state: Screen, values: list[Any] | str = ""
) -> pd.DataFrame:
    if target not in state.headers and target == "is_head":
        target = "relationship_to_head"
    header = state.headers.get(target, "")
    return issue_frame(rows, rule, Severity.CRITICAL, column=header, field=target, values=values)


def _staged(clean: pd.DataFrame, state: Screen) -> pa.Table:
    """Return the clean rows as the staging table takes them."""
    columns: dict[str, Any] = {
        "n": pa.array(np.arange(state.rows + 1, state.rows + 1 + len(clean)), pa.int32())
    }
    for name, kind in stage.COLUMNS.items():
        if name != "n":
            columns[name] = _array(clean[_NAMES.get(name, name)], kind)
    if state.policies:
        mixed = [
            blake2b(f"{one}{state.policies}".encode(), digest_size=16) for one in clean["digest"]
        ]
        columns["digest"] = pa.array([one.hexdigest() for one in mixed], pa.string())
    if state.by_household:
        own = pc.binary_join_element_wise("row", columns["key"], ":")
        columns["household"] = pc.coalesce(columns["household"], own)
    columns["attributes"] = columns["attributes"].fill_null("{}")
    return pa.table(columns)


def _array(values: "pd.Series[Any]", kind: pa.DataType) -> pa.Array:
    if pa.types.is_date(kind):
        return pa.Array.from_pandas(values).cast(pa.timestamp("s")).cast(kind)
    made = pa.Array.from_pandas(values, type=kind if len(values) == 0 else None)
    return made.cast(kind)


def _identifiers(texts: list[Any], before: int) -> pa.Table:
    """Return one row per identifier; `normalised` is the form in which its type is compared."""
    numbers: list[int] = []
    types: list[str] = []
    values: list[str] = []
    for n, text in enumerate(texts, start=before + 1):
        if isinstance(text, str) and len(text) > 2:
            for kind, value in json.loads(text).items():
                numbers.append(n)
                types.append(kind)
                values.append(value)
    kept = pa.array(values, pa.string())
    plain = match_forms(kept, types).fill_null("")
    table = pa.table(
        [pa.array(numbers, pa.int32()), pa.array(types, pa.string()), kept, plain],
        names=list(stage.IDENTIFIERS),
    )
    return table.filter(pc.not_equal(plain, ""))
