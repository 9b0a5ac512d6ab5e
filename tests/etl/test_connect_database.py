"""Databases as sources, on three engines: every row once, exactly as it is, and never a write."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import InvalidInput, RegistryError
from core.etl.connect import Asked, Secrets, SourceFailed, check_options, database, find_connector
from core.etl.connect._hosts import HostRefused
from core.etl.connect._refusals import explain
from core.etl.connect.database import _open
from core.settings import now
from core.storage import database as ours
from core.text import speak, speaking
from tests.conftest import Registry
from tests.etl.connecting import allowing, asked, fetched
from tests.etl.databases import KINDS, Foreign, foreign, stop_own_servers

DATABASE = find_connector("database")
START = datetime(2026, 10, 1, 12)  # noqa: DTZ001 - as the tables hold it
_serial = count(1)


@pytest.fixture(scope="module", autouse=True)
def servers() -> Iterator[None]:
    yield
    stop_own_servers()


@pytest.fixture(params=KINDS)
def source(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Foreign]:
    """A database with a table of 25 people, changed one minute after the other."""
    name = f"src_{os.getpid()}_{next(_serial)}"
    with foreign(request.param, tmp_path, name) as made:  # noqa: SIM117
        with allowing(monkeypatch, made.host, folder=tmp_path):
            moment = {"sqlite": "TEXT", "mariadb": "DATETIME"}.get(made.kind, "TIMESTAMP")
            made.run(f"CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(90), at {moment})")
            made.run(f"INSERT INTO people VALUES {', '.join(map(first, range(25)))}")
            yield made


def first(n: int) -> str:
    return f"({n}, 'Awa {n}', '{START + timedelta(minutes=n // 5)}')"


def put(source: Foreign, n: int, name: str, at: datetime | None) -> None:
    source.run(
        "DELETE FROM people WHERE id = :n",
        "INSERT INTO people VALUES (:n, :name, :at)",
        n=n, name=name, at=at.isoformat(" ") if at and source.kind == "sqlite" else at,
    )  # fmt: skip


def ask(source: Foreign, since: Any = None, upto: datetime | None = None, **more: Any) -> Asked:
    options = {**source.options, "table": "people", "key": "id", "cursor": "at", **more}
    check_options(DATABASE, options)
    return asked(options, since, upto or now(), password=source.password)


def pages(what: Asked, size: int) -> list[list[dict[str, Any]]]:
    return [page.rows for page in database.fetch(what, size)]


@pytest.mark.parametrize("size", [1, 4, 5, 24, 25, 26])
def test_every_row_comes_once_whatever_the_page(source: Foreign, size: int) -> None:
    found = [row["id"] for page in pages(ask(source), size) for row in page]

    assert found == [str(n) for n in range(25)]


def test_only_what_changed_since_comes_again(source: Foreign, tmp_path: Path) -> None:
    _, first = fetched(DATABASE, ask(source), tmp_path)
    put(source, 7, "Awa of the seventh", START + timedelta(hours=5))
    put(source, 90, "Bintou", START + timedelta(hours=6))

    rows, second = fetched(DATABASE, ask(source, first), tmp_path)
    nothing, third = fetched(DATABASE, ask(source, second, lag="0"), tmp_path)

    # The last hour before the cursor is read again; the five of the last minute are within it.
    assert {row["id"] for row in rows} >= {"7", "90"}
    assert (first["id"], second["id"]) == ("24", "90")
    assert [row["id"] for row in nothing] == ["90"]
    assert third == second


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_rows_of_one_moment_are_told_apart_by_their_key(source: Foreign, size: int) -> None:
    cursor = {"value": START.isoformat(), "id": "0", "swept_at": now().isoformat()}
    if source.kind == "sqlite":
        cursor["value"] = START.isoformat(" ")

    found = [row["id"] for page in pages(ask(source, cursor), size) for row in page]

    assert found == [str(n) for n in range(25)]


def test_what_arrives_late_is_read_within_the_lag(source: Foreign, tmp_path: Path) -> None:
    _, cursor = fetched(DATABASE, ask(source), tmp_path)
    put(source, 50, "Late", START - timedelta(minutes=50))
    put(source, 51, "Too late", START - timedelta(minutes=59))

    rows, _ = fetched(DATABASE, ask(source, cursor), tmp_path)
    late = now() + timedelta(days=8)
    swept, _ = fetched(DATABASE, ask(source, cursor, late), tmp_path)

    assert {"50"} <= {row["id"] for row in rows}
    assert {"51"} - {row["id"] for row in rows} == {"51"}
    assert len(swept) == 27


def test_the_cursor_passes_neither_clock(source: Foreign, tmp_path: Path) -> None:
    put(source, 60, "Of tomorrow", START.replace(year=2099))
    upto = now().replace(year=2026, month=10, day=1, hour=12, minute=2, second=30, microsecond=0)

    rows, simulated = fetched(DATABASE, ask(source, upto=upto), tmp_path)
    _, real = fetched(DATABASE, ask(source), tmp_path)

    assert len(rows) == 26
    assert simulated["value"][:16].replace("T", " ") == "2026-10-01 12:02"
    assert real["value"][:16].replace("T", " ") == "2026-10-01 12:04"


def test_rows_without_a_moment_come_when_everything_is_read(
    source: Foreign, tmp_path: Path
) -> None:
    put(source, 70, "Timeless", None)

    rows, cursor = fetched(DATABASE, ask(source), tmp_path)
    again, _ = fetched(DATABASE, ask(source, cursor), tmp_path)

    assert rows[-1] == {"id": "70", "name": "Timeless", "at": None}
    assert "70" not in {row["id"] for row in again}


def test_a_select_is_read_like_a_table(source: Foreign, tmp_path: Path) -> None:
    query = "SELECT id, name || ' :x 10:30 100%' AS said, at FROM people WHERE id < 20"
    if source.kind == "mariadb":
        query = query.replace("name || ' :x 10:30 100%'", "concat(name, ' :x 10:30 100%')")

    rows, cursor = fetched(DATABASE, ask(source, query=query, table=""), tmp_path)

    assert (len(rows), rows[3]["said"], cursor["id"]) == (20, "Awa 3 :x 10:30 100%", "19")


def test_values_are_text_to_the_digit(source: Foreign, tmp_path: Path) -> None:
    wide = "TEXT" if source.kind == "sqlite" else "DECIMAL(30,10)"
    source.run(
        f"CREATE TABLE exact (id BIGINT PRIMARY KEY, amount {wide}, d DATE, b BOOLEAN)",
        "INSERT INTO exact VALUES (9007199254740993, '12345678901234567890.1234567890', "
        "'2024-02-29', true), (9007199254740994, NULL, NULL, NULL)",
    )

    rows, _ = fetched(DATABASE, ask(source, table="exact", cursor=""), tmp_path)

    assert rows[0]["id"] == "9007199254740993"
    assert rows[0]["amount"] == "12345678901234567890.1234567890"
    assert rows[0]["d"] == "2024-02-29"
    assert rows[0]["b"] in ("true", "1")
    assert (rows[1]["amount"], rows[1]["d"], rows[1]["b"]) == (None, None, None)


def test_binary_data_is_refused_by_the_name_of_its_column(source: Foreign, tmp_path: Path) -> None:
    kind = "BYTEA" if source.kind == "postgresql" else "BLOB"
    source.run(
        f"CREATE TABLE photos (id INTEGER, photo {kind})", "INSERT INTO photos VALUES (1, 'a')"
    )
    if source.kind == "sqlite":
        source.run("UPDATE photos SET photo = x'00ff'")

    with pytest.raises(SourceFailed, match="“photo” holds binary data"):
        fetched(DATABASE, ask(source, table="photos", cursor=""), tmp_path)


def test_a_number_can_be_the_cursor(source: Foreign, tmp_path: Path) -> None:
    _, first = fetched(DATABASE, ask(source, cursor="id", lag="5"), tmp_path)
    put(source, 25, "New", None)

    rows, second = fetched(DATABASE, ask(source, first, cursor="id", lag="5"), tmp_path)

    assert [row["id"] for row in rows] == [str(n) for n in range(19, 26)]
    assert (first["value"], second["value"]) == ("24", "25")


def test_an_empty_table_gives_nothing_and_moves_nothing(source: Foreign, tmp_path: Path) -> None:
    source.run("DELETE FROM people")

    assert fetched(DATABASE, ask(source), tmp_path) == ([], {})


def test_the_tables_can_be_picked(source: Foreign) -> None:
    source.run("CREATE VIEW grown AS SELECT * FROM people")

    assert DATABASE.tables is not None
    assert DATABASE.tables(ask(source)) == ["grown", "people"]


WRITES = (
    "INSERT INTO people VALUES (99, 'x', NULL)",
    "UPDATE people SET name = 'x'",
    "DELETE FROM people",
    "DROP TABLE people",
    "CREATE TABLE z (a INTEGER)",
)


@pytest.mark.parametrize("statement", WRITES)
def test_the_session_itself_cannot_write(source: Foreign, statement: str) -> None:
    with pytest.raises(SourceFailed), _open(ask(source)) as connection:
        connection.execute(text(statement))
        connection.commit()

    assert len(pages(ask(source), 100)[0]) == 25


WRONG = {
    "no such table": {"table": "nowhere"},
    "no such key": {"key": "nowhere"},
    "no such cursor": {"cursor": "nowhere"},
    "two columns of one name": {"table": "", "query": "SELECT id, id, at FROM people"},
    "an empty key": {"key": "name"},
    "a key that is not unique": {"key": "at", "cursor": ""},
}


@pytest.mark.parametrize("more", WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_is_one_sentence(
    source: Foreign, tmp_path: Path, more: dict[str, str]
) -> None:
    if "query" in more and source.kind == "sqlite":
        pytest.skip("SQLite gives the second column a name of its own")
    source.run("DELETE FROM people WHERE id < 20", "INSERT INTO people VALUES (99, NULL, NULL)")

    with pytest.raises((SourceFailed, InvalidInput)) as refused:
        list(database.fetch(ask(source, **more), 3))
    assert "Traceback" not in str(refused.value) and len(str(refused.value)) < 400


def test_a_wrong_password_is_said_without_it(source: Foreign) -> None:
    if source.kind == "sqlite":
        pytest.skip("SQLite has no accounts")
    source.run("DROP ROLE IF EXISTS ada" if source.kind == "postgresql" else "SELECT 1")
    options = {**source.options, "table": "people", "key": "id", "user": "nobody_here"}

    with pytest.raises(SourceFailed) as refused:
        list(database.fetch(asked(options, password="s3cr3t!")))
    assert "s3cr3t" not in str(refused.value) + repr(refused.value)
    assert refused.value.__suppress_context__
    assert str(refused.value).startswith("The server does not know this account")


def test_a_server_that_refuses_is_told_with_what_to_do_about_it(source: Foreign) -> None:
    if source.kind == "sqlite":
        pytest.skip("SQLite is no server")
    for more, remedy in (
        ({"tls": "verify"}, "The server and this registry do not agree on the encryption"),
        ({"database": "nowhere"}, "The server has no database of this name"),
        ({"table": "nowhere"}, "The database has no such table or view"),
        ({"key": "nowhere"}, "The table has no such column"),
    ):
        with pytest.raises(SourceFailed) as refused:
            list(database.fetch(ask(source, **more)))
        assert str(refused.value).startswith(remedy), more
        assert "The database says: " in str(refused.value)


UNREACHED = (
    'connection failed: connection to server at "10.1.1.1", port 5432 failed: Connection refused',
    "(2003, \"Can't connect to MySQL server on '10.1.1.1' (timed out)\")",
    "connection timeout expired",
)


@pytest.mark.parametrize("words", UNREACHED)
def test_a_server_that_does_not_answer_is_told_in_the_readers_words(words: str) -> None:
    remedy, said = explain(OSError(f"{words} for s3cr3t\nIs it running?"), Secrets({"p": "s3cr3t"}))

    with speaking("fr"):
        assert speak(remedy).startswith("Aucune base de données ne répond à cette adresse")
    assert said == f"{words} for •••"


def test_our_own_registry_is_no_source(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    url = ours.engine().url
    if registry.engine == "sqlite":
        options = {"engine": "sqlite", "file": "caseload.sqlite"}
    else:
        options = {"engine": "postgresql", "host": "127.0.0.1", "port": str(url.port)}
        options |= {"database": str(url.database), "user": str(url.username), "tls": "off"}
    with allowing(monkeypatch, f"127.0.0.1:{url.port}", folder=registry.data_dir):
        what = asked({**options, "table": "person", "key": "id"}, password=url.password or "")

        with pytest.raises(HostRefused, match="is a registry itself"):
            list(database.fetch(what))


OUTSIDE = ("../other.sqlite", "/etc/passwd", "link.sqlite", "missing.sqlite", "", ".", "a?mode=rw")


@pytest.mark.parametrize("name", OUTSIDE)
def test_files_outside_the_folder_of_sources_do_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (tmp_path / "other.sqlite").touch()
    (folder / "a?mode=rw").touch()
    (folder / "link.sqlite").symlink_to(tmp_path / "other.sqlite")
    options = {"engine": "sqlite", "file": name, "table": "t", "key": "id"}

    with allowing(monkeypatch, folder=folder), pytest.raises(RegistryError):
        check_options(DATABASE, options)


SERVERS = {
    "not listed": {"host": "evil.example"},
    "another port": {"host": "db.example.org", "port": "5433"},
    "inside": {"host": "127.0.0.1"},
    "a socket": {"host": "/var/run/postgresql"},
    "two hosts": {"host": "db.example.org,127.0.0.1"},
    "options in the host": {"host": "db.example.org?host=/var/run"},
    "no TLS": {"host": "db.example.org", "tls": "off"},
    "a strange port": {"host": "db.example.org", "port": "5432 "},
    "both": {"query": "SELECT 1"},
    "neither": {"table": ""},
    "a system table": {"table": "pg_catalog.pg_shadow"},
    "a hostile query": {"table": "", "query": "SELECT pg_read_file('x')"},
    "an unknown engine": {"engine": "oracle"},
}


@pytest.mark.parametrize("more", SERVERS.values(), ids=SERVERS)
def test_other_servers_and_ways_are_refused(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    options = {"engine": "postgresql", "host": "db.example.org", "database": "d", "user": "u"}
    with allowing(monkeypatch, "db.example.org"):
        check_options(DATABASE, {**options, "table": "t", "key": "id"})
        with pytest.raises(RegistryError):
            check_options(DATABASE, {**options, "table": "t", "key": "id", **more})


def test_the_name_of_a_database_carries_no_options(source: Foreign, tmp_path: Path) -> None:
    if source.kind == "sqlite":
        pytest.skip("SQLite has no names of databases")
    for name in ("x host=/var/run/postgresql", "x?host=/tmp", "host=127.0.0.1 dbname=postgres"):
        what = ask(source)
        hostile = Asked({**what.options, "database": name}, what.secrets, None, now())
        with pytest.raises(SourceFailed):
            fetched(DATABASE, hostile, tmp_path)
