"""The search for possible duplicates of a checked run: among its new rows and in the registry."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.etl.runs.likeness import Facts, Finder, Pair, facts
from core.models import ImportRun
from core.storage.database import Session
from core.storage.importing import duplicates, imports
from core.storage.importing.duplicates import RULE, Known
from core.storage.importing.imports import Issue
from core.storage.importing.matching import SAME_ROW
from core.storage.importing.publish import Publication
from core.storage.importing.receipts import Order

AT_CHECK = (20_000, 300_000)
ON_DEMAND = (100_000, 10_000_000)
"""How many new rows, and how many people, are compared in a check and when somebody asks."""


@dataclass(frozen=True)
class Sought:
    """What a search found: pairs by row with the numbers of the known people among them;
    `complete` is false where the limit of comparisons was reached."""

    pairs: list[Pair]
    numbers: dict[int, str]
    complete: bool


def seek(
    db: Session, order: Order, publication: Publication, most: tuple[int, int]
) -> Sought | None:
    """Compare the new rows of a run; None where there are more than `most` (rows, people)."""
    fresh = duplicates.read_fresh(db, publication, most[0])
    if fresh is None or duplicates.count_people(db) > most[1]:
        return None
    if not fresh:
        return Sought([], {}, complete=True)
    finder = Finder([_of_row(row) for row in fresh if row["row_no"] not in order.decisions])
    finder.within()
    finder.against(_of_people(duplicates.stream_people(db, order.actor)))
    pairs = finder.best()
    ids = {pair.other for pair in pairs if pair.known}
    return Sought(pairs, duplicates.numbers_of(db, ids), finder.complete)


def _of_row(row: dict[str, Any]) -> Facts:
    return facts(row["row_no"], row["full_name"], row)


def _of_people(people: Iterator[Known]) -> Iterator[Facts]:
    for one in people:
        values = {**one._asdict(), "place": one.location_id}
        yield facts(one.id, one.full_name, values)


def keep(db: Session, run: ImportRun, sought: Sought) -> dict[str, int]:
    """Write the pairs as warnings of the run, one for each row, in place of earlier ones; return
    the count of rows as the run keeps it."""
    imports.forget_issues(db, run.id or 0, (RULE,))
    told: dict[int, list[str]] = {}
    for pair in sought.pairs:
        other = sought.numbers[pair.other] if pair.known else f"{SAME_ROW}{pair.other}"
        words = (other, str(pair.likeness.percent), *pair.likeness.reasons)
        told.setdefault(pair.row, []).append(" ".join(words))
    issues = (Issue(row, None, RULE, "warning", "; ".join(one)) for row, one in told.items())
    imports.add_issues(db, run.id or 0, issues)
    count = {"duplicates": len(told)}
    run.counts = {**run.counts, **count}
    return count


@dataclass(frozen=True)
class Told:
    """One candidate as kept: a registration number or "row 12", how likely, and why; the percentage
    is None where nobody weighed it."""

    choice: str
    percent: int | None
    reasons: tuple[str, ...]


def read(value: str) -> list[Told]:
    """Read what `keep` wrote about one row."""
    found = []
    for part in value.split("; "):
        words = part.split(" ")
        if len(words) < 2:
            continue
        if words[0] == SAME_ROW.strip():
            words = [f"{SAME_ROW}{words[1]}", *words[2:]]
        found.append(Told(words[0], int(words[1]), tuple(words[2:])))
    return found


@dataclass(frozen=True)
class Alike:
    """Rows that one act may decide: whom each of them is about, and the rows with a second
    candidate as likely, which only a person can tell."""

    choices: Mapping[int, str]
    ambiguous: frozenset[int]


def alone(weighed: Iterable[tuple[int, str]], percent: int) -> Alike:
    """Return the rows of which one candidate, and no other, is at least so much alike."""
    choices: dict[int, str] = {}
    ambiguous = set()
    for row, value in weighed:
        likely = [one.choice for one in read(value) if (one.percent or 0) >= percent]
        if len(likely) == 1:
            choices[row] = likely[0]
        elif likely:
            ambiguous.add(row)
    return Alike(choices, frozenset(ambiguous))


def require(sought: Sought | None) -> Sought:
    """Return what was found; raises InvalidInput where the file is too large to be compared."""
    if sought is None:
        raise InvalidInput(
            "More than {most:,} rows are new: too many to look for possible duplicates among "
            "them. Import the file in parts, or publish it and look at the people then.",
            most=ON_DEMAND[0],
        )
    return sought
