"""What was changed in a programme, and the newest change taken back."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from core.domain.lifecycle import LONGEST_REASON
from core.services import programme_history
from core.services.programme_history import ChangeView
from core.text import _, show_moment
from core.ui import address, feedback, plain, session
from core.ui.widgets import transition_obstacles
from core.ui.widgets.programme_change import show_change
from core.ui.widgets.programme_draft import Draft
from core.ui.widgets.programme_words import say_parts

CHANGE = "change"
"""The name in the address: the change that is looked at."""


def show(draft: Draft) -> None:
    """Show the changes, the newest first, one of them in full, and the way back from the newest
    that stands."""
    found = programme_history.list_changes(draft.actor, draft.seen.code)
    if not found:
        st.info(_("Nothing has been changed yet."))
        return
    _show_one(draft, found)
    newest = next((one for one in found if one.stands), None)
    if newest is not None:
        _show_way_back(draft, newest)
    plain.show_table(
        [_("When"), _("By"), _("What changed"), _("Why"), _("Stands")],
        [
            [
                show_moment(one.at),
                one.actor,
                _say_what(one),
                one.why or "–",
                _("yes") if one.stands else _("taken back"),
            ]
            for one in found
        ],
    )


def _say_what(change: ChangeView) -> str:
    if change.undo:
        return _("Undo")
    if change.cycle is not None:
        return _("Cycle {n}", n=change.cycle)
    return say_parts(change.fields) or "–"


def _say_change(change: ChangeView) -> str:
    return f"{show_moment(change.at)} · {change.actor} · {_say_what(change)}"


def _show_one(draft: Draft, changes: Sequence[ChangeView]) -> None:
    """Let one change be chosen, at an address of its own, and show its receipt."""
    known = {str(one.batch): one for one in changes}
    at = address.read(CHANGE)
    options = ["", *known]
    chosen = st.selectbox(
        _("Change to look at"),
        options,
        index=options.index(at) if at in options else 0,
        format_func=lambda batch: _say_change(known[batch]) if batch else _("Choose a change"),
        key=f"{draft.choice}_change_{len(known)}",
    )
    if chosen != at:
        address.change({CHANGE: [chosen] if chosen else []})
    found = programme_history.find_change(draft.actor, UUID(chosen)) if chosen else None
    if found is None:
        return
    with st.container(border=True):
        plain.show_text(_("Reason: {reason}", reason=found.view.why or "–"))
        show_change(draft.actor, found)


def _show_way_back(draft: Draft, newest: ChangeView) -> None:
    with st.form(f"{draft.key}_back", border=True):
        said = _(
            "The newest change that stands: {what}, by {who} on {when}.",
            what=_say_what(newest),
            who=newest.actor,
            when=show_moment(newest.at),
        )
        plain.show_text(said)
        why = st.text_input(
            _("Why (kept with the change)"), max_chars=LONGEST_REASON, key=f"{draft.key}_bwhy"
        )
        pressed = st.form_submit_button(_("Take this change back"), icon=":material/undo:")
    if not pressed:
        return
    code = draft.seen.code
    with feedback.errors_shown():
        in_the_way = programme_history.find_obstacles(draft.actor, code, newest.batch)
        if in_the_way:
            transition_obstacles.show_blocked(draft.actor, newest.batch, in_the_way, here=True)
            return
        done = programme_history.take_back(draft.actor, code, newest.batch, why)
        draft.forget()
        session.flash(_("The change is taken back: the programme is as it was before."))
        address.change({CHANGE: [str(done)]})
        st.rerun()
