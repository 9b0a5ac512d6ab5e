"""What an officer of one district, a viewer and a stranger try in a browser, and do not get."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Page, WebSocket, expect

from core.domain.fields import Status
from core.domain.permissions import Role
from core.storage.database import transaction
from tests.browser.conftest import Desk, Office, picture, serve, settle
from tests.browser.served import Served
from tests.conftest import Registry
from tests.people import EAST, WEST, add_areas, add_person
from tests.world import NewPerson, add_programme, put

OURS, THEIRS = ("Awa Diallo", "Binta Sow"), ("Zenab Elsewhere", "Zoé Elsewhere")
THEIR_NUMBER = "77001122"
pytestmark = pytest.mark.timeout(180)


@dataclass(frozen=True)
class World:
    """A served registry with two people in each of two districts; `theirs` is one of the other."""

    served: Served
    ours: UUID
    theirs: UUID


@pytest.fixture
def world(embedded: Registry) -> Iterator[World]:
    with transaction() as db:
        add_areas(db)
        add_programme(db, "CASH")
        add_person(db, "amina", Role.ME_OFFICER, EAST)
        add_person(db, "efua", Role.VIEWER)
    active = {"CASH": Status.ACTIVE}
    ours = [put(NewPerson(name, EAST, programmes=active)) for name in OURS]
    theirs = [
        put(NewPerson(name, WEST, programmes=active, identifiers={"national_id": number}))
        for name, number in zip(THEIRS, (THEIR_NUMBER, "77001133"), strict=True)
    ]
    for served in serve(embedded):
        yield World(served, ours[0], theirs[0])


def test_an_officer_of_one_district_meets_nothing_of_another(world: World, office: Office) -> None:
    world.served.start_scheduler()
    desk = office.open_desk(world.served)
    page, heard = desk.page, hear_websockets(desk.page)
    desk.sign_in("amina")

    expect(
        page.get_by_text("Open enrolments you may see: 2 enrolments of 2 people")
    ).to_be_visible()
    picture(page, "district-home")
    desk.visit(f"/active?area1={WEST}")
    expect(page.get_by_text("0 enrolments of 0 people")).to_be_visible()
    picture(page, "district-other-area")
    for text in ("Zenab", "Elsewere", THEIR_NUMBER):
        desk.visit(f"/search?q={text}")
        expect(page.get_by_text("Nobody found in your areas and programmes.")).to_be_visible()
    desk.visit(f"/beneficiary?id={world.theirs}")
    expect(page.get_by_text("was not found")).to_be_visible()
    picture(page, "district-guessed-person")
    desk.visit(f"/beneficiary?id={world.ours}")
    expect(page.get_by_role("heading", name=OURS[0])).to_be_visible()
    desk.visit("/active")
    expect(page.get_by_text("2 enrolments of 2 people")).to_be_visible()
    page.get_by_text("Plain table").click()
    expect(page.get_by_role("link", name=OURS[0])).to_be_visible()
    check_tickets(desk, office.open_desk(world.served))

    assert all(name in "".join(heard) for name in OURS)
    assert not any(name in "".join(heard) for name in THEIRS)


def check_tickets(desk: Desk, other: Desk) -> None:
    """A ticket is good once, in the session that asked for it, and for that session's people."""
    other.sign_in("efua")
    address = f"{desk.served.url}/download/"
    guessed = desk.context.request.get(address + "A" * 43)
    desk.page.get_by_role("button", name="Prepare download").click()
    link = desk.page.get_by_role("link", name="Download 2 rows: once, within a minute")
    ticket = desk.served.url + str(link.get_attribute("href"))
    borrowed = other.context.request.get(ticket)
    own = desk.context.request.get(ticket)
    again = desk.context.request.get(ticket)

    assert [answer.status for answer in (guessed, borrowed, own, again)] == [404, 404, 200, 404]
    assert all(name in own.text() for name in OURS)
    assert not any(name in own.text() for name in THEIRS)


def test_a_deep_link_right_after_a_restart_shows_the_sign_in_and_nothing_else(
    world: World, office: Office
) -> None:
    world.served.restart()
    desk = office.open_desk(world.served)
    page, heard = desk.page, hear_websockets(desk.page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{world.served.url}/beneficiary?id={world.ours}")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    picture(page, "deep-link-after-restart")
    assert "stApp" not in page.content()
    assert not any(name in page.content() for name in (*OURS, *THEIRS))
    assert heard == []
    assert [url for url in asked if "_stcore" in url or "/static/" in url] == []
    assert open_websocket(world.served) == 403
    # Signed in, the link leads where it promised.
    desk.fill_sign_in("amina")
    expect(page.get_by_role("heading", name=OURS[0])).to_be_visible()


def test_signing_out_in_one_tab_ends_the_other_at_its_next_click(
    world: World, office: Office
) -> None:
    desk = office.open_desk(world.served)
    desk.sign_in("amina")
    desk.visit("/active")
    second = desk.context.new_page()
    second.goto(f"{world.served.url}/")
    settle(second)

    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("button", name="Sign in")).to_be_visible()
    desk.page.get_by_text("Plain table").click()

    expect(desk.page.get_by_text("Your session has ended.")).to_be_visible()
    settle(desk.page)
    picture(desk.page, "signed-out-elsewhere")
    assert not any(name in desk.page.content() for name in (*OURS, *THEIRS))
    desk.page.get_by_role("link", name="Sign in").click()
    expect(desk.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_viewer_has_no_import_page_not_even_by_address(world: World, office: Office) -> None:
    desk = office.open_desk(world.served)
    desk.sign_in("efua")

    expect(desk.page.get_by_role("link", name="Active", exact=True)).to_be_visible()
    expect(desk.page.get_by_role("link", name="Import", exact=True)).to_have_count(0)
    desk.page.goto(f"{world.served.url}/import_data")
    picture(desk.page, "viewer-import")
    expect(desk.page.get_by_text("no permission to import files")).to_be_visible()
    expect(desk.page.get_by_role("heading", name="Import", exact=True)).to_have_count(0)
    expect(desk.page.locator("input[type=file]")).to_have_count(0)
    desk.page.get_by_role("link", name="Go to the start page").click()
    settle(desk.page)
    desk.visit("/active")
    expect(desk.page.get_by_role("button", name="Prepare download")).to_have_count(0)


def hear_websockets(page: Page) -> list[str]:
    """Return the list that fills with what websockets bring, names in it as they are."""
    heard: list[str] = []

    def note(payload: str | bytes) -> None:
        heard.append(payload if isinstance(payload, str) else payload.decode("utf-8", "ignore"))

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", note)

    page.on("websocket", listen)
    return heard


def open_websocket(served: Served) -> int:
    """Try Streamlit's websocket without a session; return the answer's status."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    opening = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Origin": served.url,
    }
    try:
        connection.request("GET", "/_stcore/stream", headers=opening)
        return connection.getresponse().status
    finally:
        connection.close()
