"""Text files: every record keeps its number and its columns, or is named."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UnreadableFile
from core.etl.extract import extractor_for
from core.etl.extract.csv_file import batches, sample
from core.etl.headers import unique_headers
from core.etl.rows import ROW, all_issues
from core.etl.shapes import Layout
from tests.etl.checking import written


def read(path, size=1000):
    lines = sample(path, "", 1)
    layout = Layout("", 1, unique_headers(lines[0].cells) if lines else ())
    parts = list(batches(path, layout, size))
    rows = [row for part in parts for row in part.table.to_pylist()]
    return rows, all_issues([part.issues for part in parts])


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_crooked_rows_are_named_and_move_nobody_else(tmp_path, size):
    text = 'a,b,c\n1,2,3\n4,5\n\n6,"x\ny",7\n8,9,10,11\n8,9,10,\n12,13,14\n5\n'

    rows, issues = read(written(tmp_path / "t.csv", text), size)

    assert [row[ROW] for row in rows] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert rows[3] == {ROW: 5, "a": "6", "b": "x\ny", "c": "7"}
    assert rows[6] == {ROW: 8, "a": "12", "b": "13", "c": "14"}
    assert list(zip(issues["row"], issues["rule"], strict=True)) == [
        (3, "missing_cell"),
        (6, "extra_cell"),
        (9, "missing_cell"),
    ]


@pytest.mark.parametrize("text", ['a,b\n1,"x\n2,y\n3,z\n', 'a,b\n1,"x\n2,y\n3,"z"\n'])
def test_a_quote_that_is_never_closed_names_its_row(tmp_path, text):
    with pytest.raises(UnreadableFile, match="row 2"):
        read(written(tmp_path / "t.csv", text))


def test_a_stray_quote_holds_only_its_own_row(tmp_path):
    rows, issues = read(written(tmp_path / "t.csv", 'a,b\n1,"x" y\n2,5" pipe\n'))

    assert rows[1] == {ROW: 3, "a": "2", "b": '5" pipe'}
    assert issues["rule"].tolist() == ["stray_quote"]


def test_nul_and_endless_cells_are_issues(tmp_path):
    _, issues = read(written(tmp_path / "t.csv", f"a,b\n1,x\0y\n2,{'z' * 140_000}\n"))

    assert issues["rule"].tolist() == ["nul_in_cell", "oversize_cell"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found(tmp_path, encoding, delimiter):
    text = f"Prénom{delimiter}Âge\nAïcha{delimiter}31\nChloé{delimiter}25\n"

    rows, _ = read(written(tmp_path / "t.csv", text, encoding))

    assert rows[0] == {ROW: 2, "Prénom": "Aïcha", "Âge": "31"}


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04rest", gzip.compress(b"a,b\n", mtime=0), b"%PDF-1.7"]
)
def test_what_is_no_text_is_refused_with_a_remedy(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=r"ending|again"):
        extractor_for(path).sheets(path)


def test_an_unknown_ending_names_the_known_ones(tmp_path):
    with pytest.raises(UnreadableFile, match=r"\.csv"):
        extractor_for(tmp_path / "t.docx")


_CELLS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\u2028\u2029\x85")
    | st.sampled_from('",;\n'),
    max_size=12,
)


@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=1, max_size=12))
def test_what_the_csv_writer_writes_comes_back(tmp_path_factory, table):
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [("first", "second", "third"), *table]
    )
    path = written(tmp_path_factory.mktemp("csv") / "t.csv", buffer.getvalue())

    rows, issues = read(path)

    assert [tuple(row.values())[1:] for row in rows] == table
    assert issues.empty


def test_a_crooked_row_on_two_lines_counts_once(tmp_path):
    rows, issues = read(written(tmp_path / "t.csv", 'a,b,c\n1,2,3\n"x\ny",5\n6,7,8\n'))

    assert [row[ROW] for row in rows] == [2, 3, 4]
    assert rows[1]["a"] == "x\ny"
    assert issues["row"].tolist() == [3]
