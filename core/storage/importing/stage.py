"""Staging tables: the clean rows of one import run wait here, outside the registry's tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from sqlalchemy import inspect, text
from sqlmodel import Session

from core.domain.fields import WASHINGTON_GROUP
from core.storage import bulk
from core.storage.database import is_sqlite

_TEXTS = ("full_name", "given_name", "middle_name", "family_name", "sex", "birth_precision")
COLUMNS: dict[str, pa.DataType] = {
    "n": pa.int32(),
    "row_no": pa.int32(),
    "key": pa.string(),
    "digest": pa.string(),
    **dict.fromkeys(_TEXTS, pa.string()),
    "birth_date": pa.date32(),
    "disability": pa.bool_(),
    **dict.fromkeys(WASHINGTON_GROUP, pa.int16()),
    **dict.fromkeys(("marital_status", "phone", "email", "address", "account"), pa.string()),
    "poverty_score": pa.float64(),
    "registered_on": pa.date32(),
    "enrolled_on": pa.date32(),
    "status": pa.string(),
    "relationship": pa.string(),
    "is_head": pa.bool_(),
    "household": pa.string(),
    "household_size": pa.int32(),
    "location_id": pa.int32(),
    "attributes": pa.string(),
}
"""What a staged row holds; `n` runs 1, 2, 3 … and `row_no` is the row's number in the file."""
IDENTIFIERS: dict[str, pa.DataType] = {
    "n": pa.int32(),
    "type": pa.string(),
    "value": pa.string(),
    "normalised": pa.string(),
}
_SQLITE = {"string": "TEXT", "double": "NUMERIC", "date32[day]": "TEXT"}
_POSTGRES = {
    "string": "text",
    "double": "numeric(12,4)",
    "date32[day]": "date",
    "bool": "boolean",
    "int16": "smallint",
    "int32": "integer",
}


@dataclass(frozen=True)
class Stage:
    """The staging tables of one run: its rows, the identifiers of these rows, and what the last
    check foresaw for known people (see storage/importing/preview.py)."""

    run_id: int

    @property
    def rows(self) -> str:
        return f"stage_{self.run_id:d}"

    @property
    def identifiers(self) -> str:
        return f"stage_{self.run_id:d}_identifier"

    @property
    def preview(self) -> str:
        return f"stage_{self.run_id:d}_preview"


def create(db: Session, stage: Stage) -> None:
    """Make the empty staging tables of a run anew.

    On PostgreSQL they are unlogged: fast, and emptied by a crash of the server, which publishing
    notices by their count.
    """
    drop(db, stage)
    for table, columns in ((stage.rows, COLUMNS), (stage.identifiers, IDENTIFIERS)):
        lines = ", ".join(f'"{name}" {_type(db, name, kind)}' for name, kind in columns.items())
        if table == stage.rows:
            lines += ", PRIMARY KEY (n)"
        kind = "TABLE" if is_sqlite(db) else "UNLOGGED TABLE"
        db.execute(text(f"CREATE {kind} {table} ({lines})"))


def _type(db: Session, name: str, kind: pa.DataType) -> str:
    if name == "attributes" and not is_sqlite(db):
        return "jsonb"
    if is_sqlite(db):
        return _SQLITE.get(str(kind), "INTEGER")
    return _POSTGRES[str(kind)]


def drop(db: Session, stage: Stage) -> None:
    """Remove the staging tables of a run, if there are any."""
    for table in (stage.rows, stage.identifiers, stage.preview):
        db.execute(text(f"DROP TABLE IF EXISTS {table}"))


def load(db: Session, stage: Stage, rows: pa.Table, identifiers: pa.Table) -> None:
    """Append a batch of rows that have the columns of COLUMNS, and their identifiers."""
    for name, table in ((stage.rows, rows), (stage.identifiers, identifiers)):
        if table.num_rows == 0:
            continue
        if is_sqlite(db):
            bulk.insert_rows(db, name, table.column_names, _tuples(table))
        else:
            bulk.copy_csv(db, name, table.column_names, _csv(table))


def _tuples(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    columns = (_plain(column).to_pylist() for column in table.columns)
    return zip(*columns, strict=True)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write dates and truth values as SQLite keeps them."""
    if pa.types.is_date(column.type):
        return pc.cast(column, pa.string())
    if pa.types.is_boolean(column.type):
        return pc.cast(column, pa.int8())
    return column


def _csv(table: pa.Table) -> Iterator[bytes]:
    """Write the table as CSV, some thousand rows at a time; a null is an empty unquoted field."""
    options = pacsv.WriteOptions(include_header=False)
    for batch in table.to_batches(max_chunksize=10_000):
        sink = pa.BufferOutputStream()
        pacsv.write_csv(batch, sink, options)
        yield cast(bytes, sink.getvalue().to_pybytes())


def finish(db: Session, stage: Stage) -> None:
    """Ready the staged rows for joins once all of them are in."""
    if is_sqlite(db):
        return
    for table in (stage.rows, stage.identifiers):
        db.execute(text(f"ANALYZE {table}"))


def count(db: Session, stage: Stage) -> int | None:
    """Return how many rows are staged, or None when the staging table is gone."""
    if not inspect(db.connection()).has_table(stage.rows):
        return None
    return int(db.execute(text(f"SELECT count(*) FROM {stage.rows}")).scalar_one())  # noqa: S608


def remove(db: Session, stage: Stage, numbers: list[int]) -> None:
    """Take rows out of the stage by their number `n`: they are held back after all."""
    for table in (stage.rows, stage.identifiers):
        db.execute(
            text(f"DELETE FROM {table} WHERE n = :n"),  # noqa: S608
            [{"n": number} for number in numbers],
        )
