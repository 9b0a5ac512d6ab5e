"""The background process: `python -m core.scheduler` ticks, and works the queue off.

Any number may run at once: leases and slots in the database see to it that each piece of work
happens once. Being killed loses nothing but the time.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import timedelta

from schedule import Scheduler

from core.services import (
    accounts,
    housekeeping,
    imports,
    jobs,
    planned,
    rewind,
    source_runs,
    suites,
    upkeep,
)
from core.settings import now
from core.storage import heartbeats
from core.storage.database import dispose, transaction

_TICK_S, _STOP_WITHIN_S = 0.5, 10.0
_CLEAN_EVERY = timedelta(hours=1)
HANDLERS = {**imports.HANDLERS, **rewind.HANDLERS, **source_runs.HANDLERS, **suites.HANDLERS}
_log = logging.getLogger("caseload.scheduler")


def main() -> None:
    """Run until SIGTERM, SIGINT or, as somebody's child, until the parent is gone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(f"{socket.gethostname()}:{os.getpid()}", stop)


def run(worker: str, stop: threading.Event) -> None:
    """Tick and work until `stop` is set; a job still running then is left to its lease."""
    _log.info("started as %s", worker)
    queue = threading.Thread(target=_work_off, args=(worker, stop), daemon=True)
    queue.start()
    clock = make_clock(worker)
    parent = os.environ.get("CASELOAD_PARENT")
    while not stop.wait(_TICK_S):
        clock.run_pending()
        if parent and str(os.getppid()) != parent:
            stop.set()
    queue.join(_STOP_WITHIN_S)
    guarded(lambda: _stop_beating(worker))
    dispose()
    _log.info("stopped")


def make_clock(worker: str) -> Scheduler:
    """Return the ticker with everything that recurs."""
    clock = Scheduler()
    clock.every(5).seconds.do(guarded, lambda: _beat(worker))
    clock.every(1).seconds.do(guarded, upkeep.seal_logs)
    clock.every(1).seconds.do(guarded, upkeep.drain_search)
    clock.every(15).seconds.do(guarded, source_runs.enqueue_due)
    clock.every(30).seconds.do(guarded, lambda: planned.run_due(attempt=guarded))
    clock.every(1).minutes.do(guarded, lambda: _clean(worker))
    guarded(lambda: _beat(worker))
    return clock


def guarded(work: Callable[[], object]) -> object:
    """Do one piece of work; a failure is logged, and the loop goes on with the next."""
    try:
        return work()
    except Exception:
        _log.exception("a piece of work failed; going on with the next")
        return None


def _work_off(worker: str, stop: threading.Event) -> None:
    """Work the queue off, in a thread of its own: a long job must not stop the ticks."""
    while not stop.is_set():
        if not guarded(lambda: jobs.run_next(worker, HANDLERS)):
            stop.wait(_TICK_S)


def _beat(worker: str) -> None:
    with transaction() as db:
        heartbeats.beat(db, worker, now())


def _stop_beating(worker: str) -> None:
    with transaction() as db:
        heartbeats.stop_beating(db, worker)


def _clean(worker: str) -> None:
    for slot in jobs.due_slots("clean", _CLEAN_EVERY, now())[-1:]:
        jobs.run_slot("clean", slot, worker, lambda _slot: _forget_ended())


def _forget_ended() -> None:
    _log.info("removed %d ended sessions, tickets and failed sign-ins", accounts.remove_ended())
    _log.info("cleared away %d imports that nobody published", housekeeping.remove_abandoned())
    _log.info("cleared away %d moves that nobody carried out", housekeeping.remove_drafts())


if __name__ == "__main__":
    main()
