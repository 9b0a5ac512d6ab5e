"""Taking people over into the next cycle: whom, what would happen, and the way to the receipt."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import streamlit as st

from core.domain.criteria import Criteria, Op, both, parse, where
from core.domain.fields import Status
from core.domain.lifecycle import CONFIRM_ABOVE, Block, OrderState
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.domain.words_lifecycle import say_block
from core.services import cycles, lifecycle
from core.services.cycles import RollOver, RollOverView
from core.services.programmes import CycleRow
from core.text import _, language, show_number
from core.ui import address, feedback, plain, session
from core.ui.widgets import import_acts, transition_lists
from core.ui.widgets.programme_criteria import CriteriaForm, Tree
from core.ui.widgets.transition_words import say_matters

ORDER = "order"
"""The name in the address: the roll-over that is looked at."""
_RULE, _PLACE = "rollover_rule", "rollover"
_SAME = "SAME"


def show(actor: Actor, code: str, known: Sequence[CycleRow], labels: Mapping[str, str]) -> None:
    """Show the way into the next cycle of a programme to who may move its people; `labels` names
    its own attributes."""
    running = [one for one in known if one.enrolled]
    order = address.read_uuid(ORDER)
    if not actor.allows(Permission.TRANSITION) or not (running or order):
        return
    st.subheader(_("Into the next cycle"), anchor=False)
    import_acts.show_fault()
    with feedback.errors_shown():
        if order is None:
            _show_form(actor, code, running, labels)
        else:
            _show_order(actor, cycles.view(actor, order))
    import_acts.finish()


def _show_form(
    actor: Actor, code: str, running: Sequence[CycleRow], labels: Mapping[str, str]
) -> None:
    mark = f"{code}_{language()}"
    left, right = st.columns(2)
    cycle = left.selectbox(
        _("From which cycle"),
        [one.number for one in reversed(running)],
        format_func=lambda number: _("Cycle {n}", n=number),
        key=f"rollover_from_{mark}",
    )
    status = right.selectbox(
        _("Status in the next cycle"),
        [_SAME, *Status],
        format_func=lambda one: _("The same as now") if one == _SAME else label_code(one),
        key=f"rollover_status_{mark}",
    )
    who = _ask_who(actor, code, labels)
    ends = st.checkbox(
        _("Their enrolments in the old cycle end"), value=True, key=f"rollover_ends_{mark}"
    )
    said = _("See who would go over")
    if import_acts.button(said, "rollover_look", type="primary", disabled=who is None) and who:
        begun = None if status == _SAME else Status(status)
        wanted = RollOver(int(cycle or 1), who, begun, ends)
        import_acts.do(lambda: address.change({ORDER: [cycles.prepare(actor, code, wanted)]}))


def _ask_who(actor: Actor, code: str, labels: Mapping[str, str]) -> Criteria | None:
    """Ask whom to take over; None while no status is chosen."""
    chosen = st.pills(
        _("Who goes over: those who are"),
        list(Status),
        selection_mode="multi",
        default=[Status.ACTIVE],
        format_func=label_code,
        key=f"rollover_who_{code}_{language()}",
    )
    rule: Tree | None = session.recall(f"{_RULE}_{code}")
    form = CriteriaForm(actor, f"rollover_{code}", lambda tree: _keep(code, tree), labels, {})
    form.show(rule, _("No further condition."))
    if not chosen:
        return None
    parts = [where("status", Op.IN, *(one.value for one in chosen))]
    return both(*parts, *([parse(rule)] if rule else []))


def _keep(code: str, tree: Tree | None) -> None:
    session.remember(f"{_RULE}_{code}", tree)


def _show_order(actor: Actor, seen: RollOverView) -> None:
    order = seen.order
    if order.state is OrderState.DONE:
        _show_done(seen)
    elif order.state is OrderState.DRAFT:
        for line in _lines(seen):
            plain.show_text(line)
        _confirm(actor, seen)
    elif order.state is OrderState.ASKED:
        st.success(_("Put before a second person. Nothing moves until somebody approves."))
    else:
        st.warning(_("This move was cancelled. Nothing has moved."))
    if order.state is not OrderState.DRAFT:
        st.button(_("Back"), key="rollover_back", on_click=_forget)
    transition_lists.show_lists(
        order, lambda facet, limit, at: lifecycle.subjects(actor, order.uuid, facet, limit, at)
    )


def _lines(seen: RollOverView) -> Iterator[str]:
    """Yield who goes over, who stays and why, and what to know before."""
    for status, number in seen.begins.items():
        yield _(
            "{n} begin cycle {cycle} as: {status}",
            n=show_number(number),
            cycle=seen.wanted.into,
            status=label_code(status),
        )
    staying = Counter(seen.order.blocked) + Counter(seen.order.stay)
    for why, number in staying.most_common():
        yield _("{n} stay: {why}", n=show_number(number), why=_say_why(why))
    yield (
        _("The enrolments of those who go over end in cycle {n}.", n=seen.wanted.cycle)
        if seen.wanted.ends
        else _("The enrolments in cycle {n} go on.", n=seen.wanted.cycle)
    )
    yield from say_matters(seen.order)


def _say_why(why: str) -> str:
    return _("Already enrolled in that cycle") if why == Block.ALREADY else say_block(why)


def _confirm(actor: Actor, seen: RollOverView) -> None:
    number, answer = seen.order.subjects, str(seen.order.subjects)
    if not number:
        st.warning(_("Nobody of them can go over."))
    elif number > CONFIRM_ABOVE:
        answer = st.text_input(
            _("Type {n} to confirm", n=number), key=f"rollover_typed_{seen.order.uuid}", width=220
        )
    import_acts.show_refusal(_PLACE)
    sure = False
    with st.container(horizontal=True):
        if number:
            sure = import_acts.button(
                _(
                    "Take {n} over into cycle {cycle}",
                    n=show_number(number),
                    cycle=seen.wanted.into,
                ),
                "rollover_do",
                type="primary",
            )
        st.button(_("Change it"), key="rollover_change", on_click=_forget)
    if sure and "".join(c for c in answer if c.isdigit()) != str(number):
        import_acts.refuse(_("The number is not right. Type {n}.", n=number), _PLACE)
    if sure:
        import_acts.do(lambda: lifecycle.carry_out(actor, seen.order.uuid))


def _show_done(seen: RollOverView) -> None:
    if seen.order.batch is None:
        st.warning(_("Nobody of them could go over, so nothing has changed."))
        return
    said = _(
        "{n} are in cycle {cycle} now.",
        n=show_number(seen.order.subjects),
        cycle=seen.wanted.into,
    )
    st.success(said)
    address.show_open("batch", _("Its receipt"), {"id": str(seen.order.batch)})


def _forget() -> None:
    address.forget(ORDER, transition_lists.SHOW, transition_lists.AT)
