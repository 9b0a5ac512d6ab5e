"""A database that a test is given on PostgreSQL holds nothing of the tests before it."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import URL

from tests.postgres_pool import Pool

ADD = "INSERT INTO audit_event (at, actor, action, details) VALUES (now(), 'a', 'b', '{}')"
SEEDS = ("series", "location", "alembic_version")


@pytest.fixture
def url(postgres_pool: Pool) -> Iterator[URL]:
    """A database; none is free, so that the next to be taken is this one or a new one."""
    others, postgres_pool.free[:] = postgres_pool.free[:], []
    yield postgres_pool.take()
    postgres_pool.close()
    postgres_pool.free[:] = others


def connect(url: URL) -> "psycopg.Connection":
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def seeds(db: "psycopg.Connection") -> list[object]:
    return [db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in SEEDS]


def test_rows_and_numbers_are_as_they_were_at_first(postgres_pool: Pool, url: URL) -> None:
    with connect(url) as db:
        made = seeds(db)
        first = db.execute(ADD + " RETURNING id").fetchall()
        db.execute("SET session_replication_role = replica")
        for name in SEEDS:
            db.execute(f"DELETE FROM {name}")

    postgres_pool.give_back(url)

    assert postgres_pool.take() == url
    with connect(url) as db:
        assert seeds(db) == made != [[], [], []]
        assert db.execute("SELECT count(*) FROM audit_event").fetchall() == [(0,)]
        assert db.execute(ADD + " RETURNING id").fetchall() == first
    postgres_pool.give_back(url)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE left_over (id int)",
        "ALTER TABLE person ADD COLUMN left_over int",
        "ALTER TABLE person ALTER COLUMN full_name DROP NOT NULL",
        "DROP INDEX ix_audit_event_action",
        "GRANT SELECT ON person TO public",
        "ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY",
        "CREATE SCHEMA left_over",
        "CREATE FUNCTION left_over() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_a_database_that_is_built_otherwise_now_is_not_used_again(
    postgres_pool: Pool, url: URL, statement: str
) -> None:
    with connect(url) as db:
        db.execute(statement)

    postgres_pool.give_back(url)

    assert postgres_pool.free == []
