"""The command that brings a file in: check it, publish it, say what was found."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from core.commands import STATUSES, Answer, Asked, Command, actor_of
from core.domain.fields import Status
from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.etl.choices import Column, Mapping, Suggestion
from core.etl.datasets import PEOPLE, datasets
from core.services import imports, locations

_LOCATIONS = "locations"
"""The area tree is no programme's: it has a way of its own."""


def _import(asked: Asked) -> Answer:
    actor = actor_of(asked)
    if asked.dataset == _LOCATIONS:
        return dict(locations.import_locations(actor, asked.file))
    if not asked.programme:
        raise InvalidInput("Say which programme the file is for: --programme CODE.")
    order = imports.StartImport(
        asked.file,
        asked.file.name,
        asked.programme,
        Status(asked.status),
        dataset=asked.dataset,
        beside=tuple((path, path.name) for path in asked.beside or ()),
        tables=_tables(asked),
    )
    run = imports.start(actor, order)
    suggested = imports.describe(actor, run).document.suggestions
    unsure = [] if asked.mapping else [s for s in suggested if not s.safe]
    mapping = _read_mapping(asked.mapping) if asked.mapping else _safe_mapping(suggested)
    imports.set_mapping(actor, run, mapping, asked.key)
    counts: dict[str, Any] = imports.check(actor, run)
    if not asked.check_only:
        counts = asdict(imports.publish(actor, run, asked.publish))
    return {
        "run": str(run),
        **{name: counts[name] for name in ("rows", "new", "changed", "unchanged", "held")},
        **({"statuses": counts["statuses"]} if counts.get("statuses") else {}),
        "mapping": [_as_mapped(suggestion, mapping) for suggestion in suggested],
        "issues": [_as_issue(found) for found in unsure] + _issues(actor, run),
    }


def _tables(asked: Asked) -> imports.TableChoice:
    text = asked.shape or ""
    if text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8-sig")
    return imports.TableChoice(tuple(asked.sheet), asked.all_sheets, asked.header_row, text)


def _read_mapping(path: Path) -> Mapping:
    return Mapping.from_json(path.read_text(encoding="utf-8-sig"))


def _safe_mapping(suggested: Sequence[Suggestion]) -> Mapping:
    """Follow the suggestions; a column that is not safe to guess is kept as an attribute."""
    return Mapping({s.header: Column(s.field if s.safe else None) for s in suggested})


def _as_mapped(suggestion: Suggestion, mapping: Mapping) -> dict[str, Any]:
    chosen = mapping.columns.get(suggestion.header, Column()).field
    if chosen != suggestion.field and suggestion.safe:
        suggestion = replace(suggestion, confidence=1.0, reason="chosen in the mapping file")
    return {
        "header": suggestion.header,
        "field": chosen,
        "confidence": round(suggestion.confidence, 2),
        "reason": suggestion.reason,
    }


def _as_issue(unsure: Suggestion) -> dict[str, Any]:
    return {
        "rule": "unsafe_column",
        "severity": "warning",
        "column": unsure.header,
        "count": 1,
        "rows": [],
        "message": (
            f"It is not certain what “{unsure.header}” holds ({unsure.reason}). The column was "
            "kept as an attribute; name its field in a mapping file and import again."
        ),
    }


def _issues(actor: Actor, run: UUID) -> list[dict[str, Any]]:
    names = ("rule", "severity", "column", "count", "rows", "message")
    found = imports.findings(actor, run)
    return [{name: getattr(one, name) for name in names} for one in found]


COMMANDS = (
    Command(
        "import",
        _import,
        "Check a file of people or another dataset and publish it.",
        (
            ("file", {"type": Path}),
            ("--dataset", {"choices": [*sorted(datasets()), _LOCATIONS], "default": PEOPLE}),
            ("--programme", {"metavar": "CODE"}),
            ("--status", {"type": str.upper, "choices": STATUSES, "default": "POTENTIAL"}),
            ("--sheet", {"metavar": "S", "action": "append", "default": []}),
            ("--all-sheets", {"action": "store_true"}),
            ("--header-row", {"type": int, "metavar": "N"}),
            ("--with", {"type": Path, "metavar": "FILE", "action": "append", "dest": "beside"}),
            ("--shape", {"metavar": "JSON|@FILE"}),
            ("--key", {"metavar": "COLUMN", "help": "the column that identifies a person"}),
            ("--mapping", {"type": Path, "metavar": "FILE"}),
            ("--check-only", {"action": "store_true"}),
            ("--publish", {"choices": list(imports.MODES), "default": "clean"}),
        ),
    ),
)
