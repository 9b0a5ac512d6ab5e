"""A suite tried on rows without any consequence: our own count, and the official one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

import pandas as pd

from core.errors import Conflict
from core.etl import pipeline
from core.etl.choices import Column, Mapping, Suggestion
from core.etl.frame import Frame
from core.etl.remedies.steps import Step, with_values
from core.etl.rows import Checked
from core.etl.rules import validate
from core.etl.rules.suite import Expectation, Suite
from core.etl.runs.checking import corrected
from core.etl.runs.document import Document
from core.models import ImportRun, RunState
from core.settings import now
from core.storage.database import Session

COUNTED = (RunState.CHECKED, RunState.PUBLISHED)
"""Where a run may stand to have its findings confirmed."""
_ROWS_SHOWN, _BATCH = 20, 50_000


@dataclass(frozen=True)
class RuleCount:
    """What one rule found: how many rows, and the first of them with their values."""

    rule: str
    severity: str
    column: str
    count: int
    rows: tuple[int, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """The table of a run and what its columns hold."""

    frame: Frame
    mapping: Mapping
    key: str | None


def rows_of(run: ImportRun, told: Sequence[Step]) -> Rows:
    """Return the table of a run as some steps correct it, with what its columns hold."""
    draft = Document.from_json(run.mapping)
    mapping = draft.mapping or safe_mapping(draft.suggestions)
    return Rows(corrected(run, told), with_values(mapping, told), draft.key)


def safe_mapping(suggestions: Sequence[Suggestion]) -> Mapping:
    """Follow the suggestions that need no person's word; the other columns are attributes."""
    return Mapping({one.header: Column(one.field if one.safe else None) for one in suggestions})


@dataclass(frozen=True)
class Trial:
    """What the rules of a suite found in so many rows."""

    rows: int
    counts: tuple[RuleCount, ...]


def try_suite(suite: Suite, source: Rows, today: date, most: int | None = None) -> Trial:
    """Count what each rule finds, rules that find nothing included; `most` rows at least if there
    are so many, all of them without it."""
    parts: list[pd.DataFrame] = []
    read = 0
    for checked in _checked(suite, source, today, min(most or _BATCH, _BATCH)):
        parts.append(checked.issues[checked.issues["rule"].isin(suite.messages)])
        read += len(checked.frame)
        if most is not None and read >= most:
            break
    found = pd.concat(parts) if parts else None
    return Trial(read, tuple(_count(rule, found) for rule in suite.expectations))


def _count(rule: Expectation, found: pd.DataFrame | None) -> RuleCount:
    mine = found[found["rule"] == rule.rule] if found is not None else pd.DataFrame()
    first = mine.head(_ROWS_SHOWN)
    rows, values = (first[name].tolist() if len(first) else [] for name in ("row", "value"))
    return RuleCount(
        rule.rule, rule.severity.value, rule.column, len(mine), tuple(rows), tuple(values)
    )


def _checked(suite: Suite, source: Rows, today: date, size: int) -> Iterator[Checked]:
    return pipeline.check(
        source.frame, source.mapping, today=today, batch_rows=size, key=source.key, suite=suite
    )


def count_officially(suite: Suite, source: Rows, today: date) -> dict[str, Any]:
    """Let Great Expectations count, batch by batch; rules that compare rows see all rows at once.

    Returns {"rules": {rule: {"checked", "failed"}}, "agrees", "differ", "engine", "at"}.
    """
    alone = part_of(suite, (r for r in suite.expectations if r not in suite.whole_file))
    whole = part_of(suite, suite.whole_file)
    needed = {c for rule in whole.expectations for c in rule.columns if "." not in c}
    columns = ["row", "attributes", *sorted(needed - {"row", "attributes"})]
    ours: Counter[str] = Counter()
    theirs: dict[str, Counter[str]] = {}
    kept: list[pd.DataFrame] = []
    for checked in _checked(part_of(suite, ()), source, today, _BATCH):
        _compare(alone, checked.frame, today, ours, theirs)
        kept.append(checked.frame[columns])
    if whole.expectations and kept:
        _compare(whole, pd.concat(kept, ignore_index=True), today, ours, theirs)
    differ = sorted(rule for rule, counts in theirs.items() if counts["failed"] != ours[rule])
    return {
        "rules": {rule: dict(counts) for rule, counts in theirs.items()},
        "agrees": not differ,
        "differ": differ,
        "engine": f"great_expectations {version('great_expectations')}",
        "at": now().isoformat(),
    }


def _compare(
    suite: Suite,
    frame: pd.DataFrame,
    today: date,
    ours: Counter[str],
    theirs: dict[str, Counter[str]],
) -> None:
    if not suite.expectations or frame.empty:
        return
    ours.update(validate.run(suite, frame, today)["rule"].tolist())
    for rule, result in validate.official_result(suite, frame, today).items():
        counts = Counter(checked=result.checked, failed=result.failed)
        theirs.setdefault(rule, Counter()).update(counts)


def part_of(suite: Suite, rules: Iterable[Expectation]) -> Suite:
    """Return the suite with only these rules."""
    chosen = tuple(rules)
    names = {rule.rule for rule in chosen}
    items = [one for one in suite.document["expectations"] if one["meta"]["rule"] in names]
    return Suite(suite.name, chosen, {**suite.document, "expectations": items}, suite.attributes)


def keep(db: Session, run: ImportRun, before: dict[str, Any], counts: dict[str, Any]) -> None:
    """Write the official counts into the run; Conflict unless it still stands as `before`."""
    mine, then = ({k: v for k, v in one.items() if k != "official"} for one in (run.counts, before))
    if mine != then:
        raise Conflict("The file has been checked anew since. Ask for the official count again.")
    run.counts = {**run.counts, "official": counts}
    db.flush()
