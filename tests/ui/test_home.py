"""Home: what waits for me, how many, and the first steps of an empty registry."""

from collections.abc import Callable

from core.domain.fields import Status
from core.services import notices as services
from core.settings import now
from core.storage import notices
from core.storage.database import transaction
from tests.people import EAST, WEST, People
from tests.ui.screens import links, press, said, visit
from tests.world import NewPerson, add_programme, put

SignIn = Callable[[str], str]


def test_an_empty_registry_shows_the_first_steps(people: People, sign_in: SignIn) -> None:
    sign_in("brook")
    page = visit("home")

    assert not page.exception
    assert "Three steps to the first list" in said(page)
    assert len(links(page, "import_data")) == 1
    assert "programme add" in said(page)


def test_totals_and_picture_stay_inside_the_scope(people: People, sign_in: SignIn) -> None:
    put(NewPerson("Abeba", EAST, programmes={"CASH": Status.ACTIVE, "SKILLS": Status.GRADUATED}))
    put(NewPerson("Chantal", WEST, programmes={"CASH": Status.ACTIVE}))
    sign_in("amina")
    page = visit("home")

    assert not page.exception
    assert {metric.label: metric.value for metric in page.metric} == {
        "Potential": "0",
        "Active": "1",
        "Suspended": "0",
        "Graduated": "1",
    }
    assert "2 enrolments of 1 person" in said(page)
    under = [one.value for one in page.caption]
    assert under.count("1 enrolment of 1 person") == under.count("0 enrolments of 0 people") == 2
    numbers = "programme,POTENTIAL,ACTIVE,SUSPENDED,GRADUATED\nCASH,0,1,0,0\nSKILLS,0,0,0,1</pre>"
    assert numbers in said(page)


def test_an_unfinished_import_waits_on_the_home_page(people: People, sign_in: SignIn) -> None:
    with transaction() as db:
        add_programme(db, "CASH")
    sign_in("brook")
    page = visit("import_data")
    page.file_uploader[0].upload("liste.csv", b"Name,Sex\nAwa,F\n", "text/csv")
    press(page, "Read the file")

    home = visit("home")
    assert "liste.csv" in said(home)
    assert "columns to confirm" in said(home)
    assert len(links(home, "import_data")) >= 1


def test_a_notice_stays_until_it_is_put_away(people: People, sign_in: SignIn) -> None:
    with transaction() as db:
        for name in ("Kobo", "ODK", "Old registry"):
            notices.add(db, people.brook.user_id, f"“{name}” is paused.", None, now())
        notices.add(db, people.chen.user_id, "For somebody else.", None, now())
    sign_in("brook")
    page = visit("home")
    assert "For somebody else." not in said(page)

    press(page, "Put away")  # the newest comes first

    assert [f"“{name}”" in said(page) for name in ("Kobo", "ODK", "Old registry")] == [
        True, True, False
    ]  # fmt: skip
    press(page, "Put all 2 notices away")
    assert "is paused." not in said(page)


def test_nobody_puts_the_notice_of_somebody_else_away(people: People) -> None:
    with transaction() as db:
        notices.add(db, people.chen.user_id, "“Kobo” is paused.", None, now())
    [notice] = services.list_unread(people.chen)

    services.put_away(people.brook, notice.id)

    assert services.list_unread(people.chen) == [notice]
