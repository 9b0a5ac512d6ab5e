"""One source: where it stands, an import now, its history, its timetable and its settings."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import pandas as pd
import streamlit as st

from core.domain.permissions import Actor
from core.etl.connect import find_connector
from core.models import JobState
from core.services import jobs, source_runs, sources
from core.services.sources import SourceRun, SourceView
from core.text import _, show_moment, show_number
from core.ui import address, plain, session
from core.ui.widgets import source_form, source_timetable
from core.ui.widgets.run_words import say_state as say_run_state

_UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)


def say_state(source: SourceView) -> str:
    """Say in a word where a source stands."""
    if source.paused:
        return _("paused")
    return _("on its timetable") if source.timetable else _("ready")


def show(actor: Actor, source: SourceView) -> None:
    """Show a source of the actor's own."""
    label = _(find_connector(source.kind).label)
    note = f"{label} · {source.programme} · {source_timetable.say(source.timetable)}"
    plain.show_heading(source.name, note, level=3)
    if source.paused:
        st.warning(_("Paused. {reason}", reason=source.paused), icon=":material/pause_circle:")
    job = _find_job(actor)
    if job:
        _watch(actor, job)
    else:
        _show_acts(actor, source)
    _show_history(sources.list_runs(actor, source.uuid))
    with st.expander(_("Timetable and publishing")):
        _show_rules(actor, source)
    with st.expander(_("Connection")):
        _show_connection(actor, source)


def _find_job(actor: Actor) -> UUID | None:
    uuid = address.read_uuid("job")
    return uuid if uuid and jobs.get(actor, uuid).state in _UNDER_WAY else None


def _watch(actor: Actor, job: UUID) -> None:
    @st.fragment(run_every="1s")
    def look() -> None:
        now = jobs.get(actor, job)
        if now.state not in _UNDER_WAY:
            session.flash(now.message or _("Done."))
            address.forget("job")
            st.rerun(scope="app")
        st.progress(0.0, text=_("Importing: {n} records", n=show_number(now.progress)))
        st.caption(_("The work goes on when you close this page."))

    look()
    st.button(_("Stop"), on_click=jobs.cancel, args=(actor, job))


def _show_acts(actor: Actor, source: SourceView) -> None:
    bar = st.container(horizontal=True)
    if source.paused:
        if bar.button(_("Resume"), type="primary"):
            sources.resume(actor, source.uuid)
            _done(_("The source goes on."))
    elif bar.button(_("Import now"), type="primary", icon=":material/sync:"):
        address.change({"job": [source_runs.enqueue(actor, source.uuid)]})
        st.rerun()
    if bar.button(_("Try the connection")):
        source_form.show_sample(sources.test_connection(actor, source.uuid))
    if not source.paused:
        reason = bar.text_input(_("Reason"), key="source_reason", max_chars=500)
        if bar.button(_("Pause")):
            sources.pause(actor, source.uuid, reason)
            _done(_("The source is paused."))


def _show_history(runs: Sequence[SourceRun]) -> None:
    st.subheader(_("History"), anchor=False)
    if not runs:
        st.info(_("Nothing has been imported from this source yet."))
        return
    labels = [_("When"), _("State"), _("Rows"), _("New"), _("Changed"), _("Held back"), _("Up to")]
    plain.show_table(labels, [_cells(run) for run in runs], caption=_("History"))
    names = ("rows", "new", "changed", "unchanged", "held")
    frame = pd.DataFrame(
        [
            {"at": one.at.isoformat(), "state": one.state, **_numbers(one.counts, names)}
            for one in runs
        ]
    )
    with st.expander(_("As CSV, to copy")):
        plain.show_lines(frame.to_csv(index=False))


def _numbers(counts: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in names}


def _cells(run: SourceRun) -> list[str | plain.Link]:
    state = _("given up") if run.discarded else say_run_state(run.state)
    when = plain.Link(show_moment(run.at), "import_data", (("run", str(run.run)),))
    numbers = [show_number(run.counts.get(name, 0)) for name in ("rows", "new", "changed", "held")]
    upto = (run.cursor_to or {}).get("value")
    return [when, state, *numbers, "" if upto is None else str(upto)]


def _show_rules(actor: Actor, source: SourceView) -> None:
    with st.form(f"source_rules_{source.uuid}"):
        timetable = source_timetable.ask(source.timetable)
        publishes = st.checkbox(_("Publish clean rows without a look"), source.publishes)
        share = st.number_input(
            _("Pause when more than so many percent of the rows are held back"),
            0,
            100,
            int(source.limits.get("held_share", sources.HELD_SHARE)),
        )
        if st.form_submit_button(_("Save"), type="primary"):
            sources.set_timetable(actor, source.uuid, timetable)
            limits = {**source.limits, "held_share": int(share)}
            sources.set_rules(actor, source.uuid, publishes=publishes, limits=limits)
            _done(_("Saved."))


def _show_connection(actor: Actor, source: SourceView) -> None:
    connector = find_connector(source.kind)
    with st.form(f"source_options_{source.uuid}"):
        options = source_form.ask_options(connector, dict(source.options))
        secrets = source_form.ask_secrets(connector, source.secrets_set)
        if st.form_submit_button(_("Save"), type="primary"):
            sources.set_options(actor, source.uuid, options, secrets)
            _done(_("Saved."))


def _done(said: str) -> None:
    session.flash(said)
    st.rerun()
