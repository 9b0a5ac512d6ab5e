"""A file of rows leaves once, to the session that asked, and its name survives every script."""

import csv
import io

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from core.domain.accounts import SESSION_COOKIE
from core.domain.criteria import EVERYBODY
from core.domain.fields import Status
from core.domain.permissions import Actor
from core.http.download import write_disposition
from core.models import AccessEvent
from core.services import accounts, exports
from core.storage.database import access_transaction
from tests.http.conftest import send_sign_in
from tests.people import EAST, People
from tests.world import NewPerson, put


@pytest.fixture
def ticket(client: TestClient, people: People) -> str:
    """A ticket of Brook's session, which is the client's."""
    put(NewPerson("Abeba", EAST, programmes={"CASH": Status.ACTIVE}))
    send_sign_in(client, "brook")
    return ask(people.brook, client.cookies[SESSION_COOKIE])


def ask(actor: Actor, token: str) -> str:
    return exports.request_download(actor, accounts.hash_token(token), EVERYBODY)


def test_a_ticket_gives_its_file_once_and_the_log_says_so(client: TestClient, ticket: str) -> None:
    assert client.head(f"/download/{ticket}").status_code == 405

    answer = client.get(f"/download/{ticket}")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["full_name"] for row in rows if "full_name" in row] == ["Abeba"]
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["cache-control"] == "no-store"
    with access_transaction() as db:
        logged = db.execute(select(AccessEvent.actor, AccessEvent.action)).all()
    assert ("brook", "export") in [tuple(event) for event in logged]
    again = client.get(f"/download/{ticket}")
    assert again.status_code == 404
    assert "Abeba" not in again.text


def test_a_ticket_is_nothing_in_another_session(client: TestClient, ticket: str) -> None:
    client.cookies.clear()
    assert client.get(f"/download/{ticket}").status_code == 401
    for name in ("efua", "brook"):
        send_sign_in(client, name)
        assert client.get(f"/download/{ticket}").status_code == 404


def test_signing_out_ends_the_tickets(client: TestClient, ticket: str) -> None:
    accounts.sign_out(client.cookies[SESSION_COOKIE])
    client.cookies.clear()
    send_sign_in(client, "brook")

    assert client.get(f"/download/{ticket}").status_code == 404


def test_an_invented_ticket_is_not_found(client: TestClient) -> None:
    send_sign_in(client, "brook")

    for invented in ("x", "%00", "0" * 5000):
        assert client.get(f"/download/{invented}").status_code == 404


@pytest.mark.parametrize("name", ['été"x.csv', "a\r\nSet-Cookie: b=c.csv", "../../x.csv", "名.csv"])
def test_a_file_name_cannot_leave_its_header(name: str) -> None:
    written = write_disposition(name)

    assert written.isascii()
    assert written.isprintable()
    assert written.count('"') == 2
    assert "/" not in written
