"""Statuses brought by an import: where the analyst says that the file's count, known people move as
the programme allows, each by itself; who may not is named with the reason."""

from datetime import date
from typing import Any, cast

from sqlalchemy import column, select, table, update
from sqlmodel import Session

from core.domain.lifecycle import Block, Move, OrderState, Part, State, read_moves
from core.domain.permissions import Actor
from core.models import Batch, Enrolment, MoveOrder, Person, Programme
from core.storage.columns import ENROLMENT, PERSON
from core.storage.dialect import ask, make_temporary, run, spelling
from core.storage.importing.matching import FOUND
from core.storage.importing.publish import Publication
from core.storage.importing.revise import TOUCHED
from core.storage.lifecycle import move_view, moves
from core.storage.selection import holds

KIND = "import"
"""The kind of the orders of such moves; they belong to the batch of their publish."""
MOVING = "work_status"
"""The temporary table of known people whose row has another status than they: n, row_no,
enrolment_id, person_id, version, before, after, blocked."""
_APPROVAL = "APPROVAL"
"""The programme asks a second person for every move: a file is none."""
_WHYS = (*(Block.ENDED, Block.NOT_ALLOWED, Block.LATER, Block.CONDITION, Block.CAPACITY), _APPROVAL)
_RULE = "status_not_moved_"
NOT_MOVED = tuple(f"{_RULE}{str(why).lower()}" for why in _WHYS)
"""The rules of rows whose status does not move, one for each reason."""


def lay(db: Session, publication: Publication) -> None:
    """Fill MOVING, from the rows that are not as they were last taken. Needs FOUND."""
    programme = db.get_one(Programme, publication.programme_id)
    allowed = read_moves(programme.moves)
    words = spelling(db)
    make_temporary(
        db,
        MOVING,
        "SELECT f.n, f.row_no, e.id AS enrolment_id, e.person_id, e.version, "  # noqa: S608
        f"e.status AS before, s.status AS after, CAST(CASE {_reasons(programme, allowed)} "
        f"WHEN e.since > {words.day(':day')} THEN '{Block.LATER}' END AS varchar(20)) AS blocked "
        f"FROM {FOUND} f JOIN {publication.stage.rows} s ON s.n = f.n "
        "JOIN enrolment e ON e.person_id = f.person_id AND e.programme_id = :programme "
        "AND (e.household_id IS NOT NULL) = :by_household WHERE NOT f.same "
        "AND s.status IS NOT NULL AND (s.status <> e.status OR e.ended_on IS NOT NULL) "
        f"AND NOT EXISTS (SELECT 1 FROM enrolment x WHERE {_BETTER})",
        index="n",
        programme=programme.id,
        by_household=publication.by_household,
        day=words.write_day(publication.today),
    )
    for move in allowed:
        if move.condition is not None:
            _block_unmet(db, move, publication.today)
    if programme.capacity is not None:
        _block_full(db, programme, by_household=publication.by_household)


_BETTER = (
    "x.person_id = e.person_id AND x.programme_id = e.programme_id "
    "AND (x.household_id IS NULL) = (e.household_id IS NULL) "
    "AND (x.ended_on IS NULL AND e.ended_on IS NOT NULL "
    "OR (x.ended_on IS NULL) = (e.ended_on IS NULL) AND x.cycle > e.cycle)"
)
"""Of several cycles the newest open enrolment counts."""


def _reasons(programme: Programme, allowed: tuple[Move, ...]) -> str:
    """Write why a status does not move, the first reason that fits, without the last one."""
    pairs = " OR ".join(
        f"(e.status = '{move.before}' AND s.status = '{move.after}')" for move in allowed
    )
    approval = f"WHEN true THEN '{_APPROVAL}' " if programme.approval else ""
    return (
        f"WHEN e.ended_on IS NOT NULL THEN '{Block.ENDED}' "
        f"WHEN NOT ({pairs or 'false'}) THEN '{Block.NOT_ALLOWED}' {approval}"
    )


def _block_unmet(db: Session, move: Move, today: date) -> None:
    """Block whoever does not meet the condition of a move."""
    if move.condition is None:
        return
    names = ("enrolment_id", "before", "after", "blocked")
    moving = cast(Any, table(MOVING, *(column(name) for name in names)))
    here = (
        moving.c.blocked.is_(None),
        moving.c.before == move.before.value,
        moving.c.after == move.after.value,
    )
    enrolments, people = cast(Any, Enrolment).__table__, cast(Any, Person).__table__
    met = (
        select(ENROLMENT.id)
        .select_from(enrolments.join(people, PERSON.id == ENROLMENT.person_id))
        .where(
            ENROLMENT.id.in_(select(moving.c.enrolment_id).where(*here)),
            holds(move.condition, today),
        )
    )
    unmet = update(moving).where(*here, moving.c.enrolment_id.not_in(met))
    db.execute(unmet.values(blocked=Block.CONDITION.value))


def _block_full(db: Session, programme: Programme, *, by_household: bool) -> None:
    """Block every move to ACTIVE where the programme has fewer free places than are asked for."""
    asked = _count(db, f"blocked IS NULL AND after = '{State.ACTIVE}'")
    freed = _count(db, f"blocked IS NULL AND before = '{State.ACTIVE}'")
    taken = ask(
        db,
        "SELECT count(*) FROM enrolment WHERE programme_id = :programme AND status = 'ACTIVE' "
        "AND ended_on IS NULL AND (household_id IS NOT NULL) = :by_household",
        programme=programme.id,
        by_household=by_household,
    )
    if asked > max(0, (programme.capacity or 0) - taken + freed):
        run(
            db,
            f"UPDATE {MOVING} SET blocked = '{Block.CAPACITY}' "  # noqa: S608
            f"WHERE blocked IS NULL AND after = '{State.ACTIVE}'",
        )


def _count(db: Session, condition: str) -> int:
    return ask(db, f"SELECT count(*) FROM {MOVING} WHERE {condition}")  # noqa: S608


def count_moving(db: Session) -> int:
    """Return how many statuses move, needs MOVING."""
    return _count(db, "blocked IS NULL")


def count_unchanged_else(db: Session) -> int:
    """Return how many rows change nothing but a status, needs MOVING and TOUCHED."""
    return _count(db, f"blocked IS NULL AND person_id NOT IN (SELECT person_id FROM {TOUCHED})")  # noqa: S608


def note_unmoved(db: Session, run_id: int, header: str) -> None:
    """Write down the rows whose status does not move and why; the column's header is `header`."""
    run(
        db,
        "INSERT INTO row_issue (run_id, row_no, header, rule, severity, value) "  # noqa: S608
        f"SELECT :run, row_no, :header, '{_RULE}' || lower(blocked), 'warning', after "
        f"FROM {MOVING} WHERE blocked IS NOT NULL ORDER BY n",
        run=run_id,
        header=header,
    )


def move(db: Session, publication: Publication, actor: Actor, batch: Batch) -> int:
    """Lay the statuses and move whoever may, as part of a publish's batch; return how many.

    Needs moves.lock_programmes, and what the file changes else to be written.
    """
    lay(db, publication)
    if not count_moving(db):
        return 0
    words = spelling(db)
    order = moves.add_order(
        db,
        MoveOrder(
            kind=KIND,
            actor=actor.name,
            user_id=actor.user_id,
            programme_id=publication.programme_id,
            effective_on=publication.today,
            made_at=publication.at,
        ),
    )
    run(
        db,
        "INSERT INTO move_subject (order_id, enrolment_id, version, part, status, since) "  # noqa: S608
        f"SELECT :order, enrolment_id, version, '{Part.CHOSEN}', after, {words.day(':day')} "
        f"FROM {MOVING} WHERE blocked IS NULL",
        order=order.id,
        day=words.write_day(publication.today),
    )
    order.counts = {**move_view.count(db, order), "free_places": None}
    moved = moves.apply(db, order, batch.id or 0, publication.at)
    moves.close_order(db, order, OrderState.DONE, batch)
    return moved
