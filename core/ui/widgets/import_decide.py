"""Whom single rows are about: the candidates side by side, and a person's decision."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.domain.permissions import Actor
from core.domain.words import label_code
from core.services import matching
from core.services.imports import RunView
from core.services.matching import SAME_ROW, SOMEBODY_NEW, Candidate
from core.text import _, show_number
from core.ui import address, cache
from core.ui.widgets import import_acts, import_remedies, import_tables

_REASONS: dict[str, Callable[[], str]] = {
    "name": lambda: _("the name"),
    "sex": lambda: _("the sex"),
    "birth_date": lambda: _("the date of birth"),
    "birth_year": lambda: _("the year of birth"),
    "place": lambda: _("the area"),
    "location": lambda: _("the area"),
    "phone": lambda: _("the phone number"),
    "household": lambda: _("the household"),
}


def show_decisions(actor: Actor, run: RunView) -> None:
    """Show the rows that may be about somebody known, one of them with its candidates."""
    rows: list[int] = cache.of_run(
        actor, run, "to_decide", lambda: matching.to_decide(actor, run.uuid)
    )
    decided = run.document.decisions
    rows = sorted({*rows, *decided})
    if not rows:
        return
    st.subheader(_("Whom are these rows about?"))
    at = address.read_number("row")
    chosen = st.selectbox(
        _("Row to decide"),
        rows,
        index=rows.index(at) if at in rows else 0,
        format_func=lambda row: (
            _("Row {row}", row=row) + (" · " + _("decided") if row in decided else "")
        ),
        key="decide_row",
    )
    if chosen is not None:
        _show_row(actor, run, chosen)


def _show_row(actor: Actor, run: RunView, row: int) -> None:
    found: list[Candidate] = cache.of_run(
        actor, run, "candidates", lambda: matching.candidates(actor, run.uuid, row), row
    )
    lines = [_line(one) for one in found]
    heads = (_("Number"), _("Name"), _("Sex"), _("Date of birth"), _("Area"), _("How alike"))
    import_tables.show(heads, lines)
    options: list[str | None] = [None, SOMEBODY_NEW, *(one.choice for one in found)]
    now = run.document.decisions.get(row)
    names = {one.choice: one.name for one in found}
    picked = st.radio(
        _("Row {row} is about", row=row),
        options,
        index=options.index(now) if now in options else 0,
        format_func=lambda one: _say_choice(one, names),
        key=f"decide_{row}",
    )
    if picked != now and import_acts.button(_("Decide"), "decide_take", type="primary"):
        import_acts.do(lambda: _decide(actor, run, row, picked))


def _decide(actor: Actor, run: RunView, row: int, choice: str | None) -> None:
    matching.decide(actor, run.uuid, row, choice)
    import_remedies.check_if_small(actor, run)


def _say_choice(choice: str | None, names: dict[str, str]) -> str:
    if choice is None:
        return _("not decided")
    if choice == SOMEBODY_NEW:
        return _("somebody new")
    return f"{_say_who(choice)} · {names[choice]}"


def _say_who(choice: str) -> str:
    if choice.startswith(SAME_ROW):
        return _("the person of row {row}", row=choice.removeprefix(SAME_ROW))
    return choice


def _line(one: Candidate) -> Sequence[str]:
    why = [_REASONS[reason]() if reason in _REASONS else reason for reason in one.reasons]
    if one.taken:
        why.append(_("has a number of this row"))
    percent = f"{show_number(one.percent)} %: " if one.percent is not None else ""
    return (
        _say_who(one.choice),
        one.name,
        label_code(one.sex) if one.sex else "–",
        one.birth_date or "–",
        one.place or "–",
        percent + ", ".join(why),
    )
