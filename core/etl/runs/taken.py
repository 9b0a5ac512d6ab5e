"""The identifiers of one row as the registry compares them."""

from collections.abc import Mapping as Pairs

import pyarrow as pa

from core.domain.fields import IDENTIFIER_PREFIX
from core.etl import cells
from core.etl.choices import Mapping
from core.etl.values import convert


def identifiers_of(raw: Pairs[str, str], mapping: Mapping) -> list[tuple[str, str]]:
    """Return (type, compared form) of each identifier that a row as read holds."""
    found = []
    for header, column in mapping.columns.items():
        name = column.field or ""
        if not name.startswith(IDENTIFIER_PREFIX) or column.left_out or not raw.get(header):
            continue
        text = cells.clean(pa.array([raw[header]], pa.string()))
        (form,) = convert.to_match_forms(text, name).to_pylist()
        if form:
            found.append((name.removeprefix(IDENTIFIER_PREFIX), form))
    return found
