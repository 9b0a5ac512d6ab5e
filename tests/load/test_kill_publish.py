"""A publish killed at any moment has happened completely or not at all.

The short form kills a few times; CASELOAD_KILLS=60 makes it the long one.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from core.services import imports
from core.storage.receipts import Receipt
from tests.conftest import ROOT, Registry
from tests.importing import Desk, add_programme, ask
from tests.people import add_people

KILLS = int(os.environ.get("CASELOAD_KILLS", "4"))
ROWS = 3_000
TABLES = (
    *("person", "household", "identifier", "membership", "enrolment", "status_change"),
    *("change", "source_key", "household_key", "search_outbox"),
)
PUBLISH = """
import sys
from pathlib import Path
from uuid import UUID
from core.domain.permissions import Actor, Role, Scope
from core.services import imports
from core.storage import database
url, folder, user, run = sys.argv[1:]
database.configure(url, Path(folder))
actor = Actor(int(user), "brook", (Scope(Role.ANALYST, "1/"),))
print("ready", flush=True)
sys.stdin.readline()
imports.publish(actor, UUID(run))
print("done", flush=True)
"""


BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND state <> 'idle' AND pid <> pg_backend_pid()"
)


@pytest.mark.timeout(60 + 15 * KILLS)
def test_a_killed_publish_has_happened_completely_or_not_at_all(
    registry: Registry, tmp_path: Path
) -> None:
    add_programme("CASH")
    desk = Desk(add_people().brook, tmp_path)
    chance = random.Random(1)
    whole = seconds_of_one_publish(desk)
    before = count_rows()

    for turn in range(KILLS):
        run = desk.checked(people(turn), key="ID")
        kill_while_publishing(registry, desk, run, chance.uniform(0, 1.2 * whole))

        after = count_rows()
        state = imports.describe(desk.actor, run).state
        if state == "PUBLISHED":
            assert after["person"] == before["person"] + ROWS
        else:
            assert after == before
            receipt = imports.publish(desk.actor, run)
            assert (receipt.new, receipt.held) == (ROWS, 0)
            after = count_rows()
        assert after["person"] == after["source_key"] == after["enrolment"]
        assert after["change"] == after["person"] + after["household"]
        before = after


def people(turn: int) -> str:
    lines = ["ID,Full name,Sex,National ID,Household Id"]
    for n in range(ROWS):
        lines.append(
            f"K{turn + 1:03d}{n:05d},Awa Traoré,F,N{turn + 1:03d}{n:05d},H-{turn}-{n // 3}"
        )
    return "\n".join(lines) + "\n"


def seconds_of_one_publish(desk: Desk) -> float:
    run = desk.checked(people(-1), key="ID")
    begun = time.monotonic()
    receipt: Receipt = imports.publish(desk.actor, run)
    assert receipt.new == ROWS
    return time.monotonic() - begun


def count_rows() -> dict[str, int]:
    return {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def kill_while_publishing(registry: Registry, desk: Desk, run: UUID, after: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, registry.url, str(registry.data_dir),
         str(desk.actor.user_id), str(run)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with child:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write(b"go\n")
        child.stdin.flush()
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
    if registry.engine == "postgresql":
        # The server notices a dead client only when its present statement ends.
        while ask(BUSY)[0][0]:
            time.sleep(0.05)
