"""The one short transaction that turns staged rows into people, households and enrolments."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from core.domain.fields import OWN_FIELDS
from core.storage import series
from core.storage.dialect import analyse, ask, make_temporary, run, spelling
from core.storage.importing.matching import FOUND, Spaces
from core.storage.importing.policies import Policies
from core.storage.importing.stage import Stage

WORK = "work_row"
HOME = "work_home"
_GROUP = "work_group"
_MANY = 1_000
"""From so many new people on the planner is told, or the next act may be planned for no rows."""
JOIN = "work_enrolment"
JOINER = "work_membership"
PERSON_COLUMNS = (*(name for name in OWN_FIELDS if name != "sex"), "attributes")
"""What a new person takes from its row as it stands."""


@dataclass(frozen=True)
class Publication:
    """What one publish needs to know: the run, its programme, its spaces, its batch, the day, and
    whose values count for known people. `by_household`: households are enrolled, not people."""

    stage: Stage
    spaces: Spaces
    programme_id: int
    by_household: bool
    status: str
    batch_id: int
    today: date
    at: datetime
    policies: Policies = field(default_factory=Policies)


@dataclass(frozen=True)
class Written:
    """How many records one publish made."""

    people: int
    households: int
    enrolments: int


def write(db: Session, publication: Publication) -> Written:
    """Make the new people with all that belongs to them; matched rows get what they lack.

    Needs FOUND, filled by matching.match, with the held rows taken out of the stage.
    """
    written = plan(db, publication)
    _add_people(db, publication)
    _add_households(db, publication)
    _add_enrolments(db, publication, written.enrolments)
    if written.people >= _MANY:
        analyse(db, "person", "household", "membership", "identifier", "enrolment", "status_change")
    return written


def plan(db: Session, publication: Publication, *, rehearse: bool = False) -> Written:
    """Settle, in temporary tables, which people, households, memberships and enrolments to make.

    A rehearsal takes no number of any series and leaves out the new rows that no known person
    shares a household with: what known people get is the same without them.
    """
    people = _number_people(db, publication, rehearse=rehearse)
    households = _number_households(db, publication, rehearse=rehearse)
    _plan_memberships(db, publication)
    return Written(people, households, _plan_enrolments(db, publication))


_NOT_TAKEN = -2_000_000_000
"""Where a rehearsal counts from, so that no number of its own is anybody's."""


def _number_people(db: Session, publication: Publication, *, rehearse: bool) -> int:
    """Give each new row the next number of the series, in the order of the file."""
    rows = publication.stage.rows
    unknown = f"NOT EXISTS (SELECT 1 FROM {FOUND} f WHERE f.n = s.n)"  # noqa: S608
    if rehearse:
        unknown += (
            f" AND s.household IN (SELECT r.household FROM {rows} r "  # noqa: S608
            f"JOIN {FOUND} f ON f.n = r.n WHERE NOT f.same)"
        )
    new = ask(db, f"SELECT count(*) FROM {rows} s WHERE {unknown}")  # noqa: S608
    before = _NOT_TAKEN if rehearse else series.take(db, "person", new)
    make_temporary(
        db,
        WORK,
        "SELECT s.n AS n, :before + row_number() OVER (ORDER BY s.n) AS person_id, "  # noqa: S608
        f"true AS is_new FROM {rows} s WHERE {unknown} "
        f"UNION ALL SELECT n, person_id, false FROM {FOUND} WHERE NOT same",
        index="n",
        before=before,
    )
    return new


def _number_households(db: Session, publication: Publication, *, rehearse: bool) -> int:
    """Gather the rows of each household key; known keys and members' households are kept."""
    make_temporary(
        db,
        _GROUP,
        "SELECT s.household AS key, COALESCE(k.household_id, m.household_id) AS household_id, "  # noqa: S608
        "k.household_id IS NOT NULL AS linked, s.first_n, s.head_n, s.members, s.size FROM ("
        "SELECT r.household, min(r.n) AS first_n, count(*) AS members, "
        "min(CASE WHEN r.is_head THEN r.n END) AS head_n, max(r.household_size) AS size "
        f"FROM {publication.stage.rows} r JOIN {WORK} w ON w.n = r.n "
        "WHERE r.household IS NOT NULL GROUP BY r.household) s "
        "LEFT JOIN household_key k ON k.space_id = :space AND k.key = s.household "
        "LEFT JOIN (SELECT r.household, min(o.household_id) AS household_id "
        f"FROM {WORK} w JOIN {publication.stage.rows} r ON r.n = w.n "
        "JOIN membership o ON o.person_id = w.person_id AND o.until IS NULL "
        "WHERE NOT w.is_new GROUP BY r.household) m ON m.household = s.household",
        index="household_id",
        space=publication.spaces.household,
    )
    new = ask(db, f"SELECT count(*) FROM {_GROUP} WHERE household_id IS NULL")  # noqa: S608
    before = _NOT_TAKEN if rehearse else series.take(db, "household", new)
    day = spelling(db).day(":today")
    make_temporary(
        db,
        HOME,
        "SELECT g.key, g.linked, g.household_id IS NULL AS is_new, g.size, "  # noqa: S608
        "COALESCE(g.household_id, :before + row_number() OVER "
        "(PARTITION BY g.household_id IS NULL ORDER BY g.first_n)) AS household_id, "
        "COALESCE(h.location_id, s.location_id) AS location_id, w.person_id AS subject_id, "
        f"s.n AS subject_n, s.row_no, {_LEADING}, "
        f"COALESCE(s.registered_on, s.enrolled_on, {day}) AS registered_on "
        f"FROM {_GROUP} g JOIN {publication.stage.rows} s ON s.n = COALESCE(g.head_n, g.first_n) "
        f"JOIN {WORK} w ON w.n = s.n LEFT JOIN household h ON h.id = g.household_id",
        index="key",
        before=before,
        today=spelling(db).write_day(publication.today),
    )
    return new


_EARLIER = (
    f"EXISTS (SELECT 1 FROM {_GROUP} o "  # noqa: S608
    "WHERE o.household_id = g.household_id AND o.{0} < g.{0})"
)
"""Another key of the file means the same household, and comes first: two keys never make two heads
or two enrolments of one household."""
_LEADING = (
    "CASE WHEN g.household_id IS NULL AND g.members = 1 THEN g.first_n "  # noqa: S608
    f"WHEN NOT {_EARLIER.format('head_n')} THEN g.head_n END AS head_n, "
    f"NOT {_EARLIER.format('first_n')} AS is_first, "
    "EXISTS (SELECT 1 FROM membership o WHERE o.household_id = g.household_id "
    "AND o.until IS NULL AND o.is_head) AS has_head"
)


def _add_people(db: Session, publication: Publication) -> None:
    """Insert the new people, their identifiers, source keys, changes and search entries due."""
    words = spelling(db)
    columns = ", ".join(PERSON_COLUMNS)
    source = f"{publication.stage.rows} s JOIN {WORK} w ON w.n = s.n AND w.is_new"
    day = words.day(":today")
    run(
        db,
        f"INSERT INTO person (id, uuid, version, registration_no, {columns}, sex, location_id, "
        f"registered_on) SELECT w.person_id, {words.uuid}, 1, {words.number('P', 'w.person_id')}, "
        + ", ".join(f"s.{name}" for name in PERSON_COLUMNS)
        + ", COALESCE(s.sex, 'UNKNOWN'), COALESCE(h.location_id, s.location_id), "
        f"COALESCE(s.registered_on, s.enrolled_on, {day}) "
        f"FROM {source} LEFT JOIN {HOME} h ON h.key = s.household",
        today=words.write_day(publication.today),
    )
    run(
        db,
        "INSERT INTO identifier (person_id, type, value, normalised) "  # noqa: S608
        f"SELECT w.person_id, i.type, i.value, i.normalised FROM {publication.stage.identifiers} i "
        f"JOIN {WORK} w ON w.n = i.n WHERE w.is_new ORDER BY i.n ON CONFLICT DO NOTHING",
    )
    run(
        db,
        "INSERT INTO source_key (space_id, key, person_id, digest) "  # noqa: S608
        f"SELECT :space, s.key, w.person_id, s.digest FROM {source}",
        space=publication.spaces.person,
    )
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, row_no) "  # noqa: S608
        f"SELECT :batch, 'person', w.person_id, s.row_no FROM {source}",
        batch=publication.batch_id,
    )
    run(
        db,
        f"INSERT INTO search_outbox (person_id) SELECT person_id FROM {WORK} WHERE is_new",  # noqa: S608
    )


def _add_households(db: Session, publication: Publication) -> None:
    """Insert new households with their source keys, and the memberships that rows lack."""
    words = spelling(db)
    run(
        db,
        "INSERT INTO household (id, uuid, version, number, location_id, size, registered_on) "  # noqa: S608
        f"SELECT household_id, {words.uuid}, 1, {words.number('H', 'household_id')}, location_id, "
        f"size, registered_on FROM {HOME} WHERE is_new",
    )
    run(
        db,
        "INSERT INTO household_key (space_id, key, household_id) "  # noqa: S608
        f"SELECT :space, key, household_id FROM {HOME} WHERE NOT linked",
        space=publication.spaces.household,
    )
    run(
        db,
        "INSERT INTO membership (household_id, person_id, relationship, is_head, since) "  # noqa: S608
        f"SELECT household_id, person_id, relationship, is_head, registered_on FROM {JOINER}",
    )


def _plan_memberships(db: Session, publication: Publication) -> None:
    leads = "w.n = h.head_n AND NOT h.has_head"
    make_temporary(
        db,
        JOINER,
        f"SELECT h.household_id, w.person_id, w.is_new, COALESCE({leads}, false) AS is_head, "  # noqa: S608
        f"CASE WHEN {leads} THEN 'HEAD' WHEN s.relationship = 'HEAD' THEN NULL "
        "ELSE s.relationship END AS relationship, h.location_id, h.registered_on "
        f"FROM {publication.stage.rows} s JOIN {WORK} w ON w.n = s.n "
        f"JOIN {HOME} h ON h.key = s.household WHERE w.is_new OR NOT EXISTS "
        "(SELECT 1 FROM membership o WHERE o.person_id = w.person_id AND o.until IS NULL)",
        index="person_id",
    )


def _plan_enrolments(db: Session, publication: Publication) -> int:
    """Gather the subjects that have no place in the programme, each with its first status."""
    words = spelling(db)
    subject = _households_to_enrol() if publication.by_household else _people_to_enrol()
    day = words.day(":today")
    make_temporary(
        db,
        JOIN,
        "SELECT row_number() OVER (ORDER BY s.n) AS rank, t.person_id, t.household_id, t.is_new, "  # noqa: S608
        f"COALESCE(s.status, :status) AS status, COALESCE(s.enrolled_on, s.registered_on, {day}) "
        f"AS since FROM ({subject}) t JOIN {publication.stage.rows} s ON s.n = t.n",
        programme=publication.programme_id,
        status=publication.status,
        today=words.write_day(publication.today),
    )
    return ask(db, f"SELECT count(*) FROM {JOIN}")  # noqa: S608


def _add_enrolments(db: Session, publication: Publication, count: int) -> None:
    words = spelling(db)
    before = series.take(db, "enrolment", count)
    run(
        db,
        "INSERT INTO enrolment (id, uuid, version, programme_id, cycle, person_id, household_id, "  # noqa: S608
        f"status, since, enrolled_on) SELECT :before + rank, {words.uuid}, 1, :programme, 1, "
        f"person_id, household_id, status, since, since FROM {JOIN}",
        before=before,
        programme=publication.programme_id,
    )
    run(
        db,
        "INSERT INTO status_change (enrolment_id, batch_id, after, effective_on, recorded_at) "  # noqa: S608
        f"SELECT :before + rank, :batch, status, since, {words.moment(':at')} FROM {JOIN}",
        before=before,
        batch=publication.batch_id,
        at=words.write_moment(publication.at),
    )


def _people_to_enrol() -> str:
    return (
        f"SELECT w.n, w.person_id, CAST(NULL AS integer) AS household_id, w.is_new FROM {WORK} w "  # noqa: S608
        "WHERE w.is_new OR NOT EXISTS (SELECT 1 FROM enrolment e WHERE e.person_id = w.person_id "
        "AND e.programme_id = :programme AND e.cycle = 1 AND e.household_id IS NULL)"
    )


def _households_to_enrol() -> str:
    """Who stands for a household is one of its members: the row's person, else its head."""
    member = "y WHERE y.person_id = h.subject_id AND y.household_id = h.household_id"
    holder = (
        f"CASE WHEN h.is_new OR EXISTS (SELECT 1 FROM {JOINER} {member}) "  # noqa: S608
        f"OR EXISTS (SELECT 1 FROM membership {member} AND y.until IS NULL) THEN h.subject_id "
        "ELSE (SELECT o.person_id FROM membership o WHERE o.household_id = h.household_id "
        "AND o.until IS NULL ORDER BY o.is_head DESC, o.id LIMIT 1) END"
    )
    return (
        f"SELECT * FROM (SELECT h.subject_n AS n, {holder} AS person_id, "  # noqa: S608
        f"h.household_id, h.is_new FROM {HOME} h "
        "WHERE h.is_first AND (h.is_new OR NOT EXISTS (SELECT 1 FROM enrolment e WHERE "
        "e.household_id = h.household_id AND e.programme_id = :programme AND e.cycle = 1))) t "
        "WHERE person_id IS NOT NULL"
    )
