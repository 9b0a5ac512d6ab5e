"""The workbook goes out with its findings marked and comes back with corrections."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.etl.choices import Column, Mapping
from core.etl.remedies.returned import recognise
from core.etl.remedies.steps import Cell, LeaveOut, Replace
from core.models import AccessEvent
from core.services import exports, imports, quarantine, remedies
from core.services.quarantine import Filters
from core.storage.database import access_transaction, transaction
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask, figures
from tests.people import add_people, add_person

HEADERS = ("ID", "Full name", "Sex", "Date of birth", "Note")
BORN = datetime(1990, 5, 14)  # noqa: DTZ001 - as a cell holds it
ROWS: tuple[tuple[Any, ...], ...] = (
    ("A1", "Awa Traoré", "F", BORN, "first"),
    ("007", "Moussa Koné", "Z", "1985-11-02", "+226 70"),
    ("A3", "Fanta Diallo", "F", "2001-02-31", None),
    (1004, "Ali Ba", "M", "1979-03-02", "x"),
)
FIELDS = {"Full name": "full_name", "Sex": "sex", "Date of birth": "birth_date"}


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def book(folder: Path) -> Path:
    """A workbook with a title above its headers and a total below its rows."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "People"
    sheet.append(["Registration of May"])
    sheet.append([])
    for row in (HEADERS, *ROWS):
        sheet.append(row)
    path = folder / "people.xlsx"
    made.save(path)
    return path


def csv(folder: Path) -> Path:
    path = folder / "people.csv"
    lines = [HEADERS, *ROWS[1:]]
    text = "\n".join(",".join("" if c is None else str(c) for c in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def checked(desk: Desk, path: Path) -> UUID:
    run = imports.start(desk.actor, imports.StartImport(path, path.name, "CASH"))
    columns = {header: Column(field) for header, field in FIELDS.items()}
    imports.set_mapping(desk.actor, run, Mapping(columns), "ID")
    imports.check(desk.actor, run)
    return run


def given_out(desk: Desk, run: UUID) -> tuple[Path, Any, Any]:
    """The workbook of a run: its path, the open book, the sheet of rows."""
    out = desk.folder / "out.xlsx"
    exports.write_workbook(desk.actor, run, out)
    opened = load_workbook(out)
    return out, opened, opened.worksheets[0]


def column(sheet: Any, name: str) -> int:
    return next(
        cell.column for row in sheet.iter_rows(max_row=3) for cell in row if cell.value == name
    )


def test_the_uploaded_workbook_comes_back_with_marks_and_words(desk: Desk) -> None:
    run = checked(desk, book(desk.folder))

    _path, opened, sheet = given_out(desk, run)

    assert [one.title for one in opened.worksheets if one.sheet_state == "visible"] == ["People"]
    assert opened["Caseload"].sheet_state == "veryHidden"
    assert sheet["A1"].value == "Registration of May"
    wrong = column(sheet, "What is wrong")
    said = sheet.cell(5, wrong).value
    assert said.startswith("Row 5, Sex: “Z” is not a value the registry knows.")
    assert sheet["C5"].fill.fgColor.rgb == "00F8CBAD"
    assert sheet["C5"].comment.text == said
    assert [sheet.cell(row, wrong + 1).value for row in range(4, 8)] == [4, 5, 6, 7]
    assert sheet.cell(4, wrong).value is None
    assert recognise(_path) == run


def test_a_csv_comes_back_as_a_workbook_of_text(desk: Desk) -> None:
    run = checked(desk, csv(desk.folder))

    path, _opened, sheet = given_out(desk, run)

    assert [cell.value for cell in sheet[1]][: len(HEADERS)] == list(HEADERS)
    assert [cell.value for cell in sheet[2]][:3] == ["007", "Moussa Koné", "Z"]
    assert sheet["E2"].data_type == "s"
    assert "is not a value" in sheet.cell(2, column(sheet, "What is wrong")).value
    assert recognise(path) == run
    assert recognise(csv(desk.folder)) is None
    assert recognise(book(desk.folder)) is None


@pytest.mark.parametrize("make", [book, csv])
def test_an_untouched_workbook_brings_nothing(desk: Desk, make: Any) -> None:
    run = checked(desk, make(desk.folder))
    remedies.add_step(desk.actor, run, Replace("Full name", "Ali Ba", "=cmd()"))
    path, _opened, sheet = given_out(desk, run)

    back = remedies.take_back(desk.actor, path)

    (typed,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=cmd()"]
    assert typed.data_type == "s"
    assert (back.run, back.taken, back.missing, back.added) == (run, 0, (), ())


@pytest.mark.parametrize("make", [book, csv])
def test_corrections_come_back_from_sorted_and_retyped_rows(desk: Desk, make: Any) -> None:
    run = checked(desk, make(desk.folder))
    path, opened, sheet = given_out(desk, run)
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value == "ID")
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=head + 1)]
    for line in lines:
        if line[1] == "Moussa Koné":
            line[0], line[2] = 7, "M"  # a spreadsheet takes the zeros away: no correction
            line[3] = datetime(1985, 11, 2)  # noqa: DTZ001 - the same day, typed anew
        if line[1] == "Fanta Diallo":
            line[3] = datetime(2001, 2, 28)  # noqa: DTZ001
    lines = [line for line in reversed(lines) if line[1] != "Ali Ba"]
    lines.append(["A9", "New Person", "F", None, None, None, None])
    for at in range(sheet.max_row, head, -1):
        sheet.delete_rows(at)
    for line in lines:
        sheet.append(line)
    opened.save(path)

    back = remedies.take_back(desk.actor, path)

    told = [step.step for step in remedies.list_steps(desk.actor, run)]
    cells = [(s.header, s.was, s.to) for s in told if isinstance(s, Cell)]
    assert sorted(cells) == [("Date of birth", "2001-02-31", "2001-02-28"), ("Sex", "Z", "M")]
    assert (back.taken, len(back.missing), len(back.added)) == (2, 1, 1)
    imports.check(desk.actor, run)
    people = len(ROWS) - (make is csv)
    assert figures(imports.publish(desk.actor, run)) == (people, 0, 0, 0)


def test_a_workbook_is_compared_with_what_it_showed(desk: Desk) -> None:
    run = checked(desk, book(desk.folder))
    remedies.add_step(desk.actor, run, Replace("Sex", "Z", "M"))
    remedies.add_step(desk.actor, run, LeaveOut("moved", rows=(7,)))
    path, opened, sheet = given_out(desk, run)
    assert sheet["C5"].value == "M"
    remedies.undo_step(desk.actor, run, 1)
    sheet["B4"] = "Awa Traore"
    opened.save(path)

    back = remedies.take_back(desk.actor, path)

    assert (back.taken, back.missing, back.added) == (1, (), ())


def test_a_published_runs_workbook_corrects_its_held_rows_alone(desk: Desk) -> None:
    run = checked(desk, book(desk.folder))
    imports.publish(desk.actor, run)
    path, opened, sheet = given_out(desk, run)
    sheet["C5"], sheet["B4"] = "M", "Somebody Else"
    opened.save(path)

    back = remedies.take_back(desk.actor, path)

    assert (back.taken, back.refused) == (1, ((4, "Full name"),))
    assert quarantine.retry(desk.actor, run).published == 1
    assert ask("SELECT full_name FROM person ORDER BY full_name") == [
        ("Ali Ba",),
        ("Awa Traoré",),
        ("Moussa Koné",),
    ]


def test_a_workbook_that_lost_a_column_or_its_table_is_refused(desk: Desk) -> None:
    run = checked(desk, book(desk.folder))
    path, opened, sheet = given_out(desk, run)
    with pytest.raises(InvalidInput, match="no workbook that was downloaded"):
        remedies.take_back(desk.actor, book(desk.folder))
    facts = opened["Caseload"]
    digest = next(row[1] for row in facts.iter_rows() if row[0].value == "digest")
    digest.value = "0" * 16
    opened.save(path)
    with pytest.raises(Conflict, match="Download it again"):
        remedies.take_back(desk.actor, path)
    path, opened, sheet = given_out(desk, run)
    sheet.delete_cols(column(sheet, "Sex"))
    opened.save(path)
    with pytest.raises(InvalidInput, match="no column “Sex” any more"):
        remedies.take_back(desk.actor, path)


def test_the_workbook_is_the_runs_users_alone_and_its_download_is_logged(desk: Desk) -> None:
    run = checked(desk, book(desk.folder))
    path, *_ = given_out(desk, run)
    with transaction() as db:
        other = add_person(db, "kofi", Role.ANALYST)

    with pytest.raises(NotFound):
        exports.write_workbook(other, run, desk.folder / "theirs.xlsx")
    with pytest.raises(NotFound):
        exports.request_workbook(other, "session", run)
    with pytest.raises(NotFound):
        remedies.take_back(other, path)
    with access_transaction() as db:
        logged = db.execute(select(AccessEvent.action, AccessEvent.details)).all()
    assert [(action, details["kind"]) for action, details in logged if "kind" in details] == [
        ("export", "workbook")
    ]


def test_a_large_file_comes_back_with_its_bad_rows_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_CELLS", 10)
    monkeypatch.setattr(exports, "MOST_CELLS_COPIED", 10)
    run = checked(desk, book(desk.folder))

    path, opened, sheet = given_out(desk, run)

    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["Moussa Koné", "Fanta Diallo"]
    sheet["C2"] = "M"
    opened.save(path)
    back = remedies.take_back(desk.actor, path)
    assert (back.taken, back.missing) == (1, ())


def test_held_rows_leave_as_csv(desk: Desk) -> None:
    imports.publish(desk.actor, checked(desk, csv(desk.folder)))
    out = desk.folder / "held.csv"

    assert exports.write_held(desk.actor, Filters(), out).rows == 2

    text = out.read_text(encoding="utf-8-sig").splitlines()
    assert text[0] == "programme,file,row,owner,held_at,state,reasons," + ",".join(HEADERS)
    assert "unknown_code (Sex)" in text[1]
    assert text[1].endswith("007,Moussa Koné,Z,1985-11-02,+226 70")
