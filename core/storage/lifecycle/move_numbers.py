"""The people and households that a list of numbers names, and their enrolments in a programme."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, and_, column, exists, func, insert, or_, select, table
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.models import MoveOrder, MoveSubject, Programme, Unit
from core.storage.bulk import insert_rows
from core.storage.columns import ENROLMENT, MEMBERSHIP, PERSON
from core.storage.dialect import analyse, make_temporary, run
from core.storage.selection import enrolments_in_scope, people_in_scope

_SUBJECT = cast(Any, MoveSubject).__table__.c
_NUMBERS, _NAMED = "asked_number", "named_enrolment"
_LONGEST_CHAIN = 10
"""How many merges a number is followed through."""
NUMBERS_KEPT = 1_000


@dataclass(frozen=True)
class Named:
    """Where a list of numbers leads: `keys` is the query of the enrolments, `unknown` are numbers
    of nobody within the actor's grants, `elsewhere` those of somebody who is not among the
    enrolments asked about; `repeated` numbers stood in the list more than once."""

    keys: Select[Any]
    unknown: Sequence[str]
    elsewhere: Sequence[str]
    given: int
    repeated: int

    def to_scope(self) -> dict[str, Any]:
        """Return what an order keeps of its list: the numbers in full, the names of the first."""
        return {
            "numbers": self.given,
            "repeated": self.repeated,
            "unknown_count": len(self.unknown),
            "unknown": list(self.unknown[:NUMBERS_KEPT]),
            "elsewhere_count": len(self.elsewhere),
            "elsewhere": list(self.elsewhere[:NUMBERS_KEPT]),
        }


def find_named(db: Session, actor: Actor, programme: Programme, numbers: Sequence[str]) -> Named:
    """Return which enrolments in a programme registration and household numbers name within the
    actor's grants, and which numbers name none, in their order.

    A person's number means their newest open enrolment, else their newest; in a programme of
    households that of their household. The number of a merged person leads to the survivor.
    """
    given = _take(db, numbers)
    _resolve(db, through_people=programme.unit == Unit.HOUSEHOLD)
    _gather(db, actor, ENROLMENT.programme_id == programme.id)
    return _answer(db, actor, given)


def find_named_in(db: Session, actor: Actor, order: MoveOrder, numbers: Sequence[str]) -> Named:
    """Return the same of the subjects of an undo's order."""
    given = _take(db, numbers)
    _resolve(db, through_people=True)
    laid = select(_SUBJECT.enrolment_id).where(_SUBJECT.order_id == order.id)
    _gather(db, actor, ENROLMENT.id.in_(laid))
    return _answer(db, actor, given)


def _take(db: Session, numbers: Sequence[str]) -> Counter[str]:
    """Put the numbers of a list into a table, each once; return how often each stood in it."""
    asked = Counter(one.strip().upper() for one in numbers if one.strip())
    make_temporary(
        db,
        _NUMBERS,
        "SELECT 0 AS n, CAST('' AS text) AS number, 0 AS person_id, 0 AS household_id WHERE false",
    )
    insert_rows(db, _NUMBERS, ("n", "number"), enumerate(asked))
    analyse(db, _NUMBERS)
    return asked


def _answer(db: Session, actor: Actor, given: Counter[str]) -> Named:
    asked = table(
        _NUMBERS, column("n"), column("number"), column("person_id"), column("household_id")
    )
    known = _is_known(actor, asked.c).label("known")
    lost = select(asked.c.number, known).where(
        asked.c.n.not_in(select(table(_NAMED, column("n")).c.n))
    )
    rows = db.execute(lost.order_by(asked.c.n)).all()
    return Named(
        keys=select(table(_NAMED, column("id")).c.id),
        unknown=[row.number for row in rows if not row.known],
        elsewhere=[row.number for row in rows if row.known],
        given=given.total(),
        repeated=sum(times > 1 for times in given.values()),
    )


def _is_known(actor: Actor, asked: Any) -> Any:  # noqa: ANN401 - columns, an SQL condition
    """Whether a number is that of somebody whom the actor may move, or of a household in which
    somebody like that lives: what is not theirs is like what is not there."""
    within = people_in_scope(actor, Permission.TRANSITION)
    lives = PERSON.id.table.join(MEMBERSHIP.id.table, MEMBERSHIP.person_id == PERSON.id)
    home = (MEMBERSHIP.household_id == asked.household_id, MEMBERSHIP.until.is_(None))
    person = exists().select_from(PERSON.id.table).where(PERSON.id == asked.person_id, within)
    return or_(
        person,
        and_(
            asked.person_id.is_(None),
            exists().select_from(lives).where(*home, within),
        ),
    )


def _resolve(db: Session, *, through_people: bool) -> None:
    """Fill in whom each number means; `through_people` adds the households that people live in."""
    for entity, name in (("person", "registration_no"), ("household", "number")):
        run(
            db,
            f"UPDATE {_NUMBERS} SET {entity}_id = x.id FROM {entity} x "  # noqa: S608
            f"WHERE x.{name} = {_NUMBERS}.number",
        )
        for _step in range(_LONGEST_CHAIN):
            followed = run(
                db,
                f"UPDATE {_NUMBERS} SET {entity}_id = x.merged_into_id FROM {entity} x "  # noqa: S608
                f"WHERE x.id = {_NUMBERS}.{entity}_id AND x.merged_into_id IS NOT NULL",
            )
            if not followed:
                break
    if through_people:
        run(
            db,
            f"UPDATE {_NUMBERS} SET household_id = m.household_id FROM membership m "  # noqa: S608
            f"WHERE m.person_id = {_NUMBERS}.person_id AND m.until IS NULL",
        )


def _gather(db: Session, actor: Actor, among: Any) -> None:  # noqa: ANN401 - an SQL condition
    asked = table(_NUMBERS, column("n"), column("person_id"), column("household_id"))
    alone = and_(ENROLMENT.household_id.is_(None), ENROLMENT.person_id == asked.c.person_id)
    home = ENROLMENT.household_id == asked.c.household_id
    order = (ENROLMENT.ended_on.is_not(None), ENROLMENT.cycle.desc(), ENROLMENT.id.desc())
    rank = func.row_number().over(partition_by=asked.c.n, order_by=order)
    found = [
        select(asked.c.n, ENROLMENT.id, rank.label("rank"))
        .select_from(asked)
        .join(ENROLMENT.id.table, means)
        .join(PERSON.id.table, PERSON.id == ENROLMENT.person_id)
        .where(
            among,
            enrolments_in_scope(actor, Permission.TRANSITION),
        )
        .subquery()
        for means in (alone, home)
    ]
    make_temporary(db, _NAMED, "SELECT 0 AS n, 0 AS id WHERE false")
    named = table(_NAMED, column("n"), column("id"))
    for one in found:
        first = select(one.c.n, one.c.id).where(one.c.rank == 1)
        db.execute(insert(named).from_select(["n", "id"], first))
    analyse(db, _NAMED)
