"""The import page: a file, its columns, its findings, its receipt; the address holds the run."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from uuid import UUID

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.domain.fields import Status
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.errors import InvalidInput, NotFound, RegistryError
from core.etl.extract import extractors
from core.models import JobState, RunState
from core.services import imports, jobs, upkeep
from core.services.imports import RunView, StartImport
from core.services.jobs import JobView
from core.storage.database import data_dir
from core.text import _, show_moment, show_number
from core.ui import address, cache, feedback, plain, top
from core.ui.widgets import import_columns, import_findings, import_receipt
from core.ui.widgets.run_words import say_state

LARGEST_MB = 50
_RUNS_SHOWN = 10
_SAMPLE = (
    "Full name,Sex,Date of birth,Disability,Phone,District,Household number\n"
    "Amina Example,F,1990-05-21,no,0700 000 000,North District,H-17"
)


def show(actor: Actor) -> None:
    """Show the run that the address names, or the way to begin one."""
    st.title(_("Import"))
    with feedback.errors_shown():
        if not address.read("run"):
            _show_start(actor)
            return
        uuid = address.read_uuid("run")
        if uuid is None:
            raise NotFound("Import run")
        # The job first: a run read before its job has ended would look unfinished.
        job = _find_job(actor)
        _show_run(actor, imports.describe(actor, uuid), job)
        return
    st.button(_("Start another import"), key="import_leave", on_click=_leave)


def _show_start(actor: Actor) -> None:
    programmes = {one.code: one.name for one in cache.list_programmes(actor)}
    if not programmes:
        st.info(_("There is no programme to import into yet. Ask an administrator to add one."))
        return
    _show_upload(actor, programmes)
    with st.expander(_("What the file may look like")):
        st.caption(
            _(
                "One row for each person, one row of column names. Any order, any language: the"
                " columns are recognised, and the others are kept. For example:"
            )
        )
        plain.show_lines(_SAMPLE)
    _show_runs(imports.list_runs(actor, limit=_RUNS_SHOWN))


def _show_upload(actor: Actor, programmes: dict[str, str]) -> None:
    endings = sorted(suffix for one in extractors().values() for suffix in one.suffixes)
    with st.form("import_upload"):
        file = st.file_uploader(
            _("File with people: CSV or Excel, at most {n} MB", n=LARGEST_MB),
            type=endings,
            max_upload_size=LARGEST_MB,
            key="import_file",
        )
        left, right = st.columns(2)
        programme = left.selectbox(
            _("Programme they are enrolled in"),
            list(programmes),
            format_func=lambda code: programmes.get(code, code),
            key="import_programme",
        )
        status = right.selectbox(
            _("Status they begin with"),
            list(Status),
            format_func=lambda one: label_code(str(one)),
            key="import_status",
        )
        sent = st.form_submit_button(_("Read the file"), type="primary")
    if sent:
        _start(actor, file, programme, status)


def _start(
    actor: Actor, file: UploadedFile | None, programme: str | None, status: Status | None
) -> None:
    if file is None or programme is None:
        raise InvalidInput("Choose a file first.")
    with st.spinner(_("Reading the file …")), TemporaryDirectory(dir=data_dir()) as folder:
        path = Path(folder) / f"upload{PurePath(file.name).suffix.lower()}"
        path.write_bytes(file.getvalue())
        order = StartImport(path, file.name, programme, Status(status or Status.POTENTIAL))
        run = imports.start(actor, order)
    address.change({"run": [run]})
    st.rerun()


def _show_runs(runs: Sequence[RunView]) -> None:
    if not runs:
        return
    st.subheader(_("Your imports"))
    for run in runs:
        what, state, when, opener = st.columns([4, 3, 2, 1], vertical_alignment="center")
        with what:
            plain.show_text(run.file_name)
        with state:
            plain.show_text(f"{run.programme} · {say_state(run.state)}")
        with when:
            plain.show_text(show_moment(run.created_at), faint=True)
        opener.button(
            _("Open"),
            key=f"run_{run.uuid}",
            on_click=address.change,
            args=({"run": [run.uuid]},),
            width="stretch",
        )


def _leave() -> None:
    address.forget("run", "job")


def _show_run(actor: Actor, run: RunView, job: JobView | None) -> None:
    top.show_from_top(f"{run.uuid}_{run.state}")
    left, right = st.columns([5, 1.4], vertical_alignment="center")
    with left:
        plain.show_heading(run.file_name, _say_understood(run), level=3)
    right.button(_("Start another import"), on_click=_leave, width="stretch")
    if job and job.state in (JobState.QUEUED, JobState.RUNNING):
        _watch(actor, run.uuid, job.uuid)
    elif run.state is RunState.PUBLISHED:
        import_receipt.show_receipt(run)
        import_findings.show_findings(actor, run)
    else:
        _show_work(actor, run, job)


def _say_understood(run: RunView) -> str:
    layout = run.document.layout
    sheet = _("Sheet “{sheet}”", sheet=layout.sheet) + " · " if run.document.sheets[1:] else ""
    return sheet + _(
        "Column names in row {row}, {columns} columns, about {rows} rows · for {programme} as"
        " {status}",
        row=layout.header_row,
        columns=len(layout.headers),
        rows=show_number(run.document.rows_estimate),
        programme=run.programme,
        status=label_code(run.status),
    )


def _show_work(actor: Actor, run: RunView, job: JobView | None) -> None:
    """Show the steps of a run that is not published: columns, check, findings, publish."""
    if job and job.state is JobState.FAILED and job.message:
        st.error(_(job.message))
    if run.state is RunState.CHECKED:
        import_receipt.show_publish(actor, run, publish)
        import_findings.show_findings(actor, run)
        with st.expander(_("Change the columns and check again")):
            import_columns.show_columns(actor, run, check)
        return
    if run.state is RunState.FAILED and run.error:
        st.error(_(run.error))
    if run.state in (RunState.CHECKING, RunState.PUBLISHING):
        _await_change(actor, run)
    import_columns.show_columns(actor, run, check)


def check(actor: Actor, run: RunView) -> None:
    """Check a run: a small file at once, a large one in the queue; then show what was found."""
    if run.needs_queue:
        address.change({"job": [imports.enqueue(actor, run.uuid)]})
        st.rerun()
    address.forget("job")
    total = max(run.document.rows_estimate, 1)
    bar = st.progress(0.0, text=_("Checking …"))

    def tell(done: int) -> None:
        bar.progress(min(done / total, 1.0), text=_say_progress(done, total))

    imports.check(actor, run.uuid, tell)
    st.rerun()


def publish(actor: Actor, run: RunView) -> None:
    """Publish a run's clean rows: a small file at once, a large one in the queue."""
    if run.needs_queue:
        address.change({"job": [imports.enqueue(actor, run.uuid, "clean")]})
        st.rerun()
    address.forget("job")
    with st.spinner(_("Publishing, changes of others wait a moment …")):
        imports.publish(actor, run.uuid)
        # A small file is searchable at once; what cannot be indexed now waits for the scheduler.
        with suppress(RegistryError):
            upkeep.drain_search()
    st.rerun()


def _find_job(actor: Actor) -> JobView | None:
    uuid = address.read_uuid("job")
    return jobs.get(actor, uuid) if uuid else None


def _watch(actor: Actor, run: UUID, job: UUID) -> None:
    """Show the progress of a job until it ends; it goes on when the page is closed."""

    @st.fragment(run_every="1s")
    def look() -> None:
        now = jobs.get(actor, job)
        if now.state not in (JobState.QUEUED, JobState.RUNNING):
            st.rerun(scope="app")
        total = max(now.total or 1, 1)
        st.progress(min(now.progress / total, 1.0), text=_say_progress(now.progress, total))
        st.caption(_("The work goes on when you close this page."))

    look()
    st.button(_("Stop"), key=f"stop_{run}", on_click=jobs.cancel, args=(actor, job))


def _await_change(actor: Actor, run: RunView) -> None:
    """Look at a run that is worked on elsewhere, in another tab for example, until it moves on."""

    @st.fragment(run_every="2s")
    def look() -> None:
        if imports.describe(actor, run.uuid).state is not run.state:
            st.rerun(scope="app")
        st.info(_("This file is being worked on. Check it again only if nothing changes here."))

    look()


def _say_progress(done: int, total: int) -> str:
    return _("{done} of about {total} rows", done=show_number(done), total=show_number(total))
