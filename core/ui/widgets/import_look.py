"""The first rows of a large file, looked at while the whole of it is checked elsewhere."""

import streamlit as st

from core.domain.permissions import Actor
from core.services import inspection
from core.services.imports import RunView
from core.text import _, language, show_number
from core.ui import cache, plain
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.import_words import badge_of


def show_first_look(actor: Actor, run: RunView) -> None:
    """Show what is wrong in the first rows of a file by themselves."""
    looked, found = cache.of_run(
        actor, run, "first_look", lambda: inspection.first_look(actor, run.uuid, language())
    )
    st.subheader(_("The first {n} rows, looked at already", n=show_number(looked)))
    if not found:
        st.success(_("Nothing to correct in them."))
    for finding in found:
        with st.container(border=True):
            plain.show_badges([badge_of(finding, say_rows(finding.count))], finding.message)
