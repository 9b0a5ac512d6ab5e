"""HTTP sources: pages, proofs of who asks, patience, and the limits of an answer."""

import gzip
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput, RegistryError
from core.etl.connect import (
    Limits,
    SourceFailed,
    check_options,
    fetch_to_file,
    find_connector,
    http_api,
)
from core.etl.connect._hosts import HostRefused
from tests.etl.connecting import DAY, Waits, allowing, asked, fetched
from tests.etl.source_server import PASSWORD, TOKEN, USER, Answer, Query, Remote, serving

ROWS = [{"id": n, "name": f"Person {n}"} for n in range(7)]
HTTP = find_connector("http")


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    with serving(Remote(at=DAY)) as server, allowing(monkeypatch, f"127.0.0.1:{server.port}"):
        yield server


def lists(remote: Remote, kind: str) -> dict[str, Any]:
    """Make the server turn pages in one of five ways; return the options that read it."""
    size = 3

    def page(query: Query) -> Answer:
        if kind == "none":
            return Answer(ROWS)
        at = int(query.get("at", 0)) * (size if kind == "page" else 1)
        rows, after = ROWS[at : at + size], at + size
        following = f"/people?at={after}" if after < len(ROWS) else None
        document = {"data": {"items": rows}, "links": {"next": following}}
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        if kind == "cursor":
            document["links"] = {"next": str(after) if after < len(ROWS) else ""}
        return Answer(document, headers=headers if kind == "link" else {})

    remote.routes["/people"] = page
    options = {"url": f"{remote.url}/people", "key": "id", "rows": "data/items", "paging": kind}
    if kind == "none":
        return {**options, "rows": ""}
    if kind == "link":
        return {**options, "paging": "next_url"}
    if kind in ("next_url", "cursor"):
        options["next"] = "links/next"
    more = {"page_parameter": "at"} if kind in ("cursor", "offset", "page") else {}
    return {**options, **more, **({"first_page": "0"} if kind == "page" else {})}


@pytest.mark.parametrize("kind", ["none", "next_url", "link", "cursor", "offset", "page"])
def test_every_record_comes_once_however_pages_are_turned(
    remote: Remote, tmp_path: Path, kind: str
) -> None:
    options = lists(remote, kind)
    check_options(HTTP, options)

    rows, _ = fetched(HTTP, asked(options), tmp_path)

    assert rows == ROWS
    assert len(remote.asked) == {"none": 1, "offset": 4, "page": 4}.get(kind, 3)


def test_a_source_that_repeats_its_last_page_ends_there(remote: Remote, tmp_path: Path) -> None:
    options = lists(remote, "page")
    turning = remote.routes["/people"]
    remote.routes["/people"] = lambda q: turning({"at": str(min(int(q["at"]), 2))})

    rows, _ = fetched(HTTP, asked(options), tmp_path)

    assert rows == ROWS


def test_a_record_that_a_shifted_page_brings_twice_is_written_once(
    remote: Remote, tmp_path: Path
) -> None:
    def page(query: Query) -> Answer:
        at = int(query["at"])
        return Answer([{"id": n} for n in range(10)][max(0, at - 1) : at + 3] if at < 9 else [])

    remote.routes["/people"] = page
    options = {"url": f"{remote.url}/people", "key": "id", "paging": "offset"}
    options["page_parameter"] = "at"

    rows, _ = fetched(HTTP, asked(options), tmp_path)

    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})


PROOFS = {
    "none": ({}, None),
    "basic": ({"user": USER}, "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()),
    "bearer": ({}, f"Bearer {TOKEN}"),
    "token": ({}, f"Token {TOKEN}"),
    "oauth2": ({"client_id": "us", "token_url": "/oauth"}, "Bearer of-oauth"),
    "session": ({"user": USER, "session_url": "/v1/sessions"}, "Bearer session-1"),
}
ALL_SECRETS = {"token": TOKEN, "password": PASSWORD, "client_secret": "c1", "api_key": "k&y="}


@pytest.mark.parametrize("kind", PROOFS)
def test_a_request_says_who_asks(remote: Remote, tmp_path: Path, kind: str) -> None:
    more, wanted = PROOFS[kind]
    options: dict[str, Any] = {**lists(remote, "none"), "auth": kind, **more}
    remote.routes["/oauth"] = lambda _query: Answer({"access_token": "of-oauth"})
    for name in ("token_url", "session_url"):
        if name in options:
            options[name] = remote.url + options[name]
    check_options(HTTP, options)

    fetched(HTTP, asked(options, **ALL_SECRETS), tmp_path)

    assert remote.headers[-1].get("Authorization") == wanted


def test_a_key_goes_into_a_header_or_a_parameter(remote: Remote, tmp_path: Path) -> None:
    options = lists(remote, "none")

    fetched(HTTP, asked({**options, "auth": "api_key_header"}, **ALL_SECRETS), tmp_path)
    query = {**options, "auth": "api_key_query", "api_key_name": "key"}
    fetched(HTTP, asked(query, **ALL_SECRETS), tmp_path)

    assert remote.headers[0]["X-API-Key"] == "k&y="
    assert remote.asked[1] == "/people?key=k%26y%3D"


def test_a_session_that_ended_is_opened_once_more(remote: Remote, tmp_path: Path) -> None:
    options = {**lists(remote, "none"), "auth": "session", "user": USER}
    options["session_url"] = f"{remote.url}/v1/sessions"
    remote.moods = ["as usual", Answer(status=401)]

    rows, _ = fetched(HTTP, asked(options, **ALL_SECRETS), tmp_path)

    assert (rows, remote.sessions) == (ROWS, 2)


def read(remote: Remote, waits: Waits, read_s: float = 60.0) -> list[Any]:
    pages = http_api.fetch(asked(lists(remote, "none")), waits.clock(read_s))
    return [row for page in pages for row in page.rows]


RETRY = {
    "seconds": (Answer(status=429, headers={"Retry-After": "17"}), 17.0),
    "a date": (
        Answer(status=503, headers={"Retry-After": "Thu, 01 Oct 2026 12:01:30 GMT"}),
        90.0,
    ),
    "a past date": (
        Answer(status=429, headers={"Retry-After": "Thu, 01 Oct 2026 11:00:00 GMT"}),
        0.0,
    ),
    "nothing": (Answer(status=502), 2.0),
    "nonsense": (Answer(status=500, headers={"Retry-After": "soon"}), 2.0),
}


@pytest.mark.parametrize(("mood", "wait"), RETRY.values(), ids=RETRY)
def test_it_waits_as_long_as_the_source_asks(remote: Remote, mood: Answer, wait: float) -> None:
    waits = Waits()
    remote.moods = [mood]

    assert read(remote, waits) == ROWS
    assert waits.slept == [wait]


def test_what_breaks_off_or_takes_too_long_is_asked_again(remote: Remote) -> None:
    waits = Waits()
    remote.moods = ["break off", "slow", Answer(body=b'[{"id"', headers={})]
    with pytest.raises(SourceFailed, match="not answer in JSON"):
        read(remote, waits, read_s=0.2)
    remote.moods = ["slow"]

    assert read(remote, waits, read_s=0.2) == ROWS
    assert waits.slept == [2.0, 4.0, 2.0]


def test_it_gives_up_after_five_tries_and_at_once_where_the_wait_is_too_long(
    remote: Remote,
) -> None:
    waits = Waits()
    remote.moods = [Answer(status=503)] * 9
    with pytest.raises(SourceFailed, match=r"status 503\. It was tried 5 times"):
        read(remote, waits)
    assert waits.slept == [2.0, 4.0, 8.0, 16.0]

    remote.moods = [Answer(status=429, headers={"Retry-After": "86400"})]
    with pytest.raises(SourceFailed, match="status 429"):
        read(remote, waits)
    assert len(waits.slept) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_other_refusals_are_never_repeated(remote: Remote, status: int) -> None:
    waits = Waits()
    remote.moods = [Answer(status=status)]

    with pytest.raises(SourceFailed, match=f"status {status}"):
        read(remote, waits)
    assert (len(remote.asked), waits.slept) == (1, [])


def test_numbers_keep_their_digits(remote: Remote, tmp_path: Path) -> None:
    said = b'[{"id": 12345678901234567890, "score": 0.10, "big": 1e400, "lone": "\\ud800"}]'
    remote.routes["/people"] = lambda _query: Answer(body=said)

    rows, _ = fetched(HTTP, asked({"url": f"{remote.url}/people"}), tmp_path)

    assert rows[0]["id"] == 12345678901234567890
    assert (rows[0]["score"], rows[0]["big"]) == ("0.10", "1e400")


BAD = {
    "no JSON": b"<html>",
    "not a number": b'[{"a": NaN}]',
    "too deep": b"[" * 100_000,
    "no list": b'{"a": 1}',
    "no records": b"[1, 2]",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_an_answer_that_is_no_list_of_records_is_refused(
    remote: Remote, tmp_path: Path, body: bytes
) -> None:
    remote.routes["/people"] = lambda _query: Answer(body=body)

    with pytest.raises(SourceFailed):
        fetched(HTTP, asked({"url": f"{remote.url}/people"}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_swells_when_unpacked_is_cut_off(remote: Remote, tmp_path: Path) -> None:
    bomb = gzip.compress(b"[" + b" " * (80 * 1024**2) + b"]", 9)
    remote.routes["/people"] = lambda _q: Answer(body=bomb, headers={"Content-Encoding": "gzip"})

    with pytest.raises(SourceFailed, match="too much"):
        fetched(HTTP, asked({"url": f"{remote.url}/people"}), tmp_path)


@pytest.mark.parametrize("limits", [Limits(rows=6), Limits(size=60)])
def test_an_answer_over_the_limit_leaves_no_file(
    remote: Remote, tmp_path: Path, limits: Limits
) -> None:
    what = asked(lists(remote, "offset"))

    with pytest.raises(SourceFailed, match="more than one import may hold"):
        fetch_to_file(HTTP, what, tmp_path / "answer.jsonl", limits)
    assert list(tmp_path.iterdir()) == []


def test_a_source_without_an_end_is_stopped(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.etl.connect._paging.MOST_PAGES", 5)
    remote.routes["/people"] = lambda query: Answer([{"id": query["at"]}])
    options = {"url": f"{remote.url}/people", "paging": "offset", "page_parameter": "at"}

    with pytest.raises(SourceFailed, match="did not come to an end"):
        fetched(HTTP, asked(options), tmp_path)


def test_only_what_changed_is_asked_for_with_an_hour_read_again(
    remote: Remote, tmp_path: Path
) -> None:
    remote.routes["/people"] = lambda _query: Answer([{"id": 1, "at": "2026-10-01T11:00:00Z"}])
    options = {"url": f"{remote.url}/people", "key": "id", "cursor": "at"}
    options["since_parameter"] = "since"

    _, first = fetched(HTTP, asked(options), tmp_path)
    fetched(HTTP, asked(options, first), tmp_path)
    fetched(HTTP, asked(options, first, DAY + timedelta(days=7)), tmp_path)

    assert (first["value"], first["id"]) == ("2026-10-01T11:00:00Z", "1")
    assert remote.asked == ["/people", "/people?since=2026-10-01T10%3A00%3A00.000Z", "/people"]


def test_the_cursor_never_passes_the_clock_of_the_source(remote: Remote, tmp_path: Path) -> None:
    remote.at = DAY - timedelta(hours=2)
    moments = ("2026-10-01T09:59:59Z", "2026-10-01T10:00:01Z", "2099-01-01T00:00:00Z")
    rows = [{"id": n, "at": at} for n, at in enumerate(moments)]
    remote.routes["/people"] = lambda _query: Answer(rows)
    options = {"url": f"{remote.url}/people", "key": "id", "cursor": "at"}

    found, cursor = fetched(HTTP, asked(options), tmp_path)

    assert (len(found), cursor["value"]) == (3, moments[0])


WRONG = {
    "an unknown option": {"url": "https://x.org", "colour": "red"},
    "no address": {},
    "an unknown paging": {"url": "https://x.org", "paging": "spiral"},
    "an offset without its parameter": {"url": "https://x.org", "paging": "offset"},
    "no user": {"url": "https://x.org", "auth": "basic"},
    "no number": {"url": "https://x.org", "size": "many"},
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
def test_options_that_cannot_work_are_refused(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str]
) -> None:
    with allowing(monkeypatch, "x.org"), pytest.raises(InvalidInput):
        check_options(HTTP, options)


SECRET_PLACES = {
    "a refusal": [Answer(status=403)],
    "no JSON": [Answer(body=b"x")],
    "broken off": ["break off"] * 5,
    "elsewhere": [Answer(status=302, headers={"Location": "https://evil.example/?q=1"})],
}


@pytest.mark.parametrize("moods", SECRET_PLACES.values(), ids=SECRET_PLACES)
@pytest.mark.parametrize("kind", ["basic", "bearer", "api_key_query", "api_key_header"])
def test_no_secret_stands_in_an_error_or_a_log(
    remote: Remote, caplog: pytest.LogCaptureFixture, moods: list[Any], kind: str
) -> None:
    caplog.set_level("DEBUG")
    remote.moods = list(moods)
    secrets = {"password": "s3cr3t!", "token": "s3cr3t!", "api_key": "s3cr3t!"}
    what = asked({**lists(remote, "none"), "auth": kind, "user": "ada"}, **secrets)

    with pytest.raises(RegistryError) as caught:
        list(http_api.fetch(what, Waits().clock()))

    chain = [str(caught.value), repr(caught.value), repr(what)]
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "s3cr3t" not in "".join([*chain, caplog.text])
    assert isinstance(caught.value, SourceFailed | HostRefused)
