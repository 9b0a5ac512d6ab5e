"""The demo country in the registry: whole, marked, openable, and gone again when removed."""

from datetime import date

import pytest
from sqlalchemy import func, select, text, update

from core.demo import people as census
from core.domain.fields import Status
from core.domain.passwords import check_password
from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.models import (
    AuditEvent,
    Batch,
    Enrolment,
    Grant,
    ImportRun,
    Location,
    Membership,
    Person,
    Programme,
    RunState,
    SearchOutbox,
    SQLModel,
    StatusChange,
    User,
)
from core.services.demo import is_demo_loaded, load_demo, remove_demo
from core.settings import now
from core.storage import integrity
from core.storage.database import Session, reading, transaction
from core.storage.importing import uploads
from tests.conftest import Registry

KEPT = {"audit_event", "audit_seal", "access_event", "access_seal", "search_outbox"}
"""What a removal leaves: the logs, and the word to search that people are gone."""


def counts(db: Session) -> dict[str, int]:
    return {
        table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
        for table in SQLModel.metadata.sorted_tables
        if table.name not in KEPT
    }


def count(db: Session, table: type[SQLModel]) -> int:
    return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_loaded_country_is_whole(registry: Registry) -> None:
    report = load_demo(600)

    with reading() as db:
        assert integrity.find_breaches(db) == []
        assert report.people == 600 == count(db, Person) == count(db, SearchOutbox)
        assert report.enrolments == count(db, Enrolment)
        heads = select(Membership.household_id, func.count()).where(Membership.is_head)
        per_household = dict(db.execute(heads.group_by(Membership.household_id)).all())
        assert len(per_household) == report.households
        assert set(per_household.values()) == {1}
        places = select(Location.level, func.count()).where(Location.id > 2)
        assert dict(db.execute(places.group_by(Location.level)).all()) == {
            1: 8,
            2: 32,
            3: 128,
            4: 512,
        }


def test_every_status_is_that_of_the_last_change_and_no_change_lies_ahead(
    registry: Registry,
) -> None:
    load_demo(400)

    with reading() as db:
        enrolments = {e.id: e for e in db.execute(select(Enrolment)).scalars()}
        last = {}
        for change in db.execute(select(StatusChange).order_by(StatusChange.id)).scalars():
            assert change.effective_on < date.today()  # noqa: DTZ011 - the tests' zone is UTC
            assert change.recorded_at <= now()
            assert change.recorded_at.date() == change.effective_on
            last[change.enrolment_id] = change
        assert last.keys() == enrolments.keys()
        for key, change in last.items():
            found = enrolments[key]
            assert (found.status, found.since) == (change.after, change.effective_on)


def test_a_country_larger_than_a_chunk_keeps_its_numbers_apart(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(census, "CHUNK", 100)

    assert load_demo(250).people == 250

    with reading() as db:
        assert integrity.find_breaches(db) == []
        assert db.execute(select(Batch.counts)).scalar_one()["people"] == 250


def test_the_demo_has_an_account_for_each_role_whose_password_is_kept_as_a_hash(
    registry: Registry,
) -> None:
    report = load_demo(50)

    with reading() as db:
        users = {user.name: user for user in db.execute(select(User)).scalars()}
        for account in report.accounts:
            user = users[account.name]
            assert check_password(account.password, user.password_hash)
            assert account.password not in user.password_hash
            assert account.password not in repr(report)
            assert not user.must_change_password
        assert {(a.name, a.role, a.area) for a in report.accounts} == {
            ("analyst", Role.ANALYST, "ROOT"),
            ("officer", Role.ME_OFFICER, "ROOT"),
            ("manager", Role.PROGRAMME_MANAGER, "ROOT"),
            ("viewer", Role.VIEWER, "ROOT"),
            ("district_officer", Role.ME_OFFICER, "NA0102"),
            ("admin", Role.ADMINISTRATOR, "ROOT"),
            ("auditor", Role.AUDITOR, "ROOT"),
        }
        area = select(Location.code).join(Grant, Grant.location_id == Location.id)
        officer = area.where(Grant.user_id == users["district_officer"].id)
        assert db.execute(officer).scalars().all() == ["NA0102"]


def test_a_removed_demo_leaves_a_new_registry_and_its_log(registry: Registry) -> None:
    with reading() as db:
        before = counts(db)
    assert not is_demo_loaded()
    load_demo(300)
    assert is_demo_loaded()

    removed = remove_demo()

    assert not is_demo_loaded()
    assert removed["people"] == 300
    with reading() as db:
        assert counts(db) == before
        actions = db.execute(select(AuditEvent.action).order_by(AuditEvent.id)).scalars().all()
        assert actions == ["load_demo", "remove_demo"]
    assert load_demo(20).people == 20


def test_a_file_only_tried_out_goes_with_the_demo_and_a_published_one_keeps_it(
    registry: Registry,
) -> None:
    load_demo(20)
    tried = registry.data_dir / "people.csv"
    tried.write_text("name\nAmina\n", encoding="utf-8")
    kept = uploads.keep(tried)
    with transaction() as db:
        run = ImportRun(
            user_id=db.execute(select(User.id).where(User.name == "analyst")).scalar_one(),
            programme_id=db.execute(select(func.min(Programme.id))).scalar_one(),
            batch_id=db.execute(select(Batch.id)).scalar_one(),
            state=RunState.PUBLISHED,
            file_name="people.csv",
            stored_as=kept,
            sha256="0" * 64,
            status=Status.POTENTIAL,
            created_at=now(),
        )
        db.add(run)
    with pytest.raises(Conflict, match="a file has been published"):
        remove_demo()
    with transaction() as db:
        db.execute(update(ImportRun).values(batch_id=None, state=RunState.CHECKED))

    remove_demo()

    assert not uploads.path_of(kept).exists()
    with reading() as db:
        assert count(db, ImportRun) == 0


def test_numbers_of_removed_people_are_not_given_again(registry: Registry) -> None:
    load_demo(30)
    remove_demo()
    load_demo(30)

    with reading() as db:
        assert db.execute(select(func.min(Person.id))).scalar_one() == 31


def test_a_demo_is_not_loaded_twice_nor_beside_anything_else(registry: Registry) -> None:
    load_demo(20)
    with pytest.raises(Conflict, match="loaded already"):
        load_demo(20)
    remove_demo()
    with transaction() as db:
        db.add(Location(code="X1", name="Real", level=1, parent_id=1, path="1/9/"))
    with pytest.raises(Conflict, match="new registry"):
        load_demo(20)


def test_a_demo_that_a_change_has_touched_stays(registry: Registry) -> None:
    load_demo(60)
    with transaction() as db:
        batch = Batch(kind="import", actor="analyst", recorded_at=now())
        db.add(batch)
        db.flush()
        db.execute(
            text(
                "INSERT INTO change (batch_id, entity, entity_id, row_no) "
                "SELECT :batch, 'person', max(id), 2 FROM person"
            ),
            {"batch": batch.id},
        )

    with pytest.raises(Conflict, match="changed its people"):
        remove_demo()

    assert is_demo_loaded()
    with reading() as db:
        assert count(db, Person) == 60


def test_a_demo_in_whose_areas_somebody_else_has_a_grant_stays(registry: Registry) -> None:
    load_demo(20)
    with transaction() as db:
        user = User(name="real", password_hash="!", created_at=now())
        db.add(user)
        db.flush()
        place = db.execute(select(Location.id).where(Location.code == "NA01")).scalar_one()
        db.add(
            Grant(
                user_id=user.id,
                role=Role.VIEWER,
                location_id=place,
                valid_from=date(2020, 1, 1),
            )
        )

    with pytest.raises(Conflict, match="other accounts have grants"):
        remove_demo()


def test_an_existing_account_keeps_its_name_and_password(registry: Registry) -> None:
    with transaction() as db:
        db.add(User(name="admin", password_hash="mine", created_at=now()))

    assert "admin" not in {account.name for account in load_demo(20).accounts}

    remove_demo()
    with reading() as db:
        assert db.execute(select(User.password_hash)).scalars().all() == ["mine"]


def test_what_is_not_there_is_not_removed(registry: Registry) -> None:
    with pytest.raises(NotFound):
        remove_demo()


@pytest.mark.parametrize("people", [0, -1, 10_000_001])
def test_a_country_has_a_sensible_number_of_people(registry: Registry, people: int) -> None:
    with pytest.raises(InvalidInput, match="people"):
        load_demo(people)
