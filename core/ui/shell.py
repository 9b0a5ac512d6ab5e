"""The main script: who is there, where they may go, and the frame around every page."""

from html import escape

import streamlit as st

from core.domain import surfaces
from core.domain.permissions import Actor
from core.domain.surfaces import Page
from core.services import accounts, demo
from core.settings import ROOT
from core.text import LANGUAGES, _, set_language
from core.ui import feedback, session

SEARCH = "search.py"
ICON = str(ROOT / "core" / "ui" / "icon.png")
# Streamlit leaves 96 pixels above and 80 beside a page; a list needs them for rows and columns.
ROOM = "<style>.stMainBlockContainer{padding:4rem 2rem 2rem}</style>"
BUTTON = (
    "width:100%;font:inherit;font-size:.875rem;color:inherit;background:none;"
    "border:1px solid rgba(128,140,145,.6);border-radius:.5rem;padding:.5rem 1rem;cursor:pointer"
)


def main() -> None:
    """Run once for every click: nothing of a page is reached without a session."""
    st.set_page_config(page_title="Caseload", page_icon=ICON, layout="wide")
    st.html(ROOM)
    set_language(st.context.locale or "en")
    actor = session.actor()
    pages = make_pages(actor)
    if demo.is_demo_loaded():
        st.warning(
            _("DEMO · The people here are invented. Do not enter real data."),
            icon=":material/science:",
        )
    if not pages:
        show_no_pages(actor)
        show_account(actor)
        st.stop()
    st.logo(ICON, size="large")
    chosen = st.navigation(arrange(pages) | lead_in(pages))
    for text in session.take_flashes():
        st.success(text)
    with st.sidebar:
        show_search(pages)
        show_account(actor)
    chosen.run()


def show_no_pages(actor: Actor) -> None:
    """Tell somebody whose grants open no page what to do instead."""
    if actor.scopes:
        st.info(_("Your grants open no page. Users and programmes are set up by the command line."))
    else:
        st.info(
            _("Your account has no grant in force yet. Ask an administrator for one, then reload.")
        )


def make_pages(actor: Actor) -> dict[Page, "st.Page"]:
    """Return the pages the actor may open, by their declaration."""
    allowed = [page for page in surfaces.PAGES if actor.allows(page.permission)]
    return {
        page: st.Page(
            ROOT / "pages" / page.file,
            title=_(page.title),
            icon=f":material/{page.icon}:",
            url_path=page.url_path or None,
            default=not page.url_path,
            visibility="visible" if page.listed else "hidden",
        )
        for page in allowed
    }


def lead_in(pages: dict[Page, "st.Page"]) -> dict[str, list["st.Page"]]:
    """Return what stands at "/" for whom the first page is not: the way to their own first one.

    Streamlit takes its own address away from the page that it shows at "/".
    """
    first, made = next(iter(pages.items()))
    if not first.url_path:
        return {}

    def start() -> None:
        st.switch_page(made)

    return {"": [st.Page(start, title=_(first.title), default=True, visibility="hidden")]}


def arrange(pages: dict[Page, "st.Page"]) -> dict[str, list["st.Page"]]:
    """Group pages under the headings of the menu."""
    sections: dict[str, list[st.Page]] = {}
    for page, made in pages.items():
        sections.setdefault(_(page.section) if page.section else "", []).append(made)
    return sections


def show_search(pages: dict[Page, "st.Page"]) -> None:
    """Offer the search from everywhere; Ctrl+K opens it."""
    target = next((made for page, made in pages.items() if page.file == SEARCH), None)
    if target is None:
        return
    with st.form("shell_search", border=False, clear_on_submit=True):
        wanted = st.text_input(
            _("Find a person"), placeholder=_("Name, number or identifier"), key="shell_search_text"
        )
        sent = st.form_submit_button(_("Search"), shortcut="Ctrl+K", width="stretch")
    if sent:
        st.switch_page(target, query_params={"q": wanted} if wanted.strip() else None)


def show_account(actor: Actor) -> None:
    """Say who is signed in; offer the language, the password and the way out."""
    with st.popover(actor.name, icon=":material/account_circle:", width="stretch"):
        show_language(actor)
        st.html(
            '<a style="color:inherit" href="/change-password" target="_self">'
            f"{escape(_('Change the password'))}</a>"
        )
    # A form, so that the browser leaves the page; st.html keeps it and strips scripts.
    st.html(
        '<form method="post" action="/sign-out">'
        f'<input type="hidden" name="csrf" value="{escape(session.csrf_token())}">'
        f'<button type="submit" style="{BUTTON}">{escape(_("Sign out"))}</button></form>'
    )


def show_language(actor: Actor) -> None:
    """Offer the languages; the choice is kept with the account."""
    chosen = st.selectbox(
        _("Language"),
        list(LANGUAGES),
        index=list(LANGUAGES).index(actor.language),
        format_func=LANGUAGES.__getitem__,
        key="shell_language",
    )
    if chosen != actor.language:
        with feedback.errors_shown():
            accounts.choose_language(actor, chosen)
            st.rerun()


main()
