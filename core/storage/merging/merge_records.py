"""The two records of a merge as they stand: values, numbers, household and enrolments."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, not_, select
from sqlmodel import Session

from core.domain.fields import ATTRIBUTE_PREFIX, OWN_FIELDS
from core.domain.lifecycle import HouseholdRule
from core.domain.merging import Side, Values
from core.domain.permissions import Actor, Permission
from core.errors import Conflict, NotFound
from core.models import Unit
from core.storage.columns import (
    ENROLMENT,
    HOUSEHOLD,
    IDENTIFIER,
    LOCATION,
    MEMBERSHIP,
    PERSON,
    PROGRAMME,
)
from core.storage.documents import table_of
from core.storage.importing.places import UNASSIGNED
from core.storage.lookups import last_survivor
from core.storage.selection import enrolments_in_scope, people_in_scope

_KEY, _CHANGE = table_of("source_key").c, table_of("change").c


@dataclass(frozen=True)
class Home:
    """The household a person lives in; `others` are its other open members, the head first."""

    membership_id: int
    household_id: int
    number: str
    size: int | None
    is_head: bool
    relationship: str | None
    since: date
    others: tuple[int, ...]


@dataclass(frozen=True)
class Held:
    """An enrolment, a person's own or one that they hold for a household; `mine`: it lies within
    the actor's grants; `approval`: moves of its programme wait for a second person."""

    id: int
    version: int
    programme_id: int
    code: str
    programme: str
    cycle: int
    household_id: int | None
    status: str
    since: date
    ended_on: date | None
    mine: bool
    approval: bool

    @property
    def place(self) -> tuple[int, int]:
        """What a person can hold one of."""
        return self.programme_id, self.cycle


@dataclass(frozen=True)
class Number:
    """An identifier."""

    id: int
    type: str
    value: str


@dataclass(frozen=True)
class Record:
    """One of the two: `row` is the person's row, `values` are what is chosen from, `newest` is the
    last recorded change, and `level` the highest field level the actor has here. `follows` are the
    enrolments of their household that end when theirs do: nobody else of it is enrolled there."""

    row: Any
    level: int
    values: Values
    numbers: tuple[Number, ...]
    keys: tuple[tuple[int, str, str], ...]
    home: Home | None
    held: tuple[Held, ...]
    newest: int
    follows: tuple[Held, ...] = ()

    @property
    def id(self) -> int:
        return int(self.row.id)


def read_record(db: Session, actor: Actor, uuid: UUID) -> Record:
    """Return a person as a side of a merge.

    Raises NotFound for nobody and for somebody whom the actor may not move, and Conflict for one
    who is merged already.
    """
    row = db.execute(select(table_of("person")).where(PERSON.uuid == uuid)).first()
    last = last_survivor(db, row.id) if row else None
    level = _level_of(db, actor, last) if last else 0
    if row is None or not level:
        raise NotFound("This person")
    if row.merged_into_id is not None:
        survivor = db.execute(select(PERSON.registration_no).where(PERSON.id == last)).scalar_one()
        raise Conflict(
            "{number} has been merged already and leads to {survivor} now. Take that number.",
            number=row.registration_no,
            survivor=survivor,
        )
    home = _home(db, row.id)
    return Record(
        row=row,
        level=level,
        values=_values(db, row),
        numbers=_numbers(db, row.id),
        keys=_keys(db, row.id),
        home=home,
        held=_held(db, actor, ENROLMENT.person_id == row.id),
        newest=_newest_change(db, row.id),
        follows=_held(db, actor, _follows(home)) if home else (),
    )


def _level_of(db: Session, actor: Actor, person_id: int) -> int:
    """Return the highest level at which the actor sees somebody they may move, else 0."""
    here = select(PERSON.id).where(PERSON.id == person_id)
    if db.execute(here.where(people_in_scope(actor, Permission.TRANSITION))).first() is None:
        return 0
    seen = (
        level
        for level in (3, 2, 1)
        if db.execute(here.where(people_in_scope(actor, Permission.SEE_PEOPLE, level))).first()
    )
    return next(seen, 0)


def _values(db: Session, row: Any) -> Values:  # noqa: ANN401 - a row of person
    code = db.execute(select(LOCATION.code).where(LOCATION.id == row.location_id)).scalar_one()
    return {
        **{name: getattr(row, name) for name in (*OWN_FIELDS, "registered_on")},
        "location": None if row.location_id == UNASSIGNED else code,
        **{ATTRIBUTE_PREFIX + name: value for name, value in row.attributes.items()},
    }


def _numbers(db: Session, person_id: int) -> tuple[Number, ...]:
    rows = db.execute(
        select(IDENTIFIER.id, IDENTIFIER.type, IDENTIFIER.value)
        .where(IDENTIFIER.person_id == person_id)
        .order_by(IDENTIFIER.type, IDENTIFIER.id)
    )
    return tuple(Number(*row) for row in rows)


def _keys(db: Session, person_id: int) -> tuple[tuple[int, str, str], ...]:
    query = select(_KEY.space_id, _KEY.key, _KEY.digest).where(_KEY.person_id == person_id)
    rows = db.execute(query.order_by(_KEY.space_id, _KEY.key))
    return tuple((row.space_id, row.key, row.digest) for row in rows)


def _home(db: Session, person_id: int) -> Home | None:
    joined = table_of("membership").join(
        table_of("household"), HOUSEHOLD.id == MEMBERSHIP.household_id
    )
    row = db.execute(
        select(
            MEMBERSHIP.id, HOUSEHOLD.id, HOUSEHOLD.number, HOUSEHOLD.size, MEMBERSHIP.is_head,
            MEMBERSHIP.relationship, MEMBERSHIP.since,
        )
        .select_from(joined)
        .where(MEMBERSHIP.person_id == person_id, MEMBERSHIP.until.is_(None))
    ).first()  # fmt: skip
    if row is None:
        return None
    others = members_beside(db, row[1], person_id)
    return Home(row[0], row[1], row[2], row[3], row[4], row[5], row[6], others)


def members_beside(db: Session, household_id: int, person_id: int) -> tuple[int, ...]:
    """Return the open members of a household but one, the head first, then as they joined."""
    rows = db.execute(
        select(MEMBERSHIP.person_id)
        .where(
            MEMBERSHIP.household_id == household_id,
            MEMBERSHIP.until.is_(None),
            MEMBERSHIP.person_id != person_id,
        )
        .order_by(MEMBERSHIP.is_head.desc(), MEMBERSHIP.id)
    )
    return tuple(rows.scalars())


def _follows(home: Home) -> Any:  # noqa: ANN401 - an SQL condition
    """The open enrolments of a household, in programmes where it ends with its members, in which
    nobody else of it is enrolled."""
    member = table_of("enrolment").alias("member_enrolment").c
    beside = exists().where(
        member.person_id.in_(home.others),
        member.household_id.is_(None),
        member.ended_on.is_(None),
        member.programme_id == ENROLMENT.programme_id,
        member.cycle == ENROLMENT.cycle,
    )
    return and_(
        ENROLMENT.household_id == home.household_id,
        ENROLMENT.ended_on.is_(None),
        PROGRAMME.household_rule == HouseholdRule.ALL,
        PROGRAMME.unit == Unit.INDIVIDUAL,
        not_(beside),
    )


def _held(db: Session, actor: Actor, which: Any) -> tuple[Held, ...]:  # noqa: ANN401 - a condition
    joined = (
        table_of("enrolment")
        .join(table_of("person"), PERSON.id == ENROLMENT.person_id)
        .join(table_of("programme"), PROGRAMME.id == ENROLMENT.programme_id)
    )
    rows = db.execute(
        select(
            ENROLMENT.id, ENROLMENT.version, PROGRAMME.id, PROGRAMME.code, PROGRAMME.name,
            ENROLMENT.cycle, ENROLMENT.household_id, ENROLMENT.status, ENROLMENT.since,
            ENROLMENT.ended_on, enrolments_in_scope(actor, Permission.TRANSITION),
            PROGRAMME.approval,
        )
        .select_from(joined)
        .where(which)
        .order_by(PROGRAMME.code, ENROLMENT.cycle, ENROLMENT.id)
    )  # fmt: skip
    return tuple(Held(*row) for row in rows)


def _newest_change(db: Session, person_id: int) -> int:
    query = select(func.max(_CHANGE.id)).where(
        _CHANGE.entity == "person", _CHANGE.entity_id == person_id
    )
    return int(db.execute(query).scalar() or 0)


def newer_of(survivor: Record, duplicate: Record) -> Side:
    """Return whose values were written last."""

    def last(record: Record) -> tuple[int, date, int]:
        return record.newest, record.row.registered_on, record.id

    return Side.SURVIVOR if last(survivor) > last(duplicate) else Side.DUPLICATE


def stamp(records: Sequence[Record]) -> str:
    """Return what changes as soon as something of the two changes that a merge depends on."""
    told = [
        [
            [one.id, one.row.version, one.newest, one.keys],
            [number.id for number in one.numbers],
            one.home and [one.home.membership_id, one.home.is_head, one.home.size, one.home.others],
            [[held.id, held.version] for held in (*one.held, *one.follows)],
        ]
        for one in records
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
