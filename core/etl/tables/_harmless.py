"""Which files are read in the process itself: those too small and too plain to do harm."""

import re
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

SMALL_TEXT = 5 << 20
SMALL_WORKBOOK = 256 << 10
_MOST_UNPACKED = 5 << 20
_MOST_CELLS = 1_000_000
_TEXTS = (".csv", ".tsv", ".txt", ".tab")
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')


def are_harmless(paths: Sequence[Path]) -> bool:
    """Whether all files can be read here: starting a child costs most of a second.

    Plain text up to 5 MB, and .xlsx up to 256 KiB that unpacks to little and spans few cells.
    Everything else, and every file that is not what its ending says, is for the child.
    """
    return all(_is_harmless(path) for path in paths)


def _is_harmless(path: Path) -> bool:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4)
        if path.suffix.lower() in _TEXTS:
            return size <= SMALL_TEXT and not head.startswith((b"PK", b"PAR1", b"\xd0\xcf"))
        small = path.suffix.lower() == ".xlsx" and size <= SMALL_WORKBOOK
        return small and head.startswith(b"PK") and _spans_little(path)
    except (OSError, BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return False


def _spans_little(path: Path) -> bool:
    left = _MOST_UNPACKED
    with ZipFile(path) as package:
        for name in package.namelist():
            with package.open(name) as part:
                text = part.read(left + 1)
            left -= len(text)
            if left < 0 or (name.startswith("xl/worksheets/") and _cells(text) > _MOST_CELLS):
                return False
    return True


def _cells(text: bytes) -> int:
    """How many cells the area between the first cell of a sheet and its last filled one has."""
    found = set(_CELL.findall(text))
    rows = max((int(row) for _, row in found), default=0)
    widest = max((letters.rjust(3) for letters, _ in found), default=b"")
    columns = 0
    for letter in widest.strip():
        columns = columns * 26 + letter - 64
    return rows * columns
