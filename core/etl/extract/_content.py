"""What a file is by its first bytes, whatever its name says."""

import codecs
from pathlib import Path

from core.errors import UnreadableFile

HEAD = 4096
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
PARQUET = b"PAR1"
_KINDS = {
    ZIP: "a zip archive",
    OLE: "an old Office document",
    PARQUET: "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"%PDF": "a PDF document",
    b"{\\rtf": "a text document (RTF)",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"SQLite format 3": "a SQLite database",
    b"\x00\x01\x00\x00Standard ": "an Access database",
    b"$FL2": "an SPSS data file",
    b"<stata_dta>": "a Stata data file",
    b"<?xml": "an XML document",
    b"ARROW1": "an Arrow file",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}
_ALWAYS = (b"%PDF", b"{\\rtf", b"<stata_dta>", b"<?xml")
"""No text table begins like this; other signs in plain letters count only before binary data."""


def version(path: Path) -> tuple[Path, int, int]:
    """What tells a file from an earlier one of the same name: its size and when it was written.

    Raises UnreadableFile where it cannot be opened.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise UnreadableFile(f"The file {path.name} cannot be opened: {error.strerror}.") from error
    return path, facts.st_size, facts.st_mtime_ns


def head(path: Path) -> bytes:
    """The first bytes of the file; nothing where there is none."""
    try:
        with path.open("rb") as handle:
            return handle.read(HEAD)
    except OSError:
        return b""


def kind(first: bytes) -> str | None:
    """Say what the bytes begin, if it is a known kind that is no text."""
    found = next((magic for magic in _KINDS if first.startswith(magic)), None)
    if found is None or not (found in _ALWAYS or b"\0" in first or not _is_plain(found)):
        return None
    return _KINDS[found]


def _is_plain(magic: bytes) -> bool:
    return magic.isascii() and magic.decode("ascii").isprintable()


def is_text(first: bytes) -> bool:
    """Whether the bytes begin some text; nothing at all is none."""
    if not first.strip() or kind(first):
        return False
    return first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" not in first


def as_text(first: bytes) -> str:
    """The bytes as text for a look at what is written there, white space before it left out."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return first.decode("utf-16", errors="replace").lstrip()
    return first.removeprefix(codecs.BOM_UTF8).decode("latin-1").lstrip()
