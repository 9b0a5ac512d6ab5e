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
    at = second.time_input(_("At"), known.at if known else time(2, 0), step=900)
    days = day_names()
    weekday = third.selectbox(
        _("Weekday, for a weekly one"),
        range(7),
        index=known.weekday if known else 0,
        format_func=lambda day: days[day],
    )
    if not every:
        return None
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
