"""Sources of rows: one module per kind of file, each with an EXTRACTOR, read as text only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import UnreadableFile
from core.etl.rows import Batch, Line, Sheet
from core.etl.shapes import Layout
from core.registry import discover


class BatchReader(Protocol):
    """Reads a sheet below its header row, some thousand rows at a time, in the file's order.

    The batches have `_row` and the layout's own columns, or only those of `columns`.
    """

    def __call__(
        self, path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
    ) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class Extractor:
    """How one kind of file is read: its file name endings and three functions.

    `sheets` lists the tables, `sample` gives the first records with their row numbers, `batches`
    streams everything below a header row as text; all raise UnreadableFile with a remedy.
    """

    key: str
    suffixes: tuple[str, ...]
    sheets: Callable[[Path], list[Sheet]]
    sample: Callable[[Path, str, int], list[Line]]
    batches: BatchReader


def every_name(headers: Sequence[str]) -> tuple[str, ...]:
    """Give the columns that are no part of the table a name too, one that no header can have."""
    return tuple(header or f"\0{position}" for position, header in enumerate(headers))


def extractors() -> dict[str, Extractor]:
    """All extractors, by key."""
    found = discover(__name__, "EXTRACTOR")
    return {key: part for key, part in found.items() if isinstance(part, Extractor)}


def extractor_for(path: Path) -> Extractor:
    """The extractor for the file's ending; it checks the content itself when it reads."""
    known = extractors().values()
    for extractor in known:
        if path.suffix.lower() in extractor.suffixes:
            return extractor
    endings = ", ".join(sorted(suffix for part in known for suffix in part.suffixes))
    raise UnreadableFile(
        f"Files ending in “{path.suffix}” cannot be imported. Save the table as one of: {endings}."
    )
