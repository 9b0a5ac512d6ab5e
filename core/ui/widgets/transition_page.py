"""Changing statuses, step by step: what is to happen, what it would do, and what became of it."""

import streamlit as st

from core.domain.lifecycle import OrderState, State
from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_kind, say_state
from core.services import lifecycle
from core.services.lifecycle import OrderView
from core.text import _, show_date, speak
from core.ui import address, feedback, plain, top
from core.ui.widgets import (
    batch_people,
    batch_receipt,
    batch_waiting,
    import_acts,
    transition_form,
    transition_one,
    transition_preview,
    transition_undo,
)
from core.ui.widgets.transition_form import EDIT, ORDER

_GONE = (OrderState.CANCELLED, OrderState.REFUSED, OrderState.FAILED)


def show(actor: Actor) -> None:
    """Show the step that the address asks for."""
    with feedback.errors_shown():
        import_acts.show_fault()
        uuid = address.read_uuid(ORDER)
        order = lifecycle.view(actor, uuid) if uuid else None
        undo = (order.undo_of if order else None) or address.read_uuid(batch_people.UNDO)
        if order is not None and order.state is OrderState.DONE:
            _show_done(actor, order)
        elif order is not None and not address.read(EDIT):
            top.show_from_top(f"{order.uuid}_{order.state}")
            _show_order(actor, order)
        elif undo is not None:
            st.title(_("Undo"))
            transition_undo.show_form(actor, undo, order)
        else:
            st.title(_("Change status"))
            transition_form.show_form(actor, order)
        import_acts.finish()


def _show_order(actor: Actor, order: OrderView) -> None:
    if order.actor != actor.name and order.state is OrderState.ASKED:
        batch_waiting.show_decision(actor, order)
        return
    if order.state is OrderState.DRAFT:
        st.title(_("Undo: what would happen") if order.undo_of else _("What would happen"))
        transition_preview.show_preview(actor, order)
        return
    st.title(_say_title(order))
    transition_preview.show_asked(order)
    if order.state in _GONE:
        st.warning(_say_gone(order))
        _show_why(order)
        transition_preview.show_subjects(actor, order)
        return
    st.success(_say_waiting(order))
    with st.container(horizontal=True, vertical_alignment="center"):
        if import_acts.button(_("Cancel this move"), "transition_cancel", icon=":material/close:"):
            import_acts.do(lambda: lifecycle.cancel(actor, order.uuid))
        st.page_link(
            address.file_of("batches"),
            label=_("All planned moves"),
            icon=":material/event_upcoming:",
            query_params={"view": "planned"},
        )
    transition_preview.show_subjects(actor, order)


def _say_title(order: OrderView) -> str:
    """Say first that nothing is done yet, where it is not."""
    day = show_date(order.effective_on)
    if order.state is OrderState.WAITING:
        return _("Planned for {day}: {act}", day=day, act=_say_act(order))
    if order.state is OrderState.ASKED:
        return _("Waiting for approval: {act}", act=_say_act(order))
    return _("Undo") if order.undo_of else _("Change status")


def _say_act(order: OrderView) -> str:
    if order.target is State.EXITED:
        return _("enrolments end")
    if order.target is not None:
        return _("to {status}", status=say_state(order.target))
    return say_kind(order.kind)


def _say_waiting(order: OrderView) -> str:
    if order.state is OrderState.ASKED:
        return _("Put before a second person. Nothing moves until somebody approves.")
    return _(
        "Planned for {day}. Nothing has moved yet; on that day everybody is looked at again.",
        day=show_date(order.effective_on),
    )


def _say_gone(order: OrderView) -> str:
    if order.state is OrderState.REFUSED:
        return _("This move was refused. Nothing has moved.")
    if order.state is OrderState.FAILED:
        return _("This move failed. Nothing has moved.")
    return _("This move was cancelled. Nothing has moved.")


def _show_why(order: OrderView) -> None:
    """Show who refused an order, and what was said or went wrong."""
    if order.state is OrderState.REFUSED:
        plain.show_text(_("Refused by {who}", who=order.decided_by or "?"))
    if order.error:
        plain.show_text(speak(order.error))


def _show_done(actor: Actor, order: OrderView) -> None:
    top.show_from_top(f"{order.uuid}_{order.state}")
    if order.batch is not None:
        _show_others(actor, order)
        batch_receipt.show_receipt(actor, order.batch, here=True)
        return
    st.title(_("Nobody moved"))
    transition_preview.show_asked(order)
    st.warning(_("Nobody could move when it was carried out, so nothing has changed. Why:"))
    transition_preview.show_subjects(actor, order)


def _show_others(actor: Actor, order: OrderView) -> None:
    """Say after the exit of somebody who died where else they are enrolled."""
    one = transition_one.read_one(actor)
    if one is not None:
        transition_one.show_others(actor, one, order.target, order.reason)
