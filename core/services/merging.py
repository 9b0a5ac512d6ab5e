"""Two records of one person: looked at side by side, merged, and all of it reversible."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.domain.fields import find_field
from core.domain.merging import STRONG, Choice, Doubt, Fate, Side
from core.domain.numbers import read_number
from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput, NotFound, Words
from core.settings import now, today
from core.storage import audit, lookups, people
from core.storage.database import Session, reading, transaction
from core.storage.merging import people_merge
from core.storage.merging.merge_plan import ENROLMENT_PREFIX, HomeFate, Line, Plan
from core.storage.merging.merge_records import Held, Record
from core.storage.merging.people_merge import Merging, Wish

__all__ = ["Choice", "Doubt", "Fate", "HomeFate", "Side", "Wish"]
LONGEST_REASON = 500
_DEEPEST = 3


@dataclass(frozen=True)
class Card:
    """One of the two in short; `household` is the number of the one they live in."""

    uuid: UUID
    number: str
    name: str
    registered_on: date
    places: tuple[str, ...]
    household: str | None
    is_head: bool


@dataclass(frozen=True)
class EnrolmentLine:
    """An enrolment of the duplicate and its fate; `status` and `own_status` are empty where the
    one or the other has ended or is not there. With `open` somebody may choose by `name` whose
    goes on."""

    name: str
    programme: str
    cycle: int
    of_household: bool
    fate: Fate
    status: str | None
    own_status: str | None
    open: bool


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do, in the fields of the actor's level; `hidden` says that fields above
    it go by their proposals. `sizes` is the recorded household size before and after, where it
    changes. With `blockers` nothing can be done; `sure` asks for a typed confirmation. `stamp`
    goes to `merge`: it is of no use once one of the two has changed."""

    survivor: Card
    duplicate: Card
    choices: tuple[Choice, ...]
    hidden: bool
    identifiers: tuple[tuple[str, str], ...]
    enrolments: tuple[EnrolmentLine, ...]
    home: HomeFate
    sizes: tuple[int, int] | None
    doubts: tuple[Doubt, ...]
    blockers: tuple[Words, ...]
    sure: bool
    stamp: str


@dataclass(frozen=True)
class MergeReceipt:
    """What a merge did: its batch, and how many fields, identifiers and enrolments the survivor
    got, and how many enrolments ended as a duplicate."""

    batch: UUID
    survivor: UUID
    number: str
    duplicate_number: str
    counts: Mapping[str, int]


def propose_survivor(actor: Actor, one: UUID, other: UUID) -> UUID:
    """Return who of two people was registered first, whose record therefore stays.

    Raises as `preview` does.
    """
    require(actor, Permission.TRANSITION)
    with reading() as db:
        plan, _stamp = people_merge.look(db, actor, Wish(one, other, {}))
    first = min(plan.survivor, plan.duplicate, key=lambda side: (side.row.registered_on, side.id))
    return UUID(str(first.row.uuid))


def preview(actor: Actor, wish: Wish) -> MergePreview:
    """Return what merging two people would do; writes nothing.

    Raises NotFound beyond the actor's grants, Conflict for somebody who is merged already,
    InvalidInput for a person with themselves or a choice that leads nowhere.
    """
    require(actor, Permission.TRANSITION)
    with reading() as db:
        plan, stamp = people_merge.look(db, actor, wish)
        _check_level(plan, wish.taken)
        found = _preview(db, plan, stamp)
    audit.record_access(
        actor.name,
        "merge.preview",
        f"person:{wish.survivor}",
        duplicate=f"person:{wish.duplicate}",
        level=plan.level,
    )
    return found


def merge(actor: Actor, wish: Wish, seen: str, reason: str | None = None) -> MergeReceipt:
    """Merge the duplicate into the survivor, in one transaction; `seen` is the preview's stamp.

    The old number leads to the survivor from then on. Raises Conflict where one of the two has
    changed since the preview or something must be settled first, InvalidInput where something
    speaks strongly against it and no reason is given.
    """
    require(actor, Permission.TRANSITION)
    said = (reason or "").strip()
    if len(said) > LONGEST_REASON:
        raise InvalidInput("The reason may have {most} characters at most.", most=LONGEST_REASON)
    with transaction() as db:
        order = Merging(actor, wish, seen, said or None, today(), now())
        plan, batch = people_merge.merge(db, order)
        _check_level(plan, wish.taken)
        if _doubts(plan) & STRONG and not said:
            raise InvalidInput("Much speaks against these two being one person. Give the reason.")
    return MergeReceipt(
        batch.uuid,
        plan.survivor.row.uuid,
        plan.survivor.row.registration_no,
        plan.duplicate.row.registration_no,
        batch.counts,
    )


def find_uuid(actor: Actor, number: str) -> UUID:
    """Return the person with a registration number whom the actor may move.

    Raises NotFound where it leads nowhere; the number of a merged person is found as such.
    """
    require(actor, Permission.TRANSITION)
    running = read_number(number)
    with reading() as db:
        found = lookups.find_to_move(db, actor, running) if running is not None else None
    if found is None:
        raise NotFound("The person with the number {number}", number=number)
    return found


def _check_level(plan: Plan, taken: Mapping[str, Side]) -> None:
    for name in taken:
        if not name.startswith(ENROLMENT_PREFIX) and find_field(name).level > plan.level:
            raise InvalidInput(
                "“{field}” is hidden at your access level: its proposal counts.", field=name
            )


def _doubts(plan: Plan) -> set[Doubt]:
    """Return what speaks against it as far as the actor's level lets know."""
    deep = {Doubt.BORN_APART, Doubt.TWO_NUMBERS}
    return set(plan.doubts) - (deep if plan.level < 2 else set())


def _preview(db: Session, plan: Plan, stamp: str) -> MergePreview:
    home, level = plan.duplicate.home, plan.level
    doubts = _doubts(plan)
    return MergePreview(
        survivor=_card(db, plan.survivor),
        duplicate=_card(db, plan.duplicate),
        choices=tuple(one for one in plan.choices if find_field(one.name).level <= level),
        hidden=level < _DEEPEST,
        identifiers=tuple((n.type, n.value) for n in plan.duplicate.numbers if level >= 2),
        enrolments=_lines(plan),
        home=plan.home,
        sizes=(home.size, plan.size) if home and home.size and plan.size is not None else None,
        doubts=tuple(doubt for doubt in plan.doubts if doubt in doubts),
        blockers=tuple(error.said for error in plan.blockers),
        sure=bool(doubts & STRONG),
        stamp=stamp,
    )


def _card(db: Session, record: Record) -> Card:
    home = record.home
    return Card(
        record.row.uuid,
        record.row.registration_no,
        record.row.full_name,
        record.row.registered_on,
        tuple(people.place_names(db, record.row.location_id)),
        home.number if home else None,
        bool(home and home.is_head),
    )


def _lines(plan: Plan) -> tuple[EnrolmentLine, ...]:
    follows = tuple(Line(held, None, Fate.ENDS) for held in plan.follows)
    passed = tuple(line for line in plan.lines if line.held not in plan.follows)
    return tuple(_line(line) for line in (*passed, *follows) if line.held.mine)


def _line(line: Line) -> EnrolmentLine:
    return EnrolmentLine(
        name=line.name,
        programme=line.held.programme,
        cycle=line.held.cycle,
        of_household=line.held.household_id is not None,
        fate=line.fate,
        status=_status(line.held),
        own_status=_status(line.own),
        open=line.open,
    )


def _status(held: Held | None) -> str | None:
    return held.status if held and held.mine and held.ended_on is None else None
