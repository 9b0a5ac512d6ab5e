"""Lists of enrolments: pages, counts and streams, all of them over one Selection."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, case, func, literal_column, select, true, tuple_
from sqlmodel import Session

from core.domain.fields import ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX, OPEN_LEVEL, Field, find_field
from core.errors import InvalidCriteria
from core.storage.columns import BATCH, ENROLMENT, IDENTIFIER, PERSON, Expression, column
from core.storage.database import is_sqlite
from core.storage.selection import Selection, enrolments_in_scope, fit_for

_NO_DATE, _NO_AGE = date(1, 1, 1), 10_000


@dataclass(frozen=True)
class Paging:
    """Which page of a list: its order, and the enrolment (uuid) it starts after or ends before."""

    sort: str = "full_name"
    descending: bool = False
    after: UUID | None = None
    before: UUID | None = None
    size: int = 50


@dataclass(frozen=True)
class Count:
    """How many enrolments, of how many people and households."""

    enrolments: int
    people: int
    households: int

    @property
    def subjects(self) -> int:
        return self.people + self.households


def sort_field(name: str) -> Field:
    """Return the field a list is sorted by; raises InvalidCriteria for any other."""
    if name not in _SORT_KEYS:
        raise InvalidCriteria("A list cannot be sorted by “{name}”.", name=name)
    return find_field(name)


def read_page(
    db: Session, selection: Selection, fields: Sequence[Field], paging: Paging
) -> list[dict[str, Any]]:
    """Return one page and one row more (the sign of a next page), in reading order.

    Each row holds the fields' values by name, `uuid` of the person, `enrolment_uuid`, and whether
    the enrolment is `of_household`. Paging is by key, not by offset: page 8,000 costs what page 1
    costs.
    """
    backwards = paging.before is not None
    edge = paging.before or paging.after
    key = _sort_key(selection, paging.sort)
    query = selection.select(
        PERSON.uuid.label("uuid"),
        ENROLMENT.uuid.label("enrolment_uuid"),
        ENROLMENT.household_id.is_not(None).label("of_household"),
        *(selection.value(field).label(field.name) for field in fields),
    )
    # Age rises as the birth date falls.
    falls = paging.descending != (paging.sort == "age")
    rising = falls == backwards
    if edge is not None:
        query = _from_edge(db, selection, query, (key, edge), rising=rising)
    order = (key, ENROLMENT.id) if rising else (key.desc(), ENROLMENT.id.desc())
    found = db.execute(query.order_by(*order).limit(paging.size + 1)).mappings()
    rows = [dict(row) for row in found]
    return rows[::-1] if backwards else rows


def _sort_key(selection: Selection, name: str) -> Expression:
    if name == "age" and not selection.shows_all(find_field("birth_date")):
        # The order of birth dates is of their level; the order of ages is open.
        age = column(find_field("age"), selection.today)
        return cast(Expression, -func.coalesce(age, _NO_AGE))
    return _SORT_KEYS[name]


_SORT_KEYS: dict[str, Expression] = {
    "full_name": PERSON.full_name,
    "registration_no": PERSON.id,  # the number is written from the id and has its order
    "age": func.coalesce(PERSON.birth_date, _NO_DATE),
    "since": ENROLMENT.since,
}


def _from_edge(
    db: Session,
    selection: Selection,
    query: Select[Any],
    start: tuple[Expression, UUID],
    *,
    rising: bool,
) -> Select[Any]:
    key, edge = start
    joined = select(key, ENROLMENT.id).join_from(
        ENROLMENT.id.table, PERSON.id.table, PERSON.id == ENROLMENT.person_id
    )
    # Inside the grants only: a page that begins at somebody else's row tells what they are called.
    reach = enrolments_in_scope(selection.actor, selection.permission)
    mark = db.execute(joined.where(ENROLMENT.uuid == edge, reach)).first()
    if mark is None:
        return query  # the row is gone: begin at the first page
    here, place = tuple_(key, ENROLMENT.id), tuple_(*mark)
    return query.where(here > place if rising else here < place)


def count(db: Session, selection: Selection) -> Count:
    """Return the exact totals of a selection."""
    return Count(*db.execute(selection.select(*_totals())).one())


def count_by(db: Session, selection: Selection, field: Field) -> list[tuple[Any, Count]]:
    """Return the totals for each value of a field, the value's own order, unknown last."""
    value = column(field, selection.today).label("value")
    query = selection.select(value, *_totals()).where(fit_for([field]))
    query = query.group_by(literal_column("value"))
    rows = [(row[0], Count(*row[1:])) for row in db.execute(query)]
    known = sorted((row for row in rows if row[0] is not None), key=lambda row: row[0])
    return known + [row for row in rows if row[0] is None]


def _totals() -> tuple[Expression, ...]:
    alone = case((ENROLMENT.household_id.is_(None), ENROLMENT.person_id))
    return (
        func.count(),
        func.count(alone.distinct()),
        func.count(ENROLMENT.household_id.distinct()),
    )


def stream(db: Session, selection: Selection, fields: Sequence[Field]) -> Iterator[Sequence[Any]]:
    """Yield the fields' values row by row in registration order, a few thousand in memory."""
    query = selection.select(*(selection.value(field) for field in fields))
    ordered = query.order_by(PERSON.id, ENROLMENT.id)
    with closing(db.execute(ordered.execution_options(yield_per=2_000))) as rows:
        yield from rows


def open_fields(db: Session, selection: Selection) -> list[Field]:
    """Return the identifiers and attributes that occur in a selection, by name."""
    if not selection.actor.scopes_for(selection.permission, OPEN_LEVEL):
        return []
    people = selection.select(PERSON.id)
    kinds = db.execute(
        select(IDENTIFIER.type).distinct().where(IDENTIFIER.person_id.in_(people))
    ).scalars()
    read = func.json_each if is_sqlite(db) else func.jsonb_each
    pair: Any = read(PERSON.attributes).table_valued("key")
    keys = select(pair.c.key).distinct().select_from(PERSON.id.table).join(pair, true())
    names = db.execute(keys.where(PERSON.id.in_(people))).scalars()
    found = [IDENTIFIER_PREFIX + kind for kind in sorted(kinds)]
    found += [ATTRIBUTE_PREFIX + name for name in sorted(names)]
    return [find_field(name) for name in found]


def newest_batch(db: Session) -> int:
    """Return the id of the newest batch, 0 in an empty registry."""
    return int(db.execute(select(func.max(BATCH.id))).scalar() or 0)
