"""Commands about the installation: tables, demo, accounts, programmes, places, verification."""

from dataclasses import asdict
from pathlib import Path

from core.commands import Answer, Asked, Command, actor_of
from core.domain.permissions import Role
from core.services import accounts, demo, locations, verify
from core.storage.database import migrate


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
    return {"name": asked.name, "one_time_password": accounts.add_user(actor_of(asked), new)}


def _locations(asked: Asked) -> Answer:
    return dict(locations.import_locations(actor_of(asked), asked.file))


def _verify(asked: Asked) -> Answer:
    report = verify.verify(actor_of(asked))
    return {"ok": not report.problems, **asdict(report)}


COMMANDS = (
    Command("init", _init, "Create or update the registry's tables."),
    Command(
        "demo",
        _demo,
        "Load the demo country, or remove it again.",
        (
            ("--people", {"type": int, "default": 20_000, "metavar": "N"}),
            ("--seed", {"type": int, "default": 1, "metavar": "S"}),
            ("--remove", {"action": "store_true"}),
        ),
    ),
    Command(
        "user",
        _user,
        "Add an account; prints its one-time password.",
        (
            ("action", {"choices": ["add"]}),
            ("name", {}),
            ("--role", {"required": True, "type": str.upper, "choices": [r.value for r in Role]}),
            ("--area", {"metavar": "CODE"}),
            ("--programme", {"metavar": "CODE"}),
        ),
    ),
    Command(
        "locations",
        _locations,
        "Import places from a CSV or GeoJSON file.",
        (
            ("action", {"choices": ["import"]}),
            ("file", {"type": Path}),
        ),
    ),
    Command("verify", _verify, "Check the logs, the rows and the search index."),
)
