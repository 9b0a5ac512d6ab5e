"""The floors: the same rows and the same file put into the same engine with nothing else done."""

import csv
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import make_url

TABLES = (
    "location", "programme", "batch", "source_space", "household", "person", "identifier",
    "membership", "enrolment", "status_change", "change", "source_key", "household_key",
    "search_outbox",
)  # fmt: skip
"""The tables a publish writes, parents first."""
_CHUNK = 50_000


def put_back(filled: str, empty: str) -> float:
    """Return the seconds it takes to put every row of the registry at `filled` back into the
    migrated one at `empty`, table by table, by COPY or executemany, all indexes in place.

    Reading the rows is not counted.
    """
    if filled.startswith("sqlite"):
        return _put_back_sqlite(_file(filled), _file(empty))
    return _put_back_postgres(_plain(filled), _plain(empty))


def load_bare(url: str, people: Path, columns: Sequence[str]) -> float:
    """Return the seconds of loading the CSV into one bare table of text columns."""
    names = ", ".join(f'"{name}"' for name in columns)
    table = ", ".join(f'"{name}" TEXT' for name in columns)
    if url.startswith("sqlite"):
        return _load_bare_sqlite(_file(url), people, table, len(columns))
    with psycopg.connect(_plain(url)) as db:
        db.execute(f"CREATE TABLE bare ({table})")
        started = time.perf_counter()
        with (
            people.open("rb") as file,
            db.cursor().copy(f"COPY bare ({names}) FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while chunk := file.read(1 << 18):
                copy.write(chunk)
        db.commit()
        return time.perf_counter() - started


def _load_bare_sqlite(path: str, people: Path, table: str, width: int) -> float:
    with closing(sqlite3.connect(path)) as db, people.open(newline="", encoding="utf-8") as file:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"CREATE TABLE bare ({table})")
        started = time.perf_counter()
        rows = csv.reader(file)
        next(rows)
        db.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * width)})", rows)
        db.commit()
        return time.perf_counter() - started


def _put_back_sqlite(filled: str, empty: str) -> float:
    spent = 0.0
    with closing(sqlite3.connect(filled)) as source, closing(sqlite3.connect(empty)) as target:
        target.execute("PRAGMA journal_mode=WAL")
        target.execute("PRAGMA synchronous=FULL")
        target.execute("PRAGMA cache_size=-65536")
        target.execute("DELETE FROM location")
        target.commit()
        target.execute("PRAGMA foreign_keys=ON")
        for table in TABLES:
            rows = source.execute(f"SELECT * FROM {table}")
            marks = ", ".join("?" * len(rows.description))
            while chunk := rows.fetchmany(_CHUNK):
                started = time.perf_counter()
                target.executemany(f"INSERT INTO {table} VALUES ({marks})", chunk)
                spent += time.perf_counter() - started
        started = time.perf_counter()
        target.commit()
        return spent + time.perf_counter() - started


def _put_back_postgres(filled: str, empty: str) -> float:
    spent = 0.0
    with psycopg.connect(filled) as source, psycopg.connect(empty) as target:
        target.execute("TRUNCATE location CASCADE")
        for table in TABLES:
            columns = _columns_of(source, table)
            with source.cursor().copy(f'COPY "{table}" ({columns}) TO STDOUT') as out:
                chunks = list(out)
            started = time.perf_counter()
            with target.cursor().copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                for chunk in chunks:
                    copy.write(chunk)
            spent += time.perf_counter() - started
        started = time.perf_counter()
        target.commit()
        return spent + time.perf_counter() - started


def _columns_of(db: psycopg.Connection[tuple[object, ...]], table: str) -> str:
    cursor = db.execute(f'SELECT * FROM "{table}" LIMIT 0')
    return ", ".join(f'"{column.name}"' for column in cursor.description or ())


def _file(url: str) -> str:
    return str(make_url(url).database)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def make_database(server: str, name: str) -> None:
    """Create an empty database on a PostgreSQL server."""
    with psycopg.connect(_plain(server), autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}"')
