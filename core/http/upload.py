"""Large files come in here: streamed to disk, counted while they flow, never held in memory."""

import secrets
import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path, PurePosixPath
from string import Template
from tempfile import TemporaryDirectory
from typing import BinaryIO
from urllib.parse import unquote
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from core.domain.fields import Status
from core.domain.permissions import Actor, Permission, require
from core.domain.words import label_code
from core.errors import InvalidInput, NotAllowed, RegistryError
from core.etl.remedies.returned import recognise
from core.http import forms, layout
from core.http.gate import LARGEST_STREAM
from core.services import demo, imports, mappings, programmes, remedies
from core.settings import ROOT, read_settings
from core.storage.database import data_dir
from core.text import _, speak, speaking

_SCRIPT = Template((ROOT / "core" / "http" / "upload.js").read_text(encoding="utf-8"))
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "script-src 'nonce-{nonce}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
_SPARE = 1 << 29
"""Bytes that must stay free beside the file and what is made from it."""


class Upload(HTTPEndpoint):
    """A page that sends one file as it is, and the address that takes it."""

    async def get(self, request: Request) -> Response:
        actor: Actor = request.scope["caseload.session"].actor
        try:
            offered = await run_in_threadpool(_offer, actor)
        except NotAllowed as error:
            return _refuse(actor, error, 403)
        is_demo = await run_in_threadpool(demo.is_demo_loaded)
        return _show(request, actor, offered, is_demo=is_demo)

    async def post(self, request: Request) -> Response:
        actor: Actor = request.scope["caseload.session"].actor
        try:
            forms.check_ours(request, request.headers.get("x-csrf", ""))
            require(actor, Permission.IMPORT)
            size = int(request.headers.get("content-length", "0"))
            await run_in_threadpool(_check_room, size)
            with TemporaryDirectory(dir=data_dir(), prefix="incoming-") as folder:
                name = unquote(request.headers.get("x-file-name", ""))
                path = Path(folder) / f"upload{PurePosixPath(name).suffix.lower()[:10]}"
                await _receive(request, path, size)
                answer = await run_in_threadpool(_take, request, actor, path, name)
        except ClientDisconnect:
            return Response(status_code=400)
        except NotAllowed as error:
            return _refuse(actor, error, 403)
        except RegistryError as error:
            return _refuse(actor, error, 422)
        return JSONResponse(answer)


def _refuse(actor: Actor, error: RegistryError, status: int) -> Response:
    with speaking(actor.language):
        return JSONResponse({"error": speak(error.said)}, status)


async def _receive(request: Request, path: Path, size: int) -> None:
    """Write the body to `path` as it comes; InvalidInput when it is not as long as it said."""
    path.touch(mode=0o600)
    with path.open("wb") as file:
        taken = 0
        async for chunk in request.stream():
            taken += len(chunk)
            if taken > size:
                break
            await run_in_threadpool(_write(file), chunk)
    if taken != size or not size:
        raise InvalidInput("The file did not arrive whole. Send it again.")


def _write(file: BinaryIO) -> Callable[[bytes], int]:
    return file.write


def _check_room(size: int) -> None:
    # The file, its copy as kept and the table made from it.
    if shutil.disk_usage(data_dir()).free < 3 * size + _SPARE:
        raise InvalidInput(
            "The server has no room for a file of this size. Ask an administrator to make some."
        )


def _take(request: Request, actor: Actor, path: Path, name: str) -> dict[str, str]:
    """Bring the file in, or take a corrected workbook back into its import; return the import,
    and what its owner is to read before it opens."""
    with speaking(actor.language):
        if recognise(path):
            changes = remedies.take_back(actor, path)
            return {"run": str(changes.run), "said": remedies.say_changes(changes)}
        run = _start(request, actor, path, name)
        try:
            mappings.apply_exact(actor, run)
        except RegistryError as error:
            # A mapping that does not fit after all: the columns are confirmed by hand.
            return {"run": str(run), "said": speak(error.said)}
        return {"run": str(run)}


def _start(request: Request, actor: Actor, path: Path, name: str) -> UUID:
    asked = request.query_params
    if asked.get("status") not in set(Status):
        raise InvalidInput("Choose the status the people begin with.")
    order = imports.StartImport(
        path, PurePosixPath(name).name, asked.get("programme", ""), Status(asked["status"])
    )
    return imports.start(actor, order)


def _offer(actor: Actor) -> dict[str, str]:
    require(actor, Permission.IMPORT)
    return {one.code: one.name for one in programmes.list_programmes(actor)}


def _show(request: Request, actor: Actor, offered: dict[str, str], *, is_demo: bool) -> Response:
    csrf, nonce = forms.csrf_token(request), secrets.token_urlsafe(16)
    with speaking(actor.language):
        lead = _("At most {n} MB. Stay on this page until the file has arrived.", n=_largest_mb())
        response = layout.show_page(
            _("Bring in a large file"),
            f'<p class="lead">{escape(lead)}</p>{_form(offered)}'
            f'<script nonce="{nonce}">{_script(csrf)}</script>',
            banner=layout.write_demo_band() if is_demo else "",
            links=f'<a href="/import_data">{escape(_("Back"))}</a>',
        )
    response.headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
    forms.keep_csrf(request, response, csrf)
    return response


def _largest_mb() -> int:
    return min(LARGEST_STREAM, read_settings().largest_upload) >> 20


def _form(offered: dict[str, str]) -> str:
    statuses = {str(one): label_code(str(one)) for one in Status}
    return (
        f'<form id="send"><label for="file">{escape(_("File"))}</label>'
        '<input id="file" type="file" required>'
        f"{_choice('programme', _('Programme they are enrolled in'), offered)}"
        f"{_choice('status', _('Status they begin with'), statuses)}"
        f'<button type="submit">{escape(_("Send the file"))}</button>'
        '<p id="state" role="status" aria-live="polite"></p>'
        f'<p id="next" hidden><a>{escape(_("Go on to the import"))}</a></p>'
        '<progress id="bar" max="100" value="0" hidden style="width:100%"></progress></form>'
    )


def _choice(name: str, label: str, options: dict[str, str]) -> str:
    entries = "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>'
        for value, text in options.items()
    )
    return f'<label for="{name}">{escape(label)}</label><select id="{name}">{entries}</select>'


def _script(csrf: str) -> str:
    words = {
        "sending": _("Sending: {percent} %", percent="%"),
        "reading": _("The file has arrived. Reading it …"),
        "broken": _("The connection broke. Send the file again."),
    }
    return _SCRIPT.substitute(
        csrf=forms.as_script(csrf), words=forms.as_script(words), largest=_largest_mb() << 20
    )
