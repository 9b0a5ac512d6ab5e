"""Possible duplicates decided in one act: those of which one candidate is alike enough."""

from functools import partial

import streamlit as st

from core.domain.permissions import Actor
from core.services import bulk_decisions
from core.services.bulk_decisions import Alike
from core.services.imports import RunView
from core.text import _
from core.ui import cache, plain, session
from core.ui.widgets import import_acts, import_remedies
from core.ui.widgets.amounts import say_rows

_PERCENTS = (99, 95, 90, 80, 70, 60, 50)
_AT_FIRST, _ASKED_ABOVE = 90, 20
_CONFIRMING = "together_confirming"


def show_together(actor: Actor, run: RunView) -> None:
    """Offer to decide all rows that are alike enough, and to take that back."""
    together = len(run.document.together)
    if not run.counts.get("duplicates") and not together:
        return
    with st.container(border=True):
        if run.counts.get("duplicates"):
            _show_offer(actor, run)
        if together:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_("Decided together: {rows}.", rows=say_rows(together)))
                if import_acts.button(
                    _("Leave them open again"), "together_reopen", icon=":material/undo:"
                ):
                    import_acts.do(lambda: _reopen(actor, run))


def _show_offer(actor: Actor, run: RunView) -> None:
    percent = st.selectbox(
        _("Decide together the rows that are alike by at least"),
        _PERCENTS,
        index=_PERCENTS.index(_AT_FIRST),
        format_func=lambda one: f"{one} %",
        key="together_percent",
    )
    found: Alike = cache.of_run(
        actor,
        run,
        "alike",
        lambda: bulk_decisions.count_alike(actor, run.uuid, percent),
        percent,
    )
    plain.show_text(_say_found(found))
    asked = session.recall(_CONFIRMING)
    if asked and asked[:2] == (str(run.uuid), percent) and asked[3] == found.rows:
        _confirm(actor, run, found, same=asked[2], percent=percent)
        return
    with st.container(horizontal=True):
        for same in (True, False):
            label = _("They are the same people") if same else _("They are new people")
            if import_acts.button(label, f"together_{same}", disabled=not found.rows):
                import_acts.do(partial(_begin, actor, run, found, percent, same=same))


def _begin(actor: Actor, run: RunView, found: Alike, percent: int, *, same: bool) -> None:
    """Decide a few rows at once; ask first about many."""
    if found.rows > _ASKED_ABOVE:
        session.remember(_CONFIRMING, (str(run.uuid), percent, same, found.rows))
    else:
        _decide(actor, run, found, percent, same=same)


def _say_found(found: Alike) -> str:
    said = [_("One candidate alone is so much alike: {rows}.", rows=say_rows(found.rows))]
    if found.in_file:
        said.append(
            _(
                "About an earlier row of this file: {rows}; as the same people they are held back.",
                rows=say_rows(found.in_file),
            )
        )
    if found.ambiguous:
        said.append(
            _(
                "With several such candidates: {rows}; decide these one by one.",
                rows=say_rows(found.ambiguous),
            )
        )
    return " ".join(said)


def _confirm(actor: Actor, run: RunView, found: Alike, *, same: bool, percent: int) -> None:
    rows = say_rows(found.rows)
    plain.show_text(
        _("Each row becomes part of the person it is alike to: {rows}.", rows=rows)
        if same
        else _("Each row becomes a new person: {rows}.", rows=rows)
    )
    with st.container(horizontal=True):
        if import_acts.button(_("Yes, decide {rows}", rows=rows), "together_yes", type="primary"):
            session.forget(_CONFIRMING)
            import_acts.do(lambda: _decide(actor, run, found, percent, same=same))
        st.button(_("Cancel"), key="together_cancel", on_click=session.forget, args=(_CONFIRMING,))


def _decide(actor: Actor, run: RunView, found: Alike, percent: int, *, same: bool) -> None:
    done = bulk_decisions.decide_alike(actor, run.uuid, percent, same=same, expected=found.rows)
    import_remedies.check_if_small(actor, run)
    session.flash(_("Decided together: {rows}.", rows=say_rows(done)))


def _reopen(actor: Actor, run: RunView) -> None:
    done = bulk_decisions.reopen(actor, run.uuid)
    import_remedies.check_if_small(actor, run)
    session.flash(_("Open again: {rows}.", rows=say_rows(done)))
