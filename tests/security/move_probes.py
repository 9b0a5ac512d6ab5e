"""What a manager is told of moves: their previews, their undo, the receipts of others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from core.domain.criteria import EVERYBODY, Criteria, Op, where
from core.domain.lifecycle import State
from core.services import batches, cycles, exports, lifecycle, undo
from core.services.cycles import RollOver
from core.services.lifecycle import Asked, Chosen, Facet, OrderView
from core.settings import now
from tests.people import WEST
from tests.security.visitor import Visitor
from tests.security.world import CASH, HOUSE, SKILLS, World

_WHEN = now()
_CRITERIA: tuple[Criteria, ...] = (
    EVERYBODY,
    where("status", Op.IS, "ACTIVE"),
    where("location", Op.WITHIN, WEST),
)
_NUMBERS = [f"{letter}-{n:09d}-{98 - n * 100 % 97:02d}" for letter in "PH" for n in range(1, 9)]
Asks = Iterator[tuple[str, Callable[[], Any]]]


def moves(visitor: Visitor, _world: World) -> Asks:
    """Yield previews by criteria and by numbers, and the lists and files behind them."""
    yield "lifecycle.list_terms", lambda: lifecycle.list_terms(visitor.actor)
    for code in (CASH, SKILLS, HOUSE, "FOOD"):
        for at, criteria in enumerate(_CRITERIA):
            chosen = Chosen(criteria=criteria)
            yield f"preview {code} {at}", lambda c=code, w=chosen: _preview(visitor, c, w)
        numbers = Chosen(numbers=_NUMBERS)
        yield f"preview {code} numbers", lambda c=code, w=numbers: _preview(visitor, c, w)
        yield f"roll over {code}", lambda c=code: _roll_over(visitor, c)
    yield "candidates", lambda: cycles.list_candidates(visitor.actor)
    yield "list_batches", lambda: batches.list_batches(visitor.actor)


def _preview(visitor: Visitor, code: str, chosen: Chosen) -> object:
    actor = visitor.actor
    asked = Asked(code, State.SUSPENDED, "Reviewed")
    order = lifecycle.prepare(actor, asked, chosen)
    told = _plain(lifecycle.view(actor, order))
    return told, _subjects(visitor, order), _file(visitor, order)


def _roll_over(visitor: Visitor, code: str) -> object:
    order = cycles.prepare(visitor.actor, code, RollOver(1, EVERYBODY))
    seen = cycles.view(visitor.actor, order)
    return _plain(seen.order), seen.begins, _subjects(visitor, order)


def _plain(order: OrderView) -> OrderView:
    """Return an order without what each has of its own."""
    return replace(order, uuid=UUID(int=0), made_at=_WHEN)


def _subjects(visitor: Visitor, order: UUID) -> object:
    return lifecycle.subjects(visitor.actor, order, Facet())


def _file(visitor: Visitor, order: UUID) -> bytes:
    ticket = exports.request_order(visitor.actor, visitor.session_hash, order)
    return b"".join(exports.open_download(ticket, visitor.session_hash).chunks)


def receipts_of(batch: UUID) -> Callable[[Visitor, World], Asks]:
    """Return the looks at a batch of somebody else: its receipt, its people, its undo."""

    def look(visitor: Visitor, _world: World) -> Asks:
        actor = visitor.actor
        yield "get_batch", lambda: batches.get_batch(actor, batch)
        yield "receipt", lambda: batches.receipt(actor, batch)
        yield "subjects", lambda: batches.subjects(actor, batch, Facet())
        yield "undo", lambda: _undo(visitor, batch)

    return look


def _undo(visitor: Visitor, batch: UUID) -> object:
    order = undo.prepare(visitor.actor, batch, "Wrong list", Chosen(numbers=_NUMBERS))
    return _plain(lifecycle.view(visitor.actor, order)), _subjects(visitor, order)
