"""XML Spreadsheet 2003, which many programs write and call .xls."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from core.errors import UnreadableFile
from core.etl.extract import Extractor, _content
from core.etl.extract._grid import Record, batches_of, check_header, sample_of
from core.etl.extract._texts import number_text
from core.etl.rows import Batch, Line, Sheet
from core.etl.tables.shapes import Layout

MOST_BYTES = 200 << 20
MOST_COLUMNS = 16_384
_NAMES = "urn:schemas-microsoft-com:office:spreadsheet"
_ROW, _CELL, _DATA = (f"{{{_NAMES}}}{name}" for name in ("Row", "Cell", "Data"))
_WORKSHEET, _TABLE = f"{{{_NAMES}}}Worksheet", f"{{{_NAMES}}}Table"
_INDEX, _NAME, _TYPE = (f"{{{_NAMES}}}{name}" for name in ("Index", "Name", "Type"))
_ACROSS, _FORMULA = f"{{{_NAMES}}}MergeAcross", f"{{{_NAMES}}}Formula"
_VISIBLE = "{urn:schemas-microsoft-com:office:excel}Visible"


def sheets(path: Path) -> list[Sheet]:
    """All sheets with the extent of their filled cells."""
    return list(_outline(*_content.version(path)))


def sample(path: Path, sheet: str, count: int) -> list[Line]:
    """The first rows of a sheet; rows that the file leaves out are left out here too."""
    return sample_of(_records(path, sheet), count)


def batches(
    path: Path, layout: Layout, size: int, columns: Sequence[str] | None = None
) -> Iterator[Batch]:
    """Stream the rows below the header row; error cells come as issues, their text as blank."""
    check_header(_records(path, layout.sheet), path, layout.header_row)
    yield from batches_of(_records(path, layout.sheet), layout, size, columns)


def _records(path: Path, sheet: str) -> Iterator[Record]:
    facts = next((one for one in _outline(*_content.version(path)) if one.name == sheet), None)
    if facts is None:
        raise UnreadableFile("{file} has no sheet “{sheet}”.", file=path.name, sheet=sheet)
    for name, record in _parsed(path):
        if name == sheet and isinstance(record, Record):
            cells = [*record.cells, *[""] * (facts.columns - len(record.cells))]
            yield Record(record.row, cells, bad=record.bad)


@lru_cache(maxsize=16)
def _outline(path: Path, size: int, _changed: int) -> tuple[Sheet, ...]:
    if size > MOST_BYTES:
        raise UnreadableFile(
            "{file} is an XML workbook of {size:,} MB. Open it in a spreadsheet program, save "
            "it as .xlsx and upload that.",
            file=path.name,
            size=size >> 20,
        )
    found: dict[str, Sheet] = {}
    for name, record in _parsed(path):
        known = found.get(name, Sheet(name, hidden=False, rows=0, columns=0))
        if isinstance(record, Record):
            width = max(known.columns, len(record.cells))
            found[name] = Sheet(name, known.hidden, max(known.rows, record.row), width)
        else:
            found[name] = Sheet(name, record, known.rows, known.columns)
    if not found:
        raise UnreadableFile("{file} holds no sheet. Open it and save it as .xlsx.", file=path.name)
    return tuple(found.values())


def _parsed(path: Path) -> Iterator[tuple[str, Record | bool]]:
    """Every row with its sheet's name, and at the end of a sheet whether it is hidden."""
    sheet, row, hidden = "", 0, False
    try:
        for event, part in iterparse(path, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if part.tag == _WORKSHEET:
                    sheet, row, hidden = part.get(_NAME, ""), 0, False
                continue
            if part.tag == _ROW:
                row = _position(path, part, row)
                yield sheet, _record(path, part, row)
                part.clear()
            elif part.tag == _VISIBLE:
                hidden = (part.text or "") != "SheetVisible"
            elif part.tag == _TABLE:
                part.clear()
            elif part.tag == _WORKSHEET:
                yield sheet, hidden
    except (ParseError, DefusedXmlException, UnicodeDecodeError) as error:
        raise UnreadableFile(
            "{file} is a damaged XML workbook ({reason}). Open it in a spreadsheet program, "
            "save it as .xlsx and upload that.",
            file=path.name,
            reason=str(error),
        ) from error


def _position(path: Path, part: Element, before: int) -> int:
    """The number of a row or cell: what it says itself, else the next one."""
    said = part.get(_INDEX, "")
    number = int(said) if said.isdecimal() and len(said) < 9 else before + 1
    if number <= before:
        raise UnreadableFile(
            "{file} numbers its rows wrongly. Save it again as .xlsx.", file=path.name
        )
    return number


def _record(path: Path, part: Element, row: int) -> Record:
    cells: list[str] = []
    bad: list[tuple[int, str, str]] = []
    place = 0
    for cell in part.iterfind(_CELL):
        place = _position(path, cell, place)
        across = cell.get(_ACROSS, "0")
        if place > MOST_COLUMNS or len(across) > 5:
            raise UnreadableFile(
                "Row {row} of {file} spans too many columns.", row=row, file=path.name
            )
        data = cell.find(_DATA)
        text = "".join(data.itertext()) if data is not None else ""
        kind = data.get(_TYPE, "") if data is not None else ""
        if kind == "Error":
            bad.append((place - 1, "error_cell", text or "#ERROR"))
        elif not text and cell.get(_FORMULA):
            bad.append((place - 1, "uncomputed_cell", ""))
        cells += [""] * (place - 1 - len(cells))
        cells.append("" if kind == "Error" else _text(kind, text))
        place += int(across) if across.isdecimal() else 0
    return Record(row, cells, bad=tuple(bad))


def _text(kind: str, text: str) -> str:
    if kind == "Boolean":
        return {"1": "true", "0": "false"}.get(text, text)
    if kind == "DateTime":
        day, _, clock = text.partition("T")
        clock = clock.split(".")[0]
        return day if clock in ("", "00:00:00") else f"{day} {clock}"
    if kind == "Number" and not text.removeprefix("-").isdecimal():
        try:
            return number_text(float(text))
        except (ValueError, OverflowError):
            return text
    return text


def _recognises(_path: Path, head: bytes) -> bool:
    text = _content.as_text(head)
    return text.startswith("<") and _NAMES in text and "Workbook" in text


EXTRACTOR = Extractor("xml_sheet", (".xml",), sheets, sample, batches, recognises=_recognises)
