"""What the check found: grouped by cause, each row with its value and its remedy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.domain.permissions import Actor
from core.etl.findings import make_finding
from core.etl.rows import Severity
from core.etl.suite import load_suite
from core.services import imports
from core.services.imports import Finding, RunView
from core.text import _, language, show_number
from core.ui import plain
from core.ui.widgets.amounts import say_rows

_HELD_SHOWN = 50
_SEVERITIES: dict[str, tuple[Callable[[], str], str]] = {
    Severity.CRITICAL: (lambda: _("held back"), "#D55E00"),
    Severity.WARNING: (lambda: _("published, please look"), "#E69F00"),
    Severity.INFO: (lambda: _("for information"), "#56B4E9"),
}


@dataclass
class _Example:
    """One issue of a cause, as the sentence needs it."""

    row_no: int
    value: str | None


def show_findings(actor: Actor, run: RunView) -> None:
    """Show the causes, the gravest first, and the first rows that are held back."""
    found = imports.findings(actor, run.uuid, language())
    if not found:
        st.success(_("Nothing to correct: every row is clean."))
        return
    st.subheader(_("Findings, grouped by cause"))
    for finding in found:
        with st.container(border=True):
            _show_finding(finding)
    if run.counts.get("held"):
        with st.expander(_("The rows held back, as they stand in the file")):
            _show_held(actor, run)


def _show_finding(finding: Finding) -> None:
    say_severity, colour = _SEVERITIES[finding.severity]
    where = finding.column or _("whole row")
    badge = plain.Badge(f"{say_rows(finding.count)} · {say_severity()} · {where}", colour)
    plain.show_badges([badge], finding.message)
    lines = _lines(finding)
    if len(lines) > 1:
        shown = _("The first {n} rows", n=show_number(len(lines)))
        all_shown = len(lines) >= finding.count
        with st.expander(_("All rows of this cause") if all_shown else shown):
            plain.show_table([_("Row"), _("Value"), _("What to do")], lines)


def _lines(finding: Finding) -> Sequence[tuple[str, str, str]]:
    """Return row, value and sentence of each example: the sentence names what to do there."""
    cause, messages = (finding.rule, finding.severity, finding.column), load_suite().messages
    return [
        (
            str(row),
            value,
            make_finding(cause, 1, [_Example(row, value)], messages, language()).message,
        )
        for row, value in zip(finding.rows, finding.values, strict=False)
    ]


def _show_held(actor: Actor, run: RunView) -> None:
    held = imports.held_rows(actor, run.uuid, _HELD_SHOWN)
    frame = pd.DataFrame([{_("Row"): one.row, **one.values} for one in held])
    st.dataframe(frame, hide_index=True, key=f"held_{run.uuid}", alt=_("Rows held back"))
    total = run.counts["held"]
    if total > len(held):
        st.caption(
            _("The first {n} of {total}.", n=show_number(len(held)), total=show_number(total))
        )
