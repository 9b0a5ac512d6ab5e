"""The command about validation rules: read a suite critically, try it on rows."""

from pathlib import Path
from typing import Any
from uuid import UUID

from core.commands import Answer, Asked, Command, actor_of
from core.domain.permissions import Actor
from core.errors import InvalidInput, NotFound
from core.etl.rules.suite import Suite
from core.services import suites


def _suite(asked: Asked) -> Answer:
    return _lint(asked) if asked.action == "lint" else _test(asked)


def _find(actor: Actor, named: str) -> tuple[Suite, dict[str, Any]]:
    """Return the suite of a file, or of a name in the registry, and what it is called."""
    path = Path(named)
    if path.suffix == ".json" or path.is_file():
        suite = suites.lint(actor, path.read_text(encoding="utf-8-sig"))
        return suite, {"name": suite.name, "rules": len(suite.expectations)}
    view = suites.describe(actor, named)
    facts = {"name": view.name, "version": view.version, "rules": len(view.suite.expectations)}
    return view.suite, facts


def _lint(asked: Asked) -> Answer:
    _, facts = _find(actor_of(asked), asked.suite)
    return {"ok": True, **facts}


def _test(asked: Asked) -> Answer:
    if (asked.run_id is None) == (asked.file is None):
        raise InvalidInput("Say on which rows: --run RUN, or --file FILE.")
    actor = actor_of(asked)
    suite, facts = _find(actor, asked.suite)
    if asked.file is not None:
        found = suites.try_on_file(actor, suite.document, asked.file)
    else:
        found = suites.try_on_run(actor, suite.document, _uuid(asked.run_id))
    names = ("rule", "severity", "column", "count", "rows")
    counts = [{name: getattr(one, name) for name in names} for one in found.counts]
    return {**facts, "rows": found.rows, "found": counts}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("Import run") from None


COMMANDS = (
    Command(
        "suite",
        _suite,
        "Check the rules of a suite, or try them on rows without any consequence.",
        (
            ("action", {"choices": ["lint", "test"]}),
            ("suite", {"metavar": "NAME|FILE"}),
            ("--run", {"metavar": "RUN", "dest": "run_id"}),
            ("--file", {"type": Path, "metavar": "FILE"}),
        ),
    ),
)
