"""What a publish would do, rehearsed at the check and kept, to be looked at page by page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import inspect, select, text
from sqlmodel import Session

from core.domain.fields import FIELDS, IDENTIFIER_PREFIX, OPEN_LEVEL, OWN_FIELDS
from core.domain.permissions import Actor, Permission
from core.errors import Conflict
from core.models import Person
from core.storage.columns import LOCATION
from core.storage.database import is_sqlite
from core.storage.dialect import ask, run, spelling
from core.storage.importing.import_statuses import MOVING, count_moving, count_unchanged_else
from core.storage.importing.matching import FOUND
from core.storage.importing.preview_queries import KINDS, QUERIES, STAGED
from core.storage.importing.publish import JOIN, JOINER, Publication, plan
from core.storage.importing.revise import REVISED, TOUCHED, compare, count_changed
from core.storage.importing.stage import Stage
from core.storage.selection import people_in_scope

__all__ = ["KINDS"]
_PERSON = cast(Any, Person).__table__.c
_LEADING = OWN_FIELDS[: OWN_FIELDS.index("birth_precision") + 1]
_OPENED = ("uuid", "registration_no", "full_name", "sex", "birth_date")


@dataclass(frozen=True)
class Cell:
    """One field of a row: the registry's value, the file's, and the policy that settles them.

    `hidden` says that the registry's value is above the reader's field level and left out."""

    before: Any
    after: Any
    policy: str = "file"
    hidden: bool = False


@dataclass(frozen=True)
class PreviewRow:
    """One row of the file and what it does; the number of the person where there is one to see."""

    row: int
    registration_no: str | None
    name: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Foreseen:
    """Some rows, the mark of the next page, the uuids of the people whose values are shown, and
    the names of the areas by code."""

    rows: Sequence[PreviewRow]
    next: int | None
    shown: Sequence[str]
    places: Mapping[str, str] = field(default_factory=dict)


def foresee(db: Session, publication: Publication) -> dict[str, int]:
    """Return how many staged rows would be new, changed and unchanged now; keep what would change.

    Needs FOUND, filled by matching.match, and where the file's statuses count
    import_statuses.MOVING; then says how many move as "statuses". The publish's own statements
    plan and compare, so the figures are those of a publish that began now.
    """
    stage, moves = publication.stage, publication.policies.moves_statuses
    rows = ask(db, f"SELECT count(*) FROM {stage.rows}")  # noqa: S608
    known = ask(db, f"SELECT count(*) FROM {FOUND}")  # noqa: S608
    changed = 0
    if ask(db, f"SELECT count(*) FROM {FOUND} WHERE NOT same"):  # noqa: S608
        plan(db, publication, rehearse=True)
        compare(db, publication)
        changed = count_changed(db) + (count_unchanged_else(db) if moves else 0)
        _keep(db, stage, _with_statuses(db) if moves else _FORESEEN)
    else:
        nothing = spelling(db).json("NULL")
        _keep(
            db,
            stage,
            "SELECT n, row_no, person_id, false AS changed, false AS joins, false AS enrols, "  # noqa: S608
            f"{nothing} AS diff FROM {FOUND} WHERE false",
        )
    statuses = {"statuses": count_moving(db)} if moves else {}
    return {"new": rows - known, "changed": changed, "unchanged": known - changed, **statuses}


_FORESEEN = (
    "SELECT f.n, f.row_no, f.person_id, "  # noqa: S608
    f"f.person_id IN (SELECT person_id FROM {TOUCHED}) AS changed, "
    f"f.person_id IN (SELECT person_id FROM {JOINER} WHERE NOT is_new) AS joins, "
    f"f.person_id IN (SELECT person_id FROM {JOIN} WHERE NOT is_new) AS enrols, r.diff "
    f"FROM {FOUND} f LEFT JOIN {REVISED} r ON r.n = f.n WHERE NOT f.same"
)


def _with_statuses(db: Session) -> str:
    """Write the query of what is foreseen, with the statuses that move among the differences."""
    words = spelling(db)
    nothing = words.json("'{}'")
    status = words.member("'status'", words.pair("m.before", "m.after"))
    diff = words.merged(f"COALESCE(t.diff, {nothing})", status)
    return (
        "SELECT t.n, t.row_no, t.person_id, t.changed OR m.n IS NOT NULL AS changed, t.joins, "  # noqa: S608
        f"t.enrols, CASE WHEN m.n IS NULL THEN t.diff ELSE {diff} END AS diff "
        f"FROM ({_FORESEEN}) t LEFT JOIN {MOVING} m ON m.n = t.n AND m.blocked IS NULL"
    )


def _keep(db: Session, stage: Stage, query: str) -> None:
    run(db, f"DROP TABLE IF EXISTS {stage.preview}")
    kind = "TABLE" if is_sqlite(db) else "UNLOGGED TABLE"
    run(db, f"CREATE {kind} {stage.preview} AS {query}")
    run(db, f"CREATE UNIQUE INDEX {stage.preview}_n ON {stage.preview} (n)")


def count_fields(db: Session, stage: Stage) -> dict[str, int]:
    """Return how many rows would change each field, the most frequent first."""
    if not _is_there(db, stage):
        return {}
    each = "json_each(t.diff)" if is_sqlite(db) else "jsonb_object_keys(t.diff) AS j(key)"
    rows = db.execute(
        text(
            f"SELECT j.key, count(*) FROM {stage.preview} t, "  # noqa: S608
            f"{each}{' j' if is_sqlite(db) else ''} WHERE t.diff IS NOT NULL "
            "GROUP BY j.key ORDER BY 2 DESC, 1"
        )
    )
    return {str(name): int(count) for name, count in rows}


def _is_there(db: Session, stage: Stage) -> bool:
    return inspect(db.connection()).has_table(stage.preview)


def read_page(
    db: Session, actor: Actor, publication: Publication, kind: str, after: int, size: int
) -> Foreseen:
    """Return rows of one kind beyond the mark `after`, in the file's order.

    Raises Conflict when what the last check foresaw is gone.
    """
    stage = publication.stage
    if not _is_there(db, stage):
        raise Conflict("What this file would do is no longer at hand. Check the file again.")
    values = {
        "after": after,
        "size": size + 1,
        "space": publication.spaces.person,
        "run": stage.run_id,
        "programme": publication.programme_id,
    }
    found = list(db.execute(text(QUERIES[kind](stage)), values).mappings())
    more = len(found) > size
    found = found[:size]
    people = _people(db, actor, [row["person_id"] for row in found if row["person_id"]])
    new = [row["n"] for row in found if kind in ("new", "duplicate")]
    numbers = _identifiers(db, stage, new) if new else {}
    rows = [
        _show(publication, kind, {**row, **numbers.get(row["n"], {})}, people.get(row["person_id"]))
        for row in found
    ]
    shown = [str(one["uuid"]) for one in people.values()]
    mark = int(found[-1]["n"]) if more else None
    return Foreseen(rows, mark, shown, _places(db, rows))


def _identifiers(db: Session, stage: Stage, rows: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return what staged rows have of identifiers, by field, by the rows' `n`."""
    listed = ", ".join(str(int(n)) for n in rows)
    query = f"SELECT n, type, value FROM {stage.identifiers} WHERE n IN ({listed}) ORDER BY type"  # noqa: S608
    found: dict[int, dict[str, str]] = {}
    for n, kind, value in db.execute(text(query)):
        found.setdefault(n, {})[f"{IDENTIFIER_PREFIX}{kind}"] = value
    return found


def _places(db: Session, rows: Iterable[PreviewRow]) -> dict[str, str]:
    cells = (row.cells["location"] for row in rows if "location" in row.cells)
    codes = {code for cell in cells for code in (cell.before, cell.after)}
    query = select(LOCATION.code, LOCATION.name).where(LOCATION.code.in_(codes - {None}))
    return {row.code: row.name for row in db.execute(query)}


def _people(db: Session, actor: Actor, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the people whom the actor may see, each with the highest field level granted."""
    wanted = list(ids)
    found: dict[int, dict[str, Any]] = {}
    for level in (1, 2, 3):
        reach = people_in_scope(actor, Permission.SEE_PEOPLE, level)
        query = select(_PERSON.id, *(_PERSON[name] for name in _OPENED))
        for row in db.execute(query.where(_PERSON.id.in_(wanted), reach)).mappings():
            found[row["id"]] = {**row, "level": level}
    return found


def _show(
    publication: Publication, kind: str, row: Mapping[Any, Any], person: Mapping[str, Any] | None
) -> PreviewRow:
    if kind == "changed":
        cells = _changes(publication, row, person)
    elif kind == "conflict":
        cells = _contradictions(publication, row, person)
    elif kind == "unchanged":
        cells = {}
    else:
        numbers = (name for name in row if name.startswith(IDENTIFIER_PREFIX))
        names = dict.fromkeys((*_LEADING, "location", *numbers, *STAGED))
        cells = {name: Cell(None, _plain(row[name])) for name in names if row[name] is not None}
    number = person["registration_no"] if person else None
    return PreviewRow(int(row["row_no"]), number, row["full_name"], cells)


def _changes(
    publication: Publication, row: Mapping[Any, Any], person: Mapping[str, Any] | None
) -> dict[str, Cell]:
    kept = row["diff"] or {}
    diff: dict[str, list[Any]] = json.loads(kept) if isinstance(kept, str) else kept
    level = person["level"] if person else 0
    cells = {
        name: _cell(publication, name, before, after, level)
        for name, (before, after) in diff.items()
    }
    if row["joins"]:
        cells["household"] = Cell(None, row["household"])
    if row["enrols"]:
        cells["status"] = Cell(None, row["status"] or publication.status)
    return cells


def _contradictions(
    publication: Publication, row: Mapping[Any, Any], person: Mapping[str, Any] | None
) -> dict[str, Cell]:
    level = person["level"] if person else 0
    cells = {}
    for name in ("sex", "birth_date"):
        before, after = _plain(person[name]) if person else None, _plain(row[name])
        if None not in (before, after) and before != after and "UNKNOWN" not in (before, after):
            cells[name] = _cell(publication, name, before, after, level)
    if person and row["status_here"]:
        cells["status"] = Cell(row["status_here"], row["status"], "keep")
        since, on = _plain(row["since_here"]), _plain(row["enrolled_on"])
        cells["since"] = Cell(since, on, "keep")
    return cells


def _plain(value: Any) -> Any:  # noqa: ANN401 - what either engine gives for a field
    """Return a value as JSON has it: the two engines type dates and numbers differently."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _cell(publication: Publication, name: str, before: Any, after: Any, level: int) -> Cell:  # noqa: ANN401 - any value of a field
    needed = FIELDS[name].level if name in FIELDS else OPEN_LEVEL
    policy = publication.policies.of(name)
    if needed > level:
        return Cell(None, after, policy, hidden=True)
    return Cell(before, after, policy)
