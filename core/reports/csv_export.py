"""The one export writer: UTF-8 CSV that a spreadsheet opens without running anything."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_CHUNK = 64 * 1024
_LEADING = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
"""First characters that make a spreadsheet run a cell, with their full-width twins."""
_HARMLESS = re.compile(r"[+-]?[0-9][0-9 ().\-]*")
"""A signed number or a telephone number: nothing to run, and an apostrophe would damage it."""


def make_safe(text: str) -> str:
    """Return `text` with a leading apostrophe where a spreadsheet would take it for a formula.

    The importer takes that apostrophe away again. Source of the rule: OWASP, CSV injection.
    """
    bare = text.lstrip(" \u00a0\u200b\ufeff")
    if not bare or bare[0] not in _LEADING or _HARMLESS.fullmatch(bare):
        return text
    return "'" + text


def write_cell(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    """Return one cell: empty for unknown, true/false, ISO dates, plain decimals, safe text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, int | float):
        return str(value)
    return make_safe(str(value))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield the file in pieces of about 64 KiB, with a byte order mark so that accents survive."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([make_safe(name) for name in header])
    for row in rows:
        writer.writerow([write_cell(value) for value in row])
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
