"""The command that takes a published import back, and the one that undoes that."""

from uuid import UUID

from core.commands import Answer, Asked, Command, actor_of
from core.errors import Conflict, InvalidInput, NotFound
from core.services import rewind


def _rewind(asked: Asked) -> Answer:
    if asked.check_only and asked.undo:
        raise InvalidInput("--check-only looks ahead at a rewind; it cannot go with --undo.")
    actor, run = actor_of(asked), _uuid(asked.run_id)
    if asked.check_only:
        return _figures(rewind.preview(actor, run))
    if not asked.undo:
        return _figures(rewind.rewind(actor, run, asked.reason))
    standing = rewind.standing(actor, run)
    if standing is None:
        raise Conflict("That import is not rewound, so there is nothing to undo.")
    return _figures(rewind.undo_rewind(actor, standing.batch, asked.reason))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("Import run") from None


_COUNTS = (
    "people", "households", "enrolments", "restored", "kept", "households_restored",
    "households_kept",
)  # fmt: skip


def _figures(done: rewind.Preview | rewind.RewindReceipt) -> Answer:
    batch = {"batch": str(done.batch)} if isinstance(done, rewind.RewindReceipt) else {}
    return {
        "run": str(done.run),
        **batch,
        **{name: getattr(done, name) for name in _COUNTS},
        "reasons": dict(done.reasons),
        "stays": [
            {
                "registration_no": stay.registration_no,
                "household": stay.household,
                "reason": stay.reason,
                "fields": list(stay.fields),
            }
            for stay in done.stays
        ],
    }


COMMANDS = (
    Command(
        "rewind",
        _rewind,
        "Take a published import back, or undo that.",
        (
            ("run_id", {"metavar": "RUN"}),
            ("--check-only", {"action": "store_true"}),
            ("--reason", {"metavar": "TEXT"}),
            ("--undo", {"action": "store_true"}),
        ),
    ),
)
