"""Every table on one page: columns and constraints, no behaviour."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Enum,
    Index,
    Numeric,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from core.domain.fields import BirthPrecision, MaritalStatus, Relationship, Sex, Status
from core.domain.lifecycle import Block, HouseholdRule, OrderState, Part, State
from core.domain.permissions import Role

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _codes(kind: type[StrEnum], name: str | None = None) -> Enum:
    """Return a column type that keeps `kind` as a string with a CHECK on both engines."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda codes: [code.value for code in codes],
        name=name or kind.__name__.lower(),
    )


class Unit(StrEnum):
    """What a programme enrols."""

    INDIVIDUAL = "individual"
    HOUSEHOLD = "household"


class JobState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class RunState(StrEnum):
    """Where an import run stands; see docs/architecture.md for the arrows."""

    DRAFT = "DRAFT"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    PUBLISHING = "PUBLISHING"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"


class RowState(StrEnum):
    """Where a held row stands: on the work list, published by a later run, or given up."""

    OPEN = "OPEN"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"


# --- places ---------------------------------------------------------------------------------


class Location(SQLModel, table=True):
    """A node of the area tree. `path` is the chain of ids from the root ("1/4/17/"): a subtree
    is a path prefix. The root (id 1) and the unassigned node (id 2) exist from the first
    migration on; `geometry` is a GeoJSON geometry."""

    __tablename__ = "location"
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    code: str = Field(max_length=100, unique=True)
    name: str = Field(max_length=200, index=True)
    level: int
    parent_id: int | None = Field(default=None, foreign_key="location.id", index=True)
    path: str = Field(max_length=200, index=True)
    geometry: Any = Field(default=None, sa_column=Column(Json))


# --- people and households ------------------------------------------------------------------


class Household(SQLModel, table=True):
    """A household; its location rules its members' (kept equal by the one mover). A merged one
    points to the household its members went to."""

    __tablename__ = "household"
    __table_args__ = (
        Index(
            "ix_household_merged",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
    )
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    version: int = 1
    number: str = Field(max_length=20, unique=True)
    location_id: int = Field(foreign_key="location.id", index=True)
    size: int | None = None
    registered_on: date
    attributes: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False, server_default="{}")
    )
    merged_into_id: int | None = Field(default=None, foreign_key="household.id")


class Person(SQLModel, table=True):
    """One human being. `id` comes from a series and `registration_no` is written from it, with
    two check digits. `disability` null means unknown. `merged_into` points to the survivor."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_filter", "location_id", "sex", "disability"),
        Index(
            "ix_person_merged",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        *(
            CheckConstraint(f"wg_{d} BETWEEN 1 AND 4", name=f"wg_{d}_range")
            for d in ("seeing", "hearing", "walking", "remembering", "selfcare", "communicating")
        ),
    )
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    version: int = 1
    registration_no: str = Field(max_length=20, unique=True)
    full_name: str = Field(max_length=500, index=True)
    given_name: str | None = Field(default=None, max_length=500)
    middle_name: str | None = Field(default=None, max_length=500)
    family_name: str | None = Field(default=None, max_length=500)
    sex: Sex = Field(default=Sex.UNKNOWN, sa_column=Column(_codes(Sex), nullable=False))
    birth_date: date | None = Field(default=None, index=True)
    birth_precision: BirthPrecision | None = Field(
        default=None, sa_column=Column(_codes(BirthPrecision))
    )
    disability: bool | None = None
    wg_seeing: int | None = None
    wg_hearing: int | None = None
    wg_walking: int | None = None
    wg_remembering: int | None = None
    wg_selfcare: int | None = None
    wg_communicating: int | None = None
    marital_status: MaritalStatus | None = Field(
        default=None, sa_column=Column(_codes(MaritalStatus))
    )
    phone: str | None = Field(default=None, max_length=100)
    email: str | None = Field(default=None, max_length=300)
    address: str | None = Field(default=None, sa_column=Column(Text))
    account: str | None = Field(default=None, max_length=100)
    poverty_score: Decimal | None = Field(default=None, sa_column=Column(Numeric(12, 4)))
    location_id: int = Field(foreign_key="location.id")
    registered_on: date
    attributes: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    merged_into_id: int | None = Field(default=None, foreign_key="person.id")


class Identifier(SQLModel, table=True):
    """A number somebody else gave to a person, kept to the digit."""

    __tablename__ = "identifier"
    __table_args__ = (
        UniqueConstraint("type", "normalised"),
        Index("ix_identifier_normalised", "normalised"),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    type: str = Field(max_length=100)
    value: str = Field(max_length=500)
    normalised: str = Field(max_length=500)


class Membership(SQLModel, table=True):
    """A person's place in a household; open while `until` is empty."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_open",
            "person_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index(
            "uq_membership_head",
            "household_id",
            unique=True,
            sqlite_where=text("until IS NULL AND is_head"),
            postgresql_where=text("until IS NULL AND is_head"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    relationship: Relationship | None = Field(
        default=None, sa_column=Column("relationship", _codes(Relationship))
    )
    is_head: bool = False
    since: date
    until: date | None = None


# --- programmes -----------------------------------------------------------------------------


class Programme(SQLModel, table=True):
    """A programme, configured and never coded: `moves`, `attribute_schema`, `default_criteria`,
    `list_columns` and `graduation` are documents of core/domain/lifecycle.py; empty means the
    defaults. `capacity` counts ACTIVE places; `approval` asks a second person for every move."""

    __tablename__ = "programme"
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    version: int = 1
    code: str = Field(max_length=50, unique=True)
    name: str = Field(max_length=200)
    unit: Unit = Field(default=Unit.INDIVIDUAL, sa_column=Column(_codes(Unit), nullable=False))
    moves: Any = Field(default=None, sa_column=Column(Json))
    exit_reasons: Any = Field(default=None, sa_column=Column(Json))
    household_rule: HouseholdRule = Field(
        default=HouseholdRule.NONE,
        sa_column=Column(_codes(HouseholdRule), nullable=False, server_default="NONE"),
    )
    capacity: int | None = None
    approval: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    graduation: Any = Field(default=None, sa_column=Column(Json))
    attribute_schema: Any = Field(default=None, sa_column=Column(Json))
    default_criteria: Any = Field(default=None, sa_column=Column(Json))
    list_columns: Any = Field(default=None, sa_column=Column(Json))
    starts: date | None = None
    ends: date | None = None


class Cycle(SQLModel, table=True):
    """A cohort of a programme; `number` is what enrolments name. Cycle 1 needs no row."""

    __tablename__ = "cycle"
    programme_id: int = Field(primary_key=True, foreign_key="programme.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(max_length=200)
    starts: date | None = None
    ends: date | None = None


class Enrolment(SQLModel, table=True):
    """A subject's place in one cycle of a programme.

    `person_id` is the person enrolled or, where `household_id` is set, the one who stands for
    that household (its head): lists, filters and counts are one join for both kinds.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        Index(
            "uq_enrolment_person",
            "programme_id",
            "cycle",
            "person_id",
            unique=True,
            sqlite_where=text("household_id IS NULL"),
            postgresql_where=text("household_id IS NULL"),
        ),
        Index(
            "uq_enrolment_household",
            "programme_id",
            "cycle",
            "household_id",
            unique=True,
            sqlite_where=text("household_id IS NOT NULL"),
            postgresql_where=text("household_id IS NOT NULL"),
        ),
        Index("ix_enrolment_status", "status", "programme_id"),
        {"postgresql_with": {"fillfactor": 80}},
    )
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    version: int = 1
    programme_id: int = Field(foreign_key="programme.id")
    cycle: int = 1
    person_id: int = Field(foreign_key="person.id", index=True)
    household_id: int | None = Field(default=None, foreign_key="household.id", index=True)
    status: Status = Field(sa_column=Column(_codes(Status), nullable=False))
    since: date
    enrolled_on: date
    ended_on: date | None = None
    exit_reason: str | None = Field(default=None, max_length=100)


# --- what happened --------------------------------------------------------------------------


class Batch(SQLModel, table=True):
    """Everything one act changed, with who, when, why and its receipt."""

    __tablename__ = "batch"
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    kind: str = Field(max_length=50)
    actor: str = Field(max_length=100)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = Field(default=None, max_length=500)
    criteria: Any = Field(default=None, sa_column=Column(Json))
    counts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    undo_of_id: int | None = Field(default=None, foreign_key="batch.id", index=True)
    programme_id: int | None = Field(default=None, foreign_key="programme.id", index=True)
    note: str | None = Field(default=None, max_length=500)
    details: Any = Field(default=None, sa_column=Column(Json))


class StatusChange(SQLModel, table=True):
    """One move of one enrolment; `before` is empty for the first status.

    The state it leads to is (`after`, `since` or else `effective_on`), ended on `effective_on`
    where `exit_reason` is filled; `since` is filled for an exit, which leaves the status alone. An
    undo leads to the very state that the change `restores_id` once led to, whatever it says itself.
    The newest change of an enrolment, by id, says where it stands.
    """

    __tablename__ = "status_change"
    __table_args__ = (
        # With the id: an enrolment's newest change, or the one before another, is one look-up.
        Index("ix_status_change_newest", "enrolment_id", "id"),
        Index(
            "ix_status_change_undo",
            "undo_of_id",
            sqlite_where=text("undo_of_id IS NOT NULL"),
            postgresql_where=text("undo_of_id IS NOT NULL"),
        ),
        # A row that leaves asks who refers to it: without an index that reads the table each time.
        Index(
            "ix_status_change_restores",
            "restores_id",
            sqlite_where=text("restores_id IS NOT NULL"),
            postgresql_where=text("restores_id IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    batch_id: int = Field(foreign_key="batch.id", index=True)
    before: Status | None = Field(
        default=None, sa_column=Column("before", _codes(Status, "before"))
    )
    after: Status = Field(sa_column=Column("after", _codes(Status, "after"), nullable=False))
    reason: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=500)
    effective_on: date
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    undo_of_id: int | None = Field(default=None, foreign_key="status_change.id")
    restores_id: int | None = Field(default=None, foreign_key="status_change.id")
    exit_reason: str | None = Field(default=None, max_length=100)
    since: date | None = None


class MoveOrder(SQLModel, table=True):
    """An act on enrolments from its preview to its receipt: what is asked, and where it stands.

    `target` is empty for an undo, which takes back `undo_of_id`. `scope` says in JSON who was
    chosen; `unknown` are numbers that led nowhere. A future `effective_on` waits for its day.
    """

    __tablename__ = "move_order"
    __table_args__ = (Index("ix_move_order_due", "state", "effective_on"),)
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    kind: str = Field(max_length=50)
    actor: str = Field(max_length=100, index=True)
    user_id: int | None = Field(default=None, foreign_key="user_account.id")
    programme_id: int | None = Field(default=None, foreign_key="programme.id", index=True)
    target: State | None = Field(default=None, sa_column=Column(_codes(State, "target")))
    reason: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=500)
    effective_on: date
    scope: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    counts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    state: OrderState = Field(
        default=OrderState.DRAFT, sa_column=Column(_codes(OrderState), nullable=False)
    )
    made_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=100)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = Field(default=None, max_length=500)
    undo_of_id: int | None = Field(default=None, foreign_key="batch.id", index=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id", index=True)


class MoveSubject(SQLModel, table=True):
    """One enrolment of an order: the state it had when it was looked at (`version`), the state it
    is to have, and why it stays (`blocked`). `household_id` is filled where a household rule
    reaches it; `restores_id` and `undo_of_id` are an undo's. No foreign keys: an order that nobody
    carries out must not keep an enrolment from leaving with its import, and asking for the order at
    each of a hundred thousand rows took PostgreSQL as long as writing them."""

    __tablename__ = "move_subject"
    order_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    enrolment_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int
    part: Part = Field(sa_column=Column(_codes(Part), nullable=False))
    household_id: int | None = None
    blocked: Block | None = Field(default=None, sa_column=Column(_codes(Block)))
    status: Status = Field(sa_column=Column(_codes(Status), nullable=False))
    since: date
    ended_on: date | None = None
    exit_reason: str | None = Field(default=None, max_length=100)
    undo_of_id: int | None = None
    restores_id: int | None = None


class Change(SQLModel, table=True):
    """One changed record of a batch. `diff` holds {field: [before, after]} of the changed fields
    only, and is empty for a new record; `row_no` links to the row of the batch's import run."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_entity", "entity", "entity_id"),)
    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)
    entity: str = Field(max_length=20)
    entity_id: int
    diff: Any = Field(default=None, sa_column=Column(Json))
    row_no: int | None = None


class RowImage(SQLModel, table=True):
    """One row that a small act wrote (a household moved, people merged), whole before and after:
    empty `before` means the act made it. What undoes the act puts `before` back where the row still
    is as `after` says."""

    __tablename__ = "row_image"
    __table_args__ = (Index("ix_row_image_entity", "entity", "entity_id"),)
    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)
    entity: str = Field(max_length=30)
    entity_id: str = Field(max_length=600)
    before: Any = Field(default=None, sa_column=Column(Json))
    after: Any = Field(default=None, sa_column=Column(Json))


class AuditEvent(SQLModel, table=True):
    """An act: ids, field names and counts, never a personal value."""

    __tablename__ = "audit_event"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=100)
    action: str = Field(max_length=50, index=True)
    subject: str | None = Field(default=None, max_length=200, index=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class AuditSeal(SQLModel, table=True):
    """The place of one event in the hash chain, written about once a second by the sealer."""

    __tablename__ = "audit_seal"
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: int = Field(unique=True)
    digest: str = Field(max_length=64)


# --- who may ----------------------------------------------------------------------------------


class User(SQLModel, table=True):
    """An account; `password_hash` is argon2id."""

    __tablename__ = "user_account"
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    name: str = Field(max_length=100, unique=True)
    password_hash: str = Field(max_length=200)
    must_change_password: bool = False
    active: bool = True
    language: str = Field(default="en", max_length=5)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Grant(SQLModel, table=True):
    """user × role × area subtree × programme (empty = ALL) × dates; a user may hold several."""

    __tablename__ = "access_grant"
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    role: Role = Field(sa_column=Column(_codes(Role), nullable=False))
    location_id: int = Field(foreign_key="location.id")
    programme_id: int | None = Field(default=None, foreign_key="programme.id")
    valid_from: date
    valid_to: date | None = None


class UserSession(SQLModel, table=True):
    """A signed-in browser; only the SHA-256 of its token is kept."""

    __tablename__ = "user_session"
    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class SignInAttempt(SQLModel, table=True):
    """A failed sign-in, counted to slow down guessing; shared by all processes."""

    __tablename__ = "sign_in_attempt"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, index=True)
    address: str = Field(max_length=100, index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class Download(SQLModel, table=True):
    """A single-use ticket for one file of rows, bound to the session that asked for it."""

    __tablename__ = "download"
    token_hash: str = Field(primary_key=True, max_length=64)
    session_hash: str = Field(max_length=64, index=True)
    user_id: int = Field(foreign_key="user_account.id")
    request: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


# --- work in the background ------------------------------------------------------------------


class Job(SQLModel, table=True):
    """A piece of work in the queue; a stale lease lets another worker take it."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_queue", "state", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    kind: str = Field(max_length=50)
    arguments: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    user_id: int | None = Field(default=None, foreign_key="user_account.id")
    state: JobState = Field(
        default=JobState.QUEUED, sa_column=Column(_codes(JobState), nullable=False)
    )
    progress: int = 0
    total: int | None = None
    message: str | None = Field(default=None, max_length=500)
    cancel_asked: bool = False
    worker: str | None = Field(default=None, max_length=100)
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class JobSlot(SQLModel, table=True):
    """One due moment of periodic work: the primary key makes it happen once."""

    __tablename__ = "job_slot"
    job: str = Field(primary_key=True, max_length=50)
    slot: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    worker: str = Field(max_length=100)
    leased_until: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Heartbeat(SQLModel, table=True):
    """The last sign of life of a background process."""

    __tablename__ = "heartbeat"
    worker: str = Field(primary_key=True, max_length=100)
    at: datetime = Field(sa_type=UtcDateTime)


# --- imports ----------------------------------------------------------------------------------


class ImportRun(SQLModel, table=True):
    """One file on its way into the registry. `stored_as` is the upload's name under the data
    directory; clean rows wait in a staging table of the run's own, the held ones in import_row.

    `mapping` is the draft (core/etl/runs/document.py). `parent_id` is the run whose held rows
    this one tries again; `cursor` becomes the source's when the run is published;
    `settings_digest` sums up everything but the file that decided what the check found."""

    __tablename__ = "import_run"
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    programme_id: int = Field(foreign_key="programme.id")
    dataset: str = Field(
        default="people", max_length=50, sa_column_kwargs={"server_default": "people"}
    )
    source_id: int | None = Field(default=None, foreign_key="source.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="import_run.id", index=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    state: RunState = Field(sa_column=Column(_codes(RunState), nullable=False))
    file_name: str = Field(max_length=300)
    stored_as: str = Field(max_length=100)
    sha256: str = Field(max_length=64, index=True)
    status: Status = Field(sa_column=Column(_codes(Status), nullable=False))
    mapping: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    suite_version_id: int | None = Field(default=None, foreign_key="suite_version.id")
    settings_digest: str | None = Field(default=None, max_length=64)
    cursor: Any = Field(default=None, sa_column=Column(Json))
    counts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rewound_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    discarded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = Field(default=None, max_length=500)


class ImportRow(SQLModel, table=True):
    """A held row: the whole row as read, until somebody decides. `edits` holds {header: value} as
    corrected here, to be tried again."""

    __tablename__ = "import_row"
    __table_args__ = (UniqueConstraint("run_id", "row_no"), Index("ix_import_row_state", "state"))
    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="import_run.id")
    row_no: int
    raw: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    edits: Any = Field(default=None, sa_column=Column(Json))
    state: RowState = Field(
        default=RowState.OPEN,
        sa_column=Column(_codes(RowState), nullable=False, server_default="OPEN"),
    )
    owner_id: int | None = Field(default=None, foreign_key="user_account.id")
    held_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = Field(default=None, max_length=500)


class ImportStep(SQLModel, table=True):
    """One remedy of a run, in order: a value replaced, a cell corrected, a row left out, a cause
    accepted with a reason. `document` is core/etl/remedies/steps.py's; an undone step is kept."""

    __tablename__ = "import_step"
    __table_args__ = (UniqueConstraint("run_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="import_run.id")
    position: int
    document: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    actor: str = Field(max_length=100)
    made_at: datetime = Field(sa_type=UtcDateTime)
    undone: bool = False


class SavedMapping(SQLModel, table=True):
    """One version of a named mapping with its remedies, found again by the print of its headers."""

    __tablename__ = "saved_mapping"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    name: str = Field(max_length=200)
    version: int
    dataset: str = Field(max_length=50)
    header_print: str = Field(max_length=64, index=True)
    document: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    made_by: str = Field(max_length=100)
    made_at: datetime = Field(sa_type=UtcDateTime)


class SuiteVersion(SQLModel, table=True):
    """One edited version of a suite; without any the shipped file is in force."""

    __tablename__ = "suite_version"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    name: str = Field(max_length=100)
    version: int
    document: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    note: str | None = Field(default=None, max_length=500)
    made_by: str = Field(max_length=100)
    made_at: datetime = Field(sa_type=UtcDateTime)


class Source(SQLModel, table=True):
    """A database or an API that is imported by hand or on a timetable. `options` never holds a
    secret: that is `secret`, encrypted. `cursor` says how far the registry has taken it."""

    __tablename__ = "source"
    id: int | None = Field(default=None, primary_key=True)
    uuid: UUID = Field(default_factory=uuid4, unique=True)
    version: int = 1
    name: str = Field(max_length=200, unique=True)
    kind: str = Field(max_length=50)
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    secret: str | None = Field(default=None, sa_column=Column(Text))
    user_id: int = Field(foreign_key="user_account.id", index=True)
    programme_id: int = Field(foreign_key="programme.id")
    dataset: str = Field(default="people", max_length=50)
    status: Status = Field(sa_column=Column(_codes(Status), nullable=False))
    mapping: Any = Field(default=None, sa_column=Column(Json))
    timetable: Any = Field(default=None, sa_column=Column(Json))
    limits: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    cursor: Any = Field(default=None, sa_column=Column(Json))
    publishes: bool = False
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RewoundRecord(SQLModel, table=True):
    """A record that a rewind took out of the registry, whole, so that the rewind can be undone."""

    __tablename__ = "rewound_record"
    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)
    entity: str = Field(max_length=30)
    document: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))


class Notice(SQLModel, table=True):
    """Something a user must be told that happened while nobody looked. `text` names no person."""

    __tablename__ = "notice"
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    text: str = Field(max_length=500)
    page: str | None = Field(default=None, max_length=200)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RowIssue(SQLModel, table=True):
    """One finding about one cell (or a whole row, where `header` is empty)."""

    __tablename__ = "row_issue"
    __table_args__ = (Index("ix_row_issue_cause", "run_id", "rule", "header"),)
    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="import_run.id")
    row_no: int
    header: str | None = Field(default=None, max_length=300)
    rule: str = Field(max_length=60)
    severity: str = Field(max_length=10)
    value: str | None = Field(default=None, max_length=500)


class SourceSpace(SQLModel, table=True):
    """A name space of source keys: the same key in another space is another record."""

    __tablename__ = "source_space"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=400, unique=True)


class SourceKey(SQLModel, table=True):
    """Which person a source's record became, and the digest of the values last taken from it."""

    __tablename__ = "source_key"
    space_id: int = Field(primary_key=True, foreign_key="source_space.id")
    key: str = Field(primary_key=True, max_length=500)
    person_id: int = Field(foreign_key="person.id", index=True)
    digest: str = Field(max_length=32)


class HouseholdKey(SQLModel, table=True):
    """Which household a source's household number became."""

    __tablename__ = "household_key"
    space_id: int = Field(primary_key=True, foreign_key="source_space.id")
    key: str = Field(primary_key=True, max_length=500)
    household_id: int = Field(foreign_key="household.id", index=True)


class Series(SQLModel, table=True):
    """A counter that hands out ranges of numbers, race-free by its row lock."""

    __tablename__ = "series"
    name: str = Field(primary_key=True, max_length=30)
    last: int = 0


# --- search -----------------------------------------------------------------------------------


class SearchOutbox(SQLModel, table=True):
    """People whose search entry is older than their record; written with the change itself."""

    __tablename__ = "search_outbox"
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(index=True)


class SearchEntry(SQLModel, table=True):
    """PostgreSQL's own search: folded name tokens and consonant skeletons of one person."""

    __tablename__ = "search_entry"
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    tokens: str = Field(sa_column=Column(Text, nullable=False))
    skeletons: str = Field(sa_column=Column(Text, nullable=False))


# --- the access log: on SQLite a file of its own, so that reading never waits for a writer ------


class AccessEvent(SQLModel, table=True):
    """A view, search or download, written before the data leaves."""

    __tablename__ = "access_event"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=100, index=True)
    action: str = Field(max_length=50)
    subject: str | None = Field(default=None, max_length=200, index=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class AccessSeal(SQLModel, table=True):
    """The access log's chain, like AuditSeal."""

    __tablename__ = "access_seal"
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: int = Field(unique=True)
    digest: str = Field(max_length=64)


ACCESS_TABLES = ("access_event", "access_seal")
