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
from core.etl.remedies.returned import recognise
from core.services import imports, remedies
from core.services.imports import StartImport
from core.storage.database import data_dir
from core.text import _, language
from core.ui import address, cache, plain, session
from core.ui.widgets import import_known, import_list

LARGEST_MB = 50
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
    import_list.show_list(actor)


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
            key=f"import_status_{language()}",
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
        returned = [name for path, name in kept if recognise(path)]
        if returned and len(kept) > 1:
            raise InvalidInput(
                "“{name}” is a workbook that was downloaded from an import here. Choose it alone.",
                name=returned[0],
            )
        if returned:
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


def take_back(actor: Actor, path: Path) -> UUID:
    """Take a corrected workbook back into its run, say what came of it, and return the run."""
    changes = remedies.take_back(actor, path)
    session.flash(remedies.say_changes(changes))
    return changes.run
