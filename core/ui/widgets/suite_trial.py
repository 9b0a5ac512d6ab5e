"""Trying the rules, with the changes so far, on a file; nothing of it is kept."""

from collections.abc import Mapping
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.domain.permissions import Actor, Permission
from core.errors import InvalidInput
from core.etl.extract import extractors
from core.etl.rules.suite import make_suite
from core.services import imports, suites
from core.services.suites import Trial
from core.storage.database import data_dir
from core.text import _, join, pair, show_number
from core.ui import plain
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.suite_words import say_rule

_ROWS, _RUNS_SHOWN, _LARGEST_MB = 20_000, 10, 5


def show_trial(actor: Actor, document: Mapping[str, Any], key: str) -> None:
    """Offer to try a suite on one of the actor's own imports, or on a sample file brought here."""
    st.subheader(_("Try the rules on a file"))
    mine = imports.list_runs(actor, _RUNS_SHOWN) if actor.allows(Permission.IMPORT) else []
    if not mine:
        _try_sample(actor, document, key)
        return
    runs = {run.uuid: run.file_name for run in mine}
    chosen = st.selectbox(_("File"), list(runs), format_func=runs.__getitem__, key=f"{key}_run")
    if st.button(_("Try"), key=f"{key}_try"):
        if chosen is None:
            raise InvalidInput("Choose a file first.")
        with st.spinner(_("Checking …")):
            found = suites.try_on_run(actor, document, chosen, _ROWS)
        _show_found(document, found)


def _try_sample(actor: Actor, document: Mapping[str, Any], key: str) -> None:
    endings = sorted(suffix for one in extractors().values() for suffix in one.suffixes)
    with st.form(f"{key}_sample_form"):
        file = st.file_uploader(
            _(
                "A sample file, at most {n} MB: it is read for this once and not kept",
                n=_LARGEST_MB,
            ),
            type=endings,
            max_upload_size=_LARGEST_MB,
            key=f"{key}_sample",
        )
        sent = st.form_submit_button(_("Try"))
    if sent:
        if file is None:
            raise InvalidInput("Choose a file first.")
        with st.spinner(_("Checking …")):
            found = _try_file(actor, document, file)
        _show_found(document, found)


def _try_file(actor: Actor, document: Mapping[str, Any], file: UploadedFile) -> Trial:
    with TemporaryDirectory(dir=data_dir()) as folder:
        path = Path(folder) / f"sample{PurePath(file.name).suffix.lower()}"
        path.write_bytes(file.getvalue())
        return suites.try_on_file(actor, document, path, _ROWS)


def _show_found(document: Mapping[str, Any], found: Trial) -> None:
    broken = [one for one in found.counts if one.count]
    note = _(
        "The first {rows} of the file were checked; nothing was changed.", rows=say_rows(found.rows)
    )
    if not broken:
        st.success(_("No row breaks a rule.") + " " + note)
        return
    asked = {rule.rule: say_rule(rule) for rule in make_suite(document).expectations}
    plain.show_table(
        (_("Rule"), _("What it asks"), _("Rows"), _("The first ones")),
        [
            (
                one.rule,
                asked[one.rule],
                show_number(one.count),
                join(
                    pair(row, value) if value else str(row)
                    for row, value in zip(one.rows[:5], one.values[:5], strict=True)
                ),
            )
            for one in broken
        ],
        caption=note,
    )
