"""One import of a file into the configured registry, timed; answers in JSON."""

import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

from core.errors import Conflict
from core.etl import pipeline
from core.models import Unit
from core.services import accounts, imports, locations, programmes
from core.storage.database import migrate


def main(people: str, places: str, way: str) -> dict[str, float]:
    """Migrate; then import `people` ("-" for none) where `places` ("-" when known) are; `way`
    "full" has every row read even of a file that was published before."""
    migrate()
    system = accounts.system_actor()
    if people == "-":
        return {}
    if places != "-":
        locations.import_locations(system, Path(places))
    with suppress(Conflict):
        programmes.add_programme(system, "CASH", "Cash transfer", Unit.INDIVIDUAL)
    started = time.perf_counter()
    run = imports.start(system, imports.StartImport(Path(people), Path(people).name, "CASH"))
    suggested = imports.describe(system, run).document.suggestions
    imports.set_mapping(system, run, pipeline.default_mapping(suggested), "Registration ID")
    received = time.perf_counter()
    imports.check(system, run, force=way == "full")
    checked = time.perf_counter()
    receipt = imports.publish(system, run)
    done = time.perf_counter()
    return {
        "receive": received - started,
        "check": checked - started,
        "publish": done - checked,
        "peak_mb": max(_peak(resource.RUSAGE_SELF), _peak(resource.RUSAGE_CHILDREN)),
        "new": receipt.new,
        "changed": receipt.changed,
        "unchanged": receipt.unchanged,
        "held": receipt.held,
    }


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
