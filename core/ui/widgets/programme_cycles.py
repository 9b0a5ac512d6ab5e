"""The cycles of a programme: a table, one to name or date, a further one to add."""

from dataclasses import replace
from datetime import date

import streamlit as st

from core.domain.programme_design import LONGEST_NAME
from core.services import programmes
from core.services.programmes import CycleRow
from core.text import _, show_date, show_number
from core.ui import feedback, plain, session
from core.ui.widgets import programme_rollover
from core.ui.widgets.programme_draft import Draft
from core.ui.widgets.programme_moves import attributes_of

_EARLIEST, _LATEST = date(1950, 1, 1), date(2199, 12, 31)


def show(draft: Draft) -> None:
    """Show the cycles; what is changed here is in force at once."""
    cycles = draft.seen.cycles
    plain.show_text(
        _(
            "A cycle is a cohort: whoever is enrolled again in a later cycle has a place of its own"
            " there. What is saved here is in force at once."
        ),
        faint=True,
    )
    heads = (_("Cycle"), _("Name"), _("Starts on"), _("Ends on"), _("Open enrolments"))
    plain.show_table(heads, [_cells(one) for one in cycles])
    following = CycleRow(max(one.number for one in cycles) + 1, "", None, None)
    options = [*cycles, following]
    position = st.selectbox(
        _("Cycle to name or date"),
        range(len(options)),
        format_func=lambda at: _say(options[at], new=at == len(cycles)),
        key=f"{draft.choice}_cycle_{len(cycles)}",
    )
    chosen = options[position or 0]
    _show_form(draft, chosen, None if position == len(cycles) else chosen)
    programme_rollover.show(draft.actor, draft.seen.code, cycles, attributes_of(draft))


def _say(cycle: CycleRow, *, new: bool) -> str:
    if new:
        return _("Add cycle {n}", n=cycle.number)
    return f"{cycle.number} · {cycle.name}" if cycle.name else str(cycle.number)


def _cells(cycle: CycleRow) -> tuple[str, ...]:
    days = (show_date(day) if day else "" for day in (cycle.starts, cycle.ends))
    return (str(cycle.number), cycle.name, *days, show_number(cycle.enrolled))


def _show_form(draft: Draft, cycle: CycleRow, before: CycleRow | None) -> None:
    # What is saved begins the fields anew.
    key = f"{draft.key}_cycle_{cycle.number}_{cycle.name}_{cycle.starts}_{cycle.ends}"
    with st.form(key, border=True), feedback.errors_shown():
        left, middle, right = st.columns([3, 2, 2])
        name = left.text_input(_("Name"), cycle.name, LONGEST_NAME, key=f"{key}_name")
        starts = middle.date_input(
            _("Starts on"),
            cycle.starts,
            _EARLIEST,
            _LATEST,
            key=f"{key}_starts",
            format="DD/MM/YYYY",
        )
        ends = right.date_input(
            _("Ends on"),
            cycle.ends,
            _EARLIEST,
            _LATEST,
            key=f"{key}_ends",
            format="DD/MM/YYYY",
        )
        if st.form_submit_button(_("Save the cycle")):
            days = [day if isinstance(day, date) else None for day in (starts, ends)]
            wanted = replace(cycle, name=name, starts=days[0], ends=days[1])
            programmes.put_cycle(draft.actor, draft.seen.code, wanted, before)
            session.flash(_("Cycle {n} is saved.", n=cycle.number))
            st.rerun()
