"""What to do about it when a database refuses: the common causes, before the server's own words."""

import re

from core.errors import Words
from core.etl.connect import Secrets

_LONGEST = 300
_SSL = Words(
    "The server and this registry do not agree on the encryption of the connection. Choose its "
    "other setting, or have the server's certificate seen to."
)
_ACCOUNT = Words(
    "The server does not know this account with this password. Check both; a password may have to "
    "be given again."
)
_DATABASE = Words("The server has no database of this name, or not for this account. Check it.")
_UNREACHABLE = Words(
    "No database answers at this address. Check the server and the port, and whether it is on and "
    "lets this registry in."
)
_FORBIDDEN = Words("The account may not read this. Ask the database's administrator for SELECT.")
_NO_TABLE = Words("The database has no such table or view. Check its name, and its schema.")
_NO_COLUMN = Words("The table has no such column. Check the columns that are named here.")
_TOO_LONG = Words("The database took too long. Ask for fewer rows, or for an index on the columns.")
_OTHER = Words("The database refuses.")
_BY_CODE = {
    **dict.fromkeys(("28000", "28P01", "1045", "1698"), _ACCOUNT),
    **dict.fromkeys(("3D000", "1049", "1044"), _DATABASE),
    **dict.fromkeys(("42501", "1142", "1143"), _FORBIDDEN),
    **dict.fromkeys(("42P01", "3F000", "1146"), _NO_TABLE),
    **dict.fromkeys(("42703", "1054"), _NO_COLUMN),
    **dict.fromkeys(("57014", "1969", "3024"), _TOO_LONG),
    "2026": _SSL,
}
# A server that is not connected to yet gives no code of its own: what it says must do. The order
# matters: an SSL error stands among "connection failed".
_BY_WORDS = (
    (r"\bssl\b|certificate|\btls\b", _SSL),
    (r"password|authentication|access denied|role .* does not exist|pg_hba", _ACCOUNT),
    (r"database .* does not exist|unknown database", _DATABASE),
    (r"no such table", _NO_TABLE),
    (r"no such column", _NO_COLUMN),
    (r"interrupted|statement timeout", _TOO_LONG),
    (
        r"connection failed|can't connect|refused|timed? ?out|unreachable|no route|closed the conn"
        r"|could not translate|lost connection",
        _UNREACHABLE,
    ),
)


def explain(error: object, secrets: Secrets) -> tuple[Words, str]:
    """Return the remedy for what a database driver raised, and the server's first line about it,
    without any secret."""
    text = str(error).strip()
    for secret in filter(None, secrets.values()):
        text = text.replace(secret, "•••")
    said = next(iter(text.splitlines()), "")[:_LONGEST]
    return _find_remedy(error, said), said


def _find_remedy(error: object, said: str) -> Words:
    # PostgreSQL's code is an SQLSTATE; MySQL's own number stands first and says more than its one.
    first = next(iter(getattr(error, "args", ())), None)
    for code in (str(first), str(getattr(error, "sqlstate", None))):
        if code in _BY_CODE:
            return _BY_CODE[code]
    found = (words for pattern, words in _BY_WORDS if re.search(pattern, said, re.IGNORECASE))
    return next(found, _OTHER)
