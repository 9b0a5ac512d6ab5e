"""What happens when the web application starts and stops."""

import asyncio
import contextlib
import gc
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any

from starlette.concurrency import run_in_threadpool

from core.settings import ROOT, now, read_settings
from core.storage.heartbeats import find_last_beat

# Importing these at the first page would make its reader wait for two seconds.
_HEAVY = ("pandas", "pyarrow", "plotly.graph_objects", "babel.dates")
FRESH = timedelta(seconds=20)
_LOOK_EVERY_S = 10.0
_STOP_WITHIN_S = 15.0


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Load what is heavy, and see to it that a scheduler runs while the application does."""
    # Addresses carry search words and tickets, which belong in no file on disk.
    logging.getLogger("uvicorn.access").disabled = True
    for name in _HEAVY:
        await run_in_threadpool(import_module, name)
    gc.collect()
    # What lives now lives for good: the collector need not walk it after every rerun.
    gc.freeze()
    if not read_settings().embedded or os.environ.get("CASELOAD_SCHEDULER") == "off":
        yield {}
        return
    watch = asyncio.create_task(_keep_scheduler())
    try:
        yield {}
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch


async def _keep_scheduler() -> None:
    """Start a scheduler whenever none has shown a sign of life; stop ours at the end."""
    child: subprocess.Popen[bytes] | None = None
    try:
        while True:
            # First waiting, then looking: one that starts beside us gets the time to show itself.
            await asyncio.sleep(_LOOK_EVERY_S)
            ended = child is None or child.poll() is not None
            if ended and not await run_in_threadpool(_someone_beats):
                child = _start_scheduler()
    finally:
        if child and child.poll() is None:
            child.terminate()
            try:
                child.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _someone_beats() -> bool:
    last = find_last_beat()
    return last is not None and now() - last < FRESH


def _start_scheduler() -> subprocess.Popen[bytes]:
    environment = os.environ | {"CASELOAD_PARENT": str(os.getpid())}
    command = [sys.executable, "-m", "core.scheduler"]
    # A session of its own: Ctrl-C reaches the application alone, which then stops it in order.
    return subprocess.Popen(  # noqa: S603 - this interpreter and this project's own module
        command, cwd=ROOT, env=environment, start_new_session=True
    )
