"""The import page: a file in five steps, each with a way back; the address holds run and step."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.domain.permissions import Actor
from core.domain.words import label_code
from core.errors import NotFound
from core.models import JobState, RunState
from core.services import imports, jobs, rewind
from core.services.imports import RunView
from core.services.jobs import JobView
from core.text import _, speak
from core.ui import address, feedback, plain, top
from core.ui.widgets import (
    import_acts,
    import_check,
    import_columns,
    import_file,
    import_progress,
    import_publish,
    import_receipt,
    import_split,
    import_start,
    import_values,
    import_way,
)
from core.ui.widgets.amounts import say_columns, say_rows
from core.ui.widgets.run_words import say_file

_SHOWN: Mapping[str, Callable[[Actor, RunView], None]] = {
    import_way.FILE: import_file.show_file,
    import_way.COLUMNS: import_columns.show_columns,
    import_way.VALUES: import_values.show_values,
    import_way.CHECK: import_check.show_check,
    import_way.PUBLISH: import_publish.show_publish,
}


def show(actor: Actor) -> None:
    """Show the run that the address names, or the way to begin one."""
    st.title(_("Import"))
    import_acts.show_fault()
    with feedback.errors_shown():
        if not address.read("run"):
            import_start.show_start(actor)
            import_acts.finish()
            return
        uuid = address.read_uuid("run")
        if uuid is None:
            raise NotFound("Import run")
        # The job first: a run read before its job has ended would look unfinished.
        job = jobs.find_for_run(actor, uuid)
        _show_run(actor, imports.describe(actor, uuid), job)
        import_acts.finish()
        return
    st.button(_("Start another import"), key="import_leave", on_click=_leave)
    import_acts.finish()


def _leave() -> None:
    address.forget("run", "step", "kind", "after", "page", "row")


def _show_run(actor: Actor, run: RunView, job: JobView | None) -> None:
    step = import_way.step_of(run)
    # A correction makes a checked run a draft again: the reader stays at the row.
    top.show_from_top(f"{run.uuid}_{run.state is RunState.PUBLISHED}_{step}")
    left, right = st.columns([5, 1.4], vertical_alignment="center")
    with left:
        plain.show_heading(say_file(run), _say_understood(run), level=3)
    right.button(_("Start another import"), on_click=_leave, width="stretch")
    import_split.show_parts(actor, run)
    working = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
    if run.state is RunState.PUBLISHED:
        _show_published(actor, run, job, working=working)
        return
    import_way.show_rail(run, step, locked=working)
    if job is not None and working:
        import_progress.watch(actor, run, job)
        return
    if job and job.state is JobState.FAILED and job.message and run.state is not RunState.CHECKED:
        st.error(speak(job.message))
    elif run.state is RunState.FAILED and run.error:
        st.error(speak(run.error))
    if run.state in (RunState.CHECKING, RunState.PUBLISHING):
        import_progress.await_change(actor, run)
    _SHOWN[step](actor, run)


def _show_published(actor: Actor, run: RunView, job: JobView | None, *, working: bool) -> None:
    """Show the receipt; first what takes the import back or puts it back just now."""
    if job is not None and job.kind in (rewind.KIND, rewind.UNDO_KIND):
        if working:
            import_progress.watch(actor, run, job)
            return
        if job.state is JobState.FAILED and job.message:
            st.error(speak(job.message))
    import_receipt.show_receipt(actor, run)


def _say_understood(run: RunView) -> str:
    layout = run.document.layout
    sheet = _("Sheet “{sheet}”", sheet=layout.sheet) + " · " if run.document.sheets[1:] else ""
    return sheet + _(
        "Column names in row {row}, {columns}, about {rows} · for {programme} as {status}",
        row=layout.header_row,
        columns=say_columns(len(run.document.headers)),
        rows=say_rows(run.document.rows_estimate),
        programme=run.programme,
        status=label_code(run.status),
    )
