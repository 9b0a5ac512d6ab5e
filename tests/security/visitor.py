"""Somebody who looks at every surface, and how each answer is written down to the byte."""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import cli
from core.domain.accounts import CSRF_COOKIE, SESSION_COOKIE
from core.domain.permissions import Actor
from core.errors import RegistryError
from core.services import accounts
from tests.http.conftest import HOST, make_app
from tests.people import PASSWORD
from tests.ui.screens import visit

CSRF = "csrf-of-this-browser"


@dataclass(frozen=True)
class Browser:
    """The cookies of one browser."""

    cookies: dict[str, str]

    def enter(self, name: str) -> str:
        """Sign in; return the session's token."""
        token = accounts.sign_in(name, PASSWORD, "203.0.113.7").token
        self.cookies.update({SESSION_COOKIE: token, CSRF_COOKIE: CSRF})
        return token


@dataclass(frozen=True)
class Visitor:
    """One account at a browser and at a terminal; `folder` takes what is written to files."""

    name: str
    token: str
    folder: Path

    @property
    def actor(self) -> Actor:
        """The account with the grants in force now."""
        return accounts.actor_named(self.name)

    @property
    def session_hash(self) -> str:
        return accounts.hash_token(self.token)

    def run(self, *words: str) -> str:
        """Return what a command says, with its exit code."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main([*words, "--as", self.name, "--json"])
        return f"{code}\n{out.getvalue()}\n{err.getvalue()}"

    def client(self) -> TestClient:
        """A client of our own routes with this session's cookies."""
        made = TestClient(
            make_app(),
            f"http://{HOST}",
            follow_redirects=False,
            raise_server_exceptions=False,
            cookies={SESSION_COOKIE: self.token, CSRF_COOKIE: CSRF},
        )
        return made

    def see(self, page: str, **query: str | list[str]) -> bytes:
        """Return the bytes that a page sends to the browser."""
        return write_tree(visit(page, **query))


def answer(ask: Callable[[], Any]) -> str:
    """Return what a service answers, a refusal included, as text."""
    try:
        return repr(ask())
    except RegistryError as error:
        return f"{type(error).__name__}: {error}"


def write_tree(page: AppTest) -> bytes:
    """Return every element and block of a page as bytes, in order."""
    assert not page.exception, page.exception
    return b"\n".join(_walk(page._tree))


def _walk(node: Any) -> Iterator[bytes]:
    proto = getattr(node, "proto", None)
    if proto is not None:
        yield type(node).__name__.encode() + b" " + proto.SerializeToString(deterministic=True)
    for child in getattr(node, "children", {}).values():
        yield from _walk(child)
