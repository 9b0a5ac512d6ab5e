"""Column headers: unique names, one folded form, and the fields they are known to stand for."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

ALIASES = Path(__file__).parents[3] / "data" / "column_aliases.csv"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_INVISIBLE = re.compile(r"[\ufeff\u200b\u200e\u200f\u2060]|ï»¿")
_LATIN_MARKS = re.compile(r"[\u0300-\u036f]")
_NUMBER = re.compile(
    r"(?P<mark>n\s?°|no\s?\.|(?:no|n\.|n\.\s?o\.?|nr|num|numero|number)(?![^\W_]))[\s.:_-]*"
    r"(?:(?:of|de la|du|de|d)[\s'’]+)?(?P<rest>.+)"
)
"""A number mark in front of what the number is: N°, Nº, №, No., Num., Numéro de."""
_NUMBERED = frozenset({"national_id", "person_id", "phone", "account_number"})
"""What is a number whether its header says so or not."""
_LONGEST = 300
"""Nothing longer is the name of a column."""
_TAG = re.compile(r"#[A-Za-z][\w]*(\s*\+\s*[\w-]+)*\s*")


def unique_headers(cells: Sequence[str]) -> tuple[str, ...]:
    """Give each column its own name: `Name`, `Name (2)`, `Column D` where the header is blank."""
    taken: set[str] = set()
    names = []
    for position, cell in enumerate(cells):
        base = " ".join(_INVISIBLE.sub("", cell).split()) or f"Column {column_letters(position)}"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base} ({number})"
        taken.add(name)
        names.append(name)
    return tuple(names)


def column_letters(position: int) -> str:
    """The letters a spreadsheet shows for the column at `position`, counted from 0."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def plain(text: str) -> str:
    """Lower case, without accents on Latin, Greek and Cyrillic letters, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    return " ".join(
        unicodedata.normalize("NFC", _LATIN_MARKS.sub("", decomposed)).casefold().split()
    )


def words(header: str) -> str:
    """Fold a header to plain words: no group prefix, no units in brackets, camelCase split.

    >>> words("household/FullName (official)")
    'full name'
    """
    text = _INVISIBLE.sub("", header).strip()
    text = _BRACKETS.sub(" ", text).strip() or text
    last = text.rstrip("/").rsplit("/", 1)[-1]
    text = last if last and " " not in text else text
    text = _CAMEL.sub(" ", text)
    # Marks of Indic scripts are no word characters for `re`, and are part of the word.
    kept = "".join(
        char if char.isalnum() or unicodedata.category(char).startswith("M") else " "
        for char in plain(text)
    )
    return " ".join(kept.split())


def numbered(header: str) -> str:
    """Fold a header as `words` does, its number mark in one form, however it is abbreviated.

    >>> numbered("N° national"), numbered("No. national"), numbered("Numéro de carte")
    ('numero national', 'numero national', 'numero carte')
    """
    found = _NUMBER.fullmatch(plain(header))
    return f"numero {words(found['rest'])}" if found else words(header)


def slug(header: str) -> str:
    """The name under which a column without a field is kept, e.g. `annual_household_income`."""
    return words(header).replace(" ", "_") or "column"


def is_tag_row(cells: Sequence[str]) -> bool:
    """Whether the row holds HXL hashtags (`#adm1+name`), a machine label and not data."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(_TAG.fullmatch(cell) for cell in filled)


@dataclass(frozen=True)
class Aliases:
    """Known headers: the fields each folded header was seen to stand for, most usual first."""

    fields: dict[str, tuple[str, ...]]

    def of(self, header: str) -> tuple[str, ...]:
        """The fields of a header; of “Household / Village” those of its last part, if need be."""
        if len(header) > _LONGEST:
            return ()
        known = self.fields.get(words(header).replace(" ", ""), ()) or self._of_number(header)
        if known or " / " not in header:
            return known
        return self.of(header.rsplit(" / ", 1)[1])

    def _of_number(self, header: str) -> tuple[str, ...]:
        """The fields of a header whose number mark is written in another way than in the table."""
        found = _NUMBER.fullmatch(plain(header))
        if found is None:
            return ()
        rest = words(found["rest"]).replace(" ", "")
        marks = ("numero", "numerode", "numerod", "numerodu", "n", "no")
        for mark in marks:
            if mark + rest in self.fields:
                return self.fields[mark + rest]
        bare = self.fields.get(rest, ())
        # “No phone” has none; “N° téléphone” is one.
        return bare if found["mark"] != "no" and set(bare[:1]) & _NUMBERED else ()


@cache
def aliases() -> Aliases:
    """Read the shipped table of column aliases."""
    found: dict[str, list[str]] = {}
    with ALIASES.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            fields = found.setdefault(words(row["alias"]).replace(" ", ""), [])
            if row["field"] not in fields:
                fields.append(row["field"])
    return Aliases({alias: tuple(fields) for alias, fields in found.items()})


def header_print(headers: Sequence[str]) -> str:
    """The fingerprint of a file's columns: the same whatever their order, case and accents."""
    return sha256("\n".join(sorted(words(header) for header in headers)).encode()).hexdigest()
