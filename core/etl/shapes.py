"""Where the rows of a file are: its table, and how several tables become one. As JSON too."""

from collections.abc import Mapping as Pairs
from dataclasses import asdict, dataclass
from typing import Any, Self

SHEET_ROWS = 2_000_000
"""More rows than any sheet has: the n-th stacked sheet's rows count from n times this."""
SHEET_HEADER = "Sheet"
"""The column that names the sheet a stacked row comes from."""


@dataclass(frozen=True)
class Layout:
    """Where one table stands: its file and sheet, its header rows, its headers, what is no data.

    `header_row` is the last of `header_rows` header rows; `headers` has one name per column of
    the sheet, empty for a column that is not part of the table; `last_row` ends it before a
    footer; columns of `fill_down` repeat a value over the blanks below it. `file` counts the
    run's files from 0.
    """

    sheet: str
    header_row: int
    headers: tuple[str, ...]
    skipped_rows: tuple[int, ...] = ()
    header_rows: int = 1
    last_row: int | None = None
    fill_down: tuple[str, ...] = ()
    file: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of the table's own columns."""
        return tuple(header for header in self.headers if header)

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
        )


@dataclass(frozen=True)
class Join:
    """Brings the columns of another table to each row whose `left` equals the other's `right`.

    `prefix` is put before the other table's headers. Its `keep` filters apply before the join.
    """

    table: Layout
    left: str
    right: str
    prefix: str = ""
    keep: tuple["Keep", ...] = ()


@dataclass(frozen=True)
class Keep:
    """A row filter: `op` is one of is, is_not, filled, empty; `value` counts for the first two."""

    header: str
    op: str
    value: str = ""


@dataclass(frozen=True)
class Unpivot:
    """Groups of columns that each describe one member: {header: new header} per group.

    A group that is blank in a row gives no row; the other columns are repeated.
    """

    groups: tuple[Pairs[str, str], ...]


@dataclass(frozen=True)
class Shape:
    """How the tables of a run become the one table that is imported."""

    stacked: tuple[Layout, ...] = ()
    joins: tuple[Join, ...] = ()
    unpivot: Unpivot | None = None
    keep: tuple[Keep, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Pairs[str, Any]) -> Self:
        unpivot = kept.get("unpivot")
        return cls(
            tuple(Layout.from_json(one) for one in kept.get("stacked", ())),
            tuple(_join(one) for one in kept.get("joins", ())),
            Unpivot(tuple(dict(group) for group in unpivot["groups"])) if unpivot else None,
            _keeps(kept),
        )


NO_SHAPE = Shape()
"""One table, as it stands."""


def _join(kept: Pairs[str, Any]) -> Join:
    table = Layout.from_json(kept["table"])
    return Join(table, kept["left"], kept["right"], kept.get("prefix", ""), _keeps(kept))


def _keeps(kept: Pairs[str, Any]) -> tuple[Keep, ...]:
    return tuple(
        Keep(one["header"], one["op"], one.get("value", "")) for one in kept.get("keep", ())
    )
