"""An .xlsx of 100,000 rows and 20 columns: what we make of it, against calamine reading it raw."""

import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from python_calamine import CalamineWorkbook

from benchmarks import people_csv
from core.etl.columns.headers import unique_headers
from core.etl.extract import extractor_for, forget
from core.etl.tables import reading
from core.etl.tables.shapes import NO_SHAPE, Layout

ROWS, TURNS = 100_000, 3
_FIRST_DAY = date(1899, 12, 30)
_DAYS = ("Date of birth", "Registration date")
_NUMBERS = ("Poverty score", "Livestock", "National ID")
_OPEN = "application/vnd.openxmlformats-"
_KIND = "officedocument.spreadsheetml."
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def measure(rows: int = ROWS) -> None:
    """Print the CPU seconds of the raw reading and of ours, and their ratios."""
    with tempfile.TemporaryDirectory(prefix="caseload-bench-") as name:
        folder = Path(name)
        table, book = folder / "people.csv", folder / "people.xlsx"
        people_csv.write_people(table, rows)
        write_book(table, book)
        layout = _layout(book)
        turns = range(TURNS)
        raw = min(_seconds(lambda: read_raw(book)) for _ in turns)
        ours = min(_seconds(lambda: read_ours(book, layout)) for _ in turns)
        frames = (folder / f"{turn}.arrow" for turn in turns)
        framed = min(_seconds(lambda: read_framed(book, layout, next(frames))) for _ in turns)
        print(f"\nxlsx, {rows:,} rows, {len(people_csv.HEADER)} columns (CPU)")
        print(f"  floor: read raw with calamine            {raw:6.2f} s")
        print(f"  sheets, sample, rows as text, bad cells  {ours:6.2f} s")
        print(f"  the same and the frame written           {framed:6.2f} s")
        print(f"  ours / raw    {ours / raw:5.2f}")
        print(f"  frame / raw   {framed / raw:5.2f}")


def read_raw(book: Path) -> int:
    """Read the first sheet as Python values; return the number of rows."""
    return len(CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python())


def read_ours(book: Path, layout: Layout) -> int:
    """Read it as an import does: the sheets, a sample, every row; return the number of rows."""
    extractor = extractor_for(book)
    extractor.sheets(book)
    extractor.sample(book, layout.sheet, 1_000)
    rows = sum(batch.table.num_rows for batch in extractor.batches(book, layout, 50_000))
    forget()
    return rows


def read_framed(book: Path, layout: Layout, target: Path) -> int:
    """Read it as an import does and write its frame; return the number of rows."""
    extractor = extractor_for(book)
    extractor.sheets(book)
    extractor.sample(book, layout.sheet, 1_000)
    return reading.read_frame([book], layout, NO_SHAPE, target).rows


def _layout(book: Path) -> Layout:
    [sheet] = extractor_for(book).sheets(book)
    [line] = extractor_for(book).sample(book, sheet.name, 1)
    forget()
    return Layout(sheet.name, 1, unique_headers(line.cells))


def _seconds(read: Callable[[], int]) -> float:
    started = time.process_time()
    read()
    return time.process_time() - started


def write_book(table: Path, book: Path) -> None:
    """Write the CSV as Excel would: shared strings, numbers, real dates."""
    texts: dict[str, int] = {}
    with ZipFile(book, "w", ZIP_DEFLATED, compresslevel=1) as package:
        for name, content in _fixed_parts():
            package.writestr(name, content)
        with package.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f"<worksheet {_MAIN}><sheetData>".encode())
            for row in _row_texts(table, texts):
                part.write(row.encode())
            part.write(b"</sheetData></worksheet>")
        shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
        package.writestr("xl/sharedStrings.xml", f"<sst {_MAIN}>{shared}</sst>")


def _row_texts(table: Path, texts: dict[str, int]) -> Iterator[str]:
    with table.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        headers = next(lines)
        yield _row(1, [_text_cell(header, texts) for header in headers])
        for number, values in enumerate(lines, 2):
            pairs = zip(headers, values, strict=True)
            yield _row(number, [_cell(name, value, texts) for name, value in pairs])


def _cell(header: str, value: str, texts: dict[str, int]) -> tuple[str, str]:
    if header in _DAYS:
        day, month, year = map(int, value.split("/"))
        return ' s="1"', str((date(year, month, day) - _FIRST_DAY).days)
    return ("", value) if header in _NUMBERS else _text_cell(value, texts)


def _text_cell(text: str, texts: dict[str, int]) -> tuple[str, str]:
    return ' t="s"', str(texts.setdefault(text, len(texts)))


def _row(number: int, cells: list[tuple[str, str]]) -> str:
    parts = (
        f'<c r="{chr(65 + at)}{number}"{kind}><v>{value}</v></c>'
        for at, (kind, value) in enumerate(cells)
    )
    return f'<row r="{number}">{"".join(parts)}</row>'


def _fixed_parts() -> Iterator[tuple[str, str]]:
    kinds = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet"}
    kinds |= {"styles": "styles", "sharedStrings": "sharedStrings"}
    default = f'<Default Extension="rels" ContentType="{_OPEN}package.relationships+xml"/>'
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_OPEN}{_KIND}{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    types = f'<Types xmlns="{_PACKAGE}content-types">{default}{overrides}</Types>'
    yield "[Content_Types].xml", types
    yield "_rels/.rels", _links({"officeDocument": "xl/workbook"})
    parts = {"worksheet": "worksheets/sheet1", "styles": "styles", "sharedStrings": "sharedStrings"}
    yield "xl/_rels/workbook.xml.rels", _links(parts)
    sheet = '<sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets>'
    yield "xl/workbook.xml", f'<workbook {_MAIN} xmlns:r="{_LINKS}">{sheet}</workbook>'
    formats = '<xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>'
    yield "xl/styles.xml", f"<styleSheet {_MAIN}><cellXfs>{formats}</cellXfs></styleSheet>"


def _links(parts: dict[str, str]) -> str:
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_LINKS}/{kind}" Target="{name}.xml"/>'
        for number, (kind, name) in enumerate(parts.items(), 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}relationships">{links}</Relationships>'


if __name__ == "__main__":
    measure()
