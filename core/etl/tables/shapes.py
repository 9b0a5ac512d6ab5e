"""Where the rows of a file are: its tables, and how several of them become one. As JSON too."""

from collections.abc import Mapping as Pairs
from dataclasses import asdict, dataclass, field
from typing import Any, Self

SHEET_ROWS = 2_000_000
"""More rows than any sheet has: the n-th further stacked table's rows count from n times this."""
SHEET_HEADER = "Sheet"
"""The column that names the table a stacked row comes from."""
MEMBER_HEADER = "Member"
"""The column that names the group of columns an unpivoted row comes from."""
KEEPS = ("is", "is_not", "filled", "empty")


@dataclass(frozen=True)
class Layout:
    """Where one table stands: its file and sheet, its header rows, its headers, what is no data.

    `header_row` is the last of `header_rows` header rows; `headers` has one name per column of
    the sheet, empty for a column that is not part of the table; `last_row` ends it before what
    stands below; columns of `fill_down` repeat a value over the blanks below it. `file` counts
    the run's files from 0. `titles` are the header rows as they stand, by which a printed repeat
    is known; `kept_rows` are data although they look like a total. `name` is what the user calls
    the table. `encoding` and `delimiter` are a person's word on a text file.
    """

    sheet: str
    header_row: int
    headers: tuple[str, ...]
    skipped_rows: tuple[int, ...] = ()
    header_rows: int = 1
    last_row: int | None = None
    fill_down: tuple[str, ...] = ()
    file: int = 0
    titles: tuple[tuple[str, ...], ...] = ()
    kept_rows: tuple[int, ...] = ()
    name: str = ""
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of the table's own columns."""
        return tuple(header for header in self.headers if header)

    @property
    def label(self) -> str:
        """What to call the table."""
        return self.name or self.sheet

    @classmethod
    def from_json(cls, kept: Pairs[str, Any]) -> Self:
        return cls(
            kept["sheet"],
            kept["header_row"],
            tuple(kept["headers"]),
            tuple(kept.get("skipped_rows", ())),
            kept.get("header_rows", 1),
            kept.get("last_row"),
            tuple(kept.get("fill_down", ())),
            kept.get("file", 0),
            tuple(tuple(cells) for cells in kept.get("titles", ())),
            tuple(kept.get("kept_rows", ())),
            kept.get("name", ""),
            kept.get("encoding"),
            kept.get("delimiter"),
        )


@dataclass(frozen=True)
class LeftOut:
    """A row that looks like no data: the rule that says so, and what stands in it."""

    row: int
    rule: str
    text: str


@dataclass(frozen=True)
class Found:
    """One table that was found in a run's files, in use or not, with what a person should see.

    `rows` is what the sheet declares or an estimate; `hidden` a sheet nobody sees; `preamble` the
    text above the header rows; `left_out` the first rows that will not be imported.
    """

    layout: Layout
    rows: int
    hidden: bool = False
    preamble: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, kept: Pairs[str, Any]) -> Self:
        return cls(
            Layout.from_json(kept["layout"]),
            kept["rows"],
            kept["hidden"],
            tuple(kept["preamble"]),
            tuple(LeftOut(**one) for one in kept["left_out"]),
            kept["hidden_rows"],
            tuple(kept["hidden_columns"]),
        )


@dataclass(frozen=True)
class Keep:
    """A row filter: `op` is one of is, is_not, filled, empty; `value` counts for the first two."""

    header: str
    op: str
    value: str = ""


@dataclass(frozen=True)
class Lift:
    """A table whose rows stand in one another, such as places: what is above comes along.

    `parent` holds the key of the row above, `level` says which level a row is of, `bring` is the
    column to bring; `levels` gives the new header of each level's value.
    """

    parent: str
    level: str
    bring: str
    levels: Pairs[str, str]


@dataclass(frozen=True)
class Join:
    """Brings the columns of another table to each row whose `left` equals the other's `right`.

    Its `keep` filters apply before the join. Of its columns come those of `columns`, all if None,
    with `prefix` before their headers. A row without a match is held when `required`.
    """

    table: Layout
    left: str
    right: str
    prefix: str = ""
    keep: tuple[Keep, ...] = ()
    columns: tuple[str, ...] | None = None
    required: bool = False
    lift: Lift | None = None


@dataclass(frozen=True)
class Unpivot:
    """Groups of columns that each describe one member: {header: new header} per group.

    A group that is blank in a row gives no row; the other columns are repeated. `labels`, one per
    group, go into the column `label_header`.
    """

    groups: tuple[Pairs[str, str], ...]
    labels: tuple[str, ...] = ()
    label_header: str = MEMBER_HEADER


@dataclass(frozen=True)
class Shape:
    """How the tables of a run become the one table that is imported.

    In this order: the tables of `stacked` follow the first, each row gets its joined columns, the
    groups of columns become rows, and only rows that pass every filter of `keep` stay.
    """

    stacked: tuple[Layout, ...] = ()
    joins: tuple[Join, ...] = ()
    unpivot: Unpivot | None = None
    keep: tuple[Keep, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Pairs[str, Any]) -> Self:
        return cls(
            tuple(Layout.from_json(one) for one in kept.get("stacked") or ()),
            tuple(_join(one) for one in kept.get("joins") or ()),
            _unpivot(kept.get("unpivot")),
            keeps_from(kept),
        )


NO_SHAPE = Shape()
"""One table, as it stands."""


@dataclass(frozen=True)
class SourceRow:
    """Where a row of the one table comes from: which of its stacked tables, the row as the
    spreadsheet numbers it, and which member of that row, counted from 0."""

    table: int
    row: int
    member: int = 0


def source_row(shape: Shape, number: int) -> SourceRow:
    """Say where the row with this number comes from; a table as it stands keeps its numbers."""
    member = 0
    if shape.unpivot:
        number, member = divmod(number, len(shape.unpivot.groups))
    table, row = divmod(number, SHEET_ROWS) if shape.stacked else (0, number)
    return SourceRow(table, row, member)


@dataclass(frozen=True)
class TableChoice:
    """What a person said about the tables before the file was looked at.

    `sheets` to take, or all that are visible; `shape` is the text of a shape that names its
    tables by sheet or file. What is left open is proposed.
    """

    sheets: tuple[str, ...] = ()
    all_sheets: bool = False
    header_row: int | None = None
    shape: str = ""


AS_PROPOSED = TableChoice()
"""Nothing said: the proposals count."""


@dataclass(frozen=True)
class Tables:
    """Every table of a run's files, and the way they become one: the first, and the shape."""

    found: tuple[Found, ...]
    layout: Layout
    shape: Shape = field(default=NO_SHAPE)


def keeps_from(kept: Pairs[str, Any]) -> tuple[Keep, ...]:
    """Read the row filters of a shape or a join."""
    return tuple(
        Keep(one["header"], one["op"], one.get("value", "")) for one in kept.get("keep") or ()
    )


def _join(kept: Pairs[str, Any]) -> Join:
    columns, lift = kept.get("columns"), kept.get("lift")
    return Join(
        Layout.from_json(kept["table"]),
        kept["left"],
        kept["right"],
        kept.get("prefix", ""),
        keeps_from(kept),
        None if columns is None else tuple(columns),
        kept.get("required", False),
        Lift(lift["parent"], lift["level"], lift["bring"], dict(lift["levels"])) if lift else None,
    )


def _unpivot(kept: Pairs[str, Any] | None) -> Unpivot | None:
    if not kept:
        return None
    return Unpivot(
        tuple(dict(group) for group in kept["groups"]),
        tuple(kept.get("labels", ())),
        kept.get("label_header", MEMBER_HEADER),
    )
