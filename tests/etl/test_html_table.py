"""Web pages and XML sheets that call themselves .xls."""

import pytest

from core.errors import UnreadableFile
from core.etl.extract import extractor_for
from core.etl.rows import ROW
from tests.etl.made_files import found, read_sheet, written, xml_book

PAGE = """<html><head><meta charset="{}"><style>td {{}}</style></head><body>
<table><tr><td>Menu<table id=inner><tr><th>Nom<th>Âge<th>Téléphone</tr>
<tr><td rowspan=2>Aïcha&nbsp;B<td x:num="31">31<td x:num="254712345678">2.5E+11</td></tr>
<tr><td>7<script>evil()</script><td>a<br>b</tr>
<tr><td colspan="2">Total</td><td>2</td></tr></table></td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_a_page_is_read_table_by_table(tmp_path, encoding):
    path = written(tmp_path / "t.xls", PAGE.format(encoding), encoding)

    rows, issues = read_sheet(path, "Table 2")

    assert [sheet.name for sheet in extractor_for(path).sheets(path)] == ["Table 1", "Table 2"]
    assert [tuple(row.values()) for row in rows] == [
        (2, "Aïcha\xa0B", "31", "254712345678"),
        (3, "", "7", "a\nb"),
        (4, "Total", "", "2"),
    ]
    assert list(rows[0]) == [ROW, "Nom", "Âge", "Téléphone"]
    assert issues.empty


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><body><form>Sign in</form></body></html>", "without a table"),
        ("<table><tr><td colspan=99999999>x</td></tr></table>", "spans more"),
    ],
)
def test_a_page_without_a_sound_table_is_refused(tmp_path, page, words):
    path = written(tmp_path / "t.xls", page)

    with pytest.raises(UnreadableFile, match=words):
        extractor_for(path).sheets(path)


def cell(kind, text, facts=""):
    return f'<Cell {facts}><Data ss:Type="{kind}">{text}</Data></Cell>'


def test_an_xml_sheet_keeps_places_types_and_errors(tmp_path):
    head = f"<Row>{cell('String', 'Name')}{cell('String', 'Born')}{cell('String', 'Score')}</Row>"
    first = cell("String", "Amina") + cell("DateTime", "1990-05-04T00:00:00.000")
    second = cell("String", "Ali") + cell("Error", "#REF!", 'ss:Index="3"')
    third = cell("Number", "12345678901") + '<Cell ss:Formula="=1+1"/>' + cell("Number", "2.50")
    book = xml_book(
        head,
        f"<Row>{first}{cell('Boolean', '1')}</Row>",
        f'<Row ss:Index="5">{second}</Row>',
        f"<Row>{third}</Row>",
        hidden="Codes",
    )
    path = written(tmp_path / "t.xls", book)

    rows, issues = read_sheet(path)

    assert [(s.name, s.hidden, s.rows, s.columns) for s in extractor_for(path).sheets(path)] == [
        ("People", False, 6, 3),
        ("Codes", True, 0, 0),
    ]
    assert [tuple(row.values()) for row in rows] == [
        (2, "Amina", "1990-05-04", "true"),
        (5, "Ali", "", ""),
        (6, "12345678901", "", "2.5"),
    ]
    assert found(issues) == [
        (5, "Score", "error_cell", "#REF!"),
        (6, "Born", "uncomputed_cell", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        xml_book("<Row>").replace("</Row>", ""),
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + xml_book(f"<Row>{cell('String', '&a;')}</Row>").split("?>", 2)[2],
        xml_book('<Row ss:Index="3"/><Row ss:Index="2"/>'),
        xml_book('<Row><Cell ss:Index="99999"><Data ss:Type="String">x</Data></Cell></Row>'),
    ],
)
def test_a_damaged_or_hostile_xml_sheet_is_refused(tmp_path, text):
    path = written(tmp_path / "t.xls", text)

    with pytest.raises(UnreadableFile, match=r"\.xlsx|columns"):
        extractor_for(path).sheets(path)
