"""One programme: its parts one after the other, and the one way to put changes in force."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.domain.fields import Status
from core.domain.lifecycle import CONFIRM_ABOVE
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.services import programmes
from core.services.programmes import LONGEST_WHY, Details, Effect
from core.text import _, show_moment
from core.ui import address, feedback, plain, session
from core.ui.widgets import (
    programme_attributes,
    programme_cycles,
    programme_general,
    programme_history,
    programme_lists,
    programme_moves,
)
from core.ui.widgets.amounts import say_enrolments, say_households
from core.ui.widgets.programme_differences import list_differences, show_differences
from core.ui.widgets.programme_draft import Draft, open_draft
from core.ui.widgets.programme_words import (
    PARTS,
    UNITS,
    say_effect,
    say_parts,
    say_rule,
    say_standing,
    say_taken,
)

_KEY, _PART = "programme_part", "part"
_ASK = {"moves", "attribute_schema", "graduation"}
"""The parts that ask about people: counting by a field is seeing it."""
_PARTS: dict[str, tuple[Callable[[], str], Callable[[Draft], None]]] = {
    "general": (lambda: _("General"), programme_general.show_general),
    "moves": (lambda: _("Moves"), programme_moves.show),
    "exits": (lambda: _("Exits"), programme_general.show_exits),
    "households": (lambda: _("Households"), programme_general.show_households),
    "attributes": (lambda: _("Attributes"), programme_attributes.show),
    "lists": (lambda: _("Lists"), programme_lists.show_lists),
    "graduation": (lambda: _("Graduation"), programme_lists.show_graduation),
    "cycles": (lambda: _("Cycles"), programme_cycles.show),
    "history": (lambda: _("Changes"), programme_history.show),
}


def show(actor: Actor, code: str) -> None:
    """Show a programme that the actor may change."""
    seen = programmes.describe(actor, code)
    _show_head(seen)
    draft, stale = open_draft(actor, seen)
    if stale:
        st.warning(
            _(
                "{who} has changed this programme in between; your changes were put aside.",
                who=seen.changed_by or "?",
            )
        )
    waiting = st.container()
    part = _show_parts()
    with feedback.errors_shown():
        _PARTS[part][1](draft)
    # Last, when the fields have said what is in them.
    with waiting, feedback.errors_shown():
        _show_changes(draft)


def _show_head(seen: Details) -> None:
    design = seen.design
    note = f"{seen.code} · {UNITS[design.unit]()} · {say_rule(design)}"
    if seen.changed_at:
        when = show_moment(seen.changed_at)
        note += " · " + _("changed by {who} on {when}", who=seen.changed_by, when=when)
    plain.show_heading(design.name, note, level=2)
    pairs = [
        (label_code(status), say_standing(design, seen.standings.get(status))) for status in Status
    ]
    said = [_("{field}: {value}", field=label, value=number) for label, number in pairs]
    said.append(_("Places taken: {n}", n=say_taken(design, seen.standings)))
    with st.container(horizontal=True, vertical_alignment="center"):
        plain.show_text(" · ".join(said))
        if seen.last_batch:
            where = {"code": [seen.code], _PART: ["history"]}
            where[programme_history.CHANGE] = [str(seen.last_batch)]
            address.show_same(_("The last change"), where, f"programme_last_{seen.code}")


def _show_parts() -> str:
    """Show the parts in a row; return the one that the address names."""
    asked = address.read(_PART)
    at = asked if asked in _PARTS else next(iter(_PARTS))
    session.remember(_KEY, at)
    st.segmented_control(
        _("Part of the programme"),
        list(_PARTS),
        format_func=lambda name: _PARTS[name][0](),
        key=_KEY,
        on_change=_take_part,
        label_visibility="collapsed",
    )
    return at


def _take_part() -> None:
    address.change({_PART: [session.recall(_KEY) or next(iter(_PARTS))]})


def _show_changes(draft: Draft) -> None:
    """Say what is not in force yet; let it be looked at, put in force, or put aside.

    It stands there without changes too, so that nothing jumps with the first one.
    """
    changed, looked = draft.changed(), draft.recall_look()
    with st.container(border=True):
        bar = st.container(horizontal=True, vertical_alignment="center")
        with bar.container(width="stretch"):
            waiting = _("Not in force yet: {parts}.", parts=say_parts(changed))
            plain.show_text(waiting if changed else _("All that stands here is in force."))
        see = bar.button(
            _("See what it affects"),
            key=f"{draft.key}_see",
            type="primary" if changed and looked is None else "secondary",
            disabled=not changed,
        )
        if bar.button(_("Put the changes aside"), key=f"{draft.key}_aside", disabled=not changed):
            draft.drop()
            st.rerun()
        if see:
            _look(draft)
        if changed and looked is not None:
            _show_effects(draft, looked)
            _show_saving(draft, looked)


def _look(draft: Draft) -> None:
    """Keep what the draft would mean, or say all that is wrong with it in the order of the form."""
    faults = draft.faults()
    for name, error in faults:
        said = feedback.explain(error)
        st.error(_("{field}: {value}", field=PARTS[name](), value=said))
    if not faults:
        draft.remember_look(programmes.preview(draft.actor, draft.seen.code, draft.read()))
        st.rerun()


def _show_effects(draft: Draft, effects: Sequence[Effect]) -> None:
    show_differences(list_differences(draft.actor, draft.seen.design, draft.read()), ahead=True)
    for effect in effects:
        plain.show_text(f"• {say_effect(effect)}")
    asks = _ASK & set(draft.changed())
    if asks and not draft.actor.allows(Permission.SEE_PEOPLE):
        said = _(
            "Who meets conditions or lacks attributes is not counted: your account may not see"
            " people."
        )
        plain.show_text(f"• {said}")
    elif not effects:
        plain.show_text("• " + _("No enrolment, planned move or household is affected."))


def _show_saving(draft: Draft, effects: Sequence[Effect]) -> None:
    number = programmes.count_reached(effects)
    with st.form(f"{draft.key}_save", border=False):
        why = st.text_input(
            _("Why (kept with the change)"), max_chars=LONGEST_WHY, key=f"{draft.key}_why"
        )
        answer = str(number)
        if number > CONFIRM_ABOVE:
            plain.show_text(_("It reaches {enrolments}.", enrolments=say_enrolments(number)))
            answer = st.text_input(
                _("Type {n} to confirm", n=number), key=f"{draft.key}_typed", width=220
            )
        if not st.form_submit_button(_("Put in force"), type="primary"):
            return
    programmes.read_why(why)
    if "".join(c for c in answer if c.isdigit()) != str(number):
        st.error(_("The number is not right. Type {n}.", n=number))
        return
    done = programmes.change(draft.actor, draft.seen.code, draft.read(), draft.seen.version, why)
    draft.forget()
    said = _("In force from now on: {parts}.", parts=say_parts(done.fields))
    if done.households:
        more = _("With a status of their own now: {n}.", n=say_households(done.households))
        said = f"{said} {more}"
    session.flash(said)
    address.change({_PART: ["history"], programme_history.CHANGE: [str(done.batch)]})
    st.rerun()
