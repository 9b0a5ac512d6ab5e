"""Households as rows of the registry's tables, ready for the bulk path."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from core.demo.histories import History
from core.demo.people import Household, Person
from core.domain.fields import WASHINGTON_GROUP, Relationship
from core.domain.numbers import write_number

Row = tuple[Any, ...]

COLUMNS: dict[str, tuple[str, ...]] = {
    "household": ("id", "uuid", "version", "number", "location_id", "size", "registered_on"),
    "person": (
        *("id", "uuid", "version", "registration_no"),
        *("full_name", "given_name", "middle_name", "family_name", "sex"),
        *("birth_date", "birth_precision", "disability", *WASHINGTON_GROUP, "marital_status"),
        *("phone", "email", "address", "account", "poverty_score"),
        *("location_id", "registered_on", "attributes"),
    ),
    "identifier": ("person_id", "type", "value", "normalised"),
    "membership": ("household_id", "person_id", "relationship", "is_head", "since"),
    "enrolment": (
        *("id", "uuid", "version", "programme_id", "cycle", "person_id", "household_id"),
        *("status", "since", "enrolled_on"),
    ),
    "status_change": (
        *("enrolment_id", "batch_id", "before", "after", "reason"),
        *("effective_on", "recorded_at"),
    ),
    "change": ("batch_id", "entity", "entity_id"),
    "search_outbox": ("person_id",),
}
"""The columns written, each table after those it points to."""
_NOT_ASKED = (None,) * len(WASHINGTON_GROUP)


@dataclass(frozen=True)
class Ground:
    """What the rows stand on: the keys of places and programmes by code, the batch, and how the
    engine writes the zone of a moment in UTC."""

    places: Mapping[str, int]
    programmes: Mapping[str, int]
    batch_id: int
    zone: str


@dataclass
class Counters:
    """The last key given out in each series."""

    person: int
    household: int
    enrolment: int


@dataclass
class Tables:
    """The rows of one chunk, by table."""

    ground: Ground
    last: Counters
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, household: Household) -> None:
        """Add the rows of a household and of everybody in it."""
        self.last.household += 1
        key, location = self.last.household, self.ground.places[household.place]
        registered = household.registered_on.isoformat()
        number, size = write_number("H", key), len(household.members)
        self.rows["household"].append((key, uuid4().hex, 1, number, location, size, registered))
        self._note("household", key)
        if household.history:
            self._add_history(household.history, self.last.person + 1, key)
        for person in household.members:
            self._add_person(person, household, location)

    def _add_person(self, person: Person, household: Household, location: int) -> None:
        self.last.person += 1
        key = self.last.person
        self.rows["person"].append(_write_person(key, person, household, location))
        if person.national_id:
            number = person.national_id
            self.rows["identifier"].append((key, "national_id", number, number))
        relationship = person.relative.relationship
        since, is_head = person.registered_on.isoformat(), relationship is Relationship.HEAD
        self.rows["membership"].append(
            (self.last.household, key, relationship.value, is_head, since)
        )
        for history in person.histories:
            self._add_history(history, key, None)
        self.rows["search_outbox"].append((key,))
        self._note("person", key)

    def _add_history(self, history: History, person: int, household: int | None) -> None:
        self.last.enrolment += 1
        key, programme = self.last.enrolment, self.ground.programmes[history.programme]
        first, last = history.moves[0], history.moves[-1]
        since, enrolled = last.on.isoformat(), first.on.isoformat()
        subject = (programme, 1, person, household)
        self.rows["enrolment"].append(
            (key, uuid4().hex, 1, *subject, last.after.value, since, enrolled)
        )
        for move in history.moves:
            on, before = move.on.isoformat(), move.before.value if move.before else None
            at = f"{on} 08:00:00.000000{self.ground.zone}"
            self.rows["status_change"].append(
                (key, self.ground.batch_id, before, move.after.value, move.reason, on, at)
            )
        self._note("enrolment", key)

    def _note(self, entity: str, key: int) -> None:
        self.rows["change"].append((self.ground.batch_id, entity, key))


def _write_person(key: int, person: Person, household: Household, location: int) -> Row:
    name, health, relative = person.relative.name, person.health, person.relative
    return (
        *(key, uuid4().hex, 1, write_number("P", key)),
        *(name.full, name.given, name.middle, name.family, relative.sex.value),
        *(person.birth_date.isoformat(), person.birth_precision.value, health.disability),
        *(health.answers or _NOT_ASKED),
        relative.marital_status.value if relative.marital_status else None,
        *(person.phone, person.email, household.address, person.account, household.poverty_score),
        *(location, person.registered_on.isoformat(), "{}"),
    )


def count_members(households: Sequence[Household]) -> tuple[int, int, int]:
    """Return how many people, households and enrolments a chunk holds."""
    people = [person for household in households for person in household.members]
    enrolments = sum(len(person.histories) for person in people)
    enrolments += sum(household.history is not None for household in households)
    return len(people), len(households), enrolments


def write_tables(
    households: Sequence[Household], ground: Ground, before: Counters
) -> Iterator[tuple[str, tuple[str, ...], list[Row]]]:
    """Yield table, columns and rows in the order to insert them; `before` holds the keys before
    the first of this chunk's."""
    tables = Tables(ground, before)
    for household in households:
        tables.add(household)
    for table, columns in COLUMNS.items():
        yield table, columns, tables.rows[table]
