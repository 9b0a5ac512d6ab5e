"""The one way in which households and their members are moved, split, merged and led anew.

Memberships are dated rows: the present one ends on the day, another begins on it; who stays keeps
theirs, with another part in it. Every row that is written is noted by its images, so that the act
can be put back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import insert, update
from sqlmodel import Session

from core.domain.fields import Status
from core.domain.households import NEW, Fate, Home, Kind, Outcome, Plan, Step
from core.domain.lifecycle import ExitReason, OrderState, Part, State
from core.domain.numbers import write_number
from core.models import (
    Batch,
    Enrolment,
    Household,
    HouseholdKey,
    Membership,
    MoveOrder,
    MoveSubject,
    Person,
    StatusChange,
)
from core.storage import series
from core.storage.acts.batches import note_changed, note_new
from core.storage.acts.reversal import Recorder, recording, tell_search
from core.storage.columns import ENROLMENT, HOUSEHOLD, MEMBERSHIP, PERSON
from core.storage.dialect import make_temporary
from core.storage.importing.households import MOVED, move_people
from core.storage.lifecycle import move_view, moves

_KEY = cast(Any, HouseholdKey).__table__


@dataclass(frozen=True)
class Work:
    """A plan on its way into the tables: as part of which batch, from which day on, and the
    household that it founds."""

    db: Session
    plan: Plan
    batch: Batch
    on: date
    recorder: Recorder
    founded: int | None

    @property
    def batch_id(self) -> int:
        return self.batch.id or 0

    def key_of(self, home: int | None) -> int | None:
        return self.founded if home == NEW else home


def open_batch(db: Session, plan: Plan, actor: str, reason: str, at: datetime) -> Batch:
    """Insert the batch of an act."""
    batch = Batch(kind=plan.kind.value, uuid=uuid4(), actor=actor, recorded_at=at, reason=reason)
    db.add(batch)
    db.flush()
    return batch


def write(db: Session, plan: Plan, batch: Batch, on: date) -> UUID:
    """Write a plan as part of a batch; return the household to look at then: the founded one, the
    one that stays, or the one it was about. Needs home_acts.lock."""
    with recording(db, batch.id or 0) as recorder:
        _watch(recorder, plan)
        founded = _found(db, plan, on, recorder)
        work = Work(db, plan, batch, on, recorder, founded.id if founded else None)
        _move_members(work)
        _change_homes(work)
        _move_places(work)
        _pass_enrolments(work)
        _begin_enrolments(work)
    _end_enrolments(work)
    people = [member.person_id for home in plan.homes for member in home.members]
    tell_search(db, people)
    db.flush()
    return founded.uuid if founded else (plan.other or plan.home).uuid


def _watch(recorder: Recorder, plan: Plan) -> None:
    ending = {o.enrolled.id for o in plan.outcomes if o.fate is Fate.ENDS}
    written = {o.enrolled.id for o in plan.outcomes if o.fate in (Fate.HOLDER, Fate.PASSES)}
    members = [member for home in plan.homes for member in home.members]
    recorder.watch("household", [home.id for home in plan.homes])
    recorder.watch("person", [member.person_id for member in members])
    recorder.watch("membership", [member.membership_id for member in members])
    # What ends has its status taken back instead, which is an undo of its own.
    recorder.watch("enrolment", sorted((written | plan.touched) - ending))
    if plan.kind is Kind.MERGE:
        recorder.watch("household_key", list(plan.home.keys))


def _found(db: Session, plan: Plan, on: date, recorder: Recorder) -> Household | None:
    """Found the household of a split."""
    if plan.kind is not Kind.SPLIT or plan.area is None:
        return None
    number = series.take(db, "household", 1) + 1
    made = Household(
        id=number,
        number=write_number("H", number),
        location_id=plan.area.id,
        registered_on=on,
    )
    db.add(made)
    db.flush()
    recorder.made("household", number)
    note_new(db, recorder.batch_id, "household", [number])
    return made


def _move_members(work: Work) -> None:
    """End the memberships of those who go, let those who stay have their new part, then begin the
    new ones: nobody ever lives in two households, and none ever has two heads."""
    staying = [step for step in work.plan.steps if step.to == step.origin.id]
    going = [step for step in work.plan.steps if step.to != step.origin.id]
    _change_memberships(work, going, until=work.on)
    _change_memberships(work, staying, is_head=False)
    for step in staying:
        _change_memberships(work, [step], is_head=step.is_head, relationship=step.relationship)
    for step in going:
        home = work.key_of(step.to)
        if home is not None:
            made = insert(Membership).values(
                household_id=home,
                person_id=step.member.person_id,
                relationship=step.relationship,
                is_head=step.is_head,
                since=work.on,
            )
            found = work.db.execute(made.returning(MEMBERSHIP.id)).scalar_one()
            work.recorder.made("membership", int(found))
    for step in work.plan.steps:
        diff = {step.member.person_id: _difference(step, work.key_of(step.to))}
        note_changed(work.db, work.batch_id, "membership", diff)


def _change_memberships(work: Work, steps: Iterable[Step], **values: object) -> None:
    keys = [step.member.membership_id for step in steps]
    work.db.execute(update(Membership).where(MEMBERSHIP.id.in_(keys)).values(**values))


def _difference(step: Step, home: int | None) -> dict[str, list[Any]]:
    before, gone = step.member, home is None
    pairs: dict[str, list[Any]] = {
        "household": [step.origin.id, home],
        "is_head": [before.is_head, None if gone else step.is_head],
        "relationship": [before.relationship, step.relationship],
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _move_places(work: Work) -> None:
    """Bring everybody to where their household lives; who changes households is another version
    afterwards, moved or not."""
    db, plan = work.db, work.plan
    homes = [home.id for home in plan.homes] + ([work.founded] if work.founded else [])
    make_temporary(
        db,
        MOVED,
        "SELECT p.id, p.location_id AS old_place, h.location_id AS new_place, "  # noqa: S608
        "CAST(NULL AS integer) AS row_no FROM household h "
        "JOIN membership m ON m.household_id = h.id AND m.until IS NULL "
        "JOIN person p ON p.id = m.person_id AND p.location_id <> h.location_id "
        f"WHERE h.id IN ({', '.join(str(int(home)) for home in homes)})",
    )
    move_people(db, work.batch_id)
    changed = [step.member.person_id for step in plan.steps]
    raised = update(Person).where(PERSON.id.in_(changed))
    db.execute(raised.values(version=PERSON.version + 1))


def _change_homes(work: Work) -> None:
    """Write place, size and successor of the households; each is another version afterwards."""
    plan, db = work.plan, work.db
    for home in plan.homes:
        diff: dict[str, list[Any]] = {}
        values: dict[str, Any] = {"version": HOUSEHOLD.version + 1}
        if home.id in plan.sizes:
            values["size"] = plan.sizes[home.id]
            diff["size"] = [home.size, values["size"]]
        if plan.kind is Kind.MOVE and plan.area is not None:
            values["location_id"] = plan.area.id
            diff["location"] = [home.area.code, plan.area.code]
        if plan.kind is Kind.MERGE and plan.other is not None:
            if home is plan.home:
                values["merged_into_id"] = plan.other.id
                diff["merged_into"] = [None, plan.other.number]
            else:
                diff["merged"] = [None, plan.home.number]
        db.execute(update(Household).where(HOUSEHOLD.id == home.id).values(**values))
        if diff:
            note_changed(db, work.batch_id, "household", {home.id: diff})
    if plan.kind is Kind.MERGE and plan.other is not None and plan.home.keys:
        _move_keys(work, plan.home, plan.other)


def _move_keys(work: Work, home: Home, other: Home) -> None:
    """Let files that know the household by its key find the one that stays."""
    work.db.execute(
        update(_KEY).where(_KEY.c.household_id == home.id).values(household_id=other.id)
    )
    diff = {f"{space}/{key}": [home.id, other.id] for space, key in home.keys}
    note_changed(work.db, work.batch_id, "household_key", {home.id: diff})


def _pass_enrolments(work: Work) -> None:
    """Hand over what somebody else stands for or another household has; raise the version of all
    that somebody may be looking at."""
    ending = {o.enrolled.id for o in work.plan.outcomes if o.fate is Fate.ENDS}
    passed = [o for o in work.plan.outcomes if o.fate in (Fate.HOLDER, Fate.PASSES)]
    for outcome in passed:
        values = {"person_id": outcome.holder, "household_id": outcome.household_id}
        change = update(Enrolment).where(ENROLMENT.id == outcome.enrolled.id)
        work.db.execute(change.values(**values, version=ENROLMENT.version + 1))
    rest = work.plan.touched - ending - {outcome.enrolled.id for outcome in passed}
    raised = update(Enrolment).where(ENROLMENT.id.in_(sorted(rest)))
    work.db.execute(raised.values(version=ENROLMENT.version + 1))


def _begin_enrolments(work: Work) -> None:
    """Enrol households that were not, each with its first status."""
    beginning = [o for o in work.plan.outcomes if o.fate is Fate.BEGINS]
    before = series.take(work.db, "enrolment", len(beginning)) if beginning else 0
    for number, outcome in enumerate(beginning, start=before + 1):
        status = Status(outcome.enrolled.status)
        work.db.add(
            Enrolment(
                id=number,
                programme_id=outcome.enrolled.programme_id,
                cycle=outcome.enrolled.cycle,
                person_id=outcome.holder,
                household_id=work.key_of(outcome.household_id),
                status=status,
                since=work.on,
                enrolled_on=work.on,
            )
        )
        work.db.flush()
        first = StatusChange(
            enrolment_id=number,
            batch_id=work.batch_id,
            after=status,
            effective_on=work.on,
            recorded_at=work.batch.recorded_at,
        )
        work.db.add(first)
        work.db.flush()
        work.recorder.made("enrolment", number)
        work.recorder.made("status_change", first.id or 0)


def _end_enrolments(work: Work) -> None:
    """End what the household that stays has already, as a move of statuses inside this batch."""
    ending = [o for o in work.plan.outcomes if o.fate is Fate.ENDS]
    if not ending:
        return
    order = moves.add_order(
        work.db,
        MoveOrder(
            kind=work.plan.kind.value,
            actor=work.batch.actor,
            target=State.EXITED,
            reason=ExitReason.DUPLICATE.value,
            effective_on=work.on,
            made_at=work.batch.recorded_at,
            batch_id=work.batch_id,
        ),
    )
    work.db.add_all(_subjects(order, ending, work.on))
    work.db.flush()
    order.counts = {**move_view.count(work.db, order), "free_places": None}
    moves.apply(work.db, order, work.batch_id, work.batch.recorded_at)
    moves.close_order(work.db, order, OrderState.DONE, work.batch)


def _subjects(order: MoveOrder, ending: Iterable[Outcome], on: date) -> list[MoveSubject]:
    return [
        MoveSubject(
            order_id=order.id or 0,
            enrolment_id=outcome.enrolled.id,
            version=outcome.enrolled.version,
            part=Part.CHOSEN,
            household_id=outcome.enrolled.household_id,
            status=Status(outcome.enrolled.status),
            since=outcome.enrolled.since,
            ended_on=on,
            exit_reason=ExitReason.DUPLICATE.value,
        )
        for outcome in ending
    ]
