"""Whole rows as JSON and back again: what a rewind takes out of the registry's tables and keeps."""

from sqlalchemy import JSON, Table
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel

from core.storage.dialect import Spelling, ask, make_temporary, run, spelling

# Children first: the order in which rows leave. They come back the other way round.
ENTITIES: dict[str, tuple[str, ...]] = {
    "status_change": ("id",),
    "enrolment": ("id",),
    "membership": ("id",),
    "identifier": ("id",),
    "source_key": ("space_id", "key"),
    "household_key": ("space_id", "key"),
    "person": ("id",),
    "household": ("id",),
}
"""The tables that an import fills, each with what names a row."""
_RENUMBERED = ("membership", "identifier")
"""Rows whose id nobody refers to: SQLite may have given it to another row meanwhile."""
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def table_of(entity: str) -> Table:
    return SQLModel.metadata.tables[entity]


def gone(entity: str) -> str:
    """Return the temporary table that names the rows of a table that leave."""
    return f"gone_{entity}"


def back(entity: str) -> str:
    """Return the temporary table of the rows of a table that come back, with their record_id."""
    return f"back_{entity}"


def type_of(entity: str, column: str) -> str:
    """Return PostgreSQL's name of a column's type."""
    return table_of(entity).c[column].type.compile(dialect=_DIALECT)


def keep(db: Session, entity: str, batch_id: int) -> int:
    """Move the rows that gone(entity) names into rewound_record, whole; return how many."""
    keys = ENTITIES[entity]
    same = " AND ".join(f"g.{key} = t.{key}" for key in keys)
    run(
        db,
        "INSERT INTO rewound_record (batch_id, entity, document) "  # noqa: S608
        f"SELECT :batch, '{entity}', {_document(spelling(db), entity)} "
        f"FROM {gone(entity)} g JOIN {entity} t ON {same}",
        batch=batch_id,
    )
    names = ", ".join(keys)
    return run(
        db,
        f"DELETE FROM {entity} WHERE ({names}) IN (SELECT {names} FROM {gone(entity)})",  # noqa: S608
    )


def _document(words: Spelling, entity: str) -> str:
    if not words.sqlite:
        return "to_jsonb(t)"
    parts = []
    for column in table_of(entity).columns:
        value = f't."{column.name}"'
        value = f"json({value})" if isinstance(column.type, JSON) else value
        parts.append(f"'{column.name}', {value}")
    return f"json_object({', '.join(parts)})"


def open_kept(db: Session, entity: str, batch_id: int) -> None:
    """Lay the rows of a table that a batch took out into back(entity), typed as in their table."""
    words = spelling(db)
    columns = ", ".join(
        f'{_opened(words, entity, column.name)} AS "{column.name}"'
        for column in table_of(entity).columns
    )
    source = "rewound_record r"
    if not words.sqlite:
        source += f", jsonb_populate_record(CAST(NULL AS {entity}), r.document) x"
    make_temporary(
        db,
        back(entity),
        f"SELECT r.id AS record_id, {columns} FROM {source} "  # noqa: S608
        f"WHERE r.batch_id = :batch AND r.entity = '{entity}'",
        index="id" if "id" in ENTITIES[entity] else "key",
        batch=batch_id,
    )


def _opened(words: Spelling, entity: str, name: str) -> str:
    if not words.sqlite:
        return f'x."{name}"'
    arrow = "->" if isinstance(table_of(entity).c[name].type, JSON) else "->>"
    return f"r.document {arrow} '{name}'"


def put_back(db: Session, entity: str) -> int:
    """Move the rows of back(entity) into their table; return how many."""
    if entity == "status_change":
        _make_room(db)
    names = [
        column.name
        for column in table_of(entity).columns
        if not (column.name == "id" and entity in _RENUMBERED)
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    done = run(
        db,
        f"INSERT INTO {entity} ({columns}) SELECT {columns} FROM {back(entity)} "  # noqa: S608
        f"ORDER BY {', '.join(ENTITIES[entity])}",
    )
    run(
        db,
        f"DELETE FROM rewound_record WHERE id IN (SELECT record_id FROM {back(entity)})",  # noqa: S608
    )
    return done


def _make_room(db: Session) -> None:
    """Number the returning status changes behind those there are, where their numbers may be taken,
    all by as much, so that they refer to each other as before; what orders say of them follows."""
    returning = back("status_change")
    first = ask(db, f"SELECT min(id) FROM {returning}")  # noqa: S608
    last = ask(db, "SELECT max(id) FROM status_change")
    # PostgreSQL's series never gives a number twice.
    if not spelling(db).sqlite or not 0 < first <= last:
        return
    by = last - first + 1
    refer = "undo_of_id = undo_of_id + :by, restores_id = restores_id + :by"
    run(
        db,
        f"UPDATE move_subject SET {refer} "  # noqa: S608
        f"WHERE enrolment_id IN (SELECT enrolment_id FROM {returning})",
        by=by,
    )
    run(db, f"UPDATE {returning} SET id = id + :by, {refer}", by=by)  # noqa: S608
