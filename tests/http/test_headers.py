"""The headers on every answer, and the settings that protect."""

import tomllib

import pytest
from starlette.testclient import TestClient

from tests.conftest import ROOT
from tests.http.conftest import HOST, HTML, make_app, send_sign_in
from tests.people import People

PATHS = ("/sign-in", "/healthz", "/active", "/_stcore/metrics", "/static/x.js")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    for _ in range(2):
        headers = client.get(path, headers=HTML).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers
        assert (headers.get("cache-control") == "no-store") == (path != "/static/x.js")
        send_sign_in(client)


def test_our_own_pages_load_nothing(client: TestClient) -> None:
    answer = client.get("/sign-in", headers=HTML)

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")


def test_over_tls_the_browser_is_told_to_stay_there(people: People) -> None:
    with TestClient(make_app(), f"https://{HOST}") as client:
        assert "strict-transport-security" in client.get("/sign-in").headers


def test_health_says_no_more_than_it_must(client: TestClient) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok")


LOCKED = {
    "server": {
        "address": "127.0.0.1",
        "enableCORS": True,
        "enableXsrfProtection": True,
        "enableStaticServing": False,
        "enableAgentApi": False,
        "maxUploadSize": 50,
        "fileWatcherType": "none",
        "trustedUserHeaders": '{"x-caseload-user": "username"}',
    },
    "browser": {"gatherUsageStats": False},
    "client": {
        "showErrorDetails": "none",
        "showErrorLinks": False,
        "toolbarMode": "viewer",
        "disableDataExport": True,
    },
    "runner": {"magicEnabled": False, "postScriptGC": False},
}


@pytest.mark.parametrize("section", LOCKED)
def test_streamlit_is_set_as_the_walls_need_it(section: str) -> None:
    text = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")

    kept = tomllib.loads(text)[section]

    assert {name: kept.get(name) for name in LOCKED[section]} == LOCKED[section]
