"""Scripts travel compressed, and are the same afterwards."""

import asyncio
import gzip
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from core.http.assets import CompressedScripts

TEXT = "const answer = 42;\n" * 500
SCRIPT = "/static/js/index.x1.js"


def make_client(asked: list[str]) -> TestClient:
    async def serve(request: Request) -> Response:
        asked.append(request.url.path)
        if "missing" in request.url.path or "if-none-match" in request.headers:
            return PlainTextResponse("", 304 if "if-none-match" in request.headers else 404)
        headers = {"cache-control": "public, immutable", "content-type": "text/javascript"}
        return PlainTextResponse(TEXT, headers=headers)

    app = Starlette(
        routes=[Route("/{path:path}", serve)], middleware=[Middleware(CompressedScripts)]
    )
    return TestClient(app)


def test_a_script_is_squeezed_once_and_read_as_it_was() -> None:
    asked: list[str] = []
    client = make_client(asked)

    for _ in range(2):
        answer = client.get(SCRIPT, headers={"accept-encoding": "gzip"})
        assert answer.text == TEXT
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "public, immutable"
        assert answer.headers["content-type"] == "text/javascript"
        assert int(answer.headers["content-length"]) == len(gzip.compress(TEXT.encode(), 6))
    assert asked == [SCRIPT]


def test_a_reader_who_has_it_or_cannot_unpack_it_gets_what_fits() -> None:
    client = make_client([])

    headers = {"accept-encoding": "gzip", "if-none-match": '"x"'}
    assert client.get(SCRIPT, headers=headers).text == TEXT
    assert "content-encoding" not in client.get(SCRIPT, headers={"accept-encoding": "br"}).headers


def test_what_is_no_script_or_not_there_is_left_alone() -> None:
    asked: list[str] = []
    client = make_client(asked)

    for path in ("/static/js/missing.js", "/static/js/missing.js", "/static/js//a.js", "/x.js"):
        assert (
            "content-encoding" not in client.get(path, headers={"accept-encoding": "gzip"}).headers
        )
    assert asked[-2:] == ["/static/js//a.js", "/x.js"]


def test_a_reader_who_leaves_half_way_spoils_it_for_nobody(tmp_path: Path) -> None:
    file = tmp_path / "large.js"
    file.write_text(TEXT * 100)

    async def serve(_request: Request) -> Response:
        return FileResponse(file, media_type="text/javascript")

    app = CompressedScripts(Starlette(routes=[Route(SCRIPT, serve)]))

    asyncio.run(leave_at_once(app))

    client = TestClient(app)
    assert client.get(SCRIPT, headers={"accept-encoding": "gzip"}).text == TEXT * 100


async def leave_at_once(app: CompressedScripts) -> None:
    """Ask for the script as one who is gone before the first byte comes."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        await asyncio.sleep(0)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": SCRIPT,
        "raw_path": SCRIPT.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"accept-encoding", b"gzip")],
    }
    await app(scope, receive, send)
