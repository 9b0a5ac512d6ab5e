"""The background process on both engines: it ticks, survives failures, stops in order."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from core import scheduler
from core.errors import InvalidInput
from core.models import AuditSeal, Heartbeat, UserSession
from core.services import accounts
from core.settings import now
from core.storage import heartbeats
from core.storage.audit import record_act
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.people import PASSWORD, add_people

ENOUGH_S = 20.0


def test_it_beats_seals_cleans_and_stops_in_order(registry: Registry) -> None:
    add_people()
    accounts.sign_in("amina", PASSWORD, "203.0.113.7")
    with transaction() as db:
        db.execute(update(UserSession).values(seen_at=now() - timedelta(hours=1)))
        record_act(db, "amina", "test", None)
    stop = threading.Event()
    running = threading.Thread(target=tick, args=(stop,))

    running.start()
    wait_for(lambda: count(AuditSeal) == 2)
    assert heartbeats.find_last_beat() is not None
    scheduler._clean("first")
    scheduler._clean("second")
    stop.set()
    running.join(ENOUGH_S)

    assert not running.is_alive()
    assert count(UserSession) == 0


def tick(stop: threading.Event) -> None:
    clock = scheduler.make_clock("here")
    while not stop.wait(0.05):
        clock.run_pending()


def test_a_worker_that_ends_in_order_is_forgotten(registry: Registry) -> None:
    with transaction() as db:
        heartbeats.beat(db, "here", now())
        heartbeats.beat(db, "here", now())
        heartbeats.beat(db, "there", now())
    with transaction() as db:
        heartbeats.stop_beating(db, "here")

    with reading() as db:
        assert db.execute(select(Heartbeat.worker)).scalars().all() == ["there"]


def test_a_failing_piece_of_work_is_logged_and_the_next_is_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise InvalidInput("broken")

    assert scheduler.guarded(fail) is None
    assert scheduler.guarded(lambda: 7) == 7
    assert "going on" in caplog.text


def count(table: type) -> int:
    with reading() as db:
        return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + ENOUGH_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
