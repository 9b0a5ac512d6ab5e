"""What is to happen: to which status, why, from which day; the preview is the next step."""

from collections.abc import Mapping
from datetime import date, timedelta

import streamlit as st

from core.domain.lifecycle import LONGEST_NOTE, LONGEST_REASON, HouseholdRule, State
from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_reason, say_rule, say_target
from core.services import lifecycle, number_lists
from core.services.lifecycle import Asked, Chosen, OrderView, Terms
from core.settings import today
from core.text import _, language, show_date
from core.ui import address, cache, plain, session
from core.ui.widgets import import_acts, transition_numbers, transition_one
from core.ui.widgets.amounts import say_enrolments
from core.ui.widgets.transition_lists import AT, SHOW
from core.ui.widgets.transition_who import OF, TARGET, Who, read_who, say_who

ORDER, EDIT = "order", "edit"
"""The names in the address: the order that is looked at, and that it is to be changed."""
_EARLIEST, _FURTHEST = date(1900, 1, 1), timedelta(days=731)


def show_form(actor: Actor, before: OrderView | None) -> None:
    """Ask what is to happen; `before` is the order that is being changed."""
    who, known = read_who(), {one.code: one for one in lifecycle.list_terms(actor)}
    counts = _count_programmes(actor, who)
    found = sum(counts.values()) if counts is not None else None
    one = transition_one.read_one(actor)
    if one is not None:
        transition_one.show_one(one)
    else:
        places = {place.code: place.name for place in cache.list_places(actor, None)}
        plain.show_text(say_who(who, found, places))
    terms = _choose_programme(who, known, counts)
    if terms is None:
        return
    _show_terms(terms)
    chosen = Chosen(enrolments=who.picks) if who.picks else Chosen(criteria=who.criteria)
    if not who.picks and who.criteria is None:
        chosen = Chosen(numbers=transition_numbers.show_numbers(terms.code))
    targets = terms.targets(who.befores)
    if not targets:
        plain.show_text(
            _("This programme has no move from there. Its moves are set on the programme’s page.")
        )
        return
    asked = _ask(terms, targets, before)
    if one is not None:
        transition_one.show_others(actor, one, asked.target, asked.reason)
    if import_acts.button(_("See what would happen"), "transition_look", type="primary"):
        with st.spinner(_("Looking at everybody …")):
            import_acts.do(lambda: _look(actor, asked, chosen))


def _look(actor: Actor, asked: Asked, chosen: Chosen) -> None:
    if not chosen.enrolments and chosen.criteria is None:
        number_lists.check(chosen.numbers)
    order = lifecycle.prepare(actor, asked, chosen)
    address.change({ORDER: [order], EDIT: [], SHOW: [], AT: []})


def _count_programmes(actor: Actor, who: Who) -> dict[str, int] | None:
    """Return how many fit a filter in each programme, None for those not chosen by one."""
    if who.picks or who.criteria is None:
        return None
    found = cache.count_by(actor, who.criteria, "programme")
    return {str(code): count.enrolments for code, count in found}


def _choose_programme(
    who: Who, known: Mapping[str, Terms], counts: Mapping[str, int] | None
) -> Terms | None:
    """Return the programme of the move, asked for where there is more than one."""
    there = [code for code in known if counts is None or counts.get(code)]
    offered = [code for code in there if not who.programmes or code in who.programmes]
    if not offered:
        st.info(_("There is nobody here whom you may move."))
        return None
    if len(offered) == 1:
        return known[offered[0]]
    chosen = address.read(OF)
    key = f"transition_programme_{language()}"
    session.remember(key, chosen if chosen in offered else None)
    st.selectbox(
        _("Programme: a move is of one programme"),
        offered,
        index=None,
        format_func=lambda code: _name(known[code], counts),
        key=key,
        placeholder=_("Choose a programme"),
        on_change=_take_programme,
        args=(key,),
    )
    return known[chosen] if chosen in offered else None


def _name(terms: Terms, counts: Mapping[str, int] | None) -> str:
    return f"{terms.name} · {say_enrolments(counts[terms.code])}" if counts else terms.name


def _take_programme(key: str) -> None:
    address.change({OF: [session.recall(key)]})


def _show_terms(terms: Terms) -> None:
    said = [_("Programme: {name}", name=terms.name)]
    if terms.rule is not HouseholdRule.NONE:
        said.append(say_rule(terms.rule))
    if terms.approval:
        said.append(_("A second person approves moves of this programme."))
    plain.show_text(" · ".join(said), faint=True)


def _ask(terms: Terms, targets: list[State], before: OrderView | None) -> Asked:
    mark = f"{terms.code}_{before.uuid if before else ''}_{language()}"
    had = str(before.target) if before else address.read(TARGET)
    target = st.radio(
        _("New status"),
        targets,
        index=next((at for at, one in enumerate(targets) if one == had), 0),
        format_func=say_target,
        key=f"transition_target_{mark}",
        horizontal=True,
    )
    left, right = st.columns([2, 1])
    with left:
        reason = _ask_reason(terms, target, before, mark)
    day = right.date_input(
        _("Effective date"),
        value=before.effective_on if before else today(),
        min_value=_EARLIEST,
        max_value=today() + _FURTHEST,
        format="DD/MM/YYYY",
        key=f"transition_day_{mark}",
    )
    _explain(day, right)
    note = left.text_input(
        _("Note (not needed)"),
        value=(before.note or "") if before else "",
        max_chars=LONGEST_NOTE,
        key=f"transition_note_{mark}",
    )
    return Asked(terms.code, target, reason, note, day)


def _ask_reason(terms: Terms, target: State, before: OrderView | None, mark: str) -> str:
    known, had = terms.reasons(target), (before.reason or "") if before else ""
    if not known:
        return st.text_input(
            _("Reason"), value=had, max_chars=LONGEST_REASON, key=f"transition_reason_{mark}"
        )
    chosen = st.selectbox(
        _("Reason"),
        known,
        index=known.index(had) if had in known else None,
        format_func=say_reason,
        placeholder=_("Choose a reason"),
        key=f"transition_reason_{target}_{mark}",
    )
    return chosen or ""


def _explain(day: date, place: "st.delta_generator.DeltaGenerator") -> None:
    if day > today():
        place.caption(
            _(
                "Nothing moves before {day}. On that day everybody is looked at again: who does"
                " not fit any more stays.",
                day=show_date(day),
            )
        )
    elif day < today():
        place.caption(
            _(
                "Recorded today, counted from {day}. Who changed after that stays.",
                day=show_date(day),
            )
        )


def go_back() -> None:
    """Lead back from the preview to the form."""
    address.change({EDIT: ["1"], SHOW: [], AT: []})
