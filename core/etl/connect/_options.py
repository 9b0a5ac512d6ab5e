"""What a connector asks for: its options and secrets, the words they are asked in, and when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput, Words


class Part(StrEnum):
    """The parts of what is asked, in the order of a form; MORE holds what has a good default."""

    PLACE = "place"
    READ = "read"
    FRESH = "fresh"
    MORE = "more"


class Entry(StrEnum):
    """How an option is typed: a line, a whole number, or several lines."""

    LINE = "line"
    NUMBER = "number"
    LINES = "lines"


@dataclass(frozen=True)
class Option:
    """One thing a connector asks for; `choices` are the codes it may be, with their words.

    `when` names an option and the codes of it with which this one is asked at all; `instead_of`
    names the option that this one may stand for. `missing` is said where a required one is empty.
    """

    name: str
    label: str
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    part: Part = Part.PLACE
    entry: Entry = Entry.LINE
    help: str = ""
    missing: str = "Fill this in."
    when: tuple[str, tuple[str, ...]] | None = None
    instead_of: str = ""

    def texts(self) -> Iterator[str]:
        """Yield every text of it that a screen shows."""
        yield from (self.label, self.help, self.missing, *self.choices.values())


def is_asked(option: Option, values: Mapping[str, Any], others: Sequence[Option]) -> bool:
    """Say whether an option has a meaning beside what the others are."""
    if option.when is None:
        return True
    name, codes = option.when
    default = next((other.default for other in others if other.name == name), None)
    return (values.get(name) or default) in codes


def find_missing(
    wanted: Sequence[Option], values: Mapping[str, Any], others: Sequence[Option]
) -> dict[str, Words]:
    """Return, by name, what to say of each of `wanted` that is required, asked and empty."""
    return {
        option.name: Words(option.missing)
        for option in wanted
        if option.required
        and not _is_filled(values, option.name)
        and is_asked(option, values, others)
        and not any(
            other.instead_of == option.name and _is_filled(values, other.name) for other in others
        )
    }


def check_choices(kind: str, options: Sequence[Option], values: Mapping[str, Any]) -> None:
    """Raise InvalidInput for an option that is unknown, missing or not among its choices."""
    known = {option.name: option for option in options}
    if unknown := sorted(set(values) - set(known)):
        raise InvalidInput(
            "A source of kind “{kind}” has no option “{option}”. It has: {names}.",
            kind=kind,
            option=unknown[0],
            names=", ".join(known),
        )
    for option in options:
        value = values.get(option.name)
        if option.choices and value not in (None, "") and value not in option.choices:
            names = ", ".join(option.choices)
            raise InvalidInput(
                "The option “{name}” must be one of: {names}.", name=option.name, names=names
            )
    for name, said in find_missing(options, values, options).items():
        # Only who writes a command needs the option's name; a form says the sentence at the field.
        raise InvalidInput("{said} It is the option “{name}”.", said=said, name=name)


def _is_filled(values: Mapping[str, Any], name: str) -> bool:
    return values.get(name) not in (None, "")
