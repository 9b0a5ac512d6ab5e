"""The findings outside: the workbook with remarks, its way back, and the causes as CSV."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.services import exports
from core.services.imports import Finding, RunView
from core.storage.database import data_dir
from core.text import _
from core.ui import session
from core.ui.widgets import import_acts, import_start, import_tables
from core.ui.widgets.import_words import say_severity, say_where

_LARGEST_MB = import_start.LARGEST_MB


def show_workbook(actor: Actor, run: RunView, found: Sequence[Finding]) -> None:
    """Offer the file back with the findings marked, and take the corrected one."""
    st.subheader(_("Correct in a spreadsheet instead"))
    out, back = st.columns(2, gap="large")
    with out:
        st.caption(_("The file with every finding marked and explained in its cells."))
        if st.button(_("Prepare the workbook with remarks"), icon=":material/download:"):
            token = exports.request_workbook(actor, session.find().token_hash, run.uuid)
            label = _("Download the workbook: once, within a minute")
            st.html(f'<a href="/download/{escape(token)}" download>{escape(label)}</a>')
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
    if found:
        with st.expander(_("The findings as CSV, to copy")):
            heads = (_("Severity"), _("Column"), _("Rule"), _("Rows"), _("What to do"))
            rows = [
                (say_severity(f.severity), say_where(f.column), f.rule, str(f.count), f.message)
                for f in found
            ]
            import_tables.show_csv(heads, rows)


def _take_back(actor: Actor, content: bytes) -> None:
    with TemporaryDirectory(dir=data_dir()) as folder:
        path = Path(folder) / "returned.xlsx"
        path.write_bytes(content)
        import_start.take_back(actor, path)
