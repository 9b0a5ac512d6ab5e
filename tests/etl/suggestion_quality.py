"""How good the suggestions are on real files: `python -m tests.etl.suggestion_quality` prints
docs/suggestions.md."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import RegistryError
from core.etl import pipeline
from core.etl.choices import Suggestion
from core.etl.columns import mapping
from core.etl.columns.headers import aliases
from tests.conftest import SHARED

FOLDERS = ("registries", "surveys", "microdata")
_SECOND = "fits"
"""In the reason of a column that is kept beside a better one for the same field."""


@dataclass(frozen=True)
class Figures:
    """What was suggested for the columns of one file that have an entry in the alias table."""

    columns: int
    known: int
    right: int
    asked: int
    second: int
    kept: int
    wrong: int


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((SHARED / folder).rglob("*")):
            if path.suffix.lower() in {".csv", ".xlsx", ".json"}:
                yield path


def measure(path: Path) -> Figures | str:
    """Return the figures of a file, or the sentence with which it is refused."""
    try:
        suggestions = pipeline.inspect(path).suggestions
    except RegistryError as error:
        return str(error)
    verdicts = [_judge(one) for one in suggestions if aliases().of(one.header)]
    counted = (verdicts.count(name) for name in ("right", "asked", "second", "kept", "wrong"))
    return Figures(len(suggestions), len(verdicts), *counted)


def _judge(suggestion: Suggestion) -> str:
    """Say how a suggestion stands to the alias table; unsure ones are never wrong."""
    known = aliases().of(suggestion.header)
    # A name that we have no field for is rightly kept as an attribute.
    meant = {mapping.FIELDS_OF_ALIASES.get(name) for name in known}
    if _fits(suggestion.field, meant):
        return "right" if suggestion.safe else "asked"
    if suggestion.field is None:
        return "second" if _SECOND in suggestion.reason else "kept"
    return "wrong" if suggestion.safe else "asked"


def _fits(field: str | None, meant: set[str | None]) -> bool:
    if field in meant:
        return True
    if field is None:
        return False
    # The numbers of a person differ by name, the parts of a name by their neighbours.
    family = field.split(".")[0]
    names = {"given_name", "family_name", "full_name"}
    return any(
        other is not None and (other.split(".")[0] == family or {field, other} <= names)
        for other in meant
    )


def lines() -> Iterator[str]:
    """Yield the table, file by file, and its total."""
    total = [0] * 7
    for path in files():
        name, found = path.relative_to(SHARED).as_posix(), measure(path)
        if isinstance(found, str):
            yield f"| {name} | | | | | | | {found} |"
            continue
        row = [getattr(found, field) for field in Figures.__dataclass_fields__]
        total = [sum(pair) for pair in zip(total, row, strict=True)]
        yield f"| {name} | {' | '.join(map(str, row))} |"
    yield f"| **all** | {' | '.join(f'**{number}**' for number in total)} |"


_HEAD = """# What the import suggests for the columns of real files

Every file of public registries, surveys and microdata that the tests read. Of the columns whose
header stands in `data/column_aliases.csv`: **right** is that table's field, taken without asking;
**asked** is that field, with a question (its values are numbers without a code book, or two columns
fit as well); **second** is a column kept beside a better one for the same field; **kept** stays an
attribute although the table knows the header; **wrong** is another field, taken without asking.
A person's own number (`identifier.…`) counts by its family, the parts of a name by theirs.
Made by `python -m tests.etl.suggestion_quality`; held by tests/etl/test_suggestion_quality.py.

| file | columns | in the table | right | asked | second | kept | wrong |
|---|---|---|---|---|---|---|---|"""


if __name__ == "__main__":
    sys.stdout.write("\n".join([_HEAD, *lines()]) + "\n")
