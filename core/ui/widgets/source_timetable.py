"""The timetable of a source: by hand, or every hour, day or week at a time of day."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

import streamlit as st

from core.domain.timetable import Timetable
from core.text import _, day_names

_EVERY: dict[str, Callable[[], str]] = {
    "": lambda: _("by hand"),
    "hour": lambda: _("every hour"),
    "day": lambda: _("every day"),
    "week": lambda: _("every week"),
}


def ask(now: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Show the entries of a timetable; return it, None for "by hand"."""
    known = Timetable.from_json(now) if now else None
    first, second, third = st.columns(3)
    choices = list(_EVERY)
    every = first.selectbox(
        _("When it is imported"),
        choices,
        index=choices.index(known.every if known else ""),
        format_func=lambda one: _EVERY[one](),
    )
    if not every:
        return None
    at = second.time_input(_("At"), known.at if known else time(2, 0), step=900)
    days, weekday = day_names(), known.weekday if known else 0
    if every == "week":
        weekday = third.selectbox(
            _("Weekday"), range(7), index=weekday, format_func=lambda day: days[day]
        )
    return Timetable(every, at or time(2, 0), weekday or 0).to_json()


def say(entry: Mapping[str, Any] | None) -> str:
    """Say when a source is imported: “every week, Monday, 02:00”."""
    if not entry:
        return _EVERY[""]()
    told = Timetable.from_json(entry)
    words = [_EVERY[told.every]()]
    if told.every == "week":
        words.append(day_names()[told.weekday])
    words.append(f"{told.at:%H:%M}" if told.every != "hour" else f":{told.at:%M}")
    return ", ".join(words)
