"""The area tree: reading its nodes, and putting in a list of them by code."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Row, bindparam, insert, select, update
from sqlmodel import Session, col

from core.models import Location, Person, SearchOutbox
from core.storage.importing.places import ROOT, UNASSIGNED

_IN_STATEMENT = 5_000


class PlaceRow(NamedTuple):
    """One node of the tree, without its outline."""

    id: int
    code: str
    name: str
    level: int
    path: str
    parent_id: int | None
    uuid: UUID


@dataclass(frozen=True)
class NewPlace:
    """A place as a file gives it; no `parent` means under the root. A `geometry` that is None is
    not known here, and leaves the one in the registry as it is."""

    code: str
    name: str
    parent: str | None = None
    geometry: Any = None


@dataclass(frozen=True)
class Upserted:
    """What a list of places did: the keys of new and of changed ones, the latter with their
    changed fields as {field: [before, after]}."""

    new: list[int]
    changed: dict[int, dict[str, list[Any]]]
    unchanged: int


_COLUMNS = (
    col(Location.id),
    col(Location.code),
    col(Location.name),
    col(Location.level),
    col(Location.path),
    col(Location.parent_id),
    col(Location.uuid),
)


def lookup(db: Session) -> list[PlaceRow]:
    """Return every node with the root and the unassigned one, coarse ones first."""
    rows = db.execute(select(*_COLUMNS).order_by(col(Location.level), col(Location.id)))
    return [_place(row) for row in rows]


def find_by_codes(db: Session, codes: Collection[str]) -> dict[str, PlaceRow]:
    """Return the places called `codes`, by code; a code nobody has is left out."""
    rows = db.execute(select(*_COLUMNS).where(col(Location.code).in_(codes)))
    return {row.code: _place(row) for row in rows}


def find_place(db: Session, uuid: UUID) -> PlaceRow | None:
    """Return one place by its address."""
    row = db.execute(select(*_COLUMNS).where(col(Location.uuid) == uuid)).first()
    return _place(row) if row else None


def find_by_paths(db: Session, paths: Collection[str]) -> list[PlaceRow]:
    """Return the places at `paths`, coarse ones first."""
    query = select(*_COLUMNS).where(col(Location.path).in_(paths)).order_by(col(Location.level))
    return [_place(row) for row in db.execute(query)]


def list_children(db: Session, parent_id: int) -> list[PlaceRow]:
    """Return the places directly under one, by name; the unassigned node comes last."""
    query = (
        select(*_COLUMNS)
        .where(col(Location.parent_id) == parent_id)
        .order_by(col(Location.id) == UNASSIGNED, col(Location.name), col(Location.id))
    )
    return [_place(row) for row in db.execute(query)]


def _place(row: Row[Any]) -> PlaceRow:
    return PlaceRow._make(row)


def upsert(db: Session, places: Sequence[NewPlace]) -> Upserted:
    """Insert or update places by code, and set level and path of every node the list moves.

    Parents come before their children, are in the list or in the registry already, and there is
    no cycle: the caller has checked. People in places that moved are to be indexed again.
    """
    # One at a time: two files that bring the same new code would collide on PostgreSQL.
    db.execute(select(col(Location.id)).where(col(Location.id) == ROOT).with_for_update())
    known = {place.code: place for place in lookup(db)}
    outlines = _load_outlines(db, places)
    new = [place for place in places if place.code not in known]
    ids = {code: place.id for code, place in known.items()} | _insert(db, new)
    changed: dict[int, dict[str, list[Any]]] = {}
    for place in places:
        if place.code in known:
            parent = ids[place.parent] if place.parent else ROOT
            diff = _compare(known[place.code], place, parent, outlines)
            if diff:
                changed[ids[place.code]] = diff
    _update(db, changed)
    _hang(db, {ids[place.code]: place for place in new}, ids)
    _repair_paths(db)
    unchanged = len(places) - len(new) - len(changed)
    return Upserted([ids[place.code] for place in new], changed, unchanged)


def _load_outlines(db: Session, places: Sequence[NewPlace]) -> Mapping[str, Any]:
    codes = [place.code for place in places if place.geometry is not None]
    found: dict[str, Any] = {}
    for part in _parts(codes):
        query = select(col(Location.code), col(Location.geometry))
        rows = db.execute(query.where(col(Location.code).in_(part)))
        found.update((row.code, row.geometry) for row in rows)
    return found


def _insert(db: Session, places: Sequence[NewPlace]) -> dict[str, int]:
    """Insert places under the root for the moment; return their keys by code."""
    if not places:
        return {}
    rows = [
        {
            "uuid": uuid4(),
            "code": place.code,
            "name": place.name,
            "level": 1,
            "parent_id": ROOT,
            "path": "",
            "geometry": place.geometry,
        }
        for place in places
    ]
    made = insert(Location).returning(col(Location.code), col(Location.id))
    return {row.code: row.id for row in db.execute(made, rows)}


def _compare(
    known: PlaceRow, place: NewPlace, parent_id: int, outlines: Mapping[str, Any]
) -> dict[str, list[Any]]:
    diff: dict[str, list[Any]] = {}
    if known.name != place.name:
        diff["name"] = [known.name, place.name]
    if known.parent_id != parent_id:
        diff["parent_id"] = [known.parent_id, parent_id]
    if place.geometry is not None and outlines[place.code] != place.geometry:
        diff["geometry"] = [outlines[place.code], place.geometry]
    return diff


def _update(db: Session, changed: Mapping[int, Mapping[str, Sequence[Any]]]) -> None:
    for key, diff in changed.items():
        after = {name: values[1] for name, values in diff.items()}
        db.execute(update(Location).where(col(Location.id) == key).values(**after))


def _hang(db: Session, new: Mapping[int, NewPlace], ids: Mapping[str, int]) -> None:
    rows = [{"b_id": key, "b_parent": ids[p.parent]} for key, p in new.items() if p.parent]
    _set_each(db, rows, {"parent_id": bindparam("b_parent")})


def _repair_paths(db: Session) -> None:
    """Set level and path of the nodes whose place in the tree changed, from the root down."""
    rows = {place.id: place for place in lookup(db)}
    right: dict[int, tuple[int, str]] = {ROOT: (0, f"{ROOT}/")}

    def find(key: int) -> tuple[int, str]:
        if key not in right:
            level, path = find(rows[key].parent_id or ROOT)
            right[key] = (level + 1, f"{path}{key}/")
        return right[key]

    wrong = [key for key, row in rows.items() if find(key) != (row.level, row.path)]
    updates = [{"b_id": key, "b_level": find(key)[0], "b_path": find(key)[1]} for key in wrong]
    _set_each(db, updates, {"level": bindparam("b_level"), "path": bindparam("b_path")})
    _queue_people(db, [key for key in wrong if rows[key].path])


def _set_each(db: Session, rows: list[dict[str, Any]], values: dict[str, Any]) -> None:
    if rows:
        table = Location.__table__  # type: ignore[attr-defined]
        statement = update(table).where(table.c.id == bindparam("b_id")).values(**values)
        db.connection().execute(statement, rows)


def _queue_people(db: Session, moved: Sequence[int]) -> None:
    """Have the people of places indexed again: an entry holds every area above its place."""
    for part in _parts(moved):
        people = select(col(Person.id)).where(col(Person.location_id).in_(part))
        db.execute(insert(SearchOutbox).from_select(["person_id"], people))


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield a list in parts that fit into one statement's parameters."""
    for start in range(0, len(values), _IN_STATEMENT):
        yield values[start : start + _IN_STATEMENT]
