"""Sources of rows: one module per kind of file, each with an EXTRACTOR, read as text only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import UnreadableFile, Words
from core.etl.extract import _content
from core.etl.rows import Batch, Line, Sheet
from core.etl.tables.shapes import Layout
from core.registry import discover


class BatchReader(Protocol):
    """Reads a sheet below its header row, some thousand rows at a time, in the file's order.

    The batches have `_row` and the layout's own columns, or only those of `columns`.
    """

    def __call__(
        self, path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
    ) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class Candidate:
    """An encoding a text file may be written in, and cells as they would read then."""

    encoding: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TextForm:
    """What a person may decide about a text file: `encodings` gives up to three candidates, the
    likeliest first; `sample` the first records read with an encoding and a delimiter of choice.
    """

    encodings: Callable[[Path], list[Candidate]]
    sample: Callable[[Path, int, str | None, str | None], list[Line]]


def _never(_path: Path, _head: bytes) -> bool:
    return False


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Extractor:
    """How one kind of file is read: its file name endings and three functions.

    `sheets` lists the tables, `sample` gives the first records with their row numbers, `batches`
    streams everything below a header row as text; all raise UnreadableFile with a remedy.
    `recognises` tells from a file's first bytes that it is certainly of this kind, whatever its
    ending; a `binary` kind is never plain text. Where `named`, row 1 always holds the headers.
    `forget` drops what was kept of the last file so that it need not be parsed again.
    """

    key: str
    suffixes: tuple[str, ...]
    sheets: Callable[[Path], list[Sheet]]
    sample: Callable[[Path, str, int], list[Line]]
    batches: BatchReader
    recognises: Callable[[Path, bytes], bool] = _never
    binary: bool = False
    named: bool = False
    forget: Callable[[], None] = _nothing
    text: TextForm | None = None


def every_name(headers: Sequence[str]) -> tuple[str, ...]:
    """Give the columns that are no part of the table a name too, one that no header can have."""
    return tuple(header or f"\0{position}" for position, header in enumerate(headers))


def extractors() -> dict[str, Extractor]:
    """All extractors, by key."""
    found = discover(__name__, "EXTRACTOR")
    return {key: part for key, part in found.items() if isinstance(part, Extractor)}


def extractor_for(path: Path) -> Extractor:
    """The extractor for what the file holds; its ending decides only where its content does not.

    Raises UnreadableFile, naming the kind, for what is no table and for an unknown ending.
    """
    known = extractors()
    head = _content.head(path)
    for extractor in known.values():
        if extractor.recognises(path, head):
            return extractor
    named = next((one for one in known.values() if path.suffix.lower() in one.suffixes), None)
    if named is not None and named.binary and _content.is_text(head):
        return next(one for one in known.values() if one.text)
    if named is not None:
        return named
    endings = ", ".join(sorted(suffix for part in known.values() for suffix in part.suffixes))
    kind = _content.kind(head)
    not_one = Words("{file} is {kind}, not a table.", file=path.name, kind=kind)
    raise UnreadableFile(
        "{found} Save the table as one of: {endings}.",
        found=not_one if kind else _unknown(path.suffix),
        endings=endings,
    )


def _unknown(ending: str) -> Words:
    if not ending:
        return Words("Files without ending cannot be imported.")
    return Words("Files ending in “{ending}” cannot be imported.", ending=ending)


def forget() -> None:
    """Let every extractor drop what it kept of the last file."""
    for extractor in extractors().values():
        extractor.forget()
