"""Typed cells as the text a person would read, a whole column at a time."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_EXACT = 1e15
"""From here on a spreadsheet no longer keeps all digits of a number."""


def column_text(cells: Sequence[object]) -> pa.StringArray:
    """One column of a sheet as text."""
    kinds = set(map(type, cells))
    if kinds == {str}:
        return text_array(cells)  # type: ignore[arg-type]
    if kinds == {float}:
        return float_text(pa.array(cells, pa.float64()))
    if len(kinds - {str}) == 1 and kinds - {str} != {float}:
        # One kind beside text: what is equal reads the same, so each value is written once.
        known = {cell: _TEXTS[type(cell)](cell) for cell in set(cells)}
        return pa.array([known[cell] for cell in cells], pa.string())
    return pa.array([_TEXTS[type(cell)](cell) for cell in cells], pa.string())


def row_text(cells: Sequence[object]) -> tuple[str, ...]:
    """One row as text."""
    return tuple(_TEXTS[type(cell)](cell) for cell in cells)


def text_array(cells: Sequence[str]) -> pa.StringArray:
    """Texts as Arrow has them, several times as fast as letting it take them one by one."""
    joined = "".join(cells).encode("utf-8", "surrogatepass")
    lengths = np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
    ends = np.concatenate(([0], np.cumsum(lengths)))
    if ends[-1] != len(joined) or ends[-1] >= 1 << 31:
        return pa.array(cells, pa.string())
    offsets = pa.py_buffer(ends.astype(np.int32))
    return pa.Array.from_buffers(pa.string(), len(cells), [None, offsets, pa.py_buffer(joined)])


def float_text(values: pa.Array) -> pa.StringArray:
    """Numbers as text: whole ones without a point, those of lost digits as 4.49E+35."""
    whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), _EXACT))
    if pc.all(whole, min_count=0).as_py():
        return values.cast(pa.int64()).cast(pa.string())
    return pa.array(
        [None if value is None else number_text(value) for value in values.to_pylist()],
        pa.string(),
    )


def number_text(value: float) -> str:
    """A number as a spreadsheet shows it."""
    if value.is_integer():
        return str(int(value)) if abs(value) < _EXACT else _rounded(value)
    return f"{value:.15g}"


def _rounded(value: float) -> str:
    """Return a number of lost digits as the spreadsheet shows it: 4.49E+35."""
    digits, exponent = f"{value:.15E}".split("E")
    return f"{digits.rstrip('0').rstrip('.')}E{exponent}"


def moment_text(value: datetime) -> str:
    """A date; with its time unless that is midnight."""
    if value.time() == time():
        return value.date().isoformat()
    return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def duration_text(value: timedelta) -> str:
    """A length of time in hours, as a spreadsheet shows it: 255:10:10."""
    seconds = round(value.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' if seconds < 0 else ''}{hours}:{rest // 60:02}:{rest % 60:02}"


_TEXTS: dict[type, Callable[..., str]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: number_text,
    datetime: moment_text,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: duration_text,
}
