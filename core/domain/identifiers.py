"""How two spellings of a number given to a person are compared; what is kept is never changed.

Case, spaces at the ends, apostrophes of a spreadsheet and the script of the digits never count, nor
does a letter O, I or small l in the midst of digits. Separators do not count in the numbers of
official documents, which everybody groups as they please. Elsewhere a separator may part a
household from its member, so `1-23` and `12-3` stay apart: between two digits or two letters it
counts, whichever it is; between a letter and a digit (`AB-12`) it tells nothing and does not.
"""

import re
import unicodedata

_DOCUMENTS = frozenset(
    {"national_id", "passport", "voter_card", "voter_id", "driving_licence", "tax_number", "phone"}
    | {"birth_certificate", "social_security", "nin", "cni", "nida", "nid", "aadhaar", "curp"}
)
"""Types of identifier whose separators are only there for the eye."""
STANDARD = (
    "national_id",
    "passport",
    "voter_card",
    "driving_licence",
    "birth_certificate",
    "social_security",
    "tax_number",
)
"""Types that are offered before anybody has such a number."""
_IGNORED = re.compile(r"['’‘`´ʼ′\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LOOK_ALIKE = str.maketrans("OoIl", "0011")
_TELLS_NOTHING = re.compile(r"(?<=\d)-(?=\D)|(?<=[^\d-])-(?=\d)")
_MISTYPED = re.compile("[OoIl]")


def match_form(kind: str, value: str) -> str:
    """Return the form in which an identifier of this type is compared; "" if nothing is left.

    >>> match_form("national_id", "12-345 678"), match_form("card", "12 345")
    ('12345678', '12-345')
    """
    form = _reduce(kind, value)
    # A letter read as a digit can make a separator beside it tell nothing, and the other way round.
    while (again := _reduce(kind, form)) != form:
        form = again
    return form


def _reduce(kind: str, value: str) -> str:
    if value.isascii() and value.isalnum():
        return _mend(value).upper()
    text = _IGNORED.sub("", unicodedata.normalize("NFKC", value))
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    if kind in _DOCUMENTS:
        return _mend("".join(_split(text))).upper()
    parts = _TELLS_NOTHING.sub("", "-".join(_split(text))).split("-")
    return "-".join(_mend(part).upper() for part in parts)


def search_forms(text: str) -> tuple[str, ...]:
    """Return the forms that an identifier of unknown type, as somebody typed it, may be kept in."""
    forms = (match_form("national_id", text), match_form("", text))
    return tuple(dict.fromkeys(form for form in forms if form))


def _split(text: str) -> list[str]:
    # Marks of Indic and other scripts are no word characters for `re`, and are part of the word.
    spaced = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    return spaced.split()


def _mend(part: str) -> str:
    """Read a letter O, I or l as the digit it looks like where all the rest are digits."""
    others = _MISTYPED.sub("", part)
    wrong = len(part) - len(others)
    if 0 < wrong <= 2 and len(others) >= 3 and others.isdigit() and part[0].isdigit():
        return part.translate(_LOOK_ALIKE)
    return part
