"""Lists of beneficiaries, their totals, and one person's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.domain.criteria import Criteria, redact
from core.domain.fields import FIELDS, IDENTIFIER_PREFIX, Field, find_field
from core.domain.people import age_on
from core.domain.permissions import Actor, Permission, require
from core.errors import NotFound
from core.models import Person
from core.settings import today
from core.storage import beneficiaries, people
from core.storage.audit import record_access
from core.storage.beneficiaries import Count, Paging
from core.storage.database import reading
from core.storage.selection import visible

LIST_FIELDS = (
    "registration_no",
    "full_name",
    "sex",
    "age",
    "disability",
    "location_name",
    "household_size",
    "programme",
    "status",
    "since",
)


@dataclass(frozen=True)
class Page:
    """One page of a list with the exact totals; `next` and `previous` are set where they exist."""

    rows: Sequence[Mapping[str, Any]]
    total: Count
    next: UUID | None
    previous: UUID | None


@dataclass(frozen=True)
class HouseholdView:
    """The household a person lives in; `hidden` members are outside the actor's grants."""

    number: str
    size: int
    members: Sequence[people.MemberRow]
    hidden: int


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened: a status change (`after`), a change of `fields`, of which only
    those the reader may see are here, or the registration (neither)."""

    on: date
    recorded_at: datetime
    actor: str
    source: str
    programme: str | None = None
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    fields: Mapping[str, Sequence[Any]] | None = None


@dataclass(frozen=True)
class PersonView:
    """Everything the actor may see of one person; `elsewhere` counts enrolments they may not."""

    uuid: UUID
    level: int
    fields: Mapping[str, Any]
    attributes: Mapping[str, Any]
    identifiers: Sequence[tuple[str, str]]
    places: Sequence[str]
    household: HouseholdView | None
    enrolments: Sequence[people.EnrolmentRow]
    elsewhere: int
    history: Sequence[HistoryItem]


def page(actor: Actor, criteria: Criteria, paging: Paging) -> Page:
    """Return one page of the enrolments that fit; logged with the ids shown, before they leave."""
    fields = [find_field(name) for name in LIST_FIELDS]
    sort = beneficiaries.sort_field(paging.sort)
    with reading() as db:
        selection = visible(actor, criteria, today=today(), by=[sort])
        rows = beneficiaries.read_page(db, selection, fields, paging)
        total = beneficiaries.count(db, selection)
    shown, following, preceding = _cut(rows, paging)
    record_access(
        actor.name,
        "list",
        None,
        criteria=redact(criteria),
        sort=paging.sort,
        total=total.enrolments,
        people=[str(row["uuid"]) for row in shown],
    )
    return Page(shown, total, following, preceding)


def _cut(
    rows: list[dict[str, Any]], paging: Paging
) -> tuple[list[dict[str, Any]], UUID | None, UUID | None]:
    """Drop the extra row and return the marks of the next and the previous page."""
    more = len(rows) > paging.size
    if paging.before is not None:
        rows = rows[1:] if more else rows
        has_next, has_previous = True, more
    else:
        rows = rows[: paging.size]
        has_next, has_previous = more, paging.after is not None
    if not rows:
        return rows, None, None
    following = rows[-1]["enrolment_uuid"] if has_next else None
    preceding = rows[0]["enrolment_uuid"] if has_previous else None
    return rows, following, preceding


def data_version() -> int:
    """Return a number that rises with every batch: what was read under another one is old."""
    with reading() as db:
        return beneficiaries.newest_batch(db)


def count(actor: Actor, criteria: Criteria) -> Count:
    """Return the exact totals of the enrolments that fit."""
    with reading() as db:
        total = beneficiaries.count(db, visible(actor, criteria, today=today()))
    record_access(actor.name, "count", None, criteria=redact(criteria))
    return total


def count_by(actor: Actor, criteria: Criteria, field: str) -> list[tuple[Any, Count]]:
    """Return the totals for each value of `field`; grouping needs the field's level."""
    by = find_field(field)
    with reading() as db:
        selection = visible(actor, criteria, today=today(), by=[by])
        totals = beneficiaries.count_by(db, selection, by)
    record_access(actor.name, "count", None, criteria=redact(criteria), by=field)
    return totals


def get(actor: Actor, uuid: UUID) -> PersonView:
    """Return one person's page; raises NotFound for nobody and for somebody out of scope alike."""
    require(actor, Permission.SEE_PEOPLE)
    with reading() as db:
        found = people.find_person(db, actor, uuid)
        if found is None:
            raise NotFound("This person")
        person, level = found
        household = people.household_of(db, person.id)
        enrolments, elsewhere = people.enrolments_of(db, actor, person.id)
        moves = people.moves(db, [row.id for row in enrolments])
        changes = people.changes(db, person.id)
        view = PersonView(
            uuid=person.uuid,
            level=level,
            fields=_fields_of(person, level),
            attributes=person.attributes if level >= 2 else {},
            identifiers=people.identifiers(db, person.id) if level >= 2 else [],
            places=people.place_names(db, person.location_id),
            household=None,
            enrolments=enrolments,
            elsewhere=elsewhere,
            history=_history(moves, changes, level),
        )
        if household:
            seen, hidden = people.members(db, actor, household.id, today())
            size = household.size or len(seen) + hidden
            view = replace(view, household=HouseholdView(household.number, size, seen, hidden))
    record_access(actor.name, "view", str(view.uuid), level=level)
    return view


def _fields_of(person: Person, level: int) -> dict[str, Any]:
    """Return the person's own fields up to a level, in the order of the field table."""
    values: dict[str, Any] = {}
    for field in FIELDS.values():
        if field.level > level:
            continue
        if field.name == "age":
            born = person.birth_date
            values["age"] = age_on(today(), born) if born else None
        elif field.name in Person.model_fields:
            values[field.name] = getattr(person, field.name)
    return values


def _history(
    moves: Sequence[people.MoveRow], changes: Sequence[people.ChangeRow], level: int
) -> list[HistoryItem]:
    items = [
        HistoryItem(
            row.effective_on,
            row.recorded_at,
            row.actor,
            row.batch_kind,
            programme=row.programme,
            before=row.before,
            after=row.after,
            reason=row.reason,
        )
        for row in moves
    ]
    for row in changes:
        where = f"{row.file_name}, {row.row_no}" if row.file_name else row.batch_kind
        items.append(
            HistoryItem(
                row.recorded_at.date(),
                row.recorded_at,
                row.actor,
                where,
                fields=None if row.diff is None else _diff_up_to(row.diff, level),
            )
        )
    return sorted(items, key=lambda item: (item.on, item.recorded_at), reverse=True)


def _diff_up_to(diff: Mapping[str, Sequence[Any]], level: int) -> dict[str, Sequence[Any]]:
    return {name: change for name, change in diff.items() if _level_of_change(name) <= level}


def _level_of_change(name: str) -> int:
    known: Field | None = FIELDS.get(name)
    return known.level if known else find_field(IDENTIFIER_PREFIX + name).level
