"""A publish killed at any moment has happened completely or not at all.

The short form kills a few times; CASELOAD_KILLS=60 makes it the long one.
"""

import os
import random
import time
from pathlib import Path

import pytest

from core.services import imports
from core.storage.importing.receipts import Receipt
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask
from tests.load.killing import kill_at_work
from tests.people import add_people

KILLS = int(os.environ.get("CASELOAD_KILLS", "4"))
ROWS = 3_000
TABLES = (
    *("person", "household", "identifier", "membership", "enrolment", "status_change"),
    *("change", "source_key", "household_key", "search_outbox"),
)
IMPORTS = """
from uuid import UUID
from core.services import imports
actor = Actor(int(rest[0]), "brook", (Scope(Role.ANALYST, "1/"),))
"""
PUBLISH = "imports.publish(actor, UUID(rest[1]))"


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
        told = (str(desk.actor.user_id), str(run))
        kill_at_work(registry, IMPORTS, PUBLISH, told, chance.uniform(0, 1.2 * whole))

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
