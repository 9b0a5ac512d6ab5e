"""The command about programmes: add one, show how one is designed, change it by a file."""

from pathlib import Path
from typing import Any

from core.commands import Answer, Asked, Command, actor_of, read_json
from core.domain.programme_design import Design, from_json
from core.errors import InvalidInput
from core.models import Unit
from core.services import programmes
from core.services.programmes import Details


def _programme(asked: Asked) -> Answer:
    return {"add": _add, "show": _show, "set": _set}[asked.action](asked)


def _add(asked: Asked) -> Answer:
    if not asked.name or asked.file or asked.check_only or asked.reason:
        raise InvalidInput("A new programme needs a name: programme add CODE --name NAME.")
    made = programmes.add_programme(
        actor_of(asked), asked.code, asked.name, Unit(asked.unit or Unit.INDIVIDUAL)
    )
    return {"code": made.code, "name": made.name, "unit": str(made.unit)}


def _show(asked: Asked) -> Answer:
    _refuse_more(asked)
    if asked.file or asked.check_only or asked.reason:
        raise InvalidInput(
            "--file, --reason and --check-only are for a change: programme set CODE."
        )
    seen = programmes.describe(actor_of(asked), asked.code)
    open_ = {
        status: {"people": one.people, "households": one.households}
        for status, one in seen.standings.items()
    }
    return {
        "code": seen.code,
        "version": seen.version,
        "design": seen.design.to_json(),
        "open": open_,
        "cycles": [
            {
                "number": one.number,
                "name": one.name,
                "starts": one.starts and one.starts.isoformat(),
                "ends": one.ends and one.ends.isoformat(),
                "open": one.enrolled,
            }
            for one in seen.cycles
        ],
    }


def _set(asked: Asked) -> Answer:
    _refuse_more(asked)
    if asked.file is None:
        raise InvalidInput(
            "Say what is to change, and why: programme set CODE --file JSON --reason TEXT."
        )
    actor = actor_of(asked)
    seen = programmes.describe(actor, asked.code)
    design, expected = _read(read_json(asked.file.read_text(encoding="utf-8-sig")), seen)
    effects = [one.to_json() for one in programmes.preview(actor, asked.code, design)]
    if asked.check_only:
        return {"code": seen.code, "version": seen.version, "effects": effects}
    done = programmes.change(actor, asked.code, design, expected, asked.reason or "")
    return {
        "code": seen.code,
        "version": done.version,
        "changed": list(done.fields),
        "effects": effects,
        "households": done.households,
        "batch": str(done.batch),
    }


def _refuse_more(asked: Asked) -> None:
    if asked.name or asked.unit:
        raise InvalidInput("--name and --unit are for a new programme: programme add CODE.")


def _read(document: object, seen: Details) -> tuple[Design, int]:
    """Return the design of a file and the version it is about: the answer of `programme show`, or
    the parts of a design alone."""
    expected: Any = seen.version
    if isinstance(document, dict) and "design" in document:
        if document.get("code", seen.code) != seen.code:
            raise InvalidInput("The file is about programme {code}.", code=document["code"])
        expected, document = document.get("version", seen.version), document["design"]
    return from_json(document, seen.design), expected


COMMANDS = (
    Command(
        "programme",
        _programme,
        "Add a programme, show its design, or change it by a file.",
        (
            ("action", {"choices": ["add", "show", "set"]}),
            ("code", {}),
            ("--name", {"metavar": "NAME"}),
            ("--unit", {"choices": [unit.value for unit in Unit]}),
            ("--file", {"type": Path, "metavar": "JSON"}),
            ("--reason", {"metavar": "TEXT"}),
            ("--check-only", {"action": "store_true"}),
        ),
    ),
)
