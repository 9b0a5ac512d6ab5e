"""The whole application as it is served: the first request after a start meets the gate."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FILES, ROOT

READY_WITHIN_S = 60
OPENING = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture(scope="module")
def server(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """The host and port of a server that nobody has asked for a page yet."""
    folder = tmp_path_factory.mktemp("served")
    for name in FILES:
        shutil.copy(sqlite_template / name, folder / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"CASELOAD_DATA_DIR": str(folder), "CASELOAD_SCHEDULER": "off"}
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    with (folder / "log.txt").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log
        )
        try:
            wait_until_ready(running, port)
            yield "127.0.0.1", port
        finally:
            running.terminate()
            running.wait(20)


def wait_until_ready(running: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end and running.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail("the server did not start")


def ask(server: tuple[str, int], path: str, **headers: str) -> tuple[int, str, bytes]:
    """The status, the place it points to and the body of one answer."""
    connection = http.client.HTTPConnection(*server, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("location", ""), answer.read()
    finally:
        connection.close()


def test_a_deep_link_right_after_a_start_leads_to_the_sign_in_and_shows_nothing_else(
    server: tuple[str, int],
) -> None:
    status, location, body = ask(server, "/active?sex=FEMALE", Accept="text/html")

    assert (status, location, body) == (303, "/sign-in?next=%2Factive%3Fsex%3DFEMALE", b"")


def test_the_websocket_is_refused_without_a_session(server: tuple[str, int]) -> None:
    own = f"http://{server[0]}:{server[1]}"

    for headers in ({"Origin": own}, {}, {"Origin": "http://evil.example"}):
        assert ask(server, "/_stcore/stream", **OPENING, **headers)[0] == 403


@pytest.mark.parametrize(
    "path",
    ["/", "/static/index.html", "/_stcore/health", "/_stcore/metrics", "/_stcore/host-config"],
)
def test_nothing_of_streamlit_is_served_without_a_session(
    server: tuple[str, int], path: str
) -> None:
    status, _location, body = ask(server, path)

    assert (status, body) == (401, b"Sign in first.")


def test_the_sign_in_page_and_the_health_are_open(server: tuple[str, int]) -> None:
    assert ask(server, "/sign-in")[0] == 200
    assert ask(server, "/healthz")[2] == b"ok"
