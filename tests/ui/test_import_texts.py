"""On the import page: spellings made one, a file of two programmes, the workbook at step one."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from core.services import exports, imports, remedies
from tests.importing import add_programme
from tests.people import People
from tests.ui.screens import press, said, visit

FILE = """Nom complet,Sexe,Métier,Programme
Awa Diallo,F,Agriculteur,CASH
Ali Ba,M,agriculteur,FOOD
Ida Sow,F,Éleveur,FOOD
Omar Fall,M,Eleveur.,
Sira Keïta,F,Éleveur,Moon
"""


@pytest.fixture
def analyst(people: People, sign_in: Callable[[str], str]) -> People:
    add_programme("CASH")
    add_programme("FOOD")
    sign_in("brook")
    return people


def upload(*files: tuple[str, bytes]) -> AppTest:
    page = visit("import_data")
    for name, content in files:
        page.file_uploader[0].upload(name, content, "application/octet-stream")
    return press(page, "Read the file")


def to_values() -> AppTest:
    page = press(upload(("liste.csv", FILE.encode())), "Go on: Columns")
    return press(page, "Go on: Values")


def test_spellings_are_made_one_by_a_click_and_those_not_ticked_stay(analyst: People) -> None:
    page = to_values()

    assert not page.exception
    assert "Spellings that are probably the same: 2" in {one.label for one in page.expander}
    assert "“Éleveur” (2) · “Eleveur.” (1)" in said(page)
    ticked = {one.label: one.value for one in page.checkbox}
    assert ticked == {
        "Write “Agriculteur” in one way": True,
        "Write “Éleveur” in one way": False,
    }
    common = next(one for one in page.text_input if "Agriculteur" in one.label)
    common.set_value("Cultivateur")
    press(page, "Write those ticked in one way")
    assert not page.exception
    assert "Spellings made one: 1." in said(page)
    assert "Spellings that are probably the same: 1" in {one.label for one in page.expander}
    run = UUID(page.query_params["run"])
    assert [one.words for one in remedies.list_steps(analyst.brook, run)] == [
        "Métier: “Agriculteur” becomes “Cultivateur”",
        "Métier: “agriculteur” becomes “Cultivateur”",
    ]
    press(page, "Write those ticked in one way")
    assert "Tick the texts" in said(page)


def test_a_file_of_two_programmes_becomes_two_imports_that_know_each_other(
    analyst: People,
) -> None:
    page = upload(("liste.csv", FILE.encode()))

    assert "The rows belong to several programmes." in said(page)
    assert "stays in this import, where the check holds it back" in said(page)
    press(page, "Make one import for each programme: 2")
    assert not page.exception
    assert "Imports made of this file: 2." in said(page)
    assert "The rows belong to several programmes." not in said(page)
    here, other = (one.uuid for one in reversed(imports.list_runs(analyst.brook)))
    assert f"/import_data?run={other}" in said(page)
    beside = visit("import_data", run=str(other))
    assert f"/import_data?run={here}" in said(beside)
    assert "Ali Ba" in said(beside)
    assert "Awa Diallo" not in said(beside)


def test_a_corrected_workbook_resumes_its_import_from_step_one(
    analyst: People, tmp_path: Path
) -> None:
    page = press(to_values(), "Go on: Check")
    run = page.query_params["run"]
    path = tmp_path / "back.xlsx"
    exports.write_workbook(analyst.brook, UUID(run), path)
    book = load_workbook(path)
    (cell,) = [one for row in book.worksheets[0] for one in row if one.value == "Moon"]
    cell.value = "CASH"
    book.save(path)

    beside = upload(("a.csv", b"Nom complet,Sexe\nAwa Ba,F\n"), ("back.xlsx", path.read_bytes()))
    assert "“back.xlsx” is a workbook that was downloaded from an import here." in said(beside)
    page = upload(("back.xlsx", path.read_bytes()))

    assert not page.exception
    assert "Taken from the corrected workbook: 1 cells." in said(page)
    assert page.query_params["run"] == run
    assert len(imports.list_runs(analyst.brook)) == 1


def test_of_a_file_like_the_last_only_what_is_new_is_asked_wherever_its_table_stands(
    analyst: People,
) -> None:
    page = press(to_values(), "Go on: Check")
    press(page, "Go on: Publish")
    next(one for one in page.text_input if str(one.key).startswith("save_")).set_value("May").run()
    press(page, "Save the mapping")
    head, *rest = FILE.replace("Awa", "Ada").splitlines()
    june = "\n".join([f"{head},Zq", *(f"{line},x{n}" for n, line in enumerate(rest))])

    page = upload(("june.csv", june.encode()))
    press(page, "Use this layout")
    assert "New here, to be confirmed: “Zq”." in said(page)
    press(page, "Confirm the new columns")

    assert "Please confirm: these columns have a new name or are new" in said(page)
    assert page.selectbox[0].label == "Zq"
    press(page, "Go on: Values")
    press(page, "1 · File")
    assert "Skip to the check" in {one.label for one in page.button}

    odd = upload(
        ("odd.csv", f"Full name,Sex,Phone,District\n{FILE.replace('Awa', 'Oda')}".encode())
    )
    assert "Known layout" not in said(odd)
    next(one for one in odd.number_input if one.label == "Row of the column names").set_value(2)
    press(odd, "Read it like this")
    assert "Known layout: May, version 1" in said(odd)
