"""The list of one's imports: pages, filters and the place in it stand in the address."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.services import imports
from core.storage.database import transaction
from tests.importing import Desk
from tests.people import People
from tests.ui.screens import press, said, visit
from tests.world import add_programme


@pytest.fixture
def desk(people: People, sign_in: Callable[[str], str], tmp_path: Path) -> Desk:
    with transaction() as db:
        add_programme(db, "CASH")
    sign_in("brook")
    return Desk(people.brook, tmp_path)


def start(desk: Desk, name: str) -> None:
    path = desk.folder / name
    path.write_text("Full name,Sex\nAwa Ba,F\n", encoding="utf-8")
    desk.start(path)


def test_an_old_import_is_reached_found_and_put_away_after_a_question(desk: Desk) -> None:
    for n in range(12):
        start(desk, f"list {n:02}.csv")
    page = visit("import_data")
    assert "1–10 of 12" in said(page)
    assert "list 01.csv" not in said(page)

    press(page, "Next")
    assert page.query_params["from"] == "10"
    assert "list 01.csv" in said(page)
    next(one for one in page.text_input if one.label == "File name").set_value("IST 00").run()
    assert "from" not in page.query_params
    assert "list 00.csv" in said(page)
    assert "list 01.csv" not in said(page)
    (bin_,) = (one for one in page.button if str(one.key).startswith("discard_"))
    bin_.click().run()
    assert "Discard “list 00.csv”?" in said(page)
    press(page, "Cancel")
    assert len(imports.list_runs(desk.actor)) == 12
    (bin_,) = (one for one in page.button if str(one.key).startswith("discard_"))
    bin_.click().run()
    press(page, "Yes, discard it")

    assert not page.exception
    assert "“list 00.csv” is discarded." in said(page)
    assert "No import fits this." in said(page)
    press(page, "Show all")
    assert "1–10 of 11" in said(page)
    empty = visit("import_data", list="published")
    assert "No import fits this." in said(empty)
