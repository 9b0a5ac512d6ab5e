"""Choosing a password of one's own: all that an account with a one-time password may do."""

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.domain.permissions import Actor
from core.errors import InvalidInput, RegistryError
from core.http import forms, layout
from core.http.layout import Entry
from core.http.sign_in import address_of, say
from core.services import accounts
from core.services.accounts import SignedIn
from core.text import _, speaking


class ChangePassword(HTTPEndpoint):
    """A page for the signed-in; afterwards only the browser that asked is signed in."""

    async def get(self, request: Request) -> Response:
        return _show(request)

    async def post(self, request: Request) -> Response:
        actor = request.scope["caseload.session"].actor
        try:
            fields = await forms.read_form(request)
            if fields.get("new") != fields.get("again"):
                raise InvalidInput("The two new passwords differ. Type the same one twice.")
            signed_in = await run_in_threadpool(
                _change, actor, fields.get("old", ""), fields.get("new", ""), address_of(request)
            )
        except RegistryError as error:
            return _show(request, error)
        response = RedirectResponse("/", 303)
        forms.keep_session(request, response, signed_in.token)
        return response


def _change(actor: Actor, old: str, new: str, address: str) -> SignedIn:
    accounts.change_password(actor, old, new)
    return accounts.sign_in(actor.name, new, address)


def _show(request: Request, error: RegistryError | None = None) -> Response:
    session = request.scope["caseload.session"]
    csrf = forms.csrf_token(request)
    with speaking(session.actor.language):
        form = layout.write_form(
            "/change-password",
            [
                Entry("old", _("Password now"), "password", "current-password"),
                Entry("new", _("New password"), "password", "new-password"),
                Entry("again", _("New password again"), "password", "new-password"),
            ],
            _("Change the password"),
            hidden={forms.CSRF_FIELD: csrf},
            error=say(error) if error else "",
        )
        lead = _("At least 12 characters; several words are a good password.")
        if session.must_change_password:
            lead = _("Choose a password of your own to go on.") + " " + lead
        home = "" if session.must_change_password else f'<a href="/">{escape(_("Back"))}</a>'
        response = layout.show_page(
            _("Change the password"),
            f'<p class="lead">{escape(lead)}</p>{form}',
            status=400 if error else 200,
            links=home,
        )
    forms.keep_csrf(request, response, csrf)
    return response
