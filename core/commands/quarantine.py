"""Commands about held rows: list them, take them away as a file, try them again."""

from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from core.commands import Answer, Argument, Asked, Command, actor_of
from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.services import exports, quarantine
from core.services.quarantine import Filters

_ARGUMENTS: tuple[Argument, ...] = (
    ("action", {"choices": ["list", "export", "retry"]}),
    ("import_run", {"nargs": "?", "metavar": "RUN"}),
    ("--programme", {"metavar": "CODE"}),
    ("--run", {"dest": "of_run", "metavar": "RUN"}),
    ("--out", {"type": Path, "metavar": "FILE"}),
)


def _quarantine(asked: Asked) -> Answer:
    actor = actor_of(asked)
    named = asked.import_run or asked.of_run
    run = _read_run(named) if named else None
    if asked.action == "list":
        return _list(actor, Filters(programme=asked.programme, run=run))
    if run is None:
        raise InvalidInput("Name the import: its number is the “run” that `import` answered.")
    if asked.action == "retry":
        done = quarantine.retry(actor, run)
        return {**asdict(done), "run": str(done.run) if done.run else None}
    return _export(actor, run, asked.out)


def _read_run(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("“{text}” is not the number of an import.", text=text) from None


def _list(actor: Actor, filters: Filters) -> Answer:
    rows, after = [], None
    while True:
        page = quarantine.list_rows(actor, filters, after)
        rows += [
            {
                "run": str(row.run),
                "file": row.file_name,
                "row": row.row,
                "programme": row.programme,
                "owner": row.owner,
                "held_at": row.held_at.isoformat(timespec="seconds"),
                "reasons": [rule for rule, _header, _value in row.reasons],
                "messages": list(row.messages),
            }
            for row in page.rows
        ]
        if page.next is None:
            return rows
        after = page.next


def _export(actor: Actor, run: UUID, out: Path | None) -> Answer:
    if out is None or out.suffix.lower() not in (".xlsx", ".csv"):
        raise InvalidInput("Name the file to write with --out; it ends in .xlsx or .csv.")
    if out.suffix.lower() == ".csv":
        return asdict(exports.write_held(actor, Filters(run=run), out))
    return asdict(exports.write_workbook(actor, run, out))


COMMANDS = (Command("quarantine", _quarantine, "List, export or retry held rows.", _ARGUMENTS),)
