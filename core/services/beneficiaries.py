"""Lists of beneficiaries, their totals, and one person's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from core.domain.criteria import Criteria, redact
from core.domain.fields import FIELDS, find_field
from core.domain.people import age_on
from core.domain.permissions import Actor, Permission, require
from core.errors import NotFound
from core.models import Person
from core.settings import today
from core.storage import beneficiaries, people, timelines
from core.storage.audit import record_access
from core.storage.beneficiaries import Count, Paging
from core.storage.database import reading
from core.storage.selection import visible
from core.storage.timeline import Item
from core.storage.timeline.planned import count_open

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

    uuid: UUID
    number: str
    size: int
    members: Sequence[people.MemberRow]
    hidden: int


@dataclass(frozen=True)
class PersonView:
    """Everything the actor may see of one person; `elsewhere` counts enrolments they may not.
    `led_here` is the number asked for, where that was merged into this person."""

    uuid: UUID
    level: int
    fields: Mapping[str, Any]
    attributes: Mapping[str, Any]
    identifiers: Sequence[tuple[str, str]]
    places: Sequence[str]
    household: HouseholdView | None
    enrolments: Sequence[people.EnrolmentRow]
    elsewhere: int
    history: Sequence[Item]
    led_here: str | None = None


def page(actor: Actor, criteria: Criteria, paging: Paging, columns: Sequence[str] = ()) -> Page:
    """Return one page of the enrolments that fit, with further `columns` beside LIST_FIELDS; logged
    with the ids shown, before they leave."""
    fields = [find_field(name) for name in dict.fromkeys((*LIST_FIELDS, *columns))]
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
        **({"columns": list(columns)} if columns else {}),
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


def data_version() -> tuple[int, ...]:
    """Return what changes with every batch and every move that is planned or given up: what was
    read under another one is old."""
    with reading() as db:
        return beneficiaries.newest_batch(db), *count_open(db)


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
            history=timelines.read_person(db, actor, person, level),
            led_here=None if person.uuid == uuid else timelines.number_of(db, uuid),
        )
        if household:
            seen, hidden = people.members(db, actor, household.id, today())
            size = household.size or len(seen) + hidden
            home = HouseholdView(household.uuid, household.number, size, seen, hidden)
            view = replace(view, household=home)
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
