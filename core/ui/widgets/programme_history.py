"""What was changed in a programme, and the newest change taken back."""

import streamlit as st

from core.services import programme_history
from core.services.programme_history import ChangeView
from core.text import _, show_moment
from core.ui import feedback, plain, session
from core.ui.widgets.programme_draft import Draft
from core.ui.widgets.programme_words import say_parts


def show(draft: Draft) -> None:
    """Show the changes, the newest first, and the way back from the newest that stands."""
    found = programme_history.list_changes(draft.actor, draft.seen.code)
    if not found:
        st.info(_("Nothing has been changed yet."))
        return
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


def _show_way_back(draft: Draft, newest: ChangeView) -> None:
    with st.form(f"{draft.key}_back", border=True):
        said = _(
            "The newest change: {what}, by {who} on {when}.",
            what=_say_what(newest),
            who=newest.actor,
            when=show_moment(newest.at),
        )
        plain.show_text(said)
        why = st.text_input(_("Why (kept with the change)"), max_chars=500, key=f"{draft.key}_bwhy")
        pressed = st.form_submit_button(_("Take this change back"), icon=":material/undo:")
    if not pressed:
        return
    with feedback.errors_shown():
        programme_history.take_back(draft.actor, draft.seen.code, newest.batch, why)
        draft.forget()
        session.flash(_("The change is taken back: the programme is as it was before."))
        st.rerun()
