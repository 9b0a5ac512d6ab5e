"""The gate before everything: no request and no websocket gets in without a valid session."""

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.domain.accounts import SESSION_COOKIE
from core.errors import NotSignedIn
from core.services import accounts
from core.services.accounts import SessionInfo
from core.settings import read_settings

OPEN_PATHS = frozenset({"/sign-in", "/healthz"})
# What an account with a one-time password may reach until it has one of its own.
_PASSWORD_PATHS = frozenset({"/change-password", "/sign-out"})
_ASSETS = ("/_stcore/", "/static/", "/media/", "/component/", "/download/")
_UPLOADS = "/_stcore/upload_file/"
_OWN_HEADERS = b"x-caseload-"
LARGEST_UPLOAD, LARGEST_FORM, LARGEST_STREAM = 51 * 2**20, 64 * 2**10, 16 * 2**30


class Gate:
    """Pure ASGI: hosts, origins, sizes and the session are settled before anything else runs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _refuse_form(scope, headers)
        if refusal is None and scope["path"] not in OPEN_PATHS:
            session = await _find_session(headers)
            refusal = _refuse_session(scope, headers, session)
            if session:
                scope["caseload.session"] = session
        if refusal is not None:
            await _answer(refusal, scope, receive, send)
            return
        scope["headers"] = _name_user(scope["headers"], scope.get("caseload.session"))
        await self.app(scope, receive, send)


def _refuse_form(scope: Scope, headers: Headers) -> Response | None:
    """Return the refusal of a request that is wrong whoever sends it."""
    if not is_known_host(headers.get("host", "")):
        return PlainTextResponse("This address is not served here.", 400)
    if scope["type"] == "websocket":
        # Streamlit lets an absent Origin pass; every browser sends one, so nothing else gets in.
        same = is_same_origin(headers.get("origin"), headers.get("host", ""))
        return None if same else PlainTextResponse("Foreign origin.", 403)
    if "transfer-encoding" in headers:
        return PlainTextResponse("The request must say its length.", 411)
    length = headers.get("content-length", "0")
    largest = _largest(scope["path"])
    if not length.isdecimal() or int(length) > largest:
        return PlainTextResponse("The request is too large.", 413)
    return None


def _largest(path: str) -> int:
    """Return how many bytes a request to `path` may have."""
    if path == "/upload":
        return min(LARGEST_STREAM, read_settings().largest_upload)
    return LARGEST_UPLOAD if path.startswith(_UPLOADS) else LARGEST_FORM


def _refuse_session(scope: Scope, headers: Headers, session: SessionInfo | None) -> Response | None:
    """Return the refusal of a request without a session, or with one not yet good for this."""
    path = scope["path"]
    if session and not (session.must_change_password and path not in _PASSWORD_PATHS):
        return None
    if not shows_page(scope, headers):
        return PlainTextResponse("Sign in first.", 401)
    if session:
        return RedirectResponse("/change-password", 303)
    query = scope["query_string"].decode("latin-1")
    wanted = quote(path) + (f"?{query}" if query else "")
    return RedirectResponse(f"/sign-in?next={quote(wanted, safe='')}", 303)


def shows_page(scope: Scope, headers: Headers) -> bool:
    """Say whether a browser asks for a page to show, not for a part of one."""
    return (
        scope["type"] == "http"
        and scope["method"] in ("GET", "HEAD")
        and "text/html" in headers.get("accept", "")
        and not scope["path"].startswith(_ASSETS)
    )


async def _find_session(headers: Headers) -> SessionInfo | None:
    token = cookie_parser(headers.get("cookie", "")).get(SESSION_COOKIE)
    if not token:
        return None
    try:
        return await run_in_threadpool(accounts.find_session, token)
    except NotSignedIn:
        return None


async def _answer(refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await refusal(scope, receive, send)
        return
    # Closing before accepting makes the server answer the handshake with 403.
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def _name_user(
    headers: Iterable[tuple[bytes, bytes]], session: SessionInfo | None
) -> list[tuple[bytes, bytes]]:
    """Return the headers with our own, and only our own, word on who asks.

    Streamlit compares it before it lets a browser resume a session.
    """
    kept = [(name, value) for name, value in headers if not name.lower().startswith(_OWN_HEADERS)]
    if session:
        kept.append((_OWN_HEADERS + b"user", quote(session.actor.name).encode()))
    return kept


def is_known_host(host: str) -> bool:
    """Say whether the Host header is one of CASELOAD_ALLOWED_HOSTS; any is, where none are set."""
    allowed = read_settings().allowed_hosts
    return not allowed or (urlsplit(f"//{host}").hostname or "") in allowed


def is_same_origin(origin: str | None, host: str) -> bool:
    """Say whether an Origin header names the host that was asked."""
    return bool(origin and host) and urlsplit(origin or "").netloc == host
