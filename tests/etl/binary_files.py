"""Old binary workbooks (.xls, .xlsb) of a few cells, which no pinned package can write."""

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

ERRORS = {"#DIV/0!": 0x07, "#REF!": 0x17, "#N/A": 0x2A}
_SECTOR = 512
_KINDS = "http://schemas.openxmlformats.org/"


@dataclass(frozen=True)
class Broken:
    """A cell that shows an error; `formula` says whether a formula made it."""

    error: str
    formula: bool = True


Cell = str | float | Broken


def write_xls(path: Path, rows: list[list[Cell]]) -> Path:
    """Write one sheet called People as BIFF8 in a compound file."""
    globals_ = _biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    name = b"People"
    bound_length = 4 + 8 + len(name)
    start = len(globals_) + bound_length + 4
    bound = struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name
    sheet = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet += _old_cell(struct.pack("<HHH", row, column, 0), cell)
    stream = globals_ + _biff(0x85, bound) + _biff(0x0A) + sheet + _biff(0x0A)
    path.write_bytes(_compound("Workbook", stream.ljust(4096, b"\0")))
    return path


def write_protected(path: Path) -> Path:
    """Write what a workbook with a password looks like from outside."""
    path.write_bytes(_compound("EncryptedPackage", bytes(range(256)) * 16))
    return path


def _biff(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _old_cell(place: bytes, cell: Cell) -> bytes:
    if isinstance(cell, str):
        text = cell.encode("utf-16-le")
        return _biff(0x204, place + struct.pack("<HB", len(cell), 1) + text)
    if isinstance(cell, float):
        return _biff(0x203, place + struct.pack("<d", cell))
    code = ERRORS[cell.error]
    if not cell.formula:
        return _biff(0x205, place + bytes([code, 1]))
    result = bytes([2, 0, code, 0, 0, 0, 0xFF, 0xFF])
    return _biff(0x06, place + result + struct.pack("<HIH", 0, 0, 2) + bytes([0x1C, code]))


def _compound(name: str, stream: bytes) -> bytes:
    """A compound file: header, one allocation sector, one directory sector, the stream."""
    count = -(-len(stream) // _SECTOR)
    chain = [*range(3, count + 2), 0xFFFFFFFE]
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + struct.pack(f"<{count}I", *chain)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * 4 * 108
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    directory += _entry(name, 2, 2, len(stream))
    parts = [table.ljust(_SECTOR, b"\xff"), directory.ljust(_SECTOR, b"\0")]
    return header + b"".join(parts) + stream.ljust(count * _SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return head + struct.pack("<III36xII4x", none, none, child, start, size)


def write_xlsb(path: Path, rows: list[list[Cell]]) -> Path:
    """Write one sheet called People as BIFF12 in a zip."""
    link, name = "rId1", "People"
    bundle = struct.pack("<II", 0, 1) + _wide(link) + _wide(name)
    book = _records((131, b""), (143, b""), (156, bundle), (144, b""), (132, b""))
    data: list[tuple[int, bytes]] = [(129, b""), (148, _extent(rows)), (145, b"")]
    for row, cells in enumerate(rows):
        data.append((0, struct.pack("<IIHBBB", row, 0, 300, 0, 0, 0) + struct.pack("<I", 0)))
        data += [_new_cell(struct.pack("<II", at, 0), cell) for at, cell in enumerate(cells)]
    data += [(146, b""), (130, b"")]
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", _types())
        package.writestr("_rels/.rels", _links("officeDocument", "xl/workbook.bin"))
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/_rels/workbook.bin.rels", _links("worksheet", "worksheets/sheet1.bin"))
        package.writestr("xl/worksheets/sheet1.bin", _records(*data))
    return path


def _extent(rows: list[list[Cell]]) -> bytes:
    return struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)


def _new_cell(place: bytes, cell: Cell) -> tuple[int, bytes]:
    if isinstance(cell, str):
        return 6, place + _wide(cell)
    if isinstance(cell, float):
        return 5, place + struct.pack("<d", cell)
    code = bytes([ERRORS[cell.error]])
    return (11, place + code + bytes(10)) if cell.formula else (3, place + code)


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _records(*records: tuple[int, bytes]) -> bytes:
    return b"".join(_number(kind) + _size(len(data)) + data for kind, data in records)


def _number(kind: int) -> bytes:
    return bytes([kind]) if kind < 128 else bytes([(kind & 0x7F) | 0x80, kind >> 7])


def _size(size: int) -> bytes:
    return bytes([size]) if size < 128 else bytes([(size & 0x7F) | 0x80, size >> 7])


def _types() -> str:
    kind = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    return (
        f'<Types xmlns="{_KINDS}package/2006/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.bin" ContentType="{kind}"/></Types>'
    )


def _links(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_KINDS}package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{_KINDS}officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        "</Relationships>"
    )
