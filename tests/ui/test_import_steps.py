"""The import page: a file in five steps with a way back at each; the address holds the run."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.models import Person
from core.storage.database import reading, transaction
from core.text import speaking
from tests.people import People
from tests.ui.screens import links, press, said, selects, visit
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


def to_columns(text: str = FILE) -> AppTest:
    return press(upload(text), "Go on: Columns")


def to_values(text: str = FILE) -> AppTest:
    return press(to_columns(text), "Go on: Values")


def to_check(text: str = FILE) -> AppTest:
    return press(to_values(text), "Go on: Check")


def to_publish(text: str = FILE) -> AppTest:
    return press(to_check(text), "Go on: Publish")


def box(page: AppTest, label: str) -> object:
    return next(one for one in page.selectbox if one.label == label)


def labels(page: AppTest) -> set[str]:
    """The buttons that can be pressed."""
    return {button.label for button in page.button if not button.disabled}


def test_a_file_is_shown_as_it_will_be_read(analyst: People) -> None:
    page = upload()

    assert not page.exception
    assert "Column names in row 1, 4 columns" in said(page)
    assert "31/12/1984" in said(page)
    assert "&lt;b&gt;Code&lt;/b&gt; Inconnu" in said(page)


def test_the_columns_are_understood(analyst: People) -> None:
    page = to_columns()

    assert not page.exception
    fields = {one.label: one.value for one in page.selectbox if one.key.endswith("_field")}
    assert fields == {
        "Nom complet": "full_name",
        "Sexe": "sex",
        "Date de naissance": "birth_date",
        "Téléphone": "phone",
    }


def test_a_column_may_hold_a_known_type_of_number_in_either_language(analyst: People) -> None:
    page = to_columns(FILE.replace("Téléphone", "Carte verte"))

    assert "Identifier “passport”" in box(page, "Carte verte").options  # type: ignore[attr-defined]
    before = selects(page)
    page.selectbox(key="shell_language").set_value("fr").run()
    assert not before & selects(page)  # a browser would send words of the other language
    with speaking("fr"):
        press(page, "Continuer : Valeurs")
        press(page, "2 · Colonnes")

        assert not page.exception
        assert box(page, "Nom complet").value == "full_name"  # type: ignore[attr-defined]


def test_findings_name_row_column_value_and_remedy_and_clean_rows_are_published(
    analyst: People,
) -> None:
    page = to_check()

    assert not page.exception
    assert "Row 5, Sexe: “Z” is not a value the registry knows." in said(page)
    assert "Row 4 repeats row 3." in said(page)
    press(page, "Go on: Publish")
    assert not page.exception
    press(page, "Publish 2 clean rows")
    press(page, "Yes, publish")
    assert not page.exception
    assert "Published: 2 rows of the file." in said(page)
    assert len(links(page, "potential")) == 1
    with reading() as db:
        names = db.execute(select(Person.full_name).order_by(Person.full_name)).scalars().all()
    assert names == ["Ali Ba", "Awa Diallo"]


def test_saying_what_a_value_means_frees_its_row(analyst: People) -> None:
    page = to_values()
    box(page, "Z").select("OTHER")  # type: ignore[attr-defined]
    press(page, "Go on: Check")

    assert not page.exception
    assert "“Z” is not a value" not in said(page)
    press(page, "Go on: Publish")
    assert "Publish 3 clean rows" in labels(page)


def test_a_suggestion_is_read_before_it_is_taken_and_proposed_again_next_time(
    analyst: People,
) -> None:
    page = to_values(FILE.replace(",M,", ",Masculin,").replace(",Z,", ",H,"))
    assert "suggested: Male (a letter for a word that stands in this column too)" in said(page)
    assert box(page, "H").value is None  # type: ignore[attr-defined]

    press(page, "Take all suggestions")
    assert "as suggested, taken by you" in said(page)
    assert box(page, "H").value == "MALE"  # type: ignore[attr-defined]

    for label in ("Go on: Check", "Go on: Publish", "Publish 3 clean rows", "Yes, publish"):
        press(page, label)
    later = to_values(FILE.replace(",M,", ",H,").replace(",Z,", ",H,").replace("Awa", "Ada"))
    assert "suggested: Male (said of an earlier file)" in said(later)


def test_numbers_mean_something_by_a_code_book_that_is_picked_alone(analyst: People) -> None:
    rows = "".join(f"Person {chr(65 + n)}a,{1 + n % 2}\n" for n in range(8))
    page = to_values(f"Full name,Sex\n{rows}")

    book = next(one for one in page.radio if "Code book" in one.label)
    assert book.value is None
    assert book.options[1] == "1 = Male, 2 = Female"
    book.set_value(0)
    press(page, "Go on: Check")
    press(page, "Go on: Publish")
    assert "Publish 8 clean rows" in labels(page)


def test_going_back_keeps_what_was_chosen(analyst: People) -> None:
    page = to_columns()
    box(page, "Téléphone").select("-")  # type: ignore[attr-defined]
    press(page, "Go on: Values")
    box(page, "Z").select("OTHER")  # type: ignore[attr-defined]
    press(page, "Back to step 2")

    assert box(page, "Téléphone").value == "-"  # type: ignore[attr-defined]
    press(page, "Go on: Values")
    assert box(page, "Z").value == "OTHER"  # type: ignore[attr-defined]
    press(page, "Go on: Check")
    press(page, "1 · File")
    press(page, "4 · Check")
    press(page, "Go on: Publish")
    assert "Publish 3 clean rows" in labels(page)


def test_a_header_row_said_by_hand_is_read_again(analyst: People) -> None:
    page = upload("Full name,Sex\nFull name,Sex,\nAwa Diallo,F\nAli Ba,M\n")
    row = next(one for one in page.number_input if one.label == "Row of the column names")
    row.set_value(2)
    press(page, "Read it like this")

    assert not page.exception
    assert not page.error
    assert "Column names in row 2" in said(page)


def test_a_remedy_says_what_it_does_and_can_be_taken_back(analyst: People) -> None:
    page = to_check()
    offers = next(one for one in page.selectbox if one.key.startswith("remedy_unknown_code"))
    assert offers.value is None
    offers.select_index(offers.options.index("Sexe: “Z” means no answer")).run()
    assert "Touches 1 row." in said(page)
    assert "Goes: 1 × held back (Sexe)." in said(page)
    next(one for one in page.button if str(one.key).startswith("apply_unknown_code")).click().run()

    assert not page.exception
    assert "“Z” is not a value" not in said(page)
    assert "Remedies taken: 1" in {one.label for one in page.expander}
    press(page, "Take back")
    assert "“Z” is not a value" in said(page)
    assert "taken back" in said(page)
    press(page, "Redo")
    assert "“Z” is not a value" not in said(page)


def test_a_correction_throughout_a_column_is_looked_at_and_applied(analyst: People) -> None:
    page = to_check()
    page.selectbox(key="replace_column").select("Sexe").run()
    page.text_input(key="replace_old").set_value("Z").run()
    page.text_input(key="replace_new").set_value("F").run()
    assert "Touches 1 row. Goes: 1 × held back (Sexe)." in said(page)
    page.button(key="replace_apply").click().run()

    assert not page.exception
    assert "“Z” is not a value" not in said(page)


def test_the_rows_with_findings_can_be_read_as_a_plain_table(analyst: People) -> None:
    page = to_check()
    page.toggle(key="grid_plain").set_value(True).run()

    assert not page.exception
    assert "&lt;b&gt;Code&lt;/b&gt; Inconnu" in said(page)
    assert "● Row 5, Sexe" in said(page)


def test_a_publish_is_shown_cell_by_cell_before_it_happens(analyst: People) -> None:
    page = to_publish()

    assert not page.exception
    assert "Sex: Female" in said(page)
    page.button(key="kind_held").click().run()
    assert "Code" in said(page)
    assert page.query_params["kind"] == "held"


def test_a_saved_mapping_is_known_again_with_its_remedies(analyst: People) -> None:
    page = to_check()
    page.selectbox(key="replace_column").select("Sexe").run()
    page.text_input(key="replace_old").set_value("Z").run()
    page.text_input(key="replace_new").set_value("F").run()
    page.button(key="replace_apply").click().run()
    press(page, "Go on: Publish")
    next(one for one in page.text_input if str(one.key).startswith("save_")).set_value(
        "March"
    ).run()
    press(page, "Save the mapping")
    assert "Saved as “March”, version 1." in said(page)

    again = upload(FILE.replace("Awa", "Ada"))
    assert "Known layout: March, version 1" in said(again)
    press(again, "Skip to the check")
    assert "★ remembered from an earlier file" in said(again)
    assert "“Z” is not a value" not in said(again)


def test_a_published_import_is_taken_back_and_that_is_undone(analyst: People) -> None:
    page = to_publish()
    press(page, "Publish 2 clean rows")
    press(page, "Yes, publish")
    press(page, "See what a rewind would do")
    assert "2 people, 0 households and 2 enrolments leave the registry" in said(page)
    press(page, "Yes, take it back")
    assert "Give a reason" in said(page)
    next(b for b in page.text_input if str(b.key).startswith("rewind_reason")).set_value("wrong")
    press(page, "Yes, take it back")

    assert not page.exception
    assert "This import has been taken back: 2 rows." in said(page)
    assert "Reason: wrong" in said(page)
    press(page, "Undo the rewind")
    assert "Published: 2 rows of the file." in said(page)


def test_more_than_a_hundred_rows_are_confirmed_by_typing_the_number(analyst: People) -> None:
    rows = "\n".join(f"Person {chr(65 + n // 26)}{chr(65 + n % 26)},F,1990" for n in range(120))
    page = to_publish(f"Full name,Sex,Birth year\n{rows}\n")
    press(page, "Publish 120 clean rows")
    press(page, "Yes, publish")

    assert [error.value for error in page.error] == ["The number is not right. Type 120."]
    typed = next(one for one in page.text_input if str(one.key).startswith("typed_"))
    typed.set_value("120")
    press(page, "Yes, publish")
    assert "Published: 120 rows of the file." in said(page)


def test_a_run_survives_a_reload_and_is_nobody_elses(analyst: People, sign_in: SignIn) -> None:
    run = to_columns().query_params["run"]

    again = visit("import_data", run=run, step="columns")
    assert "Go on: Values" in labels(again)
    stranger = visit("import_data", run="5e2a6f0e-6f5f-4a39-9d4d-111111111111")
    assert "was not found" in said(stranger)


def test_a_step_that_cannot_be_opened_yet_leads_to_the_one_that_can(analyst: People) -> None:
    run = upload().query_params["run"]

    early = visit("import_data", run=run, step="publish")
    assert not early.exception
    assert "Go on: Columns" in labels(early)
    assert "5 · Publish" not in labels(early)


def test_a_file_that_is_no_table_is_refused_with_a_remedy(analyst: People) -> None:
    page = upload("\n\n\n")

    assert not page.exception
    assert len(page.error) == 1
