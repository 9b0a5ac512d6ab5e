"""A local HTTP server that speaks as KoboToolbox, ODK Central and plain list APIs do.

Its clock is the test's; it can be told to answer 429, to break off, to be slow, and to lie.
"""

import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Record = dict[str, Any]
Query = dict[str, str]
TOKEN, PASSWORD, USER = "t0ken-of-the-test", "pässword of the test", "ada@example.org"
KOBO_TIME = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True)
class Answer:
    """What the server sends."""

    document: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass
class Remote:
    """The server's data, clock and moods; `asked` keeps every address it was asked for."""

    at: datetime = datetime(2026, 10, 1, tzinfo=UTC)
    records: list[Record] = field(default_factory=list)
    survey: list[Record] = field(default_factory=list)
    moods: list[Answer | str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    routes: dict[str, Callable[[Query], Answer]] = field(default_factory=dict)
    before_page: Callable[[], None] | None = None
    sessions: int = 0
    page_size: int = 1000
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, query: Query, headers: dict[str, str]) -> Answer:
        if path in self.routes:
            return self.routes[path](query)
        if path == "/v1/sessions":
            self.sessions += 1
            return Answer({"token": f"session-{self.sessions}"})
        if path.startswith("/api/v2/assets/"):
            return self._kobo(path, query, headers.get("Authorization", ""))
        if path.endswith(".svc/Submissions"):
            return self._odk(path, query, headers.get("Authorization", ""))
        return Answer({"detail": "Not found."}, 404)

    def _kobo(self, path: str, query: Query, proof: str) -> Answer:
        if proof != f"Token {TOKEN}":
            return Answer({"detail": "Invalid token."}, 401)
        if not path.endswith("/data/"):
            return Answer({"uid": "aForm", "content": {"survey": self.survey}})
        wanted = json.loads(query.get("query", "{}"))
        fit = [row for row in self.records if _fits(row, wanted)]
        sort = next(iter(json.loads(query.get("sort", '{"_id": 1}'))))
        fit.sort(key=lambda row: row[sort])
        start, limit = int(query.get("start", 0)), min(int(query.get("limit", 100)), self.page_size)
        page = fit[start : start + limit]
        more = start + limit < len(fit)
        following = f"{self.url}{path}?{urlencode({**query, 'start': start + limit})}"
        return Answer({"count": len(fit), "next": following if more else None, "results": page})

    def _odk(self, path: str, query: Query, proof: str) -> Answer:
        basic = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if proof not in (f"Bearer session-{self.sessions}", f"Basic {basic}"):
            return Answer({"message": "Could not authenticate."}, 401)
        asked = dict(re.findall(r"__system/(\w+) ge (\S+)", query.get("$filter", "")))
        fit = [row for row in self.records if not asked or _moved(row, asked)]
        # Newest first, and pages by a token, as ODK Central does.
        fit.sort(key=lambda row: (row["__system"]["submissionDate"], row["__id"]), reverse=True)
        if after := query.get("$skiptoken"):
            place = [row["__id"] for row in fit].index(after)
            fit = fit[place + 1 :]
        size = min(int(query["$top"]), self.page_size)
        document: Record = {"value": fit[:size]}
        if len(fit) > size:
            said = {**query, "$skiptoken": fit[size - 1]["__id"]}
            document["@odata.nextLink"] = f"{self.url}{path}?{urlencode(said)}"
        return Answer(document)


def _fits(row: Record, wanted: Record) -> bool:
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "$gt": lambda a, b: a > b,
        "$gte": lambda a, b: a >= b,
        "$lte": lambda a, b: a <= b,
    }
    return all(
        tests[operator](row[name], value)
        for name, condition in wanted.items()
        for operator, value in condition.items()
    )


def _moved(row: Record, asked: Query) -> bool:
    """Whether one of the moments asked about is late enough; an empty one is not."""
    return any((row["__system"][name] or "") >= least for name, least in asked.items())


def odk_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    remote: Remote

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._do()

    def _do(self) -> None:
        remote = self.remote
        remote.asked.append(self.path)
        remote.headers.append(dict(self.headers))
        mood = remote.moods.pop(0) if remote.moods else None
        if mood == "break off":
            self.close_connection = True
            return
        if mood == "slow":
            time.sleep(0.6)
        if isinstance(mood, Answer):
            self._send(mood)
            return
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if remote.before_page:
            remote.before_page()
        self._send(remote.answer(parts.path, query, dict(self.headers)))

    def _send(self, answer: Answer) -> None:
        body = answer.body if answer.body is not None else json.dumps(answer.document).encode()
        self.send_response_only(answer.status)
        self.send_header("Date", format_datetime(self.remote.at, usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed or gave up is no failure of the test."""


@contextmanager
def serving(remote: Remote) -> Iterator[Remote]:
    """Answer on a free port of this machine for as long as the block lasts."""
    handler = type("Handler", (_Handler,), {"remote": remote})
    with _Server(("127.0.0.1", 0), handler) as server:
        remote.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield remote
        finally:
            server.shutdown()
            thread.join()
