"""What becomes of every messy file: `python -m tests.load.messy --write` puts the table into
docs/files.md; `python -m tests.load.messy FOLDER` tells one line of JSON per file."""

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import RegistryError
from core.etl import pipeline
from core.etl.rows import Severity
from core.etl.tables.reading import read_shaped
from tests.conftest import ROOT, SHARED

MESSY = SHARED / "messy"
PAGE = ROOT / "docs" / "files.md"
BEGIN = "<!-- made by: python -m tests.load.messy --write -->"
_ABOUT_THEM = "MANIFEST.csv"
_LISTS_SHOWN = 300


@dataclass(frozen=True)
class Outcome:
    """What became of a file: rows, of them held, and columns, or the sentence that refuses it.

    `memory` is the peak of the process so far in MB.
    """

    name: str
    rows: int = 0
    held: int = 0
    columns: int = 0
    sentence: str = ""
    seconds: float = 0.0
    memory: int = 0


def read_all(folder: Path) -> Iterator[Outcome]:
    """Read every file below a folder, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield read(path, path.relative_to(MESSY).as_posix())


def read(path: Path, name: str) -> Outcome:
    """Find the table of a file as an import would and read all its rows."""
    begun = time.monotonic()
    rows = held = columns = 0
    sentence = ""
    try:
        seen = pipeline.inspect(path)
        headers, batches = read_shaped([path], seen.layout, seen.shape)
        columns = len(headers)
        for batch in batches:
            rows += batch.table.num_rows
            critical = batch.issues["severity"] == Severity.CRITICAL
            held += batch.issues["row"][critical].nunique()
    except RegistryError as error:
        rows, held, columns, sentence = 0, 0, 0, str(error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Outcome(name, rows, held, columns, sentence, time.monotonic() - begun, peak)


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table in Markdown."""
    theirs = [one for one in outcomes if not one.name.endswith(_ABOUT_THEM)]
    refused = sum(bool(one.sentence) for one in theirs)
    lines = [
        f"{len(theirs)} files: {len(theirs) - refused} become rows, {refused} a sentence.",
        "",
        "| file | rows × columns | held rows, or the sentence |",
        "|---|---|---|",
    ]
    for one in theirs:
        shape = "" if one.sentence else f"{one.rows:,} × {one.columns:,}"
        told = one.sentence or (str(one.held) if one.held else "")
        lines.append(f"| {_plain(one.name)} | {shape} | {_plain(told)} |")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return text[:_LISTS_SHOWN].replace("|", "\\|").replace("[", "\\[").replace("\n", " ")


def main() -> None:
    """Write the table, or tell the outcomes of one folder."""
    if sys.argv[1:] == ["--write"]:
        above = PAGE.read_text(encoding="utf-8").split(BEGIN)[0]
        made = table(list(read_all(MESSY)))
        PAGE.write_text(f"{above}{BEGIN}\n\n{made}", encoding="utf-8")
        return
    for outcome in read_all(MESSY / sys.argv[1]):
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")


if __name__ == "__main__":
    main()
