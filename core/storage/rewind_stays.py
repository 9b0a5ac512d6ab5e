"""What of an import a rewind leaves where it is, and why: counted by reason, listed in pages."""

import json
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from core.storage.dialect import make_temporary, spelling
from core.storage.rewind_plan import BEYOND, ENROLMENTS, MOVED, PEOPLE, STAYING_PEOPLE, Reason
from core.storage.rewind_values import VALUES

_STAYS = "stays_behind"


@dataclass(frozen=True)
class Stay:
    """Somebody of whom something stays: the fields of a person known before, else all of a person
    that the import made. Nobody outside the actor's grants is named."""

    registration_no: str | None
    reason: str
    fields: tuple[str, ...] = ()


def find_stays(db: Session) -> dict[str, int]:
    """Gather who stays or keeps something; return how many people by reason."""
    fields = "json_group_array(v.key)" if spelling(db).sqlite else "jsonb_agg(v.key)"
    known = f"NOT EXISTS (SELECT 1 FROM {PEOPLE} p WHERE p.id = {{}})"  # noqa: S608
    beyond = f"EXISTS (SELECT 1 FROM {BEYOND} b WHERE b.id = {{}})"  # noqa: S608
    make_temporary(
        db,
        _STAYS,
        f"SELECT id AS person_id, reason, '[]' AS fields FROM {STAYING_PEOPLE} "  # noqa: S608
        f"UNION ALL SELECT b.id, {Reason.OUTSIDE:d}, '[]' FROM {BEYOND} b "
        f"WHERE {known.format('b.id')} "
        f"UNION ALL SELECT v.person_id, {Reason.VALUE:d}, CAST({fields} AS text) "
        f"FROM {VALUES} v WHERE NOT v.ok AND NOT {beyond.format('v.person_id')} "
        "GROUP BY v.person_id "
        f"UNION ALL SELECT DISTINCT m.person_id, {Reason.STATUS_MOVED:d}, '[]' FROM {MOVED} m "
        f"JOIN {ENROLMENTS} e ON e.id = m.id WHERE {known.format('m.person_id')} "
        f"AND NOT {beyond.format('m.person_id')}",
        index="person_id",
    )
    counted = text(f"SELECT reason, count(*) FROM {_STAYS} GROUP BY reason ORDER BY reason")  # noqa: S608
    return {Reason(reason).name.lower(): int(count) for reason, count in db.execute(counted)}


def list_stays(db: Session, limit: int, offset: int) -> tuple[Stay, ...]:
    """Return one page of what find_stays gathered, by reason and registration number."""
    number = spelling(db).number("P", "s.person_id")  # of people who are not in the registry now
    rows = db.execute(
        text(
            f"SELECT COALESCE(p.registration_no, {number}), s.reason, s.fields "  # noqa: S608
            f"FROM {_STAYS} s LEFT JOIN person p ON p.id = s.person_id "
            "ORDER BY s.reason, s.person_id LIMIT :limit OFFSET :offset"
        ),
        {"limit": limit, "offset": offset},
    )
    return tuple(
        Stay(
            None if reason == Reason.OUTSIDE else number,
            Reason(reason).name.lower(),
            tuple(sorted(json.loads(fields))),
        )
        for number, reason, fields in rows
    )
