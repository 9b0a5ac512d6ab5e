"""Which staged rows are people the registry knows already, and which must be held back for it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Row, column, not_, select, table, text
from sqlmodel import Session

from core.domain.names import fold_name
from core.domain.permissions import Actor, Permission
from core.models import Household, Location, Person
from core.storage import bulk
from core.storage.dialect import analyse, make_temporary
from core.storage.importing.stage import Stage
from core.storage.lookups import last_survivor
from core.storage.selection import ROOT_PATH, people_in_scope, places_in_scope

FOUND = "found_person"
"""The temporary table of matched rows: n, row_no, person_id, same (as last taken), by_key."""
SOMEBODY_NEW = "new"
"""The decision that a row is about nobody who is known; its taken identifiers are left out."""
SAME_ROW = "row "
"""How the decision begins that a row is about the person of another row of the file."""
_FEW = 10_000
"""Values that one statement names at most."""
_HIT = "identifier_hit"
_HOUSE = "household_hit"


@dataclass(frozen=True)
class Spaces:
    """The name spaces of a run's keys; an id is 0 while nothing was ever published in it."""

    person: int
    household: int


@dataclass(frozen=True)
class Held:
    """A staged row that cannot be published as it is, and why."""

    n: int
    row_no: int
    rule: str
    value: str = ""


def match(
    db: Session,
    stage: Stage,
    spaces: Spaces,
    actor: Actor,
    decisions: Mapping[int, str],
) -> list[Held]:
    """Fill FOUND with the staged rows that are known people; return the rows to hold back.

    A row is a known person by its source key; else by what somebody decided (row number to
    registration number, SOMEBODY_NEW or SAME_ROW with the other row's number); else where one of
    its identifiers belongs to a person with the same name and birth date. Two people with one
    identifier are never merged, and nothing beyond the actor's grants is touched or described.
    """
    make_temporary(
        db,
        FOUND,
        "SELECT s.n, s.row_no, k.person_id, k.digest = s.digest AS same, true AS by_key "  # noqa: S608
        f"FROM {stage.rows} s JOIN source_key k ON k.space_id = :space AND k.key = s.key",
        index="n",
        space=spaces.person,
    )
    # Before the next step looks into it row by row: without the index that is quadratic.
    held, apart = _match_decided(db, stage, actor, decisions)
    held += _match_identifiers(db, stage, actor, apart)
    analyse(db, FOUND)
    held += _beyond(_people_beyond(db, FOUND, actor))
    held += _repeated(db)
    held += _beyond(_households_beyond(db, stage, spaces, actor))
    return list({row.n: row for row in reversed(held)}.values())


def _match_decided(
    db: Session, stage: Stage, actor: Actor, decisions: Mapping[int, str]
) -> tuple[list[Held], set[int]]:
    """Match rows as decided; return those to hold, and those that are about somebody new."""
    held: list[Held] = []
    apart: set[int] = set()
    matched: list[tuple[int, int, int, bool, bool]] = []
    known = _ids_of(db, actor, [one for one in decisions.values() if one != SOMEBODY_NEW])
    for row_no, n in _open_rows(db, stage, sorted(decisions)):
        choice = decisions[row_no]
        if choice == SOMEBODY_NEW:
            apart.add(n)
        elif choice.startswith(SAME_ROW):
            held.append(Held(n, row_no, "repeated_person"))
        elif choice in known:
            matched.append((n, row_no, known[choice], False, False))
        else:
            held.append(Held(n, row_no, "outside_grant"))
    bulk.insert_rows(db, FOUND, ("n", "row_no", "person_id", "same", "by_key"), matched)
    return held, apart


def _open_rows(db: Session, stage: Stage, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (row_no, n) of the staged rows with these numbers that are nobody's yet."""
    for at in range(0, len(numbers), _FEW):
        listed = ", ".join(str(int(number)) for number in numbers[at : at + _FEW])
        found = db.execute(
            text(
                f"SELECT s.row_no, s.n FROM {stage.rows} s WHERE s.row_no IN ({listed}) "  # noqa: S608
                f"AND NOT EXISTS (SELECT 1 FROM {FOUND} f WHERE f.n = s.n) ORDER BY s.n"
            )
        )
        yield from ((int(row.row_no), int(row.n)) for row in found)


def _ids_of(db: Session, actor: Actor, numbers: Collection[str]) -> dict[str, int]:
    """Return the ids of the people with these registration numbers whom the actor may change."""
    person, found = cast(Any, Person).__table__, dict[str, int]()
    wanted = sorted(set(numbers))
    for at in range(0, len(wanted), _FEW):
        rows = db.execute(
            select(person.c.registration_no, person.c.id).where(
                person.c.registration_no.in_(wanted[at : at + _FEW]),
                person.c.merged_into_id.is_(None),
                people_in_scope(actor, Permission.IMPORT),
            )
        )
        found |= {row.registration_no: row.id for row in rows}
    return found | _survivors_of(db, actor, set(wanted) - set(found))


def _survivors_of(db: Session, actor: Actor, numbers: Collection[str]) -> dict[str, int]:
    """Return to whom the numbers of people lead that were merged since somebody decided."""
    person, found = cast(Any, Person).__table__, dict[str, int]()
    left = sorted(numbers)
    for at in range(0, len(left), _FEW):
        named = person.c.registration_no.in_(left[at : at + _FEW])
        query = select(person.c.registration_no, person.c.id).where(named)
        for row in db.execute(query.where(person.c.merged_into_id.is_not(None))).all():
            last = last_survivor(db, row.id)
            within = people_in_scope(actor, Permission.IMPORT)
            reached = select(person.c.id).where(person.c.id == last, within)
            if db.execute(reached).first() is not None and last is not None:
                found[row.registration_no] = last
    return found


def _match_identifiers(
    db: Session, stage: Stage, actor: Actor, apart: Collection[int]
) -> Iterator[Held]:
    make_temporary(
        db,
        _HIT,
        "SELECT i.n, s.row_no, i.type, p.id AS person_id, s.full_name AS row_name, "  # noqa: S608
        "p.full_name AS name, (s.birth_date = p.birth_date OR "
        "(s.birth_date IS NULL AND p.birth_date IS NULL)) AS born_alike "
        f"FROM {stage.identifiers} i "
        "JOIN identifier k ON k.type = i.type AND k.normalised = i.normalised "
        f"JOIN {stage.rows} s ON s.n = i.n JOIN person p ON p.id = k.person_id "
        f"WHERE NOT EXISTS (SELECT 1 FROM {FOUND} f WHERE f.n = i.n)",
    )
    beyond = {row.n for row in _people_beyond(db, _HIT, actor)}
    matched: list[tuple[int, int, int, bool, bool]] = []
    hits = db.execute(text(f"SELECT * FROM {_HIT} ORDER BY n"))  # noqa: S608
    for n, group in groupby(hits, key=lambda hit: int(hit.n)):
        same_row = list(group)
        first = same_row[0]
        alike = first.born_alike and fold_name(first.name) == fold_name(first.row_name)
        if n in beyond:
            yield Held(n, first.row_no, "outside_grant")
        elif n in apart:
            continue
        elif len({hit.person_id for hit in same_row}) > 1 or not alike:
            yield Held(n, first.row_no, "identifier_taken", first.type)
        else:
            matched.append((n, first.row_no, first.person_id, False, False))
    bulk.insert_rows(db, FOUND, ("n", "row_no", "person_id", "same", "by_key"), matched)


def _people_beyond(db: Session, name: str, actor: Actor) -> Iterable[Row[Any]]:
    """Return the rows of a table with a person_id whose person the actor may not import into."""
    if _reaches_all(actor):
        return ()
    person = cast(Any, Person).__table__
    rows = table(name, column("n"), column("row_no"), column("person_id"))
    return db.execute(
        select(rows.c.n, rows.c.row_no)
        .select_from(rows.join(person, person.c.id == rows.c.person_id))
        .where(not_(people_in_scope(actor, Permission.IMPORT)))
    ).all()


def _households_beyond(
    db: Session, stage: Stage, spaces: Spaces, actor: Actor
) -> Iterable[Row[Any]]:
    """Return the rows that would join a known household outside the actor's area."""
    if _reaches_all(actor) or not spaces.household:
        return ()
    make_temporary(
        db,
        _HOUSE,
        f"SELECT s.n, s.row_no, k.household_id FROM {stage.rows} s "  # noqa: S608
        "JOIN household_key k ON k.space_id = :space AND k.key = s.household",
        space=spaces.household,
    )
    household, place = (cast(Any, model).__table__ for model in (Household, Location))
    rows = table(_HOUSE, column("n"), column("row_no"), column("household_id"))
    joined = rows.join(household, household.c.id == rows.c.household_id).join(
        place, place.c.id == household.c.location_id
    )
    return db.execute(
        select(rows.c.n, rows.c.row_no)
        .select_from(joined)
        .where(not_(places_in_scope(actor, Permission.IMPORT)))
    ).all()


def _reaches_all(actor: Actor) -> bool:
    return any(
        scope.path == ROOT_PATH and scope.programme_id is None
        for scope in actor.scopes_for(Permission.IMPORT)
    )


def _beyond(rows: Iterable[Row[Any]]) -> list[Held]:
    return [Held(row.n, row.row_no, "outside_grant") for row in rows]


def _repeated(db: Session) -> list[Held]:
    """Two rows that would change one person: the later one is for somebody to decide."""
    rows = db.execute(
        text(
            "SELECT n, row_no FROM (SELECT n, row_no, row_number() OVER "  # noqa: S608
            f"(PARTITION BY person_id ORDER BY n) AS turn FROM {FOUND} WHERE NOT same) t "
            "WHERE turn > 1"
        )
    )
    return [Held(row.n, row.row_no, "repeated_person") for row in rows]
