"""A table as a file: whole or not at all, its rows counted, and logged before a byte leaves."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from core.reports.csv_export import write_csv
from core.storage.audit import record_access
from core.storage.database import Session, data_dir, reading

AT_ONCE = 1 << 16
Rows = Iterable[Sequence[Any]]


class RowCount:
    """Counts the rows that pass."""

    def __init__(self) -> None:
        self.rows = 0

    def pass_on(self, rows: Rows) -> Iterator[Sequence[Any]]:
        """Yield rows as they come."""
        for row in rows:
            self.rows += 1
            yield row


@dataclass(frozen=True)
class TableFile:
    """A table that leaves: the name of who takes it, what the log calls it, and what reads its
    heads and rows in a transaction that `opened` opens."""

    actor: str
    subject: str | None
    kind: str
    read: Callable[[Session], tuple[Sequence[str], Rows]]
    opened: Callable[[], AbstractContextManager[Session]] = reading


def fill(table: TableFile, file: IO[bytes]) -> int:
    """Write a table as CSV and log that it leaves; return how many rows it holds."""
    counted = RowCount()
    with table.opened() as db:
        heads, rows = table.read(db)
        file.writelines(write_csv(heads, counted.pass_on(rows)))
    record_access(table.actor, "export", table.subject, kind=table.kind, rows=counted.rows)
    return counted.rows


def send(table: TableFile) -> Iterator[bytes]:
    """Yield a table as CSV, in pieces."""
    # By way of a file: a slow browser keeps nobody from writing, and no table locked.
    with TemporaryFile(dir=data_dir()) as file:
        fill(table, file)
        file.seek(0)
        while chunk := file.read(AT_ONCE):
            yield chunk


def send_file(write: Callable[[Path], object], name: str) -> Iterator[bytes]:
    """Yield the file that `write` makes, in pieces, by way of a folder of its own."""
    with TemporaryDirectory(dir=data_dir()) as folder:
        path = Path(folder) / name
        write(path)
        with path.open("rb") as file:
            while chunk := file.read(AT_ONCE):
                yield chunk


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a path whose file becomes `out` when the block ends well, and else is removed."""
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def sum_up(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
