"""Finding people by a number, and the last look through the door before a hit is shown."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session

from core.domain.fields import Status
from core.domain.permissions import Actor, Permission
from core.models import Enrolment, Membership
from core.storage.columns import ENROLMENT, IDENTIFIER, MEMBERSHIP, PERSON, PROGRAMME
from core.storage.selection import Clause, enrolments_in_scope, people_in_scope

_SEE = Permission.SEE_PEOPLE
_MOST = 100
_ENROLMENT, _MEMBERSHIP = cast(Any, Enrolment).__table__, cast(Any, Membership).__table__
_PHONE_FILLERS = (" ", "-", ".", "(", ")", "/", "+")


@dataclass(frozen=True)
class Found:
    """A person as a search shows one; `enrolments` are open ones inside the grants, "CODE:STATUS"
    in the order of the codes."""

    uuid: UUID
    registration_no: str
    name: str
    enrolments: tuple[str, ...]


def last_survivor(db: Session, person_id: int) -> int | None:
    """Return whom a number leads to: the person it was given to or, where that one was merged, the
    survivor at the end of the chain; None for a number of nobody."""
    chain = select(PERSON.id, PERSON.merged_into_id).where(PERSON.id == person_id)
    steps = chain.cte("chain", recursive=True)
    further = select(PERSON.id, PERSON.merged_into_id).where(PERSON.id == steps.c.merged_into_id)
    steps = steps.union(further)
    query = select(steps.c.id).where(steps.c.merged_into_id.is_(None))
    return db.execute(query).scalar()


def find_by_id(db: Session, actor: Actor, person_id: int) -> list[int]:
    """Return the person to whom this running number leads, where the actor may see them."""
    last = last_survivor(db, person_id)
    return _ids(db, PERSON.id == last, people_in_scope(actor, _SEE, 1)) if last else []


def find_to_move(db: Session, actor: Actor, person_id: int) -> UUID | None:
    """Return the person with this running number, where the actor may move them or, if they were
    merged, the survivor."""
    last = last_survivor(db, person_id)
    within = people_in_scope(actor, Permission.TRANSITION)
    reached = select(PERSON.id).where(PERSON.id == last, within)
    if last is None or db.execute(reached).first() is None:
        return None
    return db.execute(select(PERSON.uuid).where(PERSON.id == person_id)).scalar()


def find_by_identifier(db: Session, actor: Actor, forms: Sequence[str]) -> list[int]:
    """Return the people who carry an identifier that is compared as one of these forms, whatever
    its type; needs field level 2."""
    carriers = select(IDENTIFIER.person_id).where(IDENTIFIER.normalised.in_(forms))
    return _ids(db, PERSON.id.in_(carriers), people_in_scope(actor, _SEE, 2))


def find_by_phone(db: Session, actor: Actor, digits: str) -> list[int]:
    """Return the people with this phone number, compared by digits alone; needs field level 2."""
    kept = PERSON.phone
    for filler in _PHONE_FILLERS:
        kept = func.replace(kept, filler, "")
    return _ids(db, kept == digits, people_in_scope(actor, _SEE, 2))


def _ids(db: Session, wanted: Clause, scope: Clause) -> list[int]:
    query = select(PERSON.id).where(wanted, scope, PERSON.merged_into_id.is_(None))
    return list(db.execute(query.order_by(PERSON.id).limit(_MOST)).scalars())


def open_in_status(actor: Actor, status: Status | None) -> Clause:
    """Return the condition over Person: an open enrolment that the actor may see, the person's
    own or the household's, in `status` (any, where None)."""
    seen = and_(
        ENROLMENT.ended_on.is_(None),
        enrolments_in_scope(actor, _SEE),
        *([ENROLMENT.status == status] if status else []),
    )
    own = exists().where(ENROLMENT.person_id == PERSON.id, seen)
    shared = exists().where(
        MEMBERSHIP.person_id == PERSON.id,
        MEMBERSHIP.until.is_(None),
        ENROLMENT.household_id == MEMBERSHIP.household_id,
        seen,
    )
    person = PERSON.id.table
    return or_(own.correlate(person), shared.correlate(person))


def read_found(
    db: Session, actor: Actor, person_ids: Sequence[int], status: Status | None
) -> dict[int, Found]:
    """Return those of these people whom the actor may see now, with what there is to show."""
    scope = [PERSON.id.in_(person_ids), people_in_scope(actor, _SEE)]
    if status is not None:
        scope.append(open_in_status(actor, status))
    query = select(PERSON.id, PERSON.uuid, PERSON.registration_no, PERSON.full_name)
    people = db.execute(query.where(*scope, PERSON.merged_into_id.is_(None))).all()
    enrolled = _read_enrolments(db, actor, [row[0] for row in people])
    return {
        person_id: Found(uuid, number, name, tuple(sorted(enrolled.get(person_id, ()))))
        for person_id, uuid, number, name in people
    }


def _read_enrolments(db: Session, actor: Actor, person_ids: Sequence[int]) -> dict[int, set[str]]:
    person = PERSON.id.table
    joined = person.join(_ENROLMENT, ENROLMENT.person_id == PERSON.id)
    shared = person.join(
        _MEMBERSHIP, and_(MEMBERSHIP.person_id == PERSON.id, MEMBERSHIP.until.is_(None))
    ).join(_ENROLMENT, ENROLMENT.household_id == MEMBERSHIP.household_id)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for source in (joined, shared):
        query = (
            select(PERSON.id, PROGRAMME.code, ENROLMENT.status)
            .select_from(source.join(PROGRAMME.id.table, PROGRAMME.id == ENROLMENT.programme_id))
            .where(
                PERSON.id.in_(person_ids),
                ENROLMENT.ended_on.is_(None),
                enrolments_in_scope(actor, _SEE),
            )
        )
        for person_id, code, status in db.execute(query):
            found[person_id].add(f"{code}:{status}")
    return found
