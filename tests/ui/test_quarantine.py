"""The page of held rows: why each waits, and what can be done with it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from core.models import ImportRow, Person, RowState
from core.services import quarantine
from core.services.quarantine import Filters
from core.storage.database import reading, transaction
from tests.importing import Desk
from tests.people import People
from tests.ui.conftest import OpenPage
from tests.ui.screens import links, press, said, visit
from tests.world import add_programme

SignIn = Callable[[str], str]
ROWS = """ID,Full name,Sex,Date of birth
A1,Awa Traoré,F,1990-05-14
A2,<b>Moussa</b> $x$,M,2001-02-31
A3,Fanta Diallo,F,2001-02-30
"""


@pytest.fixture
def held(people: People, sign_in: SignIn, tmp_path: Path) -> list[int]:
    """The ids of two held rows of Brook, who is signed in."""
    with transaction() as db:
        add_programme(db, "CASH")
    sign_in("brook")
    Desk(people.brook, tmp_path).published(ROWS, key="ID")
    return [row.id for row in quarantine.list_rows(people.brook, Filters()).rows]


def test_held_rows_are_listed_with_file_owner_age_and_reason(held: list[int]) -> None:
    page = visit("quarantine")

    assert not page.exception
    assert [one.value for one in page.subheader] == ["2 rows"]
    table = page.dataframe[0].value
    assert table["Row"].tolist() == ["3", "4"]
    assert table["Owner"].tolist() == ["brook", "brook"]
    assert table["Held for"].tolist() == ["0 days", "0 days"]
    assert table["Why"][0].startswith("Row 3, Date of birth: “2001-02-31” is not a date")
    reasons = next(box for box in page.selectbox if box.label == "Reason")
    assert reasons.options == ["All", "no such date (2)"]


def test_a_filter_goes_into_the_address_and_back(held: list[int]) -> None:
    page = visit("quarantine")
    next(box for box in page.selectbox if box.label == "State").select("DISCARDED").run()

    assert page.query_params["state"] == ["DISCARDED"] or page.query_params["state"] == "DISCARDED"
    assert "No row fits these filters." in said(page)
    press(page, "Clear filters")
    assert [one.value for one in page.subheader] == ["2 rows"]


def test_a_wrong_address_is_a_sentence_with_a_way_back(held: list[int]) -> None:
    page = visit("quarantine", state="LOST")

    assert "“LOST” is no state of a held row." in said(page)
    assert not page.exception
    strange = visit("quarantine", row="999999")
    assert "was not found" in said(strange)
    assert any(button.label == "Back to the list" for button in strange.button)


def test_the_plain_table_links_to_each_row(held: list[int]) -> None:
    page = visit("quarantine")
    page.toggle[0].set_value(True).run()

    assert f'href="/quarantine?row={held[0]}"' in said(page)


def test_a_row_is_corrected_and_tried_again(held: list[int]) -> None:
    page = visit("quarantine", row=str(held[0]))
    assert not page.exception
    assert "is not a date that exists" in said(page)
    boxes = {box.label: box for box in page.text_input if str(box.key).startswith("held_")}
    assert next(iter(boxes)) == "Date of birth"
    assert boxes["Full name"].value == "<b>Moussa</b> $x$"
    boxes["Date of birth"].set_value("2001-02-28")
    press(page, "Save and try again")

    assert not page.exception
    assert "Published: 1 row." in said(page)
    with reading() as db:
        assert len(db.execute(select(Person.id)).all()) == 2
    assert [one.value for one in page.subheader] == ["1 row"]


def test_a_correction_is_saved_without_a_try(held: list[int]) -> None:
    page = visit("quarantine", row=str(held[0]))
    next(b for b in page.text_input if b.label == "Sex").set_value("F")
    press(page, "Save")

    with reading() as db:
        row = db.execute(select(ImportRow).where(ImportRow.id == held[0])).scalar_one()
    assert (row.edits, row.state) == ({"Sex": "F"}, RowState.OPEN)


def test_a_row_is_given_up_with_a_reason_from_its_own_page(held: list[int]) -> None:
    page = press(visit("quarantine", row=str(held[0])), "Give up")
    assert "Give a reason" in said(page)
    next(b for b in page.text_input if b.label == "Reason for giving up").set_value("moved away")
    press(page, "Give up")

    assert "Given up: 1 row." in said(page)
    assert [one.value for one in page.subheader] == ["1 row"]


def test_a_decided_row_is_shown_and_cannot_be_changed(people: People, held: list[int]) -> None:
    quarantine.discard(people.brook, [held[0]], "moved away")

    page = visit("quarantine", row=str(held[0]))

    assert "This row is decided: moved away" in said(page)
    assert not [button for button in page.button if button.label == "Save"]


def test_nothing_held_says_what_to_do_next(people: People, sign_in: SignIn) -> None:
    sign_in("brook")

    page = visit("quarantine")

    assert "No row waits for you." in said(page)
    assert len(links(page, "import_data")) == 1


def test_without_the_permission_or_a_session_the_page_says_so_and_nothing_else(
    held: list[int], open_page: OpenPage, cookies: dict[str, str]
) -> None:
    refused = open_page("efua", "quarantine", row=str(held[0]))
    assert "Your account has no permission to import files." in said(refused)
    assert not refused.title
    cookies.clear()
    assert "Your session has ended." in said(refused.run())


def test_the_held_rows_are_offered_as_a_file(held: list[int]) -> None:
    page = press(visit("quarantine"), "Download as CSV")

    assert 'href="/download/' in said(page)
