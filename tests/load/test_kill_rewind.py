"""A rewind killed at any moment has happened completely or not at all.

The short form kills a few times; CASELOAD_KILLS=60 makes it the long one.
"""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from core.services import imports, rewind
from core.storage.content import content_hash
from core.storage.database import reading
from tests.conftest import ROOT, Registry
from tests.importing import Desk, add_programme, ask
from tests.load.test_kill_publish import BUSY, KILLS, people
from tests.people import add_people

REWIND = """
import sys
from pathlib import Path
from uuid import UUID
from core.domain.permissions import Actor, Role, Scope
from core.services import rewind
from core.storage import database
url, folder, user, run = sys.argv[1:]
database.configure(url, Path(folder))
actor = Actor(int(user), "brook", (Scope(Role.ANALYST, "1/"),))
print("ready", flush=True)
sys.stdin.readline()
rewind.rewind(actor, UUID(run))
print("done", flush=True)
"""


@pytest.mark.timeout(120 + 15 * KILLS)
def test_a_killed_rewind_has_happened_completely_or_not_at_all(
    registry: Registry, tmp_path: Path
) -> None:
    add_programme("CASH")
    desk = Desk(add_people().brook, tmp_path)
    chance = random.Random(1)
    empty = content()
    run = imports.publish(desk.actor, desk.checked(people(0), key="ID")).run
    full = content()
    begun = time.monotonic()
    batch = rewind.rewind(desk.actor, run).batch
    whole = time.monotonic() - begun

    for _turn in range(KILLS):
        if imports.describe(desk.actor, run).rewound:
            rewind.undo_rewind(desk.actor, batch)
        assert content() == full
        kill_while_rewinding(registry, desk, run, chance.uniform(0, 1.2 * whole))

        found = rewind.standing(desk.actor, run)
        assert content() == (empty if found else full)
        batch = found.batch if found else rewind.rewind(desk.actor, run).batch
        assert content() == empty


def content() -> str:
    with reading() as db:
        return content_hash(db)


def kill_while_rewinding(registry: Registry, desk: Desk, run: UUID, after: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", REWIND, registry.url, str(registry.data_dir),
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
