"""The command about saved mappings: take one out as a file, bring one in."""

import json
from pathlib import Path

from core.commands import Answer, Asked, Command, actor_of
from core.errors import InvalidInput
from core.services import mappings


def _mapping(asked: Asked) -> Answer:
    return _export(asked) if asked.action == "export" else _import(asked)


def _export(asked: Asked) -> Answer:
    if asked.name:
        raise InvalidInput("--name is for an import: mapping export NAME.")
    actor = actor_of(asked)
    text = mappings.export_text(actor, asked.mapping, asked.version)
    if asked.out is None:
        return dict(json.loads(text))
    asked.out.write_text(text, encoding="utf-8")
    return _facts(mappings.describe(actor, asked.mapping, asked.version))


def _import(asked: Asked) -> Answer:
    if asked.version or asked.out:
        raise InvalidInput("--version and --out are for an export: mapping import FILE.")
    text = Path(asked.mapping).read_text(encoding="utf-8-sig")
    return _facts(mappings.import_text(actor_of(asked), text, asked.name))


def _facts(view: mappings.MappingView) -> Answer:
    return {
        "name": view.name,
        "version": view.version,
        "dataset": view.dataset,
        "columns": len(view.kept.mapping.columns),
    }


COMMANDS = (
    Command(
        "mapping",
        _mapping,
        "Take a saved mapping out as a file, or bring one in as a new version.",
        (
            ("action", {"choices": ["export", "import"]}),
            ("mapping", {"metavar": "NAME|FILE"}),
            ("--version", {"type": int, "metavar": "N"}),
            ("--out", {"type": Path, "metavar": "FILE"}),
            ("--name", {"metavar": "N"}),
        ),
    ),
)
