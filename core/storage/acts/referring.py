"""Rows that refer to records which an undo would take away, or merge into others again."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, select
from sqlmodel import Session, SQLModel

from core.storage.acts.row_images import KEYS, Image, Key, Row
from core.storage.documents import table_of

_HELD = frozenset({"enrolment", "membership", "identifier", "source_key", "household_key"})
"""What a merge passes to the record that stays."""
_IN_STATEMENT = 500
_NOBODY_ASKS = frozenset({"search_entry"})
"""Tables that hold copies of people and follow by themselves."""

Rows = Iterator[tuple[str, str, Row]]
"""Each row with its table and its name."""


def find_users(db: Session, images: Sequence[Image], entity: str, leaving: Collection[int]) -> Rows:
    """Rows that refer to what would leave, and do not let go of it by themselves."""
    for table, column in _references(entity):
        freed = {
            image.key
            for image in images
            if image.entity == table.name
            and (image.before is None or image.before.get(column.name) not in leaving)
        }
        names = KEYS.get(table.name, tuple(one.name for one in table.primary_key))
        for row in _read_referring(db, table, column, sorted(leaving)):
            key: Key = row["id"] if names == ("id",) else tuple(row[name] for name in names)
            if key not in freed:
                name = "/".join(str(row[one]) for one in names)
                yield table.name, name, {**row, f"{entity}_id": row[column.name]}


def leads_away(image: Image) -> bool:
    """Whether putting an image back merges its record into another, again."""
    before = image.before or {}
    return "merged_into_id" in image.columns and before["merged_into_id"] is not None


def find_gains(
    db: Session, batch_id: int, images: Sequence[Image], entity: str, away: Collection[int]
) -> Rows:
    """What a record that would be merged away has come by since the batch: it would stay with a
    record that nobody sees. The batch's own rows and statuses go back by themselves."""
    log = table_of("status_change").c
    moved = db.execute(select(log.enrolment_id).where(log.batch_id == batch_id)).scalars()
    own = {("enrolment", str(key)) for key in moved} | {(one.entity, one.name) for one in images}
    for table, name, row in find_users(db, images, entity, away):
        if table in _HELD and (table, name) not in own and _still_holds(table, entity, row):
            yield table, name, row


def _still_holds(table: str, entity: str, row: Row) -> bool:
    """Whether a row stands now: what has ended stays with an old record, except that somebody who
    is there holds even the ended enrolment of a household."""
    if table == "enrolment":
        return row["ended_on"] is None or (entity == "person" and row["household_id"] is not None)
    return table != "membership" or row["until"] is None


def _read_referring(
    db: Session, table: Table, column: ColumnElement[Any], keys: Sequence[int]
) -> Iterator[RowMapping]:
    """Yield the rows whose `column` is one of `keys`: a household rule enrols a country's."""
    for start in range(0, len(keys), _IN_STATEMENT):
        part = keys[start : start + _IN_STATEMENT]
        yield from db.execute(select(table).where(column.in_(part))).mappings()


def _references(entity: str) -> Iterator[tuple[Table, ColumnElement[Any]]]:
    for table in SQLModel.metadata.sorted_tables:
        if table.name in _NOBODY_ASKS:
            continue
        for column in table.columns:
            if any(key.column.table.name == entity for key in column.foreign_keys):
                yield table, column
