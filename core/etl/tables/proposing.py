"""How several tables probably become one: stacked, joined by a key, groups of columns as rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.etl.columns.headers import aliases, words
from core.etl.tables.shapes import NO_SHAPE, Join, Keep, Layout, Lift, Shape

PARENT_KEY, INDEX, PARENT_TABLE = "_parent_index", "_index", "_parent_table_name"
_KEY = re.compile(r"(^| )(id|no|num|number|code|uuid|key|ref|reference|numero|codigo|cod)$|id$")
_TOO_COMMON = frozenset({"id", "no", "num", "number", "n", "code", "ref", "s no", "sr no", "key"})
_CLOSED = frozenset({"validity to", "valid to", "deleted at", "date deleted"})
_HISTORY = frozenset({"validity from", "legacy id", "audit user id", "row id", *_CLOSED})
_LEVELS = {"R": "Region", "D": "District", "W": "Municipality", "V": "Village"}
_MOST_LEVELS = 8
_PEOPLE = ("full_name", "given_name", "sex", "birth_date", "age", "relationship_to_head")


@dataclass(frozen=True)
class Seen:
    """A table as far as it was looked at: its layout and its values, trimmed, by header."""

    layout: Layout
    values: Mapping[str, Sequence[str]]

    @property
    def people(self) -> int:
        """How much the columns are those of people."""
        fields = {name for header in self.values for name in aliases().of(header)}
        return sum(name in fields for name in _PEOPLE)


def propose(first: Seen, others: Sequence[Seen]) -> tuple[Layout, Shape]:
    """Return the table to begin with and the shape that brings the others to it, if any does."""
    alike = [table for table in others if _agree(first, table)]
    if alike:
        tables = sorted([first, *alike], key=lambda table: table.layout.file)
        rest = [table for table in others if table not in alike]
        whole = Seen(tables[0].layout, _put_together(tables))
        joins = _joins(whole, rest)
        stacked = tuple(table.layout for table in tables[1:])
        return tables[0].layout, Shape(stacked, joins, keep=_open_only(whole))
    main = _people_table(first, others)
    joins = _joins(main, [one for one in [first, *others] if one.layout != main.layout])
    keep = _open_only(main)
    return main.layout, Shape(joins=joins, keep=keep) if joins or keep else NO_SHAPE


def _agree(one: Seen, other: Seen) -> bool:
    """Whether two tables have the same headers, in any order, but for one in five."""
    own = {words(header) for header in one.values}
    others = {words(header) for header in other.values}
    common = len(own & others)
    return (own == others and common >= 2) or (common >= 3 and common >= 0.8 * len(own | others))


def _put_together(tables: Sequence[Seen]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in tables:
        for header, values in table.values.items():
            found.setdefault(header, []).extend(values)
    return found


def _people_table(first: Seen, others: Sequence[Seen]) -> Seen:
    """The table whose rows are people: not the households when the members are there too, and
    not a repeat about something else, such as goods."""
    for _ in others:
        parent = _parent_of(first, others) if any(first.values.get(PARENT_KEY, ())) else None
        if parent is None or (first.people and parent.people <= first.people):
            break
        first, others = parent, [first, *(one for one in others if one is not parent)]
    for table in others:
        rest = [one for one in (first, *others) if one is not table]
        if table.people >= max(first.people, 1) and any(
            join.table == first.layout for join in _joins(table, rest)
        ):
            return table
    return first


def _open_only(table: Seen) -> tuple[Keep, ...]:
    """Leave out closed versions of records, where a table keeps them with the open ones."""
    return tuple(
        Keep(header, "empty")
        for header, values in table.values.items()
        if words(header) in _CLOSED and any(values) and not all(values)
    )


def _open_rows(table: Seen) -> Mapping[str, Sequence[str]]:
    keep = _open_only(table)
    if not keep:
        return table.values
    closed = [any(table.values[one.header][at] for one in keep) for at in range(_rows(table))]
    return {
        header: [value for value, gone in zip(values, closed, strict=True) if not gone]
        for header, values in table.values.items()
    }


def _rows(table: Seen) -> int:
    return len(next(iter(table.values.values()), ()))


def _joins(main: Seen, others: Sequence[Seen]) -> tuple[Join, ...]:
    """Bring each table that a key leads to, also by a key that an earlier join has brought."""
    known = {header: list(values) for header, values in _open_rows(main).items()}
    found = _parents(main, others)
    waiting = [table for table in others if all(table.layout != one.table for one in found)]
    while waiting:
        pairs = [(table, join) for table in waiting for join in _links(known, table)]
        if not pairs:
            break
        table, join = pairs[0]
        waiting.remove(table)
        found.append(join)
        rows = _open_rows(table)
        place = {key: at for at, key in enumerate(rows[join.right]) if key}
        matched = [place.get(key) for key in known[join.left]]
        for header in join.columns or ():
            if header not in known:
                known[header] = ["" if at is None else rows[header][at] for at in matched]
    return tuple(found)


def _links(known: Mapping[str, Sequence[str]], table: Seen) -> Iterator[Join]:
    """The ways from the columns that are known to a table, the surest first."""
    rows = _open_rows(table)
    pairs = sorted(
        ((left, right) for left in known for right in rows if _same_key(left, right)),
        key=lambda pair: "household_id" not in aliases().of(pair[0]),
    )
    for left, right in pairs:
        values = [value for value in known[left] if value]
        if 1 < len(set(values)) < len(values) and _leads(values, rows[right]):
            lift = _lift(table, rows, right)
            columns = () if lift else _useful(rows, right)
            yield Join(
                table.layout, left, right, keep=_open_only(table), columns=columns, lift=lift
            )


def _parents(main: Seen, others: Sequence[Seen]) -> list[Join]:
    """Bring to the rows of a repeat the form they belong to, and the form around that one."""
    found: list[Join] = []
    child, left = main, PARENT_KEY
    while any(child.values.get(PARENT_KEY, ())) and len(found) < len(others):
        parent = _parent_of(child, others)
        if parent is None:
            break
        above = any(parent.values.get(PARENT_KEY, ()))
        own = (h for h in parent.values if not h.startswith(("_", "meta/")))
        columns = (*own, PARENT_KEY) if above else tuple(own)
        found.append(Join(parent.layout, left, INDEX, columns=columns, required=True))
        child, left = parent, f"{parent.layout.label} / {PARENT_KEY}"
    return found


def _parent_of(child: Seen, others: Sequence[Seen]) -> Seen | None:
    """The table that a repeat names as its parent, or else the one it can only be."""
    keys = child.values[PARENT_KEY]
    fits = [
        table
        for table in others
        if table.layout != child.layout and _leads(keys, table.values.get(INDEX, ()))
    ]
    named = set(child.values.get(PARENT_TABLE, ())) - {""}
    told = [table for table in fits if table.layout.sheet in named]
    around = [t for t in fits if child.layout.sheet.startswith(f"{t.layout.sheet}/")]
    if told or around:
        return max(told or around, key=lambda table: len(table.layout.sheet))
    return fits[0] if len(fits) == 1 else None


def _same_key(left: str, right: str) -> bool:
    if "household_id" in aliases().of(left) and "household_id" in aliases().of(right):
        return True
    name = words(left)
    return name == words(right) and name not in _TOO_COMMON and bool(_KEY.search(name))


def _leads(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether nearly every value is a key of the other table, where each occurs once."""
    wanted = {value for value in left if value}
    keys = [value for value in right if value]
    if not wanted or len(set(keys)) < len(keys):
        return False
    return len(wanted & set(keys)) >= 0.8 * len(wanted)


def _useful(rows: Mapping[str, Sequence[str]], right: str) -> tuple[str, ...]:
    return tuple(h for h in rows if h != right and words(h) not in _HISTORY)


def _lift(table: Seen, rows: Mapping[str, Sequence[str]], right: str) -> Lift | None:
    """How the rows of a table stand in one another, if its columns say so."""
    parents = [header for header in rows if words(header) == f"parent {words(right)}"]
    levels = [
        header
        for header, values in rows.items()
        if words(header).endswith(("type", "level")) and len(set(values)) <= _MOST_LEVELS
    ]
    named = [h for h in rows if words(h).endswith("code")] or [
        h for h in rows if words(h).endswith("name")
    ]
    if not (parents and levels and named):
        return None
    found = sorted({value for value in rows[levels[0]] if value})
    headers = {level: _LEVELS.get(level, level) for level in found}
    return Lift(parents[0], levels[0], named[0], headers)
