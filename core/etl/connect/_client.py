"""The one HTTP client of the sources: listed hosts only, patient, bounded, mute on secrets."""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from core.errors import InvalidInput, Words
from core.etl.connect import SourceFailed
from core.etl.connect._hosts import HostRefused, Resolver, check_host, is_explicit, resolve

# Below this level the transport writes whole addresses, and a key may stand in one.
logging.getLogger("urllib3").setLevel(logging.INFO)
_PORTS = {"https": 443, "http": 80}
_AGAIN = (429, 500, 502, 503, 504)
_MOVED = (301, 302, 303, 307, 308)
_TRIES, _PATIENCE_S, _REDIRECTS = 5, 600.0, 3
_PAGE_S = 180.0
_PAGE_BYTES, _CHUNK = 64 * 1024**2, 64 * 1024


@dataclass(frozen=True)
class Clock:
    """The moments and waits of a client, and how long it waits to connect and to be answered."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: Callable[[], float] = random.random
    timeouts: tuple[float, float] = (10.0, 60.0)


REAL = Clock()


class Signer(Protocol):
    """Adds to a request what proves who asks; `renew` says whether it has a fresh proof to try."""

    def sign(self, request: requests.PreparedRequest) -> None: ...

    def renew(self) -> bool: ...


@dataclass(frozen=True)
class Reply:
    """One answer: its JSON, the address of the next page where the header names one, its clock."""

    document: Any
    next_url: str | None
    at: datetime | None


class PinnedAdapter(HTTPAdapter):
    """Connects to an address that was just checked, under the name that its certificate bears."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        super().__init__()

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: Any,  # noqa: ANN401 - as the base class has it
        cert: Any = None,  # noqa: ANN401
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        name, usual = str(host["host"]), _PORTS[str(host["scheme"])]
        addresses = check_host(name, int(host["port"] or usual), usual, self._resolver)
        if host["scheme"] == "https":
            pool |= {"server_hostname": name, "assert_hostname": name}
        return {**host, "host": addresses[0]}, pool


class Client:
    """Asks one origin (scheme, host, port) for JSON; every address it follows is of that origin."""

    def __init__(self, url: str, clock: Clock = REAL, resolver: Resolver = resolve) -> None:
        self.clock, self.resolver = clock, resolver
        self._origin = _origin(url)
        self._session = requests.Session()
        # Neither the environment's proxies nor a .netrc of the server's own account has a say.
        self._session.trust_env = False
        for scheme in _PORTS:
            self._session.mount(f"{scheme}://", PinnedAdapter(resolver))
        self._session.headers["User-Agent"] = "Caseload"
        self._session.headers["Accept"] = "application/json"

    def close(self) -> None:
        self._session.close()

    def get(
        self, url: str, params: Mapping[str, str] | None = None, signer: Signer | None = None
    ) -> Reply:
        """Return what an address of the origin answers."""
        return self._ask(requests.Request("GET", url, params=dict(params or {})), signer)

    def post(self, url: str, body: Mapping[str, str], *, form: bool = False) -> Reply:
        """Send a form or JSON to an address of the origin; used to sign in alone."""
        request = requests.Request("POST", url)
        if form:
            request.data = dict(body)
        else:
            request.json = dict(body)
        return self._ask(request, None)

    def _ask(self, request: requests.Request, signer: Signer | None) -> Reply:
        begun = self.clock.monotonic()
        for attempt in range(1, _TRIES + 1):
            prepared = self._prepare(request, signer)
            shown, wait = _shown(str(prepared.url)), None
            try:
                response = self._send(prepared)
                if response.status_code == 401 and attempt == 1 and signer and signer.renew():
                    response.close()
                    continue
                if response.status_code not in _AGAIN:
                    return self._read(response, shown)
                wait = _retry_after(response, self.clock.now())
                said = Words("answers with status {status}", status=response.status_code)
                response.close()
            except requests.Timeout:
                said = Words("does not answer in time")
            except requests.exceptions.SSLError:
                raise SourceFailed("{address} has no valid certificate.", address=shown) from None
            except requests.RequestException:
                said = Words("cannot be reached")
            wait = _backoff(attempt, self.clock.chance()) if wait is None else wait
            left = _PATIENCE_S - (self.clock.monotonic() - begun)
            if attempt == _TRIES or wait > left:
                raise SourceFailed(
                    "{address} {said}. It was tried {attempt} times.",
                    address=shown,
                    said=said,
                    attempt=attempt,
                )
            self.clock.sleep(wait)
        raise AssertionError("unreachable")

    def _prepare(
        self, request: requests.Request, signer: Signer | None
    ) -> requests.PreparedRequest:
        url = str(request.url)
        if _origin(url) != self._origin:
            raise HostRefused(
                "The source points to another host, {address}. It is not followed.",
                address=_shown(url),
            )
        try:
            prepared = self._session.prepare_request(request)
        except requests.RequestException:
            raise InvalidInput("{address} is not a valid address.", address=_shown(url)) from None
        if signer:
            signer.sign(prepared)
        prepared.headers["Host"] = urlsplit(str(prepared.url)).netloc
        return prepared

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        """Send, following a few redirects that stay where they are."""
        for _hop in range(_REDIRECTS + 1):
            response = self._session.send(
                prepared, timeout=self.clock.timeouts, stream=True, allow_redirects=False
            )
            target = response.headers.get("Location")
            if response.status_code not in _MOVED or not target:
                return response
            response.close()
            moved = urljoin(str(prepared.url), target)
            if _origin(moved) != self._origin:
                raise HostRefused(
                    "{address} redirects to another host, {other}. It is not followed.",
                    address=_shown(str(prepared.url)),
                    other=_shown(moved),
                )
            prepared = prepared.copy()
            prepared.url = moved
        raise SourceFailed("{address} redirects without end.", address=_shown(str(prepared.url)))

    def _read(self, response: requests.Response, shown: str) -> Reply:
        with response:
            if response.status_code >= 300:
                raise _refusal(shown, response.status_code)
            body, deadline = bytearray(), self.clock.monotonic() + _PAGE_S
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > _PAGE_BYTES or self.clock.monotonic() > deadline:
                    raise SourceFailed(
                        "{address} sends too much, or too slowly, for one page.", address=shown
                    )
            link = response.links.get("next", {}).get("url")
            return Reply(
                read_document(bytes(body), shown),
                urljoin(response.url, link) if link else None,
                _moment(response.headers.get("Date")),
            )


def _origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address; raises HostRefused for any other kind."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise HostRefused("The source's address is not a valid one.") from None
    usual = _PORTS.get(parts.scheme)
    if usual is None or not parts.hostname or "@" in parts.netloc or "\\" in url:
        raise HostRefused("The source's address must read https://host/path, without a user name.")
    if parts.scheme == "http" and not is_explicit(parts.hostname, port or usual):
        raise HostRefused(
            "{host} must be asked by https. Only a host listed with its port in "
            "CASELOAD_SOURCE_HOSTS may be asked without.",
            host=parts.hostname,
        )
    return parts.scheme, parts.hostname.rstrip("."), port or usual


def check_url(url: str) -> None:
    """Raise HostRefused for an address that could never be asked, InvalidInput for none."""
    _scheme, host, port = _origin(url)
    check_host(host, port, _PORTS[_scheme], lambda _host, _port: [])


def _shown(url: str) -> str:
    """Write an address without its query and user, where a secret may stand."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return Words("The source")
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"[:200]


def _refusal(shown: str, status: int) -> SourceFailed:
    if status in (401, 403):
        return SourceFailed(
            "{address} refuses the account (status {status}). Check its name and secret.",
            address=shown,
            status=status,
        )
    if status == 404:
        return SourceFailed(
            "{address} does not exist (status 404). Check the address and the form's name.",
            address=shown,
        )
    return SourceFailed("{address} answers with status {status}.", address=shown, status=status)


def read_document(body: bytes, shown: str) -> Any:  # noqa: ANN401 - JSON
    """Read JSON; a decimal number stays the text it was, to the digit."""
    try:
        return json.loads(body, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise SourceFailed("{address} does not answer in JSON.", address=shown) from None


def _no_number(text: str) -> Any:  # noqa: ANN401 - never returns
    raise ValueError(text)


def _backoff(attempt: int, chance: float) -> float:
    return float(min(60.0, 2.0**attempt) * (0.5 + chance / 2))


def _retry_after(response: requests.Response, at: datetime) -> float | None:
    """Return how many seconds the source asks to wait: it says seconds, or a date."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdecimal() and len(said) < 9:
        return float(said)
    until = _moment(said)
    return max(0.0, (until - at).total_seconds()) if until else None


def _moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
