"""How long a bulk move of N people takes, and its undo, against the bare statements on the same
rows in the same run; and how long its preview takes, beside as many bare rows of one."""

import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import people_csv
from core.domain.criteria import Op, where
from core.domain.fields import Status
from core.domain.lifecycle import HouseholdRule, State
from core.models import Batch, Programme, Unit
from core.services import accounts, imports, lifecycle, locations, programmes, undo
from core.services.lifecycle import Asked, Chosen
from core.settings import now
from core.storage.database import configure, dispose, engine, migrate, transaction
from core.storage.dialect import run, spelling

ROUNDS = 5
_DAY = date(2026, 6, 1)


def measure(url: str, folder: Path, rows: int) -> None:
    """Print the figures of one engine for `rows` people, each in the one programme."""
    configure(url, folder)
    migrate()
    _bring(folder, rows)
    bare, ours = Times(), Times()
    for _round in range(ROUNDS):
        _settle()
        bare.move.append(_timed(lambda: _move_bare("ACTIVE", "SUSPENDED")))
        bare.back.append(_timed(lambda: _move_bare("SUSPENDED", "ACTIVE")))
        _settle()
        _act(ours)
    print(f"\n{engine().dialect.name}: {rows:,} people moved, median of {ROUNDS}")
    for name, floor, acts in (("move", bare.move, ours.move), ("undo", bare.back, ours.back)):
        least, most = statistics.median(floor), statistics.median(acts)
        print(f"  {name:<24}{most:7.2f} s   bare {least:6.2f} s   {most / least:5.2f} of it")
    looked = {f"preview, rule {rule}": spent for rule, spent in _look().items()}
    looked["preview of the undo"] = statistics.median(ours.look_back)
    least = statistics.median(_timed_look() for _round in range(ROUNDS))
    for name, spent in looked.items():
        print(f"  {name:<24}{spent:7.2f} s   bare {least:6.2f} s   {spent / least:5.2f} of it")
    dispose()


class Times:
    """Seconds of each round."""

    def __init__(self) -> None:
        self.move: list[float] = []
        self.back: list[float] = []
        self.look_back: list[float] = []


def _bring(folder: Path, rows: int) -> None:
    system = accounts.system_actor()
    people, places = folder / "moves.csv", folder / "move_places.csv"
    people_csv.write_people(people, rows)
    people_csv.write_places(places)
    locations.import_locations(system, places)
    programmes.add_programme(system, "CASH", "Cash transfer", Unit.INDIVIDUAL)
    order = imports.StartImport(people, people.name, "CASH", Status.ACTIVE)
    run = imports.start(system, order)
    imports.check(system, run)
    imports.publish(system, run)


def _asked(target: State) -> Asked:
    return Asked("CASH", target, "Measured", effective_on=None)


def _act(times: Times) -> None:
    """Move everybody and take it back, each carried out from its preview."""
    system = accounts.system_actor()
    chosen = Chosen(criteria=where("status", Op.IS, "ACTIVE"))
    order = lifecycle.prepare(system, _asked(State.SUSPENDED), chosen)
    done: list[Any] = []
    times.move.append(_timed(lambda: done.append(lifecycle.carry_out(system, order))))
    back: list[Any] = []
    batch = done[0].batch
    times.look_back.append(_timed(lambda: back.append(undo.prepare(system, batch, "Measured"))))
    times.back.append(_timed(lambda: lifecycle.carry_out(system, back[0])))


def _look() -> dict[str, float]:
    """Return the seconds of the preview for each household rule, the choice of all included."""
    system, found = accounts.system_actor(), dict[str, float]()
    chosen = Chosen(criteria=where("is_head", Op.IS, True))
    for rule in (None, *HouseholdRule):
        with transaction() as db:
            programme = db.execute(text("SELECT id FROM programme")).scalar_one()
            db.get_one(Programme, programme).household_rule = rule or HouseholdRule.NONE
        whom = Chosen(criteria=where("status", Op.IS, "ACTIVE")) if rule is None else chosen
        name = f"{rule}, heads" if rule else "NONE, all"
        look = partial(lifecycle.prepare, system, _asked(State.SUSPENDED), whom)
        found[name] = statistics.median(_timed(look) for _round in range(ROUNDS))
    return found


def _timed_look() -> float:
    """Return the seconds of the floor of a preview: a row for each enrolment, nothing else."""
    rows = (
        "INSERT INTO move_subject (order_id, enrolment_id, version, part, status, since) "
        "SELECT 0, id, version, 'CHOSEN', 'SUSPENDED', since FROM enrolment"
    )

    def lay() -> None:
        with transaction() as db:
            run(db, rows)

    spent = _timed(lay)
    with transaction() as db:
        run(db, "DELETE FROM move_subject WHERE order_id = 0")
    return spent


def _move_bare(before: str, after: str) -> None:
    """The floor: the same rows updated, the same status changes inserted, nothing else."""
    with transaction() as db:
        batch = Batch(kind="bare", actor="bench", recorded_at=now())
        db.add(batch)
        db.flush()
        words = spelling(db)
        run(
            db,
            "INSERT INTO status_change (enrolment_id, batch_id, before, after, reason, "
            "effective_on, recorded_at) SELECT id, :batch, status, :after, 'Measured', "
            f"{words.day(':day')}, {words.moment(':at')} FROM enrolment WHERE status = :before",
            batch=batch.id,
            before=before,
            after=after,
            day=words.write_day(_DAY),
            at=words.write_moment(now()),
        )
        run(
            db,
            f"UPDATE enrolment SET status = :after, since = {words.day(':day')}, "
            "version = version + 1 WHERE status = :before",
            after=after,
            before=before,
            day=words.write_day(_DAY),
        )


def _settle() -> None:
    """Let the engine clear away what the last round left, for both sides alike."""
    if engine().dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine().url.database))) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        for name in ("enrolment", "status_change", "move_subject", "search_outbox"):
            db.execute(text(f"VACUUM ANALYZE {name}"))
        db.execute(text("CHECKPOINT"))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
