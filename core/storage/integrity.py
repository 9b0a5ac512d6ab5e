"""What must hold of the stored rows whatever happened: each rule is one query for its breaches."""

from dataclasses import dataclass

from sqlalchemy import text

from core.storage.database import Session, is_sqlite


@dataclass(frozen=True)
class Rule:
    """A rule in words and the SQL that counts the rows that break it."""

    name: str
    breaches: str


_NEWEST = (
    "SELECT enrolment_id, max(id) AS id FROM status_change GROUP BY enrolment_id"  # one pass, no
    # search for each enrolment: a million of them are looked at in seconds.
)
RULES = (
    Rule(
        "an enrolment stands where its newest status change led",
        "SELECT count(*) FROM enrolment e "  # noqa: S608
        f"LEFT JOIN ({_NEWEST}) n ON n.enrolment_id = e.id "
        "LEFT JOIN status_change c ON c.id = n.id "
        "LEFT JOIN status_change r ON r.id = COALESCE(c.restores_id, c.id) "
        "WHERE r.id IS NULL OR c.after <> r.after OR e.status <> r.after "
        "OR e.since <> COALESCE(r.since, r.effective_on) "
        "OR e.exit_reason IS DISTINCT FROM r.exit_reason OR e.ended_on IS DISTINCT FROM "
        "CASE WHEN r.exit_reason IS NOT NULL THEN r.effective_on END",
    ),
    Rule(
        "each status change begins in the status that the one before it left",
        "SELECT count(*) FROM (SELECT c.before, lag(c.after) OVER "
        "(PARTITION BY c.enrolment_id ORDER BY c.id) AS left_ FROM status_change c) t "
        "WHERE t.before IS DISTINCT FROM t.left_",
    ),
    Rule(
        "an undo takes back a change of its own enrolment and leads to a state it once had",
        "SELECT count(*) FROM status_change c "
        "LEFT JOIN status_change u ON u.id = c.undo_of_id AND u.enrolment_id = c.enrolment_id "
        "AND u.id < c.id "
        "LEFT JOIN status_change r ON r.id = c.restores_id AND r.enrolment_id = c.enrolment_id "
        "AND r.id < c.undo_of_id AND r.restores_id IS NULL "
        "WHERE (c.undo_of_id IS NOT NULL OR c.restores_id IS NOT NULL) "
        "AND (u.id IS NULL OR r.id IS NULL)",
    ),
    Rule(
        "an enrolment that has ended says why, an open one does not",
        "SELECT count(*) FROM enrolment WHERE (ended_on IS NULL) <> (exit_reason IS NULL)",
    ),
    Rule(
        "every subject of a move belongs to an order",
        "SELECT count(*) FROM (SELECT DISTINCT order_id FROM move_subject) s "
        "WHERE NOT EXISTS (SELECT 1 FROM move_order o WHERE o.id = s.order_id)",
    ),
    Rule(
        "a batch carries no enrolment twice and counts as many as it moved",
        "SELECT count(*) FROM move_order o LEFT JOIN batch b ON b.id = o.batch_id "
        "LEFT JOIN (SELECT batch_id, count(*) AS moved, count(DISTINCT enrolment_id) AS subjects "
        "FROM status_change GROUP BY batch_id) c ON c.batch_id = o.batch_id "
        "LEFT JOIN (SELECT order_id, count(*) AS movers FROM move_subject "
        "WHERE blocked IS NULL AND enrolment_id IN (SELECT id FROM enrolment) "  # others left since
        "GROUP BY order_id) s ON s.order_id = o.id "
        "WHERE o.state = 'DONE' AND o.kind IN ('transition', 'undo') "
        "AND (CASE WHEN b.id IS NULL THEN s.movers IS NOT NULL ELSE c.moved <> c.subjects END "
        "OR COALESCE(c.moved, 0) <> COALESCE(s.movers, 0))",
    ),
    Rule(
        "nobody who was merged away lives in a household",
        "SELECT count(*) FROM person p JOIN membership m ON m.person_id = p.id "
        "WHERE p.merged_into_id IS NOT NULL AND m.until IS NULL",
    ),
    Rule(
        "nobody who was merged away is enrolled",
        "SELECT count(*) FROM person p JOIN enrolment e ON e.person_id = p.id "
        "WHERE p.merged_into_id IS NOT NULL AND e.ended_on IS NULL",
    ),
    Rule(
        "nobody lives in a household that was merged away, and it is not enrolled",
        "SELECT (SELECT count(*) FROM household h JOIN membership m ON m.household_id = h.id "
        "WHERE h.merged_into_id IS NOT NULL AND m.until IS NULL) + (SELECT count(*) "
        "FROM household h JOIN enrolment e ON e.household_id = h.id "
        "WHERE h.merged_into_id IS NOT NULL AND e.ended_on IS NULL)",
    ),
    *(
        Rule(
            f"the chain of merges of a {entity} has an end",
            # What leads to nobody has an end, and so has whoever leads there; the rest turns round.
            f"WITH RECURSIVE ends(id) AS (SELECT id FROM {entity} WHERE merged_into_id IS NULL "  # noqa: S608
            f"AND id IN (SELECT merged_into_id FROM {entity} WHERE merged_into_id IS NOT NULL) "
            f"UNION ALL SELECT m.id FROM {entity} m JOIN ends n ON m.merged_into_id = n.id) "
            f"SELECT count(*) FROM {entity} WHERE merged_into_id IS NOT NULL "
            "AND id NOT IN (SELECT id FROM ends)",
        )
        for entity in ("person", "household")
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
