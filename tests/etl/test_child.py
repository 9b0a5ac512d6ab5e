"""Reading in a limited child: what a hostile file does to it, and which files need none."""

import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from core.errors import InvalidInput, UnreadableFile
from core.etl.tables import child, child_works
from core.etl.tables._harmless import are_harmless
from core.etl.tables.looking import Files
from core.etl.tables.shapes import AS_PROPOSED, TableChoice
from tests.etl.checking import written

PEOPLE = "Full name,Sex\nAmina Diallo,F\nAli Ba,M\n"


@pytest.fixture
def table(tmp_path):
    return written(tmp_path / "people.csv", PEOPLE)


@pytest.fixture
def always(monkeypatch):
    """Every file is read in a child."""
    monkeypatch.setattr(child_works, "are_harmless", lambda paths: False)


def look(path, choice=AS_PROPOSED):
    return child_works.inspect(Files((path,), (path.name,)), choice)


def asked(path, **more):
    choice = {"sheets": [], "all_sheets": False, "header_row": None, "shape": ""}
    return {"paths": [str(path)], "names": [path.name], "choice": choice, **more}


def test_the_child_answers_as_the_process_itself(table, monkeypatch):
    here = look(table)
    monkeypatch.setattr(child_works, "are_harmless", lambda paths: False)

    assert look(table) == here


def test_a_frame_made_by_the_child_is_the_same(table, always, tmp_path):
    seen = look(table)
    target = tmp_path / "made" / "frame.arrow"

    made = child_works.read_frame([table], seen.tables.layout, seen.tables.shape, target)

    assert [row["Full name"] for row in made.head(9)] == ["Amina Diallo", "Ali Ba"]


def test_what_is_wrong_with_a_file_comes_back_in_its_own_words(tmp_path, always):
    blank = written(tmp_path / "blank.csv", "\n\n")
    table = written(tmp_path / "people.csv", PEOPLE)

    with pytest.raises(UnreadableFile, match="blank") as refused:
        look(blank)
    assert refused.value.template.startswith("{file} is empty.")
    assert refused.value.values == {"file": "blank.csv"}
    with pytest.raises(InvalidInput, match="no sheet “May”"):
        look(table, TableChoice(sheets=("May",)))


def test_a_file_that_needs_too_much_memory_is_refused_in_one_sentence(tmp_path):
    cells = ",".join(["x" * 30_000] * 20)
    path = written(
        tmp_path / "wide.csv", "\n".join([",".join("abcdefghijklmnopqrst"), *[cells] * 400])
    )

    assert child.run_limited("inspect", asked(path))["headers"]
    with pytest.raises(UnreadableFile, match="more memory"):
        child.run_limited("inspect", asked(path), memory=600 << 20)


def test_a_file_that_takes_too_long_is_refused_in_one_sentence(table):
    with pytest.raises(UnreadableFile, match="took longer than"):
        child.run_limited("inspect", asked(table), seconds=0)


def test_a_child_that_dies_is_a_file_that_cannot_be_read(table):
    with pytest.raises(UnreadableFile, match="cannot be read"):
        child.run_limited("no such work", asked(table))


def test_the_child_knows_no_secrets(monkeypatch, table):
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")
    seen = []
    real = subprocess.Popen

    def watch(*args, **kwargs):
        seen.append(kwargs["env"])
        return real(*args, **kwargs)

    monkeypatch.setattr(subprocess, "Popen", watch)
    child.run_limited("inspect", asked(table))

    assert not any("secret" in value for value in seen[0].values())


def test_the_limits_are_set_before_anything_reads(tmp_path):
    root = Path(child.__file__).parents[3]
    code = (
        "import resource, sys; from core.etl.tables import child; child._limit(7, 3 << 30); "
        "print(*resource.getrlimit(resource.RLIMIT_AS), *resource.getrlimit(resource.RLIMIT_CPU));"
        "print([m for m in ('pandas', 'pyarrow') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )

    memory = 3 << 30
    assert told.stdout.split("\n")[:2] == [f"{memory} {memory} 7 9", "[]"]
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] != 7


class TestHarmless:
    """Which files are read in the process itself."""

    def test_small_texts_and_small_workbooks_are(self, table, tmp_path):
        book = openpyxl.Workbook()
        book.active.append(["Full name"])
        book.save(tmp_path / "small.xlsx")

        assert are_harmless([table, tmp_path / "small.xlsx"])

    def test_a_large_text_is_not(self, tmp_path):
        assert not are_harmless([written(tmp_path / "large.csv", "x" * (6 << 20))])

    def test_a_workbook_with_another_name_is_not(self, tmp_path):
        book = openpyxl.Workbook()
        book.save(tmp_path / "book.xlsx")
        (tmp_path / "book.xlsx").rename(tmp_path / "book.csv")

        assert not are_harmless([tmp_path / "book.csv"])

    def test_old_kinds_and_what_is_no_workbook_are_not(self, tmp_path):
        for name in ("a.xls", "a.ods", "a.parquet", "a.json", "a.xlsx"):
            assert not are_harmless([written(tmp_path / name, "PK nothing")])
        assert not are_harmless([tmp_path / "missing.csv"])

    def test_a_small_workbook_that_unpacks_to_much_is_not(self, tmp_path):
        path = tmp_path / "bomb.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("xl/worksheets/sheet1.xml", b"0" * (20 << 20))
        assert path.stat().st_size < 256 << 10

        assert not are_harmless([path])

    def test_a_small_workbook_that_spans_many_cells_is_not(self, tmp_path):
        book = openpyxl.Workbook()
        book.active["A1"] = "Full name"
        book.active["ZZ1048576"] = "x"
        book.save(tmp_path / "wide.xlsx")

        assert not are_harmless([tmp_path / "wide.xlsx"])
