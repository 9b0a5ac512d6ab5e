"""Which encoding a text file is written in: what is certain, and candidates to choose from."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes

from core.errors import UnreadableFile
from core.etl.extract import Candidate

ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
    *("cp1252", "latin-1", "cp1256", "cp1250", "cp1251", "cp1253"),
    *("cp1254", "cp1255", "cp1257", "cp1258", "cp874", "iso8859-6", "iso8859-7", "iso8859-9"),
    *("cp437", "cp850", "cp852", "cp864", "koi8-r", "mac-roman", "gb18030", "big5", "shift-jis"),
    *("euc-jp", "euc-kr"),
)
"""What a text file may be said to be written in."""
MOST_CANDIDATES = 3
_USUAL = ("cp1252", "cp1256", "cp1250", "cp1251", "cp1254")
_SCRIPTS = ("cp1252", "cp1256", "cp1255", "cp1251", "cp1253", "cp874")
_WORD = re.compile(r"[^\s,;|\"'()./:-]*")
_CHUNK = 1 << 24
_LINES = 400
_CELLS_SHOWN = 8
_OUTSIDE = re.compile(r"[^\x00-\x7f]")
_EDGES = re.compile(r'[,;|\t"\r\n]+')


def guess_encoding(path: Path) -> str:
    """The encoding of the file: a byte order mark and valid UTF-8 are certain, others a guess."""
    with path.open("rb") as handle:
        start = handle.read(4096)
    wide = _wide(start)
    if wide and decodes(path, wide):
        return wide
    if wide:
        raise UnreadableFile(
            "{file} begins as UTF-16 but its text is damaged or breaks off. Export it again.",
            file=path.name,
        )
    if decodes(path, "utf-8"):
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    lines = b"".join(_marked_lines(path))
    letters = sum(byte > 127 or chr(byte).isalpha() for byte in lines)
    high = sum(byte > 127 for byte in lines)
    guesses = ["cp1252", "latin-1"]
    if high > 0.25 * letters:  # accents are sparse in Latin text, other scripts are all high bytes
        guesses = [*_ranked(lines), *guesses]
    return next(guess for guess in guesses if decodes(path, guess))


def _wide(start: bytes) -> str | None:
    """UTF-16 by its byte order mark, or by its letters: every other byte of Latin text is 0."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    pairs = len(start) // 2
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if pairs and start[first::2].count(0) > 0.6 * pairs and 0 not in start[1 - first :: 2]:
            return name
    return None


def decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file is text in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as handle:
            while block := handle.read(_CHUNK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def encodings(path: Path) -> list[Candidate]:
    """Up to three encodings the file can be read with, the likeliest first, each with cells that
    hold letters outside ASCII; candidates that read them the same are one."""
    best = guess_encoding(path)
    if best.startswith("utf-16"):
        with path.open(encoding=best) as handle:
            return [Candidate(best, _marked(handle.read(1 << 16)))]
    lines = list(_marked_lines(path))
    found: dict[tuple[str, ...], str] = {}
    for encoding in dict.fromkeys((best, *_matches(b"".join(lines)), *_USUAL)):
        if len(found) == MOST_CANDIDATES:
            break
        cells = _marked_cells(lines, encoding)
        if cells is not None and cells not in found and decodes(path, encoding):
            found[cells] = encoding
    return [Candidate(encoding, cells) for cells, encoding in found.items()]


def _ranked(lines: bytes) -> list[str]:
    """Encodings by the share of words that look like words in them; the usual ones first."""
    shares = {}
    for encoding in dict.fromkeys((*_SCRIPTS, *_matches(lines))):
        try:
            words = {word for word in _WORD.findall(lines.decode(encoding)) if not word.isascii()}
        except UnicodeDecodeError:
            continue
        shares[encoding] = sum(map(_is_word, words)) / len(words) if words else 0
    return sorted(shares, key=lambda encoding: -shares[encoding])


def _is_word(text: str) -> bool:
    """Whether letters are of one script and case, as wrongly decoded ones are not."""
    marked = [char for char in text if not char.isascii()]
    scripts = {unicodedata.name(char, "?").split(" ")[0] for char in marked}
    if unicodedata.category(text[0])[0] == "M" or len(scripts) != 1:
        return False
    if not all(unicodedata.category(char)[0] in "LM" for char in marked):
        return False
    latin = scripts == {"LATIN"}
    if any(char.isascii() and char.isalpha() for char in text) != latin and len(text) > 2:
        return False
    return not text.isalpha() or text in (text.lower(), text.upper(), text.capitalize())


def _matches(lines: bytes) -> list[str]:
    names = (match.encoding.replace("_", "-") for match in from_bytes(lines))
    return [name for name in names if name in ENCODINGS and name not in ("utf-8", "utf-16")]


def _marked_lines(path: Path) -> Iterator[bytes]:
    """The first lines with bytes outside ASCII; the parts of an endless line count as lines."""
    with path.open("rb") as handle:
        lines = iter(lambda: handle.readline(1 << 16), b"")
        yield from islice((line for line in lines if not line.isascii()), _LINES)


def _marked_cells(lines: list[bytes], encoding: str) -> tuple[str, ...] | None:
    """Cells with letters outside ASCII as they read in an encoding; None if it cannot be."""
    try:
        cells = _marked(b"".join(lines).decode(encoding))
    except UnicodeDecodeError:
        return None
    return cells if cells or not lines else None


def _marked(text: str) -> tuple[str, ...]:
    cells = dict.fromkeys(
        cell.strip()[:80] for cell in _EDGES.split(text) if _OUTSIDE.search(cell) and cell.strip()
    )
    return tuple(islice(cells, _CELLS_SHOWN))
