"""The rows of a checked file by what a publish would do to them: a query for each kind."""

from core.domain.fields import OWN_FIELDS
from core.storage.importing import conflicts
from core.storage.importing.places import UNASSIGNED
from core.storage.importing.stage import Stage

KINDS = ("new", "changed", "unchanged", "conflict", "duplicate")
STAGED = (*OWN_FIELDS, "registered_on", "enrolled_on", "status", "household", "relationship")
_POSSIBLE_DUPLICATE = "possible_duplicate"
_AREA = f"NULLIF(s.location_id, {UNASSIGNED})"
_COLUMNS = ", ".join(
    [
        *(f"s.{name}" for name in STAGED),
        f"(SELECT l.code FROM location l WHERE l.id = {_AREA}) AS location",  # noqa: S608
    ]
)


def _new(stage: Stage) -> str:
    return (
        f"SELECT s.n, s.row_no, NULL AS person_id, NULL AS diff, {_COLUMNS} "  # noqa: S608
        f"FROM {stage.rows} s WHERE s.n > :after AND NOT EXISTS (SELECT 1 FROM {stage.preview} t "
        "WHERE t.n = s.n) AND NOT EXISTS (SELECT 1 FROM source_key k WHERE k.space_id = :space "
        "AND k.key = s.key) ORDER BY s.n LIMIT :size"
    )


def _changed(stage: Stage) -> str:
    return (
        f"SELECT t.n, t.row_no, t.person_id, t.diff, t.joins, t.enrols, {_COLUMNS} "  # noqa: S608
        f"FROM {stage.preview} t JOIN {stage.rows} s ON s.n = t.n "
        "WHERE t.changed AND t.n > :after ORDER BY t.n LIMIT :size"
    )


def _unchanged(stage: Stage) -> str:
    return (
        "SELECT s.n, s.row_no, COALESCE(t.person_id, k.person_id) AS person_id, NULL AS diff, "  # noqa: S608
        f"{_COLUMNS} FROM {stage.rows} s LEFT JOIN {stage.preview} t ON t.n = s.n "
        "LEFT JOIN source_key k ON k.space_id = :space AND k.key = s.key AND k.digest = s.digest "
        "WHERE s.n > :after AND (k.person_id IS NOT NULL OR NOT t.changed) "
        "ORDER BY s.n LIMIT :size"
    )


def _conflict(stage: Stage) -> str:
    rules = ", ".join(f"'{rule}'" for rule in conflicts.RULES)
    return (
        "SELECT s.n, s.row_no, COALESCE(t.person_id, k.person_id) AS person_id, "  # noqa: S608
        f"e.status AS status_here, e.since AS since_here, {_COLUMNS} "
        f"FROM {stage.rows} s LEFT JOIN {stage.preview} t ON t.n = s.n "
        "LEFT JOIN source_key k ON k.space_id = :space AND k.key = s.key "
        "LEFT JOIN enrolment e ON e.person_id = COALESCE(t.person_id, k.person_id) "
        "AND e.programme_id = :programme AND e.cycle = 1 AND s.status IS NOT NULL "
        "AND e.status <> s.status WHERE s.n > :after "
        f"AND s.row_no IN (SELECT row_no FROM row_issue WHERE run_id = :run AND rule IN ({rules})) "
        "ORDER BY s.n LIMIT :size"
    )


def _duplicate(stage: Stage) -> str:
    return (
        f"SELECT s.n, s.row_no, NULL AS person_id, NULL AS diff, {_COLUMNS} "  # noqa: S608
        f"FROM {stage.rows} s WHERE s.n > :after AND s.row_no IN (SELECT row_no FROM row_issue "
        f"WHERE run_id = :run AND rule = '{_POSSIBLE_DUPLICATE}') ORDER BY s.n LIMIT :size"
    )


QUERIES = dict(zip(KINDS, (_new, _changed, _unchanged, _conflict, _duplicate), strict=True))
