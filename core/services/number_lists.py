"""Lists of registration and household numbers, as people bring them: typed, pasted, in a file."""

import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import InvalidInput, UnreadableFile
from core.etl.extract import extractor_for

MOST_NUMBERS = 100_000
_BETWEEN = re.compile(r"[\s,;]+")


def split_numbers(text: str) -> Sequence[str]:
    """Return the numbers of a text, which blanks, commas, semicolons or lines set apart."""
    return [one for one in _BETWEEN.split(text) if one]


def read_numbers(path: Path) -> Sequence[str]:
    """Return what stands in the first column of the first table of a file, its head left out.

    Raises UnreadableFile for what is not there or no table, InvalidInput as check does.
    """
    if not path.is_file():
        raise UnreadableFile(
            "There is no file {path}. Give the path of a text, CSV or Excel file whose first column"
            " holds the numbers.",
            path=str(path),
        )
    reader = extractor_for(path)
    try:
        sheet = next((one for one in reader.sheets(path) if not one.hidden), None)
        lines = reader.sample(path, sheet.name, MOST_NUMBERS + 2) if sheet else []
    finally:
        reader.forget()
    cells = [cell for line in lines if (cell := "".join(line.cells[:1]).strip())]
    # A number without any digit is the name of the column.
    return check(cells[1:] if cells and not any(c.isdigit() for c in cells[0]) else cells)


def check(numbers: Sequence[str]) -> Sequence[str]:
    """Return the numbers; raises InvalidInput for none, and for more than MOST_NUMBERS."""
    if not 0 < len(numbers) <= MOST_NUMBERS:
        raise InvalidInput("Give between 1 and {most:,} numbers.", most=MOST_NUMBERS)
    return numbers
