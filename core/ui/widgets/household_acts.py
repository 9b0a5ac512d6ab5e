"""Acts on one household: asked for, looked at in plain words, done once, with the way back."""

from uuid import UUID

import streamlit as st

from core.domain.households import Act
from core.domain.permissions import Actor, Permission
from core.errors import NotFound
from core.services import households
from core.services.households import Preview, Receipt
from core.text import _
from core.ui import address, cache, feedback, plain, session
from core.ui.widgets import household_act_forms, household_act_words, import_acts
from core.ui.widgets.household_act_forms import TURN, Wish

_LOOKED, _DONE, _ASKED = "household_looked", "household_done", "household_asked"


def show(actor: Actor, household: UUID) -> None:
    """Offer what may be done to a household, to those who may."""
    if not actor.allows(Permission.TRANSITION):
        return
    import_acts.show_fault()
    with feedback.errors_shown():
        looked: tuple[UUID, Act, Preview] | None = session.recall(_LOOKED)
        if looked is not None and looked[0] == household:
            _confirm(actor, *looked[1:])
        else:
            _ask(actor, household)
    import_acts.finish()


def show_done(household: UUID) -> None:
    """Say what was done last to a household, with the way to its receipt and so to its undo."""
    done: Receipt | None = session.recall(_DONE)
    # Always a container: tabs below that moved down by one would open their first one again.
    with st.container(horizontal=True, vertical_alignment="center"):
        if done is None or household not in (done.household, done.about):
            return
        plain.show_text(household_act_words.say_done(done))
        address.show_open("batch", _("Its receipt, with the way back"), {"id": str(done.batch)})
        if done.household != household:
            label = household_act_words.say_other(done)
            address.show_open("household", label, {"id": str(done.household)})


def _ask(actor: Actor, household: UUID) -> None:
    wish = st.selectbox(
        _("What has changed?"),
        list(Wish),
        index=None,
        format_func=household_act_words.say_wish,
        key=_key_of_wish(household),
        placeholder=_("Choose"),
        persist_state="session",
    )
    if wish is None:
        return
    try:
        view = cache.describe_home(actor, household)
    except NotFound:
        plain.show_text(
            _("Somebody who lives here is outside what you look after, so it cannot be changed."),
            faint=True,
        )
        return
    make = household_act_forms.show_form(actor, view, Wish(wish))
    with st.container(horizontal=True):
        sure = import_acts.button(_("See what would happen"), "household_look", type="primary")
        st.button(_("Cancel"), key="household_leave", on_click=_begin_anew)
    if sure:
        import_acts.do(lambda: _look(actor, make()))


def _key_of_wish(household: UUID) -> str:
    return f"{_ASKED}_{household}" + (f"_{turn}" if (turn := session.recall(TURN)) else "")


def _begin_anew() -> None:
    """Leave what was filled in and looked at: the next form begins empty."""
    session.forget(_LOOKED)
    session.remember(TURN, (session.recall(TURN) or 0) + 1)


def _look(actor: Actor, act: Act) -> None:
    session.forget(_DONE)
    session.remember(_LOOKED, (act.household, act, households.preview(actor, act)))


def _confirm(actor: Actor, act: Act, found: Preview) -> None:
    with st.container(border=True):
        household_act_words.show_preview(found, act.on)
        with st.container(horizontal=True):
            sure = import_acts.button(_("Yes, do it"), "household_do", type="primary")
            st.button(
                _("Change it"), key="household_change", on_click=session.forget, args=(_LOOKED,)
            )
            st.button(_("Cancel"), key="household_no", on_click=_begin_anew)
    if sure:
        session.forget(_LOOKED)
        import_acts.do(lambda: _do(actor, act, found))


def _do(actor: Actor, act: Act, found: Preview) -> None:
    session.remember(_DONE, households.carry_out(actor, act, found.seen))
    _begin_anew()
