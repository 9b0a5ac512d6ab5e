"""Beginning an import: a file from one's computer, a corrected workbook, or a run left before."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from uuid import UUID

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.domain.fields import Status
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.errors import InvalidInput
from core.etl.extract import extractors
from core.etl.remedies.returned import read_returned
from core.services import imports, remedies
from core.services.imports import RunView, StartImport
from core.services.remedies import ReturnedChanges
from core.storage.database import data_dir
from core.text import _, show_moment, show_number
from core.ui import address, cache, plain, session
from core.ui.widgets import import_known
from core.ui.widgets.run_words import say_state

LARGEST_MB = 50
_RUNS_SHOWN = 10
_SAMPLE = (
    "Full name,Sex,Date of birth,Disability,Phone,District,Household number\n"
    "Amina Example,F,1990-05-21,no,0700 000 000,North District,H-17"
)


def show_start(actor: Actor) -> None:
    """Offer to begin an import, and the imports begun before."""
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
        files = st.file_uploader(
            _("File with people: CSV, Excel and others, at most {n} MB", n=LARGEST_MB),
            type=endings,
            max_upload_size=LARGEST_MB,
            accept_multiple_files=True,
            key="import_file",
            help=_("Several files that belong together become one table: choose them all."),
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
    plain.show_away("/upload", _("Larger than {n} MB? Send it from this page.", n=LARGEST_MB))
    if sent:
        _start(actor, files, programme, status)


def _start(
    actor: Actor, files: Sequence[UploadedFile], programme: str | None, status: Status | None
) -> None:
    if not files or programme is None:
        raise InvalidInput("Choose a file first.")
    with st.spinner(_("Reading the file …")), TemporaryDirectory(dir=data_dir()) as folder:
        kept = [(_keep(file, Path(folder) / str(at)), file.name) for at, file in enumerate(files)]
        if len(kept) == 1 and _is_returned(kept[0][0]):
            run = take_back(actor, kept[0][0])
        else:
            (path, name), *others = kept
            begun = Status(status or Status.POTENTIAL)
            order = StartImport(path, name, programme, begun, beside=tuple(others))
            run = imports.start(actor, order)
            import_known.apply_exact(actor, run)
    address.change({"run": [run]})
    st.rerun()


def _keep(file: UploadedFile, folder: Path) -> Path:
    folder.mkdir()
    path = folder / f"upload{PurePath(file.name).suffix.lower()}"
    path.write_bytes(file.getvalue())
    return path


def _is_returned(path: Path) -> bool:
    return path.suffix == ".xlsx" and read_returned(path) is not None


def take_back(actor: Actor, path: Path) -> UUID:
    """Take a corrected workbook back into its run, say what came of it, and return the run."""
    changes = remedies.take_back(actor, path)
    session.flash(_say_changes(changes))
    return changes.run


def _say_changes(changes: ReturnedChanges) -> str:
    said = [_("Taken from the corrected workbook: {n} cells.", n=show_number(changes.taken))]
    if changes.refused:
        n = show_number(len(changes.refused))
        said.append(_("{n} cells were not taken: their rows are decided already.", n=n))
    if changes.missing:
        said.append(
            _("Rows that are missing in it stay: {n}.", n=show_number(len(changes.missing)))
        )
    if changes.added:
        said.append(_("New rows in it are not taken: {n}.", n=show_number(len(changes.added))))
    return " ".join(said)


def _show_runs(runs: Sequence[RunView]) -> None:
    if not runs:
        return
    st.subheader(_("Your imports"))
    for run in runs:
        what, state, when, opener = st.columns([4, 3, 2, 1], vertical_alignment="center")
        with what:
            plain.show_text(run.file_name)
        with state:
            said = _("rewound") if run.rewound else say_state(run.state)
            plain.show_text(f"{run.programme} · {said}")
        with when:
            plain.show_text(show_moment(run.created_at), faint=True)
        opener.button(
            _("Open"),
            key=f"run_{run.uuid}",
            on_click=address.change,
            args=({"run": [run.uuid]},),
            width="stretch",
        )
