"""Small files of every kind, written by tests, and one plain way to read any of them."""

import zipfile
from pathlib import Path

import pandas as pd

from core.etl.columns.headers import unique_headers
from core.etl.extract import extractor_for
from core.etl.rows import all_issues
from core.etl.tables.shapes import Layout


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text file; return its path."""
    path.write_bytes(text.encode(encoding))
    return path


def read_sheet(
    path: Path, sheet: str | None = None, header_row: int = 1, size: int = 1000
) -> tuple[list[dict[str, str]], pd.DataFrame]:
    """All rows below a header row, with their numbers, and the issues of their form."""
    extractor = extractor_for(path)
    name = extractor.sheets(path)[0].name if sheet is None else sheet
    lines = extractor.sample(path, name, header_row)
    headers = next(line.cells for line in lines if line.row == header_row)
    layout = Layout(name, header_row, unique_headers(headers))
    parts = list(extractor.batches(path, layout, size))
    rows = [row for part in parts for row in part.table.to_pylist()]
    return rows, all_issues([part.issues for part in parts])


def found(issues: pd.DataFrame) -> list[tuple[int, str, str, str]]:
    """Issues as (row, column, rule, value)."""
    columns = issues[["row", "column", "rule", "value"]]
    return [tuple(values) for values in columns.itertuples(index=False, name=None)]


def write_ods(path: Path, rows: str, sheet: str = "People") -> Path:
    """Write an OpenDocument sheet from the XML of its rows."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="{sheet}">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", kind)
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", manifest)
    return path


def ods_row(*cells: str) -> str:
    """The XML of a row: texts, or cells that are XML already."""
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    made = (cell if cell.startswith("<") else text.format(cell) for cell in cells)
    return f"<table:table-row>{''.join(made)}</table:table-row>"


def xml_book(*rows: str, hidden: str = "") -> str:
    """The text of an XML Spreadsheet 2003 with a sheet of these rows and a hidden one."""
    names = "urn:schemas-microsoft-com:office"
    lists = (
        f'<Worksheet ss:Name="{hidden}"><Table/><x:WorksheetOptions><x:Visible>SheetHidden'
        "</x:Visible></x:WorksheetOptions></Worksheet>"
        if hidden
        else ""
    )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        f'<Workbook xmlns="{names}:spreadsheet" xmlns:ss="{names}:spreadsheet" '
        f'xmlns:x="{names}:excel"><Worksheet ss:Name="People"><Table>{"".join(rows)}</Table>'
        f"</Worksheet>{lists}</Workbook>"
    )
