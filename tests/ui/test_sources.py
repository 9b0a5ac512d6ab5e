"""The page of sources: an empty start, adding one, its state, pausing it, its settings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from core.domain.permissions import Role
from core.services import sources
from core.services.sources import NewSource
from core.settings import read_settings
from core.storage.database import transaction
from tests.people import People, add_person
from tests.ui.screens import press, said, visit
from tests.world import add_programme

SignIn = Callable[[str], str]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A SQLite file of two people in the folder of sources."""
    monkeypatch.setenv("CASELOAD_SOURCE_FOLDER", str(tmp_path))
    read_settings.cache_clear()
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as db:
        db.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY, full_name TEXT, sex TEXT)"))
        db.execute(text("INSERT INTO people VALUES (1, 'Awa Traoré', 'F'), (2, 'Ali Ba', 'M')"))
    engine.dispose()
    yield "old.db"
    read_settings.cache_clear()


@pytest.fixture
def brook(people: People, sign_in: SignIn) -> People:
    with transaction() as db:
        add_programme(db, "CASH")
    sign_in("brook")
    return people


def database(name: str, file: str) -> NewSource:
    options = {"engine": "sqlite", "file": file, "table": "people", "key": "id"}
    return NewSource(name, "database", options, "CASH")


def test_without_a_source_the_page_says_what_one_is(brook: People) -> None:
    page = visit("sources")

    assert not page.exception
    assert "KoboToolbox" in said(page)
    assert page.button[0].label == "Add a source"


def test_a_source_is_tried_and_added(brook: People, table: str) -> None:
    page = visit("sources", new="1")
    page.selectbox(key="source_kind").select("database").run()
    page.text_input[0].set_value("Old registry")
    page.selectbox(key="option_database_engine").select("sqlite")
    page.text_input(key="option_database_file").set_value(table)
    page.text_input(key="option_database_table").set_value("people")
    page.text_input(key="option_database_key").set_value("id")
    press(page, "Try it")
    assert page.dataframe[0].value["full_name"].tolist() == ["Awa Traoré", "Ali Ba"]

    press(page, "Add the source")

    [added] = sources.list_sources(brook.brook)
    assert (added.name, added.kind, added.programme) == ("Old registry", "database", "CASH")
    assert not page.exception


def test_what_cannot_work_is_a_sentence(brook: People) -> None:
    page = visit("sources", new="1")
    page.selectbox(key="source_kind").select("kobo").run()
    press(page, "Add the source")

    assert "is missing" in said(page)
    assert not page.exception
    assert sources.list_sources(brook.brook) == []


def test_a_source_is_paused_with_a_reason_and_resumed(brook: People, table: str) -> None:
    uuid = sources.add_source(brook.brook, database("Old registry", table))
    page = visit("sources", source=str(uuid))
    page.text_input(key="source_reason").set_value("The ministry is moving house.")
    press(page, "Pause")
    assert "The ministry is moving house." in said(page)

    press(page, "Resume")

    assert sources.describe(brook.brook, uuid).paused is None
    assert not page.exception


def test_an_import_now_goes_into_the_queue(brook: People, table: str) -> None:
    uuid = sources.add_source(brook.brook, database("Old registry", table))
    page = visit("sources", source=str(uuid))

    press(page, "Import now")

    assert not page.exception
    assert "The work goes on when you close this page." in said(page)


def test_a_source_of_somebody_else_is_not_there(brook: People, sign_in: SignIn, table: str) -> None:
    uuid = sources.add_source(brook.brook, database("Old registry", table))
    with transaction() as db:
        add_person(db, "zola", Role.ANALYST)
    sign_in("zola")

    page = visit("sources", source=str(uuid))

    assert "was not found" in said(page)
    assert "Old registry" not in said(page)
    assert "KoboToolbox" in said(visit("sources"))


def test_who_may_not_import_does_not_get_the_page(brook: People, sign_in: SignIn) -> None:
    sign_in("amina")

    assert "Sources" not in said(visit("sources"))
