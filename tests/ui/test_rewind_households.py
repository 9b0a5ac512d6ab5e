"""The receipt of an import of households: what leaves is asked for and told in households."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from core.models import Household, ImportRun, Programme, Source, Status
from core.settings import now
from core.storage.database import reading, transaction
from tests.importing import Desk, add_place, add_programme
from tests.people import People
from tests.rewinding import home_of, households, published
from tests.ui.screens import press, said, visit

HEAD = "Household number,Household size,District\n"


@pytest.fixture
def desk(people: People, sign_in: Callable[[str], str], tmp_path: Path) -> Desk:
    add_programme("CASH")
    add_place("E", "East")
    sign_in("brook")
    return Desk(people.brook, tmp_path)


def bring_by_a_source(desk: Desk, rows: str) -> str:
    """Publish rows as if a source had brought them; return the run."""
    run = households(desk, rows).run
    with transaction() as db:
        programme = db.exec(select(Programme.id)).one()
        source = Source(
            name="Kobo",
            kind="kobo",
            user_id=desk.actor.user_id,
            programme_id=programme or 0,
            status=Status.POTENTIAL,
            created_at=now(),
        )
        db.add(source)
        db.flush()
        db.exec(select(ImportRun).where(ImportRun.uuid == run)).one().source_id = source.id
    return str(run)


def test_many_households_leave_when_their_number_is_typed(desk: Desk) -> None:
    rows = "".join(f"H{number},2,East\n" for number in range(102))
    run = bring_by_a_source(desk, HEAD + rows)
    published(desk, "Household number,ID,Full name,Sex,District\nH7,A1,Awa Traoré,F,East\n")
    page = visit("import_data", run=run, step="publish")
    press(page, "See what a rewind would do")
    assert "0 people, 101 households and 0 enrolments leave the registry" in said(page)
    assert "1 household stay or keep something" in said(page)
    assert home_of("H7") in said(page)
    assert "the whole household" in said(page)

    page.text_input(key=f"rewind_reason_{run}").set_value("wrong")
    press(page, "Yes, take it back")
    assert "type the number where it is asked" in said(page)
    typed = page.text_input(key=f"rewind_typed_{run}")
    assert typed.label == "Type the number of households that leave: 101"
    typed.set_value("101")
    press(page, "Yes, take it back")

    assert not page.exception
    assert "Its source will not bring these rows again by itself." in said(page)
    with reading() as db:
        assert len(db.exec(select(Household)).all()) == 1
    press(page, "Undo the rewind")
    assert "The import is back: 101 households." in said(page)
