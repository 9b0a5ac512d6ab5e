"""Empty databases on PostgreSQL that tests use one after the other.

Making a database costs a third of a second, emptying one a few hundredths. One is used again only
while it is built as it was made, to the last column, right and setting; else it is dropped.
"""

from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

MOST_USES, MOST_GROWTH = 60, 16 * 1024 * 1024
"""Deleted rows leave room behind, which makes a database that was used often a slow one."""

_BUILD = """
WITH own AS (
    SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
)
SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
    SELECT concat_ws(' ', oid::regclass, relkind, relrowsecurity, relforcerowsecurity, relowner,
                     relacl, reloptions) AS line FROM own
    UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod),
                               attnotnull, attacl)
    FROM pg_attribute WHERE attrelid IN (SELECT oid FROM own) AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid IN (SELECT oid FROM own)
    UNION ALL SELECT pg_get_indexdef(oid) FROM own WHERE relkind = 'i'
    UNION ALL SELECT adrelid::regclass || pg_get_expr(adbin, adrelid) FROM pg_attrdef
    UNION ALL SELECT tgrelid::regclass || tgenabled::text || pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', polrelid::regclass, polname, polroles) FROM pg_policy
    UNION ALL SELECT concat_ws(' ', nspname, nspowner, nspacl) FROM pg_namespace
    WHERE nspname !~ '^pg_'
    UNION ALL SELECT concat_ws(' ', proname, prosrc, proacl) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', extname, extversion) FROM pg_extension
    UNION ALL SELECT concat_ws(' ', setrole, setconfig) FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) built
"""
_SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),
       last_value IS NOT NULL
FROM pg_sequences
"""
_SET_BACK = """
SELECT setval(name, last, called)
FROM unnest(%s::text[], %s::bigint[], %s::boolean[]) AS s (name, last, called)
"""
_TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND pg_relation_size(oid) > 0
"""


@dataclass
class Pool:
    """Databases made from one template: take one, give it back, close them all."""

    template: URL
    free: list[str] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)
    _serial: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        with self._connect(self.template) as db:
            self._build = _build(db)
            self._size = _size(db)
            self._rows = {table: kept for table in _tables(db) if (kept := _read(db, table))}
            self._sequences = db.execute(_SEQUENCES).fetchall()

    def take(self) -> URL:
        """Return an empty database that is nobody else's now."""
        name = self.free.pop() if self.free else self._make()
        self.uses[name] += 1
        return self.template.set(database=name)

    def give_back(self, url: URL) -> None:
        """Empty a database for the next test, or drop it where that is not certain."""
        name = str(url.database)
        with self._connect(url) as db:
            again = self.uses[name] < MOST_USES and self._empty(db)
        if again:
            self.free.append(name)
        else:
            self._drop(name)

    def close(self) -> None:
        """Drop every database that is free."""
        while self.free:
            self._drop(self.free.pop())

    def _make(self) -> str:
        name = f"{self.template.database}_{next(self._serial)}"
        made = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        with self._connect(self.template.set(database="postgres")) as db:
            db.execute(made.format(Identifier(name), Identifier(str(self.template.database))))
        self.uses[name] = 0
        return name

    def _drop(self, name: str) -> None:
        with self._connect(self.template.set(database="postgres")) as db:
            db.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def _empty(self, db: "psycopg.Connection") -> bool:
        """Put a database back to what the template holds; False where it is built otherwise."""
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if _build(db) != self._build or _size(db) > self._size + MOST_GROWTH:
            return False
        with db.transaction():
            # Neither the keys between the tables nor the guards of the log are in the way then.
            db.execute("SET LOCAL session_replication_role = replica")
            gone = [SQL("DELETE FROM {}").format(Identifier(table)) for table in _tables(db)]
            db.execute(SQL(";").join(gone))
            for table, rows in self._rows.items():
                with db.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
                    copy.write(rows)
            db.execute(_SET_BACK, [list(column) for column in zip(*self._sequences, strict=True)])
        return True

    def _connect(self, url: URL) -> "psycopg.Connection":
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)


def _build(db: "psycopg.Connection") -> str:
    ((digest,),) = db.execute(_BUILD).fetchall()
    return str(digest)


def _size(db: "psycopg.Connection") -> int:
    ((size,),) = db.execute("SELECT pg_database_size(current_database())").fetchall()
    return int(size)


def _tables(db: "psycopg.Connection") -> list[str]:
    return [name for (name,) in db.execute(_TABLES)]


def _read(db: "psycopg.Connection", table: str) -> bytes:
    with db.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy)
