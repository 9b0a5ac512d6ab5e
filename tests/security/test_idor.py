"""Addresses that are somebody else's: rows, pages and tickets look as if they were not there."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from core.domain.criteria import EVERYBODY
from core.domain.permissions import Permission
from core.errors import NotAllowed
from core.models import Grant, User
from core.services import beneficiaries, exports
from core.settings import today
from core.storage.beneficiaries import Paging
from core.storage.database import transaction
from tests.http.conftest import HTML
from tests.security import guards
from tests.security.guards import FORBIDDEN, ask_ticket, assert_refuses, fetch
from tests.security.probes import NOBODY
from tests.security.visitor import Browser, Visitor, answer
from tests.security.world import CASH, SKILLS, World, enrolment_of

FIVE = ("amina", "brook", "chen", "dana", "efua")
EVERYONE = {"Abeba", "Bilal", "Fatou", "Chantal", "Élodie", "Desta", "Girma", "Idris"}
# Who may open whom, told by hand.
MAY_OPEN = {
    "amina": {"Abeba", "Bilal", "Fatou", "Girma"},
    "brook": EVERYONE,
    "chen": set(),
    "dana": set(),
    "efua": EVERYONE,
    "kofi": EVERYONE - {"Fatou", "Desta"},
}


def revoke(name: str) -> None:
    """End every grant of one account yesterday."""
    with transaction() as db:
        owner = select(User.__table__.c.id).where(User.__table__.c.name == name).scalar_subquery()
        ended = update(Grant).where(Grant.__table__.c.user_id == owner)
        db.execute(ended.values(valid_to=today() - timedelta(days=1)))


def test_everybody_opens_their_own_people_and_others_are_like_nobody(
    world: World, tmp_path: Path
) -> None:
    for name, own in MAY_OPEN.items():
        actor = Visitor(name, "", tmp_path).actor
        nobody = answer(lambda a=actor: beneficiaries.get(a, NOBODY))
        for person, uuid in world.known.items():
            said = answer(lambda a=actor, u=uuid: beneficiaries.get(a, u))
            assert said.startswith("PersonView") if person in own else said == nobody, (
                f"{name} opens {person}"
            )


def test_a_page_that_begins_at_somebody_elses_row_begins_at_the_first(world: World) -> None:
    amina = world.people.amina
    hidden = enrolment_of(world.known["Desta"], SKILLS)
    own = enrolment_of(world.known["Bilal"], CASH)

    def page(**place: object) -> str:
        return answer(lambda: beneficiaries.page(amina, EVERYBODY, Paging(**place)))

    for edge in ("after", "before"):
        assert page(**{edge: hidden}) == page(**{edge: NOBODY})
        assert page(**{edge: own}) != page(**{edge: NOBODY})


def test_the_page_of_somebody_elses_person_is_the_page_of_nobody(
    small_world: World, browser: Browser, tmp_path: Path
) -> None:
    for name in FIVE:
        visitor = Visitor(name, browser.enter(name), tmp_path)
        nobody = visitor.see("beneficiary", id=str(NOBODY)) if MAY_OPEN[name] else None
        for person in ("Abeba", "Desta"):
            file, uuid = guards.ROOT / "pages" / "beneficiary.py", small_world.known[person]
            if nobody is None:
                shown = guards.open_page(file, id=str(uuid))
                assert [one.value for one in shown.error if FORBIDDEN in one.value]
                assert person not in str(list(shown))
            else:
                seen = visitor.see("beneficiary", id=str(uuid))
                assert (seen == nobody) is (person not in MAY_OPEN[name]), f"{name} opens {person}"


def test_each_page_shows_nothing_without_its_permission_and_without_a_session(
    small_world: World, browser: Browser, tmp_path: Path
) -> None:
    for file, permission in guards.page_permissions().items():
        browser.cookies.clear()
        assert_refuses(file, said="Your session has ended")
        weak = "chen" if permission is Permission.SEE_PEOPLE else "amina"
        browser.enter(weak)
        assert_refuses(file, said=FORBIDDEN)


def test_each_service_and_each_route_refuses_who_has_no_grant_or_no_session(
    world: World, browser: Browser, tmp_path: Path
) -> None:
    dana = Visitor("dana", browser.enter("dana"), tmp_path)

    guards.assert_services_closed(dana, world.known["Abeba"])
    guards.assert_gate_holds(browser, dana)


def test_a_ticket_serves_its_own_session_once_within_a_minute(
    world: World, browser: Browser, tmp_path: Path
) -> None:
    owner = Visitor("amina", browser.enter("amina"), tmp_path)
    for other in ("brook", "amina"):  # somebody else, and the same account in another browser
        guards.assert_ticket_is_bound(owner, Visitor(other, browser.enter(other), tmp_path))


def test_a_grant_taken_away_is_gone_at_the_next_call_and_kills_pending_tickets(
    world: World, browser: Browser, tmp_path: Path
) -> None:
    amina = Visitor("amina", browser.enter("amina"), tmp_path)
    tickets = [ask_ticket(amina), ask_ticket(amina)]
    opened = exports.open_download(tickets.pop(), amina.session_hash)

    revoke("amina")

    guards.assert_services_closed(amina, world.known["Abeba"])
    assert fetch(tickets[0], amina.session_hash).startswith(NotAllowed.__name__)
    assert opened.file_name
    assert_refuses(guards.ROOT / "pages" / "active.py", said=FORBIDDEN)
    gone = amina.client().get("/download/x", headers=HTML)
    assert (gone.status_code, "Abeba" in gone.text) == (404, False)


def test_an_account_taken_out_of_use_is_out_at_the_next_request(
    world: World, browser: Browser, tmp_path: Path
) -> None:
    amina = Visitor("amina", browser.enter("amina"), tmp_path)
    ticket = ask_ticket(amina)
    with transaction() as db:
        db.execute(update(User).where(User.__table__.c.name == "amina").values(active=False))

    assert amina.client().get(f"/download/{ticket}").status_code == 401
    assert_refuses(guards.ROOT / "pages" / "active.py", said="Your session has ended")
