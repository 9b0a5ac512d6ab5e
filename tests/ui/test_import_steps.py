"""The import page: a file in, its columns, its findings, its receipt; the address holds the run."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.models import Person
from core.storage.database import reading, transaction
from tests.people import People
from tests.ui.screens import links, press, said, visit
from tests.world import add_programme

SignIn = Callable[[str], str]
FILE = """Nom complet,Sexe,Date de naissance,Téléphone
Awa Diallo,Féminin,31/12/1984,0612345678
Ali Ba,M,02/03/1979,0698765432
Ali Ba,M,02/03/1979,0698765432
<b>Code</b> Inconnu,Z,01/02/1980,
"""


@pytest.fixture
def analyst(people: People, sign_in: SignIn) -> People:
    with transaction() as db:
        add_programme(db, "CASH")
    sign_in("brook")
    return people


def upload(text: str = FILE) -> AppTest:
    page = visit("import_data")
    page.file_uploader[0].upload("liste.csv", text.encode(), "text/csv")
    return press(page, "Read the file")


def test_a_file_is_read_and_its_columns_are_understood(analyst: People) -> None:
    page = upload()

    assert not page.exception
    fields = {box.label: box.value for box in page.selectbox if box.key.endswith("_field")}
    assert fields == {
        "Nom complet": "full_name",
        "Sexe": "sex",
        "Date de naissance": "birth_date",
        "Téléphone": "phone",
    }
    assert "Column names in row 1, 4 columns" in said(page)


def test_findings_name_row_column_value_and_remedy_and_clean_rows_are_published(
    analyst: People,
) -> None:
    page = press(upload(), "Check the file")

    assert not page.exception
    assert "Row 5, Sexe: “Z” is not a value the registry knows." in said(page)
    assert "Row 4 repeats row 3." in said(page)
    press(page, "Publish 2 clean rows")
    press(page, "Yes, publish")
    assert not page.exception
    assert "Published: 2 rows of the file." in said(page)
    assert len(links(page, "potential")) == 1
    with reading() as db:
        names = db.execute(select(Person.full_name).order_by(Person.full_name)).scalars().all()
    assert names == ["Ali Ba", "Awa Diallo"]


def test_saying_what_a_value_means_frees_its_row(analyst: People) -> None:
    page = upload()
    next(b for b in page.selectbox if b.label == "Z").select("OTHER")
    press(page, "Check the file")

    assert not page.exception
    assert "“Z” is not a value" not in said(page)
    assert any(button.label == "Publish 3 clean rows" for button in page.button)


def test_more_than_a_hundred_rows_are_confirmed_by_typing_the_number(analyst: People) -> None:
    rows = "\n".join(f"Person {chr(65 + n // 26)}{chr(65 + n % 26)},F,1990" for n in range(120))
    page = press(upload(f"Full name,Sex,Birth year\n{rows}\n"), "Check the file")
    press(page, "Publish 120 clean rows")
    press(page, "Yes, publish")

    assert [error.value for error in page.error] == ["The number is not right. Type 120."]
    typed = next(box for box in page.text_input if str(box.key).startswith("typed_"))
    typed.set_value("120")
    press(page, "Yes, publish")
    assert "Published: 120 rows of the file." in said(page)


def test_a_run_survives_a_reload_and_is_nobody_elses(analyst: People, sign_in: SignIn) -> None:
    run = upload().query_params["run"]

    again = visit("import_data", run=run)
    assert any(button.label == "Check the file" for button in again.button)
    stranger = visit("import_data", run="5e2a6f0e-6f5f-4a39-9d4d-111111111111")
    assert "was not found" in said(stranger)


def test_a_file_that_is_no_table_is_refused_with_a_remedy(analyst: People) -> None:
    page = upload("\n\n\n")

    assert not page.exception
    assert len(page.error) == 1
