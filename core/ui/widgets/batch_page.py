"""The page of one batch: its receipt, at an address that stays."""

import streamlit as st

from core.domain.permissions import Actor
from core.errors import NotFound
from core.text import _
from core.ui import address, feedback
from core.ui.widgets import batch_receipt


def show(actor: Actor) -> None:
    """Show the batch that the address names; nobody's and somebody else's far one look the same."""
    with feedback.errors_shown():
        uuid = address.read_uuid("id")
        if uuid is None:
            raise NotFound("This batch")
        batch_receipt.show_receipt(actor, uuid)
        return
    st.page_link(address.file_of("batches"), label=_("All acts"), icon=":material/history:")
