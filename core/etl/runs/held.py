"""Held rows that are tried again: kept with the numbers they have in their own file."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa

from core.etl import frame
from core.etl.frame import PIECE, Frame
from core.etl.rows import ROW, Batch, Severity, all_issues, issue_frame

SUFFIX = ".held"


def write_held(
    path: Path, rows: Iterable[tuple[int, dict[str, str]]], faults: pd.DataFrame
) -> None:
    """Write rows as read, by number, with what was wrong in their form; the same rows give the
    same file."""
    wrong: dict[int, list[list[str]]] = {}
    columns = (faults[name].tolist() for name in ("row", "column", "rule", "severity", "value"))
    for row, *fault in zip(*columns, strict=True):
        wrong.setdefault(row, []).append(fault)
    with path.open("w", encoding="utf-8") as file:
        for row, values in rows:
            line = {"row": row, "values": values, "faults": wrong.get(row, [])}
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


def read_held(path: Path, headers: Sequence[str], target: Path) -> Frame:
    """Return the frame at `target`, made from a file of held rows unless it is there already."""
    return frame.find(target) or frame.write(target, headers, _batches(path, headers))


def _batches(path: Path, headers: Sequence[str]) -> Iterator[Batch]:
    with path.open(encoding="utf-8") as file:
        while lines := list(islice(file, PIECE)):
            rows = [json.loads(line) for line in lines]
            columns = {name: [one["values"].get(name, "") for one in rows] for name in headers}
            table = pa.table(
                {
                    ROW: pa.array([one["row"] for one in rows], pa.int64()),
                    **{name: pa.array(texts, pa.string()) for name, texts in columns.items()},
                }
            )
            faults = [(one["row"], *fault) for one in rows for fault in one["faults"]]
            parts = [
                issue_frame([row], rule, Severity(severity), column=column, values=value)
                for row, column, rule, severity, value in faults
            ]
            yield Batch(table, all_issues(parts))
