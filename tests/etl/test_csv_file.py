"""Text files: every record keeps its number and its columns, or is named."""

import csv
import gzip
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableFile
from core.etl.columns.headers import unique_headers
from core.etl.extract import extractor_for
from core.etl.extract.csv_file import EXTRACTOR, batches, sample
from core.etl.rows import ROW, all_issues
from core.etl.tables.shapes import Layout
from tests.etl.made_files import written


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
def test_a_quote_that_is_never_closed_holds_only_its_own_row(tmp_path, text):
    rows, issues = read(written(tmp_path / "t.csv", text))

    assert [tuple(row.values()) for row in rows] == [(2, "1", '"x'), (3, "2", "y"), (4, "3", "z")]
    assert issues[["row", "rule", "value"]].to_numpy().tolist() == [[2, "unclosed_quote", '1,"x']]


def test_a_quote_that_finds_its_end_in_another_row_does_not_swallow_it(tmp_path):
    rows, issues = read(written(tmp_path / "t.csv", 'a,b\n"1,x\n2,", z"\n3,y\n'))

    assert [tuple(row.values()) for row in rows[1:]] == [(3, "2", ", z"), (4, "3", "y")]
    assert issues["row"].tolist() == [2]


def test_a_cell_of_many_lines_is_still_one_cell_beside_a_broken_row(tmp_path):
    text = 'a,b,c\n1,"x\n\ny, z\n",3\n4,"5,6\n7,8,9\n'

    rows, issues = read(written(tmp_path / "t.csv", text))

    assert [row[ROW] for row in rows] == [2, 3, 4]
    assert (rows[0]["b"], rows[2]["c"]) == ("x\n\ny, z\n", "9")
    assert issues["row"].tolist() == [3]


def test_nothing_of_a_row_with_surplus_cells_is_lost(tmp_path):
    rows, _ = read(written(tmp_path / "t.csv", "a,b,c\n1,2,3\n8,9,10,11,12\n"))

    assert rows[1] == {ROW: 3, "a": "8", "b": "9", "c": "10,11,12"}


def test_an_unclosed_quote_in_a_long_file_costs_no_second_reading_of_it(tmp_path):
    lines = [f"{n},Amina {n},F" for n in range(60_000)]
    lines[100] = '100,"Amina,F'
    begun = time.process_time()

    rows, issues = read(written(tmp_path / "t.csv", "\n".join(["id,name,sex", *lines])), 50_000)

    assert time.process_time() - begun < 5
    assert (len(rows), issues["row"].tolist()) == (60_000, [102])


def test_a_stray_quote_holds_only_its_own_row(tmp_path):
    rows, issues = read(written(tmp_path / "t.csv", 'a,b\n1,"x" y\n2,5" pipe\n'))

    assert rows[1] == {ROW: 3, "a": "2", "b": '5" pipe'}
    assert issues["rule"].tolist() == ["stray_quote"]


def test_nul_and_endless_cells_are_issues(tmp_path):
    _, issues = read(written(tmp_path / "t.csv", f"a,b\n1,x\0y\n2,{'z' * 140_000}\n"))

    assert issues["rule"].tolist() == ["nul_in_cell", "oversize_cell"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
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


@settings(deadline=None)
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


def _mutations(line: str, draw: st.DataObject) -> str:
    """One row damaged the way programs and people damage rows."""
    at = draw.draw(st.integers(0, len(line)))
    kind = draw.draw(st.sampled_from(["quote", "separator", "newline", "less", "unquote"]))
    if kind == "less":
        return line.replace(",", "", 1)
    if kind == "unquote":
        return line.replace('"', "", 1)
    return line[:at] + {"quote": '"', "separator": ",", "newline": "\n"}[kind] + line[at:]


_PLAIN = st.text(st.sampled_from('abcdeé 0123,"'), max_size=10)
_FILLED = st.text(st.sampled_from("abcdeé0123"), min_size=1, max_size=4)


@settings(deadline=None)
@given(st.lists(st.tuples(_PLAIN, _PLAIN, _PLAIN, _FILLED), min_size=4, max_size=12), st.data())
def test_one_damaged_row_is_named_and_all_others_load(tmp_path_factory, table, data):
    """The kinds of damage are those of the Pollock benchmark for CSV readers."""
    lines = [_line((f"id{n}", *cells)) for n, cells in enumerate(table)]
    bad = data.draw(st.integers(0, len(lines) - 1))
    lines[bad] = _mutations(lines[bad], data)
    text = "\n".join(["id,one,two,three,four", *lines]) + "\n"

    rows, issues = read(written(tmp_path_factory.mktemp("csv") / "t.csv", text))

    kept = {tuple(row.values())[1:] for row in rows}
    whole = {(f"id{n}", *cells) for n, cells in enumerate(table) if n != bad}
    assert whole <= kept
    others = [row for row in rows if tuple(row.values())[1:] not in whole]
    strangers = [row for row in others if not _is_a_guess(row, lines[bad])]
    assert {row[ROW] for row in strangers} <= set(issues["row"])


def _line(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _is_a_guess(row: dict[str, str], damaged: str) -> bool:
    """Whether a row that nobody named holds text of the damaged one alone."""
    return _letters("".join(tuple(row.values())[1:])) in _letters(damaged)


def _letters(text: str) -> str:
    return "".join(char for char in text if char not in '",\n')


def test_a_person_may_choose_the_encoding_and_the_delimiter(tmp_path):
    path = written(tmp_path / "t.csv", "Prénom;Âge\nWałęsa;3\n", "cp1250")
    assert EXTRACTOR.text

    first = EXTRACTOR.text.encodings(path)
    lines = EXTRACTOR.text.sample(path, 5, "cp1250", ";")
    layout = Layout("", 1, ("Prénom", "Âge"), encoding="cp1250", delimiter=";")
    [batch] = batches(path, layout, 10)

    assert {one.encoding for one in first} >= {"cp1252", "cp1250"}
    assert len(first) == len({one.cells for one in first}) == 3
    assert lines[1].cells == ("Wałęsa", "3")
    assert batch.table.to_pylist() == [{ROW: 2, "Prénom": "Wałęsa", "Âge": "3"}]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1256", "الاسم,الجنس\nفاطمة علي,أنثى\nمحمد عثمان,ذكر\n"),
        ("cp1251", "Имя,Пол\nАлексей Иванов,М\nОльга Петрова,Ж\n"),
        ("gb18030", "姓名,性别\n王小明,男\n李华,女\n"),
    ],
)
def test_other_scripts_are_read_in_their_own_letters(tmp_path, encoding, text):
    path = written(tmp_path / "t.csv", "id,place\n" * 50 + text, encoding)

    assert [",".join(line.cells) for line in sample(path, "", 60)][50:] == text.splitlines()
    assert EXTRACTOR.text
    assert EXTRACTOR.text.encodings(path)[0].encoding == encoding


@pytest.mark.parametrize(("encoding", "delimiter"), [("ascii-art", None), ("utf-8", ",,")])
def test_a_choice_that_is_none_is_refused(tmp_path, encoding, delimiter):
    path = written(tmp_path / "t.csv", "a,b\n1,2\n")
    assert EXTRACTOR.text

    with pytest.raises(UnreadableFile):
        EXTRACTOR.text.sample(path, 5, encoding, delimiter)


def test_an_encoding_that_does_not_fit_is_refused(tmp_path):
    path = written(tmp_path / "t.csv", "Prénom\n", "latin-1")
    assert EXTRACTOR.text

    with pytest.raises(UnreadableFile, match="another encoding"):
        EXTRACTOR.text.sample(path, 5, "utf-8", None)


def test_letters_lost_before_the_upload_are_named(tmp_path):
    _, issues = read(written(tmp_path / "t.csv", "name,age\nJos\ufffd,4\nAna,5\n"))

    assert issues[["row", "column", "rule"]].to_numpy().tolist() == [[2, "name", "lost_letter"]]


def test_an_endless_line_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"x" * (9 << 20))

    with pytest.raises(UnreadableFile, match="Line 2"):
        list(batches(path, Layout("", 1, ("a", "b")), 10))


def test_a_file_of_crooked_rows_only_is_read_in_reasonable_time(tmp_path):
    path = written(tmp_path / "t.csv", "id,name,sex\n" + "1,Amina\n" * 50_000)
    begun = time.process_time()

    rows, issues = read(path, 50_000)

    assert (len(rows), len(issues)) == (50_000, 50_000)
    assert time.process_time() - begun < 5
