"""What an order would do: numbers, what to know before, the confirmation, and everybody by name."""

from collections.abc import Mapping
from dataclasses import asdict

import streamlit as st

from core.domain.lifecycle import CONFIRM_ABOVE, HouseholdRule, State
from core.domain.permissions import Actor, Permission
from core.domain.words_lifecycle import say_kind, say_reason, say_rule, say_state, say_target
from core.services import exports, lifecycle
from core.services.lifecycle import Facet, OrderView, Subject, Terms
from core.settings import today
from core.text import _, show_date, show_number
from core.ui import address, cache, plain, session
from core.ui.widgets import (
    download,
    import_acts,
    transition_form,
    transition_lists,
    transition_obstacles,
    transition_undo,
)
from core.ui.widgets.amounts import say_enrolments
from core.ui.widgets.transition_words import say_effect, say_matters

_CONFIRM = "transition_confirm"
_LEADING = (HouseholdRule.HEAD, HouseholdRule.ANY)


def show_preview(actor: Actor, order: OrderView) -> None:
    """Show what an order would do, and the button for it."""
    show_asked(order)
    blocked = bool(order.obstacles or (order.rows and order.staying))
    st.subheader(_("Nothing goes back.") if blocked else say_effect(order), anchor=False)
    for said in say_matters(order):
        plain.show_text(said)
    if blocked:
        transition_obstacles.show_obstacles(actor, order)
        _show_ways(order)
    elif order.subjects or order.rows:
        _confirm(actor, order)
    else:
        st.warning(
            _("Nobody of them can go back. Why stands below.")
            if order.undo_of
            else _("Nobody of them can move. Why stands below.")
        )
        _show_ways(order)
    show_subjects(actor, order)


def show_asked(order: OrderView) -> None:
    """Show what was asked for: the move, its reason, its day, its household rule."""
    facts = [
        order.programme_name or "",
        _say_what(order),
        _("effective {day}", day=show_date(order.effective_on)),
        _("reason: {reason}", reason=say_reason(order.reason)),
    ]
    note = say_rule(order.rule) if order.programme and order.undo_of is None else ""
    if order.target is State.EXITED and order.rule in _LEADING:
        note = _("An exit carries nobody along.")
    plain.show_noted(" · ".join(fact for fact in facts if fact), order.note or note)
    if order.note and note:
        plain.show_text(note, faint=True)


def _say_what(order: OrderView) -> str:
    if order.target is State.EXITED:
        return say_target(order.target)
    if order.target is None:
        return say_kind(order.kind)
    return _("to {status}", status=say_state(order.target))


def show_subjects(actor: Actor, order: OrderView) -> None:
    """Show everybody of an order that the actor may look at, list by list, and as a file."""
    if actor.allows(Permission.EXPORT):
        download.show_csv(
            f"order_{order.uuid}",
            lambda session_hash: exports.request_order(actor, session_hash, order.uuid),
        )

    def read(facet: Facet, limit: int, at: int) -> tuple[list[Subject], int]:
        stands = ("order", order.uuid, order.state, asdict(facet), limit, at)
        found: tuple[list[Subject], int] = cache.of_move(
            actor, lambda: lifecycle.subjects(actor, order.uuid, facet, limit, at), *stands
        )
        return found

    transition_lists.show_lists(order, read)


def _confirm(actor: Actor, order: OrderView) -> None:
    number = order.subjects
    with st.container(border=True):
        plain.show_text(_say_act(order))
        answer = str(number)
        if number > CONFIRM_ABOVE:
            answer = st.text_input(
                _("Type {n} to confirm", n=number), key=f"transition_typed_{order.uuid}", width=220
            )
        import_acts.show_refusal(_CONFIRM)
        sure = _show_ways(order, _say_button(actor, order))
    if sure and "".join(c for c in answer if c.isdigit()) != str(number):
        import_acts.refuse(_("The number is not right. Type {n}.", n=number), _CONFIRM)
    if sure:
        with st.spinner(_("Moving them …")):
            import_acts.do(lambda: _carry_out(actor, order))


def _show_ways(order: OrderView, label: str = "") -> bool:
    """Show the ways on from a preview; return whether its own act was clicked."""
    sure = False
    with st.container(horizontal=True, vertical_alignment="center"):
        if label:
            sure = import_acts.button(label, "transition_do", type="primary")
        st.button(_("Change it"), key="transition_change", on_click=transition_form.go_back)
        if order.undo_of is not None:
            transition_undo.show_way_out(order.undo_of)
    return sure


def _carry_out(actor: Actor, order: OrderView) -> None:
    lifecycle.carry_out(actor, order.uuid)
    session.forget(f"transition_typed_{order.uuid}")
    address.change({transition_lists.SHOW: [], transition_lists.AT: []})


def _say_act(order: OrderView) -> str:
    """Return the sentence that one agrees to: how many, of what, to where."""
    values = {"enrolments": say_enrolments(order.subjects), "day": show_date(order.effective_on)}
    if order.rows:
        return _("The act is taken back whole: every record becomes again what it was.")
    if order.undo_of is not None:
        return _("Back to the former status, each to its own: {enrolments}.", **values)
    values |= {"programme": order.programme_name or "", "status": _target(order)}
    if order.target is State.EXITED:
        return _say_exit(order, values)
    if order.effective_on > today():
        return _(
            "{enrolments} of {programme} are planned to become {status} on {day}. Nothing moves"
            " before, and on that day everybody is looked at again.",
            **values,
        )
    return _("{enrolments} of {programme} become {status} from {day} on.", **values)


def _say_exit(order: OrderView, values: Mapping[str, str]) -> str:
    if order.effective_on > today():
        return _(
            "{enrolments} of {programme} are planned to end on {day}. Nothing ends before, and on"
            " that day everybody is looked at again.",
            **values,
        )
    return _("{enrolments} of {programme} end on {day}.", **values)


def _target(order: OrderView) -> str:
    return say_state(order.target) if order.target else ""


def _say_button(actor: Actor, order: OrderView) -> str:
    number = show_number(order.subjects)
    if order.rows:
        return _("Take it back")
    if needs_approval(actor, order):
        return _("Ask for approval of {n}", n=number)
    if order.undo_of is not None:
        return _("Take back {n}", n=number)
    if order.effective_on > today():
        return _("Plan {n} for {day}", n=number, day=show_date(order.effective_on))
    if order.target is State.EXITED:
        return _("End {n}", n=number)
    return _("Move {n} to {status}", n=number, status=_target(order))


def needs_approval(actor: Actor, order: OrderView) -> bool:
    """Say whether a second person has to agree to an order."""
    found: Terms | None = next(
        (one for one in lifecycle.list_terms(actor) if one.code == order.programme), None
    )
    return found is not None and found.approval
