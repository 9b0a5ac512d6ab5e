"""The real routes and the real gate around a page that tells what reached it."""

import re
from collections.abc import Iterator

import pytest
from httpx import Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from core.http import MIDDLEWARE, ROUTES
from tests.conftest import Registry
from tests.people import PASSWORD, People, add_people

HOST = "caseload.example"
HTML = {"accept": "text/html"}


async def tell(request: Request) -> JSONResponse:
    return JSONResponse(dict(request.headers))


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(dict(websocket.headers))
    await websocket.close()


def make_app() -> Starlette:
    inside = [WebSocketRoute("/_stcore/stream", greet), Route("/{path:path}", tell)]
    return Starlette(routes=[*ROUTES, *inside], middleware=MIDDLEWARE)


@pytest.fixture
def people(embedded: Registry) -> People:
    """The five in a registry on the embedded engine; services are tested on both."""
    return add_people()


@pytest.fixture
def client(people: People) -> Iterator[TestClient]:
    with TestClient(make_app(), f"http://{HOST}", follow_redirects=False) as made:
        yield made


def find_csrf(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found
    return found[1]


def send_sign_in(client: TestClient, name: str = "amina", **changed: str) -> Response:
    csrf = find_csrf(client.get("/sign-in", headers=HTML).text)
    fields = {"csrf": csrf, "name": name, "password": PASSWORD, "next": "/"} | changed
    return client.post("/sign-in", data=fields)
