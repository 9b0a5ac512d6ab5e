"""What must hold of the stored rows whatever happened: each rule is one query for its breaches."""

from dataclasses import dataclass

from sqlalchemy import text

from core.storage.database import Session, is_sqlite


@dataclass(frozen=True)
class Rule:
    """A rule in words and the SQL that counts the rows that break it."""

    name: str
    breaches: str


RULES = (
    Rule(
        "an enrolment's status is that of its last status change",
        "SELECT count(*) FROM enrolment e WHERE e.status <> coalesce((SELECT c.after "
        "FROM status_change c WHERE c.enrolment_id = e.id "
        "ORDER BY c.id DESC LIMIT 1), '')",
    ),
    Rule(
        "members live where their household lives",
        "SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id "
        "JOIN household h ON h.id = m.household_id "
        "WHERE m.until IS NULL AND p.location_id <> h.location_id",
    ),
    Rule(
        "a household's enrolment is held by one of its members",
        "SELECT count(*) FROM enrolment e WHERE e.household_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM membership m WHERE m.household_id = e.household_id "
        "AND m.person_id = e.person_id)",
    ),
    Rule(
        "a place's path is its parent's path and its own id",
        "SELECT count(*) FROM location l JOIN location a ON a.id = l.parent_id "
        "WHERE l.path <> a.path || CAST(l.id AS TEXT) || '/'",
    ),
    Rule(
        "the series are ahead of the numbers given",
        "SELECT count(*) FROM series s WHERE s.last < CASE s.name "
        "WHEN 'person' THEN coalesce((SELECT max(id) FROM person), 0) "
        "WHEN 'household' THEN coalesce((SELECT max(id) FROM household), 0) "
        "ELSE coalesce((SELECT max(id) FROM enrolment), 0) END",
    ),
)


def find_breaches(db: Session) -> list[tuple[str, int]]:
    """Return (rule, rows) for every rule that does not hold, the database's own checks first."""
    found: list[tuple[str, int]] = []
    if is_sqlite(db):
        damage = db.execute(text("PRAGMA quick_check(10)")).scalars().all()
        if list(damage) != ["ok"]:
            found.append(("the database file is sound", len(damage)))
        loose = len(db.execute(text("PRAGMA foreign_key_check")).all())
        if loose:
            found.append(("every reference leads somewhere", loose))
    for rule in RULES:
        rows = int(db.execute(text(rule.breaches)).scalar_one())
        if rows:
            found.append((rule.name, rows))
    return found
