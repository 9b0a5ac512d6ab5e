"""Moves that wait: one's own for their day or a second person, others' for one's own decision."""

from uuid import UUID

import streamlit as st

from core.domain.lifecycle import CONFIRM_ABOVE, LONGEST_NOTE, OrderState, State
from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_order, say_reason, say_state
from core.services import approvals, lifecycle, planned
from core.services.lifecycle import OrderView
from core.services.planned import Waiting
from core.text import _, show_date, show_moment, show_number
from core.ui import address, plain, session
from core.ui.widgets import import_acts, transition_preview
from core.ui.widgets.transition_words import say_effect, say_matters

ORDER = "order"
_PLACE = "batch_waiting"


def show_waiting(actor: Actor) -> None:
    """Show every move that waits, one's own first."""
    found = planned.list_waiting(actor)
    if not found:
        st.info(_("No move is planned, and none waits for your approval."))
    for waiting in found:
        with st.container(border=True):
            _show_one(actor, waiting)


def _show_one(actor: Actor, waiting: Waiting) -> None:
    order = waiting.order
    plain.show_noted(
        f"{say_move(order)} · {say_order(order.state)}",
        _(
            "By {who}, {when} · reason: {reason}",
            who=order.actor,
            when=show_moment(order.made_at),
            reason=say_reason(order.reason),
        ),
    )
    plain.show_text(say_effect(order))
    with st.container(horizontal=True, vertical_alignment="center"):
        if waiting.decides:
            st.button(
                _("Look and decide"),
                key=f"waiting_look_{order.uuid}",
                icon=":material/gavel:",
                on_click=address.change,
                args=({ORDER: [order.uuid]},),
            )
        else:
            address.show_open("transition", _("Open"), {ORDER: str(order.uuid)})
            if import_acts.button(
                _("Cancel this move"), f"waiting_cancel_{order.uuid}", icon=":material/close:"
            ):
                import_acts.do(lambda: _cancel(actor, order))


def _cancel(actor: Actor, order: OrderView) -> None:
    lifecycle.cancel(actor, order.uuid)
    session.flash(_("The move was cancelled. Nothing has moved."))


def say_move(order: OrderView) -> str:
    """Return e.g. "Cash transfer: to Suspended on 1 Dec 2026"."""
    name = order.programme_name or order.programme or ""
    day = show_date(order.effective_on)
    if order.target is State.EXITED:
        return _("{programme}: enrolments end on {day}", programme=name, day=day)
    status = say_state(order.target) if order.target else _("the next cycle")
    return _("{programme}: to {status} on {day}", programme=name, status=status, day=day)


def show_order(actor: Actor, uuid: UUID) -> None:
    """Show another's move that waits for the reader's decision."""
    st.button(
        _("Back to the list"),
        key="waiting_back",
        icon=":material/arrow_back:",
        on_click=address.change,
        args=({ORDER: [], "show": [], "at": []},),
    )
    show_decision(actor, lifecycle.view(actor, uuid))


def show_decision(actor: Actor, order: OrderView) -> None:
    """Show what another asks for, and both answers."""
    st.title(_("Approve a move"))
    transition_preview.show_asked(order)
    plain.show_text(
        _("Asked for by {who} on {when}", who=order.actor, when=show_moment(order.made_at))
    )
    st.subheader(say_effect(order), anchor=False)
    for said in say_matters(order):
        plain.show_text(said)
    _decide(actor, order)
    transition_preview.show_subjects(actor, order)


def _decide(actor: Actor, order: OrderView) -> None:
    number = order.subjects
    with st.container(border=True):
        plain.show_text(
            _("Everybody is looked at again when it is carried out: who has changed since stays.")
        )
        answer = str(number)
        if number > CONFIRM_ABOVE:
            answer = st.text_input(
                _("Type {n} to confirm", n=number), key=f"waiting_typed_{order.uuid}", width=220
            )
        why = st.text_input(
            _("Why not (only if you refuse)"),
            max_chars=LONGEST_NOTE,
            key=f"waiting_why_{order.uuid}",
        )
        import_acts.show_refusal(_PLACE)
        with st.container(horizontal=True):
            agreed = import_acts.button(
                _("Approve: {n}", n=show_number(number)), "waiting_approve", type="primary"
            )
            refused = import_acts.button(_("Refuse"), "waiting_refuse")
    if agreed and "".join(c for c in answer if c.isdigit()) != str(number):
        import_acts.refuse(_("The number is not right. Type {n}.", n=number), _PLACE)
    if agreed:
        import_acts.do(lambda: _approve(actor, order))
    if refused:
        import_acts.do(lambda: _refuse(actor, order, why))


def _approve(actor: Actor, order: OrderView) -> None:
    done = approvals.approve(actor, order.uuid)
    if done.state is OrderState.WAITING:
        said = _("Approved; planned for {day}.", day=show_date(done.effective_on))
    else:
        said = _("Approved and carried out: {effect}", effect=say_effect(done))
    session.flash(said)
    address.change({ORDER: [], "show": [], "at": []})


def _refuse(actor: Actor, order: OrderView, why: str) -> None:
    approvals.refuse(actor, order.uuid, why)
    session.flash(_("The move was refused. Who asked for it is told why."))
    address.change({ORDER: [], "show": [], "at": []})
