"""Remedies on the check page: offered by cause, looked at before they are applied, taken back."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.domain.permissions import Actor
from core.etl.remedies.steps import Accept, Step
from core.models import RunState
from core.services import inspection, remedies
from core.services.imports import Finding, RunView
from core.services.inspection import Foreseen, Remedy
from core.services.remedies import StepView
from core.text import _, show_moment, show_number
from core.ui import cache, plain
from core.ui.widgets import import_acts, import_progress
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.import_words import say_causes


def version_of(taken: Sequence[StepView]) -> tuple[tuple[int, bool], ...]:
    """Return what tells one state of the steps from another."""
    return tuple((one.position, one.undone) for one in taken)


def show_steps(actor: Actor, run: RunView) -> list[StepView]:
    """Show the remedies taken so far, each with its way back; return them."""
    taken = remedies.list_steps(actor, run.uuid)
    if not taken:
        return taken
    known = run.document.known
    remembered = set(known.steps) if known else set()
    in_force = sum(not one.undone for one in taken)
    with st.expander(_("Remedies taken: {n}", n=show_number(in_force)), expanded=True):
        for one in taken:
            _show_step(actor, run, one, remembered=one.position in remembered)
    return taken


def _show_step(actor: Actor, run: RunView, one: StepView, *, remembered: bool) -> None:
    left, right = st.columns([8, 1.5], vertical_alignment="center")
    notes = [one.actor, show_moment(one.made_at)]
    if remembered:
        notes.insert(0, "★ " + _("remembered from an earlier file"))
    if one.undone:
        notes.insert(0, _("taken back"))
    with left:
        plain.show_noted(f"{one.position}. {one.words}", " · ".join(notes))
    with right:
        if one.undone:
            if import_acts.button(_("Redo"), f"redo_{one.position}", icon=":material/redo:"):
                import_acts.do(lambda: _redo(actor, run, one.position))
        elif import_acts.button(_("Take back"), f"undo_{one.position}", icon=":material/undo:"):
            import_acts.do(lambda: _undo(actor, run, one.position))


def _undo(actor: Actor, run: RunView, position: int) -> None:
    remedies.undo_step(actor, run.uuid, position)
    check_if_small(actor, run)


def _redo(actor: Actor, run: RunView, position: int) -> None:
    remedies.redo_step(actor, run.uuid, position)
    check_if_small(actor, run)


def apply(actor: Actor, run: RunView, steps: Sequence[Step]) -> None:
    """Put steps into force; a small file is checked again at once."""
    remedies.add_steps(actor, run.uuid, steps)
    check_if_small(actor, run)


def check_if_small(actor: Actor, run: RunView) -> None:
    """Check a small file again; a large one waits until somebody asks."""
    if not run.needs_queue:
        import_progress.check(actor, run)


def show_offers(actor: Actor, run: RunView, finding: Finding, taken: Sequence[StepView]) -> None:
    """Offer the remedies of a cause, with what the chosen one would do."""
    cause = (finding.rule, finding.severity, finding.column, finding.count)
    offers: list[Remedy] = cache.of_run(
        actor,
        run,
        "offers",
        lambda: inspection.suggest(actor, run.uuid, finding),
        cause,
        version_of(taken),
    )
    if not offers:
        return
    key = f"{finding.rule}_{finding.severity}_{finding.column}"
    at = st.selectbox(
        _("Remedy"),
        range(len(offers)),
        index=None if offers[0].possible else 0,
        format_func=lambda one: offers[one].label,
        key=f"remedy_{key}",
        placeholder=_("Choose what puts it right"),
    )
    if at is None:
        return
    offer = offers[at]
    step = _with_reason(offer, key) if offer.needs_reason else offer.step
    left, right = st.columns([6, 1.5], vertical_alignment="center")
    with left:
        touched = show_foreseen(actor, run, step, taken)
    with right:
        missing = not touched or (isinstance(step, Accept) and not step.reason.strip())
        if import_acts.button(
            _("Apply"), f"apply_{key}", icon=":material/healing:", disabled=missing
        ):
            import_acts.do(lambda: apply(actor, run, [step]))


def _with_reason(offer: Remedy, key: str) -> Step:
    reason = st.text_input(
        _("Reason for accepting it"), key=f"reason_{key}", placeholder=_("Others will ask later")
    )
    return replace(offer.step, reason=reason) if isinstance(offer.step, Accept) else offer.step


def show_foreseen(actor: Actor, run: RunView, step: Step, taken: Sequence[StepView]) -> int:
    """Say what a step would do: the rows it touches, the findings that go and come. Return how
    many rows it touches."""
    seen = replace(step, reason="-") if isinstance(step, Accept) else step
    found: Foreseen = cache.of_run(
        actor,
        run,
        "foreseen",
        lambda: inspection.preview_step(actor, run.uuid, seen),
        repr(seen),
        version_of(taken),
    )
    said = [_("Touches {rows}.", rows=say_rows(found.rows))]
    if found.gone:
        said.append(_("Goes: {findings}.", findings=say_causes(found.gone)))
    if found.come:
        said.append(_("Comes: {findings}.", findings=say_causes(found.come)))
    if found.looked_at < found.rows:
        said.append(_("(seen in the first {n} of them)", n=show_number(found.looked_at)))
    plain.show_text(" ".join(said), faint=True)
    return found.rows


def is_stale(run: RunView) -> bool:
    """Whether something was corrected since the last check."""
    return run.state is not RunState.CHECKED
