"""Validation rules: look at them, edit them in versions, try them on a run, have them confirmed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput, NotFound
from core.etl import pipeline
from core.etl.rules import trial
from core.etl.rules.in_force import BASE, OF_PROGRAMME, shipped_names, shipped_path, suite_of
from core.etl.rules.messages import RULES
from core.etl.rules.suite import Suite, SuiteError, combine, load_suite, make_suite, read_suite
from core.etl.rules.trial import RuleCount, Trial
from core.etl.runs.checking import steps_of
from core.etl.tables.child_works import read_frame
from core.models import Job, Programme, SuiteVersion
from core.settings import now, today
from core.storage import accounts, jobs, programmes
from core.storage.audit import record_act
from core.storage.database import Session, data_dir, reading, transaction
from core.storage.importing import imports, suites

__all__ = ["BASE", "OF_PROGRAMME", "RuleCount", "SuiteError", "Trial"]


@dataclass(frozen=True)
class SuiteView:
    """One version of a suite; version 0 is the shipped file, or a programme's still empty one."""

    name: str
    version: int
    suite: Suite
    note: str | None = None
    made_by: str | None = None
    made_at: datetime | None = None


def list_names(actor: Actor) -> list[str]:
    """Return the names of the suites: the shipped ones, and one for each programme in reach."""
    _require_reader(actor)
    with reading() as db:
        found = [one for one in programmes.list_all(db) if _reaches(actor, one)]
    return [*shipped_names(), *(f"{OF_PROGRAMME}{one.code}" for one in found)]


def _require_reader(actor: Actor) -> None:
    """Rules are read by who edits them and by who imports."""
    if not actor.allows(Permission.IMPORT):
        require(actor, Permission.ADMINISTER)


def _reaches(actor: Actor, programme: Programme) -> bool:
    return actor.allows(Permission.ADMINISTER) or bool(imports.paths(actor, programme.id or 0))


def list_versions(actor: Actor, name: str) -> list[SuiteView]:
    """Return every edited version of a suite, newest first, and last the one it began with."""
    _require_reader(actor)
    with reading() as db:
        first = _first(db, actor, name)
        return [*map(_view, suites.list_versions(db, name)), first]


def describe(actor: Actor, name: str, version: int | None = None) -> SuiteView:
    """Return a version of a suite, the one in force by default; NotFound where there is none."""
    _require_reader(actor)
    with reading() as db:
        return _find(db, actor, name, version)


def _find(db: Session, actor: Actor, name: str, version: int | None) -> SuiteView:
    first = _first(db, actor, name)
    if version:
        return _view(suites.get(db, name, version))
    edited = suites.newest(db, name) if version is None else None
    return _view(edited) if edited else first


def _view(found: SuiteVersion) -> SuiteView:
    suite = make_suite(found.document)
    return SuiteView(found.name, found.version, suite, found.note, found.made_by, found.made_at)


def _first(db: Session, actor: Actor, name: str) -> SuiteView:
    """What stands before anybody edits: the shipped file, or no rules for a programme."""
    code = name.removeprefix(OF_PROGRAMME)
    if code == name:
        return SuiteView(name, 0, load_suite(shipped_path(name)))
    programme = programmes.find(db, code)
    if programme is None or not _reaches(actor, programme):
        raise NotFound("The programme “{code}”", code=code)
    return SuiteView(name, 0, make_suite({"name": name, "expectations": []}))


def lint(actor: Actor, text: str) -> Suite:
    """Read a suite from JSON text; SuiteError names the rule and what is wrong with it."""
    _require_reader(actor)
    suite = read_suite(text)
    _refuse_taken(suite)
    return suite


def _refuse_taken(suite: Suite) -> None:
    taken = sorted(set(suite.messages) & RULES)
    if taken:
        raise SuiteError(
            "Rule {rule}: this name belongs to a check of the program itself. Choose another.",
            rule=taken[0],
        )


def save_version(actor: Actor, document: Mapping[str, Any], note: str, expected: int) -> int:
    """Keep a suite as the version in force from now on; return its number.

    The document names its suite. Raises SuiteError for a rule that cannot be checked, Conflict
    unless `expected` is the newest version (0: the shipped file).
    """
    require(actor, Permission.ADMINISTER)
    suite = lint(actor, json.dumps(document))
    note = " ".join(note.split())
    if not 0 < len(note) <= 500:
        raise InvalidInput("Say in a few words what has changed and why.")
    with transaction() as db:
        before = _find(db, actor, suite.name, None)
        _refuse_clash(db, actor, suite)
        made = suites.add(
            db, suite.name, suite.document, expected, note=note, made=(actor.name, now())
        )
        record_act(
            db,
            actor.name,
            "suite.save",
            f"suite:{made.uuid}",
            suite=made.name,
            version=made.version,
            **_differences(before.suite, suite),
        )
        return made.version


def _refuse_clash(db: Session, actor: Actor, suite: Suite) -> None:
    """Raise SuiteError where the base rules and a programme's would not go together."""
    if suite.name.startswith(OF_PROGRAMME):
        combine(_find(db, actor, BASE, None).suite, suite)
    elif suite.name == BASE:
        for extra in suites.newest_of(db, OF_PROGRAMME):
            combine(suite, make_suite(extra.document))


def _differences(before: Suite, after: Suite) -> dict[str, list[str]]:
    old = {rule.rule: rule for rule in before.expectations}
    new = {rule.rule: rule for rule in after.expectations}
    return {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(name for name in new.keys() & old.keys() if new[name] != old[name]),
    }


def restore(actor: Actor, name: str, version: int, expected: int) -> int:
    """Put an older version (0: the shipped file) in force again, as a new version."""
    require(actor, Permission.ADMINISTER)
    with reading() as db:
        old = _find(db, actor, name, version)
    note = f"Version {version} restored" if version else "The shipped rules restored"
    return save_version(actor, old.suite.document, note, expected)


def try_on_run(
    actor: Actor, document: Mapping[str, Any], run_uuid: UUID, most: int | None = None
) -> Trial:
    """Count what the rules of a suite find in one of the actor's own runs; nothing is changed.

    With `most` only about so many rows are read, from the first on.
    """
    require(actor, Permission.IMPORT)
    suite = make_suite(document)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        told = steps_of(db, run)
    source = trial.rows_of(run, told)
    return trial.try_suite(suite, source, today(), most)


def try_on_file(
    actor: Actor, document: Mapping[str, Any], path: Path, most: int | None = None
) -> Trial:
    """Count what the rules of a suite find in a file whose columns are safe to recognise; for who
    edits rules as for who imports. With `most` only about so many rows are checked."""
    _require_reader(actor)
    suite = make_suite(document)
    seen = pipeline.inspect(path)
    columns = trial.safe_mapping(seen.suggestions)
    with TemporaryDirectory(dir=data_dir()) as folder:
        frame = read_frame([path], seen.layout, seen.shape, Path(folder) / "rows.arrow")
        return trial.try_suite(suite, trial.Rows(frame, columns, None), today(), most)


def sentences(actor: Actor, run_uuid: UUID) -> dict[str, Mapping[str, str]]:
    """Return the sentences of the rules that a run was checked with, by rule and language."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        return suite_of(db, imports.get(db, actor, run_uuid)).messages


def enqueue_official(actor: Actor, run_uuid: UUID) -> UUID:
    """Put the official count of a run into the queue; return the job's uuid."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid)
        arguments = {"run": str(run.uuid)}
        job = Job(
            kind="suite.official", arguments=arguments, user_id=actor.user_id, created_at=now()
        )
        return jobs.add(db, job)


def official(actor: Actor, run_uuid: UUID) -> dict[str, Any]:
    """Let Great Expectations itself count what a checked run breaks, and keep its counts.

    The answer, also kept as `counts["official"]` of the run, says for each rule the rows checked
    and failed, and whether our own count `agrees`. Slow; for background work. Raises Conflict
    when the run has been checked anew in between.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, *trial.COUNTED)
        suite, told = suite_of(db, run), steps_of(db, run)
    counts = trial.count_officially(suite, trial.rows_of(run, told), today())
    with transaction() as db:
        trial.keep(db, imports.get(db, actor, run_uuid, locked=True), run.counts, counts)
        agrees = bool(counts["agrees"])
        record_act(db, actor.name, "suite.official", f"import_run:{run.uuid}", agrees=agrees)
    return counts


def _do(work: jobs.Work) -> str:
    with reading() as db:
        actor = accounts.load_actor(db, accounts.get_user(db, work.user_id or 0), today())
    counts = official(actor, UUID(work.arguments["run"]))
    return (
        "Great Expectations counts the same."
        if counts["agrees"]
        else "Great Expectations counts differently; tell an administrator."
    )


HANDLERS: dict[str, jobs.Handler] = {"suite.official": _do}
