"""The engines and the one way to open a transaction."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from core.errors import RegistryError
from core.settings import read_settings

__all__ = ["Session"]  # services name the type, the SQL stays here
_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass
class _Engines:
    """The process's engines: the registry, and the access log (the same one on PostgreSQL)."""

    registry: Engine
    access: Engine
    data_dir: Path
    owner_url: str


class NotReady(RegistryError):
    """The registry cannot be reached or has not been set up; the text says which."""


_engines: list[_Engines] = []


def configure(url: str, data_dir: Path, owner_url: str | None = None) -> None:
    """Point this process at the registry behind `url`, keeping its files under `data_dir`.

    `owner_url` is the role that migrates, where it is not the one that works.
    """
    dispose()
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    registry = _open(url)
    access = registry
    if registry.dialect.name == "sqlite":
        access = _open(f"sqlite:///{data_dir / 'access.sqlite'}")
    _engines.append(_Engines(registry, access, data_dir, owner_url or url))


def dispose() -> None:
    """Close every connection; the next use configures anew."""
    while _engines:
        engines = _engines.pop()
        engines.registry.dispose()
        engines.access.dispose()
        gc.collect()


def _current() -> _Engines:
    if not _engines:
        settings = read_settings()
        configure(settings.database_url, settings.data_dir, settings.owner_url)
    return _engines[0]


def engine() -> Engine:
    """Return the registry's engine."""
    return _current().registry


def data_dir() -> Path:
    """Return the folder of the registry's files (uploads, search index)."""
    return _current().data_dir


def is_sqlite(db: Session) -> bool:
    """Say whether the transaction runs on the embedded engine."""
    return db.get_bind().dialect.name == "sqlite"


def _open(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=10, hide_parameters=True
        )
    connecting = {"timeout": 60, "check_same_thread": False}
    made = create_engine(url, connect_args=connecting, hide_parameters=True)
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI object
    # FULL, not NORMAL: NORMAL may lose the last commits on power loss, and these rows move money.
    connection.isolation_level = None
    # SQLite's own lower() knows ASCII only; names come in every script.
    connection.create_function("lower", 1, _lower, deterministic=True)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a read lock fails when another writer got in.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


Unavailable = OperationalError
"""What a statement raises that did not get its turn; `is_locked` tells it from other failures."""


def is_locked(error: Exception) -> bool:
    """Say whether a failure means that others were writing all the time that one may wait."""
    return isinstance(error, Unavailable) and "locked" in str(error)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one writing transaction: committed at the end of the block, undone on any error."""
    with Session(_current().registry, expire_on_commit=False) as db, db.begin():
        yield db


@contextmanager
def reading() -> Iterator[Session]:
    """Open one transaction that sees a single state and never waits for a writer."""
    bind = _current().registry.execution_options(reads=True)
    if bind.dialect.name == "postgresql":
        bind = bind.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(bind, expire_on_commit=False) as db:
        yield db


@contextmanager
def access_transaction() -> Iterator[Session]:
    """Open one transaction on the access log, apart from any other."""
    with Session(_current().access, expire_on_commit=False) as db, db.begin():
        yield db


def migrate() -> None:
    """Bring the registry and its access log to the newest schema (as the owning role)."""
    current = _current()
    own = current.registry.url.render_as_string(hide_password=False) == current.owner_url
    owner = current.registry if own else create_engine(current.owner_url)
    _upgrade(owner, "registry")
    if current.access is not current.registry:
        _upgrade(current.access, "access")
        for name in ("caseload.sqlite", "access.sqlite"):
            if (current.data_dir / name).exists():
                os.chmod(current.data_dir / name, 0o600)  # noqa: PTH101 - mode only


def require_schema() -> None:
    """Raise NotReady unless the registry answers and has the tables of this release."""
    newest = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    try:
        with engine().connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise NotReady(
            "The database does not answer: {reason}", reason=str(error.orig).strip()
        ) from None
    if found != newest:
        raise NotReady("The registry's tables are missing or old. Run `python -m core.cli init`.")


def alembic_config(bind: Engine | Connection, part: str) -> Config:
    """Return Alembic's settings for `part` ("registry", or "access" on SQLite's second file)."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes.update(bind=bind, part=part)
    return config


def _upgrade(bind: Engine, part: str) -> None:
    command.upgrade(alembic_config(bind, part), "head")
