"""What search knows of a person: names, the areas above, the programmes; and the outbox's rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, and_, delete, func, insert, select, text, union_all
from sqlmodel import Session

from core.models import Membership, SearchOutbox
from core.storage.columns import ENROLMENT, LOCATION, MEMBERSHIP, PERSON
from core.storage.database import is_sqlite

_OUTBOX = cast(Any, SearchOutbox).__table__
_DRAINING = 0x5EA4C4  # any number, the same in every process


@dataclass(frozen=True)
class Entry:
    """One person as an index takes it in: names as written, the ids of the person's place and of
    every place above it, and "programme" and "programme:STATUS" pairs (programme by its id)."""

    person_id: int
    names: tuple[str, ...]
    areas: tuple[int, ...]
    pairs: frozenset[str]


def read_entries(db: Session, person_ids: Sequence[int]) -> list[Entry]:
    """Return the current entries of these people; one who is gone or merged has none."""
    pairs = _read_pairs(db, person_ids)
    names = (PERSON.full_name, PERSON.given_name, PERSON.middle_name, PERSON.family_name)
    query = (
        select(PERSON.id, LOCATION.path, *names)
        .join_from(PERSON.id.table, LOCATION.id.table, LOCATION.id == PERSON.location_id)
        .where(PERSON.id.in_(person_ids), PERSON.merged_into_id.is_(None))
    )
    return [
        Entry(
            person_id,
            tuple(dict.fromkeys(name for name in written if name)),
            tuple(int(step) for step in path.strip("/").split("/")),
            frozenset(pairs.get(person_id, ())),
        )
        for person_id, path, *written in db.execute(query)
    ]


def _read_pairs(db: Session, person_ids: Sequence[int]) -> dict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for person_id, programme_id, status, ended_on in db.execute(
        union_all(*enrolments_of(person_ids))
    ):
        found[person_id].add(str(programme_id))
        if ended_on is None:
            found[person_id].add(f"{programme_id}:{status}")
            found[person_id].add(f":{status}")
    return found


def enrolments_of(person_ids: Sequence[int]) -> tuple[Select[Any], Select[Any]]:
    """Return two queries for (person, programme, status, end): own enrolments, and those of the
    household the person lives in."""
    columns = (ENROLMENT.programme_id, ENROLMENT.status, ENROLMENT.ended_on)
    own = select(ENROLMENT.person_id, *columns).where(ENROLMENT.person_id.in_(person_ids))
    shared = (
        select(MEMBERSHIP.person_id, *columns)
        .join_from(
            cast(Any, Membership).__table__,
            ENROLMENT.id.table,
            and_(MEMBERSHIP.household_id == ENROLMENT.household_id, MEMBERSHIP.until.is_(None)),
        )
        .where(MEMBERSHIP.person_id.in_(person_ids))
    )
    return own, shared


def read_names(db: Session, person_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the names of people, as written."""
    query = select(
        PERSON.id, PERSON.full_name, PERSON.given_name, PERSON.middle_name, PERSON.family_name
    ).where(PERSON.id.in_(person_ids))
    return {row[0]: tuple(name for name in row[1:] if name) for row in db.execute(query)}


def read_people(db: Session) -> set[int]:
    """Return the ids of everybody whom search should know."""
    return set(db.execute(select(PERSON.id).where(PERSON.merged_into_id.is_(None))).scalars())


def put_in_outbox(db: Session, person_ids: Sequence[int]) -> None:
    """Say that these people's entries are out of date."""
    if person_ids:
        db.execute(insert(_OUTBOX), [{"person_id": found} for found in person_ids])


def put_everyone_in_outbox(db: Session) -> int:
    """Say that every entry is out of date, replacing what waited; return how many people."""
    db.execute(delete(_OUTBOX))
    everyone = select(PERSON.id).order_by(PERSON.id)
    db.execute(insert(_OUTBOX).from_select(["person_id"], everyone))
    return int(db.execute(select(func.count()).select_from(_OUTBOX)).scalar_one())


def claim_outbox(db: Session) -> bool:
    """Say whether this transaction alone may empty the outbox until it ends.

    An older entry must never be written over a newer one. On SQLite the writing transaction is
    the only one anyway.
    """
    if is_sqlite(db):
        return True
    statement = text("SELECT pg_try_advisory_xact_lock(:lock)").bindparams(lock=_DRAINING)
    return bool(db.execute(statement).scalar_one())


def wait_for_drain(db: Session) -> None:
    """Wait until nobody empties the outbox, and let nobody do so until this transaction ends."""
    if not is_sqlite(db):
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=_DRAINING))


def read_outbox(db: Session, limit: int) -> tuple[list[int], list[int]]:
    """Return the ids of the oldest `limit` rows, and the people they name, each once."""
    query = select(_OUTBOX.c.id, _OUTBOX.c.person_id).order_by(_OUTBOX.c.id).limit(limit)
    rows = db.execute(query).all()
    return [row[0] for row in rows], sorted({row[1] for row in rows})


def delete_from_outbox(db: Session, row_ids: Sequence[int]) -> None:
    """Delete exactly these rows: one with a smaller id may have been committed meanwhile."""
    db.execute(delete(_OUTBOX).where(_OUTBOX.c.id.in_(row_ids)))


def waiting_people(db: Session) -> set[int]:
    """Return everybody who waits in the outbox."""
    return set(db.execute(select(_OUTBOX.c.person_id)).scalars())
