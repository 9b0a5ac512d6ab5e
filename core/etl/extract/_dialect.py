"""How a text file is written: its encoding, its delimiter, and whether its quotes are regular."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from statistics import mode

import numpy as np
import numpy.typing as npt

from core.errors import UnreadableFile
from core.etl.extract import _content
from core.etl.extract._encodings import ENCODINGS, decodes, guess_encoding

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 1 << 23
"""Characters of one line; a longer one is no row of a table."""
_CHUNK = 1 << 24
_HEAD = 1 << 18


@dataclass(frozen=True)
class Dialect:
    """`regular`: quotes stand only around cells, so that the fast reader and ours agree.

    `width` is how many cells most rows have; `lossy` says that the file itself holds U+FFFD.
    """

    encoding: str
    delimiter: str
    regular: bool
    width: int = 1
    lossy: bool = False


def dialect(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Dialect:
    """Find out how the file is written, or take a person's word for it.

    Raises UnreadableFile when it is no text table, or is not written in the encoding given.
    """
    _, size, changed = _content.version(path)
    if encoding is not None and encoding not in ENCODINGS:
        raise UnreadableFile(
            "“{encoding}” is no encoding. Choose one of: {names}.",
            encoding=encoding,
            names=", ".join(ENCODINGS),
        )
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise UnreadableFile("A delimiter is one character, such as a comma or a semicolon.")
    return _dialect(path, (size, changed), encoding, delimiter)


@lru_cache(maxsize=32)
def _dialect(
    path: Path, version: tuple[int, int], encoding: str | None, delimiter: str | None
) -> Dialect:
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    _check_text(path, head)
    if encoding is not None and not decodes(path, encoding):
        raise UnreadableFile(
            "{file} is not written in {encoding}: some of its bytes stand for no letter there. "
            "Choose another encoding.",
            file=path.name,
            encoding=encoding,
        )
    found = encoding or guess_encoding(path)
    text = head.decode(found, errors="ignore")
    chosen, width = _delimiter(text, DELIMITERS if delimiter is None else (delimiter,))
    size = version[0]
    regular, lossy = _quotes_are_regular(path, size, found, chosen), _is_lossy(path, found)
    return Dialect(found, chosen, regular, width, lossy)


def _check_text(path: Path, head: bytes) -> None:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise UnreadableFile(
            "{file} is empty. Check that the export ran and upload it again.", file=path.name
        )
    kind = _content.kind(head)
    if kind:
        raise UnreadableFile(
            "{file} is named like a text file but is {kind}. Unpack or open it, save the table "
            "as CSV or .xlsx, and upload that again.",
            file=path.name,
            kind=kind,
        )


def _delimiter(text: str, candidates: tuple[str, ...]) -> tuple[str, int]:
    """The delimiter that gives the most rows of one width, with that width."""
    lines = text.splitlines(keepends=True)
    lines = lines[:-1] or lines  # the last line may be cut by the end of the sample
    best, delimiter, width = 0.0, candidates[0], 1
    for candidate in candidates:
        widths = _widths(lines, candidate)
        usual = mode(widths) if widths else 1
        if usual > 1:
            score = widths.count(usual) / len(widths) + min(usual, 50) / 500
            if score > best:
                best, delimiter, width = score, candidate, usual
    return delimiter, width


def _widths(lines: list[str], delimiter: str) -> list[int]:
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        return [len(cells) for cells in islice(reader, 60) if cells]
    except csv.Error:
        return []


def _is_lossy(path: Path, encoding: str) -> bool:
    """Whether the text holds U+FFFD; only the Unicode encodings can."""
    if encoding not in ("utf-8", "utf-8-sig"):
        return encoding.startswith("utf-16")
    mark, rest = "\ufffd".encode(), b""
    with path.open("rb") as handle:
        while block := handle.read(_CHUNK):
            if mark in rest + block[:2] or mark in block:
                return True
            rest = block[-2:]
    return False


def _quotes_are_regular(path: Path, size: int, encoding: str, delimiter: str) -> bool:
    """Whether each quote opens or closes a cell or is doubled, with no NUL and no endless line."""
    if ord(delimiter) > 127:
        return False
    data = _codes(path, size, encoding)
    edges = np.zeros(256, dtype=bool)
    edges[[ord(delimiter), 10, 13, 34]] = True
    opening, last_line = True, 0
    for start, chunk in _chunks(data):
        if not chunk.all():
            return False
        ends = np.flatnonzero(chunk == 10) + start
        if np.diff(ends, prepend=last_line).max(initial=0) > LONGEST_LINE:
            return False
        last_line = int(ends[-1]) if len(ends) else last_line
        quotes = np.flatnonzero(chunk == 34) + start
        first = 0 if opening else 1
        opens, closes = quotes[first::2], quotes[1 - first :: 2]
        before = edges[_low(data[np.maximum(opens - 1, 0)])] | (opens == 0)
        after = edges[_low(data[np.minimum(closes + 1, len(data) - 1)])]
        if not (before.all() and (after | (closes == len(data) - 1)).all()):
            return False
        opening ^= len(quotes) % 2 == 1
    return opening and len(data) - last_line <= LONGEST_LINE


def _codes(path: Path, size: int, encoding: str) -> np.ndarray:
    """The file's letters as numbers, without a byte order mark, read from the disk as needed."""
    mark = _content.head(path)[:3]
    if encoding.startswith("utf-16"):
        marked = 2 if encoding == "utf-16" else 0
        small = encoding == "utf-16-le" or mark.startswith(codecs.BOM_UTF16_LE)
        kind = "<u2" if small else ">u2"
        return np.memmap(path, kind, "r", offset=marked, shape=((size - marked) // 2,))
    offset = 3 if mark == codecs.BOM_UTF8 else 0
    return np.memmap(path, np.uint8, "r", offset=offset, shape=(size - offset,))


def _low(codes: np.ndarray) -> npt.NDArray[np.uint8]:
    low: npt.NDArray[np.uint8] = np.minimum(codes, 255).astype(np.uint8)
    return low


def _chunks(data: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, len(data), _CHUNK):
        yield start, data[start : start + _CHUNK]
