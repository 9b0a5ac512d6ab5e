"""Imports, edits, suites, workbooks and bulk moves, each against floors taken in the same run."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import edit_speed, floors, move_speed, people_csv, suite_speed, xlsx_speed


def main() -> int:
    """Measure and print one table per engine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--moved", type=int, default=100_000, help="people of a bulk move")
    parser.add_argument("--engines", default="sqlite,postgresql")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="caseload-bench-") as name:
        folder = Path(name)
        people, places = folder / "people.csv", folder / "places.csv"
        people_csv.write_people(people, asked.rows)
        people_csv.write_places(places)
        size = people.stat().st_size / 1e6
        print(f"{asked.rows:,} rows, {len(people_csv.HEADER)} columns, {size:,.0f} MB")
        for engine in asked.engines.split(","):
            measure(engine, folder, asked.rows)
    with tempfile.TemporaryDirectory(prefix="caseload-bench-") as name:
        edit_speed.measure(Path(name), 100_000)
    suite_speed.measure()
    xlsx_speed.measure()
    for engine in asked.engines.split(","):
        with tempfile.TemporaryDirectory(prefix="caseload-bench-") as name:
            folder = Path(name)
            move_speed.measure(database(engine, folder, "moves"), folder, asked.moved)
    return 0


def measure(engine: str, folder: Path, rows: int) -> None:
    """Import four times on one engine, take both floors, print the figures."""
    people, places = folder / "people.csv", folder / "places.csv"
    touched = folder / "touched.csv"
    people_csv.touch_one(people, touched)
    filled, empty, bare = (database(engine, folder, use) for use in ("filled", "empty", "bare"))
    first = child(filled, folder / engine, people, places)
    again = child(filled, folder / engine, people, None)
    full = child(filled, folder / engine, people, None, "full")
    child(empty, folder / f"{engine}-empty", None, None)
    floor = floors.put_back(filled, empty)
    one = child(filled, folder / engine, touched, None)
    raw = floors.load_bare(bare, people, people_csv.HEADER)
    whole = first["check"] + first["publish"]
    print(f"\n{engine}")
    print(f"  first import   {whole:8.1f} s   {rows / whole:10,.0f} rows/s")
    print(f"    check + stage{first['check']:8.1f} s")
    print(f"    publish      {first['publish']:8.1f} s")
    print(f"    peak memory  {first['peak_mb']:8.0f} MB   new {first['new']:,}")
    for what, done in (("same file again", again), ("read in full", full), ("one changed", one)):
        spent = done["check"] + done["publish"]
        print(f"  {what:15}{spent:8.1f} s   unchanged {done['unchanged']:,}", end="")
        print(f"   changed {done['changed']:,}   {spent / raw:6.2f} of the bare load")
    print(f"  floor: the same rows put back, all indexes {floor:8.1f} s")
    print(f"  floor: the CSV into one bare table         {raw:8.1f} s")
    print(f"  first import / rows put back   {whole / floor:6.2f}")
    print(f"  first import / bare CSV load   {whole / raw:6.2f}")
    sys.stdout.flush()


def child(
    url: str, data: Path, people: Path | None, places: Path | None, way: str = "short"
) -> dict[str, float]:
    """Run one import in a process of its own, so that its peak memory is its own."""
    words = [str(people or "-"), str(places or "-"), way]
    environment = os.environ | {"DATABASE_URL": url, "CASELOAD_DATA_DIR": str(data)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.one_import", *words],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def database(engine: str, folder: Path, use: str) -> str:
    """Return the address of a fresh database; on PostgreSQL made on the server at hand."""
    if engine == "sqlite":
        (folder / use).mkdir()
        return f"sqlite:///{folder / use / 'caseload.sqlite'}"
    server = os.environ["CASELOAD_TEST_POSTGRES_URL"].rsplit("/", 1)[0]
    name = f"bench_{use}_{time.time_ns()}"
    floors.make_database(f"{server}/postgres", name)
    return f"{server}/{name}"


if __name__ == "__main__":
    sys.exit(main())
