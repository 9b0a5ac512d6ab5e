"""Merging two records of one person, inside the caller's one transaction: all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlmodel import Session

from core.domain.fields import ATTRIBUTE_PREFIX, Relationship
from core.domain.lifecycle import ExitReason, OrderState, Part, State
from core.domain.merging import Fate, Side
from core.domain.permissions import Actor
from core.errors import Conflict, InvalidInput
from core.models import Batch, MoveOrder
from core.storage import audit
from core.storage.acts.reversal import Recorder, recording
from core.storage.columns import ENROLMENT, HOUSEHOLD, IDENTIFIER, MEMBERSHIP, PERSON
from core.storage.documents import table_of
from core.storage.importing.receipts import lock_publishes
from core.storage.lifecycle import move_view, moves
from core.storage.merging.merge_notes import note
from core.storage.merging.merge_plan import HomeFate, Plan, make_plan
from core.storage.merging.merge_records import read_record, stamp
from core.storage.search_entries import put_in_outbox

KIND = "people.merge"
_KEY = table_of("source_key").c


@dataclass(frozen=True)
class Wish:
    """Who is to be merged into whom, and `taken`: whose value of a field counts, or as
    enrolment.CODE whose enrolment goes on, where that is not as proposed."""

    survivor: UUID
    duplicate: UUID
    taken: Mapping[str, Side]


@dataclass(frozen=True)
class Merging:
    """A merge to carry out; `seen` is the stamp of what the actor looked at."""

    actor: Actor
    wish: Wish
    seen: str
    reason: str | None
    today: date
    at: datetime


def look(db: Session, actor: Actor, wish: Wish) -> tuple[Plan, str]:
    """Return what a merge would do now, and the stamp of what that depends on.

    Raises InvalidInput for a person with themselves, NotFound beyond the actor's grants, Conflict
    for somebody who is merged already.
    """
    if wish.survivor == wish.duplicate:
        raise InvalidInput("Nobody can be merged with themselves. Choose two different people.")
    survivor, duplicate = (read_record(db, actor, one) for one in (wish.survivor, wish.duplicate))
    return make_plan(db, survivor, duplicate, wish.taken), stamp((survivor, duplicate))


def merge(db: Session, order: Merging) -> tuple[Plan, Batch]:
    """Merge two people: one batch with whole images, so that it can be taken back.

    Raises Conflict where one of the two has changed since the actor looked, or where something
    has to be settled first.
    """
    _lock(db, order)
    plan, now = look(db, order.actor, order.wish)
    if now != order.seen:
        raise Conflict(
            "One of the two has been changed since you looked at them. Look at them again."
        )
    if plan.blockers:
        raise plan.blockers[0]
    batch = _open_batch(db, order, plan)
    with recording(db, batch.id or 0) as images:
        _watch(images, plan)
        _end_enrolments(db, order, plan, batch)
        _hand_over_enrolments(db, plan)
        _settle_household(db, order, plan, images)
        _hand_over_numbers(db, plan)
        _write_people(db, plan)
    note(db, plan, batch.id or 0)
    touched = {plan.survivor.id, plan.duplicate.id, *(line.stands or 0 for line in plan.lines)}
    put_in_outbox(db, sorted(touched - {0}))
    _log(db, order, plan, batch)
    return plan, batch


def _lock(db: Session, order: Merging) -> None:
    """Keep publishes and rewinds, acts on the statuses and other writers of the two out."""
    lock_publishes(db)
    wanted = (order.wish.survivor, order.wish.duplicate)
    programmes = db.execute(
        select(ENROLMENT.programme_id)
        .join_from(table_of("enrolment"), table_of("person"), PERSON.id == ENROLMENT.person_id)
        .where(PERSON.uuid.in_(wanted))
    )
    moves.lock_programmes(db, *programmes.scalars())
    people = select(PERSON.id).where(PERSON.uuid.in_(wanted)).order_by(PERSON.id)
    db.execute(people.with_for_update())


def _open_batch(db: Session, order: Merging, plan: Plan) -> Batch:
    survivor, duplicate = plan.survivor, plan.duplicate
    batch = Batch(
        kind=KIND,
        uuid=uuid4(),
        actor=order.actor.name,
        recorded_at=order.at,
        reason=order.reason,
        counts={
            "people": 1,
            "fields": sum(choice.changes for choice in plan.choices),
            "identifiers": len(duplicate.numbers),
            "enrolments": sum(line.fate in (Fate.JOINS, Fate.REPLACES) for line in plan.lines),
            "ended": len(plan.ending),
        },
        details={"survivor": str(survivor.row.uuid), "duplicate": str(duplicate.row.uuid)},
    )
    db.add(batch)
    db.flush()
    return batch


def _watch(images: Recorder, plan: Plan) -> None:
    survivor, duplicate = plan.survivor, plan.duplicate
    images.watch("person", [survivor.id, duplicate.id])
    images.watch("identifier", [number.id for number in duplicate.numbers])
    images.watch("source_key", [(space, key) for space, key, _digest in duplicate.keys])
    handed = [line for line in plan.lines if line.stands]
    swapped = [line.own.id for line in handed if line.own and line.fate is Fate.REPLACES]
    images.watch("enrolment", [line.held.id for line in handed] + swapped)
    homes = [record.home for record in (survivor, duplicate) if record.home]
    images.watch("membership", [home.membership_id for home in homes])
    images.watch("household", [home.household_id for home in homes])


def _end_enrolments(db: Session, order: Merging, plan: Plan, batch: Batch) -> None:
    """End what goes on in the other record, by the one way in which statuses move."""
    ending = plan.ending
    if not ending:
        return
    day = max(order.today, *(held.since for held in ending))
    exits = moves.add_order(
        db,
        MoveOrder(
            uuid=uuid4(),
            kind=KIND,
            actor=order.actor.name,
            target=State.EXITED,
            reason=ExitReason.DUPLICATE.value,
            effective_on=day,
            made_at=order.at,
        ),
    )
    rows = [
        {
            "order_id": exits.id,
            "enrolment_id": held.id,
            "version": held.version,
            "part": Part.CHOSEN,
            "status": held.status,
            "since": held.since,
            "ended_on": day,
            "exit_reason": ExitReason.DUPLICATE.value,
        }
        for held in ending
    ]
    db.execute(insert(table_of("move_subject")), rows)
    exits.counts = {**move_view.count(db, exits), "free_places": None}
    moves.apply(db, exits, batch.id or 0, order.at)
    moves.close_order(db, exits, OrderState.DONE, batch)


def _hand_over_enrolments(db: Session, plan: Plan) -> None:
    table = table_of("enrolment")
    risen = {"version": ENROLMENT.version + 1}
    for line in plan.lines:
        if not line.stands:
            continue
        mine = update(table).where(ENROLMENT.id == line.held.id)
        if line.own is None:
            db.execute(mine.values(person_id=line.stands, **risen))
            continue
        # One person has one place in a cycle: the survivor's steps aside while the two swap.
        own = update(table).where(ENROLMENT.id == line.own.id)
        db.execute(own.values(cycle=-line.own.cycle))
        db.execute(mine.values(person_id=line.stands, **risen))
        db.execute(own.values(cycle=line.own.cycle, person_id=plan.duplicate.id, **risen))


def _settle_household(db: Session, order: Merging, plan: Plan, images: Recorder) -> None:
    """Close the duplicate's place in a household, or pass it to the survivor. Who becomes the head
    gets another place from that day on."""
    home, own = plan.duplicate.home, plan.survivor.home
    if home is None:
        return
    table = table_of("membership")
    place = update(table).where(MEMBERSHIP.id == home.membership_id)
    if plan.home is HomeFate.PASSES:
        db.execute(place.values(person_id=plan.survivor.id))
    else:
        db.execute(place.values(until=max(order.today, home.since)))
    if plan.home is HomeFate.LEADS and own is not None:
        day = max(order.today, own.since)
        present = update(table).where(MEMBERSHIP.id == own.membership_id)
        db.execute(present.values(until=day))
        leads = insert(table).values(
            household_id=own.household_id,
            person_id=plan.survivor.id,
            relationship=Relationship.HEAD,
            is_head=True,
            since=day,
        )
        images.made("membership", int(db.execute(leads.returning(MEMBERSHIP.id)).scalar_one()))
    if plan.size is not None:
        household = update(table_of("household")).where(HOUSEHOLD.id == home.household_id)
        db.execute(household.values(size=plan.size, version=HOUSEHOLD.version + 1))
    # What was looked at before by the household's rules is seen as changed.
    mine = update(table_of("enrolment")).where(
        ENROLMENT.person_id == plan.survivor.id, ENROLMENT.ended_on.is_(None)
    )
    db.execute(mine.values(version=ENROLMENT.version + 1))


def _hand_over_numbers(db: Session, plan: Plan) -> None:
    """Give the survivor the identifiers, and the keys by which a file comes to them again."""
    for name, column in (("identifier", IDENTIFIER.person_id), ("source_key", _KEY.person_id)):
        theirs = update(table_of(name)).where(column == plan.duplicate.id)
        db.execute(theirs.values(person_id=plan.survivor.id))


def _write_people(db: Session, plan: Plan) -> None:
    survivor, duplicate = plan.survivor.row, plan.duplicate.row
    attributes, columns = dict(survivor.attributes), dict[str, Any]()
    for name, value in plan.taken.items():
        if name.startswith(ATTRIBUTE_PREFIX):
            attributes[name.removeprefix(ATTRIBUTE_PREFIX)] = value
        else:
            columns[name] = value
    if plan.moves:
        columns["location_id"] = duplicate.location_id
    risen = {"version": PERSON.version + 1}
    person = update(table_of("person"))
    mine, other = (person.where(PERSON.id == row.id) for row in (survivor, duplicate))
    db.execute(mine.values(attributes=attributes, **columns, **risen))
    db.execute(other.values(merged_into_id=survivor.id, **risen))


def _log(db: Session, order: Merging, plan: Plan, batch: Batch) -> None:
    audit.record_act(
        db,
        order.actor.name,
        KIND,
        f"person:{plan.survivor.row.uuid}",
        batch=str(batch.uuid),
        duplicate=f"person:{plan.duplicate.row.uuid}",
        changed=[choice.name for choice in plan.choices if choice.changes],
        **batch.counts,
    )
