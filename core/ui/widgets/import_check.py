"""Step 4, the check: what was found, grouped by cause, with remedies; rows one can correct."""

import streamlit as st

from core.domain.permissions import Actor
from core.models import RunState
from core.services import imports
from core.services.imports import RunView
from core.text import _, language, show_number
from core.ui.widgets import (
    import_acts,
    import_findings,
    import_grid,
    import_look,
    import_progress,
    import_remedies,
    import_replace,
    import_way,
    import_workbook,
)


def show_check(actor: Actor, run: RunView) -> None:
    """Show what the check found; a small file that nobody has checked yet is checked at once."""
    if run.state is RunState.DRAFT and not run.counts:
        if not run.needs_queue:
            import_progress.check(actor, run)
            st.rerun()
        _ask_for_check(actor, run)
        return
    if run.state is RunState.FAILED or not run.counts:
        _ask_for_check(actor, run)
        return
    import_way.show_ways(run, import_way.CHECK)
    _show_counts(run)
    _show_stale(actor, run)
    taken = import_remedies.show_steps(actor, run)
    found = imports.findings(actor, run.uuid, language())
    import_findings.show_findings(actor, run, found, taken)
    if any(one.count for one in found):
        import_grid.show_grid(actor, run, found)
        import_replace.show_replace(actor, run, taken)
    import_workbook.show_workbook(actor, run)


def _ask_for_check(actor: Actor, run: RunView) -> None:
    import_way.show_ways(run, import_way.CHECK, onward=False)
    if import_acts.button(_("Check the file"), "check_all", type="primary"):
        import_acts.do(lambda: import_progress.check(actor, run))
    if run.needs_queue and run.state is RunState.DRAFT:
        import_look.show_first_look(actor, run)


def _show_counts(run: RunView) -> None:
    labels = {
        "rows": _("Rows"),
        "staged": _("Clean"),
        "held": _("Held back"),
        "left_out": _("Left out by remedies"),
    }
    shown = {name: label for name, label in labels.items() if name in run.counts}
    for column, (name, label) in zip(st.columns(len(labels)), shown.items(), strict=False):
        column.metric(label, show_number(run.counts[name]), border=True)


def _show_stale(actor: Actor, run: RunView) -> None:
    """Say that something was corrected since the check, and offer to check again."""
    if run.state is RunState.CHECKED:
        if "origin" in run.counts and import_acts.button(
            _("Check every row all the same"), "check_fully"
        ):
            import_acts.do(lambda: import_progress.check(actor, run, force=True))
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(_("⟳ Corrections came since this check. The figures are those of then."))
        if import_acts.button(_("Check again"), "check_again", type="primary"):
            import_acts.do(lambda: import_progress.check(actor, run))
