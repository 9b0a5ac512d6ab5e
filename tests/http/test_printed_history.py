"""A timeline on paper or as CSV leaves by a ticket, escaped and logged, within the grants."""

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from core.domain.accounts import SESSION_COOKIE
from core.domain.fields import Status
from core.domain.permissions import PERMISSIONS, Actor, Role
from core.errors import NotAllowed, NotFound
from core.models import AccessEvent
from core.services import accounts, exports
from core.services.exports import Ask
from core.storage.database import access_transaction
from core.storage.timeline import Choice
from tests.http.conftest import send_sign_in
from tests.people import EAST, WEST, People
from tests.world import NewPerson, put

NAME = "Abeba <script>alert(1)</script>"


def test_a_timeline_leaves_as_a_page_and_as_a_file(client: TestClient, people: People) -> None:
    person = put(NewPerson(NAME, EAST, programmes={"CASH": Status.ACTIVE}))
    send_sign_in(client, "amina")
    session = accounts.hash_token(client.cookies[SESSION_COOKIE])
    paper = Ask("person", person, Choice(kinds=("status",)), printed=True)

    page = client.get(f"/download/{exports.request_timeline(people.amina, session, paper)}")
    file = client.get(
        f"/download/{exports.request_timeline(people.amina, session, Ask('person', person))}"
    )

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-disposition"].startswith("inline; ")
    assert "sandbox" in page.headers["content-security-policy"]
    assert "Abeba &lt;script&gt;" in page.text
    for words in ("Printed by amina on", "Filter: Statuses", "Enrolled as Active", "1 entry"):
        assert words in page.text
    for never in ("<script", "http:", "https:", "Registered"):
        assert never not in page.text
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [(row["kind"], row["what"]) for row in rows] == [
        ("status", "Enrolled as Active"),
        ("record", "Registered"),
    ]
    with access_transaction() as db:
        logged = db.execute(select(AccessEvent.action, AccessEvent.subject, AccessEvent.details))
        events = [tuple(row) for row in logged if row.subject == f"person:{person}"]
    assert events == [
        ("export", f"person:{person}", {"kind": "timeline_page", "rows": 1}),
        ("export", f"person:{person}", {"kind": "timeline", "rows": 2}),
    ]


def test_a_timeline_out_of_reach_gives_no_ticket(client: TestClient, people: People) -> None:
    person = put(NewPerson("Chantal", WEST, programmes={"CASH": Status.ACTIVE}))
    ask = Ask("person", person)

    for printed in (True, False):
        with pytest.raises(NotFound):
            exports.request_timeline(people.amina, "x", replace(ask, printed=printed))
    both = Actor(1, "amina", (*people.amina.scopes, *people.efua.scopes))
    assert ask.permission not in PERMISSIONS[Role.VIEWER]
    with pytest.raises(NotFound):  # seen as a viewer, downloaded as an officer of elsewhere
        exports.request_timeline(both, "x", ask)
    with pytest.raises(NotAllowed):
        exports.request_timeline(people.efua, "x", ask)
    assert exports.request_timeline(people.efua, "x", replace(ask, printed=True))
