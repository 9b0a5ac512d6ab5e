"""How long it takes to see what a remedy does, in a file of N rows, and to check it all again."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from benchmarks import people_csv
from core.domain.permissions import Actor
from core.etl import pipeline
from core.etl.remedies.steps import Blank, Cell, LeaveOut, MapValue, Replace, Step
from core.models import Unit
from core.services import accounts, imports, inspection, locations, programmes, remedies
from core.services.inspection import Facet
from core.storage.database import configure, dispose, migrate

ROUNDS = 9


def measure(folder: Path, rows: int) -> None:
    """Print the figures for a file of `rows` rows, on the embedded engine."""
    data = folder / "edits"
    configure(f"sqlite:///{data / 'caseload.sqlite'}", data)
    migrate()
    system, run = accounts.system_actor(), _bring(folder, rows)
    print(f"\nedit feedback at {rows:,} rows (CPU, median of {ROUNDS}; wall, median)")
    looks = {
        "bad rows, a page of 50": lambda _n: inspection.bad_rows(system, run, Facet(), limit=50),
        **{name: _try_out(system, run, make) for name, make in STEPS.items()},
    }
    for name, look in looks.items():
        times = [_timed(look, number) for number in range(ROUNDS)]
        used, wall = (statistics.median(one) for one in zip(*times, strict=True))
        print(f"  {name:<36}{used:7.0f} ms   {wall:7.0f} ms")
    told: list[Step] = [Cell("Phone number", "", "0700", row=2), Replace("Sex", "Female", "F")]
    used, wall = _timed(_add(system, run, told), 0)
    print(f"  {'a step put into force':<36}{used:7.0f} ms   {wall:7.0f} ms")
    used, wall = _timed(lambda _n: imports.check(system, run), 0)
    print(f"  {'the whole file checked again':<36}{used:7.0f} ms   {wall:7.0f} ms")
    dispose()


STEPS: dict[str, Callable[[int], Step]] = {
    "try out: one cell": lambda n: Cell("Sex", "Female", f"Q{n}", row=50_000 + n),
    "try out: one cell of the key": lambda n: Cell(
        "Registration ID", f"REG{n:09d}", "REG000000777", row=n + 2
    ),
    "try out: a value replaced": lambda n: Replace("Water source", "river", f"stream {n}"),
    "try out: a value that means nothing": lambda n: Blank("Livestock", (str(n),)),
    "try out: what a value means": lambda _n: MapValue("Sex", "Male", "OTHER"),
    "try out: one row left out": lambda n: LeaveOut("double", rows=(60_000 + n,)),
}


def _bring(folder: Path, rows: int) -> UUID:
    system = accounts.system_actor()
    people, places = folder / "edits.csv", folder / "edit_places.csv"
    people_csv.write_people(people, rows)
    people_csv.write_places(places)
    locations.import_locations(system, places)
    programmes.add_programme(system, "CASH", "Cash transfer", Unit.INDIVIDUAL)
    run = imports.start(system, imports.StartImport(people, people.name, "CASH"))
    suggested = imports.describe(system, run).document.suggestions
    imports.set_mapping(system, run, pipeline.default_mapping(suggested), "Registration ID")
    imports.check(system, run)
    return run


def _try_out(system: Actor, run: UUID, make: Callable[[int], Step]) -> Callable[[int], object]:
    return lambda number: inspection.preview_step(system, run, make(number))


def _add(system: Actor, run: UUID, told: list[Step]) -> Callable[[int], object]:
    return lambda _number: remedies.add_steps(system, run, told)


def _timed(work: Callable[[int], object], number: int) -> tuple[float, float]:
    """Return the milliseconds that one piece of work takes: of a processor, of the clock."""
    used, started = time.process_time(), time.perf_counter()
    work(number)
    return (time.process_time() - used) * 1000, (time.perf_counter() - started) * 1000
