"""Alembic's entry: runs the revisions on the engine it is handed, never on one of its own."""

from alembic import context
from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

import core.models
from core.models import ACCESS_TABLES

part: str = context.config.attributes["part"]


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave alone the runs' staging tables and the indexes only PostgreSQL has."""
    return not (
        name is not None
        and (
            (kind == "table" and name.startswith("stage_"))
            or (kind == "index" and name.startswith("gin_"))
        )
    )


def include_object(thing: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Keep to the tables of this part: on SQLite the access log is a file of its own."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
    if part == "access":
        return table in ACCESS_TABLES
    if context.get_context().dialect.name == "sqlite":
        return table not in ACCESS_TABLES
    return True


def run(connection: Connection) -> None:
    """Run the revisions on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_name=include_name,
        include_object=include_object,
        compare_type=True,
        render_as_batch=False,
    )
    with context.begin_transaction():
        context.run_migrations()


bind: Engine | Connection = context.config.attributes["bind"]
assert core.models  # noqa: S101 - imported for its tables
if isinstance(bind, Connection):
    run(bind)
else:
    with bind.begin() as connection:
        run(connection)
