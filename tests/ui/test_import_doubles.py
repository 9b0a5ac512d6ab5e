"""Possible duplicates are compared and decided on the screen; a publish says what it holds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from core.etl.runs.likeness import Reason
from core.services import accounts, imports, matching, quarantine
from core.services.quarantine import Filters
from core.storage.database import transaction
from core.text import speaking
from core.ui.widgets.likeness_words import say_likeness
from tests.importing import Desk
from tests.people import NORTH, People
from tests.ui.screens import links, press, said, visit
from tests.world import add_programme

SignIn = Callable[[str], str]
HEAD = "ID,Full name,Sex,Date of birth,National ID,Region\n"
SYLLABLES = ("ba", "ko", "mi", "tu", "re")


@pytest.fixture
def desk(people: People, sign_in: SignIn, tmp_path: Path) -> Desk:
    with transaction() as db:
        add_programme(db, "CASH")
    sign_in("brook")
    return Desk(people.brook, tmp_path)


def rows(key: str, many: int) -> str:
    """Lines of people who are as unlike each other as names and dates of birth may be."""
    found = []
    for n in range(many):
        first, last = SYLLABLES[n % 5], SYLLABLES[n // 5]
        name = f"{first.title()}{last}n {last.title()}{first}r"
        found.append(f"{key}{n},{name},F,{1950 + 2 * n}-0{1 + n % 9}-1{n % 9},,{NORTH}\n")
    return "".join(found)


@pytest.mark.parametrize("reason", [one for one in Reason if one])
def test_every_reason_for_likeness_has_words_in_both_languages(reason: Reason) -> None:
    for days in (1, 17):
        code = reason.format(n=days)
        english = say_likeness([code])
        with speaking("fr"):
            french = say_likeness([code])

        assert "_" not in english + french
        assert english != code.replace("_", " ") or reason in ("same_name", "similar_name",
            "same_address", "sex_differs")  # fmt: skip
        assert english != french


def test_many_doubles_are_decided_together_after_a_second_look_and_opened_again(
    desk: Desk,
) -> None:
    desk.published(HEAD + rows("A", 22), key="ID")
    run = desk.checked(HEAD + rows("B", 22), key="ID")

    page = visit("import_data", run=str(run), step="publish")
    assert not page.exception
    assert "One candidate alone is so much alike: 22 rows." in said(page)
    assert "92 %: same name, same date of birth, same area" in said(page)
    press(page, "They are the same people")
    assert imports.describe(desk.actor, run).document.decisions == {}
    press(page, "Yes, decide 22 rows")

    assert not page.exception
    assert matching.summary(desk.actor, run).new == 0
    assert "Decided together: 22 rows." in said(page)
    press(page, "Leave them open again")
    assert imports.describe(desk.actor, run).document.decisions == {}
    assert matching.summary(desk.actor, run).new == 22


def test_a_double_within_the_file_is_shown_beside_its_row_in_the_readers_words(
    desk: Desk,
) -> None:
    run = desk.checked(
        HEAD
        + f"1,Awa Traoré,F,1990-05-14,N-77,{NORTH}\n2,Traore Awa,F,1990-05-17,,{NORTH}\n"
        + "3,Nobody,F,xx,,\n",
        key="ID",
    )
    accounts.choose_language(desk.actor, "fr")

    page = visit("import_data", run=str(run), step="publish", kind="new")

    assert not page.exception
    told = said(page)
    assert "noms dans un autre ordre" in told
    assert told.count("1990-05-14") >= 2  # the preview's, and the candidate's beside its row
    assert "_apart" not in told
    assert "N-77" in told
    assert "Lieu : Area N" in told
    held = visit("import_data", run=str(run), step="publish", kind="held")
    assert "« xx »" in said(held)


def test_a_busy_search_is_no_failure_of_a_publish_and_the_way_back_is_on_top(desk: Desk) -> None:
    run = desk.checked(HEAD + rows("A", 3), key="ID")
    with transaction() as db:  # what the search does then fails as a locked database does
        db.execute(
            text(
                "CREATE TRIGGER busy BEFORE DELETE ON search_outbox "
                "BEGIN INSERT INTO locked VALUES (1); END"
            )
        )
    page = visit("import_data", run=str(run), step="publish")
    assert "Back to step 4" in [button.label for button in page.button]

    press(page, "Publish 3 clean rows")
    press(page, "Yes, publish")

    with transaction() as db:
        db.execute(text("DROP TRIGGER busy"))
    assert [error.value for error in page.error] == []
    assert "Published: 3 rows of the file." in said(page)


def test_a_receipt_counts_what_waits_still_and_names_the_second_try(desk: Desk) -> None:
    bad = "X1,Awa Traoré,F,2001-02-31,,\nX2,Fanta Sylla,F,2001-02-30,,\n"
    desk.published(HEAD + rows("A", 2) + bad, key="ID")
    (run,) = imports.list_runs(desk.actor)
    first = quarantine.list_rows(desk.actor, Filters()).rows[0]
    quarantine.edit(desk.actor, first.id, {"Date of birth": "2001-02-28"})
    again = quarantine.retry(desk.actor, run.uuid, [first.id])
    query = {"run": str(run.uuid)}

    page = visit("import_data", **query)
    link = next(one.proto for one in page.get("page_link") if one.proto.page == "quarantine")
    assert link.label == "Correct the 1 row held back"
    press(page, "See what a rewind would do")
    assert "A second try has published 1 row of this file." in said(page)
    assert links(page, "import_data") == [f"run={again.run}"]
    next(b for b in page.text_input if str(b.key).startswith("rewind_reason")).set_value("wrong")
    press(page, "Yes, take it back")

    assert not page.exception
    assert links(page, "quarantine") == []
    assert links(page, "import_data") == [f"run={again.run}"]
    assert "corrected rows of people.csv" in said(visit("import_data"))
