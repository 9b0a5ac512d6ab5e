"""What a person settles about a file's columns: fields, ways of reading, policies; as JSON too."""

import json
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Self

from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS, IDENTIFIER_PREFIX
from core.errors import InvalidInput, Words
from core.etl.rows import PLACES

DATE_ORDERS = ("DMY", "MDY", "YMD")
CALENDARS = ("gregorian", "ethiopian")
DECIMALS = (".", ",")
POLICIES = ("file", "keep", "blanks")
"""How a known person's value and the file's are settled: the file's counts where it is filled
(the default), the registry's stays, or the file's fills blanks only. A blank never deletes. Of a
status the registry's stays by default, and "file" moves known people as the programme allows."""


@dataclass(frozen=True)
class Suggestion:
    """What a column probably holds; `safe` when it may be imported without a person's word."""

    header: str
    field: str | None
    confidence: float
    reason: str
    safe: bool


@dataclass(frozen=True)
class Column:
    """What one column holds: a field or None (kept as attribute), and how to read its values.

    `values` gives the code of a text; `blanks` are texts that mean "no answer" in this column
    only (999); `left_out` columns are not imported at all. The rest is None until settled.
    """

    field: str | None = None
    date_order: str | None = None
    values: Pairs[str, str] = attribute(default_factory=dict)
    calendar: str | None = None
    decimal: str | None = None
    blanks: tuple[str, ...] = ()
    policy: str | None = None
    left_out: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the entry of a mapping; what is not settled is left away."""
        said = {
            "date_order": self.date_order,
            "values": dict(self.values),
            "calendar": self.calendar,
            "decimal": self.decimal,
            "blanks": list(self.blanks),
            "policy": self.policy,
            "left_out": self.left_out,
        }
        return {"field": self.field, **{name: value for name, value in said.items() if value}}


_REGISTRYS_OWN = {"registration_no", "since", "months_in_status", "months_enrolled"}


def is_target(name: str) -> bool:
    """Whether a column may be mapped to `name`."""
    if name in PLACES or (name in FIELDS and name not in _REGISTRYS_OWN):
        return name != "birth_precision"
    return any(
        name.startswith(prefix) and len(name) > len(prefix)
        for prefix in (IDENTIFIER_PREFIX, ATTRIBUTE_PREFIX)
    )


@dataclass(frozen=True)
class Mapping:
    """What each column of a file holds, by header; a header that is not listed is kept too."""

    columns: Pairs[str, Column]

    def __post_init__(self) -> None:
        taken: dict[str, str] = {}
        for header, column in self.columns.items():
            _check_column(header, column)
            if column.field is None or column.left_out:
                continue
            if not is_target(column.field):
                raise InvalidInput(
                    "“{field}”, chosen for “{header}”, cannot be imported.",
                    field=column.field,
                    header=header,
                )
            if column.field in taken:
                raise InvalidInput(
                    "“{other}” and “{header}” are both mapped to {field}. Keep one and leave "
                    "the other unmapped: it stays as an attribute.",
                    other=taken[column.field],
                    header=header,
                    field=column.field,
                )
            taken[column.field] = header

    def to_json(self) -> str:
        entries = {header: column.to_json() for header, column in self.columns.items()}
        return json.dumps(entries, ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; a plain `{"header": "field"}` is accepted as well.

        Raises InvalidInput for anything else.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInput(
                "The mapping is not valid JSON: {reason}.", reason=str(error)
            ) from error
        if not isinstance(document, dict):
            raise InvalidInput('The mapping must be an object such as {"Full name": "full_name"}.')
        return cls({header: read_column(header, entry) for header, entry in document.items()})


def _check_column(header: str, column: Column) -> None:
    for what, said, allowed in (
        (Words("date order"), column.date_order, DATE_ORDERS),
        (Words("calendar"), column.calendar, CALENDARS),
        (Words("decimal mark"), column.decimal, DECIMALS),
        (Words("policy"), column.policy, POLICIES),
    ):
        if said is not None and said not in allowed:
            names = ", ".join(f"“{one}”" for one in allowed)
            raise InvalidInput(
                "The {what} of “{header}” must be one of {names}.",
                what=what,
                header=header,
                names=names,
            )


def read_column(header: str, entry: object) -> Column:
    """Read one entry of a mapping; raises InvalidInput naming what is wrong in it."""
    if entry is None or isinstance(entry, str):
        return Column(entry)
    if not isinstance(entry, dict) or not set(entry) <= set(Column.__dataclass_fields__):
        names = ", ".join(Column.__dataclass_fields__)
        raise InvalidInput(
            "The mapping of “{header}” may have these only: {names}.", header=header, names=names
        )
    values, blanks = entry.get("values", {}), entry.get("blanks", [])
    texts = {
        name: entry.get(name) for name in ("field", "date_order", "calendar", "decimal", "policy")
    }
    left_out = entry.get("left_out", False)
    sound = (
        isinstance(values, dict)
        and isinstance(blanks, list)
        and isinstance(left_out, bool)
        and all(isinstance(text, str | None) for text in texts.values())
    )
    if not sound:
        raise InvalidInput(
            "The mapping of “{header}” holds a value of the wrong type.", header=header
        )
    return Column(
        **texts,
        values={str(raw): str(code) for raw, code in values.items()},
        blanks=tuple(str(text) for text in blanks),
        left_out=left_out,
    )
