"""History: everything that happened to this person, the newest first."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.domain.fields import FIELDS
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.services.beneficiaries import HistoryItem, PersonView
from core.text import _, show_date, show_moment
from core.ui import plain
from core.ui.tabs import Tab
from core.ui.tabs.overview import say_value


def show_history(_actor: Actor, view: PersonView) -> None:
    if not view.history:
        st.info(_("Nothing has been recorded yet."))
    else:
        plain.show_table(
            [_("Date"), _("What happened"), _("From"), _("By")],
            [
                [show_date(item.on), say_what(item), item.source, _say_by(item)]
                for item in view.history
            ],
        )


def say_what(item: HistoryItem) -> str:
    """Return one thing that happened as a sentence."""
    if item.after:
        return _say_move(item)
    if item.fields is None:
        return _("Registered")
    if not item.fields:
        return _("Changed fields that are hidden at your access level")
    return _("Changed: {changes}", changes=_say_changes(item.fields))


def _say_move(item: HistoryItem) -> str:
    programme, after = item.programme or "", label_code(item.after or "")
    if item.before is None:
        said = _("Enrolled in {programme} as {status}", programme=programme, status=after)
    else:
        said = _(
            "{programme}: from {before} to {after}",
            programme=programme,
            before=label_code(item.before),
            after=after,
        )
    return f"{said} ({item.reason})" if item.reason else said


def _say_changes(fields: Mapping[str, Sequence[Any]]) -> str:
    return "; ".join(
        _(
            "{field} from “{before}” to “{after}”",
            field=_(FIELDS[name].label) if name in FIELDS else name,
            before=say_value(name, change[0]),
            after=say_value(name, change[1]),
        )
        for name, change in fields.items()
    )


def _say_by(item: HistoryItem) -> str:
    return f"{item.actor}, {show_moment(item.recorded_at)}"


TAB = Tab("history", 3, lambda: _("History"), Permission.SEE_PEOPLE, show_history)
