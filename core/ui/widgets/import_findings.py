"""What the check found: grouped by cause, each row with its value and its remedy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.domain.permissions import Actor
from core.etl.rows import Severity
from core.etl.rules.findings import make_finding
from core.services import suites
from core.services.exports import Facet
from core.services.imports import Finding, RunView
from core.services.remedies import StepView
from core.text import _, language, show_number
from core.ui import plain
from core.ui.widgets import download, import_remedies
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.import_words import badge_of

_MOST_OFFERED = 15
"""Causes for which remedies are worked out; the gravest come first."""
_Sentences = Mapping[str, Mapping[str, str]]


@dataclass
class _Example:
    """One issue of a cause, as the sentence needs it."""

    row_no: int
    value: str | None


def show_findings(
    actor: Actor, run: RunView, found: Sequence[Finding], taken: Sequence[StepView]
) -> None:
    """Show the causes, the gravest first, each with what may put it right."""
    if not found:
        st.success(_("Nothing to correct: every row is clean."))
        return
    spoken = _begin(actor, run)
    for at, finding in enumerate(found):
        with st.container(border=True):
            _show_finding(actor, run, finding, spoken)
            if at < _MOST_OFFERED and finding.severity != Severity.INFO:
                import_remedies.show_offers(actor, run, finding, taken)


def show_plainly(actor: Actor, run: RunView, found: Sequence[Finding]) -> None:
    """Show the causes of a file that is published: there is nothing to put right any more."""
    if not found:
        st.success(_("Nothing to correct: every row is clean."))
        return
    spoken = _begin(actor, run)
    for finding in found:
        with st.container(border=True):
            _show_finding(actor, run, finding, spoken)


def _begin(actor: Actor, run: RunView) -> _Sentences:
    """Show the head of the list, and all of it as a file."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_("Findings, grouped by cause"), width="stretch")
        download.show_table(actor, run.uuid, "findings")
    return suites.sentences(actor, run.uuid)


def _show_finding(actor: Actor, run: RunView, finding: Finding, spoken: _Sentences) -> None:
    plain.show_badges([badge_of(finding, say_rows(finding.count))], finding.message)
    lines = _lines(finding, spoken)
    if len(lines) > 1:
        shown = _("The first {n} rows", n=show_number(len(lines)))
        all_shown = len(lines) >= finding.count
        with st.expander(_("All rows of this cause") if all_shown else shown):
            plain.show_table([_("Row"), _("Value"), _("What to do")], lines)
            facet = Facet(finding.rule, finding.column, severity=finding.severity)
            cause = f"{finding.rule}_{finding.severity}_{finding.column}"
            download.show_table(actor, run.uuid, "findings", facet, cause)


def say_broken(row: int, broken: tuple[str, str, str], spoken: _Sentences) -> str:
    """Return what is wrong with a held row, by rule, header and value, and what to do."""
    rule, header, value = broken
    cause = (rule, Severity.CRITICAL.value, header)
    return make_finding(cause, 1, [_Example(row, value)], spoken, language()).message


def _lines(finding: Finding, spoken: _Sentences) -> Sequence[tuple[str, str, str]]:
    """Return row, value and sentence of each example: the sentence names what to do there."""
    cause = (finding.rule, finding.severity, finding.column)
    return [
        (
            str(row),
            value,
            make_finding(cause, 1, [_Example(row, value)], spoken, language()).message,
        )
        for row, value in zip(finding.rows, finding.values, strict=False)
    ]
