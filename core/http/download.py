"""Files of rows leave here: once, by ticket, to the session that asked for them."""

import re
from itertools import chain
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from core.errors import NotFound, RegistryError
from core.services import exports
from core.services.exports import Outgoing
from core.text import speak, speaking

_SHOWN = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""What a page that is shown may do: look as it does, and nothing else."""


class Download(HTTPEndpoint):
    """Streams the file behind a ticket; 404 for one that is not yours, 410 for one used up."""

    async def get(self, request: Request) -> Response:
        session = request.scope["caseload.session"]
        token = request.path_params["token"]
        try:
            file = await run_in_threadpool(exports.open_download, token, session.token_hash)
            # The first piece comes before the answer begins: what cannot be logged is refused.
            first = await run_in_threadpool(next, file.chunks, b"")
        except RegistryError as error:
            status = 404 if isinstance(error, NotFound) else 410
            with speaking(session.actor.language):
                return PlainTextResponse(speak(error.said), status)
        return StreamingResponse(
            chain((first,), file.chunks),
            media_type=file.media_type,
            headers=_headers(file),
        )

    async def head(self, request: Request) -> Response:
        # A look at the address must not use the ticket up.
        return PlainTextResponse("", 405, headers={"Allow": "GET"})


def _headers(file: Outgoing) -> dict[str, str]:
    said = {"Content-Disposition": write_disposition(file.file_name, inline=file.inline)}
    return said | ({"Content-Security-Policy": _SHOWN} if file.inline else {})


def write_disposition(name: str, *, inline: bool = False) -> str:
    """Return the header that names the file to save or, `inline`, to show, in any script."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    how = "inline" if inline else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
