"""The work on an import: small files at once, large ones queued, with rows, rate, time left."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.errors import RegistryError
from core.models import JobState
from core.services import imports, jobs, rewind, upkeep
from core.services.imports import RunView
from core.services.jobs import JobView
from core.text import _, show_number
from core.ui import feedback, session
from core.ui.widgets import import_look

_AT_ONCE: Mapping[str, tuple[Callable[[], str], Callable[[], str]]] = {
    "import.publish": (
        lambda: _("Publishing the file"),
        lambda: _("Publishing: all rows at once or none."),
    ),
    rewind.KIND: (
        lambda: _("Taking the import back"),
        lambda: _("Taking back: all that may leave at once, or nothing."),
    ),
    rewind.UNDO_KIND: (
        lambda: _("Putting the import back"),
        lambda: _("Putting back: all that can return at once, or nothing."),
    ),
}
"""Work that has no progress to tell, being one transaction: its heading and what it does."""
_SURE_AFTER_S = 3
"""Before that a rate says nothing."""


def check(actor: Actor, run: RunView, *, force: bool = False) -> None:
    """Check a run: a small file at once, a large one in the queue."""
    if run.needs_queue and not force:
        imports.enqueue(actor, run.uuid)
        return
    total = max(run.document.rows_estimate, 1)
    bar = st.progress(0.0, text=_("Checking …"))

    def tell(done: int) -> None:
        bar.progress(min(done / total, 1.0), text=_say_done(done, total))

    imports.check(actor, run.uuid, tell, force=force)


def publish(actor: Actor, run: RunView) -> None:
    """Publish a run's clean rows: a small file at once, a large one in the queue."""
    if run.needs_queue:
        imports.enqueue(actor, run.uuid, "clean")
        return
    with st.spinner(_("Publishing, changes of others wait a moment …")):
        imports.publish(actor, run.uuid)
        # A small file is searchable at once; what cannot be indexed now waits for the scheduler.
        with suppress(*feedback.EXPECTED):
            upkeep.drain_search()


def watch(actor: Actor, run: RunView, job: JobView) -> None:
    """Show the progress of a job until it ends; it goes on when the page is closed."""
    at_once = _AT_ONCE.get(job.kind)

    @st.fragment(run_every="1s")
    def look() -> None:
        now = jobs.get(actor, job.uuid)
        if now.state not in (JobState.QUEUED, JobState.RUNNING):
            st.rerun(scope="app")
        total = max(now.total or 1, 1)
        if now.state is JobState.QUEUED:
            said = _("Waiting for its turn …")
        elif at_once:
            said = at_once[1]()
        else:
            said = _say_done(now.progress, total) + _say_pace(now, total)
        st.progress(min(now.progress / total, 1.0), text=said)
        st.caption(_("The work goes on when you close this page."))

    st.subheader(at_once[0]() if at_once else _("Checking the whole file"))
    look()
    if not at_once:
        st.button(_("Stop"), key=f"stop_{run.uuid}", on_click=_stop, args=(actor, job.uuid))
        import_look.show_first_look(actor, run)


def _stop(actor: Actor, job: UUID) -> None:
    # It may have ended in this very moment; then the page shows so.
    with suppress(RegistryError):
        jobs.cancel(actor, job)


def _say_done(done: int, total: int) -> str:
    return _("{done} of about {total} rows", done=show_number(done), total=show_number(total))


def _say_pace(job: JobView, total: int) -> str:
    """Return rows a second and the time left, once the page has seen enough to say so."""
    key, now = f"pace_{job.uuid}", time.monotonic()
    began, first = session.recall(key) or (now, job.progress)
    session.remember(key, (began, first))
    seconds, done = now - began, job.progress - first
    if seconds < _SURE_AFTER_S or done <= 0:
        return ""
    rate = done / seconds
    left = _say_left(max(total - job.progress, 0) / rate)
    return " · " + _("{rate} rows a second, {left}", rate=show_number(round(rate)), left=left)


def _say_left(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute left")
    if minutes == 1:
        return _("about a minute left")
    return _("about {n} minutes left", n=show_number(minutes))


def await_change(actor: Actor, run: RunView) -> None:
    """Look at a run that is worked on elsewhere, in another tab for example, until it moves on."""

    @st.fragment(run_every="2s")
    def look() -> None:
        if imports.describe(actor, run.uuid).state is not run.state:
            st.rerun(scope="app")
        st.info(_("This file is being worked on. Check it again only if nothing changes here."))

    look()
