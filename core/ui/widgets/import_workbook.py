"""The findings outside: the workbook with remarks, and its way back."""

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.services import exports
from core.services.imports import RunView
from core.storage.database import data_dir
from core.text import _
from core.ui.widgets import download, import_acts, import_start

_LARGEST_MB = import_start.LARGEST_MB


def show_workbook(actor: Actor, run: RunView) -> None:
    """Offer the file back with the findings marked, and take the corrected one."""
    st.subheader(_("Correct in a spreadsheet instead"))
    out, back = st.columns(2, gap="large")
    with out:
        st.caption(_("The file with every finding marked and explained in its cells."))
        if st.button(_("Prepare the workbook with remarks"), icon=":material/download:"):
            download.show_link(
                lambda session_hash: exports.request_workbook(actor, session_hash, run.uuid),
                _("Download the workbook: once, within a minute"),
            )
    with back, st.form(f"returned_{run.uuid}", border=False):
        file = st.file_uploader(
            _("The corrected workbook"), type=["xlsx"], max_upload_size=_LARGEST_MB
        )
        sent = st.form_submit_button(_("Take the corrections"))
    if sent:
        if file is None:
            raise InvalidInput("Choose a file first.")
        content = file.getvalue()
        import_acts.do(lambda: _take_back(actor, content))


def _take_back(actor: Actor, content: bytes) -> None:
    with TemporaryDirectory(dir=data_dir()) as folder:
        path = Path(folder) / "returned.xlsx"
        path.write_bytes(content)
        import_start.take_back(actor, path)
