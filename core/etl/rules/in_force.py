"""The suite that a check follows: the newest base version, and the programme's own rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import NotFound
from core.etl.datasets import find_dataset
from core.etl.rules.suite import SHIPPED, Suite, combine, load_suite, make_suite
from core.models import ImportRun
from core.storage.database import Session
from core.storage.importing import suites

BASE = SHIPPED.stem
OF_PROGRAMME = "programme:"
"""A suite of that name and the programme's code holds the rules a programme adds."""


@dataclass(frozen=True)
class InForce:
    """The suite to follow, and the keys of the edited versions it was put together from."""

    suite: Suite
    base_id: int | None
    version_ids: tuple[int, ...]


def shipped_path(name: str) -> Path:
    """Return the file of a shipped suite; NotFound for a name that is none."""
    path = SHIPPED.parent / f"{name}.json"
    if path.parent != SHIPPED.parent or not path.is_file():
        raise NotFound("The rules “{name}”", name=name)
    return path


def shipped_names() -> list[str]:
    """Return the names of the shipped suites."""
    return sorted(path.stem for path in SHIPPED.parent.glob("*.json"))


def suite_for(db: Session, programme_code: str, base: str = BASE) -> InForce:
    """Return the suite for a file of a programme; the shipped one where nobody has edited it."""
    found = [suites.newest(db, base), suites.newest(db, f"{OF_PROGRAMME}{programme_code}")]
    edited, extra = found
    suite = make_suite(edited.document) if edited else load_suite(shipped_path(base))
    if extra:
        suite = combine(suite, make_suite(extra.document))
    ids = tuple(one.id for one in found if one is not None and one.id is not None)
    return InForce(suite, edited.id if edited else None, ids)


def suite_of(db: Session, run: ImportRun) -> Suite:
    """Return the suite that a run was checked with, whatever is in force today."""
    base = find_dataset(run.dataset).suite
    kept: Mapping[str, Any] = run.counts
    versions = suites.list_by_id(db, kept.get("suites", []))
    edited = next((one for one in versions if not one.name.startswith(OF_PROGRAMME)), None)
    suite = make_suite(edited.document) if edited else load_suite(shipped_path(base))
    for extra in versions:
        if extra is not edited:
            suite = combine(suite, make_suite(extra.document))
    return suite
