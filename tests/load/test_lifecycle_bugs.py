"""The lifecycle, broken on purpose in one place at a time: the machine must notice each.

The short form looks for them on the embedded engine, CASELOAD_MACHINE=200 on both.
"""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import ColumnElement, true
from sqlalchemy.exc import DBAPIError

from core.errors import RegistryError
from core.storage.homes import home_writes
from core.storage.importing import import_statuses
from core.storage.lifecycle import (
    cycle_undo,
    move_again,
    move_numbers,
    move_places,
    move_plan,
    move_undo,
    moves,
    orders,
)
from core.storage.rewinding import rewind
from tests.conftest import ENGINES, Registry
from tests.lifecycle_acts import ActsMachine
from tests.lifecycle_later import LaterMachine
from tests.lifecycle_machine import Machine, settings_for
from tests.lifecycle_office import OfficeMachine
from tests.lifecycle_world import settle

LONG = int(os.environ.get("CASELOAD_MACHINE", "12")) >= 100
HISTORIES = 200 if LONG else 60
"""So many histories at most; the first that shows the bug is the last."""
Seed = Callable[[pytest.MonkeyPatch], None]
UNMET: set[str] = set()
"""The texts of the present bug that no statement held yet."""


def nothing(*_anything: object, **_more: object) -> int:
    """A step that is left out."""
    return 0


def everybody(*_anything: object) -> ColumnElement[bool]:
    return true()


def broken(module: ModuleType, name: str, by: Any = nothing) -> Seed:
    """Return what puts `by` in the place of a function."""
    assert hasattr(module, name)
    return lambda patch: patch.setattr(module, name, by)


def rewritten(module: ModuleType, *pairs: tuple[str, str], by: str = "run") -> Seed:
    """Return what writes a part of a module's statements otherwise."""
    real = getattr(module, by)

    def write(text: str) -> str:
        for old, new in pairs:
            if old in text:
                UNMET.discard(old)
                text = text.replace(old, new)
        return text

    def run(db: object, *texts: str, **values: object) -> object:
        return real(db, *(write(one) for one in texts), **values)

    def seed(patch: pytest.MonkeyPatch) -> None:
        UNMET.update(old for old, _new in pairs)
        patch.setattr(module, by, run)

    return seed


def all_of(*seeds: Seed) -> Seed:
    def seed(patch: pytest.MonkeyPatch) -> None:
        for one in seeds:
            one(patch)

    return seed


def without_update(db: Any, statement: str, *, real: Any = moves.run, **values: Any) -> int:
    """Write the log of a move and leave the enrolment as it is."""
    if statement.startswith("UPDATE enrolment"):
        return moves.ask(
            db,
            "SELECT count(*) FROM move_subject WHERE order_id = :order AND blocked IS NULL",
            order=values["order"],
        )
    return int(real(db, statement, **values))


BUGS: dict[str, Seed] = {
    "what somebody else changed meanwhile is overwritten": all_of(
        broken(moves, "block_changed"),
        rewritten(
            moves, (" AND e.version = s.version", ""), ("AND s.version = enrolment.version", "")
        ),
    ),
    "nobody is carried along": broken(move_plan, "cascade"),
    "the carried move although who leads them stays": broken(move_plan, "block_left"),
    "an undo keeps the newer date": rewritten(
        move_undo, ("COALESCE(r.since, r.effective_on, e.since)", "e.since")
    ),
    "an undo takes the day of an exit for the day its status began": rewritten(
        move_undo, ("COALESCE(r.since, r.effective_on, e.since)", "r.effective_on")
    ),
    "an undo leaves an exit in place": rewritten(
        move_undo,
        ("CASE WHEN r.exit_reason IS NOT NULL THEN r.effective_on END AS ended_on, r.exit_reason,",
         "e.ended_on AS ended_on, e.exit_reason,"),
    ),
    "an undo overwrites what came later": rewritten(
        move_undo, ("ELSE 'MOVED_SINCE' END", "ELSE NULL END")
    ),
    "what is taken back is taken back again": rewritten(
        move_undo, ("THEN 'UNDONE'", "THEN NULL")
    ),
    "an undo for some takes everybody's household along": rewritten(
        move_undo, ("AND c.household_id IS NOT NULL ", "")
    ),
    "the first member to move takes the household that waits for all": broken(
        move_plan, "_find_complete", move_plan._find_led
    ),
    "any member leads as the head does": rewritten(
        move_plan, (" AND m.is_head", ""), by="make_temporary"
    ),
    "those who have left take places": rewritten(
        move_places, (" AND ended_on IS NULL", ""), by="ask"
    ),
    "the number of a merged person leads nowhere": rewritten(
        move_numbers, ("x.merged_into_id IS NOT NULL", "false")
    ),
    "the area of the manager is forgotten": broken(move_plan, "enrolments_in_scope", everybody),
    "the log says what did not happen": broken(moves, "run", without_update),
    "nobody sees that an enrolment has changed": rewritten(
        moves, ("version = enrolment.version + 1", "version = enrolment.version + 0")
    ),
    "search is not told": broken(moves, "tell_search"),
    "the act is not in the log": broken(orders, "record_act"),
    "who looked at a household that changed does not look again": broken(
        home_writes, "_pass_enrolments"
    ),
    "a planned order is carried out as it was laid": broken(move_again, "lay_again"),
    "a second person's yes is not looked at again": broken(move_again, "_block_changed"),
    "the undo of a roll-over leaves the new enrolment": broken(cycle_undo, "carry_out"),
    "what has moved on leaves with its roll-over": rewritten(
        cycle_undo, ("WHERE l.enrolment_id = n.id AND l.id <> c.id", "WHERE false"),
        by="make_temporary",
    ),
    "a file moves whom the programme does not let move": rewritten(
        import_statuses, ("WHEN NOT (", "WHEN false AND NOT ("), by="make_temporary"
    ),
    "a rewind leaves the statuses that its file brought": broken(rewind, "move_back"),
}  # fmt: skip
OFFICE = {
    "an undo for some takes everybody's household along",
    "those who have left take places",
    "a planned order is carried out as it was laid",
    "a second person's yes is not looked at again",
}
"""Those that few histories meet where nobody plans ahead, asks or looks for the corners."""
ACTS = {
    "the number of a merged person leads nowhere",
    "who looked at a household that changed does not look again",
}
"""Those that show only where people and households change as well."""
LATER = {
    "the undo of a roll-over leaves the new enrolment",
    "what has moved on leaves with its roll-over",
    "a file moves whom the programme does not let move",
    "a rewind leaves the statuses that its file brought",
}
"""Those that show only where people go over into cycles and files bring statuses."""


@pytest.mark.timeout(600 if LONG else 300)
@pytest.mark.parametrize("engine_url", ENGINES if LONG else ENGINES[:1], indirect=True)
@pytest.mark.parametrize("bug", BUGS)
def test_the_machine_notices_that(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    brook = settle()
    UNMET.clear()
    BUGS[bug](monkeypatch)

    def machine() -> Machine:
        if bug in LATER:
            return LaterMachine(tmp_path, brook)
        if bug in ACTS:
            return ActsMachine(tmp_path, brook)
        return OfficeMachine() if bug in OFFICE else Machine()

    with pytest.raises((AssertionError, RegistryError, DBAPIError)):
        run_state_machine_as_test(machine, settings=settings_for(HISTORIES))
    assert not UNMET, "the bug is seeded in a statement that is no longer there"
