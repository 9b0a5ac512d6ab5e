"""Seven ways in which a source is told who asks; the secret is added to each request alone."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from requests import PreparedRequest

from core.etl.connect import Asked, Option, SourceFailed
from core.etl.connect._client import Client, check_url

KINDS = {
    "none": "Not at all: the list is open",
    "basic": "With a user name and a password",
    "bearer": "With a token (Bearer)",
    "token": "With a token (Token)",
    "api_key_header": "With a key in a header",
    "api_key_query": "With a key in the address",
    "oauth2": "With OAuth 2",
    "session": "With a session that is opened first",
}
_BY_KEY = ("auth", ("api_key_header", "api_key_query"))
_BY_ACCOUNT = ("auth", ("basic", "session"))
_BY_OAUTH = ("auth", ("oauth2",))
SECRETS = (
    Option("password", "Password", True, missing="Give the password.", when=_BY_ACCOUNT),
    Option("token", "Token", True, missing="Give the token.", when=("auth", ("bearer", "token"))),
    Option("api_key", "Key", True, missing="Give the key.", when=_BY_KEY),
    Option(
        "client_secret",
        "Secret of the OAuth 2 client",
        True,
        missing="Give the secret of the OAuth 2 client.",
        when=_BY_OAUTH,
    ),
)
OPTIONS = (
    Option("auth", "How the source is told who asks", choices=KINDS, default="none"),
    Option("user", "User name", True, missing="Say the user name.", when=_BY_ACCOUNT),
    Option(
        "api_key_name",
        "Name of the header or parameter of the key",
        default="X-API-Key",
        when=_BY_KEY,
    ),
    Option(
        "token_url",
        "Address that gives the OAuth 2 token",
        True,
        missing="Say the address that gives the token.",
        when=_BY_OAUTH,
    ),
    Option("client_id", "OAuth 2 client", True, missing="Say the OAuth 2 client.", when=_BY_OAUTH),
    Option("scope", "OAuth 2 scope", when=_BY_OAUTH),
    Option(
        "session_url",
        "Address that opens a session",
        True,
        missing="Say the address that opens a session.",
        when=("auth", ("session",)),
    ),
)
_MOST_RENEWALS = 20
Sign = Callable[[PreparedRequest], None]


def check_auth(options: Any) -> None:  # noqa: ANN401 - a mapping of JSON values
    """Raise InvalidInput or HostRefused for an address that cannot be asked."""
    for name in ("token_url", "session_url"):
        if options.get(name):
            check_url(str(options[name]))


@dataclass
class Proof:
    """Signs the requests of one run; a session or OAuth 2 token is asked for once, and once more
    when the source no longer takes it."""

    asked: Asked
    client: Client
    _kept: Sign | None = None
    _renewed: int = 0

    def sign(self, request: PreparedRequest) -> None:
        """Add the secret; raises SourceFailed where one is missing."""
        if self._kept is None:
            self._kept = self._make()
        self._kept(request)

    def renew(self) -> bool:
        """Forget a token that was refused; says whether there is another one to ask for."""
        if self.asked.text("auth") not in ("oauth2", "session") or self._renewed >= _MOST_RENEWALS:
            return False
        self._kept, self._renewed = None, self._renewed + 1
        return True

    def _make(self) -> Sign:
        kind = self.asked.text("auth") or "none"
        if kind == "none":
            return lambda _request: None
        if kind == "basic":
            pair = f"{self.asked.text('user')}:{self._secret('password')}"
            return _header("Authorization", f"Basic {b64encode(pair.encode()).decode()}")
        if kind == "token":
            return _header("Authorization", f"Token {self._secret('token')}")
        if kind in ("bearer", "oauth2", "session"):
            tokens = {"oauth2": self._oauth_token, "session": self._session_token}
            token = tokens[kind]() if kind in tokens else self._secret("token")
            return _header("Authorization", f"Bearer {token}")
        name = self.asked.text("api_key_name") or "X-API-Key"
        key = self._secret("api_key")
        return _header(name, key) if kind == "api_key_header" else _parameter(name, key)

    def _secret(self, name: str) -> str:
        value = self.asked.secrets.get(name, "")
        if not value:
            raise SourceFailed(
                "The source has no “{name}” yet. Set it among its secrets.", name=name
            )
        if not value.isprintable():
            raise SourceFailed("The secret “{name}” holds a line break. Set it anew.", name=name)
        return value

    def _oauth_token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.asked.text("client_id"),
            "client_secret": self._secret("client_secret"),
        }
        if scope := self.asked.text("scope"):
            form["scope"] = scope
        return self._ask_token(self.asked.text("token_url"), form, "access_token", form=True)

    def _session_token(self) -> str:
        body = {"email": self.asked.text("user"), "password": self._secret("password")}
        return self._ask_token(self.asked.text("session_url"), body, "token", form=False)

    def _ask_token(self, url: str, body: dict[str, str], name: str, *, form: bool) -> str:
        door = Client(url, self.client.clock, self.client.resolver)
        try:
            document = door.post(url, body, form=form).document
        finally:
            door.close()
        token = document.get(name) if isinstance(document, dict) else None
        if not isinstance(token, str) or not token.isprintable():
            raise SourceFailed("The source opened no session: its answer holds no token.")
        return token


def _header(name: str, value: str) -> Sign:
    def sign(request: PreparedRequest) -> None:
        # Bytes: a header's text would have to be Latin-1, and a password need not be.
        request.headers[name] = value.encode()

    return sign


def _parameter(name: str, value: str) -> Sign:
    def sign(request: PreparedRequest) -> None:
        parts = urlsplit(str(request.url))
        more = urlencode({name: value})
        request.url = urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, more)))))

    return sign
