"""The command that merges two records of one person."""

from typing import Any

from core.commands import Answer, Asked, Command, actor_of
from core.domain.merging import Side
from core.errors import InvalidInput
from core.services import merging
from core.services.merging import EnrolmentLine, MergePreview, Wish


def _merge(asked: Asked) -> Answer:
    actor = actor_of(asked)
    survivor, duplicate = (
        merging.find_uuid(actor, number) for number in (asked.survivor, asked.duplicate)
    )
    wish = Wish(survivor, duplicate, _read_choices(asked.take or ""))
    found = merging.preview(actor, wish)
    if asked.check_only:
        return _figures(found)
    receipt = merging.merge(actor, wish, found.stamp, asked.reason)
    return {"batch": str(receipt.batch), **_figures(found)}


def _read_choices(text: str) -> dict[str, Side]:
    """Read "phone=duplicate,full_name=survivor"."""
    taken: dict[str, Side] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _equals, side = part.rpartition("=")
        if not name or side.lower() not in list(Side):
            raise InvalidInput(
                "“{part}” is no choice. Write FIELD=survivor or FIELD=duplicate.", part=part
            )
        taken[name.strip()] = Side(side.lower())
    return taken


def _figures(found: MergePreview) -> dict[str, Any]:
    return {
        "survivor": found.survivor.number,
        "duplicate": found.duplicate.number,
        "fields": {choice.name: choice.taken.value for choice in found.choices if choice.open},
        "filled": [one.name for one in found.choices if one.changes and not one.open],
        "identifiers": [kind for kind, _value in found.identifiers],
        "enrolments": [_say_line(line) for line in found.enrolments],
        "household": found.home.value,
        "doubts": [doubt.value for doubt in found.doubts],
        "blockers": [str(words) for words in found.blockers],
    }


def _say_line(line: EnrolmentLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "fate": line.fate.value,
        "status": line.status,
        "survivor_status": line.own_status,
    }


COMMANDS = (
    Command(
        "merge",
        _merge,
        "Merge two records of one person.",
        (
            ("survivor", {"metavar": "SURVIVOR_NO"}),
            ("duplicate", {"metavar": "DUPLICATE_NO"}),
            ("--take", {"metavar": "FIELD=duplicate,…"}),
            ("--reason", {"metavar": "TEXT"}),
            ("--check-only", {"action": "store_true"}),
        ),
    ),
)
