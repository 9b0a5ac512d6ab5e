"""What each guard must do, as assertions: the tests call them, and the seeded bugs break them."""

from pathlib import Path
from uuid import UUID

import streamlit as st
from sqlalchemy import update
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from core.domain import surfaces
from core.domain.criteria import EVERYBODY
from core.domain.permissions import Permission
from core.domain.surfaces import Access
from core.errors import NotAllowed
from core.models import Download
from core.services import beneficiaries, exports, imports, search
from core.settings import now
from core.storage.beneficiaries import Paging
from core.storage.database import transaction
from tests.conftest import ROOT
from tests.http.conftest import HTML
from tests.security.probes import NOBODY
from tests.security.visitor import Browser, Visitor, answer

FORBIDDEN = "Your account has no permission to"


def open_page(file: Path, **query: str) -> AppTest:
    """Run the file of a page by itself, without the shell around it."""
    st.cache_data.clear()
    page = AppTest.from_file(str(file), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def assert_refuses(file: Path, *, said: str) -> None:
    """Fail unless a page shows whoever is at the browser one refusal and nothing else, an error
    of the page itself included."""
    page = open_page(file, id=str(NOBODY), q="Abeba")
    shown = [one for one in page if isinstance(one, Element)]
    links = [one.proto.body for one in shown if one.type == "html"]
    words = [str(getattr(one, "value", one)) for one in shown if one.type != "html"]
    assert len(words) == 1, f"{file.name} shows {len(words)} things"
    assert said in words[0], f"{file.name} says {words[0]!r}"
    assert [link for link in links if not link.startswith('<a href="/sign-in"')] == []


def pages() -> list[Path]:
    """Return the files of all pages."""
    return [ROOT / "pages" / page.file for page in surfaces.PAGES]


def assert_services_closed(visitor: Visitor, somebody: UUID) -> None:
    """Fail unless each way to rows refuses somebody without a grant in so many words."""
    actor, out = visitor.actor, visitor.folder / "none.csv"
    answers = [
        answer(lambda: beneficiaries.page(actor, EVERYBODY, Paging())),
        answer(lambda: beneficiaries.count(actor, EVERYBODY)),
        answer(lambda: beneficiaries.count_by(actor, EVERYBODY, "sex")),
        answer(lambda: beneficiaries.get(actor, somebody)),
        answer(lambda: search.find(actor, "Abeba")),
        answer(lambda: exports.write_export(actor, EVERYBODY, None, out)),
        answer(lambda: exports.request_download(actor, "x", EVERYBODY)),
        answer(lambda: imports.list_runs(actor)),
    ]
    assert [said for said in answers if not said.startswith(NotAllowed.__name__)] == []
    assert not out.exists()


def ask_ticket(visitor: Visitor) -> str:
    """Return a ticket for everything the visitor may download."""
    return exports.request_download(visitor.actor, visitor.session_hash, EVERYBODY)


def fetch(token: str, session_hash: str) -> str:
    """Return the file behind a ticket as the browser would get it, or the refusal."""
    return answer(lambda: b"".join(exports.open_download(token, session_hash).chunks))


def assert_ticket_is_bound(owner: Visitor, other: Visitor) -> None:
    """Fail unless a ticket serves its own session alone, once, for a minute."""
    unknown = fetch("invented", owner.session_hash)
    assert unknown.startswith("NotFound")
    assert fetch(ask_ticket(owner), other.session_hash) == unknown
    ticket = ask_ticket(owner)
    assert "Abeba" in fetch(ticket, owner.session_hash)
    assert fetch(ticket, owner.session_hash) == unknown
    late = ask_ticket(owner)
    with transaction() as db:
        db.execute(update(Download).values(expires_at=now()))
    assert fetch(late, owner.session_hash) == unknown


def assert_gate_holds(browser: Browser, visitor: Visitor) -> None:
    """Fail unless every route that is not open turns away a browser without a session."""
    browser.cookies.clear()
    client = visitor.client()
    client.cookies.clear()
    for route in surfaces.ROUTES:
        if route.access is Access.OPEN:
            continue
        for method in route.methods:
            given = client.request(method, route.path.replace("{token}", "x"), headers=HTML)
            assert given.status_code in (303, 401), f"{method} {route.path}: {given.status_code}"


def page_permissions() -> dict[Path, Permission]:
    """Return what each page's file asks for."""
    return {ROOT / "pages" / page.file: page.permission for page in surfaces.PAGES}
