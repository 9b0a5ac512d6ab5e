"""Addresses of no page, and of pages that are not for whoever asks: said in the reader's language.

Without this the screen opens its first page under a wrong address, with a notice of Streamlit's
that speaks English alone.
"""

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.domain import surfaces
from core.domain.permissions import Actor
from core.errors import NotAllowed
from core.http import layout
from core.http.gate import shows_page
from core.services import demo
from core.text import _, speak, speaking

_PAGES = {f"/{page.url_path}": page for page in surfaces.PAGES if page.url_path}
_ROUTES = frozenset(route.path for route in surfaces.ROUTES)
_START = "/"


class KnownPages:
    """Pure ASGI, behind the gate: a page goes on where there is one, to who may open it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = scope.get("caseload.session")
        if session and shows_page(scope, Headers(scope=scope)):
            path = scope["path"].rstrip("/") or _START
            if path not in (_START, *_ROUTES):
                answer = await _refuse(path, session.actor)
                if answer is not None:
                    await answer(scope, receive, send)
                    return
        await self.app(scope, receive, send)


async def _refuse(path: str, actor: Actor) -> Response | None:
    """Return what is said instead of a page; None where the page may be shown."""
    page = _PAGES.get(path)
    if page is not None and actor.allows(page.permission):
        return None
    is_demo = await run_in_threadpool(demo.is_demo_loaded)
    with speaking(actor.language):
        if page is not None:
            title, said = _("Not open to your account"), speak(NotAllowed(page.permission).said)
        else:
            title, said = _("No such page"), _("There is no page at this address.")
        return layout.show_page(
            title,
            f'<p class="lead">{escape(said)}</p>'
            f'<p><a href="{_START}">{escape(_("Go to the start page"))}</a></p>',
            status=404 if page is None else 403,
            banner=layout.write_demo_band() if is_demo else "",
        )
