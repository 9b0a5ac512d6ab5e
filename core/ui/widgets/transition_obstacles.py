"""What keeps an act from being taken back, what came later, and what to do about it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_kind
from core.services import programme_history
from core.services.lifecycle import OrderView
from core.services.programme_history import ChangeDetails
from core.text import _, show_number
from core.ui import address, plain
from core.ui.widgets.programme_change import list_lines

Obstacle = Mapping[str, Any]
_ENTITIES: dict[str, Callable[[], str]] = {
    "person": lambda: _("People"),
    "household": lambda: _("Households"),
    "membership": lambda: _("Who lives in a household"),
    "identifier": lambda: _("Identifiers"),
    "enrolment": lambda: _("Enrolments"),
    "status_change": lambda: _("Statuses"),
    "programme": lambda: _("The programme"),
    "cycle": lambda: _("A cycle"),
}
_WHY: dict[str, Callable[[], str]] = {
    "CHANGED": lambda: _("changed since"),
    "GONE": lambda: _("not there any more"),
    "TAKEN": lambda: _("something else has taken their place"),
    "USED": lambda: _("used by something that came later"),
    "MISSING": lambda: _("what they belong to is not there any more"),
    "GAINED": lambda: _("come to the merged record since, and would stay with it"),
}


def show_obstacles(actor: Actor, order: OrderView) -> None:
    """Say that an act cannot be taken back now, what is in the way, and what to do instead."""
    show_blocked(actor, order.undo_of, order.obstacles)


def show_blocked(
    actor: Actor, batch: UUID | None, found: Sequence[Obstacle], *, here: bool = False
) -> None:
    """The same for a batch; `here` on the page of the programme that it changed."""
    change = programme_history.find_change(actor, batch) if batch else None
    if change is None:
        st.warning(
            _(
                "This cannot be taken back now: what it did has been changed or used since. Take"
                " back what came later first."
            )
        )
    else:
        _show_remedy(actor, change, here=here)
    if found:
        heads = (_("In the way"), _("Why"), _("How many"), _("Whom"), _("Later act"), _("By"))
        plain.show_table(heads, [_cells(one) for one in found])


def _show_remedy(actor: Actor, change: ChangeDetails, *, here: bool) -> None:
    """Say how a programme is changed back by hand, with the values that it had."""
    st.warning(
        _(
            "This change cannot be taken back whole: what it did has been changed or used since."
            " Change the programme back on its page instead, to what stands here. The statuses"
            " that people and households have by now stay."
        )
    )
    lines = [(what, was) for what, was, _is in list_lines(actor, change)]
    if lines:
        plain.show_table([_("What"), _("Set it back to")], lines)
    if not here:
        part = "households" if change.households else "general"
        where = {"code": change.code, "part": part}
        address.show_open("programmes", _("Open the programme"), where)


def _cells(one: Obstacle) -> list[str | plain.Link]:
    count = int(one.get("count", 1))
    return [
        _say_entity(one["entity"]),
        _say_why(one),
        show_number(count),
        _say_whom(one.get("numbers", ()), count),
        _later(one),
        one["actor"] or "",
    ]


def _say_whom(numbers: Sequence[str], count: int) -> str:
    if not numbers:
        return "–"
    named = ", ".join(numbers)
    more = count - len(numbers)
    return _("{named} and {n} more", named=named, n=show_number(more)) if more > 0 else named


def _say_entity(entity: str) -> str:
    return _ENTITIES[entity]() if entity in _ENTITIES else entity.replace("_", " ")


def _say_why(one: Obstacle) -> str:
    if (one["entity"], one["why"]) == ("status_change", "USED"):
        return _("moved on since")
    return _WHY[one["why"]]() if one["why"] in _WHY else str(one["why"])


def _later(obstacle: Obstacle) -> str | plain.Link:
    if not obstacle["kind"]:
        return ""
    said = say_kind(obstacle["kind"])
    batch = obstacle["batch"]
    return plain.Link(said, "batch", (("id", batch),)) if batch else said
