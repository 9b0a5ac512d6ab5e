"""Registries to test on: each test gets a migrated empty one of its own, on both engines."""

import gc
import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from core.storage import database
from tests.postgres_pool import Pool

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CASELOAD_SHARED_DATA", ROOT.parent / "shared" / "data"))
ENGINES = ("sqlite", "postgresql")
FILES = ("caseload.sqlite", "access.sqlite")
_DONE, _SOME = itertools.count(1), 25

# A test must never reach the registry that this machine's own settings name.
for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "CASELOAD_DATA_DIR", "CASELOAD_TIMEZONE"):
    os.environ.pop(_name, None)


def pytest_collection_finish() -> None:
    """Spare the collector what all modules brought: each test looks for what it left open itself,
    and would look through all of that again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """Spare it, after some tests, also what they brought that stays: modules and caches."""
    if next(_DONE) % _SOME == 0:
        pytest_collection_finish()


@dataclass(frozen=True)
class Registry:
    """A registry of one test: which engine, its address, the folder of its files."""

    engine: str
    url: str
    data_dir: Path


def shared_file(name: str) -> Path:
    """A file of the shared data folder; the test is skipped, saying so, where there is none."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not in the shared data folder (CASELOAD_SHARED_DATA)")
    return path


def brought(variable: str, what: str) -> str:
    """What `make test` brings; its absence is a failure, because a skipped wall is no wall."""
    value = os.environ.get(variable)
    if not value:
        pytest.fail(f"{variable} is not set: run `make test`, which brings {what}")
    return value


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser for the browser tests."""
    return brought("CASELOAD_CHROMIUM", "a browser")


@pytest.fixture(params=ENGINES)
def engine_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated empty registry, once on each engine."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        for name in FILES:
            shutil.copy(template / name, tmp_path / name)
        yield f"sqlite:///{tmp_path / FILES[0]}"
        return
    pool: Pool = request.getfixturevalue("postgres_pool")
    url = pool.take()
    yield _shown(url)
    pool.give_back(url)


@pytest.fixture
def registry(engine_url: str, tmp_path: Path) -> Iterator[Registry]:
    """A migrated empty registry that this process is configured for, once on each engine."""
    database.configure(engine_url, tmp_path)
    yield Registry(make_url(engine_url).get_backend_name(), engine_url, tmp_path)
    database.dispose()


@pytest.fixture
def embedded(sqlite_template: Path, tmp_path: Path) -> Iterator[Registry]:
    """A migrated empty registry on the embedded engine alone, which this process is set up for."""
    for name in FILES:
        shutil.copy(sqlite_template / name, tmp_path / name)
    url = f"sqlite:///{tmp_path / FILES[0]}"
    database.configure(url, tmp_path)
    yield Registry("sqlite", url, tmp_path)
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty registry's files: migrated once for each worker, then copied."""
    folder = tmp_path_factory.mktemp("template")
    _migrate(f"sqlite:///{folder / FILES[0]}", folder)
    return folder


@pytest.fixture(scope="session")
def postgres_pool(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pool]:
    """Migrated empty databases, for each worker its own."""
    name = _name_database(request)
    _as_superuser(f'CREATE DATABASE "{name}"')
    url = _server().set(database=name)
    _migrate(_shown(url), tmp_path_factory.mktemp("postgres"))
    pool = Pool(url)
    yield pool
    pool.close()
    _as_superuser(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrate(url: str, folder: Path) -> None:
    database.configure(url, folder)
    database.migrate()
    database.dispose()


def _name_database(request: pytest.FixtureRequest) -> str:
    """A name that neither another worker nor another run on the same server uses."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    return f"caseload_{worker}_{os.getpid()}"


def _server() -> URL:
    return make_url(brought("CASELOAD_TEST_POSTGRES_URL", "a PostgreSQL server"))


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _as_superuser(statement: str) -> None:
    engine = create_engine(_server(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
