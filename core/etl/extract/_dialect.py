"""How a text file is written: its encoding, its delimiter, and whether its quotes are regular."""

import codecs
import csv
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from statistics import mode

import numpy as np
from charset_normalizer import from_bytes

from core.errors import UnreadableFile

_CHUNK = 1 << 24
_HEAD = 1 << 18
_LONGEST_LINE = 1 << 20
_DISGUISES = {
    b"PK\x03\x04": "an Excel or OpenDocument workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (or one with a password)",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
}


@dataclass(frozen=True)
class Dialect:
    """`regular`: quotes stand only around cells, so that the fast reader and ours agree."""

    encoding: str
    delimiter: str
    regular: bool


def dialect(path: Path) -> Dialect:
    """Find out how the file is written; raises UnreadableFile when it is no text table."""
    try:
        facts = path.stat()
    except OSError as error:
        raise UnreadableFile(f"The file {path.name} cannot be opened: {error.strerror}.") from error
    return _dialect(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=32)
def _dialect(path: Path, size: int, changed: int) -> Dialect:
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    if not head.strip():
        raise UnreadableFile(
            f"{path.name} is empty. Check that the export ran and upload it again."
        )
    for magic, kind in _DISGUISES.items():
        if head.startswith(magic):
            raise UnreadableFile(
                f"{path.name} is named like a text file but is {kind}. "
                "Give it its right ending, or open it and save it as CSV."
            )
    encoding = _encoding(path, head)
    delimiter = _delimiter(head.decode(encoding, errors="ignore"))
    regular = not encoding.startswith("utf-16") and _quotes_are_regular(path, size, delimiter)
    return Dialect(encoding, delimiter, regular)


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _decodes(path, "utf-8"):
        return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    letters = sum(byte > 127 or chr(byte).isalpha() for byte in head)
    high = sum(byte > 127 for byte in head)
    guesses = ["cp1252", "latin-1"]
    if high > 0.25 * letters:  # accents are sparse in Latin text, other scripts are all high bytes
        best = from_bytes(head).best()
        guesses = [best.encoding, *guesses] if best else guesses
    return next(guess for guess in guesses if _decodes(path, guess))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as handle:
            while block := handle.read(_CHUNK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    lines = text.splitlines(keepends=True)
    lines = lines[:-1] or lines  # the last line may be cut by the end of the sample
    best, delimiter = 0.0, ","
    for candidate in ",;\t|":
        widths = _widths(lines, candidate)
        usual = mode(widths) if widths else 1
        if usual > 1:
            score = widths.count(usual) / len(widths) + min(usual, 50) / 500
            if score > best:
                best, delimiter = score, candidate
    return delimiter


def _widths(lines: list[str], delimiter: str) -> list[int]:
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        return [len(cells) for cells in islice(reader, 60) if cells]
    except csv.Error:
        return []


def _quotes_are_regular(path: Path, size: int, delimiter: str) -> bool:
    """Whether each quote opens or closes a cell or is doubled, with no NUL and no endless line."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    edges = np.zeros(256, dtype=bool)
    edges[[ord(delimiter), 10, 13, 34]] = True
    opening, last_line = True, 0
    for start in range(0, size, _CHUNK):
        chunk = data[start : start + _CHUNK]
        if not chunk.all():
            return False
        ends = np.flatnonzero(chunk == 10) + start
        if np.diff(ends, prepend=last_line).max(initial=0) > _LONGEST_LINE:
            return False
        last_line = int(ends[-1]) if len(ends) else last_line
        quotes = np.flatnonzero(chunk == 34) + start
        first = 0 if opening else 1
        opens, closes = quotes[first::2], quotes[1 - first :: 2]
        before = edges[data[np.maximum(opens - 1, 0)]] | _at_start(opens, data)
        after = edges[data[np.minimum(closes + 1, size - 1)]] | (closes == size - 1)
        if not (before.all() and after.all()):
            return False
        opening ^= len(quotes) % 2 == 1
    return opening and size - last_line <= _LONGEST_LINE


def _at_start(positions: np.ndarray, data: np.ndarray) -> np.ndarray:
    start = 3 if bytes(data[:3]) == codecs.BOM_UTF8 else 0
    found: np.ndarray = positions == start
    return found
