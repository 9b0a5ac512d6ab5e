"""A source is read from listed hosts at public addresses, whatever is typed or answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import RegistryError
from core.etl.connect import check_options, find_connector, http_api
from core.etl.connect._client import Client
from core.etl.connect._hosts import HostRefused, check_host
from tests.etl.connecting import DAY, Waits, allowing, asked, fetched
from tests.etl.source_server import Answer, Remote, serving

HTTP = find_connector("http")
PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two public hosts, and one of the own network with its port."""
    with allowing(monkeypatch, "api.example.org", "odk.example.org", "db.internal:5432"):
        yield


REFUSED = (
    "http://api.example.org/",
    "ftp://api.example.org/",
    "file:///etc/passwd",
    "gopher://api.example.org/",
    "//api.example.org/",
    "https://",
    "https://evil.example/",
    "https://api.example.org.evil.example/",
    "https://evil.example/api.example.org",
    "https://api.example.org@evil.example/",
    "https://evil.example@api.example.org/",
    "https://user:password@api.example.org/",
    "https://api.example.org%40evil.example/",
    "https://api.example.org\\@evil.example/",
    "https://api.example.org:8443/",
    "https://api.example.org:99999/",
    "https://api.example.org:port/",
    "https://evil.example#@api.example.org/",
    "https://evil.example?@api.example.org/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::1",
    "https://0/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://017700000001/",
    "https://127.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/",
    "https://db.internal/",
    "http://db.internal:5433/",
    "https://ａpi.example.org.evil.example/",
    "https://api。example.org/",
)


@pytest.mark.parametrize("url", REFUSED)
def test_no_other_address_is_taken(url: str) -> None:
    with pytest.raises(RegistryError):
        check_options(HTTP, {"url": url})
    with pytest.raises(RegistryError):
        list(http_api.fetch(asked({"url": url}), Waits().clock()))


@pytest.mark.parametrize("url", ["https://api.example.org/x", "https://API.example.org:443/x"])
def test_a_listed_host_is_taken_at_its_usual_port(url: str) -> None:
    check_options(HTTP, {"url": url})


INSIDE = (
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0",
    "169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "::", "::1",
    "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_listed_name_that_leads_inside_is_refused(address: str) -> None:
    for addresses in ([address], [PUBLIC, address]):
        with pytest.raises(HostRefused, match="private network"):
            check_host("api.example.org", 443, 443, lambda _host, _port, a=addresses: a)


def test_only_a_host_listed_with_its_port_may_stand_inside() -> None:
    assert check_host("db.internal", 5432, 5432, lambda *_: ["10.0.0.5"]) == ["10.0.0.5"]
    for port in (5433, 443):
        with pytest.raises(HostRefused):
            check_host("db.internal", port, 5432, lambda *_: ["10.0.0.5"])
    with pytest.raises(HostRefused):
        check_host("db.internal", 5432, 5432, lambda *_: ["169.254.169.254"])


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with serving(Remote(at=DAY)) as remote, allowing(monkeypatch, f"api.example.org:{remote.port}"):
        remote.routes["/"] = lambda _query: Answer([1])
        url = f"http://api.example.org:{remote.port}/"
        client = Client(url, Waits().clock(), lambda _host, _port: next(answers))

        assert client.get(url).document == [1]
        client.close()

    # The name itself has no address here: the connection went to the one that was checked.
    assert remote.headers[0]["Host"] == f"api.example.org:{remote.port}"


ELSEWHERE = (
    "https://api.example.org/next",
    "http://127.0.0.1:1/next",
    "http://localhost:{port}/next",
    "http://169.254.169.254/latest",
    "http://127.0.0.1:{port}@evil.example/",
    "//evil.example/next",
    "file:///etc/passwd",
    "http://[::1]:{port}/next",
)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_next_page_elsewhere_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str
) -> None:
    with (
        serving(Remote(at=DAY)) as remote,
        allowing(monkeypatch, f"127.0.0.1:{remote.port}", "api.example.org"),
    ):
        following = target.format(port=remote.port)
        remote.routes["/p"] = lambda _query: Answer({"rows": [{"id": 1}], "next": following})
        options = {"url": f"{remote.url}/p", "rows": "rows", "paging": "next_url", "next": "next"}

        with pytest.raises(HostRefused):
            fetched(HTTP, asked({**options, "auth": "bearer"}, token="t"), tmp_path)

    assert len(remote.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_redirect_elsewhere_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, status: int, target: str
) -> None:
    with (
        serving(Remote(at=DAY)) as remote,
        allowing(monkeypatch, f"127.0.0.1:{remote.port}", "api.example.org"),
    ):
        moved = Answer(status=status, headers={"Location": target.format(port=remote.port)})
        remote.routes["/p"] = lambda _query: moved

        with pytest.raises(HostRefused):
            list(http_api.fetch(asked({"url": f"{remote.url}/p"}), Waits().clock()))

    assert len(remote.asked) == 1


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(Remote(at=DAY)) as remote, allowing(monkeypatch, f"127.0.0.1:{remote.port}"):
        remote.routes["/p"] = lambda _q: Answer(status=301, headers={"Location": "/q"})
        remote.routes["/q"] = lambda _q: Answer([{"id": 1}])
        remote.routes["/r"] = lambda _q: Answer(status=302, headers={"Location": "/r"})

        (page,) = http_api.fetch(asked({"url": f"{remote.url}/p"}), Waits().clock())
        assert page.rows == [{"id": 1}]
        with pytest.raises(RegistryError, match="without end"):
            list(http_api.fetch(asked({"url": f"{remote.url}/r"}), Waits().clock()))


def test_proxies_of_the_environment_have_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(Remote(at=DAY)) as remote, allowing(monkeypatch, f"127.0.0.1:{remote.port}"):
        remote.routes["/p"] = lambda _query: Answer([{"id": 1}])

        (page,) = http_api.fetch(asked({"url": f"{remote.url}/p"}), Waits().clock())

    assert page.rows == [{"id": 1}]


@pytest.mark.parametrize("kind", ["kobo", "odk"])
def test_the_presets_hold_the_same_walls(kind: str) -> None:
    more = {"kobo": {"asset": "aB1"}, "odk": {"project": "1", "form": "f", "user": "u"}}[kind]
    for url in ("http://api.example.org", "https://evil.example", "https://127.0.0.1"):
        with pytest.raises(HostRefused):
            check_options(find_connector(kind), {"url": url, **more})
