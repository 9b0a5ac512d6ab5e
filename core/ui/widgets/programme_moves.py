"""The moves that a programme allows: a table of them, one to change, a further one to add."""

from typing import Any

import streamlit as st

from core.domain.criteria import parse
from core.domain.lifecycle import State
from core.domain.words_lifecycle import say_reason, say_state
from core.text import _
from core.ui import address, plain
from core.ui.widgets.programme_criteria import CriteriaForm
from core.ui.widgets.programme_draft import Draft
from core.ui.widgets.programme_general import read_lines
from core.ui.widgets.programme_sentences import find_names
from core.ui.widgets.programme_words import say_move

Move = dict[str, Any]


def show(draft: Draft) -> None:
    """Show the moves of the draft and what can be done with them."""
    moves: list[Move] = sorted(draft.document["moves"], key=_order)
    heads = (_("From status"), _("To status"), _("Reasons to choose from"), _("Only for whom"))
    plain.show_table(heads, [_cells(draft, one) for one in moves])
    _show_one(draft, moves)
    _show_new(draft, draft.document["moves"])


def _order(move: Move) -> tuple[int, int]:
    states = list(State)
    return states.index(State(move["before"])), states.index(State(move["after"]))


def _cells(draft: Draft, move: Move) -> tuple[str, str, str, str]:
    condition = parse(move["condition"]) if move.get("condition") else None
    names = find_names(draft.actor, attributes_of(draft), [condition] if condition else [])
    return (
        say_state(move["before"]),
        say_state(move["after"]),
        ", ".join(map(say_reason, move.get("reasons", []))) or _any_words(move),
        names.say(condition) if condition else _("Everybody"),
    )


def _any_words(move: Move) -> str:
    return _("the reasons of exits") if move["after"] == State.EXITED else _("any words")


def _name(move: Move) -> str:
    return f"{move['before']}-{move['after']}"


def _show_one(draft: Draft, moves: list[Move]) -> None:
    """Offer one move to change or take away."""
    named = {_name(one): one for one in moves}
    at = address.read("move")
    options = ["", *named]
    chosen = st.selectbox(
        _("Move to change"),
        options,
        index=options.index(at) if at in options else 0,
        format_func=lambda name: _say_name(named, name),
        key=f"{draft.choice}_move_{'_'.join(named)}",
    )
    if chosen != at:
        address.change({"move": [chosen] if chosen else []})
    if not chosen:
        return
    with st.container(border=True):
        _show_form(draft, moves, list(named).index(chosen))


def _say_name(named: dict[str, Move], name: str) -> str:
    if not name:
        return _("Choose a move")
    return say_move(named[name]["before"], named[name]["after"])


def _show_form(draft: Draft, moves: list[Move], position: int) -> None:
    move = moves[position]
    key = f"{draft.key}_{_name(move)}"

    def keep(**parts: object) -> None:
        filled = {name: value for name, value in (move | parts).items() if value}
        draft.keep("moves", [*moves[:position], filled, *moves[position + 1 :]])

    typed = st.text_area(
        _("Reasons to choose from, one on each line; none: any words will do"),
        "\n".join(move.get("reasons", [])),
        key=f"{key}_reasons",
        height=100,
    )
    keep(reasons=read_lines(typed))
    st.markdown(f"**{_('Only for those of whom this is true on the day of the move')}**")
    form = CriteriaForm(
        draft.actor,
        f"{key}_condition",
        lambda tree: keep(reasons=read_lines(typed), condition=tree),
        attributes_of(draft),
        options_of(draft),
    )
    form.show(move.get("condition"), _("No condition: everybody may move."))
    if st.button(_("Take this move away"), key=f"{key}_drop", disabled=len(moves) == 1):
        draft.keep("moves", [*moves[:position], *moves[position + 1 :]])
        address.forget("move")
        st.rerun()


def attributes_of(draft: Draft) -> dict[str, str]:
    """Return the names of the programme's own attributes with their labels."""
    return {
        one["name"]: one.get("label") or one["name"]
        for one in draft.document["attribute_schema"]
        if one.get("name")
    }


def options_of(draft: Draft) -> dict[str, list[str]]:
    """Return the values of the attributes that are chosen from a list, by their names."""
    return {
        one["name"]: list(one["options"])
        for one in draft.document["attribute_schema"]
        if one.get("options")
    }


def _show_new(draft: Draft, moves: list[Move]) -> None:
    st.markdown(f"**{_('A further move')}**")
    known = {(one["before"], one["after"]) for one in moves}
    left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
    before = left.selectbox(
        _("From status"),
        list(State),
        format_func=say_state,
        key=f"{draft.choice}_from",
    )
    fitting = [
        state for state in State if state != before and (str(before), str(state)) not in known
    ]
    after = middle.selectbox(
        _("To status"),
        fitting,
        format_func=say_state,
        key=f"{draft.choice}_to_{before}",
        placeholder=_("All there are"),
        disabled=not fitting,
    )
    if right.button(
        _("Add this move"), key=f"{draft.key}_add", disabled=after is None, width="stretch"
    ):
        made = {"before": str(before), "after": str(after)}
        draft.keep("moves", [*moves, made])
        address.change({"move": [_name(made)]})
        st.rerun()
