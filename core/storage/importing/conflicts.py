"""Where a file contradicts what the registry knows of the same person: listed, never silent."""

from collections.abc import Mapping

from sqlmodel import Session

from core.storage.dialect import ask, run, spelling
from core.storage.importing import imports
from core.storage.importing.import_statuses import NOT_MOVED
from core.storage.importing.matching import FOUND, SOMEBODY_NEW
from core.storage.importing.publish import Publication
from core.storage.importing.stage import Stage

RULES = ("status_differs", "sex_differs", "birth_date_differs", *NOT_MOVED)
"""The rules of conflicts; each stands under the header of its field."""
FAR_APART = 366
"""Days between two birth dates of one person that no slip of a month or a day explains."""


def note_conflicts(
    db: Session, publication: Publication, run_id: int, headers: Mapping[str, str]
) -> None:
    """Write the run's conflicts anew; `headers` gives the file's header of a field.

    Needs FOUND, filled by matching.match. Where the file's statuses count, import_statuses moves
    them and writes down who may not; here those of rows that bring nothing new are listed.
    """
    imports.forget_issues(db, run_id, RULES)
    if not ask(db, f"SELECT count(*) FROM {FOUND}"):  # noqa: S608
        return
    if "status" in headers:
        _note_statuses(db, publication, run_id, headers)
    for rule, (name, value, differ) in _differences(db).items():
        header = headers.get(name) or headers.get({"birth_date": "age"}.get(name, name))
        if header is None:
            continue
        run(
            db,
            "INSERT INTO row_issue (run_id, row_no, header, rule, severity, value) "  # noqa: S608
            f"SELECT :run, s.row_no, :header, :rule, 'warning', {value} "
            f"FROM {FOUND} f JOIN {publication.stage.rows} s ON s.n = f.n "
            f"JOIN person p ON p.id = f.person_id WHERE NOT f.same AND {differ}",
            run=run_id,
            header=header,
            rule=rule,
        )


def _note_statuses(
    db: Session, publication: Publication, run_id: int, headers: Mapping[str, str]
) -> None:
    settled = " AND f.same" if publication.policies.moves_statuses else ""
    run(
        db,
        "INSERT INTO row_issue (run_id, row_no, header, rule, severity, value) "  # noqa: S608
        "SELECT :run, s.row_no, :header, 'status_differs', 'warning', s.status || "
        "CASE WHEN s.enrolled_on IS NULL THEN '' "
        "ELSE ' (' || CAST(s.enrolled_on AS text) || ')' END "
        f"FROM {publication.stage.rows} s JOIN {FOUND} f ON f.n = s.n "
        "JOIN enrolment e ON e.person_id = f.person_id AND e.programme_id = :programme "
        "AND (e.household_id IS NOT NULL) = :by_household "
        f"WHERE s.status IS NOT NULL AND s.status <> e.status{settled}",
        run=run_id,
        header=headers["status"],
        programme=publication.programme_id,
        by_household=publication.by_household,
    )


LEFT_OUT = "identifier_left_out"


def note_left_out(db: Session, stage: Stage, run_id: int, decisions: Mapping[int, str]) -> None:
    """Write anew which identifiers are left out because somebody known has them, of the rows that
    were decided to be about somebody new. To be called before the publish writes."""
    imports.forget_issues(db, run_id, (LEFT_OUT,))
    apart = [row for row, choice in decisions.items() if choice == SOMEBODY_NEW]
    for row_no in apart:
        run(
            db,
            "INSERT INTO row_issue (run_id, row_no, rule, severity, value) "  # noqa: S608
            "SELECT :run, s.row_no, :rule, 'warning', i.type || ' ' || i.value "
            f"FROM {stage.rows} s JOIN {stage.identifiers} i ON i.n = s.n "
            "JOIN identifier k ON k.type = i.type AND k.normalised = i.normalised "
            f"WHERE s.row_no = :row AND NOT EXISTS (SELECT 1 FROM {FOUND} f WHERE f.n = s.n)",
            run=run_id,
            rule=LEFT_OUT,
            row=row_no,
        )


def _differences(db: Session) -> dict[str, tuple[str, str, str]]:
    """Return, by rule, the field, the file's value and the condition under which they conflict."""
    estimated = "'ESTIMATED' IN (COALESCE(s.birth_precision, ''), COALESCE(p.birth_precision, ''))"
    apart = spelling(db).days_between("s.birth_date", "p.birth_date")
    return {
        "sex_differs": (
            "sex",
            "s.sex",
            "s.sex <> p.sex AND s.sex <> 'UNKNOWN' AND p.sex <> 'UNKNOWN'",
        ),
        "birth_date_differs": (
            "birth_date",
            "CAST(s.birth_date AS text)",
            f"NOT {estimated} AND {apart} > {FAR_APART}",
        ),
    }
