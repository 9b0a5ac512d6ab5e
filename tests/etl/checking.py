"""Small files for tests and the whole check of one, as a person would run it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from core.etl import pipeline
from core.etl.choices import Mapping
from core.etl.rows import all_issues
from core.etl.tables.reading import read_frame

TODAY = date(2025, 6, 1)


@dataclass(frozen=True)
class Outcome:
    """Everything one check found, its batches put together."""

    frame: pd.DataFrame
    issues: pd.DataFrame

    @property
    def clean(self) -> pd.DataFrame:
        held = self.issues[self.issues["severity"] == "critical"]["row"]
        return self.frame[~self.frame["row"].isin(held)]

    @property
    def rules(self) -> dict[str, int]:
        return dict(Counter(self.issues["rule"]))

    def of(self, rule: str) -> list[tuple[int, str, str]]:
        found = self.issues[self.issues["rule"] == rule]
        return list(zip(found["row"], found["column"], found["value"], strict=True))


def check_file(
    path: Path, mapping: Mapping | None = None, *, key: str | None = None, batch_rows: int = 50_000
) -> Outcome:
    seen = pipeline.inspect(path)
    chosen = mapping or pipeline.default_mapping(seen.suggestions)
    with TemporaryDirectory() as folder:
        frame = read_frame([path], seen.layout, seen.shape, Path(folder) / "frame.arrow")
        parts = list(pipeline.check(frame, chosen, today=TODAY, key=key, batch_rows=batch_rows))
    rows = pd.concat([part.frame for part in parts], ignore_index=True)
    return Outcome(rows, all_issues([part.issues for part in parts]))


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path
