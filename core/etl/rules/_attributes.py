"""A file's own columns, kept as JSON text, as typed columns for the rules that look at them."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from core.domain.fields import ATTRIBUTE_PREFIX
from core.etl.rows import Severity, all_issues, issue_frame, no_issues
from core.etl.rules.expectations import DATE, NUMBER
from core.etl.rules.suite import Suite
from core.etl.values import convert
from core.etl.values.dates import read_date

_UNREADABLE = {NUMBER: "invalid_number", DATE: "invalid_date"}


def with_attributes(
    suite: Suite, frame: pd.DataFrame, today: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add a column `attribute.<name>` for each that the rules look at.

    Returns the issues too: values that are no number or date where the suite expects one.
    """
    missing = {
        name: kind
        for name, kind in suite.attribute_kinds.items()
        if f"{ATTRIBUTE_PREFIX}{name}" not in frame.columns
    }
    if not missing:
        return frame, no_issues()
    kept = [json.loads(text) if text and text != "{}" else {} for text in frame["attributes"]]
    added, issues = {}, []
    for name, kind in missing.items():
        texts = pa.array([said.get(name) for said in kept], pa.string())
        values = _typed(texts, kind, today)
        column = f"{ATTRIBUTE_PREFIX}{name}"
        added[column] = pd.Series(values.to_pandas().array, index=frame.index)
        lost = np.flatnonzero(texts.is_valid().to_numpy(False) & values.is_null().to_numpy(False))
        if len(lost):
            issues.append(
                issue_frame(
                    frame["row"].to_numpy()[lost],
                    _UNREADABLE[kind],
                    Severity.WARNING,
                    field=column,
                    values=texts.take(pa.array(lost)).to_pylist(),
                )
            )
    return frame.assign(**added), all_issues(issues)


def _typed(texts: pa.StringArray, kind: str, today: date) -> pa.Array:
    """The values of one attribute; null where a text is not what the suite expects."""
    if kind not in _UNREADABLE:
        return texts
    coded = texts.dictionary_encode()
    if kind == NUMBER:
        return convert.to_numbers(coded.dictionary).values.take(coded.indices)
    days = [read_date(text, None, today).day for text in coded.dictionary.to_pylist()]
    return pa.array(days, pa.date32()).cast(pa.timestamp("s")).take(coded.indices)
