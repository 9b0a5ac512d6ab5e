"""A file leaves in two clicks: a button makes its one-time ticket, the link spends it."""

from collections.abc import Callable
from html import escape
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.services import exports
from core.services.exports import Facet
from core.text import _
from core.ui import session

Request = Callable[[str], str]
"""Takes the hash of the session, returns the token of a ticket."""


def show_csv(key: str, request: Request) -> None:
    """Offer a whole table as CSV, also the rows that the page does not show."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        pressed = st.button(
            _("Download as CSV"),
            key=f"csv_{key}",
            icon=":material/download:",
            type="tertiary",
            help=_("The whole table, with the rows that are not shown here."),
        )
        if pressed:
            show_link(request, _("Save the file: once, within a minute"))


def show_printed(key: str, request: Request) -> None:
    """Offer a page to print, which opens beside this one."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        pressed = st.button(
            _("Print"),
            key=f"print_{key}",
            icon=":material/print:",
            type="tertiary",
            help=_("A page of its own, with what the filter leaves."),
        )
        if pressed:
            token = request(session.find().token_hash)
            st.link_button(_("Open the page to print: once, within a minute"), f"/download/{token}")


def show_table(
    actor: Actor, run: UUID, table: str, facet: Facet | None = None, key: str = ""
) -> None:
    """Offer a whole table of an import as CSV; `facet` narrows findings."""
    narrowed = facet or Facet()
    show_csv(
        f"{table}_{key}",
        lambda session_hash: exports.request_table(actor, session_hash, run, table, narrowed),
    )


def show_link(request: Request, label: str) -> None:
    """Show the link that spends a new ticket."""
    token = request(session.find().token_hash)
    st.html(f'<a href="/download/{escape(token)}" download>{escape(label)}</a>')
