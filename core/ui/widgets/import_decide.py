"""Whom single rows are about: the candidates side by side, and a person's decision."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.domain.permissions import Actor
from core.domain.words import label_code
from core.services import matching
from core.services.imports import RunView
from core.services.matching import SAME_ROW, SOMEBODY_NEW, Candidate
from core.text import _, language, show_number
from core.ui import address, cache
from core.ui.widgets import import_acts, import_remedies, import_tables, import_together
from core.ui.widgets.likeness_words import say_likeness

_MOST_DECIDED = 200
"""Decided rows that the box offers; those decided together are taken back together."""


def show_decisions(actor: Actor, run: RunView) -> None:
    """Show the rows that may be about somebody known, all that are alike and one at a time."""
    waiting: list[int] = cache.of_run(
        actor, run, "to_decide", lambda: matching.to_decide(actor, run.uuid)
    )
    decided = run.document.decisions
    rows = sorted({*waiting, *sorted(decided)[:_MOST_DECIDED]})
    if not rows:
        return
    st.subheader(_("Whom are these rows about?"))
    import_together.show_together(actor, run)
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
    itself: Candidate | None = cache.of_run(
        actor, run, "row_itself", lambda: matching.row_itself(actor, run.uuid, row), row
    )
    own = [_line(_("Row {row}", row=row), itself, _("this row"))] if itself else []
    lines = own + [_line(_say_who(one.choice), one, _say_why(one)) for one in found]
    heads = (
        _("Registration number"),
        _("Name"),
        _("Sex"),
        _("Date of birth"),
        _("Phone"),
        _("Area"),
        _("How alike"),
    )
    import_tables.show(heads, lines)
    options: list[str | None] = [None, SOMEBODY_NEW, *(one.choice for one in found)]
    now = run.document.decisions.get(row)
    names = {one.choice: one.name for one in found}
    picked = st.radio(
        _("Row {row} is about", row=row),
        options,
        index=options.index(now) if now in options else 0,
        format_func=lambda one: _say_choice(one, names),
        key=f"decide_{language()}_{row}",
    )
    if picked != now and import_acts.button(_("Decide"), "decide_take", type="primary"):
        import_acts.do(lambda: _decide(actor, run, row, picked))


def _decide(actor: Actor, run: RunView, row: int, choice: str | None) -> None:
    matching.decide(actor, run.uuid, row, choice)
    import_remedies.check_if_small(actor, run)


def _say_choice(choice: str | None, names: Mapping[str, str]) -> str:
    if choice is None:
        return _("not decided")
    if choice == SOMEBODY_NEW:
        return _("somebody new")
    return f"{_say_who(choice)} · {names[choice]}"


def _say_who(choice: str) -> str:
    if choice.startswith(SAME_ROW):
        return _("the person of row {row}", row=choice.removeprefix(SAME_ROW))
    return choice


def _line(number: str, one: Candidate, why: str) -> Sequence[str]:
    sex = label_code(one.sex) if one.sex else "–"
    return (
        number, one.name, sex, one.birth_date or "–", one.phone or "–", one.place or "–", why
    )  # fmt: skip


def _say_why(one: Candidate) -> str:
    taken = [_("has a number of this row")] if one.taken else []
    why = [say_likeness(one.reasons)] if one.reasons else []
    percent = f"{show_number(one.percent)} %: " if one.percent is not None else ""
    return percent + ", ".join(why + taken)
