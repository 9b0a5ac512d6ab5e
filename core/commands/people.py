"""Commands about people: count, export, search."""

from dataclasses import asdict
from pathlib import Path

from core.commands import FILTERS, STATUSES, Answer, Asked, Command, actor_of, criteria_of
from core.domain.fields import Status
from core.services import beneficiaries, exports, search, upkeep


def _count(asked: Asked) -> Answer:
    actor, criteria = actor_of(asked), criteria_of(asked)
    if not asked.by:
        total = beneficiaries.count(actor, criteria)
        return {"enrolments": total.enrolments, "subjects": total.subjects}
    return [
        {asked.by: value, "enrolments": total.enrolments, "subjects": total.subjects}
        for value, total in beneficiaries.count_by(actor, criteria, asked.by)
    ]


def _export(asked: Asked) -> Answer:
    columns = asked.columns.split(",") if asked.columns else None
    return asdict(exports.write_export(actor_of(asked), criteria_of(asked), columns, asked.out))


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
        for hit in search.find(actor_of(asked), asked.text, status, asked.limit)
    ]


COMMANDS = (
    Command(
        "count",
        _count,
        "Count enrolments and their subjects.",
        (
            *FILTERS,
            ("--by", {"metavar": "FIELD"}),
        ),
    ),
    Command(
        "export",
        _export,
        "Write the list that fits as a CSV file.",
        (
            ("--out", {"type": Path, "required": True, "metavar": "FILE"}),
            *FILTERS,
            ("--columns", {"metavar": "a,b"}),
        ),
    ),
    Command(
        "search",
        _search,
        "Find people by name or number.",
        (
            ("text", {}),
            ("--status", {"type": str.upper, "choices": STATUSES}),
            ("--limit", {"type": int, "default": 20, "metavar": "N"}),
        ),
    ),
)
