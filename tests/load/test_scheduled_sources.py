"""Twenty days of scheduled imports from four foreign sources, with kills, faults and an outage.

Whatever happens in between: every record is in the registry once, as it was edited last, and the
cursor stands at the last record of the day. The short form takes each source into one engine
and kills a few times; CASELOAD_SOURCE_KILLS=40 makes it the long one, with every source into both
engines.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from core.models import Job, JobState, Source
from core.services import jobs, source_columns, source_runs, sources
from core.services.sources import NewSource
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.etl.connecting import allowing
from tests.etl.databases import stop_own_servers
from tests.etl.source_server import Answer
from tests.importing import add_programme, ask
from tests.load.killing import kill_at_work
from tests.load.remote_forms import SWEEP_DAYS, Foreigner, foreigner, mapping_of, moment_of
from tests.people import People, add_people

KILLS = int(os.environ.get("CASELOAD_SOURCE_KILLS", "3"))
LONG = KILLS > 3
DAYS = 20
START = datetime(2026, 10, 1, 2, tzinfo=UTC)
OUTAGE = (8, 9)
KINDS = ("postgresql", "odk", "kobo", "mariadb")
PAIRS = {"postgresql": "postgresql", "odk": "sqlite", "kobo": "postgresql", "mariadb": "sqlite"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
IMPORTS = """
from datetime import datetime
from core.services import jobs, source_runs
source_runs.now = lambda: datetime.fromisoformat(rest[0])
"""
WORK = """
while jobs.run_next("the killed one", source_runs.HANDLERS):
    pass
"""


@dataclass
class Story:
    """What the source holds and when each record moved last; `soon` came while pages were read."""

    source: Foreigner
    chance: random.Random
    names: dict[int, str] = field(default_factory=dict)
    moved: dict[int, datetime] = field(default_factory=dict)
    seen: dict[int, str] = field(default_factory=dict)
    soon: list[int] = field(default_factory=list)

    def put(self, at: datetime, n: int | None = None) -> int:
        edit = n is not None
        n = len(self.names) + 1 if n is None else n
        self.names[n] = f"Awa {spell(n)} {spell(self.chance.randrange(10_000) + 100)}"
        if not edit or self.source.edits_move:
            self.moved[n] = at
        self.source.put(n, self.names[n], at, edit=edit)
        return n

    def live_a_day(self, day: int, at: datetime) -> None:
        """Three are new, one or two are edited, sometimes one arrives late."""
        for n in self.chance.sample(sorted(self.names), min(2, len(self.names))):
            self.put(at - timedelta(minutes=self.chance.randrange(20, 600)), n)
        for minutes in (900, 300, 10):
            self.put(at - timedelta(minutes=minutes))
        if day and day % 3 == 0 and day - 1 not in OUTAGE:
            self.put(at - timedelta(days=1, minutes=40))

    def may_be(self, n: int, *, swept: bool) -> set[str]:
        """The names under which a record must be in the registry now: as it was edited last or,
        where an edit moves nothing and all was not read since, as it was before."""
        if self.source.edits_move or swept or n not in self.seen:
            return {self.names[n]}
        return {self.names[n], self.seen[n]}


def spell(n: int) -> str:
    syllables = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu")
    return "".join(syllables[int(digit)] for digit in str(n))


@contextmanager
def clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(source_runs, "now", lambda: at)
        yield


@pytest.fixture(scope="module", autouse=True)
def servers() -> Iterator[None]:
    yield
    stop_own_servers()


@pytest.mark.timeout(300 + 60 * KILLS + 20 * DAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_record_comes_once_and_every_edit_arrives(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    if not LONG and PAIRS[kind] != registry.engine:
        pytest.skip("the short form brings each source into one engine")
    chance = random.Random(kind)
    killed_on = sorted(chance.choices([d for d in range(1, DAYS) if d not in OUTAGE], k=KILLS))
    with foreigner(kind, tmp_path) as source, allowing(monkeypatch, source.host):
        uuid = begin(source, add_people())
        story = Story(source, chance)
        whole = 1.0
        for day in range(DAYS + 1):
            at = START + timedelta(days=day)
            story.live_a_day(day, at)
            if day in OUTAGE:
                continue
            disturb(story, day, at)
            with clock(monkeypatch, at + timedelta(seconds=30)):
                assert source_runs.enqueue_due() == 1
                assert source_runs.enqueue_due() == 0
                for _time in range(killed_on.count(day)):
                    kill_the_worker(registry, at, chance.uniform(0, 1.5 * whole))
                begun = time.monotonic()
                while jobs.run_next("here", source_runs.HANDLERS):
                    pass
                whole = time.monotonic() - begun
            assert_exact(story, uuid, swept=day % SWEEP_DAYS == 0, at=at)


def begin(source: Foreigner, people: People) -> UUID:
    add_programme("CASH")
    new = NewSource(
        "Far away", source.kind, source.options, "CASH", source.secrets,
        timetable={"every": "day", "at": "02:00"}, publishes=True,
    )  # fmt: skip
    uuid = sources.add_source(people.brook, new)
    key = {"kobo": "meta/rootUuid", "odk": "__id"}.get(source.kind, "id")
    source_columns.set_mapping(people.brook, uuid, mapping_of(source), key)
    with transaction() as db:
        db.execute(update(Source).values(next_at=START))
    return uuid


def disturb(story: Story, day: int, at: datetime) -> None:
    """Let the server be slow to serve, and something arrive while its pages are read."""
    remote = story.source.remote
    if remote is None:
        return
    remote.at = at + timedelta(seconds=30)
    faults = [Answer(status=429, headers={"Retry-After": "0"}), "break off", Answer(status=503)]
    remote.moods = [faults[day % 3]] if day % 2 else []
    story.soon.clear()
    arrivals = iter([at + timedelta(seconds=40)] if day % 4 == 1 else [])

    def arrive() -> None:
        for moment in arrivals:
            story.soon.append(story.put(moment))

    remote.before_page = arrive


def kill_the_worker(registry: Registry, at: datetime, after: float) -> None:
    moment = (at + timedelta(seconds=30)).isoformat()
    kill_at_work(registry, IMPORTS, WORK, (moment,), after)
    with transaction() as db:  # the lease of the dead worker runs out
        running = update(Job).where(col(Job.state) == JobState.RUNNING)
        db.execute(running.values(leased_until=LONG_AGO, attempts=0))


def assert_exact(story: Story, uuid: UUID, *, swept: bool, at: datetime) -> None:
    assert ask("SELECT paused FROM source") == [(None,)]
    assert ask("SELECT DISTINCT state FROM job") == [("DONE",)], ask("SELECT message FROM job")
    found = {row[0]: 0 for row in ask("SELECT full_name FROM person")}
    for n in story.names:
        known = story.may_be(n, swept=swept) & found.keys()
        assert len(known) == 1 or (n in story.soon and not known), f"record {n} at {at}"
        for name in known:
            story.seen[n], found[name] = name, found[name] + 1
    assert set(found.values()) == {1}
    ((people,), (keys,)) = (ask(f"SELECT count(*) FROM {t}")[0] for t in ("person", "source_key"))
    assert people == keys == len(found)
    with reading() as db:
        cursor = db.execute(select(col(Source.cursor)).where(col(Source.uuid) == uuid)).scalar_one()
    last = max(moment for moment in story.moved.values() if moment <= at + timedelta(seconds=30))
    assert moment_of(cursor["value"]) == last
