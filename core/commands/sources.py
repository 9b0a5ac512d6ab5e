"""The command about sources: add a database or an API, list them, import one now."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

from core.commands import STATUSES, Answer, Asked, Command, actor_of, read_json
from core.domain.fields import Status
from core.domain.permissions import Actor
from core.domain.timetable import EVERY
from core.errors import InvalidInput, NotFound
from core.etl.choices import Mapping
from core.etl.connect import connectors
from core.services import source_columns, source_runs, sources
from core.services.sources import NewSource, SourceView


def _source(asked: Asked) -> Answer:
    if asked.action == "list":
        return [_facts(source) for source in sources.list_sources(actor_of(asked))]
    if not asked.name:
        raise InvalidInput("Say which source: source {action} NAME.", action=asked.action)
    acts = {"add": _add, "run": _run, "retire": _retire}
    return acts[asked.action](asked)


def _add(asked: Asked) -> Answer:
    if not asked.kind or not asked.programme:
        raise InvalidInput("A new source needs its --kind and its --programme.")
    actor = actor_of(asked)
    new = NewSource(
        name=asked.name,
        kind=asked.kind,
        options=_options(asked.options),
        programme_code=asked.programme,
        secrets=dict(_secret(pair) for pair in asked.secret),
        status=Status(asked.status),
        timetable=_timetable(asked),
        publishes=asked.publish,
    )
    # Read before anything is added: a file that is no mapping leaves no source behind.
    mapping = Mapping.from_json(asked.mapping.read_text("utf-8-sig")) if asked.mapping else None
    uuid = sources.add_source(actor, new)
    if mapping:
        key = connectors()[asked.kind].key_column(new.options)
        source_columns.set_mapping(actor, uuid, mapping, key)
    return _facts(sources.describe(actor, uuid))


def _options(text: str) -> dict[str, Any]:
    said = Path(text[1:]).read_text(encoding="utf-8-sig") if text.startswith("@") else text
    document = read_json(said)
    if not isinstance(document, dict):
        raise InvalidInput('The options must be an object such as {"url": "https://…"}.')
    return document


def _secret(pair: str) -> tuple[str, str]:
    """Read NAME=env:VARIABLE; a secret itself would stay in the history of the shell."""
    name, _, place = pair.partition("=")
    variable = place.removeprefix("env:")
    if not name or not variable or variable == place:
        raise InvalidInput("Write a secret as NAME=env:VARIABLE; its value is read from there.")
    if variable not in os.environ:
        raise InvalidInput("The variable {variable} is not set.", variable=variable)
    return name, os.environ[variable]


def _timetable(asked: Asked) -> dict[str, Any] | None:
    if not asked.every:
        return None
    weekday = {"weekday": asked.weekday} if asked.every == "week" else {}
    return {"every": asked.every, "at": asked.at, **weekday}


def _run(asked: Asked) -> Answer:
    actor = actor_of(asked)
    done = source_runs.run_source(actor, _find(actor, asked.name))
    return {
        "run": str(done.run) if done.run else None,
        "rows": done.rows,
        "published": done.published,
        "paused": done.paused,
        "message": done.text,
    }


def _retire(asked: Asked) -> Answer:
    actor = actor_of(asked)
    uuid = _find(actor, asked.name)
    sources.retire(actor, uuid)
    return _facts(sources.describe(actor, uuid))


def _find(actor: Actor, name: str) -> UUID:
    for source in sources.list_sources(actor):
        if source.name == name:
            return source.uuid
    raise NotFound("Source {name}", name=name)


def _facts(source: SourceView) -> dict[str, Any]:
    return {
        "source": str(source.uuid),
        "name": source.name,
        "kind": source.kind,
        "programme": source.programme,
        "secrets_set": list(source.secrets_set),
        "timetable": dict(source.timetable) if source.timetable else None,
        "next_at": source.next_at.isoformat() if source.next_at else None,
        "publishes": source.publishes,
        "paused": source.paused,
        "retired": source.retired.isoformat() if source.retired else None,
    }


COMMANDS = (
    Command(
        "source",
        _source,
        "Add a database or an API, list what there is, import one now, or retire it.",
        (
            ("action", {"choices": ["add", "list", "run", "retire"]}),
            ("name", {"nargs": "?"}),
            ("--kind", {"choices": sorted(connectors()), "metavar": "K"}),
            ("--options", {"default": "{}", "metavar": "JSON|@FILE"}),
            ("--programme", {"metavar": "CODE"}),
            ("--status", {"type": str.upper, "choices": STATUSES, "default": "POTENTIAL"}),
            ("--secret", {"action": "append", "default": [], "metavar": "NAME=env:VAR"}),
            ("--mapping", {"type": Path, "metavar": "FILE"}),
            ("--every", {"choices": EVERY}),
            ("--at", {"default": "02:00", "metavar": "HH:MM"}),
            ("--weekday", {"type": int, "default": 0, "metavar": "0-6"}),
            ("--publish", {"action": "store_true"}),
        ),
    ),
)
