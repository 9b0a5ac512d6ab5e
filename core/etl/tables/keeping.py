"""Row filters: only the rows that pass all of them stay, with what was found in them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInput
from core.etl.rows import ROW, Batch
from core.etl.tables.shapes import KEEPS, Keep


def keep_rows(batch: Batch, keeps: Sequence[Keep]) -> Batch:
    """Return a batch without the rows that fail one of the filters."""
    if not keeps:
        return batch
    stay = np.ones(batch.table.num_rows, dtype=bool)
    for keep in keeps:
        if keep.op not in KEEPS:
            names = ", ".join(KEEPS)
            raise InvalidInput(
                "“{op}” is no way to choose rows. Use one of: {names}.", op=keep.op, names=names
            )
        texts = pc.fill_null(pc.utf8_trim_whitespace(batch.table[keep.header]), "")
        wanted = keep.value.strip() if keep.op in ("is", "is_not") else ""
        same = pc.equal(texts, wanted).to_numpy()
        stay &= same if keep.op in ("is", "empty") else ~same
    gone = batch.table[ROW].to_numpy()[~stay]
    issues = batch.issues[~batch.issues["row"].isin(gone)]
    return Batch(batch.table.filter(pa.array(stay)), issues)
