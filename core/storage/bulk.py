"""The fast way in: COPY on PostgreSQL, one prepared INSERT on SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlmodel import Session

from core.storage.database import is_sqlite


def insert_rows(
    db: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert tuples into `table` inside the transaction; values are already the engine's own
    (ISO text for dates on SQLite, JSON as text, UUIDs as 32 hex digits)."""
    names = ", ".join(f'"{column}"' for column in columns)
    raw = cast(Any, db.connection().connection.dbapi_connection)
    if is_sqlite(db):
        marks = ", ".join("?" * len(columns))
        raw.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608
        return
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def copy_csv(db: Session, table: str, columns: Sequence[str], chunks: Iterable[bytes]) -> None:
    """Send ready CSV (no header, empty unquoted field = null) to PostgreSQL by COPY."""
    names = ", ".join(f'"{column}"' for column in columns)
    raw = cast(Any, db.connection().connection.dbapi_connection)
    statement = f'COPY "{table}" ({names}) FROM STDIN WITH (FORMAT csv)'
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in chunks:
            copy.write(chunk)
