"""How often each value of a column occurs, for a person who says what the values mean."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from core.etl.cells import clean
from core.etl.frame import Frame

MOST_DISTINCT = 5_000
"""More values than anybody reads: what comes beyond them is not counted."""


@dataclass(frozen=True)
class Counts:
    """The filled cells of a column by value; `more` says that some values are not among them."""

    values: Mapping[str, int]
    more: bool = False


def count_values(
    frame: Frame, headers: Sequence[str], limit: int = MOST_DISTINCT
) -> dict[str, Counts]:
    """Return the cleaned values of each column, the most frequent first."""
    found: dict[str, Counter[str]] = {header: Counter() for header in headers}
    full: set[str] = set()
    for batch in frame.batches(columns=list(found)) if found else ():
        for header, counter in found.items():
            counts = pc.value_counts(clean(_texts(batch.table[header])))
            for pair in counts.to_pylist():
                value = pair["values"]
                if not value:
                    continue
                if value in counter or len(counter) < limit:
                    counter[value] += pair["counts"]
                else:
                    full.add(header)
    return {
        header: Counts(dict(counter.most_common()), header in full)
        for header, counter in found.items()
    }


def _texts(column: pa.ChunkedArray) -> pa.StringArray:
    return column.combine_chunks().cast(pa.string())
