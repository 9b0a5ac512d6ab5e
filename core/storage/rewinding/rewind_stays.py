"""What of an import a rewind leaves where it is, and why: counted by reason, listed in pages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from core.domain.lifecycle import Block
from core.storage.dialect import make_temporary, spelling
from core.storage.rewinding.rewind_homes import HOMES
from core.storage.rewinding.rewind_plan import (
    ENROLMENTS,
    HANDED,
    HOUSEHOLDS,
    LONE_HOUSEHOLDS,
    MOVED,
    PEOPLE,
    STAYING_PEOPLE,
    Reason,
)
from core.storage.rewinding.rewind_reach import BEYOND, HOMES_BEYOND
from core.storage.rewinding.rewind_statuses import FORMER
from core.storage.rewinding.rewind_values import VALUES

_STAYS = "stays_behind"


@dataclass(frozen=True)
class Stay:
    """A person or household of which something stays: the `fields` of one known before, else all
    of one that the import made. Nobody outside the actor's grants is named."""

    registration_no: str | None
    reason: str
    fields: tuple[str, ...] = ()
    household: str | None = None
    """The number of a household; people have a registration number instead."""


@dataclass(frozen=True)
class Staying:
    """How many people and households stay or keep something, and all of them by reason."""

    people: int
    households: int
    reasons: Mapping[str, int]

    @property
    def counts(self) -> dict[str, int]:
        """How many, as receipts call it."""
        return {"kept": self.people, "households_kept": self.households}


def find_stays(db: Session) -> Staying:
    """Gather who stays or keeps something. A household is named where nobody is for it."""
    gather = "json_group_array" if spelling(db).sqlite else "jsonb_agg"
    parts = (*_people(f"CAST({gather}(v.key) AS text)"), *_homes(f"CAST({gather}(x.key) AS text)"))
    make_temporary(db, _STAYS, " UNION ALL ".join(parts), index="id")
    rows = db.execute(
        text(f"SELECT reason, kind, count(*) FROM {_STAYS} GROUP BY reason, kind ORDER BY reason")  # noqa: S608
    )
    reasons: dict[str, int] = {}
    kinds = {"person": 0, "household": 0}
    for reason, kind, count in rows:
        name = Reason(reason).name.lower()
        reasons[name] = reasons.get(name, 0) + int(count)
        kinds[kind] += int(count)
    return Staying(kinds["person"], kinds["household"], reasons)


def _people(fields: str) -> tuple[str, ...]:
    """Write the queries (kind, id, reason, fields) of people."""
    known = f"NOT EXISTS (SELECT 1 FROM {PEOPLE} p WHERE p.id = {{}})"  # noqa: S608
    beyond = f"EXISTS (SELECT 1 FROM {BEYOND} b WHERE b.id = {{}})"  # noqa: S608
    return (
        f"SELECT 'person' AS kind, id, reason, '[]' AS fields FROM {STAYING_PEOPLE}",  # noqa: S608
        f"SELECT 'person', b.id, {Reason.OUTSIDE:d}, '[]' FROM {BEYOND} b "  # noqa: S608
        f"WHERE {known.format('b.id')}",
        f"SELECT 'person', v.person_id, {Reason.VALUE:d}, {fields} FROM {VALUES} v "  # noqa: S608
        f"WHERE NOT v.ok AND NOT {beyond.format('v.person_id')} GROUP BY v.person_id",
        f"SELECT DISTINCT 'person', m.person_id, {Reason.STATUS_MOVED:d}, '[]' "  # noqa: S608
        f"FROM {MOVED} m JOIN {ENROLMENTS} e ON e.id = m.id "
        f"WHERE {known.format('m.person_id')} AND NOT {beyond.format('m.person_id')}",
        f"SELECT DISTINCT 'person', f.person_id, {Reason.STATUS_MOVED:d}, '[]' FROM {FORMER} f "  # noqa: S608
        f"WHERE f.blocked = '{Block.MOVED_SINCE}' AND NOT {beyond.format('f.person_id')}",
        f"SELECT DISTINCT 'person', m.person_id, {Reason.MERGED:d}, '[]' FROM {HANDED} m "  # noqa: S608
        f"WHERE {known.format('m.person_id')} AND NOT {beyond.format('m.person_id')}",
    )


def _homes(fields: str) -> tuple[str, ...]:
    """Write the queries (kind, id, reason, fields) of households."""
    return (
        f"SELECT 'household', id, reason, '[]' FROM {LONE_HOUSEHOLDS}",  # noqa: S608
        f"SELECT 'household', b.id, {Reason.OUTSIDE:d}, '[]' FROM {HOMES_BEYOND} b "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM {HOUSEHOLDS} h WHERE h.id = b.id)",
        f"SELECT 'household', x.household_id, min(x.reason), {fields} FROM {HOMES} x "  # noqa: S608
        f"WHERE NOT x.ok AND NOT EXISTS (SELECT 1 FROM {HOMES_BEYOND} b "
        "WHERE b.id = x.household_id) GROUP BY x.household_id",
    )


def list_stays(db: Session, limit: int, offset: int) -> tuple[Stay, ...]:
    """Return one page of what find_stays gathered, by reason and number, households last."""
    # The numbers of those who are not in the registry now are written from their ids.
    words = spelling(db)
    rows = db.execute(
        text(
            "SELECT s.kind, s.reason, s.fields, CASE s.kind "  # noqa: S608
            f"WHEN 'person' THEN COALESCE(p.registration_no, {words.number('P', 's.id')}) "
            f"ELSE COALESCE(h.number, {words.number('H', 's.id')}) END AS number FROM {_STAYS} s "
            "LEFT JOIN person p ON s.kind = 'person' AND p.id = s.id "
            "LEFT JOIN household h ON s.kind = 'household' AND h.id = s.id "
            "ORDER BY s.reason, s.kind DESC, s.id LIMIT :limit OFFSET :offset"
        ),
        {"limit": limit, "offset": offset},
    )
    return tuple(
        Stay(
            row.number if row.kind == "person" and row.reason != Reason.OUTSIDE else None,
            Reason(row.reason).name.lower(),
            tuple(sorted(json.loads(row.fields))),
            row.number if row.kind == "household" and row.reason != Reason.OUTSIDE else None,
        )
        for row in rows
    )
