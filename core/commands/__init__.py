"""The commands: one file per subject with its COMMANDS; what they share stands here."""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from core.domain.criteria import EVERYBODY, Criteria, Op, both, parse, where
from core.domain.fields import Status
from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.services import accounts

Answer = dict[str, Any] | list[dict[str, Any]]
Asked = argparse.Namespace
Argument = tuple[str, dict[str, Any]]
STATUSES = [status.value for status in Status]
FILTERS: tuple[Argument, ...] = (
    ("--programme", {"metavar": "CODE"}),
    ("--status", {"type": str.upper, "choices": STATUSES}),
    ("--criteria", {"metavar": "JSON|@FILE"}),
)


@dataclass(frozen=True)
class Command:
    """One command: what it runs, its words of help, and its own arguments for argparse."""

    name: str
    run: Callable[[Asked], Answer]
    words: str
    arguments: Sequence[Argument] = ()


def all_commands() -> Iterator[Command]:
    """Yield the commands of every file of this folder."""
    for module in iter_modules(__path__):
        yield from import_module(f"{__name__}.{module.name}").COMMANDS


def actor_of(asked: Asked) -> Actor:
    """Return who acts: the user of `--as`, else the logged system actor."""
    return accounts.actor_named(asked.user) if asked.user else accounts.system_actor()


def criteria_of(asked: Asked) -> Criteria:
    """Return the condition that the arguments of FILTERS say; raises InvalidInput."""
    parts: list[Criteria] = []
    if asked.programme:
        parts.append(where("programme", Op.IS, asked.programme))
    if asked.status:
        parts.append(where("status", Op.IS, asked.status))
    if asked.criteria:
        parts.append(read_criteria(asked.criteria))
    return both(*parts) if parts else EVERYBODY


def read_criteria(text: str) -> Criteria:
    """Read criteria, JSON or @FILE; raises InvalidInput and InvalidCriteria."""
    if text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8-sig")
    return parse(read_json(text))


def read_json(text: str) -> object:
    """Read a JSON document; raises InvalidInput."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("The JSON cannot be read. Check its quotes and brackets.") from None
