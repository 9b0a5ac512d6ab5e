"""Whole rows as JSON, before and after a small act: what its undo needs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, insert, select, tuple_
from sqlmodel import Session

from core.models import RowImage, UtcDateTime
from core.storage.documents import table_of

Key = int | tuple[int | str, ...]
"""What names a row: its id, or the columns of KEYS in their order."""
Row = dict[str, Any]
KEYS: dict[str, tuple[str, ...]] = {
    "programme": ("id",),
    "cycle": ("programme_id", "number"),
    "household": ("id",),
    "person": ("id",),
    "enrolment": ("id",),
    "status_change": ("id",),
    "membership": ("id",),
    "identifier": ("id",),
    "source_key": ("space_id", "key"),
    "household_key": ("space_id", "key"),
}
"""The tables whose rows have images, each with what names a row; others first that refer to them.

Of status changes only the first ones have images, of enrolments that the act made."""
ONLY: dict[str, frozenset[str]] = {"enrolment": frozenset({"person_id", "household_id"})}
"""The columns of a table that alone are compared and written: statuses have undos of their own."""
WHOLE = frozenset({"membership", "status_change"})
"""Tables whose rows are compared and written whole."""
RENUMBERED = frozenset({"membership", "identifier", "status_change"})
"""Rows whose id nobody refers to: SQLite may have given it to another row meanwhile."""
_IN_STATEMENT = 500


def name_row(entity: str, row: Mapping[str, Any]) -> str:
    """Return the name of a row in its images: "12", or "3/H-7" where two columns name it."""
    return "/".join(str(row[key]) for key in KEYS[entity])


def pack(table: Table, row: Mapping[str, Any]) -> Row:
    """Return a row as JSON keeps it."""
    return {column.name: _packed(row[column.name]) for column in table.columns}


def _packed(value: Any) -> Any:  # noqa: ANN401 - a value of any column
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def unpack(table: Table, row: Mapping[str, Any]) -> Row:
    """Return a kept row as the table takes it; columns that came later are left out."""
    return {
        column.name: _unpacked(column, row[column.name])
        for column in table.columns
        if column.name in row
    }


def _unpacked(column: ColumnElement[Any], value: Any) -> Any:  # noqa: ANN401 - see _packed
    if not isinstance(value, str):
        return value
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    kind = column.type.python_type
    if kind is date:
        return kind.fromisoformat(value)
    return kind(value) if kind in (Decimal, UUID) else value


def read_rows(
    db: Session, entity: str, keys: Iterable[Key], *, locked: bool = False
) -> dict[str, Row]:
    """Return the rows that `keys` name as JSON keeps them, by their names; those missing are left
    out. `locked` keeps other writers off them until the transaction ends."""
    table = table_of(entity)
    columns = tuple(table.c[name] for name in KEYS[entity])
    wanted = sorted(set(keys), key=str)
    found: dict[str, Row] = {}
    for start in range(0, len(wanted), _IN_STATEMENT):
        part = wanted[start : start + _IN_STATEMENT]
        named = columns[0].in_(part) if len(columns) == 1 else tuple_(*columns).in_(part)
        query = select(table).where(named).order_by(*columns)
        for row in db.execute(query.with_for_update() if locked else query).mappings():
            kept = pack(table, dict(row))
            found[name_row(entity, kept)] = kept
    return found


def key_of(entity: str, row: Mapping[str, Any]) -> Key:
    """Return what names a kept row."""
    names = KEYS[entity]
    return int(row["id"]) if names == ("id",) else tuple(row[name] for name in names)


def note(db: Session, batch_id: int, entity: str, before: Row | None, after: Row | None) -> None:
    """Keep one row that a batch wrote; no `before` means it made the row, no `after` that it
    took it out. Both are as read_rows gives them."""
    named = before or after
    if named is None or before == after:
        return
    values = {"batch_id": batch_id, "entity": entity, "entity_id": name_row(entity, named)}
    db.execute(insert(RowImage).values(**values, before=before, after=after))


@dataclass
class Recorder:
    """Notes the rows of one batch: `watch` before they are written, `made` after."""

    db: Session
    batch_id: int
    _before: dict[tuple[str, Key], Row | None] = field(default_factory=dict)

    def watch(self, entity: str, keys: Collection[Key]) -> None:
        """Take the rows that `keys` name as they are now; one that is not there is to be made."""
        new = [key for key in keys if (entity, key) not in self._before]
        found = read_rows(self.db, entity, new)
        by_key = {key_of(entity, row): row for row in found.values()}
        self._before.update({(entity, key): by_key.get(key) for key in new})

    def made(self, entity: str, *keys: Key) -> None:
        """Say that the batch made these rows."""
        for key in keys:
            self._before.setdefault((entity, key), None)

    def write(self) -> None:
        """Note every row that is not what it was."""
        self.db.flush()
        for entity in KEYS:
            mine = {key: row for (kind, key), row in self._before.items() if kind == entity}
            now = {key_of(entity, row): row for row in read_rows(self.db, entity, mine).values()}
            for key, before in mine.items():
                note(self.db, self.batch_id, entity, before, now.get(key))


@contextmanager
def recording(db: Session, batch_id: int) -> Iterator[Recorder]:
    """Note what the block writes in rows that it watches, as images of a batch."""
    recorder = Recorder(db, batch_id)
    yield recorder
    recorder.write()


@dataclass(frozen=True)
class Image:
    """One row as a batch found it and left it."""

    entity: str
    name: str
    before: Row | None
    after: Row | None

    @property
    def key(self) -> Key:
        return key_of(self.entity, self.after or self.before or {})

    @property
    def columns(self) -> frozenset[str]:
        """The columns that putting `before` back writes."""
        if self.before is None or self.after is None:
            return frozenset()
        if self.entity in WHOLE:
            return frozenset(self.before) - {"id"}
        changed = {name for name in self.before if self.before[name] != self.after.get(name)}
        return frozenset(changed - {"version"}) & ONLY.get(self.entity, frozenset(changed))


def read_images(db: Session, batch_id: int) -> list[Image]:
    """Return the rows that a batch wrote, in the order of KEYS."""
    kept = cast(Any, RowImage).__table__.c
    rows = db.execute(
        select(kept.entity, kept.entity_id, kept.before, kept.after)
        .where(kept.batch_id == batch_id)
        .order_by(kept.id)
    ).all()
    found: dict[tuple[str, str], Image] = {}
    for row in rows:
        first = found.get((row.entity, row.entity_id))
        before = first.before if first else row.before
        found[row.entity, row.entity_id] = Image(row.entity, row.entity_id, before, row.after)
    order = list(KEYS)
    return sorted(found.values(), key=lambda image: order.index(image.entity))


def read_current(
    db: Session, images: Sequence[Image], *, locked: bool = False
) -> dict[tuple[str, str], Row]:
    """Return how the rows of images are now, by entity and name."""
    found: dict[tuple[str, str], Row] = {}
    for entity in KEYS:
        keys = [image.key for image in images if image.entity == entity]
        rows = read_rows(db, entity, keys, locked=locked) if keys else {}
        found.update({(entity, name): row for name, row in rows.items()})
    return found
