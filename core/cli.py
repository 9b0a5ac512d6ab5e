"""The command line: the services with words instead of screens. docs/cli.md is the contract."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from core.domain.criteria import EVERYBODY, Criteria, Op, both, parse, where
from core.domain.fields import Status
from core.domain.permissions import Actor, Role
from core.errors import InvalidInput, RegistryError
from core.etl.rows import Column, Mapping, Suggestion
from core.models import Unit
from core.services import (
    accounts,
    beneficiaries,
    demo,
    exports,
    imports,
    locations,
    programmes,
    search,
    upkeep,
    verify,
)
from core.storage.database import dispose, migrate, require_schema

Answer = dict[str, Any] | list[dict[str, Any]]
Asked = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """One command: what it runs, its words of help, and its own arguments for argparse."""

    name: str
    run: Callable[[Asked], Answer]
    words: str
    arguments: Sequence[tuple[str, dict[str, Any]]] = ()


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 with a sentence on stderr."""
    asked = build_parser().parse_args(words)
    try:
        if asked.command != "init":
            require_schema()
        answer = asked.run(asked)
    except (RegistryError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2) if asked.json else _in_words(answer))
    return 1 if isinstance(answer, dict) and answer.get("ok") is False else 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every command; each has `--as USER` and `--json`."""
    parser = argparse.ArgumentParser(prog="python -m core.cli", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        made = commands.add_parser(command.name, help=command.words, description=command.words)
        for name, options in command.arguments:
            made.add_argument(name, **options)
        made.add_argument("--as", dest="user", metavar="USER", help="act with this user's grants")
        made.add_argument("--json", action="store_true", help="answer in JSON")
        made.set_defaults(run=command.run)
    return parser


def _actor(asked: Asked) -> Actor:
    return accounts.actor_named(asked.user) if asked.user else accounts.system_actor()


def _init(_asked: Asked) -> Answer:
    migrate()
    password = accounts.create_first_administrator()
    made = {"administrator": accounts.FIRST_ADMINISTRATOR, "one_time_password": password}
    return {"ready": True, **(made if password else {})}


def _demo(asked: Asked) -> Answer:
    if asked.remove:
        return {"removed": demo.remove_demo()}
    report = demo.load_demo(people=asked.people, seed=asked.seed)
    return {**asdict(report), "seconds": round(report.seconds, 1)}


def _user(asked: Asked) -> Answer:
    new = accounts.NewUser(asked.name, Role(asked.role), asked.area, asked.programme)
    return {"name": asked.name, "one_time_password": accounts.add_user(_actor(asked), new)}


def _programme(asked: Asked) -> Answer:
    made = programmes.add_programme(_actor(asked), asked.code, asked.name, Unit(asked.unit))
    return {"code": made.code, "name": made.name, "unit": str(made.unit)}


def _locations(asked: Asked) -> Answer:
    return dict(locations.import_locations(_actor(asked), asked.file))


def _import(asked: Asked) -> Answer:
    actor = _actor(asked)
    order = imports.StartImport(
        asked.file, asked.file.name, asked.programme, Status(asked.status), asked.sheet
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
        "mapping": [_as_mapped(suggestion, mapping) for suggestion in suggested],
        "issues": [_as_issue(found) for found in unsure] + _issues(actor, run),
    }


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


def _criteria(asked: Asked) -> Criteria:
    parts: list[Criteria] = []
    if asked.programme:
        parts.append(where("programme", Op.IS, asked.programme))
    if asked.status:
        parts.append(where("status", Op.IS, asked.status))
    if text := asked.criteria:
        if text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8-sig")
        parts.append(parse(_loads(text)))
    return both(*parts) if parts else EVERYBODY


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("The JSON cannot be read. Check its quotes and brackets.") from None


def _count(asked: Asked) -> Answer:
    actor, criteria = _actor(asked), _criteria(asked)
    if not asked.by:
        total = beneficiaries.count(actor, criteria)
        return {"enrolments": total.enrolments, "subjects": total.subjects}
    return [
        {asked.by: value, "enrolments": total.enrolments, "subjects": total.subjects}
        for value, total in beneficiaries.count_by(actor, criteria, asked.by)
    ]


def _export(asked: Asked) -> Answer:
    columns = asked.columns.split(",") if asked.columns else None
    return asdict(exports.write_export(_actor(asked), _criteria(asked), columns, asked.out))


def _catch_up() -> None:
    """Index what was published last, as far as it takes seconds; the scheduler does the rest."""
    for _round in range(5):
        if upkeep.drain_search() == 0:
            return


def _search(asked: Asked) -> Answer:
    _catch_up()
    status = Status(asked.status) if asked.status else None
    return [
        {
            "registration_no": hit.registration_no,
            "name": hit.name,
            "enrolments": list(hit.enrolments),
            "why": hit.why,
        }
        for hit in search.find(_actor(asked), asked.text, status, asked.limit)
    ]


def _verify(asked: Asked) -> Answer:
    report = verify.verify(_actor(asked))
    return {"ok": not report.problems, **asdict(report)}


def _in_words(answer: object, indent: str = "") -> str:
    """Write an answer as plain lines, `key: value`, nested things indented."""
    if isinstance(answer, dict):
        return "\n".join(f"{indent}{key}:{_inner(value, indent)}" for key, value in answer.items())
    if isinstance(answer, list | tuple):
        return "\n".join(_in_words(item, indent) for item in answer) or f"{indent}none"
    return f"{indent}{answer}"


def _inner(value: object, indent: str) -> str:
    deep = isinstance(value, dict | list | tuple)
    return "\n" + _in_words(value, indent + "  ") if deep else f" {value}"


_STATUSES = [status.value for status in Status]
_ADD: tuple[str, dict[str, Any]] = ("action", {"choices": ["add"]})
_FILTERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--programme", {"metavar": "CODE"}),
    ("--status", {"type": str.upper, "choices": _STATUSES}),
    ("--criteria", {"metavar": "JSON|@FILE"}),
)
COMMANDS = (
    Command("init", _init, "Create or update the registry's tables."),
    Command("demo", _demo, "Load the demo country, or remove it again.", (
        ("--people", {"type": int, "default": 20_000, "metavar": "N"}),
        ("--seed", {"type": int, "default": 1, "metavar": "S"}),
        ("--remove", {"action": "store_true"}),
    )),
    Command("user", _user, "Add an account; prints its one-time password.", (
        _ADD, ("name", {}),
        ("--role", {"required": True, "type": str.upper, "choices": [r.value for r in Role]}),
        ("--area", {"metavar": "CODE"}), ("--programme", {"metavar": "CODE"}),
    )),
    Command("programme", _programme, "Add a programme.", (
        _ADD, ("code", {}), ("--name", {"required": True}),
        ("--unit", {"choices": [unit.value for unit in Unit], "default": "individual"}),
    )),
    Command("locations", _locations, "Import places from a CSV or GeoJSON file.", (
        ("action", {"choices": ["import"]}), ("file", {"type": Path}),
    )),
    Command("import", _import, "Check a file of people and publish it.", (
        ("file", {"type": Path}),
        ("--programme", {"required": True, "metavar": "CODE"}),
        ("--status", {"type": str.upper, "choices": _STATUSES, "default": "POTENTIAL"}),
        ("--sheet", {"metavar": "S"}),
        ("--key", {"metavar": "COLUMN", "help": "the column that identifies a person"}),
        ("--mapping", {"type": Path, "metavar": "FILE"}),
        ("--check-only", {"action": "store_true"}),
        ("--publish", {"choices": list(imports.MODES), "default": "clean"}),
    )),
    Command("count", _count, "Count enrolments and their subjects.", (
        *_FILTERS, ("--by", {"metavar": "FIELD"}),
    )),
    Command("export", _export, "Write the list that fits as a CSV file.", (
        ("--out", {"type": Path, "required": True, "metavar": "FILE"}),
        *_FILTERS, ("--columns", {"metavar": "a,b"}),
    )),
    Command("search", _search, "Find people by name or number.", (
        ("text", {}), ("--status", {"type": str.upper, "choices": _STATUSES}),
        ("--limit", {"type": int, "default": 20, "metavar": "N"}),
    )),
    Command("verify", _verify, "Check the logs, the rows and the search index."),
)  # fmt: skip


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        dispose()
