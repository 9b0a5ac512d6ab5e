"""Area files: the layouts their columns may have, and the places that their rows name.

Known are one place a row (code, name, parent and perhaps level), also as published in the global
P-code list, and the wide layout of COD-AB files, where a row names a place and all areas above it
(ADM2_PCODE, ADM2_EN, ADM1_PCODE …).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput, Words

_WIDE = re.compile(r"adm(?:in)?(\d)_?(?:(pcode)|(?:name_?)?(?!id)([a-z]{2})|name)")
_NARROW = {
    "code": ("code", "pcode", "p-code"),
    "name": ("name",),
    "parent": ("parent", "parent_code", "parent p-code"),
    "level": ("level", "admin level"),
    "country": ("location",),
}
_LONGEST_CODE, _LONGEST_NAME = 100, 200
DEEPEST = 9
RESERVED = frozenset({"ROOT", "UNASSIGNED"})


@dataclass(frozen=True)
class AreaRow:
    """A row of an area file: its number there, its cells by header, its outline if it has one."""

    number: int
    cells: Mapping[str, str]
    geometry: Any = None


@dataclass(frozen=True)
class Area:
    """A place as a file names it; no `parent` means under the root."""

    code: str
    name: str
    parent: str | None
    row: int
    geometry: Any = None
    level: int | None = None


def read_areas(headers: Sequence[str], rows: Iterable[AreaRow]) -> tuple[list[Area], list[str]]:
    """Return every place the rows name, each once, and a sentence for each row left out.

    Published files have some places without a code, and codes given to two places: the first one
    keeps it. InvalidInput, naming the row, for a place that is wrong in itself.
    """
    names = {header.strip().casefold(): header for header in headers}
    wide = _find_levels(names)
    columns = {} if wide else _find_columns(names)
    found: dict[str, Area] = {}
    left_out: list[str] = []
    for row in rows:
        for area in _read_wide(wide, row) if wide else _read_narrow(columns, row):
            if wide and not area.code:
                left_out.append(f"Row {area.row}: “{area.name}” has no code.")
                continue
            _check_text(area)
            if _has_other_name(found.get(area.code), area):
                left_out.append(
                    f"Row {area.row}: {area.code} is “{found[area.code].name}” already, "
                    f"not “{area.name}”."
                )
                continue
            found[area.code] = _merge(found.get(area.code), area)
    if not found:
        raise InvalidInput("The file names no place below the country.")
    return list(found.values()), left_out


def names_levels(headers: Sequence[str]) -> bool:
    """Say whether a table names places by level, as COD-AB files do, below the country."""
    return bool(_find_levels({header.strip().casefold(): header for header in headers}))


def _find_levels(names: Mapping[str, str]) -> dict[int, tuple[str, list[str]]]:
    """Return the code header and the name headers of each level of a wide file, level 1 first."""
    codes: dict[int, str] = {}
    titles: dict[int, list[str]] = {}
    for name, header in names.items():
        match = _WIDE.fullmatch(name)
        if match and match[1] != "0":
            if match[2]:
                codes[int(match[1])] = header
            else:
                titles.setdefault(int(match[1]), []).append(header)
    return {level: (codes[level], titles.get(level, [])) for level in sorted(codes)}


def _find_columns(names: Mapping[str, str]) -> dict[str, str]:
    columns = {
        column: names[alias]
        for column, aliases in _NARROW.items()
        for alias in aliases
        if alias in names
    }
    missing = [column for column in ("code", "name", "parent") if column not in columns]
    if missing:
        raise InvalidInput(
            "The area file has no column {columns}. It needs code, name and parent (empty for "
            "the highest level), or columns like ADM1_PCODE and ADM1_EN.",
            columns=", ".join(missing),
        )
    return columns


def _read_wide(levels: Mapping[int, tuple[str, list[str]]], row: AreaRow) -> Iterator[Area]:
    """Yield the places of a row, highest first, up to the first level without a code: one that
    has a name all the same comes with an empty code."""
    parent = None
    for level, (code_header, name_headers) in levels.items():
        code = row.cells[code_header].strip()
        name = next((row.cells[h].strip() for h in name_headers if row.cells[h].strip()), "")
        # The outline is that of the file's own level: a row that stops above it is a remainder.
        outline = row.geometry if level == max(levels) else None
        if code or name:
            yield Area(code, name, parent, row.number, outline, level)
        if not code:
            _check_rest_empty(levels, level, row)
            return
        parent = code


def _check_rest_empty(
    levels: Mapping[int, tuple[str, list[str]]], empty: int, row: AreaRow
) -> None:
    for level, (header, _) in levels.items():
        if level > empty and row.cells[header].strip():
            raise InvalidInput(
                "Row {row}: {code} has no code for level {empty}.",
                row=row.number,
                code=row.cells[header].strip(),
                empty=empty,
            )


def _read_narrow(columns: Mapping[str, str], row: AreaRow) -> Iterator[Area]:
    cells = {column: row.cells[header].strip() for column, header in columns.items()}
    if not any(cells.values()):
        return
    parent = cells["parent"] or None
    level = cells.get("level") or None
    if level is not None and not re.fullmatch(r"[1-9]", level):
        raise InvalidInput(
            "Row {row}: “{level}” is no level; use 1 to {deepest}.",
            row=row.number,
            level=level,
            deepest=DEEPEST,
        )
    # The country itself is no place of the tree: its regions hang from the root.
    if parent is not None and parent == cells.get("country"):
        parent = None
    number = int(level) if level else None
    yield Area(cells["code"], cells["name"], parent, row.number, row.geometry, number)


def _check_text(area: Area) -> None:
    if not 0 < len(area.code) <= _LONGEST_CODE:
        raise InvalidInput(
            "Row {row}: give the place a code of 1 to {most} signs.",
            row=area.row,
            most=_LONGEST_CODE,
        )
    if not 0 < len(area.name) <= _LONGEST_NAME:
        raise InvalidInput(
            "Row {row}: give {code} a name of 1 to {most} characters.",
            row=area.row,
            code=area.code,
            most=_LONGEST_NAME,
        )
    if area.code in RESERVED or area.parent in RESERVED - {"ROOT"}:
        raise InvalidInput(
            "Row {row}: ROOT and UNASSIGNED are the registry's own codes.", row=area.row
        )


def _has_other_name(known: Area | None, area: Area) -> bool:
    return known is not None and known.name != area.name


def _merge(known: Area | None, area: Area) -> Area:
    if known is None:
        return area
    if known.parent != area.parent:
        raise InvalidInput(
            "Row {row}: {code} lies in another area than in row {other}.",
            row=area.row,
            code=area.code,
            other=known.row,
        )
    return area if known.geometry is None else known


def order_areas(areas: Iterable[Area], known: Mapping[str, str | None]) -> list[Area]:
    """Return places with parents before children; `known` gives the registry's codes and each
    one's parent. InvalidInput for an unknown parent, a circle, or a level that does not fit."""
    named = {area.code: area for area in areas}
    depths: dict[str, int] = {}

    def find_depth(code: str, row: int) -> int:
        """Walk up to the nearest place of known depth, then note the depths on the way down."""
        chain: list[str] = []
        step: str | None = code
        while step is not None and step != "ROOT" and step not in depths:
            if step in chain:
                raise InvalidInput(
                    "Row {row}: {code} lies, by its parents, inside itself.", row=row, code=code
                )
            if step not in named and step not in known:
                raise InvalidInput(
                    "Row {row}: the parent {parent} is neither in the file nor in the registry.",
                    row=row,
                    parent=step,
                )
            chain.append(step)
            step = named[step].parent if step in named else known[step]
        depth = depths.get(step or "", 0)
        for above in reversed(chain):
            depth += 1
            depths[above] = depth
        return depth

    for area in named.values():
        depth = find_depth(area.code, area.row)
        if depth > DEEPEST or (area.level is not None and area.level != depth):
            raise _wrong_level(area, depth)
    return sorted(named.values(), key=lambda area: depths[area.code])


def _wrong_level(area: Area, depth: int) -> InvalidInput:
    return InvalidInput(
        "Row {row}: {code} is given level {level} but lies on level {depth} below its parents (at "
        "most {deepest}).",
        row=area.row,
        code=area.code,
        level=area.level or Words("(none)"),
        depth=depth,
        deepest=DEEPEST,
    )
