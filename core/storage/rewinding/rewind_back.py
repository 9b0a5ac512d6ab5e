"""What a rewind took out and what of it can come back: nothing that collides with what came since.

A person comes back whole or not at all, and so does a household with the people who left with it.
"""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import and_, column, insert, literal, not_, select, table
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.models import Location
from core.storage.dialect import make_temporary, run, spelling
from core.storage.documents import ENTITIES, back, gone, open_kept
from core.storage.rewinding.rewind_plan import (
    ENROLMENTS,
    HANDED,
    HOUSEHOLDS,
    MOVED,
    PEOPLE,
    STAYING_HOUSEHOLDS,
    STAYING_PEOPLE,
    Reason,
    find_lone,
)
from core.storage.rewinding.rewind_reach import BEYOND, mark_beyond, mark_homes_beyond
from core.storage.rewinding.rewind_statuses import MOVERS
from core.storage.selection import places_in_scope

_WHY, _AWAY, _TOUCHED = "why_out", "membership_lost", "touched_person"
_PERSON, _HOUSEHOLD, _MEMBERSHIP = back("person"), back("household"), back("membership")
_ENROLMENT, _IDENTIFIER = back("enrolment"), back("identifier")


def find_returning(db: Session, rewind_id: int, actor: Actor) -> None:
    """Fill back(…) with the rows that a rewind took out and that can come back, and the tables of
    those who cannot with their reasons."""
    for entity in ENTITIES:
        open_kept(db, entity, rewind_id)
    _prepare(db, rewind_id, actor)
    _find_lost_memberships(db, rewind_id)
    _give_reasons(db, actor)
    _close(db)
    _drop(db)


def _prepare(db: Session, rewind_id: int, actor: Actor) -> None:
    for made, returning in ((PEOPLE, _PERSON), (HOUSEHOLDS, _HOUSEHOLD)):
        make_temporary(db, made, f"SELECT id FROM {returning}", index="id")  # noqa: S608
    make_temporary(
        db,
        _TOUCHED,
        "SELECT DISTINCT entity_id AS id FROM change WHERE batch_id = :batch "  # noqa: S608
        "AND entity IN ('person', 'membership', 'source_key') "
        f"UNION SELECT person_id FROM {_ENROLMENT} UNION {MOVERS}",
        index="id",
        batch=rewind_id,
    )
    mark_beyond(db, actor, _TOUCHED)
    mark_homes_beyond(db, actor, rewind_id)
    for name in (MOVED, HANDED, ENROLMENTS):
        make_temporary(db, name, "SELECT 0 AS id, 0 AS person_id WHERE false")
    make_temporary(db, gone("membership"), "SELECT 0 AS id WHERE false")


def _is(place: str, key: str, name: str = "id") -> str:
    return f"EXISTS (SELECT 1 FROM {place} y WHERE y.{name} = {key})"  # noqa: S608


def _find_lost_memberships(db: Session, rewind_id: int) -> None:
    """Memberships of known people that cannot come back: they live elsewhere now."""
    words = spelling(db)
    place = "(SELECT l.id FROM location l WHERE l.code = {})"
    given, former = (place.format(words.plain("d.value", at)) for at in (0, 1))
    moves_back = (
        f"EXISTS (SELECT 1 FROM change c CROSS JOIN {words.each('c.diff')} d "  # noqa: S608
        "WHERE c.batch_id = :batch AND c.entity = 'person' AND c.entity_id = p.id "
        f"AND d.key = 'location' AND {former} = p.location_id AND {given} = h.location_id)"
    )
    homes = (
        f"(SELECT id, location_id FROM {_HOUSEHOLD} "  # noqa: S608
        "UNION ALL SELECT id, location_id FROM household)"
    )
    make_temporary(
        db,
        _AWAY,
        f"SELECT m.id, m.person_id, m.household_id FROM {_MEMBERSHIP} m "  # noqa: S608
        f"LEFT JOIN person p ON p.id = m.person_id LEFT JOIN {homes} h ON h.id = m.household_id "
        f"WHERE NOT {_is(_PERSON, 'm.person_id')} AND (p.id IS NULL OR h.id IS NULL "
        f"OR p.merged_into_id IS NOT NULL OR {_is(BEYOND, 'p.id')} "
        "OR EXISTS (SELECT 1 FROM membership o WHERE o.person_id = p.id AND o.until IS NULL) "
        f"OR (p.location_id <> h.location_id AND NOT {moves_back}) OR {_HEADED})",
        index="id",
        batch=rewind_id,
    )


_HEADED = (
    "(CAST(m.is_head AS integer) = 1 AND EXISTS (SELECT 1 FROM membership o "
    "WHERE o.household_id = m.household_id AND o.until IS NULL AND o.is_head))"
)


def _give_reasons(db: Session, actor: Actor) -> None:
    make_temporary(
        db,
        _WHY,
        " UNION ALL ".join(
            f"SELECT '{kind}' AS kind, {key} AS id, {reason:d} AS reason FROM {source}"  # noqa: S608
            for kind, reasons in (("person", _of_people()), ("household", _of_households()))
            for reason, key, source in reasons
        ),
    )
    why = table(_WHY, column("kind"), column("id"), column("reason"))
    place = cast(Any, Location).__table__
    for kind, name in (("person", _PERSON), ("household", _HOUSEHOLD)):
        kept = table(name, column("id"), column("location_id"))
        beyond = select(literal(kind), kept.c.id, literal(int(Reason.OUTSIDE))).join_from(
            kept,
            place,
            and_(place.c.id == kept.c.location_id, not_(places_in_scope(actor, Permission.IMPORT))),
        )
        db.execute(insert(why).from_select(["kind", "id", "reason"], beyond))


def _of_people() -> Iterator[tuple[Reason, str, str]]:
    """Yield (reason, the id, where the people are found)."""
    keys = f"{back('source_key')} k JOIN source_key x ON x.space_id = k.space_id AND x.key = k.key"
    yield Reason.TAKEN, "k.person_id", keys
    numbers = "identifier x ON x.type = i.type AND x.normalised = i.normalised"
    yield Reason.TAKEN, "i.person_id", f"{_IDENTIFIER} i JOIN {numbers}"
    placed = f"NOT {_is('location', 'b.location_id')}"
    yield Reason.MISSING, "b.id", f"{_PERSON} b WHERE {placed}"
    joining = (
        f"{_MEMBERSHIP} m JOIN {_PERSON} b ON b.id = m.person_id "
        "LEFT JOIN household h ON h.id = m.household_id "
        f"WHERE NOT {_is(_HOUSEHOLD, 'm.household_id')}"
    )
    yield Reason.MISSING, "b.id", f"{joining} AND h.id IS NULL"
    yield Reason.CHANGED, "b.id", f"{joining} AND (h.location_id <> b.location_id OR {_HEADED})"
    enrolled = (
        "enrolment x ON x.household_id = e.household_id AND x.programme_id = e.programme_id "
        "AND x.cycle = e.cycle"
    )
    yield Reason.ENROLLED, "e.person_id", f"{_ENROLMENT} e JOIN {enrolled}"
    lost = (
        f"e.household_id IS NOT NULL AND NOT {_is(_HOUSEHOLD, 'e.household_id')} "
        f"AND NOT {_is('household', 'e.household_id')}"
    )
    yield Reason.MISSING, "e.person_id", f"{_ENROLMENT} e WHERE {lost}"
    unplanned = f"NOT {_is('programme', 'e.programme_id')}"
    yield Reason.MISSING, "e.person_id", f"{_ENROLMENT} e WHERE {unplanned}"


def _of_households() -> Iterator[tuple[Reason, str, str]]:
    """Yield (reason, the id, where the households are found)."""
    keys = "household_key x ON x.space_id = k.space_id AND x.key = k.key"
    yield Reason.TAKEN, "k.household_id", f"{back('household_key')} k JOIN {keys}"
    placed = f"NOT {_is('location', 'b.location_id')}"
    yield Reason.MISSING, "b.id", f"{_HOUSEHOLD} b WHERE {placed}"
    # Who stands for the household in a programme must be one of its members.
    holder = f"{_AWAY} a ON a.household_id = e.household_id AND a.person_id = e.person_id"
    yield Reason.CHANGED, "e.household_id", f"{_ENROLMENT} e JOIN {holder}"


def _close(db: Session) -> None:
    """A household and the people who left with it come back together or stay out together."""
    make_temporary(
        db,
        STAYING_HOUSEHOLDS,
        "SELECT s.id, min(s.reason) AS reason FROM ("  # noqa: S608
        f"SELECT id, reason FROM {_WHY} WHERE kind = 'household' UNION ALL "
        f"SELECT m.household_id, {Reason.HOUSEHOLD:d} FROM {_WHY} w "
        f"JOIN {_PERSON} p ON p.id = w.id JOIN {_MEMBERSHIP} m ON m.person_id = w.id "
        f"WHERE w.kind = 'person') s JOIN {_HOUSEHOLD} h ON h.id = s.id GROUP BY s.id",
        index="id",
    )
    make_temporary(
        db,
        STAYING_PEOPLE,
        "SELECT s.id, min(s.reason) AS reason FROM ("  # noqa: S608
        f"SELECT w.id, w.reason FROM {_WHY} w JOIN {_PERSON} p ON p.id = w.id "
        "WHERE w.kind = 'person' UNION ALL "
        f"SELECT m.person_id, h.reason FROM {STAYING_HOUSEHOLDS} h "
        f"JOIN {_MEMBERSHIP} m ON m.household_id = h.id "
        f"UNION ALL SELECT person_id, {Reason.CHANGED:d} FROM {_AWAY}) s GROUP BY s.id",
        index="id",
    )
    find_lone(db, _MEMBERSHIP)


def _drop(db: Session) -> None:
    """Leave out of back(…) whatever does not come back."""
    out = {
        "household": f"{_is(STAYING_HOUSEHOLDS, 'id_')}",
        "person": f"{_is(STAYING_PEOPLE, 'id_')}",
    }
    for entity, condition in out.items():
        _delete(db, entity, condition.replace("id_", f"{back(entity)}.id"))
    person, home = "{}.person_id", "{}.household_id"
    nobody = f"NOT {_is(_PERSON, person)} AND NOT {_is('person', person)}"
    nowhere = f"NOT {_is(_HOUSEHOLD, home)} AND NOT {_is('household', home)}"
    for entity, missing in (
        ("identifier", nobody),
        ("source_key", nobody),
        ("household_key", nowhere),
        ("membership", f"{nobody} OR {nowhere} OR {_is(_AWAY, '{}.id')}"),
        ("enrolment", f"{nobody} OR ({{}}.household_id IS NOT NULL AND {_unheld()})"),
    ):
        _delete(db, entity, missing.replace("{}", back(entity)))
    for entity, columns in (
        ("identifier", ("type", "normalised")),
        ("source_key", ("space_id", "key")),
        ("household_key", ("space_id", "key")),
        ("enrolment", ("programme_id", "cycle", "person_id")),
        ("enrolment", ("programme_id", "cycle", "household_id")),
    ):
        same = " AND ".join(f"x.{name} = {back(entity)}.{name}" for name in columns)
        if "person_id" in columns:
            same += f" AND x.household_id IS NULL AND {back(entity)}.household_id IS NULL"
        _delete(db, entity, f"EXISTS (SELECT 1 FROM {entity} x WHERE {same})")  # noqa: S608
    _delete(db, "status_change", f"NOT {_is(_ENROLMENT, back('status_change') + '.enrolment_id')}")


def _unheld() -> str:
    pair = "y.household_id = {}.household_id AND y.person_id = {}.person_id"
    return " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {place} y WHERE {pair})"  # noqa: S608
        for place in (_MEMBERSHIP, "membership")
    )


def _delete(db: Session, entity: str, condition: str) -> None:
    run(db, f"DELETE FROM {back(entity)} WHERE {condition}")  # noqa: S608
