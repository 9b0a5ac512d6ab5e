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
    words = _("Download as CSV"), _("The whole table, with the rows that are not shown here.")
    said = _("Save the file: once, within a minute")
    _offer(f"csv_{key}", words, ":material/download:", lambda: show_link(request, said))


def show_printed(key: str, request: Request) -> None:
    """Offer a page to print, which opens beside this one."""
    words = _("Print"), _("A page of its own, with what the filter leaves.")
    _offer(f"print_{key}", words, ":material/print:", lambda: _show_page(request))


def _offer(key: str, words: tuple[str, str], icon: str, show: Callable[[], None]) -> None:
    """Show a button of these words and help; `show` shows what it leads to, beside it."""
    label, hint = words
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if st.button(label, key=key, icon=icon, type="tertiary", help=hint):
            show()


def _show_page(request: Request) -> None:
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
