"""Registration and household numbers: a running number with two check digits.

The check is ISO 7064 MOD 97-10: it catches every single wrong digit and every transposition.
"""

import re

_SHAPE = re.compile(r"^([PH])-?(\d{9})-?(\d{2})$")


def write_number(prefix: str, running: int) -> str:
    """Return e.g. "P-000000123-29" for the person with running number 123."""
    return f"{prefix}-{running:09d}-{98 - running * 100 % 97:02d}"


def read_number(text: str) -> int | None:
    """Return the running number of a well-formed number whose check digits hold, else None."""
    found = _SHAPE.match(text.strip().upper())
    if not found:
        return None
    running = int(found[2])
    return running if int(found[3]) == 98 - running * 100 % 97 else None


def number_sql(prefix: str, running: str, *, sqlite: bool) -> str:
    """Return the same rule as an SQL expression over the integer expression `running`."""
    check = f"(98 - ({running}) * 100 % 97)"
    if sqlite:
        return f"printf('{prefix}-%09d-%02d', {running}, {check})"
    return f"'{prefix}-' || lpad(({running})::text, 9, '0') || '-' || lpad({check}::text, 2, '0')"
