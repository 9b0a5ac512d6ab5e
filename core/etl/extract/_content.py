"""What a file is by its first bytes, whatever its name says."""

import codecs
from pathlib import Path

from core.errors import UnreadableFile, Words

HEAD = 4096
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
PARQUET = b"PAR1"
_KINDS = {
    ZIP: Words("a zip archive"),
    OLE: Words("an old Office document"),
    PARQUET: Words("a Parquet file"),
    b"\x1f\x8b": Words("a gzip archive"),
    b"BZh": Words("a bzip2 archive"),
    b"7z\xbc\xaf": Words("a 7-Zip archive"),
    b"Rar!": Words("a RAR archive"),
    b"\xfd7zXZ": Words("an xz archive"),
    b"\x28\xb5\x2f\xfd": Words("a Zstandard archive"),
    b"%PDF": Words("a PDF document"),
    b"{\\rtf": Words("a text document (RTF)"),
    b"\x89PNG": Words("a picture (PNG)"),
    b"\xff\xd8\xff": Words("a picture (JPEG)"),
    b"GIF8": Words("a picture (GIF)"),
    b"SQLite format 3": Words("a SQLite database"),
    b"\x00\x01\x00\x00Standard ": Words("an Access database"),
    b"$FL2": Words("an SPSS data file"),
    b"<stata_dta>": Words("a Stata data file"),
    b"<?xml": Words("an XML document"),
    b"ARROW1": Words("an Arrow file"),
    b"\x7fELF": Words("a program"),
    b"MZ": Words("a program"),
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
        raise UnreadableFile(
            "The file {file} cannot be opened: {reason}.", file=path.name, reason=error.strerror
        ) from error
    return path, facts.st_size, facts.st_mtime_ns


def head(path: Path) -> bytes:
    """The first bytes of the file; nothing where there is none."""
    try:
        with path.open("rb") as handle:
            return handle.read(HEAD)
    except OSError:
        return b""


def kind(first: bytes) -> Words | None:
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
