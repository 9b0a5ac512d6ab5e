"""The shipped rules on 100,000 typed rows, as masks; Great Expectations on 10,000 as the floor."""

import argparse
import time
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from core.etl.normalise import _DTYPES
from core.etl.rows import TYPES
from core.etl.rules import validate
from core.etl.rules.suite import Suite, load_suite

TODAY = date(2026, 1, 1)
ROWS, FLOOR_ROWS = 100_000, 10_000
WRONG = ("full_name", "sex", "email", "phone", "status")
"""Five columns that a wrong mapping fills with something else."""
_CODES = {
    "sex": ("FEMALE", "MALE"),
    "status": ("ACTIVE", "POTENTIAL"),
    "birth_precision": ("DAY", "YEAR"),
    "marital_status": ("SINGLE", "MARRIED"),
    "relationship_to_head": ("HEAD", "CHILD"),
}


def make_frame(rows: int, bad: float = 0.0, wrong: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return typed rows; a share `bad` of the cells of each column breaks its rule, and every
    cell of the `wrong` columns."""
    dice = np.random.default_rng(7)
    columns: dict[str, pa.Array] = {"row": pa.array(range(2, rows + 2), pa.int64())}
    for name, kind in TYPES.items():
        spoilt = dice.random(rows) < (1.0 if name in wrong else bad)
        columns[name] = _column(name, kind, spoilt, dice)
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper=_DTYPES.get)
    return frame


def _column(
    name: str, kind: pa.DataType, spoilt: np.ndarray, dice: np.random.Generator
) -> pa.Array:
    rows = len(spoilt)
    if pa.types.is_timestamp(kind):
        years = {"birth_date": (1940, 2010)}.get(name, (2015, 2025))
        year = dice.integers(*years, rows) + np.where(spoilt, 200, 0)
        days = (year - 1970).astype("datetime64[Y]").astype("datetime64[s]")
        return pa.array(days).cast(kind)
    if pa.types.is_boolean(kind):
        return pa.array(dice.random(rows) < 0.3)
    if pa.types.is_integer(kind):
        return pa.array(np.where(spoilt, 99, dice.integers(1, 5, rows))).cast(kind)
    if pa.types.is_floating(kind):
        return pa.array(np.where(spoilt, 500.0, dice.random(rows) * 100))
    if name in _CODES:
        fine = np.asarray(_CODES[name])[dice.integers(0, 2, rows)]
    else:
        form = {
            "account": "A{}",
            "email": "a{}@example.org",
            "phone": "+2260000{:06d}",
            "full_name": "Awa Traore",
        }
        fine = np.asarray([form.get(name, "Awa {}").format(n) for n in range(rows)])
    strange = np.asarray([f"{n} 12" for n in range(rows)])
    return pa.array(np.where(spoilt, strange, fine).tolist(), pa.string())


def cpu_seconds(suite: Suite, frame: pd.DataFrame) -> tuple[float, int]:
    """Return the CPU seconds of one run of the masks, and how many breaches it found."""
    validate.run(suite, frame.head(100), TODAY)
    started = time.process_time()
    found = validate.run(suite, frame, TODAY)
    return time.process_time() - started, len(found)


def floor_seconds(suite: Suite, frame: pd.DataFrame) -> tuple[float, int]:
    """Return the CPU seconds Great Expectations takes to list the rows, and how many it lists."""
    validate.gx_rows(suite, frame.head(10), TODAY)
    started = time.process_time()
    found = validate.gx_rows(suite, frame, TODAY)
    return time.process_time() - started, sum(map(len, found.values()))


def measure(rows: int = ROWS, floor_rows: int = FLOOR_ROWS) -> None:
    """Print one line for each state of the data."""
    suite = load_suite()
    print(f"\n{len(suite.expectations)} rules, CPU seconds")
    cases: dict[str, tuple[float, tuple[str, ...]]] = {
        "clean": (0.0, ()),
        "1 % of the cells bad": (0.01, ()),
        "five columns wrong": (0.01, WRONG),
    }
    for name, (bad, wrong) in cases.items():
        spent, found = cpu_seconds(suite, make_frame(rows, bad, wrong))
        floor, listed = floor_seconds(suite, make_frame(floor_rows, bad, wrong))
        print(
            f"  {name:<22}{rows:>9,} rows {spent:6.2f} s {found:>9,} breaches"
            f"   Great Expectations {floor_rows:>7,} rows {floor:6.2f} s {listed:>8,}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suite_speed", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    measure(parser.parse_args().rows)
