"""The short way of a file that was published before: nothing in it is new, and nobody reads it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.domain.permissions import Actor, Permission
from core.errors import Conflict
from core.etl.columns import headers
from core.etl.remedies.steps import Step
from core.etl.rows import Severity
from core.etl.rules.findings import Tally
from core.etl.rules.suite import Suite
from core.etl.runs.document import Document
from core.etl.values import codes
from core.storage.database import Session
from core.storage.importing import imports, same_file
from core.storage.importing.imports import Issue
from core.storage.importing.places import Place
from core.storage.importing.receipts import Order
from core.storage.importing.same_file import Earlier

_READING = 1
"""To be raised when a release reads files in another way: what it sees is then new to it."""


def sum_up(
    order: Order,
    document: Document,
    told: Sequence[Step],
    suite: Suite,
    known: Sequence[Place],
) -> str:
    """Return the digest of everything but the file's bytes that decides what a check finds."""
    run, columns = order.run, document.mapping.columns if document.mapping else {}
    ages = any(column.field == "age" for column in columns.values())
    facts = {
        "reading": _READING,
        "files": [one.sha256 for one in document.files],
        "mapping": [[header, column.to_json()] for header, column in columns.items()],
        "key": document.key,
        "layout": asdict(document.layout),
        "shape": document.shape.to_json(),
        "steps": [asdict(step) for step in told],
        "suite": suite.document,
        "programme": [run.programme_id, order.programme.unit],
        "run": [run.dataset, run.source_id, run.status],
        "year": order.today.year if ages else None,
        "tables": [_of_file(codes.ALIASES), _of_file(headers.ALIASES)],
        "reach": _reach(order.actor),
        "places": [[place.id, place.code, place.name, place.path] for place in known],
    }
    text = json.dumps(facts, default=str, sort_keys=True, ensure_ascii=False)
    # A table without a name of its own is called as its file is kept, anew at every upload.
    for n, stored in enumerate((run.stored_as, *(one.stored_as for one in document.files))):
        text = text.replace(Path(stored).stem, f"file {n}")
    return hashlib.sha256(text.encode()).hexdigest()


def _of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _reach(actor: Actor) -> list[list[Any]]:
    scopes = actor.scopes_for(Permission.IMPORT)
    return sorted([scope.path, scope.programme_id or 0, scope.level] for scope in scopes)


def recognise(db: Session, order: Order, digest: str) -> Earlier | None:
    """Return what is known of a file that was published before and of which all still holds."""
    run = order.run
    document = Document.from_json(run.mapping)
    if run.parent_id is not None or document.decisions:
        return None
    earlier = same_file.find_published(db, run, digest)
    if earlier is None:
        return None
    space = document.spaces("").person
    for later in same_file.published_since(db, earlier):
        if Document.from_json(later.mapping).spaces("").person == space:
            return None
    spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
    stands = same_file.still_stands(db, earlier, spaces.person)
    return same_file.recall(db, earlier) if stands else None


def tell(db: Session, order: Order, earlier: Earlier) -> tuple[dict[str, int], Tally]:
    """Write the findings about a recognised file; return its counts and causes."""
    tally = Tally()
    told = [("same_file", earlier.at.date().isoformat())]
    if earlier.held:
        told.append(("rows_waiting", str(earlier.held)))
    for rule, _ in told:
        tally.count(rule, Severity.INFO)
    issues = [Issue(0, None, rule, Severity.INFO.value, value) for rule, value in told]
    imports.add_issues(db, order.run_id, issues)
    counts = {
        "rows": earlier.rows,
        "staged": 0,
        "held": earlier.held,
        "new": 0,
        "changed": 0,
        "unchanged": earlier.published,
        "duplicates": 0,
        "origin": earlier.origin,
    }
    return counts, tally


def require_still(db: Session, order: Order) -> None:
    """Raise Conflict where a recognised file would bring something now."""
    earlier = recognise(db, order, order.run.settings_digest or "")
    if earlier is None or earlier.origin != order.run.counts["origin"]:
        raise Conflict(
            "Since “{file}” was checked, somebody has published or taken back other rows. Check "
            "the file again.",
            file=order.run.file_name,
        )
