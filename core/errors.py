"""Errors a user may see: what happened, in the user's words, and what to do next."""

import json
from collections.abc import Iterable, Mapping, Sequence
from string import Formatter
from typing import Any


class Writer(Formatter):
    """Puts values into {places}: plain names, so that no text reaches into what a value is made
    of, and "{n:,}" for a whole number in groups of three."""

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, str]:
        return kwargs[field_name], field_name

    def format_field(self, value: object, format_spec: str) -> str:
        return self.write_number(value) if format_spec == "," else str(value)

    def write_number(self, value: object) -> str:
        """Write a number as English does."""
        return f"{value:,}" if isinstance(value, int) else str(value)


_WRITER = Writer()
_PACKED = '{"template": '


class Words(str):
    """Words of ours with {places} and the values in them: English as a text, and `core.text.speak`
    says them in the reader's language, also where they stand among the values of others."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> "Words":
        text = _WRITER.vformat(template, (), values) if values else template
        words = super().__new__(cls, text)
        words.template, words.values = template, values
        return words

    def pack(self, most: int | None = None) -> str:
        """Return template and values as JSON, for another process or a column of the database;
        without values, or where that has more than `most` characters, the English text alone."""
        packed = json.dumps(_plain(self), ensure_ascii=False) if self.values else str(self)
        return packed if most is None or len(packed) <= most else self[:most]

    @classmethod
    def unpack(cls, text: str) -> "Words":
        """Return what `pack` gave; any other text is words without values."""
        try:
            kept = json.loads(text) if text.startswith(_PACKED) else None
            return cls(text) if kept is None else _words(kept)
        except (ValueError, LookupError):
            return cls(text)


def _plain(value: object) -> object:
    if isinstance(value, Words):
        values = {name: _plain(one) for name, one in value.values.items()}
        return {"template": value.template, "values": values}
    return value if isinstance(value, int) else str(value)


def _words(kept: Mapping[str, object]) -> Words:
    values = kept["values"] if isinstance(kept["values"], dict) else {}
    read = {name: _words(one) if isinstance(one, dict) else one for name, one in values.items()}
    return Words(str(kept["template"]), **read)


class RegistryError(Exception):
    """Base of every expected failure; its text is safe to show. Anything else is a bug.

    Takes a text with {places} and their values, never an f-string: the text is what is
    translated. Without values it is taken as it is, braces and all.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.said = Words(template, **values)
        super().__init__(str(self.said))

    @property
    def template(self) -> str:
        """The text before its values were put in."""
        return self.said.template

    @property
    def values(self) -> Mapping[str, object]:
        """What stands in the {places} of the text."""
        return self.said.values


class NotFound(RegistryError):
    """The thing is not there, or not the actor's to see: the two look the same."""

    def __init__(self, what: str, /, **values: object) -> None:
        self.what = str(Words(what, **values))
        super().__init__(f"{what} was not found.", **values)


class NotAllowed(RegistryError):
    """The actor holds no grant that allows the act."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(
            f"Your account has no permission to {permission}. Ask an administrator for a grant."
        )


class NotSignedIn(RegistryError):
    """No valid session stands behind the request."""

    def __init__(self) -> None:
        super().__init__("Your session has ended. Sign in again.")


class InvalidCriteria(RegistryError):
    """A condition names an unknown field, a wrong operator or a wrong type of value."""


class Conflict(RegistryError):
    """Somebody else changed the record in between."""


class UnreadableFile(RegistryError):
    """The file cannot be read as a table; the text says why and what to do."""


class UnsafeMapping(RegistryError):
    """Columns whose meaning is not certain enough to import without a person's word."""

    def __init__(self, headers: Iterable[str]) -> None:
        self.headers = tuple(headers)
        names = ", ".join(f"“{header}”" for header in self.headers)
        super().__init__(
            "Cannot tell safely what these columns hold: {names}. "
            "Choose their fields on the import page or in a mapping file.",
            names=names,
        )


class InvalidInput(RegistryError):
    """A value given by the user is not acceptable; the text says which and why."""
