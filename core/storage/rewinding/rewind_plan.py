"""What an import made, what of it something else has touched since, and what may therefore leave.

State decides, not history: a record that was changed and brought back again counts as untouched.
The plan lies in temporary tables of the transaction; nothing of the registry is written here.
"""

from collections.abc import Iterator
from enum import IntEnum

from sqlmodel import Session

from core.domain.permissions import Actor
from core.storage.dialect import make_temporary, spelling
from core.storage.documents import gone
from core.storage.rewinding.rewind_reach import BEYOND, HOMES_BEYOND, mark_beyond, mark_homes_beyond
from core.storage.rewinding.rewind_statuses import MOVERS, mark_moved

PEOPLE, HOUSEHOLDS, ENROLMENTS = "made_person", "made_household", "made_enrolment"
JOINED = "made_membership"
"""The memberships that an import gave to people known before: id, person_id, household_id."""
MOVED = "enrolment_moved"
HANDED = "enrolment_handed"
"""The enrolments that a merge has handed to another person since."""
STAYING_PEOPLE, STAYING_HOUSEHOLDS = "staying_person", "staying_household"
LONE_HOUSEHOLDS = "staying_alone"
"""The staying households that nobody who stays tells of."""
_NET, _WHY, _TOUCHED = "net_change", "why_staying", "touched_person"


class Reason(IntEnum):
    """Why something of an import stays; where there are several the first is named."""

    OUTSIDE = 1
    """The person or household is outside the actor's grants now."""
    MERGED = 2
    """The person was merged with another."""
    CHANGED = 3
    """Something else has changed the record since."""
    MATCHED = 4
    """Another import has matched the person or household since."""
    STATUS_MOVED = 5
    """The status has moved since."""
    ENROLLED = 6
    """There is an enrolment from elsewhere."""
    JOINED = 7
    """Somebody else has joined the household since."""
    TAKEN = 8
    """At an undo: an identifier or a key belongs to another record now."""
    MISSING = 9
    """At an undo: the place, programme or household is no longer there."""
    HOUSEHOLD = 10
    """Another member of the household stays, or at an undo stays out."""
    VALUE = 11
    """These fields of a person or household known before have other values now than were written
    then."""


def plan(db: Session, batch_id: int, actor: Actor) -> None:
    """Fill the tables of what an import made, what stays of it, and gone(…) with what may leave."""
    _gather(db, batch_id)
    _mark_beyond(db, batch_id, actor)
    _net(db, batch_id)
    _give_reasons(db, batch_id)
    _close(db)
    _choose(db)


def _gather(db: Session, batch_id: int) -> None:
    words = spelling(db)
    for name, entity in ((PEOPLE, "person"), (HOUSEHOLDS, "household")):
        make_temporary(
            db,
            name,
            f"SELECT r.id FROM change c JOIN {entity} r ON r.id = c.entity_id "  # noqa: S608
            f"WHERE c.batch_id = :batch AND c.entity = '{entity}' AND c.diff IS NULL",
            index="id",
            batch=batch_id,
        )
    make_temporary(
        db,
        ENROLMENTS,
        "SELECT DISTINCT e.id, e.person_id, e.household_id FROM status_change s "
        "JOIN enrolment e ON e.id = s.enrolment_id "
        "WHERE s.batch_id = :batch AND s.before IS NULL",
        index="id",
        batch=batch_id,
    )
    make_temporary(
        db,
        JOINED,
        "SELECT m.id, m.person_id, m.household_id "  # noqa: S608
        f"FROM change c CROSS JOIN {words.each('c.diff')} d "
        "JOIN membership m ON m.person_id = c.entity_id AND m.until IS NULL "
        "WHERE c.batch_id = :batch AND c.entity = 'membership' "
        f"AND m.household_id = CAST({words.plain('d.value', 1)} AS integer)",
        index="id",
        batch=batch_id,
    )


def _mark_beyond(db: Session, batch_id: int, actor: Actor) -> None:
    """Find everybody touched by the import whom the actor may not import into now."""
    make_temporary(
        db,
        _TOUCHED,
        f"SELECT id FROM {PEOPLE} UNION SELECT entity_id FROM change "  # noqa: S608
        "WHERE batch_id = :batch AND entity IN ('person', 'membership', 'source_key') "
        f"UNION SELECT person_id FROM {ENROLMENTS} UNION {MOVERS}",
        index="id",
        batch=batch_id,
    )
    mark_beyond(db, actor, _TOUCHED)
    mark_homes_beyond(db, actor, batch_id)


def _net(db: Session, batch_id: int) -> None:
    """Keep the records made by the import that other batches have changed for good since.

    Per field, the first value before and the last value after are compared: an import that was
    rewound in between cancels itself out.
    """
    words = spelling(db)
    before, after = (f"CAST({words.item('d.value', at)} AS text)" for at in (0, 1))
    window = "OVER (PARTITION BY c.entity, c.entity_id, d.key ORDER BY c.id"
    changes = " UNION ALL ".join(
        "SELECT c.* FROM change c "  # noqa: S608
        f"JOIN {made} m ON m.id = c.entity_id WHERE c.entity IN ({entities})"
        for made, entities in (
            (PEOPLE, "'person', 'source_key', 'membership'"),
            (HOUSEHOLDS, "'household', 'household_key'"),
        )
    )
    make_temporary(
        db,
        _NET,
        "SELECT DISTINCT entity, entity_id FROM ("  # noqa: S608
        "SELECT entity, entity_id, key FROM ("
        f"SELECT c.entity, c.entity_id, d.key, {before} AS before, {after} AS after, "
        f"row_number() {window}) AS turn, row_number() {window} DESC) AS left_over "
        f"FROM ({changes}) c CROSS JOIN {words.each('c.diff')} d "
        "WHERE c.batch_id <> :batch AND c.diff IS NOT NULL) t GROUP BY entity, entity_id, key "
        "HAVING max(CASE WHEN turn = 1 THEN before END) IS DISTINCT FROM "
        "max(CASE WHEN left_over = 1 THEN after END)) n",
        batch=batch_id,
    )


def _give_reasons(db: Session, batch_id: int) -> None:
    """Name every reason for which a person or a household made by the import has to stay."""
    mark_moved(db, ENROLMENTS, MOVED, batch_id)
    make_temporary(
        db,
        HANDED,
        f"SELECT DISTINCT e.* FROM {ENROLMENTS} e JOIN row_image i "  # noqa: S608
        "ON i.entity = 'enrolment' AND i.entity_id = CAST(e.id AS text) "
        "JOIN batch b ON b.id = i.batch_id AND b.kind = 'people.merge' "
        "WHERE CAST(i.before ->> 'person_id' AS integer) <> e.person_id "
        "AND CAST(i.after ->> 'person_id' AS integer) = e.person_id",
        index="id",
    )
    make_temporary(
        db,
        _WHY,
        " UNION ALL ".join(
            f"SELECT '{kind}' AS kind, {key} AS id, {reason:d} AS reason FROM {source}"  # noqa: S608
            for kind, reasons in (
                ("person", _reasons_of_people()),
                ("household", _reasons_of_households()),
            )
            for reason, key, source in reasons
        ),
        index="id",
    )


_ELSEWHERE = f"NOT EXISTS (SELECT 1 FROM {ENROLMENTS} k WHERE k.id = e.id)"  # noqa: S608


def _reasons_of_people() -> Iterator[tuple[Reason, str, str]]:
    """Yield (reason, the id, where the people are found)."""
    own = f"{PEOPLE} p JOIN"
    yield Reason.OUTSIDE, "id", BEYOND
    yield Reason.MERGED, "p.id", f"{own} person x ON x.merged_into_id = p.id"
    merged = "person x ON x.id = p.id WHERE x.merged_into_id IS NOT NULL"
    yield Reason.MERGED, "p.id", f"{own} {merged}"
    yield Reason.MATCHED, "entity_id", f"{_NET} WHERE entity = 'source_key'"
    yield Reason.CHANGED, "entity_id", f"{_NET} WHERE entity IN ('person', 'membership')"
    left = "membership m ON m.person_id = p.id WHERE m.until IS NOT NULL"
    yield Reason.CHANGED, "p.id", f"{own} {left}"
    yield Reason.STATUS_MOVED, "person_id", MOVED
    enrolled = f"enrolment e ON e.person_id = p.id WHERE {_ELSEWHERE}"
    yield Reason.ENROLLED, "p.id", f"{own} {enrolled}"


def _reasons_of_households() -> Iterator[tuple[Reason, str, str]]:
    """Yield (reason, the id, where the households are found)."""
    own = f"{HOUSEHOLDS} h JOIN"
    barred = f"{JOINED} j JOIN {BEYOND} b ON b.id = j.person_id"
    yield Reason.OUTSIDE, "j.household_id", barred
    yield Reason.OUTSIDE, "h.id", f"{own} {HOMES_BEYOND} b ON b.id = h.id"
    yield Reason.CHANGED, "entity_id", f"{_NET} WHERE entity = 'household'"
    yield Reason.MATCHED, "entity_id", f"{_NET} WHERE entity = 'household_key'"
    yield Reason.STATUS_MOVED, "household_id", MOVED
    enrolled = f"enrolment e ON e.household_id = h.id WHERE {_ELSEWHERE}"
    yield Reason.ENROLLED, "h.id", f"{own} {enrolled}"
    stranger = (
        f"NOT EXISTS (SELECT 1 FROM {PEOPLE} p WHERE p.id = m.person_id) "  # noqa: S608
        f"AND NOT EXISTS (SELECT 1 FROM {JOINED} j WHERE j.id = m.id)"
    )
    joined = f"membership m ON m.household_id = h.id WHERE {stranger}"
    yield Reason.JOINED, "h.id", f"{own} {joined}"


def _close(db: Session) -> None:
    """A household and the people made with it leave together or stay together."""
    make_temporary(
        db,
        STAYING_HOUSEHOLDS,
        "SELECT s.id, min(s.reason) AS reason FROM ("  # noqa: S608
        f"SELECT id, reason FROM {_WHY} WHERE kind = 'household' UNION ALL "
        f"SELECT m.household_id, {Reason.HOUSEHOLD:d} FROM {_WHY} w "
        "JOIN membership m ON m.person_id = w.id WHERE w.kind = 'person') s "
        f"JOIN {HOUSEHOLDS} h ON h.id = s.id GROUP BY s.id",
        index="id",
    )
    make_temporary(
        db,
        STAYING_PEOPLE,
        "SELECT s.id, min(s.reason) AS reason FROM ("  # noqa: S608
        f"SELECT id, reason FROM {_WHY} WHERE kind = 'person' UNION ALL "
        f"SELECT m.person_id, h.reason FROM {STAYING_HOUSEHOLDS} h "
        "JOIN membership m ON m.household_id = h.id) s "
        f"JOIN {PEOPLE} p ON p.id = s.id GROUP BY s.id",
        index="id",
    )
    find_lone(db, "membership")


def find_lone(db: Session, memberships: str) -> None:
    """Fill LONE_HOUSEHOLDS, by the table of memberships that tells who belongs to which."""
    make_temporary(
        db,
        LONE_HOUSEHOLDS,
        f"SELECT h.id, h.reason FROM {STAYING_HOUSEHOLDS} h WHERE NOT EXISTS ("  # noqa: S608
        f"SELECT 1 FROM {memberships} m JOIN {STAYING_PEOPLE} p ON p.id = m.person_id "
        "WHERE m.household_id = h.id)",
    )


def _choose(db: Session) -> None:
    """Name the people, households, enrolments and memberships that leave."""

    def stays(place: str, key: str) -> str:
        return f"EXISTS (SELECT 1 FROM {place} y WHERE y.id = {key})"  # noqa: S608

    leaving = {
        "person": f"{PEOPLE} x WHERE NOT {stays(STAYING_PEOPLE, 'x.id')}",
        "household": f"{HOUSEHOLDS} x WHERE NOT {stays(STAYING_HOUSEHOLDS, 'x.id')}",
        "enrolment": f"{ENROLMENTS} x WHERE NOT {stays(MOVED, 'x.id')} "
        f"AND NOT {stays(HANDED, 'x.id')} "
        f"AND NOT {stays(STAYING_PEOPLE, 'x.person_id')} AND NOT {stays(BEYOND, 'x.person_id')} "
        f"AND NOT {stays(STAYING_HOUSEHOLDS, 'x.household_id')}",
    }
    for entity, source in leaving.items():
        make_temporary(db, gone(entity), f"SELECT x.id FROM {source}", index="id")  # noqa: S608
    holds = (
        "EXISTS (SELECT 1 FROM enrolment e WHERE e.household_id = j.household_id "  # noqa: S608
        f"AND e.person_id = j.person_id AND NOT {stays(gone('enrolment'), 'e.id')})"
    )
    make_temporary(
        db,
        gone("membership"),
        f"SELECT m.id FROM membership m JOIN {gone('person')} g ON g.id = m.person_id "  # noqa: S608
        f"UNION SELECT j.id FROM {JOINED} j WHERE NOT {holds} "
        f"AND NOT {stays(STAYING_HOUSEHOLDS, 'j.household_id')} "
        f"AND NOT {stays(BEYOND, 'j.person_id')}",
        index="id",
    )
    make_temporary(
        db,
        gone("status_change"),
        f"SELECT s.id FROM status_change s JOIN {gone('enrolment')} g ON g.id = s.enrolment_id",  # noqa: S608
        index="id",
    )
