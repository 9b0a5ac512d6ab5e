"""Commands about moves of statuses: move people, take a batch back, look at batches."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from core.commands import Answer, Argument, Asked, Command, actor_of, read_criteria
from core.domain.lifecycle import OrderState, State
from core.domain.permissions import Actor
from core.errors import InvalidInput, NotFound, RegistryError
from core.services import batches, lifecycle, number_lists, rewind, undo
from core.services.batches import BatchFilter, BatchRow, BatchView, Facet
from core.services.lifecycle import Chosen, OrderView

_AT_ONCE = 1_000
_IMPORTED, _REWOUND = ("import", "rewind_undo"), "rewind"


def _transition(asked: Asked) -> Answer:
    actor = actor_of(asked)
    target = State(asked.to)
    wish = lifecycle.Asked(
        asked.programme, target, asked.reason, asked.note, _read_day(asked.effective)
    )
    return _act(asked, actor, lambda: lifecycle.prepare(actor, wish, _chosen(asked)))


def _chosen(asked: Asked) -> Chosen:
    if bool(asked.criteria) == bool(asked.ids):
        raise InvalidInput("Say who moves: either --criteria or --ids.")
    if asked.ids:
        return Chosen(numbers=number_lists.read_numbers(asked.ids))
    return Chosen(criteria=read_criteria(asked.criteria))


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput("“{text}” is not a date. Write it as 2026-11-22.", text=text) from None


def _undo(asked: Asked) -> Answer:
    actor, batch = actor_of(asked), _read_batch(asked.batch)
    found = batches.get_batch(actor, batch)
    if found.run is not None:
        return _undo_import(asked, actor, found)
    chosen = Chosen(numbers=number_lists.read_numbers(asked.ids)) if asked.ids else None
    return _act(asked, actor, lambda: undo.prepare(actor, batch, asked.reason, chosen))


def _act(asked: Asked, actor: Actor, prepare: Callable[[], UUID]) -> Answer:
    """Lay an order and carry it out; with --check-only, and where it fails, nothing stays of it."""
    order = prepare()
    try:
        done = None if asked.check_only else lifecycle.carry_out(actor, order)
    except RegistryError:
        lifecycle.forget(actor, order)
        raise
    if done is None:
        done = lifecycle.view(actor, order)
        lifecycle.forget(actor, order)
    return _figures(done)


def _figures(order: OrderView) -> dict[str, Any]:
    looked = order.state is OrderState.DRAFT
    return {
        "batch": _text(order.batch),
        "moved": order.moved,
        "blocked": _counts({**order.blocked, **_numbers_lost(order)}),
        "household_effect": {
            "rule": order.rule,
            "households": order.households,
            "carried": order.carried,
            "stay": _counts(order.stay),
        },
        "unknown": list(order.unknown),
        _elsewhere(order).lower(): list(order.elsewhere),
        "repeated": order.repeated,
        "state": "CHECKED" if looked else order.state.value,
        "order": None if looked else str(order.uuid),
        "effective_on": order.effective_on.isoformat(),
        **({"rows": order.rows, "obstacles": _obstacles(order)} if order.undo_of else {}),
    }


def _elsewhere(order: OrderView) -> str:
    """Return what it is called where a number is somebody's who is not asked about."""
    return "NOT_IN_BATCH" if order.undo_of else "NOT_ENROLLED"


def _numbers_lost(order: OrderView) -> dict[str, int]:
    """Return how many numbers of a list moved nobody, by why."""
    lost = {"UNKNOWN": order.unknown_count, _elsewhere(order): order.elsewhere_count}
    return {why: number for why, number in lost.items() if number}


def _obstacles(order: OrderView) -> list[dict[str, Any]]:
    told = ("entity", "why", "batch", "count", "numbers")
    return [{name: one[name] for name in told} for one in order.obstacles]


def _counts(reasons: Mapping[str, int]) -> list[dict[str, Any]]:
    """List reasons, the most frequent first."""
    ranked = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return [{"reason": reason, "count": count} for reason, count in ranked]


def _undo_import(asked: Asked, actor: Actor, found: BatchView) -> Answer:
    """An import goes back by its rewind, a rewind by its undo: as a whole."""
    run, kind = found.run, found.row.kind
    if asked.ids:
        raise InvalidInput("An import goes back as a whole: leave --ids out.")
    if run is None or (kind == _REWOUND and asked.check_only):
        raise InvalidInput("--check-only looks ahead at a rewind; it cannot go with its undo.")
    if kind == _REWOUND:
        done: rewind.Preview | rewind.RewindReceipt = rewind.undo_rewind(
            actor, found.row.uuid, asked.reason
        )
    elif asked.check_only:
        done = rewind.preview(actor, run)
    else:
        done = rewind.rewind(actor, run, asked.reason)
    return {
        "batch": str(done.batch) if isinstance(done, rewind.RewindReceipt) else None,
        "moved": done.enrolments,
        "blocked": _counts(done.reasons),
        "household_effect": {"households": done.households},
        "run": str(run),
        "people": done.people,
        "restored": done.restored,
        "kept": done.kept,
    }


def _batch(asked: Asked) -> Answer:
    actor = actor_of(asked)
    if asked.action == "list":
        if asked.batch or asked.subjects:
            raise InvalidInput("A number and --subjects are for one batch: batch show BATCH.")
        wanted = BatchFilter(programme=asked.programme)
        return [_line(one) for one in batches.list_batches(actor, wanted, asked.limit)]
    if not asked.batch or asked.programme:
        raise InvalidInput("Name the batch to show: batch show BATCH.")
    batch = _read_batch(asked.batch)
    shown = _view(batches.get_batch(actor, batch))
    return {**shown, "subjects": _subjects(actor, batch)} if asked.subjects else shown


def _line(row: BatchRow) -> dict[str, Any]:
    return {
        "batch": str(row.uuid),
        "kind": row.kind,
        "actor": row.actor,
        "recorded_at": _moment(row.recorded_at),
        "programme": row.programme,
        "reason": row.reason,
        "counts": dict(row.counts),
        "undo_of": _text(row.undo_of),
        "undone_by": [
            {"batch": str(one.batch), "actor": one.actor, "recorded_at": _moment(one.at)}
            for one in row.undone_by
        ],
        "undone": row.undone and {"count": row.undone.number, "of": row.undone.total},
    }


def _view(found: BatchView) -> dict[str, Any]:
    return {
        **_line(found.row),
        "note": found.note,
        "criteria": found.criteria,
        "effective_on": found.effective_on and found.effective_on.isoformat(),
        "details": dict(found.details),
        "order": _text(found.order),
        "run": _text(found.run),
    }


def _subjects(actor: Actor, batch: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        rows, total = batches.subjects(actor, batch, Facet(), _AT_ONCE, len(found))
        found += [
            {
                "registration_no": row.registration_no,
                "name": row.full_name,
                "household": row.household,
                "part": row.part.value,
                "before": row.before.value,
                "after": row.after and row.after.value,
                "reason": row.blocked and row.blocked.value,
                "changed_by": row.changed_by,
            }
            for row in rows
        ]
        if not rows or len(found) >= total:
            return found


def _read_batch(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("This batch") from None


def _text(uuid: UUID | None) -> str | None:
    return None if uuid is None else str(uuid)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


_IDS: Argument = ("--ids", {"type": Path, "metavar": "FILE"})
_CHECK_ONLY: Argument = ("--check-only", {"action": "store_true"})
COMMANDS = (
    Command(
        "transition",
        _transition,
        "Move people of a programme to another status, or out of it.",
        (
            ("--programme", {"required": True, "metavar": "CODE"}),
            ("--criteria", {"metavar": "JSON|@FILE"}),
            _IDS,
            (
                "--to",
                {"type": str.upper, "required": True, "choices": [one.value for one in State]},
            ),
            ("--reason", {"required": True, "metavar": "TEXT"}),
            ("--note", {"metavar": "TEXT"}),
            ("--effective", {"metavar": "DATE"}),
            _CHECK_ONLY,
        ),
    ),
    Command(
        "undo",
        _undo,
        "Take a batch back, whole or for some.",
        (
            ("batch", {"metavar": "BATCH"}),
            _IDS,
            ("--reason", {"metavar": "TEXT"}),
            _CHECK_ONLY,
        ),
    ),
    Command(
        "batch",
        _batch,
        "List batches, or show one.",
        (
            ("action", {"choices": ["list", "show"]}),
            ("batch", {"nargs": "?", "metavar": "BATCH"}),
            ("--programme", {"metavar": "CODE"}),
            ("--limit", {"type": int, "default": 50, "metavar": "N"}),
            ("--subjects", {"action": "store_true"}),
        ),
    ),
)
