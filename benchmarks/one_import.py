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


def main(people: str, places: str) -> dict[str, float]:
    """Migrate; then import `people` ("-" for none) where `places` ("-" when known) are."""
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
    imports.check(system, run)
    checked = time.perf_counter()
    receipt = imports.publish(system, run)
    done = time.perf_counter()
    return {
        "check": checked - started,
        "publish": done - checked,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "new": receipt.new,
        "unchanged": receipt.unchanged,
        "held": receipt.held,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
