"""One source: where it stands, an import now, its history, its timetable and its settings."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.etl.connect import find_connector
from core.models import JobState, RunState
from core.services import exports, jobs, source_history, source_runs, sources
from core.services.source_history import SourceRun
from core.services.sources import SourceView
from core.text import _, show_date, show_moment, show_number, speak
from core.ui import address, feedback, plain, session
from core.ui.widgets import download, source_form, source_options, source_timetable
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.run_words import say_state as say_run_state

_UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")


def say_state(source: SourceView) -> str:
    """Say in a word where a source stands."""
    if source.retired:
        return _("retired")
    if source.paused:
        return _("paused")
    return _("on its timetable") if source.timetable else _("ready")


def show(actor: Actor, source: SourceView) -> None:
    """Show a source of the actor's own."""
    label = _(find_connector(source.kind).label)
    note = f"{label} · {source.programme} · {source_timetable.say(source.timetable)}"
    plain.show_heading(source.name, note, level=3)
    runs = source_history.list_runs(actor, source.uuid)
    if source.retired:
        st.info(_("Retired on {when}.", when=show_moment(source.retired)))
        _show_history(actor, source, runs)
        return
    if source.paused:
        said = _("Paused. {reason}", reason=speak(source.paused))
        st.warning(said, icon=":material/pause_circle:")
    job = _find_job(actor)
    if job:
        _watch(actor, job)
    else:
        _show_acts(actor, source, _find_waiting(runs))
    _show_history(actor, source, runs)
    with st.expander(_("Timetable and publishing")):
        _show_rules(actor, source)
    with st.expander(_("Connection")):
        _show_connection(actor, source)
    if not job:
        with st.expander(_("Pause or retire")):
            _show_end(actor, source)


def _find_job(actor: Actor) -> UUID | None:
    uuid = address.read_uuid("job")
    return uuid if uuid and jobs.get(actor, uuid).state in _UNDER_WAY else None


def _watch(actor: Actor, job: UUID) -> None:
    @st.fragment(run_every="1s")
    def look() -> None:
        now = jobs.get(actor, job)
        if now.state not in _UNDER_WAY:
            session.flash(speak(now.message) if now.message else _("Done."))
            address.forget("job")
            st.rerun(scope="app")
        st.progress(0.0, text=_("Importing: {n} records", n=show_number(now.progress)))
        st.caption(_("The work goes on when you close this page."))

    look()
    st.button(_("Stop"), on_click=jobs.cancel, args=(actor, job))


def _find_waiting(runs: Sequence[SourceRun]) -> SourceRun | None:
    """Return the newest run where it still waits for a person."""
    newest = next((run for run in runs if not run.discarded), None)
    return newest if newest and newest.state in (RunState.DRAFT, RunState.CHECKED) else None


def _show_acts(actor: Actor, source: SourceView, waiting: SourceRun | None) -> None:
    if waiting:
        _show_waiting(waiting)
    bar = st.container(horizontal=True)
    first: Literal["primary", "secondary"] = "secondary" if waiting else "primary"
    if source.paused:
        if bar.button(_("Resume"), type=first):
            sources.resume(actor, source.uuid)
            _done(_("The source goes on."))
    elif bar.button(_("Import now"), type=first, icon=":material/sync:"):
        address.change({"job": [source_runs.enqueue(actor, source.uuid)]})
        st.rerun()
    if bar.button(_("Try the connection")):
        with feedback.errors_shown():
            source_form.show_sample(sources.test_connection(actor, source.uuid))


def _show_waiting(run: SourceRun) -> None:
    """Say what waits for a person, and lead there."""
    if run.state is RunState.DRAFT:
        said, act = _("An import waits: its columns must be settled."), _("Settle its columns")
    else:
        held = run.counts.get("held", 0)
        clean = say_rows(run.counts.get("rows", 0) - held)
        said = _("To publish: {clean}. Held back: {held}.", clean=clean, held=say_rows(held))
        act = _("Look at it and publish")
    plain.show_text(said)
    plain.show_action(plain.Link(act, "import_data", (("run", str(run.run)),)))


def _show_end(actor: Actor, source: SourceView) -> None:
    if not source.paused:
        reason = st.text_input(_("Why it is paused"), key="source_reason", max_chars=500)
        if st.button(_("Pause")):
            with feedback.errors_shown():
                sources.pause(actor, source.uuid, reason)
                _done(_("The source is paused."))
        st.divider()
    plain.show_text(
        _(
            "Retired, it is never imported again and its secrets are deleted; its history stays."
            " This cannot be undone."
        )
    )
    sure = st.checkbox(_("Yes, retire this source for good"))
    if st.button(_("Retire"), disabled=not sure):
        sources.retire(actor, source.uuid)
        _done(_("The source is retired."))


def _show_history(actor: Actor, source: SourceView, runs: Sequence[SourceRun]) -> None:
    st.subheader(_("History"), anchor=False)
    if not runs:
        st.info(_("Nothing has been imported from this source yet."))
        return
    labels = [_("When"), _("State"), _("Rows"), _("New"), _("Changed"), _("Held back"), _("Up to")]
    plain.show_table(labels, [_cells(run) for run in runs])
    download.show_csv("history", lambda hash_: exports.request_history(actor, hash_, source.uuid))


def _cells(run: SourceRun) -> list[str | plain.Link]:
    state = _("given up") if run.discarded else say_run_state(run.state)
    when = plain.Link(show_moment(run.at), "import_data", (("run", str(run.run)),))
    numbers = [show_number(run.counts.get(name, 0)) for name in ("rows", "new", "changed", "held")]
    return [when, state, *numbers, _say_upto((run.cursor_to or {}).get("value"))]


def _say_upto(value: object) -> str:
    """Say how far a run reads: a moment or a date in the reader's words, a number as it stands."""
    text = "" if value is None else str(value)
    if not _MOMENT.match(text):
        return text
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return show_date(found) if len(text) == len("2026-11-22") else show_moment(found)


def _show_rules(actor: Actor, source: SourceView) -> None:
    timetable = source_timetable.ask(source.timetable)
    publishes = st.checkbox(_("Publish clean rows without a look"), source.publishes)
    share = st.number_input(
        _("Pause when more than so many percent of the rows are held back"),
        0,
        100,
        int(source.limits.get("held_share", sources.HELD_SHARE)),
    )
    if st.button(_("Save"), type="primary", key="source_rules_save"):
        sources.set_timetable(actor, source.uuid, timetable)
        limits = {**source.limits, "held_share": int(share)}
        sources.set_rules(actor, source.uuid, publishes=publishes, limits=limits)
        _done(_("Saved."))


def _show_connection(actor: Actor, source: SourceView) -> None:
    # What is saved begins the fields anew: a secret that was typed is gone from its field.
    asking = source_options.Asking(
        find_connector(source.kind),
        f"option_{source.uuid}_{source.version}",
        source.options,
        source.secrets_set,
    )
    source_options.show(asking)
    if not st.button(_("Save"), type="primary", key="source_options_save"):
        return
    if not asking.is_complete():
        st.error(_("Something is missing: see above."))
        return
    with feedback.errors_shown():
        sources.set_options(actor, source.uuid, asking.options, asking.secrets)
        if set(source.secrets_set) - set(sources.describe(actor, source.uuid).secrets_set):
            session.flash(_("It is asked at another place now: give its secrets again."))
        _done(_("Saved."))


def _done(said: str) -> None:
    session.flash(said)
    st.rerun()
