"""What a file holds decides how it is read, not what it is called."""

import gzip
import io
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableFile
from core.etl.columns.headers import unique_headers
from core.etl.extract import extractor_for
from core.etl.tables.shapes import Layout
from tests.etl.binary_files import write_xls, write_xlsb
from tests.etl.made_files import ods_row, read_sheet, write_ods, written, xml_book

ROWS = [["Name", "Age"], ["Amina", "31"]]
CSV = "Name,Age\nAmina,31\n"
HTML = "<table><tr><th>Name<th>Age</tr><tr><td>Amina<td>31</tr></table>"
CELLS = '<Cell><Data ss:Type="String">{}</Data></Cell>' * 2


def _xlsx(path):
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())
    return path


def _parquet(path):
    pq.write_table(pa.table({"Name": ["Amina"], "Age": [31]}), path)
    return path


MAKERS = {
    "csv": lambda path: written(path, CSV),
    "tsv": lambda path: written(path, CSV.replace(",", "\t"), "utf-16"),
    "json": lambda path: written(path, '[{"Name": "Amina", "Age": 31}]'),
    "lines": lambda path: written(path, '{"Name": "Amina"}\n{"Age": 31}\n'),
    "html": lambda path: written(path, f"<html><body>{HTML}</body></html>"),
    "xml": lambda path: written(
        path, xml_book(*(f"<Row>{CELLS.format(*row)}</Row>" for row in ROWS))
    ),
    "xls": lambda path: write_xls(path, ROWS),
    "xlsb": lambda path: write_xlsb(path, ROWS),
    "ods": lambda path: write_ods(path, "".join(ods_row(*row) for row in ROWS)),
    "xlsx": _xlsx,
    "parquet": _parquet,
}


@pytest.mark.parametrize("ending", [".csv", ".xls", ".xlsx", ".txt", ".json", ".parquet"])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_file_is_read_for_what_it_is_under_any_name(tmp_path, kind, ending):
    if kind in ("csv", "tsv") and ending == ".json":
        pytest.skip("text under the name of another kind of text is what its name says")
    path = MAKERS[kind](tmp_path / f"people{ending}")

    rows, issues = read_sheet(path)

    assert {row["Name"] for row in rows} >= {"Amina"}
    assert {row["Age"] for row in rows} >= {"31"}
    assert issues.empty


@cache
def content_of(kind):
    """The same bytes in every turn; a zip holds the time it was made."""
    with TemporaryDirectory() as folder:
        return MAKERS[kind](Path(folder) / f"people.{kind}").read_bytes()


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(sorted(MAKERS)), data=st.data())
def test_a_damaged_file_gives_rows_or_a_sentence(tmp_path_factory, kind, data):
    path = tmp_path_factory.mktemp("damaged") / f"people.{kind}"
    content = bytearray(content_of(kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])

    try:
        extractor = extractor_for(path)
        for sheet in extractor.sheets(path):
            for line in extractor.sample(path, sheet.name, 1):
                layout = Layout(sheet.name, line.row, unique_headers(line.cells))
                list(extractor.batches(path, layout, 100))
    except UnreadableFile as error:
        assert len(str(error)) > 30


def _archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("word/document.xml", "<w/>")
    return content.getvalue()


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.docx", "t"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_archive(), "zip archive|not a workbook|read as a workbook|Zip|workbook"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip archive"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
        (b"", r"empty|ending|without"),
    ],
)
def test_what_is_no_table_says_what_it_is(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=words):
        extractor_for(path).sheets(path)


@pytest.mark.parametrize("start", ["MZ", "PAR1", "Rar!", "GIF8", "BZh"])
def test_letters_that_begin_a_table_are_no_sign_of_another_kind(tmp_path, start):
    rows, _ = read_sheet(written(tmp_path / "t.csv", f"{start} name,Age\nAmina,31\n"))

    assert rows[0][f"{start} name"] == "Amina"
