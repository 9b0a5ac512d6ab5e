"""Remote sources of rows: one module per kind, each with a CONNECTOR; their answer is a file.

What a source answers is written to a JSON Lines file, which then goes the way of any upload.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, RegistryError
from core.etl.connect._options import Entry, Option, Part, check_choices, find_missing, is_asked
from core.registry import discover

__all__ = ["Entry", "Option", "Part", "find_missing", "is_asked"]
_LONE = "backslashreplace"
"""Half a surrogate pair is no letter; as a JSON escape it stays what the source said."""
Record = dict[str, Any]
Cursor = dict[str, Any]
"""How far a source was read: `value` and the tie-break `id` of the last record, `swept_at` when
all of it was read last. JSON, kept with the data it stands for."""


class SourceFailed(RegistryError):
    """A source did not answer as it should; the text says how, and holds no secret."""


class Secrets(Mapping[str, str]):
    """Passwords and tokens by name; they never show when it is printed, logged or raised."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"


@dataclass(frozen=True)
class Asked:
    """What to fetch: the source's options and secrets, from where, and up to which moment."""

    options: Mapping[str, Any]
    secrets: Secrets
    cursor: Cursor | None
    upto: datetime

    def text(self, name: str) -> str:
        """Return an option as text, empty where it is not given."""
        value = self.options.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Fetched:
    """One page of records, and how far the source is read with it."""

    rows: list[Record]
    cursor: Cursor | None


@dataclass(frozen=True)
class Connector:
    """How one kind of source is read.

    `fetch` yields pages in the source's order; `key` names the column that identifies a record,
    None where the rows have no such column; `check` raises InvalidInput for options that cannot
    work; `tables` lists what can be picked.
    """

    key: str
    label: str
    options: tuple[Option, ...]
    secrets: tuple[Option, ...]
    fetch: Callable[[Asked], Iterator[Fetched]]
    key_column: Callable[[Mapping[str, Any]], str | None]
    check: Callable[[Mapping[str, Any]], None]
    tables: Callable[[Asked], list[str]] | None = None

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The names of the secrets there may be."""
        return tuple(secret.name for secret in self.secrets)


def connectors() -> dict[str, Connector]:
    """All connectors, by key."""
    found = discover(__name__, "CONNECTOR")
    return {key: part for key, part in found.items() if isinstance(part, Connector)}


def find_connector(kind: str) -> Connector:
    """Return the connector of a kind; raises InvalidInput naming the kinds there are."""
    known = connectors()
    if kind not in known:
        raise InvalidInput(
            "There is no source of kind “{kind}”. Choose one of: {names}.",
            kind=kind,
            names=", ".join(known),
        )
    return known[kind]


def check_options(connector: Connector, options: Mapping[str, Any]) -> None:
    """Raise InvalidInput or HostRefused for options that cannot work."""
    check_choices(connector.key, connector.options, options)
    connector.check(options)


@dataclass(frozen=True)
class Limits:
    """How much one answer may hold."""

    rows: int = 5_000_000
    size: int = 2 * 1024**3


@dataclass(frozen=True)
class Answer:
    """What was written: how many records, how far the source is read, how many came twice."""

    rows: int
    cursor_to: Cursor | None
    again: int


def fetch_to_file(
    connector: Connector,
    asked: Asked,
    path: Path,
    limits: Limits = Limits(),
    progress: Callable[[int], None] | None = None,
) -> Answer:
    """Write what the source answers as JSON Lines, one record a line, whole or not at all.

    A record that comes twice, because something arrived while the pages were read, is written
    once. Raises SourceFailed and HostRefused; then there is no file.
    """
    part = path.with_name(f"{path.name}.part")
    writing = _Writing(connector.key_column(asked.options), limits)
    cursor = asked.cursor
    try:
        with open(part, "w", encoding="utf-8", errors=_LONE, newline="\n", opener=_private) as file:
            for page in connector.fetch(asked):
                for line in writing.lines(page.rows):
                    file.write(line)
                cursor = page.cursor
                if progress:
                    progress(writing.rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Answer(writing.rows, cursor, writing.again)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


class _Writing:
    """Counts, limits and knows again what goes into one file."""

    def __init__(self, key: str | None, limits: Limits) -> None:
        self.key, self.limits = key, limits
        self.rows = self.size = self.again = 0
        self._seen: set[bytes] = set()

    def lines(self, rows: list[Record]) -> Iterator[str]:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
            data = line.encode("utf-8", "surrogatepass")
            if self._known(row, data):
                self.again += 1
                continue
            self.rows += 1
            self.size += len(data)
            if self.rows > self.limits.rows or self.size > self.limits.size:
                raise SourceFailed(
                    "The source answers with more than one import may hold ({rows:,} rows, "
                    "{size:,} bytes). Narrow what it is asked for.",
                    rows=self.limits.rows,
                    size=self.limits.size,
                )
            yield line

    def _known(self, row: Record, data: bytes) -> bool:
        # The whole record, not its key: where two differ under one key, the check must say so.
        if not self.key or row.get(self.key) is None:
            return False
        digest = blake2b(data, digest_size=16).digest()
        known = digest in self._seen
        self._seen.add(digest)
        return known
