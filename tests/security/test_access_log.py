"""The access log: one event for each look, before anything is shown; no log, no look."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.domain.criteria import EVERYBODY
from core.errors import NotFound
from core.models import AccessEvent
from core.services import beneficiaries, exports, search
from core.storage.beneficiaries import Paging
from core.storage.database import access_transaction
from tests.security.guards import ask_ticket
from tests.security.visitor import Browser, Visitor
from tests.security.world import World
from tests.ui.screens import visit

Event = tuple[str, str, str | None, dict[str, Any]]
NAMES = ("Abeba", "Bilal", "Fatou", "Girma")


def read_events() -> list[Event]:
    event = AccessEvent.__table__.c
    query = select(event.actor, event.action, event.subject, event.details).order_by(event.id)
    with access_transaction() as db:
        return [tuple(row) for row in db.execute(query)]


def new_event(ask: Callable[[], Any]) -> tuple[Any, Event]:
    """Return what `ask` answers and the one event it wrote."""
    before = len(read_events())
    answered = ask()
    (event,) = read_events()[before:]
    return answered, event


def take_log_away() -> None:
    with access_transaction() as db:
        db.execute(text("ALTER TABLE access_event RENAME TO access_event_away"))


@pytest.fixture
def amina(world: World, browser: Browser, tmp_path: Path) -> Visitor:
    return Visitor("amina", browser.enter("amina"), tmp_path)


def looks(visitor: Visitor, world: World) -> dict[str, Callable[[], Any]]:
    """Every service that shows rows or totals, by the action it is logged as."""
    actor, out = visitor.actor, visitor.folder / "out.csv"
    return {
        "list": lambda: beneficiaries.page(actor, EVERYBODY, Paging(size=2)),
        "count": lambda: beneficiaries.count(actor, EVERYBODY),
        "count ": lambda: beneficiaries.count_by(actor, EVERYBODY, "sex"),
        "view": lambda: beneficiaries.get(actor, world.known["Abeba"]),
        "search": lambda: search.find(actor, "Abeba"),
        "export": lambda: exports.write_export(actor, EVERYBODY, None, out),
    }


def test_every_look_writes_one_event_that_names_whom_by_id_and_nobody_by_name(
    world: World, amina: Visitor
) -> None:
    seen: dict[str, Any] = {}
    for action, ask in looks(amina, world).items():
        answered, (actor, kind, subject, details) = new_event(ask)
        assert (actor, kind) == ("amina", action.strip())
        assert [name for name in NAMES if name in f"{subject} {details}"] == []
        seen[action] = answered, subject, details

    page, _, listed = seen["list"]
    assert listed["people"] == [str(row["uuid"]) for row in page.rows]
    assert seen["view"][1] == str(world.known["Abeba"])
    hits, _, searched = seen["search"]
    assert searched == {"length": 5, "found": [str(hit.uuid) for hit in hits]}
    report, _, exported = seen["export"]
    assert exported["rows"] == report.rows
    assert {"full_name", "phone"} <= set(exported["fields"])


def test_what_shows_nothing_of_anybody_writes_no_view(world: World, amina: Visitor) -> None:
    before = len(read_events())
    for person in ("Desta", "Chantal"):
        with pytest.raises(NotFound):
            beneficiaries.get(amina.actor, world.known[person])

    assert len(read_events()) == before


def test_a_download_is_logged_before_its_first_byte(world: World, amina: Visitor) -> None:
    ticket = ask_ticket(amina)
    outgoing = exports.open_download(ticket, amina.session_hash)

    first, event = new_event(lambda: next(outgoing.chunks))
    logged = len(read_events())
    rest = b"".join(outgoing.chunks)

    assert event[:2] == ("amina", "export")
    assert b"Abeba" in first + rest
    assert len(read_events()) == logged


def test_what_cannot_be_logged_is_not_shown(world: World, amina: Visitor) -> None:
    ticket, asked = ask_ticket(amina), looks(amina, world)
    take_log_away()

    for action, ask in asked.items():
        with pytest.raises(DBAPIError, match="access_event"):
            pytest.fail(f"{action} answered without a log: {ask()}")
    answer = amina.client().get(f"/download/{ticket}")
    assert answer.status_code == 500
    assert [name for name in NAMES if name in answer.text] == []
    assert list(amina.folder.glob("out.csv*")) == []


@pytest.mark.parametrize(
    ("page", "query"),
    [("active", {}), ("home", {}), ("search", {"q": "Abeba"}), ("beneficiary", {"id": "Abeba"})],
)
def test_a_page_shows_nothing_where_the_log_is_gone(
    small_world: World, browser: Browser, page: str, query: dict[str, str]
) -> None:
    browser.enter("amina")
    named = {k: str(small_world.known.get(v, v)) if k == "id" else v for k, v in query.items()}
    take_log_away()

    shown = visit(page, **named)

    assert shown.exception
    assert not shown.dataframe
    assert not shown.metric
    said = [str(getattr(one, "value", "")) for one in shown if one.type not in ("text_input",)]
    assert [name for name in NAMES if name in "".join(said)] == []


def test_a_page_writes_one_event_for_each_state_and_none_for_a_rerun(
    small_world: World, browser: Browser
) -> None:
    browser.enter("amina")
    for page, query, action in (
        ("active", {}, "list"),
        ("search", {"q": "Abeba"}, "search"),
        ("beneficiary", {"id": str(small_world.known["Abeba"])}, "view"),
    ):
        before = len(read_events())
        shown = visit(page, **query)
        for _ in range(3):
            shown.run()
        assert [event[1] for event in read_events()[before:]] == [action]

    shown = visit("active")
    before = len(read_events())
    shown.selectbox(key="filter_sex").select("FEMALE").run()
    shown.run()

    (event,) = read_events()[before:]
    assert event[3]["criteria"]["all"][1] == {"field": "sex", "op": "is", "value": "FEMALE"}
