"""Imports of corrected rows of an import: they stand on their own when it is taken back."""

import streamlit as st

from core.domain.permissions import Actor
from core.services import quarantine
from core.services.imports import RunView
from core.text import _
from core.ui import address, plain
from core.ui.widgets.amounts import say_rows


def show_second_tries(actor: Actor, run: RunView) -> None:
    """Say which second tries of a run stay when it is rewound, with the way to each."""
    for one in quarantine.second_tries(actor, run.uuid):
        if one.run is None:
            plain.show_text(
                _(
                    "A colleague’s second try has published {rows} of this file. It stands on its"
                    " own: if these people are to leave, ask for its rewind too.",
                    rows=say_rows(one.rows),
                )
            )
            continue
        plain.show_text(
            _(
                "A second try has published {rows} of this file. It stands on its own: if these"
                " people are to leave, rewind that import too.",
                rows=say_rows(one.rows),
            )
        )
        st.page_link(
            address.file_of("import_data"),
            label=_("Open the second try"),
            icon=":material/arrow_forward:",
            query_params={"run": str(one.run)},
        )
