"""What a move would do or did, in sentences."""

from collections.abc import Iterator, Mapping

from core.domain.lifecycle import OrderState
from core.services.lifecycle import OrderView
from core.text import _, join, show_number
from core.ui.widgets.amounts import say_households


def count_chosen(order: OrderView) -> int:
    """Return how many were chosen, whether they move or stay."""
    return order.moved + sum(order.blocked.values())


def say_effect(order: OrderView) -> str:
    """Return e.g. "1,180 of 1,243 move; with them 340 more of 96 households; 63 stay"."""
    done = order.state is OrderState.DONE
    said = [_say_moved(order, done=done)] if count_chosen(order) or not order.rows else []
    return join((*said, *_say_others(order, done=done))) + "."


def _say_moved(order: OrderView, *, done: bool) -> str:
    chosen = count_chosen(order)
    values = {"n": show_number(order.moved), "all": show_number(chosen)}
    if order.undo_of is not None:
        return (
            _("{n} of {all} went back", **values) if done else _("{n} of {all} go back", **values)
        )
    return _("{n} of {all} moved", **values) if done else _("{n} of {all} move", **values)


def _say_others(order: OrderView, *, done: bool) -> Iterator[str]:
    if order.carried:
        yield _(
            "with them {n} more of {households}",
            n=show_number(order.carried),
            households=say_households(order.households),
        )
    if order.rows:
        number = show_number(order.rows)
        yield (
            _("{n} other records went back", n=number)
            if done
            else _("{n} other records go back", n=number)
        )
    if staying := order.staying:
        number = show_number(staying)
        yield _("{n} stayed", n=number) if done else _("{n} stay", n=number)
    if order.elsewhere_count:
        yield _say_elsewhere(order)
    if order.unknown_count == 1:
        yield _("1 number is unknown")
    elif order.unknown_count:
        yield _("{n} numbers are unknown", n=show_number(order.unknown_count))


def _say_elsewhere(order: OrderView) -> str:
    number = show_number(order.elsewhere_count)
    if order.undo_of is not None:
        if order.elsewhere_count == 1:
            return _("1 number is of somebody not in this batch")
        return _("{n} numbers are of somebody not in this batch", n=number)
    name = order.programme or ""
    if order.elsewhere_count == 1:
        return _("1 number is of somebody not enrolled in {programme}", programme=name)
    return _("{n} numbers are of somebody not enrolled in {programme}", n=number, programme=name)


def say_matters(order: OrderView) -> Iterator[str]:
    """Yield what to know before one agrees: numbers given twice, other planned moves, free
    places."""
    if order.repeated == 1:
        yield _("1 number stood in the list more than once. It counts once.")
    elif order.repeated:
        number = show_number(order.repeated)
        yield _("{n} numbers stood in the list more than once. Each counts once.", n=number)
    if order.pending == 1:
        yield _("1 of them waits for another planned move.")
    elif order.pending:
        yield _("{n} of them wait for another planned move.", n=show_number(order.pending))
    if order.free_places is not None:
        yield _("Free places in the programme now: {n}", n=show_number(order.free_places))


def most_first(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return reasons with their numbers, the most frequent first."""
    return sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
