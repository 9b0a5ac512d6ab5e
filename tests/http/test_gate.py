"""Nothing gets through the gate without a valid session, by HTTP or by websocket."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from core.domain.accounts import SESSION_COOKIE
from core.domain.permissions import Role
from core.http.gate import LARGEST_FORM
from core.models import UserSession
from core.services import accounts
from core.services.accounts import NewUser
from core.settings import now, read_settings
from core.storage.database import transaction
from tests.http.conftest import HOST, HTML, send_sign_in
from tests.people import People

PATHS = ("/", "/active", "/beneficiary?id=7", "/sign-in/", "//sign-in", "/change-password", "/x")
ASSETS = (
    "/static/js/index.js",
    "/media/x.csv",
    "/_stcore/metrics",
    "/_stcore/health",
    "/download/x",
)
STREAM = f"ws://{HOST}/_stcore/stream"


@pytest.mark.parametrize("path", PATHS)
def test_a_page_without_a_session_leads_to_the_sign_in_and_back(
    client: TestClient, path: str
) -> None:
    answer = client.get(f"http://{HOST}{path}", headers=HTML)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={quote(path, safe='')}"
    assert answer.text == ""


@pytest.mark.parametrize("path", [*PATHS, *ASSETS])
def test_anything_else_without_a_session_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"accept": "*/*"}).status_code == 401
    assert client.post(path).status_code == 401
    if path in ASSETS:
        assert client.get(path, headers=HTML).status_code == 401


@pytest.mark.parametrize("token", ["x", "", "0" * 43, '"; drop'])
def test_an_invented_cookie_is_no_session(client: TestClient, token: str) -> None:
    headers = {"cookie": f"{SESSION_COOKIE}={token}"}

    assert client.get("/active", headers=headers).status_code == 401
    assert refuses_websocket(client, origin=f"http://{HOST}", **headers)


def test_an_expired_session_is_refused(client: TestClient) -> None:
    send_sign_in(client)
    assert client.get("/active").status_code == 200
    with transaction() as db:
        db.execute(update(UserSession).values(seen_at=now() - timedelta(minutes=31)))

    assert client.get("/active").status_code == 401
    assert refuses_websocket(client, origin=f"http://{HOST}")


def test_a_websocket_opens_for_a_session_on_our_own_page(client: TestClient) -> None:
    send_sign_in(client)

    with client.websocket_connect(STREAM, headers={"origin": f"http://{HOST}"}) as socket:
        assert socket.receive_json()["x-caseload-user"] == "amina"


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "", f"http://{HOST}.evil"])
def test_a_websocket_from_elsewhere_or_nowhere_is_refused(
    client: TestClient, origin: str | None
) -> None:
    send_sign_in(client)

    assert refuses_websocket(client, origin=origin)


def test_a_websocket_without_a_session_is_refused(client: TestClient) -> None:
    assert refuses_websocket(client, origin=f"http://{HOST}")


def test_only_the_gate_says_who_asks(client: TestClient) -> None:
    send_sign_in(client)
    forged = {"X-Caseload-User": "chen", "x-caseload-roles": "ADMINISTRATOR"}

    told = client.get("/active", headers=forged).json()

    assert {name: value for name, value in told.items() if name.startswith("x-caseload")} == {
        "x-caseload-user": "amina"
    }


def test_a_forged_name_opens_nothing(client: TestClient) -> None:
    assert client.get("/active", headers={"x-caseload-user": "chen"}).status_code == 401


def test_a_one_time_password_reaches_only_the_page_that_replaces_it(
    client: TestClient, people: People
) -> None:
    password = accounts.add_user(people.chen, NewUser("femi", Role.VIEWER))
    assert send_sign_in(client, "femi", password=password).headers["location"] == "/change-password"

    assert client.get("/active", headers=HTML).headers["location"] == "/change-password"
    assert client.get("/static/js/index.js").status_code == 401
    assert refuses_websocket(client, origin=f"http://{HOST}")
    assert client.get("/change-password", headers=HTML).status_code == 200


def test_a_body_without_end_or_too_large_is_refused(client: TestClient) -> None:
    send_sign_in(client)

    assert client.post("/sign-in", content=iter([b"x"])).status_code == 411
    assert client.post("/sign-in", content=b"x" * (LARGEST_FORM + 1)).status_code == 413
    assert client.post("/x", headers={"content-length": "-1"}).status_code == 413


def test_only_named_hosts_are_served_when_any_are_named(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELOAD_ALLOWED_HOSTS", f"localhost,{HOST}")
    read_settings.cache_clear()

    assert client.get("/sign-in").status_code == 200
    assert client.get("/sign-in", headers={"host": "evil.example"}).status_code == 400
    assert client.get("/sign-in", headers={"host": f"{HOST}:8501"}).status_code == 200
    read_settings.cache_clear()


def refuses_websocket(client: TestClient, origin: str | None, **headers: str) -> bool:
    sent = headers | ({} if origin is None else {"origin": origin})
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(STREAM, headers=sent):
        return False
    return True
