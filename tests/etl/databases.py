"""Other people's databases, for tests of sources: SQLite, PostgreSQL, MariaDB where there is one.

MariaDB: the server of CASELOAD_TEST_MARIADB_URL, or one of our own where `mariadbd` is installed.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.conftest import brought

KINDS = ("sqlite", "postgresql", "mariadb")
_ENOUGH_S = 60.0


@dataclass(frozen=True)
class Foreign:
    """A database of somebody else's: how we write to it, and the options that read it."""

    kind: str
    engine: Engine
    options: dict[str, Any]
    password: str

    def run(self, *statements: str, **values: object) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                connection.execute(text(statement), used)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.options.get('port', 0)}"


@contextmanager
def foreign(kind: str, folder: Path, name: str) -> Iterator[Foreign]:
    """A fresh database; the test is skipped, saying so, where MariaDB is not to be had."""
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{folder / name}.sqlite", poolclass=NullPool)
        yield Foreign(kind, engine, {"engine": kind, "file": f"{name}.sqlite"}, "")
        engine.dispose()
        return
    server = make_url(
        brought("CASELOAD_TEST_POSTGRES_URL", "a PostgreSQL server")
        if kind == "postgresql"
        else mariadb_url()
    )
    _as_owner(server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    made = server.set(database=name)
    engine = create_engine(made, poolclass=NullPool)
    options = {"engine": kind, "host": "127.0.0.1", "port": str(made.port), "database": name}
    options |= {"user": str(made.username), "tls": "off"}
    try:
        yield Foreign(kind, engine, options, made.password or "")
    finally:
        engine.dispose()
        with suppress(OperationalError):
            _as_owner(server, f"DROP DATABASE {name}")


def _as_owner(server: URL, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def mariadb_url() -> str:
    """The address of a MariaDB server, started once for each worker where none is given."""
    if url := os.environ.get("CASELOAD_TEST_MARIADB_URL"):
        return url
    if not shutil.which("mariadbd") or not shutil.which("mariadb-install-db"):
        pytest.skip("MariaDB: neither CASELOAD_TEST_MARIADB_URL nor a mariadbd is here")
    return _own_mariadb().url


@dataclass
class _Server:
    url: str
    folder: Path
    process: subprocess.Popen[bytes]


_started: list[_Server] = []


@cache
def _own_mariadb() -> _Server:
    folder = Path(tempfile.mkdtemp(prefix="caseload_mariadb_"))
    plain = ["--no-defaults", f"--datadir={folder / 'data'}"]
    as_root = ["--user=root"] if os.getuid() == 0 else []
    subprocess.run(
        ["mariadb-install-db", *plain, *as_root, "--auth-root-authentication-method=normal",
         "--skip-test-db"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["mariadbd", *plain, *as_root, f"--port={port}", "--bind-address=127.0.0.1",
         f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}",
         "--innodb-buffer-pool-size=32M"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    server = _Server(f"mysql+pymysql://root@127.0.0.1:{port}/mysql", folder, process)
    _started.append(server)
    end = time.monotonic() + _ENOUGH_S
    while not _answers(server.url):
        assert time.monotonic() < end and process.poll() is None, "MariaDB did not start"
        time.sleep(0.2)
    return server


def _answers(url: str) -> bool:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


def stop_own_servers() -> None:
    """Stop what was started here and remove its files."""
    while _started:
        server = _started.pop()
        server.process.terminate()
        server.process.wait(_ENOUGH_S)
        shutil.rmtree(server.folder, ignore_errors=True)
    _own_mariadb.cache_clear()
