"""Each guard, broken on purpose: the test that watches it must fail, or it watches nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select, true, update

import core.http.gate
import core.services.beneficiaries
import core.services.exports
import core.services.imports
import core.services.search
import core.storage.beneficiaries
import core.storage.downloads
import core.storage.lookups
import core.storage.people
import core.storage.programmes
import core.storage.selection
import core.storage.timeline.records
from core.models import Download
from core.storage.columns import column
from core.storage.database import Session
from core.storage.selection import Selection
from tests.security import canaries
from tests.security.canaries import assert_hidden, questions
from tests.security.guards import (
    FORBIDDEN,
    assert_gate_holds,
    assert_refuses,
    assert_services_closed,
    assert_ticket_is_bound,
    pages,
)
from tests.security.probes import Asked, assert_same, collect, services
from tests.security.visitor import Browser, Visitor
from tests.security.world import WALLS, World, change_beyond

Seed = Callable[[pytest.MonkeyPatch], None]
TICKET = Download.__table__.c
storage = core.storage


def everything(*_anything: object, **_more: object) -> ColumnElement[bool]:
    return true()


def nothing(*_anything: object) -> None:
    """A check that checks nothing."""


def break_(*places: tuple[object, str], by: object = everything) -> Seed:
    """Return what puts `by` in each place."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        for where, name in places:
            patch.setattr(where, name, by)

    return seed


def start_anywhere(db: Session, selection: Selection, query: Any, start: Any, **way: Any) -> Any:
    """Begin a page at any row whatsoever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage.beneficiaries, "enrolments_in_scope", everything)
        return FROM_EDGE(db, selection, query, start, **way)


FROM_EDGE = storage.beneficiaries._from_edge
SCOPES: dict[str, tuple[str, Seed]] = {
    "the area is forgotten": ("of a district", break_((storage.selection, "in_place"))),
    "the door of lists is open": (
        "of programmes", break_((storage.selection, "enrolments_in_scope"))
    ),
    "the door of a person is open": (
        "of a district", break_((storage.people, "people_in_scope"))
    ),
    "the enrolments of a person are open": (
        "of programmes", break_((storage.people, "enrolments_in_scope"))
    ),
    "the door of search is open": (
        "of a district", break_((storage.lookups, "people_in_scope"))
    ),
    "the enrolments of a hit are open": (
        "of programmes", break_((storage.lookups, "enrolments_in_scope"))
    ),
    "a page begins anywhere": (
        "of a district", break_((storage.beneficiaries, "_from_edge"), by=start_anywhere)
    ),
    "every programme is listed": (
        "of programmes",
        lambda patch: patch.setattr(
            storage.programmes, "list_all",
            lambda db, _limit, real=storage.programmes.list_all: real(db, None),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wall", "seed"), SCOPES.values(), ids=SCOPES)
def test_the_twin_notices_that(
    small_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wall: str, seed: Seed
) -> None:
    visitor = Visitor(WALLS[wall].observers[0], "no session", tmp_path)
    seed(monkeypatch)

    before = collect(visitor, small_world, (few_services,))
    change_beyond(WALLS[wall], small_world, tmp_path / "beyond")
    after = collect(visitor, small_world, (few_services,))

    with pytest.raises(AssertionError, match="tell something of the far side"):
        assert_same(before, after)


def few_services(visitor: Visitor, world: World) -> Asked:
    """Yield the reads of services without those that take the longest."""
    for name, ask in services(visitor, world):
        if not name.startswith(("exports", "imports", "beneficiaries.count_by")):
            yield name, ask


def test_without_a_seed_the_same_look_notices_nothing(small_world: World, tmp_path: Path) -> None:
    visitor = Visitor("amina", "no session", tmp_path)

    before = collect(visitor, small_world, (few_services,))
    change_beyond(WALLS["of a district"], small_world, tmp_path / "beyond")

    assert_same(before, collect(visitor, small_world, (few_services,)))


MASKS: dict[str, Seed] = {
    "a list is not masked": break_(
        (Selection, "value"), by=lambda selection, field: column(field, selection.today)
    ),
    "grouping asks for no level": break_(
        (core.services.beneficiaries, "visible"),
        by=lambda actor, criteria, *, real=storage.selection.visible, by=(), **more: real(
            actor, criteria, **more
        ),
    ),
    "a person's fields are not masked": break_(
        (core.services.beneficiaries, "_fields_of"),
        by=lambda person, _level, real=core.services.beneficiaries._fields_of: real(person, 3),
    ),
    "a person's history is not masked": break_(
        (core.storage.timeline.records, "_level_of"), by=lambda _name: 1
    ),
}


@pytest.mark.parametrize("name", MASKS)
def test_the_canaries_notice_that(
    small_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    canaries.plant()
    who, level = ("efua", 1)
    MASKS[name](monkeypatch)
    if name == "a list is not masked":
        # Only a file has columns above level 1, and its choice of columns is a wall of its own.
        who, level = ("amina", 2)
        monkeypatch.setattr(core.services.exports, "_choose", choose_all)
    visitor = Visitor(who, "no session", tmp_path)

    with pytest.raises(AssertionError, match="shown above level"):
        assert_hidden(level, collect(visitor, small_world, (questions, services)))


def choose_all(_db: Session, _selection: Selection, _columns: object) -> list[Any]:
    """Choose every field there is: only the masks are left."""
    return list(core.services.exports.FIELDS.values())


@pytest.mark.parametrize("file", pages(), ids=lambda file: file.name)
def test_a_page_without_its_guard_is_noticed(
    small_world: World, browser: Browser, tmp_path: Path, file: Path
) -> None:
    guarded = file.read_text(encoding="utf-8")
    for bug, said, name in (
        ("session.actor()", FORBIDDEN, "dana"),
        ("__import__('core.services.accounts').services.accounts.actor_named('brook')", "", None),
    ):
        planted = tmp_path / file.name
        left, _, rest = guarded.partition("session.require(")
        planted.write_text(left + bug + rest.partition(")")[2], encoding="utf-8")
        browser.cookies.clear()
        if name:
            browser.enter(name)
        with pytest.raises(AssertionError, match=r"shows \d+ things"):
            assert_refuses(planted, said=said or "Your session has ended")


def test_a_service_without_its_guard_is_noticed(
    small_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = Visitor("dana", "no session", tmp_path)
    assert_services_closed(dana, small_world.known["Abeba"])

    for where in (core.services.beneficiaries, core.services.search, core.services.imports):
        with monkeypatch.context() as patch:
            patch.setattr(where, "require", nothing)
            with pytest.raises(AssertionError):
                assert_services_closed(dana, small_world.known["Abeba"])


def serve_any_session(db: Session, token: str, _session: str, at: Any) -> Download | None:
    query = select(TICKET.session_hash).where(TICKET.token_hash == token)
    return USE_TICKET(db, token, str(db.execute(query).scalar()), at)


def serve_twice(db: Session, token: str, session: str, at: Any) -> Download | None:
    db.execute(update(Download).where(TICKET.token_hash == token).values(used_at=None))
    return USE_TICKET(db, token, session, at)


def serve_late(db: Session, token: str, session: str, at: Any) -> Download | None:
    return USE_TICKET(db, token, session, at.replace(year=2000))


USE_TICKET = storage.downloads.use_ticket


@pytest.mark.parametrize("bug", [serve_any_session, serve_twice, serve_late])
def test_a_ticket_that_serves_too_much_is_noticed(
    small_world: World,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bug: object,
) -> None:
    owner, other = (Visitor(one, browser.enter(one), tmp_path) for one in ("amina", "brook"))
    monkeypatch.setattr(storage.downloads, "use_ticket", bug)

    with pytest.raises(AssertionError):
        assert_ticket_is_bound(owner, other)


def test_an_open_gate_is_noticed(
    small_world: World, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.http.gate, "_refuse_session", nothing)

    with pytest.raises(AssertionError):
        assert_gate_holds(browser, Visitor("amina", browser.enter("amina"), tmp_path))
