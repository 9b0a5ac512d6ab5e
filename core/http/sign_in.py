"""Signing in and out: plain pages that work without scripts."""

import asyncio
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.domain.accounts import SESSION_COOKIE, SignInRefused, TooManyAttempts
from core.errors import RegistryError
from core.http import forms, layout
from core.http.layout import Entry
from core.services import accounts, demo
from core.services.accounts import SignedIn
from core.text import LANGUAGES, _, speak, speaking

# As many as passwords are checked at once: the rest wait here, not in the threads pages need.
_AT_ONCE = asyncio.Semaphore(2)


class SignIn(HTTPEndpoint):
    """The page everybody meets first."""

    async def get(self, request: Request) -> Response:
        return await _show(request, request.query_params.get("name", "")[:100])

    async def post(self, request: Request) -> Response:
        name = ""
        try:
            fields = await forms.read_form(request)
            name = fields.get("name", "")
            async with _AT_ONCE:
                signed_in = await run_in_threadpool(
                    _sign_in, request, name, fields.get("password", "")
                )
        except RegistryError as error:
            return await _show(request, name, error)
        wanted = forms.local_path(fields.get("next", "/"))
        response = RedirectResponse(
            "/change-password" if signed_in.must_change_password else wanted, 303
        )
        forms.keep_session(request, response, signed_in.token)
        return response


class SignOut(HTTPEndpoint):
    """Ends the session in every tab; only a form of ours can ask for it."""

    async def post(self, request: Request) -> Response:
        try:
            await forms.read_form(request)
        except forms.ForeignForm as error:
            with speaking(layout.choose_language(request)):
                return layout.show_page(
                    _("Not signed out"), f"<p>{escape(say(error))}</p>", status=403
                )
        await run_in_threadpool(accounts.sign_out, request.cookies.get(SESSION_COOKIE, ""))
        response = RedirectResponse("/sign-in", 303)
        forms.drop_session(response)
        return response


def _sign_in(request: Request, name: str, password: str) -> SignedIn:
    signed_in = accounts.sign_in(name, password, address_of(request))
    chosen = request.query_params.get("lang", "")
    # Only a language picked on the page: what the browser accepts was nobody's choice.
    if chosen in LANGUAGES:
        accounts.choose_language(signed_in.actor, chosen)
    return signed_in


def address_of(request: Request) -> str:
    """Return the address the request came from; uvicorn believes only proxies it trusts."""
    return request.client.host if request.client else ""


def say(error: RegistryError) -> str:
    """Return what happened in the reader's language."""
    return speak(error.said)


async def _show(request: Request, name: str = "", error: RegistryError | None = None) -> Response:
    wanted = forms.local_path(request.query_params.get("next", "/"))
    csrf = forms.csrf_token(request)
    # The link of a first start brings the one-time password along; it ends with its first use.
    once = request.query_params.get("once", "")[:100] if error is None else ""
    is_demo = await run_in_threadpool(demo.is_demo_loaded)
    status = {SignInRefused: 401, TooManyAttempts: 429, forms.ForeignForm: 403}
    with speaking(layout.choose_language(request)):
        form = layout.write_form(
            request.url.path + (f"?{request.url.query}" if request.url.query and not once else ""),
            [
                Entry("name", _("User name"), complete="username", value=name),
                Entry("password", _("Password"), "password", "current-password", once),
            ],
            _("Sign in"),
            hidden={forms.CSRF_FIELD: csrf, "next": wanted},
            error=say(error) if error else "",
        )
        lead = _("Who is in which programme, in which status, and why.")
        response = layout.show_page(
            _("Sign in"),
            f'<p class="lead">{escape(lead)}</p>{form}',
            status=status.get(type(error), 200) if error else 200,
            banner=layout.write_demo_band() if is_demo else "",
            links=layout.write_language_links(wanted),
        )
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.minutes * 60)
    forms.keep_csrf(request, response, csrf)
    return response
