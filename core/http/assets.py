"""Streamlit's own scripts, compressed: it sends them as they are, three times as large."""

import asyncio
import gzip
import re
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The names carry a digest of their content, so that one kept is right for good.
_SCRIPT = re.compile(r"/static/(js|css)/[\w.-]+\.(js|css)")
_CONDITIONAL = (b"if-none-match", b"if-modified-since", b"range")
_KEPT_HEADERS = ("content-type", "cache-control")


@dataclass
class _Answer:
    """An answer of the application, collected."""

    status: int = 500
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    complete: bool = False

    async def collect(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = Headers(raw=message["headers"])
        else:
            self.body += message.get("body", b"")
            self.complete = not message.get("more_body", False)


class CompressedScripts:
    """Squeezes each script once, at its first request, and keeps it: a few MB in all."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: dict[str, Response] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_wanted(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self.kept:
            answer = await self._ask(scope)
            if answer.status != 200 or not answer.complete:
                await self.app(scope, receive, send)
                return
            self.kept[path] = await run_in_threadpool(_squeeze, answer)
        await self.kept[path](scope, receive, send)

    async def _ask(self, scope: Scope) -> _Answer:
        """Return the application's whole answer, neither a part of it nor "not modified".

        It is asked without the reader's ear: one who leaves half-way would cut it short, and the
        half would be kept for everybody.
        """
        headers = [pair for pair in scope["headers"] if pair[0] not in _CONDITIONAL]
        answer = _Answer()
        whole: Scope = {**scope, "headers": headers, "extensions": {}}
        await self.app(whole, _hear_nothing, answer.collect)
        return answer


async def _hear_nothing() -> Message:
    """Stand for a reader who stays: nothing more comes from them, not even that they left."""
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets was set")


def _is_wanted(scope: Scope) -> bool:
    return bool(
        scope["type"] == "http"
        and scope["method"] == "GET"
        and _SCRIPT.fullmatch(scope["path"])
        and "gzip" in Headers(scope=scope).get("accept-encoding", "")
    )


def _squeeze(answer: _Answer) -> Response:
    kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    extra = {"content-encoding": "gzip", "vary": "Accept-Encoding"}
    return Response(gzip.compress(answer.body, 6), headers=kept | extra)
