"""Taking the demo country out again, where nothing else has grown on it."""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, exists, insert, or_, select
from sqlmodel import Session, SQLModel, col

from core.models import (
    Batch,
    Change,
    Download,
    Enrolment,
    Grant,
    Household,
    HouseholdKey,
    Identifier,
    ImportRow,
    ImportRun,
    Job,
    Location,
    Membership,
    Person,
    Programme,
    RowIssue,
    RunState,
    SearchEntry,
    SearchOutbox,
    SourceKey,
    StatusChange,
    User,
    UserSession,
)
from core.storage.demo import KIND, made, made_enrolments
from core.storage.importing import stage

_BUSY = (RunState.CHECKING, RunState.PUBLISHING)
_MINE = or_(
    col(ImportRun.user_id).in_(made("user")),
    col(ImportRun.programme_id).in_(made("programme")),
)


def list_obstacles(db: Session) -> list[str]:
    """Return why the demo can no longer be told apart from the rest; empty where it can."""
    return [reason for reason, found in _obstacles() if db.execute(select(found)).scalar_one()]


def _obstacles() -> Iterator[tuple[str, ColumnElement[bool]]]:
    yield from _altered()
    yield from _grown()
    yield from _in_use()


def _altered() -> Iterator[tuple[str, ColumnElement[bool]]]:
    others = select(col(Batch.id)).where(col(Batch.kind) != KIND)
    for entity, words in (("person", "people"), ("household", "households"), ("location", "areas")):
        found = exists().where(
            col(Change.entity) == entity,
            col(Change.batch_id).in_(others),
            col(Change.entity_id).in_(made(entity)),
        )
        yield f"an import or an act has changed its {words}", found
    yield (
        "its enrolments have been moved",
        exists().where(
            col(StatusChange.batch_id).in_(others),
            col(StatusChange.enrolment_id).in_(made_enrolments()),
        ),
    )
    known = exists().where(col(SourceKey.person_id).in_(made("person")))
    yield "an imported file contains its people", known
    known = exists().where(col(HouseholdKey.household_id).in_(made("household")))
    yield "an imported file contains its households", known


def _grown() -> Iterator[tuple[str, ColumnElement[bool]]]:
    here = made("location")
    others = col(Person.id).not_in(made("person"))
    yield (
        "other people live in its areas",
        exists().where(col(Person.location_id).in_(here), others),
    )
    others = col(Household.id).not_in(made("household"))
    found = exists().where(col(Household.location_id).in_(here), others)
    yield "other households live in its areas", found
    others = col(Location.id).not_in(here)
    found = exists().where(col(Location.parent_id).in_(here), others)
    yield "other areas lie in its areas", found
    found = exists().where(
        or_(
            col(Enrolment.programme_id).in_(made("programme")),
            col(Enrolment.person_id).in_(made("person")),
        ),
        col(Enrolment.id).not_in(made_enrolments()),
    )
    yield "there are other enrolments in its programmes or of its people", found


def _in_use() -> Iterator[tuple[str, ColumnElement[bool]]]:
    yield (
        "a file has been published with it",
        exists().where(_MINE, col(ImportRun.batch_id).is_not(None)),
    )
    yield "an import is running in it", exists().where(_MINE, col(ImportRun.state).in_(_BUSY))
    found = exists().where(
        or_(
            col(Grant.location_id).in_(made("location")),
            col(Grant.programme_id).in_(made("programme")),
        ),
        col(Grant.user_id).not_in(made("user")),
    )
    yield "other accounts have grants in its areas or programmes", found


def remove(db: Session) -> tuple[dict[str, int], list[str]]:
    """Delete every row of the demo; return how many of each kind went, and the names under which
    files of unpublished imports are kept.

    The logs stay, and so do the series: no number is given out twice. Search is told to forget.
    """
    uploads = _remove_runs(db)
    people, households = made("person"), made("household")
    db.execute(insert(SearchOutbox).from_select(["person_id"], people))
    enrolments = select(col(Enrolment.id)).where(col(Enrolment.person_id).in_(people))
    _delete(db, StatusChange, col(StatusChange.enrolment_id).in_(enrolments))
    counts = {"enrolments": _delete(db, Enrolment, col(Enrolment.person_id).in_(people))}
    _delete(db, Membership, col(Membership.person_id).in_(people))
    _delete(db, Identifier, col(Identifier.person_id).in_(people))
    _delete(db, SearchEntry, col(SearchEntry.person_id).in_(people))
    counts["people"] = _delete(db, Person, col(Person.id).in_(people))
    counts["households"] = _delete(db, Household, col(Household.id).in_(households))
    counts["accounts"] = _remove_accounts(db)
    counts["programmes"] = _delete(db, Programme, col(Programme.id).in_(made("programme")))
    counts["places"] = _delete(db, Location, col(Location.id).in_(made("location")))
    batches = select(col(Batch.id)).where(col(Batch.kind) == KIND)
    _delete(db, Change, col(Change.batch_id).in_(batches))
    _delete(db, Batch, col(Batch.kind) == KIND)
    return counts, uploads


def _remove_runs(db: Session) -> list[str]:
    """Delete the unpublished imports of the demo's accounts and programmes with what they held."""
    runs = db.execute(select(col(ImportRun.id), col(ImportRun.stored_as)).where(_MINE)).all()
    ids = [run.id for run in runs]
    for run_id in ids:
        stage.drop(db, stage.Stage(run_id))
    _delete(db, RowIssue, col(RowIssue.run_id).in_(ids))
    _delete(db, ImportRow, col(ImportRow.run_id).in_(ids))
    _delete(db, ImportRun, col(ImportRun.id).in_(ids))
    return [run.stored_as for run in runs]


def _remove_accounts(db: Session) -> int:
    users = made("user")
    for table in (Download, UserSession, Grant, Job):
        _delete(db, table, col(table.user_id).in_(users))
    return _delete(db, User, col(User.id).in_(users))


def _delete(db: Session, table: type[SQLModel], condition: ColumnElement[bool]) -> int:
    statement = delete(table).where(condition).execution_options(synchronize_session=False)
    return cast(CursorResult[Any], db.execute(statement)).rowcount
