"""Sources as their owner works with them: set up, run, held up, told about; on both engines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update

from core.domain.permissions import Actor, Role
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Words
from core.etl.choices import Column, Mapping
from core.etl.connect import SourceFailed
from core.etl.tables.shapes import Join, Shape
from core.models import JobState, RunState, Source
from core.services import imports, jobs, source_columns, source_history, source_runs, sources
from core.services.sources import NewSource
from core.settings import now
from core.storage import notices, secrets
from core.storage import sources as stored
from core.storage.database import reading, transaction
from core.storage.importing import steps
from core.text import speak, speaking
from tests.conftest import Registry
from tests.etl.connecting import allowing
from tests.etl.source_server import Answer, Remote, serving
from tests.importing import add_programme, ask
from tests.people import EAST, People, add_people, add_person

SECRET = "s3cr3t-of-the-source"


@dataclass
class Office:
    """Brook's source of one API, and the server behind it."""

    people: People
    remote: Remote
    folder: Path

    @property
    def brook(self) -> Actor:
        return self.people.brook

    def new(self, **more: Any) -> NewSource:
        options = {"url": f"{self.remote.url}/people", "key": "id", "cursor": "changed"}
        options |= {"since_parameter": "since", "auth": "bearer"}
        source = NewSource("Camp register", "http", options, "CASH", {"token": SECRET})
        return replace(source, **{"publishes": True, **more})

    def add(self, **more: Any) -> UUID:
        uuid = sources.add_source(self.brook, self.new(**more))
        source_columns.set_mapping(
            self.brook, uuid,
            Mapping({"name": Column("full_name"), "sex": Column("sex"), "id": Column()}), "id",
        )  # fmt: skip
        return uuid

    def run(self, uuid: UUID) -> source_runs.Outcome:
        return source_runs.run_source(self.brook, uuid)

    def told(self) -> list[str]:
        with reading() as db:
            return [Words.unpack(one.text) for one in notices.list_unread(db, self.brook.user_id)]


@pytest.fixture
def office(registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Office]:
    add_programme("CASH")
    with (
        serving(Remote(at=now())) as remote,
        allowing(monkeypatch, f"127.0.0.1:{remote.port}", "other.example.org"),
    ):
        remote.records = [record(n) for n in range(5)]
        remote.routes["/people"] = lambda _query: Answer(remote.records)
        yield Office(add_people(), remote, tmp_path)


STARTED = now()


def record(n: int, **more: Any) -> dict[str, Any]:
    changed = (STARTED - timedelta(days=1, minutes=n)).isoformat()
    return {"id": f"K{n}", "name": f"Awa Traoré {n}", "sex": "F", "changed": changed, **more}


def names() -> list[str]:
    return [row[0] for row in ask("SELECT full_name FROM person ORDER BY full_name")]


def test_a_run_publishes_what_is_new_and_changed_and_moves_the_cursor(office: Office) -> None:
    uuid = office.add()
    first = office.run(uuid)
    moved = sources.describe(office.brook, uuid).cursor
    office.remote.records = [record(1, name="Awa Keita"), record(2), record(9)]

    second = office.run(uuid)

    assert (first.rows, first.published) == (5, True)
    assert second.text.startswith("1 new, 1 changed, 1 unchanged, 0 held")
    assert names() == [*("Awa Keita", "Awa Traoré 0"), *(f"Awa Traoré {n}" for n in (2, 3, 4, 9))]
    assert moved is not None and moved["id"] == "K0"
    newest, oldest = source_history.list_runs(office.brook, uuid)
    assert (oldest.cursor_from, oldest.cursor_to, newest.cursor_from) == (None, moved, moved)
    assert (newest.counts["new"], newest.counts["changed"]) == (1, 1)
    assert "since=" in office.remote.asked[1]


def test_nothing_new_makes_no_run(office: Office) -> None:
    uuid = office.add()
    office.remote.records = []

    outcome = office.run(uuid)

    assert (outcome.run, outcome.rows, outcome.text) == (None, 0, "Nothing new.")
    assert source_history.list_runs(office.brook, uuid) == []


def test_rows_of_a_source_that_does_not_publish_wait_for_a_look(office: Office) -> None:
    uuid = office.add(publishes=False)

    outcome = office.run(uuid)

    assert outcome.run is not None and not outcome.published
    assert names() == [] and sources.describe(office.brook, uuid).cursor is None
    assert "clean rows 5, held back 0" in office.told()[0]
    imports.publish(office.brook, outcome.run)
    assert len(names()) == 5
    assert (sources.describe(office.brook, uuid).cursor or {})["id"] == "K0"


def test_a_newer_run_takes_the_place_of_one_that_still_waits(office: Office) -> None:
    uuid = office.add(publishes=False)
    older = office.run(uuid)
    newer = office.run(uuid)

    states = [(run.run, run.discarded) for run in source_history.list_runs(office.brook, uuid)]

    assert states == [(newer.run, False), (older.run, True)]


def test_a_run_that_somebody_is_at_work_on_comes_first(office: Office) -> None:
    uuid = office.add(publishes=False)
    first = office.run(uuid)
    with transaction() as db:
        (run,) = stored.list_runs(db, stored.find(db, uuid), 1)
        steps.add(db, run.id or 0, [{"op": "leave_out", "row": 2}], "brook", now())

    second = office.run(uuid)

    assert second.run == first.run and "comes first" in second.text
    assert len(office.remote.asked) == 1


def test_publishing_an_older_run_late_does_not_move_the_cursor_back(office: Office) -> None:
    uuid = office.add(publishes=False)
    older = office.run(uuid)
    office.remote.records.append({**record(-5), "changed": now().isoformat()})
    newer = office.run(uuid)
    assert newer.run and older.run
    imports.publish(office.brook, newer.run)
    reached = sources.describe(office.brook, uuid).cursor
    with transaction() as db:  # as if both had been published at the same time
        db.execute(text("UPDATE import_run SET discarded_at = NULL"))
    imports.check(office.brook, older.run)

    imports.publish(office.brook, older.run)

    assert sources.describe(office.brook, uuid).cursor == reached


def test_two_sources_may_each_have_a_record_of_one_key(office: Office) -> None:
    office.run(office.add())
    office.remote.records = [record(0, name="Somebody else")]

    outcome = office.run(office.add(name="Another register"))

    assert outcome.text.startswith("1 new, 0 changed")
    assert "Awa Traoré 0" in names() and "Somebody else" in names()


def test_columns_that_are_not_safe_to_guess_pause_it_until_a_person_settles_them(
    office: Office,
) -> None:
    office.remote.records = [record(n, sex=str(n % 2 + 1)) for n in range(5)]
    uuid = sources.add_source(office.brook, office.new())

    held = office.run(uuid)

    assert held.paused and "“sex”" in held.paused and held.run
    assert "is paused" in office.told()[0] and names() == []
    with speaking("fr"):
        assert speak(office.told()[0]).endswith(" est en pause. " + speak(held.paused))
        assert speak(held.paused).startswith("Quelqu’un doit dire ce que contiennent ces colonnes")
    with pytest.raises(Conflict, match="is paused"):
        office.run(uuid)
    mapping = {
        "name": Column("full_name"),
        "sex": Column("sex", values={"1": "MALE", "2": "FEMALE"}),
    }
    imports.set_mapping(office.brook, held.run, Mapping(mapping), "id")
    source_columns.keep_mapping(office.brook, uuid, held.run)
    sources.resume(office.brook, uuid)
    assert office.run(uuid).published
    assert len(names()) == 5


def test_a_mapped_column_that_is_missing_loads_nothing_and_pauses(office: Office) -> None:
    uuid = office.add()
    office.run(uuid)
    for row in office.remote.records:
        row["full_name_2"] = row.pop("name")

    outcome = office.run(uuid)

    assert outcome.paused == "These columns are missing: “name”."
    assert "These columns are missing" in office.told()[0]
    (newest, _) = source_history.list_runs(office.brook, uuid)
    assert (newest.state, dict(newest.counts)) == (RunState.DRAFT, {})


def test_a_new_column_is_kept_as_an_attribute_with_a_word_about_it(office: Office) -> None:
    uuid = office.add()
    office.run(uuid)
    office.remote.records = [record(0, ration="R7")]

    assert office.run(uuid).published

    assert "has new columns" in office.told()[0] and "“ration”" in office.told()[0]
    (kept,) = ask("SELECT attributes FROM person WHERE full_name = 'Awa Traoré 0'")
    assert "R7" in json.dumps(kept[0])


def test_too_many_rows_held_back_pause_it_before_anything_is_published(office: Office) -> None:
    office.remote.records = [record(n, name="" if n < 2 else "Awa") for n in range(9)]
    uuid = office.add()

    outcome = office.run(uuid)
    sources.set_rules(office.brook, uuid, publishes=True, limits={"held_share": 23})
    sources.resume(office.brook, uuid)

    assert outcome.paused == "2 of 9 rows would be held back, more than 20 %."
    assert names() == []
    assert office.run(uuid).published
    assert len(names()) == 7


def test_a_source_that_fails_tells_its_owner_once_and_is_not_paused(office: Office) -> None:
    uuid = office.add()
    office.remote.moods = [Answer(status=403)] * 2

    for _time in range(2):
        with pytest.raises(SourceFailed, match="refuses the account"):
            office.run(uuid)

    assert len(office.told()) == 1 and SECRET not in office.told()[0]
    assert office.run(uuid).published


def test_a_timetable_puts_a_due_source_into_the_queue_once(office: Office) -> None:
    uuid = office.add(timetable={"every": "day", "at": "02:00"})
    due = sources.describe(office.brook, uuid).next_at
    assert due is not None and now() < due <= now() + timedelta(days=1)
    assert source_runs.enqueue_due() == 0
    with transaction() as db:  # ten nights were missed
        db.execute(update(Source).values(next_at=now() - timedelta(days=10)))

    queued = [source_runs.enqueue_due() for _tick in range(3)]
    while jobs.run_next("worker", source_runs.HANDLERS):
        pass

    assert queued == [1, 0, 0]
    assert len(names()) == 5
    assert sources.describe(office.brook, uuid).next_at == due
    ((state, message),) = ask("SELECT state, message FROM job")
    assert (state, Words.unpack(message)[:6]) == (JobState.DONE, "5 new,")


def test_a_source_that_is_paused_or_still_at_work_is_not_queued_again(office: Office) -> None:
    uuid = office.add(timetable={"every": "hour", "at": "00:30"})
    job = source_runs.enqueue(office.brook, uuid)
    with transaction() as db:
        db.execute(text("UPDATE source SET next_at = created_at"))

    assert source_runs.enqueue(office.brook, uuid) == job
    assert source_runs.enqueue_due() == 0
    sources.pause(office.brook, uuid, "The camp is moving.")
    with transaction() as db:
        db.execute(text("UPDATE source SET next_at = created_at"))
    assert source_runs.enqueue_due() == 0
    jobs.run_next("worker", source_runs.HANDLERS)
    assert ask("SELECT state FROM job") == [(JobState.FAILED,)]
    assert names() == []


def test_a_run_acts_with_its_owners_grants_in_force_then(office: Office) -> None:
    uuid = office.add()
    source_runs.enqueue(office.brook, uuid)
    with transaction() as db:
        db.execute(
            text("DELETE FROM access_grant WHERE user_id = :user"), {"user": office.brook.user_id}
        )

    jobs.run_next("worker", source_runs.HANDLERS)

    assert names() == [] and office.remote.asked == []
    ((paused,),) = ask("SELECT paused FROM source")
    assert Words.unpack(paused) == "The account “brook” may no longer import into the programme."


def test_a_source_is_its_owners_alone(office: Office) -> None:
    uuid = office.add()
    with transaction() as db:
        other = add_person(db, "lena", Role.ANALYST)
        inside = add_person(db, "kofi", Role.ANALYST, EAST)

    for actor in (other, inside):
        assert sources.list_sources(actor) == []
        for act in (
            lambda a=actor: sources.describe(a, uuid),
            lambda a=actor: source_history.list_runs(a, uuid),
            lambda a=actor: sources.test_connection(a, uuid),
            lambda a=actor: sources.set_options(a, uuid, office.new().options),
            lambda a=actor: sources.set_timetable(a, uuid, None),
            lambda a=actor: sources.pause(a, uuid, "x"),
            lambda a=actor: sources.resume(a, uuid),
            lambda a=actor: sources.retire(a, uuid),
            lambda a=actor: source_runs.run_source(a, uuid),
            lambda a=actor: source_runs.enqueue(a, uuid),
        ):
            with pytest.raises(NotFound):
                act()
    for actor in (office.people.efua, office.people.chen, office.people.dana):
        with pytest.raises(NotAllowed):
            sources.add_source(actor, office.new(name="x"))


def test_a_secret_is_written_and_never_read(
    office: Office, registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    uuid = office.add()
    view = sources.describe(office.brook, uuid)
    sources.test_connection(office.brook, uuid)
    office.remote.moods = [Answer(status=401)]
    with pytest.raises(SourceFailed):
        office.run(uuid)
    office.run(uuid)

    assert view.secrets_set == ("token",)
    assert office.remote.headers[-1]["Authorization"] == f"Bearer {SECRET}"
    tables = ("source", "audit_event", "import_run", "notice", "job")
    dump = [repr(row) for table in tables for row in ask(f"SELECT * FROM {table}")]
    assert SECRET not in "".join([repr(view), repr(office.new()), caplog.text, *dump])
    files = [path for path in registry.data_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    assert (registry.data_dir / secrets.KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_source_that_is_moved_elsewhere_forgets_its_secrets(office: Office) -> None:
    uuid = office.add()
    office.run(uuid)
    options = dict(office.new().options)

    sources.set_options(office.brook, uuid, {**options, "lag": "60"})
    kept = sources.describe(office.brook, uuid)
    sources.set_options(office.brook, uuid, {**options, "url": "https://other.example.org/x"})
    moved = sources.describe(office.brook, uuid)

    assert (kept.secrets_set, kept.cursor is None) == (("token",), False)
    assert (moved.secrets_set, moved.cursor) == ((), None)


def test_what_cannot_work_is_refused_and_nothing_is_kept(office: Office) -> None:
    options = dict(office.new().options)
    for wrong in (
        office.new(name=" "),
        office.new(kind="ftp"),
        office.new(options={**options, "colour": "red"}),
        office.new(secrets={"pin": "1"}),
        office.new(timetable={"every": "minute"}),
        office.new(timetable={"every": "day", "at": "25:00"}),
        office.new(timetable={"every": "week", "weekday": 7}),
        office.new(limits={"held_share": 101}),
    ):
        with pytest.raises(InvalidInput):
            sources.add_source(office.brook, wrong)
    with pytest.raises(NotFound):
        sources.add_source(office.brook, office.new(programme_code="NONE"))

    assert sources.list_sources(office.brook) == []


def test_the_first_records_can_be_looked_at_before_and_after(office: Office) -> None:
    uuid = office.add()
    office.remote.records = [record(n) for n in range(9)]

    before = sources.try_out(office.brook, office.new())
    after = sources.test_connection(office.brook, uuid)

    assert (
        [row["id"] for row in before] == [row["id"] for row in after] == [f"K{n}" for n in range(5)]
    )
    assert sources.list_tables(office.brook, office.new()) == []
    assert names() == [] and list((office.folder / "uploads").glob("*")) == []


def test_every_act_on_a_source_is_in_the_log_without_a_value(office: Office) -> None:
    uuid = office.add(timetable={"every": "day"})
    sources.set_options(office.brook, uuid, office.new().options, {"token": "another"})
    sources.set_timetable(office.brook, uuid, None)
    sources.set_rules(office.brook, uuid, publishes=True, limits={})
    sources.pause(office.brook, uuid, "The camp is moving.")
    sources.resume(office.brook, uuid)
    office.run(uuid)

    logged = ask("SELECT action, details FROM audit_event WHERE subject = :s", s=f"source:{uuid}")

    assert [action for action, _ in logged] == [
        *("source.add", "source.mapping", "source.options", "source.timetable", "source.rules"),
        *("source.pause", "source.resume", "source.run"),
    ]
    assert "127.0.0.1" not in repr(logged) and "another" not in repr(logged)


def test_members_of_a_repeat_come_as_people_of_a_household_run_after_run(office: Office) -> None:
    office.remote.records = [home(1, "Awa", "Bintou"), home(2, "Chantal")]
    uuid = sources.add_source(office.brook, office.new())
    first = office.run(uuid)
    assert first.run is not None
    members = next(
        found.layout
        for found in imports.describe(office.brook, first.run).document.tables
        if found.layout.sheet == "records/members"
    )
    houses = replace(imports.describe(office.brook, first.run).document.tables[0].layout)
    shape = Shape(joins=(Join(houses, "_parent_index", "_index"),))
    imports.set_layout(office.brook, first.run, members, shape)
    columns = {
        "name": Column("full_name"), "sex": Column("sex"), "_item": Column(),
        "id": Column("household"), "village": Column(),
    }  # fmt: skip
    draft = imports.describe(office.brook, first.run).document
    settled = {header: columns.get(header, Column()) for header in draft.headers}
    imports.set_mapping(office.brook, first.run, Mapping(settled), "_item")
    source_columns.keep_mapping(office.brook, uuid, first.run)
    sources.resume(office.brook, uuid)

    one = office.run(uuid)
    office.remote.records = [home(1, "Awa", "Bintou", "Djibril"), home(3, "Élodie")]
    two = office.run(uuid)

    assert one.text.startswith("3 new") and two.text.startswith("2 new, 0 changed, 2 unchanged")
    assert names() == ["Awa", "Bintou", "Chantal", "Djibril", "Élodie"]
    sizes = ask("SELECT count(*) FROM membership GROUP BY household_id ORDER BY household_id")
    assert sizes == [(3,), (1,), (1,)]


def home(n: int, *people: str) -> dict[str, Any]:
    members = [{"name": one, "sex": "F", "_item": f"{n}/{m}"} for m, one in enumerate(people)]
    changed = (STARTED - timedelta(days=1)).isoformat()
    return {"id": f"H{n}", "village": "Kolda", "changed": changed, "members": members}


def test_of_two_schedulers_that_see_the_same_moment_one_takes_it(office: Office) -> None:
    office.add(timetable={"every": "day"})
    with transaction() as db:
        db.execute(update(Source).values(next_at=now() - timedelta(hours=1)))
    with reading() as db:
        (seen,) = stored.list_due(db, now())

    taken = []
    for _scheduler in range(2):
        with transaction() as db:
            taken.append(stored.claim_due(db, seen, now() + timedelta(days=1)))

    assert taken == [True, False]


def test_a_retired_source_keeps_its_history_and_never_runs_again(office: Office) -> None:
    uuid = office.add(timetable={"every": "hour"})
    office.run(uuid)
    source_runs.enqueue(office.brook, uuid)

    sources.retire(office.brook, uuid)

    view = sources.describe(office.brook, uuid)
    assert view.retired and view.next_at is None and view.secrets_set == ()
    assert ask("SELECT secret FROM source") == [(None,)]
    assert len(source_history.list_runs(office.brook, uuid)) == 1
    before = len(office.remote.asked)
    jobs.run_next("worker", source_runs.HANDLERS)
    for act in (
        lambda: office.run(uuid),
        lambda: source_runs.enqueue(office.brook, uuid),
        lambda: sources.test_connection(office.brook, uuid),
        lambda: sources.resume(office.brook, uuid),
        lambda: sources.set_timetable(office.brook, uuid, {"every": "day"}),
        lambda: sources.set_options(office.brook, uuid, view.options, {"token": "x"}),
        lambda: sources.retire(office.brook, uuid),
    ):
        with pytest.raises(Conflict, match="is retired"):
            act()
    assert source_runs.enqueue_due() == 0 and len(office.remote.asked) == before
    acts = ask("SELECT action FROM audit_event WHERE action = 'source.retire'")
    assert acts == [("source.retire",)]
