"""Inside an old .xls: the compound file that holds its stream, and the errors in its cells."""

import struct
from collections.abc import Iterator
from pathlib import Path

_END = 0xFFFFFFFA
"""Sector numbers from here on mark the end of a chain or a sector of no stream."""
_BOUND_SHEET, _END_OF_SHEET, _FORMULA, _ERROR_OR_FLAG = 0x85, 0x0A, 0x06, 0x205
_STREAMS = ("workbook", "book")


def old_errors(path: Path, place: int) -> Iterator[tuple[int, int, int]]:
    """Yield (row from 1, column from 0, error code) of the cells of the sheet at `place` that show
    an error; nothing for a file that is not as its format says."""
    try:
        yield from _errors(_workbook_stream(path.read_bytes()), place)
    except (struct.error, IndexError, ValueError):
        return


def stream_names(path: Path) -> frozenset[str]:
    """The names of what a compound file holds, in lower case; none for a damaged one."""
    try:
        content = path.read_bytes()
        size = _sector_size(content)
        directory = _directory(content, _allocation(content, size), size)
    except (struct.error, IndexError, ValueError):
        return frozenset()
    return frozenset(name for name, *_ in directory)


def _errors(stream: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    starts = [
        struct.unpack_from("<I", data)[0]
        for kind, data in _records(stream, 0)
        if kind == _BOUND_SHEET
    ]
    depth = 0
    for kind, data in _records(stream, starts[place]):
        # A chart inside the sheet has a beginning and an end of its own.
        depth += kind in (0x809, 0x409, 0x209)
        depth -= kind == _END_OF_SHEET
        if depth < 1:
            return
        if depth > 1 or kind not in (_FORMULA, _ERROR_OR_FLAG):
            continue
        row, column = struct.unpack_from("<HH", data)
        if kind == _ERROR_OR_FLAG and data[7]:
            yield row + 1, column, data[6]
        elif kind == _FORMULA and data[12:14] == b"\xff\xff" and data[6] == 2:
            yield row + 1, column, data[8]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _workbook_stream(content: bytes) -> bytes:
    """The stream of a compound file that holds the workbook."""
    size, short = _sector_size(content), 64
    table = _allocation(content, size)
    cutoff, first_short = struct.unpack_from("<II", content, 56)
    entries = _directory(content, table, size)
    found = [one for name in _STREAMS for one in entries if one[0] == name and one[1] == 2]
    _, _, start, length = found[0]
    if length >= cutoff:
        return _chain(content, table, start, size)[:length]
    root = next(entry for entry in entries if entry[1] == 5)
    short_table = _numbers(_chain(content, table, first_short, size))
    short_content = bytes(size) + _chain(content, table, root[2], size)
    # The short sectors of a file lie in the root's stream, without the header before them.
    return b"".join(
        short_content[size + at * short : size + (at + 1) * short]
        for at in _steps(short_table, start)
    )[:length]


def _allocation(content: bytes, size: int) -> tuple[int, ...]:
    """Which sector follows which."""
    sectors = list(struct.unpack_from("<109I", content, 76))
    following, count = struct.unpack_from("<II", content, 68)
    for _ in range(min(count, len(content) // size)):
        if following >= _END:
            break
        numbers = _numbers(_sector(content, following, size))
        sectors += numbers[:-1]
        following = numbers[-1]
    parts = [_sector(content, number, size) for number in sectors if number < _END]
    return _numbers(b"".join(parts))


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _sector(content: bytes, number: int, size: int) -> bytes:
    return content[(number + 1) * size : (number + 2) * size]


def _chain(content: bytes, table: tuple[int, ...], start: int, size: int) -> bytes:
    return b"".join(_sector(content, number, size) for number in _steps(table, start))


def _steps(table: tuple[int, ...], start: int) -> Iterator[int]:
    at, left = start, len(table)
    while at < _END and left:
        yield at
        at, left = table[at], left - 1


def _sector_size(content: bytes) -> int:
    shift, short_shift = struct.unpack_from("<HH", content, 30)
    if shift not in (9, 12) or short_shift != 6:
        raise ValueError("no compound file has sectors of this size")
    return 1 << int(shift)


def _directory(
    content: bytes, table: tuple[int, ...], size: int
) -> list[tuple[str, int, int, int]]:
    found = _chain(content, table, struct.unpack_from("<I", content, 48)[0], size)
    return [_entry(found, at) for at in range(0, len(found) - 127, 128)]


def _entry(directory: bytes, at: int) -> tuple[str, int, int, int]:
    """Name, type (2 stream, 5 root), first sector and length of an entry."""
    length = min(struct.unpack_from("<H", directory, at + 64)[0], 64)
    name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", errors="replace")
    start, size = struct.unpack_from("<II", directory, at + 116)
    return name.lower(), directory[at + 66], start, size
