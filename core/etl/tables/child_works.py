"""What is read from files, here or in the limited child: the same works either way."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import UnreadableFile
from core.etl import extract, frame
from core.etl.frame import Frame
from core.etl.rows import Sheet
from core.etl.tables import inspecting, reading
from core.etl.tables._harmless import are_harmless
from core.etl.tables.child import Work, run_limited, seconds_for
from core.etl.tables.inspecting import Inspection
from core.etl.tables.looking import Files
from core.etl.tables.shapes import Found, Layout, Shape, TableChoice, Tables


def inspect(files: Files, choice: TableChoice) -> Inspection:
    """Find the tables of the files and how they become one; see core/etl/tables/inspecting.py."""
    return _inspection(_do("inspect", files.paths, _asked(files) | {"choice": asdict(choice)}))


def look_again(files: Files, tables: Tables) -> Inspection:
    """Complete a chosen layout and shape, and return the first rows they give.

    Raises InvalidInput when they do not fit the files.
    """
    return _inspection(_do("look_again", files.paths, _asked(files) | {"tables": asdict(tables)}))


def read_frame(paths: Sequence[Path], layout: Layout, shape: Shape, target: Path) -> Frame:
    """Return the frame at `target`, made from the files in `paths` unless it is there already."""
    known = frame.find(target)
    if known is not None:
        return known
    asked = {
        "paths": [str(path) for path in paths],
        "layout": asdict(layout),
        "shape": shape.to_json(),
        "target": str(target),
    }
    _do("read_frame", paths, asked)
    made = frame.find(target)
    if made is None:
        raise UnreadableFile("The copy of the file could not be kept. Upload it again.")
    return made


def _do(work: str, paths: Sequence[Path], asked: dict[str, Any]) -> dict[str, Any]:
    if are_harmless(paths):
        return WORKS[work](asked)
    size = sum(path.stat().st_size for path in paths if path.exists())
    return run_limited(work, asked, seconds=seconds_for(size))


def _asked(files: Files) -> dict[str, Any]:
    return {"paths": [str(path) for path in files.paths], "names": list(files.names)}


def _files(asked: dict[str, Any]) -> Files:
    return Files(tuple(map(Path, asked["paths"])), tuple(asked["names"]))


def _inspect(asked: dict[str, Any]) -> dict[str, Any]:
    said = asked["choice"]
    choice = TableChoice(
        tuple(said["sheets"]), said["all_sheets"], said["header_row"], said["shape"]
    )
    try:
        return _told(inspecting.inspect(_files(asked), choice))
    finally:
        extract.forget()


def _look_again(asked: dict[str, Any]) -> dict[str, Any]:
    files, kept = _files(asked), asked["tables"]
    found = tuple(Found.from_json(one) for one in kept["found"])
    layout, shape = Layout.from_json(kept["layout"]), Shape.from_json(kept["shape"])
    try:
        return _told(inspecting.settle(files, Tables(found, layout, shape)))
    finally:
        extract.forget()


def _read_frame(asked: dict[str, Any]) -> dict[str, Any]:
    layout, shape = Layout.from_json(asked["layout"]), Shape.from_json(asked["shape"])
    try:
        reading.read_frame(
            [Path(path) for path in asked["paths"]], layout, shape, Path(asked["target"])
        )
    finally:
        extract.forget()
    return {}


WORKS: dict[str, Work] = {
    "inspect": _inspect,
    "look_again": _look_again,
    "read_frame": _read_frame,
}


def _told(seen: Inspection) -> dict[str, Any]:
    return {
        "tables": asdict(seen.tables),
        "headers": list(seen.headers),
        "sample": [list(row.values()) for row in seen.sample],
        "sheets": [asdict(sheet) for sheet in seen.sheets],
    }


def _inspection(told: dict[str, Any]) -> Inspection:
    kept, headers = told["tables"], tuple(told["headers"])
    tables = Tables(
        tuple(Found.from_json(one) for one in kept["found"]),
        Layout.from_json(kept["layout"]),
        Shape.from_json(kept["shape"]),
    )
    sample = tuple(dict(zip(headers, cells, strict=True)) for cells in told["sample"])
    return Inspection(tables, headers, sample, tuple(Sheet(**one) for one in told["sheets"]))
