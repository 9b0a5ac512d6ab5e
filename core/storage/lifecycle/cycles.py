"""Taking people over into the next cycle of their programme: laid like any other order, and one
batch that begins their new enrolments and, where asked for, ends the old ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import column, insert, select, table, text
from sqlmodel import Session

from core.domain.criteria import Criteria, level_of, parse, to_json
from core.domain.fields import Status
from core.domain.lifecycle import Block, ExitReason, HouseholdRule, OrderState
from core.domain.permissions import Permission
from core.models import Batch, Enrolment, Person, Unit
from core.settings import now
from core.storage import series
from core.storage.acts.batches import set_counts
from core.storage.audit import record_act
from core.storage.columns import ENROLMENT, PERSON
from core.storage.dialect import analyse, ask, make_temporary, run, spelling
from core.storage.lifecycle import move_places, move_undo, move_view, moves
from core.storage.lifecycle.move_plan import Plan
from core.storage.selection import enrolments_in_scope, holds

KIND = moves.ROLL_OVER
_CHOSEN, _LED, _BEGUN = "chosen_enrolment", "led_household", "begun_enrolment"


def is_there(row: str, cycle: str) -> str:
    """Write whether the subject of an enrolment, a person or a household, has one in a cycle."""
    there = (
        f"SELECT 1 FROM enrolment x WHERE x.programme_id = {row}.programme_id "  # noqa: S608
        f"AND x.cycle = {cycle}"
    )
    return (
        f"CASE WHEN {row}.household_id IS NULL THEN EXISTS ({there} "
        f"AND x.person_id = {row}.person_id AND x.household_id IS NULL) "
        f"ELSE EXISTS ({there} AND x.household_id = {row}.household_id) END"
    )


_NEXT = is_there("e", ":next")
_LIVES_IN = "(SELECT household_id FROM membership WHERE person_id = e.person_id AND until IS NULL)"


@dataclass(frozen=True)
class RollOver:
    """From which cycle into the next: with which status (None: each its own), for whom, and
    whether the old enrolments end."""

    cycle: int
    criteria: Criteria
    status: Status | None = None
    ends: bool = True

    @property
    def into(self) -> int:
        return self.cycle + 1

    def to_json(self) -> dict[str, Any]:
        """Return what an order keeps as its scope."""
        return {
            "cycle": self.cycle,
            "criteria": to_json(self.criteria),
            "status": self.status and self.status.value,
            "ends": self.ends,
        }


def read_scope(scope: Mapping[str, Any]) -> RollOver:
    """Return what an order of this kind asks for."""
    status = Status(scope["status"]) if scope["status"] else None
    return RollOver(scope["cycle"], parse(scope["criteria"]), status, scope["ends"])


def lay(db: Session, plan: Plan, wanted: RollOver) -> None:
    """Lay in everybody of a cycle for whom the criteria hold, within the actor's grants; where the
    programme has a household rule, a household goes over as one with all its members."""
    plan.order.scope = wanted.to_json()
    _choose(db, plan, wanted)
    values = _values(plan, wanted)
    rule = plan.rule is not HouseholdRule.NONE
    home = f"COALESCE(e.household_id, {_LIVES_IN})" if rule else "NULL"
    _insert_subjects(db, "CHOSEN", home, f"{_CHOSEN} c JOIN enrolment e ON e.id = c.id", values)
    if rule:
        _cascade(db, plan, values)
    settle(db, plan, wanted)


def _choose(db: Session, plan: Plan, wanted: RollOver) -> None:
    scope = enrolments_in_scope(plan.actor, Permission.TRANSITION, level_of(wanted.criteria))
    people, enrolments = cast(Any, Person).__table__, cast(Any, Enrolment).__table__
    query = (
        select(ENROLMENT.id)
        .select_from(enrolments.join(people, PERSON.id == ENROLMENT.person_id))
        .where(
            ENROLMENT.programme_id == plan.programme.id,
            ENROLMENT.cycle == wanted.cycle,
            PERSON.merged_into_id.is_(None),
            scope,
            holds(wanted.criteria, plan.today),
        )
    )
    make_temporary(db, _CHOSEN, "SELECT 0 AS id WHERE false")
    db.execute(insert(table(_CHOSEN, column("id"))).from_select(["id"], query))
    analyse(db, _CHOSEN)


def _values(plan: Plan, wanted: RollOver) -> dict[str, object]:
    return {
        "order": plan.order.id,
        "programme": plan.programme.id,
        "cycle": wanted.cycle,
        "next": wanted.into,
        "day": plan.order.effective_on if wanted.ends else None,
        "reason": ExitReason.NEXT_CYCLE.value if wanted.ends else None,
    }


def _insert_subjects(
    db: Session, part: str, home: str, source: str, values: Mapping[str, object]
) -> None:
    words = spelling(db)
    day = words.day(":day")
    given = {**values, "day": values["day"] and words.write_day(cast(Any, values["day"]))}
    run(
        db,
        "INSERT INTO move_subject (order_id, enrolment_id, version, part, household_id, blocked, "  # noqa: S608
        f"status, since, ended_on, exit_reason) SELECT :order, e.id, e.version, '{part}', {home}, "
        f"CASE WHEN e.ended_on IS NOT NULL THEN '{Block.ENDED}' "
        f"WHEN {_NEXT} THEN '{Block.ALREADY}' WHEN e.since > {day} THEN '{Block.LATER}' END, "
        f"e.status, e.since, {day}, :reason FROM {source} "
        "WHERE e.programme_id = :programme AND e.cycle = :cycle ON CONFLICT DO NOTHING",
        **given,
    )


def _cascade(db: Session, plan: Plan, values: Mapping[str, object]) -> None:
    """Lay in the rest of the households of those who go over."""
    make_temporary(
        db,
        _LED,
        "SELECT DISTINCT household_id AS id FROM move_subject "
        "WHERE order_id = :order AND blocked IS NULL AND household_id IS NOT NULL",
        index="id",
        order=plan.order.id,
    )
    own = f"{_LED} l JOIN enrolment e ON e.household_id = l.id AND e.ended_on IS NULL"
    members = (
        f"{_LED} l JOIN membership m ON m.household_id = l.id AND m.until IS NULL "
        "JOIN enrolment e ON e.person_id = m.person_id AND e.household_id IS NULL "
        "AND e.ended_on IS NULL"
    )
    for source in (own, members):
        _insert_subjects(db, "CARRIED", "l.id", source, values)
    move_undo.block_outside(db, plan.actor, plan.order)


def settle(db: Session, plan: Plan, wanted: RollOver) -> None:
    """Count what an order would do now: beside move_view.count how many begin with which status."""
    order, free = plan.order, _block_full(db, plan, wanted)
    rows = db.execute(
        text(
            f"SELECT {_status(wanted)} AS status, count(*) FROM move_subject s "  # noqa: S608
            "JOIN enrolment e ON e.id = s.enrolment_id "
            "WHERE s.order_id = :order AND s.blocked IS NULL GROUP BY 1"
        ),
        {"order": order.id},
    )
    begins = {str(status): int(count) for status, count in rows}
    order.counts = {**move_view.count(db, order), "free_places": free, "begins": begins}
    db.flush()


def _status(wanted: RollOver) -> str:
    return f"'{wanted.status.value}'" if wanted.status else "e.status"


def _block_full(db: Session, plan: Plan, wanted: RollOver) -> int | None:
    """Block everybody when more places would be taken than are free; return the free places, None
    where there is no limit or nobody would take a place."""
    programme, order = plan.programme, plan.order.id
    if programme.capacity is None:
        return None
    run(
        db,
        "UPDATE move_subject SET blocked = NULL "  # noqa: S608
        f"WHERE order_id = :order AND blocked = '{Block.CAPACITY}'",
        order=order,
    )
    of_unit = "IS NOT NULL" if programme.unit == Unit.HOUSEHOLD else "IS NULL"
    movers = (
        "SELECT count(*) FROM move_subject s JOIN enrolment e ON e.id = s.enrolment_id "  # noqa: S608
        f"WHERE s.order_id = :order AND s.blocked IS NULL AND e.household_id {of_unit} AND "
    )
    takers = ask(db, f"{movers} {_status(wanted)} = 'ACTIVE'", order=order)
    leavers = ask(db, f"{movers} e.status = 'ACTIVE'", order=order) if wanted.ends else 0
    taken = ask(
        db,
        "SELECT count(*) FROM enrolment WHERE programme_id = :programme "  # noqa: S608
        f"AND status = 'ACTIVE' AND ended_on IS NULL AND household_id {of_unit}",
        programme=programme.id,
    )
    free = max(0, programme.capacity - taken)
    if takers - leavers > free:
        run(
            db,
            f"UPDATE move_subject SET blocked = '{Block.CAPACITY}' "  # noqa: S608
            "WHERE order_id = :order AND blocked IS NULL",
            order=order,
        )
    return free if takers else None


def execute(db: Session, plan: Plan, actor_name: str | None = None) -> None:
    """Take over whoever of an order still may be, as one batch with its act in the log."""
    order, wanted = plan.order, read_scope(plan.order.scope)
    moves.lock_programmes(db, plan.programme.id or 0)
    move_places.unblock_full(db, plan)
    moves.block_changed(db, order)
    move_undo.block_outside(db, plan.actor, order)
    _block_again(db, plan, wanted)
    settle(db, plan, wanted)
    batch = None
    if moves.count_movers(db, order):
        who = actor_name or plan.actor.name
        batch = moves.open_batch(db, order, KIND, who, now())
        batch.details = {**batch.details, "cycle": wanted.into}
        begun = _begin(db, plan, wanted, batch)
        if wanted.ends:
            moves.apply(db, order, batch.id or 0, batch.recorded_at)
        counts = {"moved": order.counts["moved"], "carried": order.counts["carried"]}
        set_counts(db, batch.id or 0, {**counts, "begun": begun})
        told = {"programme": plan.programme.code, "cycle": wanted.into, "ends": wanted.ends}
        record_act(db, who, KIND, f"batch:{batch.uuid}", **told, **counts, begun=begun)
    moves.close_order(db, order, OrderState.DONE, batch)


def _block_again(db: Session, plan: Plan, wanted: RollOver) -> None:
    """Block who has been enrolled in the next cycle meanwhile, and the carried whose household no
    chosen one leads any more."""
    run(
        db,
        f"UPDATE move_subject SET blocked = '{Block.ALREADY}' WHERE order_id = :order "  # noqa: S608
        "AND blocked IS NULL AND EXISTS (SELECT 1 FROM enrolment e "
        f"WHERE e.id = move_subject.enrolment_id AND {_NEXT})",
        order=plan.order.id,
        next=wanted.into,
    )
    run(
        db,
        f"UPDATE move_subject SET blocked = '{Block.LEADER}' WHERE order_id = :order "  # noqa: S608
        "AND part = 'CARRIED' AND blocked IS NULL AND NOT EXISTS (SELECT 1 FROM move_subject c "
        "WHERE c.order_id = :order AND c.part = 'CHOSEN' AND c.blocked IS NULL "
        "AND c.household_id = move_subject.household_id)",
        order=plan.order.id,
    )


def _begin(db: Session, plan: Plan, wanted: RollOver, batch: Batch) -> int:
    """Begin the enrolments of the next cycle, as part of a batch; return how many."""
    words, order = spelling(db), plan.order
    make_temporary(
        db,
        _BEGUN,
        f"SELECT e.person_id, e.household_id, {_status(wanted)} AS status, "  # noqa: S608
        "row_number() OVER (ORDER BY e.id) AS rank FROM move_subject s "
        "JOIN enrolment e ON e.id = s.enrolment_id "
        "WHERE s.order_id = :order AND s.blocked IS NULL",
        order=order.id,
    )
    count = ask(db, f"SELECT count(*) FROM {_BEGUN}")  # noqa: S608
    values = {
        "before": series.take(db, "enrolment", count),
        "day": words.write_day(order.effective_on),
    }
    run(
        db,
        "INSERT INTO enrolment (id, uuid, version, programme_id, cycle, person_id, household_id, "  # noqa: S608
        f"status, since, enrolled_on) SELECT :before + rank, {words.uuid}, 1, :programme, :next, "
        f"person_id, household_id, status, {words.day(':day')}, {words.day(':day')} FROM {_BEGUN}",
        programme=plan.programme.id,
        next=wanted.into,
        **values,
    )
    run(
        db,
        "INSERT INTO status_change (enrolment_id, batch_id, after, reason, note, effective_on, "  # noqa: S608
        f"recorded_at) SELECT :before + rank, :batch, status, :reason, :note, {words.day(':day')}, "
        f"{words.moment(':at')} FROM {_BEGUN} ORDER BY rank",
        batch=batch.id,
        reason=order.reason,
        note=order.note,
        at=words.write_moment(batch.recorded_at),
        **values,
    )
    moves.tell_search(db, order)
    return count
