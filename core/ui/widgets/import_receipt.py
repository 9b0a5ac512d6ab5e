"""The receipt of a published import: counts, where the people are, what is held, the way back."""

import streamlit as st

from core.domain.permissions import Actor
from core.domain.surfaces import PAGES
from core.services import imports, quarantine
from core.services.imports import RunView
from core.text import _, language, show_number
from core.ui import address
from core.ui.widgets import import_findings, import_known, import_rewind
from core.ui.widgets.amounts import say_rows

_QUARANTINE = "quarantine"


def show_receipt(actor: Actor, run: RunView) -> None:
    """Show what the publish did, and where the people are now."""
    published = sum(run.counts.get(name, 0) for name in ("new", "changed", "unchanged"))
    if run.rewound:
        st.warning(_("This import has been taken back: {rows}.", rows=say_rows(published)))
    else:
        st.success(_("Published: {rows} of the file.", rows=say_rows(published)))
    _show_counts(run)
    with st.container(horizontal=True):
        st.page_link(
            address.file_of(run.status.lower()),
            label=_("Open the list"),
            icon=":material/arrow_forward:",
        )
        waiting = quarantine.still_open(actor, run.uuid) if run.counts.get("held") else 0
        if waiting and any(p.url_path == _QUARANTINE for p in PAGES):
            st.page_link(
                address.file_of(_QUARANTINE),
                label=_("Correct the {rows} held back", rows=say_rows(waiting)),
                icon=":material/rule:",
                query_params={"run": str(run.uuid)},
            )
    import_rewind.show_rewind(actor, run)
    import_known.show_save(actor, run)
    import_findings.show_plainly(actor, run, imports.findings(actor, run.uuid, language()))


def _show_counts(run: RunView) -> None:
    labels = {
        "rows": _("Rows"),
        "new": _("New"),
        "changed": _("Changed"),
        "unchanged": _("Unchanged"),
        "held": _("Held back"),
    }
    for column, (name, label) in zip(st.columns(len(labels)), labels.items(), strict=True):
        column.metric(label, show_number(run.counts.get(name, 0)), border=True)
