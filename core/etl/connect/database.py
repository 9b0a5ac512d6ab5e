"""PostgreSQL, MySQL, MariaDB and SQLite: a table or one SELECT, read page by page, never written.

Pages follow the key (`WHERE … > last ORDER BY … LIMIT n`), never an offset: rows that come and go
meanwhile shift nothing. With a cursor column only what changed is read; what has no value there is
read when everything is.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from core.errors import InvalidInput
from core.etl.connect import Asked, Connector, Cursor, Fetched, SourceFailed
from core.etl.connect._database_options import OPTIONS, SECRETS
from core.etl.connect._hosts import HostRefused
from core.etl.connect._moments import LAG_S, is_sweep, number
from core.etl.connect._refusals import explain
from core.etl.connect._select import check_select
from core.etl.connect._servers import Server, check_server, server_of, stop_after
from core.etl.connect._values import Instant, like, read_value, write_row, write_value

_PAGE = 1000
_HIDDEN = ("information_schema", "performance_schema", "mysql", "sys")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Shape:
    """What is read: the rows, the column that identifies one, and the one that moves when one
    changes (the key once more where there is none)."""

    rows: sa.FromClause
    key: sa.ColumnElement[Any]
    cursor: sa.ColumnElement[Any]


def fetch(asked: Asked, page: int = _PAGE) -> Iterator[Fetched]:
    """Yield the rows changed since the cursor, or all of them every few days."""
    with _open(asked) as connection:
        shape = _shape(asked)
        _check_key(connection, shape)
        if not asked.text("cursor"):
            for rows in _all(connection, shape, page):
                yield Fetched([write_row(row) for row in rows], asked.cursor)
            return
        yield from _by_cursor(connection, asked, shape, page)


def _check_key(connection: sa.Connection, shape: _Shape) -> None:
    """Pages follow the key: a row without one would be left out, so say so instead."""
    query = sa.select(sa.literal(1)).select_from(shape.rows).where(shape.key.is_(None))
    if connection.execute(query.limit(1)).first():
        name = _name_of(shape.key)
        raise InvalidInput(
            "The key column “{name}” is empty in some rows. Choose another.", name=name
        )


def _by_cursor(
    connection: sa.Connection, asked: Asked, shape: _Shape, page: int
) -> Iterator[Fetched]:
    bound = _bound(connection, asked, shape)
    cursor = dict(asked.cursor or {})
    if bound is None:  # the table is empty, or nothing in it has a moment that has come
        pages, reached = _all(connection, shape, page), cursor
    elif is_sweep(asked):
        pages = _all(connection, shape, page)
        reached = {**bound, "swept_at": asked.upto.isoformat()}
    else:
        pages, reached = _changed(connection, asked, shape, bound, page), {**cursor, **bound}
    empty = True
    for rows in pages:
        empty = False
        yield Fetched([write_row(row) for row in rows], reached)
    if empty:
        yield Fetched([], reached)


def _bound(connection: sa.Connection, asked: Asked, shape: _Shape) -> Cursor | None:
    """Return the last place that is settled: the greatest value now, but none after the clocks."""
    column = shape.cursor
    query = sa.select(column.label("value"), shape.key.label("id")).select_from(shape.rows)
    last = connection.execute(
        query.where(column.is_not(None)).order_by(column.desc(), shape.key.desc()).limit(1)
    ).first()
    if last is None:
        return None
    limit = like(last[0], _instant(connection, asked))
    if limit is not None and last[0] > limit:
        last = connection.execute(
            query.where(column <= limit).order_by(column.desc(), shape.key.desc()).limit(1)
        ).first()
    return {"value": write_value(last[0]), "id": write_value(last[1])} if last else None


def _instant(connection: sa.Connection, asked: Asked) -> Instant:
    """Return the earlier of our clock and the source's, and how far its local time is from UTC."""
    query = server_of(asked).clock
    if not query:
        return Instant.of(asked.upto, None, None)
    utc, local = connection.execute(sa.text(query)).one()
    return Instant.of(asked.upto, utc, local)


def _all(connection: sa.Connection, shape: _Shape, page: int) -> Iterator[list[Row]]:
    """Yield every row, by key."""
    last: object = None
    while True:
        query: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(shape.rows)
        if last is not None:
            query = query.where(shape.key > last)
        rows, more = _read(connection, query.order_by(shape.key), shape, page)
        if rows:
            yield rows
        if not more:
            return
        last = rows[-1][_name_of(shape.key)]


def _changed(
    connection: sa.Connection, asked: Asked, shape: _Shape, bound: Cursor, page: int
) -> Iterator[list[Row]]:
    """Yield the rows from the cursor less the lag up to the bound, by cursor and key."""
    column = shape.cursor
    sample = connection.execute(
        sa.select(column).select_from(shape.rows).where(column.is_not(None)).limit(1)
    ).scalar()
    low = read_value(sample, (asked.cursor or {}).get("value"), number(asked, "lag", LAG_S))
    high = read_value(sample, bound["value"], 0)
    last: tuple[object, object] | None = None
    while True:
        query: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(shape.rows)
        query = query.where(column >= low, column <= high)
        if last is not None:
            # Written out: some engines do not use an index for (a, b) > (x, y).
            after = sa.and_(column == last[0], shape.key > last[1])
            query = query.where(column >= last[0], sa.or_(column > last[0], after))
        rows, more = _read(connection, query.order_by(column, shape.key), shape, page)
        if rows:
            yield rows
        if not more:
            return
        last = (rows[-1][_name_of(column)], rows[-1][_name_of(shape.key)])


def _read(
    connection: sa.Connection, query: sa.Select[Any], shape: _Shape, page: int
) -> tuple[list[Row], bool]:
    """Return one page of rows, and whether there are more; one row is read beyond it to know."""
    result = connection.execute(query.limit(page + 1))
    names, key = list(result.keys()), _name_of(shape.key)
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(
                "Two columns are called “{name}”. Give one another name with AS.", name=name
            )
    if not {key, _name_of(shape.cursor)} <= set(names):
        raise InvalidInput(
            "The columns “{key}” and of the cursor must be among those read.", key=key
        )
    rows: list[Row] = [dict(row) for row in result.mappings()]
    if len({str(row[key]) for row in rows}) < len(rows):
        raise InvalidInput(
            "The key column “{key}” names several rows alike. Choose another.", key=key
        )
    return rows[:page], len(rows) > page


def _name_of(column: sa.ColumnElement[Any]) -> str:
    return str(getattr(column, "name", ""))


def _shape(asked: Asked) -> _Shape:
    query = asked.text("query")
    if query:
        # A colon is the mark of a parameter here; the SELECT has none.
        sql = check_select(query).replace(":", "\\:")
        rows: sa.FromClause = sa.text(sql).columns().subquery("q")
    else:
        schema, _, table = asked.text("table").rpartition(".")
        rows = sa.table(table, schema=schema or None)
    key, cursor = asked.text("key"), asked.text("cursor")
    return _Shape(rows, sa.column(key), sa.column(cursor or key))


@contextmanager
def _open(asked: Asked) -> Iterator[sa.Connection]:
    """Open one read-only transaction on the source; every error becomes a sentence."""
    server = server_of(asked)
    address = sa.URL.create(server.driver, database=server.file, query=server.query)
    engine = sa.create_engine(
        address, connect_args=dict(server.arguments), poolclass=sa.NullPool, hide_parameters=True
    )
    try:
        with engine.connect() as connection:
            _settle(connection, server)
            yield connection
    except DataError:
        raise SourceFailed("The database cannot read a value as the SELECT asks for.") from None
    except DBAPIError as error:
        remedy, said = explain(error.orig, asked.secrets)
        raise SourceFailed("{remedy} The database says: {said}", remedy=remedy, said=said) from None
    except SQLAlchemyError:
        raise SourceFailed("The database cannot be read this way. Check its options.") from None
    finally:
        engine.dispose()


def _settle(connection: sa.Connection, server: Server) -> None:
    """Make the session read-only and bounded, and refuse a registry of this program."""
    if server.driver.startswith("sqlite"):
        stop_after(connection.connection.driver_connection)
    limits = server.limits_mariadb if connection.dialect.name == "mariadb" else server.limits
    if getattr(connection.dialect, "is_mariadb", False):
        limits = server.limits_mariadb
    for statement in limits:
        connection.execute(sa.text(statement))
    connection.commit()
    if server.driver.startswith("postgresql"):
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    looking = sa.inspect(connection)
    if looking.has_table("audit_seal") and looking.has_table("source_key"):
        raise HostRefused("That database is a registry itself. It cannot be a source.")


def tables(asked: Asked) -> list[str]:
    """Return the tables and views that may be read, `schema.table` outside the usual schema."""
    with _open(asked) as connection:
        looking = sa.inspect(connection)
        names: list[str] = []
        usual = looking.default_schema_name
        several = connection.dialect.name == "postgresql"
        schemas = looking.get_schema_names() if several else [None]
        for schema in schemas:
            if schema and (schema.startswith("pg_") or schema in _HIDDEN):
                continue
            prefix = f"{schema}." if schema not in (None, usual) else ""
            found = [*looking.get_table_names(schema), *looking.get_view_names(schema)]
            names += [f"{prefix}{name}" for name in sorted(found)]
        return names


def check(options: Mapping[str, Any]) -> None:
    """Raise InvalidInput or HostRefused for options that cannot work."""
    check_server(options)
    if bool(options.get("table")) == bool(options.get("query")):
        raise InvalidInput("Choose a table, or write one SELECT.")
    if options.get("query"):
        check_select(str(options["query"]))
    schema, _, table = str(options.get("table") or "").rpartition(".")
    for name in (schema.lower(), table.lower()):
        if name.startswith(("pg_", "sqlite_")) or name in _HIDDEN:
            raise InvalidInput("“{name}” belongs to the system and cannot be imported.", name=name)
    for name in ("lag", "sweep_days"):
        if not str(options.get(name, "1")).isdecimal():
            raise InvalidInput("The option “{name}” must be a whole number.", name=name)


CONNECTOR = Connector(
    key="database",
    label="Database",
    options=OPTIONS,
    secrets=SECRETS,
    fetch=fetch,
    key_column=lambda options: str(options["key"]),
    check=check,
    tables=tables,
)
