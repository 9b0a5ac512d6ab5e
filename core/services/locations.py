"""The area tree: importing it from a file, and walking down the part an actor may see."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

from core.domain.areas import Area, AreaRow, names_levels, order_areas, read_areas
from core.domain.permissions import Actor, Permission, require
from core.errors import NotFound, UnreadableFile
from core.etl.columns.headers import unique_headers
from core.etl.extract import extractor_for
from core.etl.rows import ROW
from core.etl.tables.shapes import Layout
from core.storage import locations
from core.storage.acts import batches
from core.storage.audit import record_act
from core.storage.database import Session, reading, transaction
from core.storage.importing.places import ROOT

_LONGEST_CELL = 50_000_000
_AT_ONCE = 10_000
_ROOT_PATH = f"{ROOT}/"


@dataclass(frozen=True)
class LocationView:
    """A place as lists and forms show it."""

    code: str
    name: str
    level: int
    uuid: UUID


def import_locations(actor: Actor, path: Path) -> dict[str, int | list[str]]:
    """Put the places of a CSV, GeoJSON or COD-AB workbook into the tree by their codes.

    Return how many were new, changed and unchanged, and under left_out a sentence for each row
    that a published file gives no usable code. The same file again changes nothing. InvalidInput,
    naming the row, when a place does not fit into the tree; then none is put in.
    """
    require(actor, Permission.ADMINISTER)
    content = path.read_bytes()
    areas, left_out = _read(path, content)
    with transaction() as db:
        ordered = order_areas(areas, _list_parents(db))
        done = locations.upsert(
            db,
            [locations.NewPlace(a.code, a.name, a.parent, a.geometry) for a in ordered],
        )
        counts = {"new": len(done.new), "changed": len(done.changed), "unchanged": done.unchanged}
        if done.new or done.changed:
            batch = batches.open_batch(db, "locations", actor.name)
            batches.note_new(db, batch, "location", done.new)
            batches.note_changed(db, batch, "location", done.changed)
            batches.set_counts(db, batch, counts)
        digest = hashlib.sha256(content).hexdigest()
        record_act(db, actor.name, "import_locations", None, sha256=digest, **counts)
    return {**counts, "left_out": left_out}


def _list_parents(db: Session) -> dict[str, str | None]:
    """Return the code of the area above each place."""
    codes = {place.id: place.code for place in locations.lookup(db)}
    return {
        place.code: codes[place.parent_id] if place.parent_id else None
        for place in locations.lookup(db)
    }


def _read(path: Path, content: bytes) -> tuple[list[Area], list[str]]:
    if content.startswith((b"PK", b"\xd0\xcf")):
        return _read_workbook(path)
    return read_areas(*_read_file(path, content))


def _read_workbook(path: Path) -> tuple[list[Area], list[str]]:
    """Read every sheet that names places by level; lists and border lines are passed over."""
    extractor = extractor_for(path)
    areas: dict[str, Area] = {}
    left_out: list[str] = []
    for sheet in extractor.sheets(path):
        first = extractor.sample(path, sheet.name, 1)
        if sheet.hidden or not first or not names_levels(first[0].cells):
            continue
        layout = Layout(sheet.name, first[0].row, unique_headers(first[0].cells))
        rows = (
            AreaRow(row.pop(ROW), row)
            for batch in extractor.batches(path, layout, _AT_ONCE)
            for row in batch.table.to_pylist()
        )
        found, without = read_areas(layout.headers, rows)
        areas = {area.code: area for area in found} | areas
        left_out += [f"{sheet.name}, {sentence}" for sentence in without]
    if not areas:
        raise UnreadableFile(
            "{file} has no sheet with columns such as adm1_pcode and adm1_name.", file=path.name
        )
    return list(areas.values()), left_out


def _read_file(path: Path, content: bytes) -> tuple[list[str], list[AreaRow]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise UnreadableFile(
            "{file} is not UTF-8 text. Save it as UTF-8.", file=path.name
        ) from broken
    if text.lstrip().startswith("{"):
        return _read_geojson(path, text)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    table = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, restval="")
    try:
        lines = list(enumerate(table, start=2))
    except csv.Error as broken:
        raise UnreadableFile(
            "{file} is not a CSV file: {reason}.", file=path.name, reason=str(broken)
        ) from broken
    headers = [header for header in table.fieldnames or [] if header]
    rows = [
        AreaRow(number, {header: cells[header] for header in headers}, _read_outline(cells, number))
        for number, cells in lines
    ]
    return headers, rows


def _read_outline(cells: dict[str, str], number: int) -> Any:  # noqa: ANN401 - JSON
    outline = next((cells[name] for name in cells if name and name.casefold() == "geometry"), "")
    if not outline:
        return None
    try:
        return json.loads(outline)
    except json.JSONDecodeError as broken:
        raise UnreadableFile(
            "Row {number}: the geometry is not GeoJSON.", number=number
        ) from broken


def _read_geojson(path: Path, text: str) -> tuple[list[str], list[AreaRow]]:
    try:
        features = json.loads(text)["features"]
        read = [(feature["properties"], feature.get("geometry")) for feature in features]
    except (json.JSONDecodeError, KeyError, TypeError) as broken:
        raise UnreadableFile(
            "{file} is not a GeoJSON feature collection.", file=path.name
        ) from broken
    headers = list(dict.fromkeys(name for properties, _ in read for name in properties))
    rows = [
        AreaRow(number, {name: _write_cell(cells.get(name)) for name in headers}, geometry)
        for number, (cells, geometry) in enumerate(read, start=1)
    ]
    return headers, rows


def _write_cell(value: object) -> str:
    return "" if value is None else str(value)


def list_children(actor: Actor, parent: UUID | None) -> list[LocationView]:
    """Return the places directly under one, by name, as far as the actor's grants reach.

    Without a parent, where the actor's view begins: the highest level for a grant everywhere, the
    granted areas themselves for others. NotFound for a place outside the grants.
    """
    with reading() as db:
        if parent is None:
            return [_show(place) for place in _list_tops(db, actor)]
        place = locations.find_place(db, parent)
        if place is None or not _reaches(actor, place.path):
            raise NotFound("The area")
        return [_show(child) for child in locations.list_children(db, place.id)]


def _list_tops(db: Session, actor: Actor) -> Iterator[locations.PlaceRow]:
    paths = {scope.path for scope in actor.scopes}
    if _ROOT_PATH in paths:
        yield from locations.list_children(db, ROOT)
        return
    # A grant inside another one adds nothing to choose from.
    tops = {path for path in paths if not any(path != o and path.startswith(o) for o in paths)}
    yield from sorted(locations.find_by_paths(db, tops), key=lambda place: place.name)


def list_ancestors(actor: Actor, code: str) -> list[LocationView]:
    """Return the way down to a place: what lies above it inside the actor's grants, highest
    first, and the place itself last. NotFound for a place outside them."""
    with reading() as db:
        place = locations.find_by_codes(db, [code]).get(code)
        if place is None or not _reaches(actor, place.path):
            raise NotFound("The area")
        steps = place.path.strip("/").split("/")
        paths = ["/".join(steps[:end]) + "/" for end in range(2, len(steps) + 1)]
        reached = [path for path in paths if _reaches(actor, path)]
        return [_show(above) for above in locations.find_by_paths(db, reached)]


def _reaches(actor: Actor, path: str) -> bool:
    return any(path.startswith(scope.path) for scope in actor.scopes)


def _show(place: locations.PlaceRow) -> LocationView:
    return LocationView(place.code, place.name, place.level, place.uuid)
