"""What keeps an act from being taken back, and what came later."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.domain.words_lifecycle import say_kind
from core.services.lifecycle import OrderView
from core.text import _
from core.ui import plain

_ENTITIES: dict[str, Callable[[], str]] = {
    "person": lambda: _("A person"),
    "household": lambda: _("A household"),
    "membership": lambda: _("Who lives in a household"),
    "identifier": lambda: _("An identifier"),
    "enrolment": lambda: _("An enrolment"),
    "status_change": lambda: _("A status"),
    "programme": lambda: _("The programme"),
    "cycle": lambda: _("A cycle"),
}
_WHY: dict[str, Callable[[], str]] = {
    "CHANGED": lambda: _("has been changed since"),
    "GONE": lambda: _("is not there any more"),
    "TAKEN": lambda: _("something else has taken its place"),
    "USED": lambda: _("is used by something that came later"),
    "MISSING": lambda: _("what it belongs to is not there any more"),
}


def show_obstacles(order: OrderView) -> None:
    """Say that an act cannot be taken back now, what is in the way, and what to take back first."""
    st.warning(
        _(
            "This cannot be taken back now: what it did has been changed or used since. Take back"
            " what came later first."
        )
    )
    rows: list[list[str | plain.Link]] = [
        [_say_entity(one["entity"]), _say_why(one["why"]), _later(one), one["actor"] or ""]
        for one in order.obstacles
    ]
    if rows:
        plain.show_table([_("What"), _("Why"), _("Later act"), _("By")], rows)


def _say_entity(entity: str) -> str:
    return _ENTITIES[entity]() if entity in _ENTITIES else entity.replace("_", " ")


def _say_why(why: str) -> str:
    return _WHY[why]() if why in _WHY else why


def _later(obstacle: Mapping[str, Any]) -> str | plain.Link:
    if not obstacle["kind"]:
        return ""
    said = say_kind(obstacle["kind"])
    batch = obstacle["batch"]
    return plain.Link(said, "batch", (("id", batch),)) if batch else said
