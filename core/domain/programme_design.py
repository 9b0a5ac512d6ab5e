"""The design of a programme: what it enrols, which moves it allows, what its lists show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from core.domain.criteria import Criteria, parse, to_json
from core.domain.fields import ATTRIBUTE_PREFIX, Kind, find_field
from core.domain.lifecycle import (
    DEFAULT_MOVES,
    HouseholdRule,
    Move,
    read_moves,
    read_reasons,
)
from core.errors import InvalidInput, RegistryError

INDIVIDUAL, HOUSEHOLD = UNITS = ("individual", "household")
ATTRIBUTE_KINDS = (Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.DATE, Kind.FLAG, Kind.CODE)
LONGEST_NAME, LONGEST_LABEL, MOST_ATTRIBUTES, MOST_OPTIONS, MOST_COLUMNS = 200, 100, 100, 200, 20
MOST_PLACES = 1_000_000_000


@dataclass(frozen=True)
class Attribute:
    """One piece of information that a programme asks for beside the registry's own fields.
    `options` are the values of a CODE, and of a CODE alone."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    options: tuple[str, ...] = ()
    required: bool = False

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {"name": self.name, "label": self.label, "kind": self.kind.value}
        if self.options:
            document["options"] = list(self.options)
        if self.required:
            document["required"] = True
        return document


@dataclass(frozen=True)
class Design:
    """Everything about a programme that people decide, under the names of its columns. No
    `exit_reasons` and no `list_columns` mean the usual ones; no `capacity` means no limit;
    `graduation` says who is proposed for graduation, None nobody."""

    name: str
    unit: str = INDIVIDUAL
    moves: tuple[Move, ...] = DEFAULT_MOVES
    exit_reasons: tuple[str, ...] = ()
    household_rule: HouseholdRule = HouseholdRule.NONE
    capacity: int | None = None
    approval: bool = False
    graduation: Criteria | None = None
    attribute_schema: tuple[Attribute, ...] = ()
    default_criteria: Criteria | None = None
    list_columns: tuple[str, ...] = ()
    starts: date | None = None
    ends: date | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the document that `from_json` reads back to the same design."""
        return {
            "name": self.name,
            "unit": self.unit,
            "moves": [move.to_json() for move in self.moves],
            "exit_reasons": list(self.exit_reasons),
            "household_rule": self.household_rule.value,
            "capacity": self.capacity,
            "approval": self.approval,
            "graduation": None if self.graduation is None else to_json(self.graduation),
            "attribute_schema": [one.to_json() for one in self.attribute_schema],
            "default_criteria": (
                None if self.default_criteria is None else to_json(self.default_criteria)
            ),
            "list_columns": list(self.list_columns),
            "starts": self.starts.isoformat() if self.starts else None,
            "ends": self.ends.isoformat() if self.ends else None,
        }

    def to_columns(self) -> dict[str, Any]:
        """Return the values of the programme's columns: what says the usual is empty there."""
        document = self.to_json()
        for name in ("exit_reasons", "attribute_schema", "list_columns"):
            document[name] = document[name] or None
        if set(self.moves) == set(DEFAULT_MOVES):
            document["moves"] = None
        return document | {"starts": self.starts, "ends": self.ends}


FIELD_NAMES = tuple(field.name for field in fields(Design))


def read_design(programme: object) -> Design:
    """Return the design that a programme's row holds."""
    return from_json({name: getattr(programme, name) for name in FIELD_NAMES})


def from_json(document: object, base: Design | None = None) -> Design:
    """Read a design; what the document does not name stays as in `base`.

    Raises InvalidInput and InvalidCriteria naming what is wrong.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput("The design of a programme is an object with names and values.")
    unknown = sorted(set(map(str, document)) - set(FIELD_NAMES))
    if unknown:
        raise InvalidInput(
            "“{name}” is no part of a programme’s design. Known: {known}.",
            name=unknown[0],
            known=", ".join(FIELD_NAMES),
        )
    found = {name: _READERS[name](value) for name, value in document.items()}
    if base is None and "name" not in found:
        raise InvalidInput("Give the programme a name of at most {most} characters.", most=200)
    return check(replace(base or Design(name=found["name"]), **found))


def check(design: Design) -> Design:
    """Return a design whose parts go together; raises InvalidInput for the first that do not."""
    if design.unit == HOUSEHOLD and design.household_rule is not HouseholdRule.NONE:
        raise InvalidInput(
            "A programme that enrols households has no household rule: they move as one anyway."
        )
    if design.starts and design.ends and design.ends < design.starts:
        raise InvalidInput("The programme ends before it starts. Correct the dates.")
    return design


def criteria_of(design: Design) -> tuple[Criteria, ...]:
    """Return every criteria that a design holds."""
    held = (*(move.condition for move in design.moves), design.graduation, design.default_criteria)
    return tuple(one for one in held if one is not None)


def changed_fields(before: Design, after: Design) -> list[str]:
    """Return the names of the parts that differ; the order of the moves says nothing."""
    same_moves = set(before.moves) == set(after.moves)
    return [
        name
        for name in FIELD_NAMES
        if getattr(before, name) != getattr(after, name) and not (name == "moves" and same_moves)
    ]


def _read_name(given: object) -> str:
    name = " ".join(given.split()) if isinstance(given, str) else ""
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(
            "Give the programme a name of at most {most} characters.", most=LONGEST_NAME
        )
    return name


def _read_unit(given: object) -> str:
    if given not in UNITS:
        raise InvalidInput(
            "“{unit}” is no unit. A programme enrols individual or household.", unit=given
        )
    return str(given)


def _read_rule(given: object) -> HouseholdRule:
    try:
        return HouseholdRule(str(given))
    except ValueError:
        raise InvalidInput(
            "“{rule}” is no household rule. Possible: {known}.",
            rule=given,
            known=", ".join(HouseholdRule),
        ) from None


def _read_capacity(given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST_PLACES:
        raise InvalidInput("A capacity is a whole number of places, 1 or more, or nothing at all.")
    return given


def _read_approval(given: object) -> bool:
    if not isinstance(given, bool):
        raise InvalidInput("“approval” is true or false.")
    return given


def _read_criteria(given: object) -> Criteria | None:
    return None if given is None else parse(given)


def _read_date(given: object) -> date | None:
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise InvalidInput(
            "“{text}” is not a date. Write it as 2026-11-22.", text=str(given)[:50]
        ) from None


def _read_columns(given: object) -> tuple[str, ...]:
    names = _texts(given, "list_columns")
    if len(names) > MOST_COLUMNS:
        raise InvalidInput("A list has at most {most} columns.", most=MOST_COLUMNS)
    for name in names:
        find_field(name)
    return names


def _read_attributes(given: object) -> tuple[Attribute, ...]:
    items = [] if given is None else given
    if not isinstance(items, Sequence) or isinstance(items, str) or len(items) > MOST_ATTRIBUTES:
        raise InvalidInput(
            "“{name}” is a list of at most {most}.", name="attribute_schema", most=MOST_ATTRIBUTES
        )
    found = tuple(_read_attribute(one) for one in items)
    names = [one.name.casefold() for one in found]
    for one in found:
        if names.count(one.name.casefold()) > 1:
            raise InvalidInput("The attribute “{name}” stands twice.", name=one.name)
    return found


def _read_attribute(given: object) -> Attribute:
    known = {"name", "label", "kind", "options", "required"}
    if not isinstance(given, Mapping) or set(given) - known:
        raise InvalidInput(
            "An attribute has “name”, “label”, “kind”, “options” and “required”, nothing else."
        )
    name = str(given.get("name") or "").strip().removeprefix(ATTRIBUTE_PREFIX)
    label = str(given.get("label") or "").strip() or name
    if not 0 < len(name) <= LONGEST_LABEL or len(label) > LONGEST_LABEL:
        raise InvalidInput(
            "An attribute needs a name of at most {most} characters, and so its label.",
            most=LONGEST_LABEL,
        )
    kind, required = str(given.get("kind", Kind.TEXT)), given.get("required", False)
    if kind not in ATTRIBUTE_KINDS or not isinstance(required, bool):
        raise InvalidInput(
            "The attribute “{name}” is one of {kinds}, and is required or is not.",
            name=name,
            kinds=", ".join(ATTRIBUTE_KINDS),
        )
    options = _texts(given.get("options"), name)
    if (kind == Kind.CODE) != bool(options) or len(options) > MOST_OPTIONS:
        raise InvalidInput(
            "The attribute “{name}”: a choice has 1 to {most} options, another kind has none.",
            name=name,
            most=MOST_OPTIONS,
        )
    return Attribute(name, label, Kind(kind), options, required)


def _texts(given: object, name: str) -> tuple[str, ...]:
    """Read a list of texts, blanks and repetitions left out."""
    items = [] if given is None else given
    if (
        not isinstance(items, Sequence)
        or isinstance(items, str)
        or not all(isinstance(one, str) and len(one) <= LONGEST_NAME for one in items)
    ):
        raise InvalidInput(
            "“{name}” is a list of texts of at most {most} characters.",
            name=name,
            most=LONGEST_NAME,
        )
    return tuple(dict.fromkeys(one.strip() for one in items if one.strip()))


_READERS: dict[str, Callable[[object], Any]] = {
    "name": _read_name,
    "unit": _read_unit,
    "moves": read_moves,
    "exit_reasons": lambda given: read_reasons(given or []),
    "household_rule": _read_rule,
    "capacity": _read_capacity,
    "approval": _read_approval,
    "graduation": _read_criteria,
    "attribute_schema": _read_attributes,
    "default_criteria": _read_criteria,
    "list_columns": _read_columns,
    "starts": _read_date,
    "ends": _read_date,
}


def find_fault(name: str, value: object) -> RegistryError | None:
    """Return what is wrong with one part of a design by itself."""
    try:
        _READERS[name](value)
    except RegistryError as error:
        return error
    return None
