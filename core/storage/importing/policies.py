"""Whose value counts where a known person's record and the file both have one, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.fields import ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX
from core.storage.dialect import Spelling

FILE, KEEP, BLANKS = "file", "keep", "blanks"
"""The file's filled value counts, the registry's stays, or the file's fills blanks only."""
STATUS = KEEP
"""A status alone stays as the registry has it unless somebody chooses otherwise: it moves nobody
by accident."""


@dataclass(frozen=True)
class Policies:
    """The policy of each field that somebody chose one for, as conditions in SQL.

    Names of identifiers and attributes come from files: they go into statements as `values`.
    """

    by_field: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        return self.by_field.get(name, STATUS if name == "status" else FILE)

    @property
    def moves_statuses(self) -> bool:
        """Whether known people move to the file's status."""
        return self.of("status") == FILE

    @property
    def values(self) -> dict[str, str]:
        """What the conditions name, to be bound."""
        listed = (*self._open(IDENTIFIER_PREFIX), *self._open(ATTRIBUTE_PREFIX))
        return {parameter: name for parameter, name, _ in listed}

    def _open(self, prefix: str) -> list[tuple[str, str, str]]:
        """Return (parameter, name, policy) of the fields of one open family."""
        names = sorted(name for name in self.by_field if name.startswith(prefix))
        return [
            (f"{prefix[:-1]}_{n}", name.removeprefix(prefix), self.by_field[name])
            for n, name in enumerate(names)
        ]

    def _among(self, prefix: str, policy: str) -> str:
        found = [f":{parameter}" for parameter, _, one in self._open(prefix) if one == policy]
        return ", ".join(found)

    def identifiers(self, person: str) -> str:
        """Write which staged identifiers (alias i) count for the person with the id `person`."""
        parts = ["true"]
        if kept := self._among(IDENTIFIER_PREFIX, KEEP):
            parts.append(f"i.type NOT IN ({kept})")
        if blanks := self._among(IDENTIFIER_PREFIX, BLANKS):
            parts.append(
                f"(i.type NOT IN ({blanks}) OR NOT EXISTS (SELECT 1 FROM identifier h "  # noqa: S608
                f"WHERE h.person_id = {person} AND h.type = i.type))"
            )
        return " AND ".join(parts)

    def attributes(self, known: str) -> str:
        """Write which staged attributes (alias a) count; `known` says that the person has one."""
        parts = ["true"]
        if kept := self._among(ATTRIBUTE_PREFIX, KEEP):
            parts.append(f"a.key NOT IN ({kept})")
        if blanks := self._among(ATTRIBUTE_PREFIX, BLANKS):
            parts.append(f"(a.key NOT IN ({blanks}) OR NOT {known})")
        return " AND ".join(parts)

    def counting(self, words: Spelling, staged: str, own: str) -> str:
        """Write the JSON object of those staged attributes that count for a person with `own`."""
        if not self._open(ATTRIBUTE_PREFIX):
            return staged
        known = f"EXISTS (SELECT 1 FROM {words.each(own)} b WHERE b.key = a.key)"  # noqa: S608
        return (
            f"(SELECT {words.keyed('a.key', 'a.value')} FROM {words.each(staged)} a "  # noqa: S608
            f"WHERE {self.attributes(known)})"
        )
