"""What leaves: a file on its way to the browser, and what a written file holds."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Outgoing:
    """A file on its way to the browser, to be saved or, `inline`, to be shown."""

    file_name: str
    chunks: Iterator[bytes]
    media_type: str = "text/csv; charset=utf-8"
    inline: bool = False


@dataclass(frozen=True)
class ExportReport:
    """What a written file holds."""

    rows: int
    sha256: str
