"""The page of sources: an empty start, adding one, its state, pausing it, its settings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from core.domain.permissions import Role
from core.services import source_runs, sources
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
    page.text_input(key="source_name").set_value("Old registry")
    page.selectbox(key="option_database_engine").select("sqlite").run()
    page.text_input(key="option_database_file").set_value(table)
    press(page, "Look for its tables")
    assert page.selectbox(key="option_database_table_found").options == ["people"]
    page.text_input(key="option_database_key").set_value("id")
    press(page, "Try it")
    assert page.dataframe[0].value["full_name"].tolist() == ["Awa Traoré", "Ali Ba"]

    press(page, "Add the source")

    [added] = sources.list_sources(brook.brook)
    assert (added.name, added.kind, added.programme) == ("Old registry", "database", "CASH")
    assert not page.exception


def test_the_form_asks_only_for_what_the_choices_need_and_in_words(brook: People) -> None:
    page = visit("sources", new="1")
    page.selectbox(key="source_kind").select("database").run()
    asked = [field.label for field in page.text_input]
    assert {"Server *", "Account *", "Password"} <= set(asked) and "SQLite file *" not in asked
    assert page.selectbox(key="option_database_tls").options == [
        "Encrypted, and the server's certificate is checked",
        "Not encrypted, inside one's own network only",
    ]
    page.selectbox(key="option_database_engine").select("sqlite").run()
    page.radio(key="option_database_way_table").set_value("query").run()

    asked = [field.label for field in (*page.main.text_input, *page.main.text_area)]

    assert asked == [
        *("Name of the source *", "SQLite file *", "Column that names a record *"),
        *("Column that says when a record was changed", "A SELECT statement"),
    ]
    assert not page.exception


def test_what_is_missing_is_said_at_each_field_and_nothing_is_kept(brook: People) -> None:
    page = visit("sources", new="1")
    page.selectbox(key="source_kind").select("database").run()
    press(page, "Add the source")

    assert [error.value for error in page.error] == [
        *("Give the source a name.", "Say the name of the database server."),
        *("Say the name of the database.", "Say the account that reads the database."),
        *("Say the table or view to read.", "Say the column that names a record."),
        "Something is missing: see above.",
    ]
    assert not page.exception
    assert sources.list_sources(brook.brook) == []


def test_what_is_saved_unchanged_moves_nothing(brook: People, table: str) -> None:
    uuid = sources.add_source(brook.brook, database("Old registry", table))
    page = visit("sources", source=str(uuid))

    page.button(key="source_options_save").click().run()

    assert "Saved." in said(page) and not page.exception
    assert sources.describe(brook.brook, uuid).options == database("", table).options


def test_a_run_that_waits_leads_to_its_publishing(brook: People, table: str) -> None:
    uuid = sources.add_source(brook.brook, database("Old registry", table))
    outcome = source_runs.run_source(brook.brook, uuid)
    page = visit("sources", source=str(uuid))

    assert "To publish: 2 rows. Held back: 0 rows." in said(page)
    assert f'href="/import_data?run={outcome.run}" target="_self" style=' in said(page)
    assert "Look at it and publish" in said(page)
    assert said(page).count("History") == 1


def test_a_source_is_retired_only_with_a_yes_and_keeps_its_history(
    brook: People, table: str
) -> None:
    uuid = sources.add_source(brook.brook, database("Old registry", table))
    source_runs.run_source(brook.brook, uuid)
    page = visit("sources", source=str(uuid))
    retire = next(button for button in page.button if button.label == "Retire")
    assert retire.disabled
    next(box for box in page.checkbox if box.label.startswith("Yes, retire")).check().run()

    press(page, "Retire")

    assert sources.describe(brook.brook, uuid).retired
    assert "Retired on" in said(page) and "checked, not published" in said(page)
    assert "Import now" not in [button.label for button in page.button]
    assert [one.label for one in visit("sources").expander] == ["Retired"]


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
