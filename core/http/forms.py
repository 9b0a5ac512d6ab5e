"""Our own forms: read within limits, and only when our own page sent them."""

import json
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from core.domain.accounts import ABSOLUTE, CSRF_COOKIE, SESSION_COOKIE
from core.errors import RegistryError
from core.http.gate import is_same_origin

CSRF_FIELD = "csrf"
_MOST_FIELDS = 20


class ForeignForm(RegistryError):
    """The form was not sent from our own page, or from one that is too old."""

    def __init__(self) -> None:
        super().__init__("This page is out of date. Load it again and repeat what you did.")


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form of ours.

    Raises ForeignForm for any other.
    """
    try:
        text = (await request.body()).decode("utf-8")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise ForeignForm from None
    check_ours(request, fields.get(CSRF_FIELD, [""])[0])
    return {name: values[0] for name, values in fields.items()}


def check_ours(request: Request, given: str) -> None:
    """Let only our own page through: ForeignForm unless `given` is the secret that the page got as
    a cookie, and the browser names no other origin.

    Another site can send a form, but can neither read nor set our cookie.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is not None and not is_same_origin(origin, request.headers.get("host", "")):
        raise ForeignForm
    if site not in (None, "same-origin", "none"):
        raise ForeignForm
    kept = request.cookies.get(CSRF_COOKIE, "")
    if not kept or not secrets.compare_digest(given.encode(), kept.encode()):
        raise ForeignForm


def as_script(value: object) -> str:
    """Write a value as a literal of JavaScript that cannot end its script element."""
    return json.dumps(value).replace("<", "\\u003c")


def csrf_token(request: Request) -> str:
    """Return the secret of this browser's forms, a new one where it has none."""
    return request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(32)


def keep_csrf(request: Request, response: Response, token: str) -> None:
    """Set the secret of this browser's forms as a cookie."""
    _set(request, response, CSRF_COOKIE, token)


def keep_session(request: Request, response: Response, token: str) -> None:
    """Set the session's cookie and a new secret for its forms."""
    _set(request, response, SESSION_COOKIE, token)
    keep_csrf(request, response, secrets.token_urlsafe(32))


def drop_session(response: Response) -> None:
    """Remove the session's cookie."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")


def _set(request: Request, response: Response, name: str, value: str) -> None:
    # "https" also behind a proxy that uvicorn trusts (FORWARDED_ALLOW_IPS).
    response.set_cookie(
        name,
        value,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def local_path(wanted: str) -> str:
    """Return `wanted` if it is a path of this application, else the home page."""
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return "/"
    if not wanted.isprintable() or urlsplit(wanted).netloc:
        return "/"
    return "/" if wanted.split("?", maxsplit=1)[0] in ("/sign-in", "/sign-out") else wanted
