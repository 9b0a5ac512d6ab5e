"""Short ways to fetch from a source, for tests of connectors."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.etl.connect import Asked, Connector, Cursor, Secrets, fetch_to_file
from core.etl.connect._client import Clock
from core.settings import read_settings

DAY = datetime(2026, 10, 1, 12, tzinfo=UTC)


@dataclass
class Waits:
    """A clock that does not wait: it notes how long it was asked to."""

    slept: list[float] = field(default_factory=list)
    passed: float = 0.0
    at: datetime = DAY

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def clock(self, read_s: float = 60.0) -> Clock:
        return Clock(self.sleep, lambda: self.passed, lambda: self.at, lambda: 1.0, (5.0, read_s))


@contextmanager
def allowing(
    monkeypatch: pytest.MonkeyPatch, *hosts: str, folder: Path | None = None
) -> Iterator[None]:
    """Let the server's settings list these hosts, and this folder of SQLite files."""
    with monkeypatch.context() as patch:
        patch.setenv("CASELOAD_SOURCE_HOSTS", ",".join(hosts))
        if folder:
            patch.setenv("CASELOAD_SOURCE_FOLDER", str(folder))
        read_settings.cache_clear()
        yield
    read_settings.cache_clear()


def asked(
    options: dict[str, Any], cursor: Cursor | None = None, upto: datetime = DAY, **secrets: str
) -> Asked:
    return Asked(options, Secrets(secrets), cursor, upto)


def fetched(connector: Connector, what: Asked, folder: Path) -> tuple[list[dict[str, Any]], Cursor]:
    """The records of an answer, and how far the source is read with it."""
    path = folder / "answer.jsonl"
    answer = fetch_to_file(connector, what, path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == answer.rows
    return rows, answer.cursor_to or {}
