"""The command that tells everything that happened to a person or household."""

from datetime import date

from core.commands import Answer, Asked, Command, actor_of
from core.errors import InvalidInput
from core.reports.timeline_files import write_entry
from core.services import history
from core.storage.timeline import Choice, find_kinds


def _history(asked: Asked) -> Answer:
    kinds = list(find_kinds())
    for kind in asked.kind:
        if kind not in kinds:
            raise InvalidInput("“{kind}” is no kind. Use one of {kinds}.",
                               kind=kind, kinds=", ".join(kinds))  # fmt: skip
    days = _read_day(asked.since), _read_day(asked.until)
    choice = Choice(tuple(asked.kind), tuple(asked.programme), *days)
    items = history.of_number(actor_of(asked), asked.number, choice, household=asked.household)
    return [write_entry(item) for item in items]


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput("“{text}” is not a date. Write it as 2026-11-22.", text=text) from None


COMMANDS = (
    Command(
        "history",
        _history,
        "Tell everything that happened to a person, or to a household.",
        (
            ("number", {"metavar": "REGISTRATION_NO"}),
            ("--household", {"action": "store_true"}),
            ("--programme", {"action": "append", "default": [], "metavar": "CODE"}),
            ("--kind", {"action": "append", "default": [], "metavar": "KIND"}),
            ("--since", {"metavar": "DATE"}),
            ("--until", {"metavar": "DATE"}),
        ),
    ),
)
